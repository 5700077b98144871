//! Signed objects (clause 2): each kind, with each mistake of a signature.

use crate::cose::{Cose, ED25519, ESP256, negate};
use crate::item::{Item, array, long_head, map, raw, uint};
use crate::recipe::{Part, Recipe};
use crate::world::{Kind, Who};

/// A kind of signed object and what refuses it.
struct Signed {
    name: &'static str,
    part: Part,
    expect: &'static str,
    label: &'static str,
    kind: Kind,
    names_key: bool,
}

#[rustfmt::skip] // A row a vector.
const OBJECTS: &[Signed] = &[
    Signed { name: "licence", part: Part::Licence, expect: "publishing-licence", label: "pl", kind: Kind::P256, names_key: false },
    Signed { name: "licensor", part: Part::Licensor, expect: "publishing-licence", label: "licensor-certificate", kind: Kind::Ed25519, names_key: false },
    Signed { name: "issuer", part: Part::Issuer, expect: "publishing-licence", label: "tenant-certificate", kind: Kind::Ed25519, names_key: true },
    Signed { name: "seal", part: Part::Seal, expect: "altered-seal", label: "seal", kind: Kind::P256, names_key: false },
    Signed { name: "edit_grant", part: Part::EditGrant, expect: "sealer", label: "edit-grant", kind: Kind::Ed25519, names_key: false },
    Signed { name: "edit_issuer", part: Part::EditIssuer, expect: "sealer", label: "tenant-certificate", kind: Kind::Ed25519, names_key: true },
    Signed { name: "use_licence", part: Part::UseLicence, expect: "use-licence", label: "ul", kind: Kind::Ed25519, names_key: false },
    Signed { name: "licence_issuer", part: Part::LicenceIssuer, expect: "use-licence", label: "tenant-certificate", kind: Kind::Ed25519, names_key: true },
];

#[rustfmt::skip] // A row a vector.
const LABELS: &[&str] = &[
    "pl", "seal", "ul", "tenant-certificate", "tenant-key-set", "licensor-certificate", "edit-grant", "checkpoint",
];

type Bend = (&'static str, u32, &'static str, &'static str, fn(&mut Cose));

/// For every kind.
#[rustfmt::skip] // A row a vector.
const BENDS: &[Bend] = &[
    ("unprotected", 3, "2.1", "Something in the unprotected map, which nobody has signed.", |cose| {
        cose.unprotected = map([(4, Some(raw([0x41, 1])))]);
    }),
    ("unprotected_null", 3, "2.1", "Null for the unprotected map.", |cose| cose.unprotected = raw([0xf6])),
    ("unprotected_long", 3, "2.1", "The empty map with its length in a longer form.", |cose| cose.unprotected = raw([0xb8, 0])),
    ("protected_empty", 4, "2.2", "No protected header.", |cose| cose.protected = Some(Vec::new())),
    ("protected_empty_map", 4, "2.2", "A protected header without algorithm.", |cose| cose.protected = Some(vec![0xa0])),
    ("protected_long", 2, "2.2", "The protected header with a long key.", |cose| bend_protected(cose, |p| {
        p.splice(1..2, [0x18, 1]);
    })),
    ("protected_behind", 2, "2.2", "A byte behind the protected header.", |cose| bend_protected(cose, |p| p.push(0))),
    ("protected_critical", 18, "2.2", "A critical header that nobody knows.", |cose| bend_protected(cose, |p| {
        p[0] += 1;
        p.splice(3..3, [2, 0x81, 0x18, 99]);
    })),
    ("alg_eddsa", 4, "2.3", "Algorithm -8, which does not say which curve.", |cose| bend_protected(cose, |p| p[2] = 0x27)),
    ("alg_es256", 4, "2.3", "Algorithm -7, which does not say which curve.", |cose| bend_protected(cose, |p| p[2] = 0x26)),
    ("alg_other_key", 4, "2.3", "The algorithm of the other type of key.", |cose| bend_protected(cose, |p| p[2] ^= ESP256 ^ ED25519)),
    ("alg_hmac", 4, "2.3", "A symmetric algorithm (5, HMAC) under which the public key would be the secret.", |cose| bend_protected(cose, |p| p[2] = 5)),
    ("alg_ml_dsa", 4, "2.3", "ML-DSA-65, which is reserved.", |cose| bend_protected(cose, |p| {
        p.splice(2..3, [0x38, 0x30]);
    })),
    ("kid_mirrored", 4, "2.2", "A kid where none belongs, none where one does.", |cose| cose.names_key = !cose.names_key),
    ("payload_detached", 2, "2.1", "Null for the payload.", |cose| {
        cose.outer = Some(|[p, u, _, s]| array([p, u, raw([0xf6]), s]));
    }),
    ("payload_long", 2, "1.3", "The payload's length in a longer form.", |cose| {
        cose.outer = Some(|[p, u, payload, s]| array([p, u, long_string(payload), s]));
    }),
    ("tagged", 2, "2.1", "The tag 18 of COSE_Sign1.", |cose| {
        cose.outer = Some(|members| raw([vec![0xd2], array(members).encode()].concat()));
    }),
    ("three_members", 2, "2.1", "No signature.", |cose| cose.outer = Some(|[p, u, payload, _]| array([p, u, payload]))),
    ("five_members", 2, "2.1", "A fifth member.", |cose| {
        cose.outer = Some(|[p, u, payload, s]| array([p, u, payload, s, uint(0)]));
    }),
    ("protected_unwrapped", 2, "2.1", "The protected header as a map and not as a byte string.", |cose| {
        cose.outer = Some(|[mut p, u, payload, s]| array([raw(p.blob()), u, payload, s]));
    }),
    ("signature_bit", 2, "2.6", "One bit of the signature.", |cose| cose.signature = Some(|s| s[40] ^= 1)),
    ("signature_short", 2, "2.6", "A signature of 63 bytes.", |cose| cose.signature = Some(|s| { s.pop(); })),
    ("signature_long", 2, "2.6", "A signature of 65 bytes.", |cose| cose.signature = Some(|s| s.push(0))),
    ("signature_zero", 2, "2.6", "A signature of zeros.", |cose| cose.signature = Some(|s| s.fill(0))),
    ("label_empty", 5, "2.4", "No external_aad.", |cose| cose.label.clear()),
    ("label_long", 5, "2.4", "The external_aad with a final zero byte.", |cose| cose.label.push(0)),
    ("payload_not_signed", 2, "2.4", "The signature is over another payload.", |cose| {
        let mut other = cose.payload.clone();
        other.push(0);
        cose.signed_payload = Some(other);
    }),
];

/// For ECDSA.
#[rustfmt::skip] // A row a vector.
const P256_BENDS: &[Bend] = &[
    ("high_s", 2, "2.6", "The higher of the two forms of an ECDSA signature, which verifies as mathematics.", |cose| cose.signature = Some(|s| negate(s))),
    ("r_zero", 2, "2.6", "An r of zero.", |cose| cose.signature = Some(|s| s[..32].fill(0))),
    ("s_zero", 2, "2.6", "An s of zero.", |cose| cose.signature = Some(|s| s[32..].fill(0))),
    ("r_order", 2, "2.6", "An r that is the order of the group.", |cose| cose.signature = Some(|s| s[..32].copy_from_slice(&crate::cose::ORDER))),
    ("der", 2, "2.6", "A signature in DER, cut to 64 bytes.", |cose| cose.signature = Some(der)),
];

/// For Ed25519.
#[rustfmt::skip] // A row a vector.
const ED25519_BENDS: &[Bend] = &[
    ("s_plus_order", 2, "2.5", "S and the order of the group: RFC 8032 refuses it.", |cose| cose.signature = Some(|s| add_order(s))),
    ("r_identity", 2, "2.5", "R is the point of order 1.", |cose| {
        cose.signature = Some(|s| {
            s[..32].fill(0);
            s[0] = 1;
        });
    }),
];

pub fn vectors() -> Vec<Recipe> {
    let mut vectors = Vec::new();
    for signed in OBJECTS {
        let own: &[Bend] = if signed.kind == Kind::P256 {
            P256_BENDS
        } else {
            ED25519_BENDS
        };
        // One kind of object is bent in every way where it stands first.
        let is_second = matches!(signed.part, Part::EditIssuer | Part::LicenceIssuer);
        let bends = BENDS.iter().chain(own).filter(|_| !is_second);
        for (bend, requirement, clause, comment, change) in bends.copied() {
            vectors.push(start(signed, bend, requirement, clause, comment).change(|r| {
                r.cose(signed.part, move |cose, world| {
                    let kid = world.key(cose.signer).kid();
                    let alg = if world.kind(cose.signer) == Kind::P256 {
                        ESP256
                    } else {
                        ED25519
                    };
                    let usual = Cose::header(alg, cose.names_key.then_some(kid.as_bytes().as_slice()));
                    cose.protected = Some(usual.clone());
                    change(cose);
                    if cose.protected == Some(usual) {
                        cose.protected = None;
                    }
                });
            }));
        }
        for label in LABELS.iter().filter(|label| **label != signed.label) {
            let name = format!("as_{}", label.replace('-', "_"));
            let comment = format!("The signature was made for another kind of object ({label}).");
            vectors.push(start(signed, &name, 5, "2.4", &comment).change(|r| {
                r.cose(signed.part, move |cose, _| {
                    cose.label = format!("clausa/v1/{label}").into_bytes()
                });
            }));
        }
        vectors.push(
            start(
                signed,
                "other_signer",
                39,
                "2.4",
                "Signed by a key of the same type that is somebody else's.",
            )
            .change(|r| {
                let other = match signed.kind {
                    Kind::P256 => Who::Colleague,
                    Kind::Ed25519 => Who::Checkpoint,
                };
                r.cose(signed.part, move |cose, world| {
                    if cose.names_key {
                        let kid = world.key(cose.signer).kid();
                        cose.protected = Some(Cose::header(ED25519, Some(kid.as_bytes())));
                    }
                    cose.signer = other;
                });
            }),
        );
        if signed.names_key {
            vectors.extend(kids(signed));
        }
    }
    vectors
}

/// The root's name in the header (clauses 2.2, 2.5, 7.2).
fn kids(signed: &Signed) -> Vec<Recipe> {
    let with = |name: &str, comment: &str, kid: fn(&[u8]) -> Vec<u8>| {
        start(signed, name, 39, "7.2", comment).change(|r| {
            r.cose(signed.part, move |cose, world| {
                let root = world.key(cose.signer);
                let kid = kid(root.kid().as_bytes());
                cose.protected = Some(Cose::header(ED25519, Some(&kid)));
            });
        })
    };
    vec![
        with(
            "kid_other",
            "Names a root that is not pinned; the signature is the pinned root's.",
            |kid| kid.iter().map(|byte| byte ^ 1).collect(),
        ),
        with("kid_short", "A kid of 7 bytes.", |kid| kid[..7].to_vec()),
        with("kid_long", "A kid of 9 bytes.", |kid| [kid, &[0]].concat()),
        with("kid_empty", "An empty kid.", |_| Vec::new()),
    ]
}

fn start(signed: &Signed, bend: &str, requirement: u32, clause: &'static str, comment: &str) -> Recipe {
    let mut recipe = Recipe::new(format!("signed/{}_{bend}", signed.name));
    if matches!(signed.part, Part::EditGrant | Part::EditIssuer) {
        recipe.edited();
    }
    let title = signed.name.replace('_', " ");
    recipe.says(signed.expect, requirement, clause, format!("{title}: {comment}"))
}

fn bend_protected(cose: &mut Cose, change: impl Fn(&mut Vec<u8>)) {
    if let Some(protected) = &mut cose.protected {
        change(protected);
    }
}

fn long_string(item: Item) -> Item {
    match item {
        Item::Bytes(content) => raw([long_head(2, content.len() as u64), content].concat()),
        other => other,
    }
}

/// `SEQUENCE { INTEGER r, INTEGER s }` as far as it fits.
fn der(signature: &mut Vec<u8>) {
    let (r, s) = signature.split_at(32);
    let mut der = [&[0x30, 0x44, 2, 32][..], r, &[2, 32], s].concat();
    der.truncate(64);
    *signature = der;
}

/// `S + L`, little-endian, with `L` = 2^252 + 27742317777372353535851937790883648493.
fn add_order(signature: &mut [u8]) {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (digit, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*digit) + u16::from(order) + carry;
        *digit = sum as u8;
        carry = sum >> 8;
    }
}
