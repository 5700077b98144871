//! Encodings and ranges of curve points and scalars, checked alike for both backends.

use zeroize::Zeroizing;

use super::{CryptoError, P256_COMPRESSED_LENGTH, P256_UNCOMPRESSED_LENGTH};
use crate::random::Randomness;

/// The compressed encoding of an uncompressed P-256 point.
pub fn compress_p256(point: &[u8; P256_UNCOMPRESSED_LENGTH]) -> [u8; P256_COMPRESSED_LENGTH] {
    let mut compressed = [0; P256_COMPRESSED_LENGTH];
    let [_, x @ .., last] = point;
    let y_is_odd = last & 1;
    for (to, from) in compressed
        .iter_mut()
        .zip(std::iter::once(&(2 + y_is_odd)).chain(x))
    {
        *to = *from;
    }
    compressed
}

/// Whether the encoding is the one without compression; point validation is the backend's.
pub(super) fn is_uncompressed(public: &[u8; P256_UNCOMPRESSED_LENGTH]) -> bool {
    public.first() == Some(&4)
}

/// Draws a P-256 scalar uniformly from `1 ..= n - 1` by rejection, as RFC 9180 §7.1.3 and FIPS 186-5 A.2.2 do.
pub(super) fn random_p256_scalar(rng: &mut dyn Randomness) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
    /// The order of the group, big-endian.
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    /// A draw is rejected once in 2^32; a source that is rejected this often is broken.
    const ATTEMPTS: usize = 8;
    let mut scalar = Zeroizing::new([0; 32]);
    for _ in 0..ATTEMPTS {
        rng.fill(scalar.as_mut_slice())?;
        if is_in_range(&scalar, &ORDER) {
            return Ok(scalar);
        }
    }
    Err(CryptoError::RandomnessFailed)
}

/// Whether `0 < scalar < order`, both big-endian, in constant time: subtracts and looks at the last borrow.
fn is_in_range(scalar: &[u8; 32], order: &[u8; 32]) -> bool {
    let (mut borrow, mut any) = (0, 0);
    for (left, right) in scalar.iter().zip(order).rev() {
        borrow = u16::from(*left)
            .wrapping_sub(u16::from(*right))
            .wrapping_sub(borrow)
            >> 15;
        any |= left;
    }
    borrow == 1 && any != 0
}

/// Whether this is one of the two encodings of a P-256 public key that we take; not the hybrid one, and not DER,
/// which a backend may also read.
pub(super) fn is_sec1_point(public: &[u8]) -> bool {
    matches!(
        (public.len(), public.first()),
        (P256_COMPRESSED_LENGTH, Some(2 | 3)) | (P256_UNCOMPRESSED_LENGTH, Some(4))
    )
}

/// Whether an Ed25519 public key is a point of small order, in any of its encodings, canonical or not. Public
/// data, so the time taken does not matter.
pub(super) fn is_weak_ed25519_key(public: &[u8; 32]) -> bool {
    // The top bit is the sign of x.
    let mut y = *public;
    if let Some(top) = y.last_mut() {
        *top &= 0x7f;
    }
    SMALL_ORDER.contains(&y)
}

/// The y coordinates of the eight points, little-endian: 0, 1, -1, the two of order 8, and p, p + 1 (0 and 1
/// unreduced). A negative y needs no further entry: -1 unreduced exceeds 255 bits.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    [
        0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    [
        0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
];

#[cfg(all(test, feature = "portable"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_range_ends_below_the_order() {
        let order: [u8; 32] = std::array::from_fn(|at| if at == 31 { 5 } else { 0xff });
        let changed = |at: usize, to: u8| {
            let mut scalar = order;
            scalar[at] = to;
            scalar
        };
        assert!(!is_in_range(&[0; 32], &order));
        assert!(!is_in_range(&order, &order));
        assert!(!is_in_range(&changed(31, 6), &order));
        assert!(!is_in_range(&[0xff; 32], &order));
        assert!(is_in_range(&changed(31, 4), &order));
        assert!(is_in_range(&changed(0, 0xfe), &order));
        assert!(is_in_range(&std::array::from_fn(|at| u8::from(at == 31)), &order));
    }

    #[test]
    fn the_list_of_small_order_points_is_right() {
        let mut found = 0;
        for y in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut public = y;
                public[31] |= sign;
                // An x of zero has no second sign, so one encoding of 1 and of -1 may not decode.
                if let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(&public) {
                    assert!(key.is_weak(), "{public:02x?}");
                    found += 1;
                }
                assert!(is_weak_ed25519_key(&public));
            }
        }
        assert!(found >= 8, "{found}");
        let ordinary = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
        assert!(!is_weak_ed25519_key(ordinary.as_bytes()));
    }
}
