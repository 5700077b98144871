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
/// 2^512 mod p: takes a number into Montgomery form, where 2^256 times the number stands for it.
const INTO_MONTGOMERY: Number = [
    0x0000_0000_0000_0003,
    0xffff_fffb_ffff_ffff,
    0xffff_ffff_ffff_fffe,
    0x0000_0004_ffff_fffd,
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
    let square = square_of_y(&x)?;
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

/// True for `04 || x || y` of a point on the curve.
pub(super) fn is_on_curve(point: &[u8; 65]) -> bool {
    let [4, coordinates @ ..] = point else {
        return false;
    };
    let ([x, y], []) = coordinates.as_chunks::<32>() else {
        return false;
    };
    let y = read(y);
    below(&y, &P) && square_of_y(&read(x)) == Some(multiply(&y, &y))
}

/// `x^3 - 3x + b`; `None` when x is not below p.
fn square_of_y(x: &Number) -> Option<Number> {
    if !below(x, &P) {
        return None;
    }
    let cube = multiply(&multiply(x, x), x);
    Some(add(&subtract(&cube, &add(&add(x, x), x)), &B))
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

/// `left * right mod p` for arguments below p.
fn multiply(left: &Number, right: &Number) -> Number {
    montgomery(&montgomery(left, right), &INTO_MONTGOMERY)
}

fn power(base: &Number, exponent: &Number) -> Number {
    let base = montgomery(base, &INTO_MONTGOMERY);
    let mut result = montgomery(&[1, 0, 0, 0], &INTO_MONTGOMERY);
    for bit in (0..256).rev() {
        result = montgomery(&result, &result);
        if is_set(exponent, bit) {
            result = montgomery(&result, &base);
        }
    }
    montgomery(&result, &[1, 0, 0, 0])
}

/// `left * right / 2^256 mod p` for arguments below p (Montgomery's reduction). The lowest limb of p is -1, so that what
/// has to be added to clear a limb is that limb times p.
fn montgomery(left: &Number, right: &Number) -> Number {
    let mut product = [0; 9];
    for (at, factor) in left.iter().enumerate() {
        add_multiple(&mut product, at, *factor, right);
    }
    for at in 0..4 {
        let factor = product[at];
        add_multiple(&mut product, at, factor, &P);
    }
    let [_, _, _, _, reduced @ .., carry] = product;
    if carry != 0 || !below(&reduced, &P) {
        borrowing_subtract(&reduced, &P).0
    } else {
        reduced
    }
}

/// Adds `factor * number * 2^(64 * at)`.
fn add_multiple(sum: &mut [u64; 9], at: usize, factor: u64, number: &Number) {
    let mut carry = 0;
    for (place, limb) in sum.iter_mut().skip(at).zip(number.iter().copied().chain([0; 5])) {
        let total = u128::from(*place) + u128::from(factor) * u128::from(limb) + u128::from(carry);
        // The two halves.
        (*place, carry) = (total as u64, (total >> 64) as u64);
    }
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
            assert!(is_on_curve(&point));
            for (place, change) in [(0, 6), (1, 1), (32, 1), (33, 1), (64, 1), (64, 128)] {
                let mut other = point;
                other[place] ^= change;
                assert!(!is_on_curve(&other), "byte {place}");
            }
        }
    }

    /// The product by repeated doubling, bit by bit.
    fn slow_product(left: &Number, right: &Number) -> Number {
        (0..256).rev().fold([0; 4], |product, bit| {
            let doubled = add(&product, &product);
            if is_set(right, bit) {
                add(&doubled, left)
            } else {
                doubled
            }
        })
    }

    #[test]
    fn products_are_those_of_repeated_doubling() {
        let largest = borrowing_subtract(&P, &[1, 0, 0, 0]).0;
        let mut numbers = vec![
            [0; 4],
            [1, 0, 0, 0],
            largest,
            B,
            ROOT,
            [u64::MAX, 0, u64::MAX, 0],
            [0, u64::MAX, u64::MAX, 0],
        ];
        for _ in 0..16 {
            let key = P256PrivateKey::generate(&mut SystemRandom).unwrap();
            let compressed = compress_p256(&key.public().unwrap());
            numbers.push(read(compressed[1..].try_into().unwrap()));
        }
        for left in &numbers {
            for right in &numbers {
                assert_eq!(multiply(left, right), slow_product(left, right));
            }
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
