//! The use licence (clause 9): its fields, each check of clause 9.5, the times of clause 9.6, and the sealed key.

use super::{Row, table};
use crate::item::{Item, bytes, named, raw, text, uint};
use crate::recipe::{Part, Recipe};
use crate::world::{DAY, Kind, NOW, Who};

const UL: &str = "use-licence";

/// Form, and what it must fit.
#[rustfmt::skip] // A row a vector.
const CHECKS: &[Row] = &[
    ("other_digest", UL, 40, "9.5", "Issued for another licence of the same content id.", |r| draft(r, |d| d.at(2).blob()[0] ^= 1)),
    ("other_content", UL, 40, "9.5", "Issued for another content id.", |r| draft(r, |d| d.at(3).blob()[0] ^= 1)),
    ("other_tenant", UL, 40, "9.5", "Issued by another tenant, with a certificate of the file's.", |r| draft(r, |d| d.at(4).blob()[0] ^= 1)),
    ("other_account", UL, 40, "9.5", "Issued to another person on the same device.", |r| draft(r, |d| d.at(5).blob()[0] ^= 1)),
    ("other_device", UL, 40, "9.5", "Issued to another device of the same person.", |r| draft(r, |d| d.at(6).blob()[0] ^= 1)),
    ("another_reader", UL, 40, "9.5", "Another person is signed in.", |r| r.reader.subject = "somebody else"),
    ("another_machine", UL, 40, "9.5", "Copied to another device, with its key.", |r| r.reader.device = Who::Colleague),
    ("old_epoch", UL, 40, "9.5", "An epoch below the highest that was seen.", |r| draft(r, |d| d.set(12, uint(6)))),
    ("epoch_0", UL, 40, "9.5", "An epoch of 0.", |r| draft(r, |d| d.set(12, uint(0)))),
    ("rights_0", UL, 42, "9.1", "No right.", |r| draft(r, |d| d.set(7, uint(0)))),
    ("rights_unknown", UL, 42, "5.2", "VIEW and a right that has no meaning.", |r| draft(r, |d| d.set(7, uint(1 | 1 << 14)))),
    ("rights_beyond", UL, 42, "5.2", "VIEW and a bit that two bytes do not hold.", |r| draft(r, |d| d.set(7, uint(1 | 1 << 16)))),
    ("rights_as_text", UL, 2, "9.1", "Rights by name.", |r| draft(r, |d| d.set(7, text("VIEW")))),
    ("offline_beyond_the_end", UL, 43, "9.1", "The offline window outlives the licence by a second.", |r| draft(r, |d| d.set(9, uint(NOW + 7 * DAY - 1)))),
    ("obligations_none", UL, 2, "9.1", "An empty map of obligations.", |r| draft(r, |d| d.set(15, named(&[])))),
    ("obligations_capital", UL, 2, "3.4", "A capital letter in the name of an obligation.", |r| draft(r, |d| d.set(15, named(&[("X", b"")])))),
    ("edit_grant_malformed", UL, 15, "9.1", "An edit grant that is none.", |r| draft(r, |d| d.set(16, bytes([0xa0])))),
    ("edit_grant_unwrapped", UL, 2, "9.1", "An edit grant that is not in a byte string.", |r| draft(r, |d| d.set(16, crate::item::array([])))),
    ("id_short", UL, 2, "1.5", "An id of 15 bytes.", |r| draft(r, |d| d.at(1).blob().truncate(15))),
    ("digest_short", UL, 2, "1.5", "A licence digest of 31 bytes.", |r| draft(r, |d| d.at(2).blob().truncate(31))),
    ("content_short", UL, 2, "1.5", "A content id of 15 bytes.", |r| draft(r, |d| d.at(3).blob().truncate(15))),
    ("tenant_short", UL, 2, "1.5", "A tenant of 15 bytes.", |r| draft(r, |d| d.at(4).blob().truncate(15))),
    ("account_short", UL, 2, "1.5", "An account of 15 bytes.", |r| draft(r, |d| d.at(5).blob().truncate(15))),
    ("device_short", UL, 2, "1.5", "A thumbprint of 31 bytes.", |r| draft(r, |d| d.at(6).blob().truncate(31))),
    ("device_long", UL, 2, "1.5", "A thumbprint of 33 bytes.", |r| draft(r, |d| d.at(6).blob().push(0))),
    ("nonce_short", UL, 2, "9.1", "A nonce of 15 bytes.", |r| draft(r, |d| d.at(13).blob().truncate(15))),
    ("nonce_long", UL, 2, "9.1", "A nonce of 17 bytes.", |r| draft(r, |d| d.at(13).blob().push(0))),
    ("key_missing", UL, 2, "9.1", "No sealed content key.", |r| sealed(r, |s| s.remove(14))),
    ("key_as_text", UL, 2, "9.1", "The sealed content key as a text.", |r| sealed(r, |s| s.set(14, text("x")))),
    ("byte_behind", UL, 2, "2.1", "A byte behind the signed object.", |r| {
        r.object(Part::UseLicence, |object| object.push(0));
    }),
    ("nothing", UL, 2, "2.1", "One byte for the use licence.", |r| {
        r.object(Part::UseLicence, |object| object.truncate(1));
    }),
    ("a_seal", UL, 5, "2.4", "The file's seal in the place of the use licence.", |r| {
        r.cose(Part::UseLicence, |cose, _| {
            cose.label = b"clausa/v1/seal".to_vec();
            cose.signer = Who::Publisher;
        });
    }),
];

/// The certificate that travels with it (clause 9.2).
#[rustfmt::skip] // A row a vector.
const CERTIFICATES: &[Row] = &[
    ("purpose_licensor", UL, 70, "9.5", "The certificate is for licensor certificates.", |r| issuer(r, |i| i.set(2, uint(1)))),
    ("purpose_edit", UL, 70, "9.5", "The certificate is for edit grants.", |r| issuer(r, |i| i.set(2, uint(3)))),
    ("purpose_checkpoint", UL, 70, "9.5", "The certificate is for checkpoints.", |r| issuer(r, |i| i.set(2, uint(4)))),
    ("certificate_other_tenant", UL, 39, "9.5", "The certificate is another tenant's.", |r| issuer(r, |i| i.at(1).blob()[0] ^= 1)),
    ("certificate_expired", UL, 39, "9.5", "The certificate ended a second before the issue.", |r| issuer(r, |i| i.set(5, uint(NOW - 1)))),
    ("certificate_not_yet_valid", UL, 39, "9.5", "The certificate begins a second after the issue.", |r| issuer(r, |i| i.set(4, uint(NOW + 1)))),
    ("certificate_other_root", UL, 39, "9.5", "The certificate is another authority's.", |r| {
        r.cose(Part::LicenceIssuer, |cose, _| cose.signer = Who::OtherRoot);
    }),
    ("certificate_byte_behind", UL, 2, "2.1", "A byte behind the certificate.", |r| {
        r.object(Part::LicenceIssuer, |object| object.push(0));
    }),
    ("signed_by_licensor_key", UL, 70, "9.5", "Signed by the tenant's key for licensor certificates.", |r| signer(r, Who::Licensor)),
    ("signed_by_root", UL, 39, "9.5", "Signed by the root itself.", |r| signer(r, Who::Root)),
    ("signed_by_publisher", UL, 39, "9.5", "Signed by the publisher.", |r| signer(r, Who::Publisher)),
    ("signed_by_reader", UL, 39, "9.5", "The reader issues to himself.", |r| signer(r, Who::Reader)),
];

/// Times (clause 9.6).
#[rustfmt::skip] // A row a vector.
const TIMES: &[Row] = &[
    ("expired", "expired", 43, "9.6", "A kept licence, a second after its end.", |r| {
        r.reader.now = NOW + 30 * DAY + 1;
    }),
    ("expired_by_the_floor", "expired", 43, "9.6", "The clock is within the tolerance, and the floor is after the end.", |r| {
        r.reader.now = NOW + 30 * DAY;
        r.reader.floor = NOW + 30 * DAY + 1;
    }),
    ("expired_at_once", "expired", 43, "9.6", "A licence that ended when it was issued.", |r| {
        draft(r, |d| {
            d.set(9, uint(NOW - 1));
            d.set(10, uint(NOW - 1));
        });
    }),
    ("window_over", UL, 43, "9.6", "A kept licence, still valid, a second after its offline window.", |r| r.reader.now = NOW + 7 * DAY + 1),
    ("window_over_by_the_floor", UL, 43, "9.6", "The clock is within the tolerance, and the floor is after the window.", |r| {
        r.reader.now = NOW + 7 * DAY;
        r.reader.floor = NOW + 7 * DAY + 1;
    }),
    ("no_window", UL, 43, "9.6", "A licence that is not for offline use, kept nevertheless.", |r| draft(r, |d| d.set(10, uint(NOW)))),
    ("clock_behind_the_floor", UL, 44, "9.6", "A clock more than five minutes below the floor.", |r| r.reader.floor = r.reader.now + 301),
    ("clock_behind_the_licence", UL, 44, "9.6", "A clock more than five minutes below the authority's in the licence.", |r| r.reader.now = NOW - 301),
    ("clock_at_1970", UL, 44, "9.6", "A clock that was never set.", |r| r.reader.now = 0),
    ("clock_at_tolerance", "opens", 44, "9.6", "A clock five minutes below the floor.", |r| r.reader.floor = r.reader.now + 300),
    ("clock_at_tolerance_of_the_licence", "opens", 44, "9.6", "A clock five minutes below the authority's in the licence.", |r| {
        r.reader.now = NOW - 300;
        r.reader.floor = 0;
    }),
    ("no_floor_yet", "opens", 44, "9.6", "A device that knows of no time.", |r| r.reader.floor = 0),
    ("last_second_of_window", "opens", 43, "9.6", "In the last second of the offline window.", |r| r.reader.now = NOW + 7 * DAY),
    ("last_second", "opens", 43, "9.6", "In the last second of a licence whose window is as long.", |r| {
        draft(r, |d| d.set(10, uint(NOW + 30 * DAY)));
        r.reader.now = NOW + 30 * DAY;
    }),
    ("no_end", "opens", 43, "9.1", "A licence without an end.", |r| draft(r, |d| d.remove(9))),
    ("end_of_time", "opens", 23, "9.6", "An end and a window in the last second that a u64 can name.", |r| draft(r, |d| {
        d.set(9, uint(u64::MAX));
        d.set(10, uint(u64::MAX));
    })),
    ("certificate_first_second", "opens", 39, "1.6", "The certificate begins in the second of issue.", |r| issuer(r, |i| i.set(4, uint(NOW)))),
    ("certificate_last_second", "opens", 39, "1.6", "The certificate ends in the second of issue; the licence lives on.", |r| issuer(r, |i| i.set(5, uint(NOW)))),
    ("newer_epoch", "opens", 40, "9.5", "An epoch above the highest that was seen.", |r| draft(r, |d| d.set(12, uint(8)))),
    ("epoch_largest", "opens", 23, "9.5", "The largest epoch that a u64 can name.", |r| draft(r, |d| d.set(12, uint(u64::MAX)))),
    ("p256", "opens", 4, "2.3", "A tenant whose key for use licences is P-256.", |r| { r.world.kinds.insert(Who::Licence, Kind::P256); }),
    ("every_right", "opens", 42, "5.2", "Every right of the closed set.", |r| r.rights = (1 << 14) - 1),
    ("owner", "opens", 42, "5.2", "OWNER alone, which implies every right.", |r| r.rights = 1 << 13),
    ("view", "opens", 42, "5.2", "VIEW alone.", |r| r.rights = 1),
    ("obligations", "opens", 42, "9.1", "Obligations.", |r| draft(r, |d| d.set(15, named(&[("example.watermark", b"yes")])))),
    ("obligations_64_kib", "opens", 17, "11.1", "Obligations of 65 536 bytes: the most.", |r| draft(r, |d| d.set(15, named(&[("x", &[0; 65_535])])))),
];

/// Answers to a request of this moment.
#[rustfmt::skip] // A row a vector.
const ONLINE: &[Row] = &[
    ("online", "opens", 49, "9.5", "The answer to a request of this moment.", |_| {}),
    ("online_clock_far_ahead", "opens", 43, "9.6", "The device's clock is a year ahead: an answer is judged by the authority's.", |r| r.reader.now = NOW + 365 * DAY),
    ("online_clock_far_behind", "opens", 44, "9.6", "The device's clock is at 1970.", |r| r.reader.now = 0),
    ("online_no_window", "opens", 43, "9.6", "A licence for this moment alone.", |r| draft(r, |d| d.set(10, uint(NOW - 1)))),
    ("online_at_tolerance", "opens", 44, "9.6", "The authority's clock is five minutes below what it has signed before.", |r| r.reader.floor = NOW + 300),
    ("online_other_nonce", UL, 49, "9.5", "The answer to another request.", |r| r.reader.nonce = Some([0x55; 16])),
    ("online_nonce_of_zeros", UL, 49, "9.5", "A nonce of zeros in the answer.", |r| draft(r, |d| d.set(13, bytes([0; 16])))),
    ("online_behind_the_floor", UL, 44, "9.6", "The authority's clock is more than five minutes below what it has signed before.", |r| r.reader.floor = NOW + 301),
    ("online_expired", "expired", 43, "9.6", "An answer that is over when it is given.", |r| draft(r, |d| {
        d.set(9, uint(NOW - 1));
        d.set(10, uint(NOW - 1));
    })),
    ("online_old_epoch", UL, 40, "9.5", "An answer of an epoch below the highest that was seen.", |r| r.reader.minimum_epoch = 8),
];

/// The sealed content key (clause 9.4).
#[rustfmt::skip] // A row a vector.
const KEYS: &[Row] = &[
    ("key_of_another_device", "unwrap", 40, "9.4", "Names this device, and the key is sealed to another.", |r| r.sealed_to = "another device"),
    ("key_of_another_machine", "unwrap", 56, "9.4", "A copied profile without the device's key.", |r| r.reader.device_key = "another device"),
    ("key_bit", "unwrap", 28, "9.4", "One bit of the encrypted key.", |r| sealed(r, |s| s.at(14).blob()[70] ^= 1)),
    ("key_tag_bit", "unwrap", 28, "9.4", "One bit of the tag.", |r| sealed(r, |s| s.at(14).blob()[112] ^= 1)),
    ("key_short", "unwrap", 28, "9.4", "The last byte of the sealed key is missing.", |r| sealed(r, |s| s.at(14).blob().truncate(112))),
    ("key_long", "unwrap", 28, "9.4", "A byte behind the sealed key.", |r| sealed(r, |s| s.at(14).blob().push(0))),
    ("key_empty", "unwrap", 28, "9.4", "An empty sealed key.", |r| sealed(r, |s| s.at(14).blob().clear())),
    ("key_enc_off_the_curve", "unwrap", 37, "9.4", "The ephemeral point is not on the curve.", |r| sealed(r, |s| s.at(14).blob()[64] ^= 1)),
    ("key_enc_zero", "unwrap", 37, "9.4", "The ephemeral point is zeros.", |r| sealed(r, |s| s.at(14).blob()[..65].fill(0))),
    ("key_enc_compressed", "unwrap", 37, "9.4", "The ephemeral point says that it is compressed.", |r| sealed(r, |s| s.at(14).blob()[0] = 2)),
    ("rights_raised", "unwrap", 41, "9.4", "The tenant's key signs more rights over a key that was sealed under fewer.", |r| sealed(r, |s| s.set(7, uint((1 << 14) - 1)))),
    ("end_moved", "unwrap", 41, "9.4", "The tenant's key signs a later end over a key that was sealed under an earlier.", |r| sealed(r, |s| s.set(9, uint(NOW + 60 * DAY)))),
    ("id_changed", "unwrap", 41, "9.4", "The tenant's key signs another id over the sealed key.", |r| sealed(r, |s| s.at(1).blob()[0] ^= 1)),
    ("obligation_removed", "unwrap", 41, "9.4", "The tenant's key signs without the obligations under which the key was sealed.", |r| {
        draft(r, |d| d.set(15, named(&[("example.watermark", b"yes")])));
        sealed(r, |s| s.remove(15));
    }),
    ("key_of_31_bytes", "unwrap", 28, "9.4", "A content key of 31 bytes.", |r| r.sealed_content_key = "short"),
];

pub fn vectors() -> Vec<Recipe> {
    let mut vectors = Vec::new();
    for rows in [CHECKS, CERTIFICATES, TIMES, KEYS] {
        vectors.extend(table("use_licence", rows));
    }
    for (name, expect, requirement, clause, comment, change) in ONLINE.iter().copied() {
        let recipe = Recipe::new(format!("use_licence/{name}")).says(expect, requirement, clause, comment);
        vectors.push(recipe.change(|r| {
            r.online();
            change(r);
        }));
    }
    for key in [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13] {
        let name = format!("use_licence/without_{key}");
        vectors.push(
            Recipe::new(name)
                .says(UL, 2, "9.1", format!("Field {key} is missing."))
                .change(|r| {
                    r.item(Part::UseLicence, move |s| s.remove(key));
                }),
        );
    }
    for (key, comment) in [
        (8, "issued at"),
        (9, "not after"),
        (10, "offline until"),
        (11, "the authority's clock"),
        (12, "the epoch"),
    ] {
        let name = format!("use_licence/float_{key}");
        vectors.push(
            Recipe::new(name)
                .says(UL, 2, "1.3", format!("A float for {comment}."))
                .change(|r| {
                    r.item(Part::UseLicence, move |s| s.set(key, raw([0xf9, 0x3c, 0])));
                }),
        );
    }
    vectors
}

/// Changes what the licence says; the key is sealed under the change.
fn draft(recipe: &mut Recipe, change: fn(&mut Item)) {
    recipe.item(Part::UseLicenceDraft, change);
}

/// Changes what is signed; the key was sealed before.
fn sealed(recipe: &mut Recipe, change: fn(&mut Item)) {
    recipe.item(Part::UseLicence, change);
}

fn issuer(recipe: &mut Recipe, change: fn(&mut Item)) {
    recipe.item(Part::LicenceIssuer, change);
}

fn signer(recipe: &mut Recipe, who: Who) {
    recipe.cose(Part::UseLicence, move |cose, _| cose.signer = who);
}
