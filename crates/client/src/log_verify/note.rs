//! Signed checkpoints: c2sp.org/tlog-checkpoint in c2sp.org/signed-note.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clausa_core::id::TenantId;
use clausa_core::keys::{Signature, VerifyingKey};
use clausa_core::origin::Origin;
use sha2::{Digest as _, Sha256};

use super::Hash;

/// A checkpoint whose signature was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Leaves.
    pub size: u64,
    /// Root hash over them (RFC 6962).
    pub root: Hash,
}

/// Why a note is no checkpoint of the log it should be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteFault {
    /// It is not a signed note with origin, size and root hash.
    #[error("the checkpoint is malformed")]
    Malformed,
    /// It is of another log.
    #[error("the checkpoint is of another log")]
    OtherLog,
    /// None of the tenant's checkpoint keys has signed it.
    #[error("the checkpoint is not signed by the tenant's checkpoint key")]
    Unsigned,
}

/// The name of a tenant's log: the first line of its checkpoints.
pub fn checkpoint_origin(authority: &Origin, tenant: TenantId) -> String {
    format!("{}/log/{tenant}", authority.authority())
}

impl Checkpoint {
    /// Reads a note, checks that it is of the log called `origin`, and that one of `keys` has signed it.
    ///
    /// # Errors
    ///
    /// [`NoteFault`], the first thing that is wrong.
    pub fn open(note: &str, origin: &str, keys: &[VerifyingKey]) -> Result<Self, NoteFault> {
        let (text, signatures) = note.split_once("\n\n").ok_or(NoteFault::Malformed)?;
        let signed = note.get(..=text.len()).ok_or(NoteFault::Malformed)?;
        let mut lines = text.split('\n');
        let (Some(name), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteFault::Malformed);
        };
        if name != origin {
            return Err(NoteFault::OtherLog);
        }
        let decimal = !size.is_empty()
            && size.bytes().all(|byte| byte.is_ascii_digit())
            && (size == "0" || !size.starts_with('0'));
        let size = size
            .parse()
            .ok()
            .filter(|_| decimal)
            .ok_or(NoteFault::Malformed)?;
        let root = STANDARD
            .decode(root)
            .ok()
            .and_then(|root| root.try_into().ok())
            .ok_or(NoteFault::Malformed)?;
        let is_signed = signatures
            .lines()
            .filter_map(|line| line.strip_prefix("\u{2014} ")?.split_once(' '))
            .filter(|(name, _)| *name == origin)
            .filter_map(|(_, signature)| STANDARD.decode(signature).ok())
            .any(|signature| keys.iter().any(|key| signs(key, origin, signed, &signature)));
        if is_signed {
            Ok(Self { size, root })
        } else {
            Err(NoteFault::Unsigned)
        }
    }
}

/// Whether `signature`, four bytes of key hash and 64 of Ed25519, is by `key` over `text`.
fn signs(key: &VerifyingKey, name: &str, text: &str, signature: &[u8]) -> bool {
    let hash: Hash = Sha256::new()
        .chain_update(name)
        .chain_update(b"\n\x01")
        .chain_update(key.as_bytes())
        .finalize()
        .into();
    let (Some((key_hash, signature)), VerifyingKey::Ed25519(_)) = (signature.split_first_chunk::<4>(), key)
    else {
        return false;
    };
    hash.starts_with(key_hash)
        && signature
            .try_into()
            .is_ok_and(|signature| key.verify(text.as_bytes(), &Signature(signature)).is_ok())
}

#[cfg(test)]
mod tests {
    use clausa_core::keys::{Signer as _, SoftwareSigner};
    use clausa_core::random::SystemRandom;

    use super::*;

    fn note(signer: &SoftwareSigner, origin: &str, body: &str) -> String {
        let mut hashed = format!("{origin}\n").into_bytes();
        hashed.push(1);
        hashed.extend(signer.verifying_key().as_bytes());
        let mut signature = Sha256::digest(&hashed)[..4].to_vec();
        signature.extend(signer.sign(body.as_bytes()).unwrap().0);
        format!("{body}\n\u{2014} {origin} {}\n", STANDARD.encode(signature))
    }

    #[test]
    fn only_a_signed_note_of_the_right_log_is_a_checkpoint() {
        let signer = SoftwareSigner::generate_ed25519(&mut SystemRandom).unwrap();
        let other = SoftwareSigner::generate_ed25519(&mut SystemRandom).unwrap();
        let keys = [other.verifying_key(), signer.verifying_key()];
        let root = STANDARD.encode([7; 32]);
        let body = format!("a.example/log/1\n42\n{root}\n");
        let good = note(&signer, "a.example/log/1", &body);
        let open = |text: &str, keys: &[VerifyingKey]| Checkpoint::open(text, "a.example/log/1", keys);
        let expected = Checkpoint {
            size: 42,
            root: [7; 32],
        };
        assert_eq!(open(&good, &keys), Ok(expected));
        assert_eq!(open(&good, &keys[..1]), Err(NoteFault::Unsigned));
        assert_eq!(open(&good.replace("42", "43"), &keys), Err(NoteFault::Unsigned));
        assert_eq!(
            Checkpoint::open(&good, "b.example/log/1", &keys),
            Err(NoteFault::OtherLog)
        );
        for malformed in ["", "a", "a.example/log/1\n42\n", &good.replace(&root, "AAAA")] {
            assert!(open(malformed, &keys).is_err(), "{malformed}");
        }
        for size in ["042", "+42", "-1", "", "99999999999999999999"] {
            let body = format!("a.example/log/1\n{size}\n{root}\n");
            let signed = note(&signer, "a.example/log/1", &body);
            assert_eq!(open(&signed, &keys), Err(NoteFault::Malformed), "{size}");
        }
        for (at, _) in good.char_indices() {
            assert!(
                open(&good[..at], &keys).is_err() || at + 1 == good.len(),
                "cut at {at}"
            );
        }
    }
}
