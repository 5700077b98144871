//! The lower of the two forms of an ECDSA signature. `(r, s)` and `(r, n - s)` verify alike; the format takes only the
//! one with `s <= n / 2`, so that a signed object has exactly one encoding (clause 2.6).

use crate::keys::Signature;

/// The order of the P-256 group.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
    0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];
/// Half of it, rounded down.
const HALF: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde,
    0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// True for the lower form.
pub(super) fn is_low(signature: &Signature) -> bool {
    signature.0[32..] <= HALF[..]
}

/// Replaces `s` by `n - s` where that is lower.
pub(super) fn normalise(signature: &mut Signature) {
    if is_low(signature) {
        return;
    }
    let mut borrow = false;
    for (digit, order) in signature.0[32..].iter_mut().zip(ORDER).rev() {
        let (partial, first) = order.overflowing_sub(*digit);
        let (difference, second) = partial.overflowing_sub(borrow.into());
        (*digit, borrow) = (difference, first | second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Signer, SoftwareSigner};
    use crate::random::SystemRandom;

    /// Clause 2.6.1.
    #[test]
    fn the_lower_form_verifies() {
        let signer = SoftwareSigner::generate_p256(&mut SystemRandom).unwrap();
        for round in 0..16_u8 {
            let mut signature = signer.sign(&[round]).unwrap();
            normalise(&mut signature);
            assert!(is_low(&signature));
            signer.verifying_key().verify(&[round], &signature).unwrap();
        }
    }

    #[test]
    fn the_border_is_half_the_order() {
        let with_s = |s: [u8; 32]| Signature(std::array::from_fn(|i| if i < 32 { 0 } else { s[i - 32] }));
        let mut above = HALF;
        above[31] += 1;
        assert!(is_low(&with_s(HALF)) && !is_low(&with_s(above)));
        let mut signature = with_s(above);
        normalise(&mut signature);
        assert_eq!(signature, with_s(HALF), "n = 2 * half + 1");
    }
}
