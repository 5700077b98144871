//! The y coordinate of a compressed P-256 point. Public data only, so the time taken does not matter.
//!
//! RFC 9679 takes thumbprints of uncompressed points, certificates carry compressed ones, and not every backend offers
//! the way from one to the other.

/// A number below 2^256 in four 64-bit limbs, the lowest first.
type Number = [u64; 4];

/// The field's prime, 2^256 - 2^224 + 2^192 + 2^96 - 1.
const P: Number = [
    0xffff_ffff_ffff_ffff,
    0x0000_0000_ffff_ffff,
    0,
    0xffff_ffff_0000_0001,
];
/// The curve's coefficient b.
const B: Number = [
    0x3bce_3c3e_27d2_604b,
    0x651d_06b0_cc53_b0f6,
    0xb3eb_bd55_7698_86bc,
    0x5ac6_35d8_aa3a_93e7,
];
/// (p + 1) / 4: raising to it gives a square root, because p = 3 mod 4.
const ROOT: Number = [
    0,
    0x0000_0000_4000_0000,
    0x4000_0000_0000_0000,
    0x3fff_ffff_c000_0000,
];

/// `04 || x || y` of a compressed point; `None` when no point has this x.
pub(super) fn decompress(compressed: &[u8; 33]) -> Option<[u8; 65]> {
    let [sign @ (2 | 3), encoded @ ..] = compressed else {
        return None;
    };
    let x = read(encoded);
    if !below(&x, &P) {
        return None;
    }
    // y^2 = x^3 - 3x + b
    let cube = multiply(&multiply(&x, &x), &x);
    let square = add(&subtract(&cube, &add(&add(&x, &x), &x)), &B);
    let root = power(&square, &ROOT);
    if multiply(&root, &root) != square {
        return None;
    }
    let is_odd = root[0] & 1 == 1;
    let y = if is_odd == (*sign == 3) {
        root
    } else {
        subtract(&[0; 4], &root)
    };
    let mut point = [4; 65];
    point[1..33].copy_from_slice(encoded);
    point[33..].copy_from_slice(&write(&y));
    Some(point)
}

fn read(bytes: &[u8; 32]) -> Number {
    let mut number = [0; 4];
    for (limb, chunk) in number.iter_mut().rev().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_be_bytes(*chunk);
    }
    number
}

fn write(number: &Number) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(number.iter().rev()) {
        *chunk = limb.to_be_bytes();
    }
    bytes
}

fn below(left: &Number, right: &Number) -> bool {
    left.iter().rev().lt(right.iter().rev())
}

/// `left + right mod p` for arguments below p.
fn add(left: &Number, right: &Number) -> Number {
    let (sum, carry) = carrying_add(left, right);
    if carry || !below(&sum, &P) {
        borrowing_subtract(&sum, &P).0
    } else {
        sum
    }
}

/// `left - right mod p` for arguments below p.
fn subtract(left: &Number, right: &Number) -> Number {
    let (difference, borrow) = borrowing_subtract(left, right);
    if borrow {
        carrying_add(&difference, &P).0
    } else {
        difference
    }
}

/// `left * right mod p` for arguments below p: double and add, from the highest bit down.
fn multiply(left: &Number, right: &Number) -> Number {
    let mut product = [0; 4];
    for bit in (0..256).rev() {
        product = add(&product, &product);
        if is_set(right, bit) {
            product = add(&product, left);
        }
    }
    product
}

fn power(base: &Number, exponent: &Number) -> Number {
    let mut result = [1, 0, 0, 0];
    for bit in (0..256).rev() {
        result = multiply(&result, &result);
        if is_set(exponent, bit) {
            result = multiply(&result, base);
        }
    }
    result
}

fn is_set(number: &Number, bit: usize) -> bool {
    number[bit / 64] >> (bit % 64) & 1 == 1
}

fn carrying_add(left: &Number, right: &Number) -> (Number, bool) {
    let (mut sum, mut carry) = ([0; 4], false);
    for (out, (l, r)) in sum.iter_mut().zip(left.iter().zip(right)) {
        let (partial, first) = l.overflowing_add(*r);
        let (total, second) = partial.overflowing_add(carry.into());
        (*out, carry) = (total, first | second);
    }
    (sum, carry)
}

fn borrowing_subtract(left: &Number, right: &Number) -> (Number, bool) {
    let (mut difference, mut borrow) = ([0; 4], false);
    for (out, (l, r)) in difference.iter_mut().zip(left.iter().zip(right)) {
        let (partial, first) = l.overflowing_sub(*r);
        let (total, second) = partial.overflowing_sub(borrow.into());
        (*out, borrow) = (total, first | second);
    }
    (difference, borrow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{P256PrivateKey, compress_p256};
    use crate::random::SystemRandom;

    #[test]
    fn generated_points_come_back() {
        for _ in 0..4 {
            let point = P256PrivateKey::generate(&mut SystemRandom)
                .unwrap()
                .public()
                .unwrap();
            let compressed = compress_p256(&point);
            assert_eq!(decompress(&compressed), Some(point));
        }
    }

    /// SEC-37
    #[test]
    fn what_is_not_on_the_curve_has_no_y() {
        let with_x = |x: Number| [&[2][..], &write(&x)].concat().try_into().unwrap();
        // The field's prime itself would be a second spelling of 0.
        assert_eq!(decompress(&with_x(P)), None);
        assert_eq!(decompress(&with_x([u64::MAX; 4])), None);
        let on_curve = (0..64)
            .filter(|x| decompress(&with_x([*x, 0, 0, 0])).is_some())
            .count();
        assert!(
            (16..48).contains(&on_curve),
            "about every second x has a point: {on_curve} of 64"
        );
        assert_eq!(decompress(&[4; 33]), None);
    }
}
