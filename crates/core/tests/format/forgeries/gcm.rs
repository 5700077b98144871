//! GCM with a known key: its tag is a polynomial, and whoever has the key can solve it for one block. So a text can be
//! changed while its tag stays, and one ciphertext can be made to fit two keys. NIST SP 800-38D, §6.3 and §6.4.

use clausa_core::hazmat::backends::portable::AeadKey;

/// What GCM makes of one key and nonce.
pub struct Gcm {
    /// The hash key: the encryption of zeros.
    h: u128,
    /// What is added to the hash at the end.
    mask: u128,
    key: AeadKey,
    nonce: [u8; 12],
}

impl Gcm {
    pub fn new(key: &[u8; 32], nonce: [u8; 12]) -> Self {
        let key = AeadKey::new(key).unwrap();
        let tag = |aad: &[u8]| u128::from_be_bytes(key.seal_in_place(&nonce, aad, &mut []).unwrap());
        // The hash of nothing is zero. That of one block of zeros as additional data is `lengths · h`, where the lengths
        // are 128 and 0 bits.
        let mask = tag(&[]);
        let h = multiply(tag(&[0; 16]) ^ mask, inverse(128 << 64));
        Self { h, mask, key, nonce }
    }

    /// Encrypts and decrypts.
    pub fn apply_key_stream(&self, text: &mut [u8]) {
        self.key.seal_in_place(&self.nonce, &[], text).unwrap();
    }

    /// The tag, by the polynomial.
    pub fn tag(&self, aad: &[u8], ciphertext: &[u8]) -> u128 {
        let blocks = aad.chunks(16).chain(ciphertext.chunks(16)).map(block);
        let lengths = [aad, ciphertext].map(|bytes| bytes.len() as u128 * 8);
        let lengths = (lengths[0] << 64) | lengths[1];
        let hash = blocks
            .chain([lengths])
            .fold(0, |hash, block| multiply(hash ^ block, self.h));
        hash ^ self.mask
    }

    /// What a block of the ciphertext is multiplied with in the tag.
    fn weight(&self, number: usize, length: usize) -> u128 {
        (number..length.div_ceil(16)).fold(self.h, |power, _| multiply(power, self.h))
    }

    /// Sets block `number` of a ciphertext so that the tag becomes this one.
    pub fn solve(&self, aad: &[u8], ciphertext: &mut [u8], number: usize, tag: u128) {
        let difference = self.tag(aad, ciphertext) ^ tag;
        let change = multiply(difference, inverse(self.weight(number, ciphertext.len())));
        change_block(ciphertext, number, change);
    }
}

/// Sets block `number` of a ciphertext so that both keys give it the same tag.
pub fn solve_for_both(keys: [&Gcm; 2], aad: &[u8], ciphertext: &mut [u8], number: usize) {
    let [one, two] = keys.map(|key| (key.tag(aad, ciphertext), key.weight(number, ciphertext.len())));
    let change = multiply(one.0 ^ two.0, inverse(one.1 ^ two.1));
    change_block(ciphertext, number, change);
}

fn change_block(ciphertext: &mut [u8], number: usize, change: u128) {
    let place = &mut ciphertext[number * 16..number * 16 + 16];
    let changed = block(place) ^ change;
    place.copy_from_slice(&changed.to_be_bytes());
}

fn block(bytes: &[u8]) -> u128 {
    let mut whole = [0; 16];
    whole[..bytes.len()].copy_from_slice(bytes);
    u128::from_be_bytes(whole)
}

/// The product in GF(2^128); the highest bit is the coefficient of 1.
fn multiply(a: u128, mut b: u128) -> u128 {
    let mut product = 0;
    for bit in (0..128).rev() {
        if a >> bit & 1 == 1 {
            product ^= b;
        }
        let carry = b & 1;
        b >>= 1;
        b ^= carry * (0xe1 << 120);
    }
    product
}

/// `a^(2^128 - 2)`.
fn inverse(a: u128) -> u128 {
    assert_ne!(a, 0);
    let (mut power, mut product) = (a, 1 << 127);
    for _ in 1..128 {
        power = multiply(power, power);
        product = multiply(product, power);
    }
    assert_eq!(multiply(a, product), 1 << 127);
    product
}
