//! Two things are wrong: the verdict is that of the one which clause 10 has first.

use super::{Row, table};
use crate::item::{bytes, uint};
use crate::recipe::{Part, Recipe};
use crate::world::{DAY, NOW, Who};

const PL: &str = "publishing-licence";

#[rustfmt::skip] // A row a vector.
const ROWS: &[Row] = &[
    ("prefix_before_licence", "prefix", 1, "3.1", "A flag, and a licence that is none.", |r| {
        r.bytes(Part::Prefix, |prefix| prefix[11] = 1);
        r.object(Part::Licence, |object| object[0] = 0);
    }),
    ("version_before_length", "version", 1, "3.1", "A later version, and a length that is too large.", |r| {
        r.bytes(Part::Prefix, |prefix| {
            prefix[8] = 2;
            prefix[12] = 0xff;
        });
    }),
    ("magic_before_version", "magic", 1, "3.1", "Another magic byte, and another version.", |r| {
        r.bytes(Part::Prefix, |prefix| {
            prefix[3] = b'T';
            prefix[8] = 2;
        });
    }),
    ("licence_before_use_licence", "publishing-licence", 39, "3.8", "The publisher's signature, and a use licence for another device.", |r| {
        r.cose(Part::Licence, |cose, _| cose.signer = Who::Colleague);
        r.item(Part::UseLicenceDraft, |draft| draft.at(6).blob()[0] ^= 1);
    }),
    ("licence_before_origin", "publishing-licence", 39, "10.1", "A policy ciphertext of a length that there is not, and an origin that is not pinned.", |r| {
        r.item(Part::Core, |core| {
            core.at(7).blob().pop();
            core.set(4, crate::item::text("https://rights.fabrikam.example"));
        });
    }),
    ("origin_before_chain", "origin", 51, "10.1", "An origin that is not pinned, and a chain to a root that is not either.", |r| {
        r.item(Part::Core, |core| core.set(4, crate::item::text("https://rights.fabrikam.example")));
        r.authority = Some(PL);
        r.reader.root = Who::OtherRoot;
    }),
    ("origin_before_signature", "origin", 51, "10.1", "An origin that was put in after the publisher signed.", |r| {
        r.authority = Some(PL);
        r.object(Part::Licence, |object| {
            let at = object.windows(6).position(|some| some == b"rights").expect("the origin");
            object[at..at + 6].copy_from_slice(b"lights");
        });
    }),
    ("origin_before_use_licence", "origin", 51, "3.7", "An origin that is not pinned, and a use licence that is over.", |r| {
        r.item(Part::Core, |core| core.set(4, crate::item::text("https://rights.fabrikam.example")));
        r.reader.now = NOW + 31 * DAY;
    }),
    ("use_licence_before_body", "use-licence", 39, "9.5", "A use licence for another device, and a body that was changed.", |r| {
        r.item(Part::UseLicenceDraft, |draft| draft.at(6).blob()[0] ^= 1);
        r.before_sealing(|body, _| body.segments[0][20] ^= 1);
    }),
    ("device_before_expiry", "use-licence", 39, "9.5", "A use licence for another device, which is over.", |r| {
        r.item(Part::UseLicenceDraft, |draft| draft.at(6).blob()[0] ^= 1);
        r.reader.now = NOW + 31 * DAY;
    }),
    ("epoch_before_expiry", "use-licence", 39, "9.5", "A use licence of an old epoch, which is over.", |r| {
        r.reader.minimum_epoch = 8;
        r.reader.now = NOW + 31 * DAY;
    }),
    ("expiry_before_window", "expired", 43, "9.6", "A use licence whose end and whose window are over.", |r| r.reader.now = NOW + 365 * DAY),
    ("clock_before_expiry", "use-licence", 44, "9.6", "A clock below the floor, and a use licence that is over.", |r| {
        r.reader.now = NOW + 31 * DAY;
        r.reader.floor = NOW + 32 * DAY;
    }),
    ("expiry_before_key", "expired", 39, "9.5", "A use licence that is over, and a key that is sealed to another device.", |r| {
        r.sealed_to = "another device";
        r.reader.now = NOW + 31 * DAY;
    }),
    ("key_before_floe_header", "unwrap", 10, "9.5", "A key that is sealed to another device, and a FLOE header that was changed.", |r| {
        r.sealed_to = "another device";
        r.before_sealing(|body, _| body.header[20] ^= 1);
    }),
    ("floe_header_before_seal", "altered-body", 10, "8.1", "A FLOE header that was changed, and a seal by somebody else.", |r| {
        r.before_sealing(|body, _| body.header[20] ^= 1);
        r.cose(Part::Seal, |cose, _| cose.signer = Who::Colleague);
    }),
    ("seal_before_segment", "altered-seal", 21, "8.9", "A seal by somebody else, and a segment that was changed.", |r| {
        r.stream = Some("altered-body");
        r.released = Some(0);
        r.before_sealing(|body, _| body.segments[0][20] ^= 1);
        r.cose(Part::Seal, |cose, _| cose.signer = Who::Colleague);
    }),
    ("end_before_segment", "unsealed", 21, "8.9", "No tail, and a segment that was changed.", |r| {
        r.stream = Some("altered-body");
        r.released = Some(0);
        r.before_sealing(|body, _| body.segments[0][20] ^= 1);
        r.bytes(Part::Tail, Vec::clear);
    }),
    ("sealer_before_digest", "sealer", 14, "8.8", "Sealed after the certificate ended, over another header.", |r| {
        r.item(Part::Seal, |seal| {
            seal.set(1, bytes([0; 32]));
            seal.set(5, uint(NOW + 366 * DAY));
        });
    }),
    ("seal_before_inner_header", "altered-seal", 21, "8.9", "A seal by somebody else, and an inner header that is none.", |r| {
        r.released = Some(0);
        r.bytes(Part::Inner, |inner| inner[0] = 0xff);
        r.cose(Part::Seal, |cose, _| cose.signer = Who::Colleague);
    }),
];

pub fn vectors() -> Vec<Recipe> {
    table("order", ROWS)
}
