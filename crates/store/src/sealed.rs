//! Sealed columns: secrets that a stolen database does not give away.
//!
//! A sealed value is `key number (4) || nonce (12) || ciphertext || tag (16)`, AES-256-GCM under a key-encryption key
//! (KEK) that is not in the database, with table, row and column as additional data: a value copied into another row
//! or column does not open there.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use clausa_core::hazmat::aead::{AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH, AeadKey};
use clausa_core::random::Randomness;
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::record::secret::Secret;

/// A key-encryption key. Whoever learns it and steals the database learns every key the authority holds; it lives in
/// a file that only the authority reads, and dies with the process.
pub struct KeyEncryptionKey {
    number: u32,
    key: Zeroizing<[u8; 32]>,
}

impl KeyEncryptionKey {
    /// Takes a key. `number` tells keys apart and is stored with every value that the key seals: never give two keys
    /// one number.
    pub fn new(number: u32, key: Zeroizing<[u8; 32]>) -> Self {
        Self { number, key }
    }
}

impl fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyEncryptionKey({}, [redacted])", self.number)
    }
}

/// Seals and opens columns: the first key seals, every key opens. Cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    keys: Arc<[(u32, AeadKey)]>,
    randomness: Arc<Mutex<dyn Randomness>>,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Sealer({:?})",
            self.keys.iter().map(|(number, _)| number).collect::<Vec<_>>()
        )
    }
}

/// Where a sealed value stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Table.
    pub table: &'static str,
    /// The columns of the row's primary key.
    pub row: &'a [&'a [u8]],
    /// Column.
    pub column: &'static str,
}

impl Sealer {
    /// Takes the keys, newest first. With 96 random bits as nonce a key is good for 2^32 values, far more than an
    /// authority seals between two keys.
    ///
    /// # Errors
    ///
    /// [`StoreError::Sealed`] without any key, with two keys of one number, or when a key cannot be used.
    pub fn new(
        keys: Vec<KeyEncryptionKey>,
        randomness: impl Randomness + 'static,
    ) -> Result<Self, StoreError> {
        let refused = StoreError::Sealed {
            column: "key-encryption key",
        };
        let mut expanded: Vec<(u32, AeadKey)> = Vec::with_capacity(keys.len());
        for kek in keys {
            if expanded.iter().any(|(number, _)| *number == kek.number) {
                return Err(refused);
            }
            expanded.push((kek.number, AeadKey::new(&kek.key).map_err(|_| refused.clone())?));
        }
        if expanded.is_empty() {
            return Err(refused);
        }
        Ok(Self {
            keys: expanded.into(),
            randomness: Arc::new(Mutex::new(randomness)),
        })
    }

    pub(crate) fn seal(&self, place: Place<'_>, secret: &Secret) -> Result<Vec<u8>, StoreError> {
        let (number, key) = self
            .keys
            .first()
            .ok_or(StoreError::Sealed { column: place.column })?;
        let nonce: [u8; AEAD_NONCE_LENGTH] = self.random()?;
        let mut body = secret.expose().to_vec();
        let tag = key
            .seal_in_place(&nonce, &place.encode(*number), &mut body)
            .map_err(|_| StoreError::Sealed { column: place.column })?;
        Ok([&number.to_be_bytes(), nonce.as_slice(), &body, &tag].concat())
    }

    /// Bytes that nobody can predict.
    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], StoreError> {
        let mut bytes = [0; N];
        self.randomness
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill(&mut bytes)
            .map_err(|_| StoreError::Randomness)?;
        Ok(bytes)
    }

    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret, StoreError> {
        self.try_open(place, sealed)
            .ok_or(StoreError::Sealed { column: place.column })
    }

    fn try_open(&self, place: Place<'_>, sealed: &[u8]) -> Option<Secret> {
        let (number, rest) = sealed.split_first_chunk::<4>()?;
        let (nonce, rest) = rest.split_first_chunk::<AEAD_NONCE_LENGTH>()?;
        let (body, tag) = rest.split_last_chunk::<AEAD_TAG_LENGTH>()?;
        let number = u32::from_be_bytes(*number);
        let (_, key) = self.keys.iter().find(|(known, _)| *known == number)?;
        let mut body = Zeroizing::new(body.to_vec());
        key.open_in_place(nonce, &place.encode(number), &mut body, tag)
            .ok()?;
        Some(Secret::new(body))
    }
}

impl Place<'_> {
    /// Every part with its length before it, so that no two places have one encoding.
    fn encode(&self, key_number: u32) -> Vec<u8> {
        let mut out = b"clausa/v1/sealed-column".to_vec();
        out.extend(key_number.to_be_bytes());
        let parts = [self.table.as_bytes(), self.column.as_bytes()];
        for part in parts.iter().chain(self.row) {
            out.extend((part.len() as u64).to_be_bytes());
            out.extend(*part);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use clausa_core::random::SystemRandom;

    use super::*;

    fn kek(number: u32, byte: u8) -> KeyEncryptionKey {
        KeyEncryptionKey::new(number, Zeroizing::new([byte; 32]))
    }

    fn sealer(keys: Vec<KeyEncryptionKey>) -> Sealer {
        Sealer::new(keys, SystemRandom).unwrap()
    }

    const PLACE: Place<'static> = Place {
        table: "t",
        row: &[b"row"],
        column: "c",
    };

    #[test]
    fn opens_in_its_own_place_only() {
        // SEC-65
        let sealer = sealer(vec![kek(1, 1)]);
        let sealed = sealer.seal(PLACE, &Secret::new(b"secret".to_vec())).unwrap();
        assert_eq!(sealer.open(PLACE, &sealed).unwrap().expose(), b"secret");
        for place in [
            Place { table: "u", ..PLACE },
            Place {
                row: &[b"other"],
                ..PLACE
            },
            Place {
                row: &[b"ro", b"w"],
                ..PLACE
            },
            Place { row: &[], ..PLACE },
            Place { column: "d", ..PLACE },
        ] {
            assert!(
                sealer.open(place, &sealed).is_err(),
                "moved to {}.{}",
                place.table,
                place.column
            );
        }
    }

    #[test]
    fn every_altered_bit_and_every_cut_is_noticed() {
        let sealer = sealer(vec![kek(1, 1)]);
        let sealed = sealer.seal(PLACE, &Secret::new(b"secret".to_vec())).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(sealer.open(PLACE, &altered).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(sealer.open(PLACE, &sealed[..length]).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn the_first_key_seals_and_all_keys_open() {
        let old = sealer(vec![kek(1, 1)])
            .seal(PLACE, &Secret::new(b"old".to_vec()))
            .unwrap();
        let both = sealer(vec![kek(2, 2), kek(1, 1)]);
        assert_eq!(both.open(PLACE, &old).unwrap().expose(), b"old");
        let new = both.seal(PLACE, &Secret::new(b"new".to_vec())).unwrap();
        assert_eq!(
            sealer(vec![kek(2, 2)]).open(PLACE, &new).unwrap().expose(),
            b"new"
        );
        assert!(sealer(vec![kek(1, 1)]).open(PLACE, &new).is_err());
        assert!(
            sealer(vec![kek(1, 3)]).open(PLACE, &old).is_err(),
            "another key under the same number"
        );
    }

    #[test]
    fn the_same_secret_never_looks_the_same() {
        let sealer = sealer(vec![kek(1, 1)]);
        let secret = Secret::new(b"secret".to_vec());
        assert_ne!(
            sealer.seal(PLACE, &secret).unwrap(),
            sealer.seal(PLACE, &secret).unwrap()
        );
    }

    #[test]
    fn keys_must_be_there_and_differ_in_number() {
        assert!(Sealer::new(vec![], SystemRandom).is_err());
        assert!(Sealer::new(vec![kek(1, 1), kek(1, 2)], SystemRandom).is_err());
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", kek(7, 9)), "KeyEncryptionKey(7, [redacted])");
        assert_eq!(format!("{:?}", sealer(vec![kek(7, 9)])), "Sealer([7])");
        assert_eq!(
            format!("{:?}", Secret::new(b"abc".to_vec())),
            "Secret([redacted], 3 B)"
        );
    }
}
