//! Seal, end and edit grant (clauses 8.3 to 8.8) of files of one leaf.

use super::{Row, table};
use crate::floe::Floe;
use crate::item::{Item, array, bytes, text, uint};
use crate::recipe::{Content, Part, Recipe};
use crate::world::{DAY, NOW, Who};

const SEAL: &str = "altered-seal";

#[rustfmt::skip] // A row a vector.
const SEALS: &[Row] = &[
    ("header_digest_bit", SEAL, 14, "8.3", "One bit of the header digest.", |r| seal(r, |s| s.at(1).blob()[0] ^= 1)),
    ("header_digest_short", SEAL, 2, "1.5", "A header digest of 31 bytes.", |r| seal(r, |s| s.at(1).blob().truncate(31))),
    ("header_digest_of_zeros", SEAL, 14, "8.3", "A header digest of zeros.", |r| seal(r, |s| s.set(1, bytes([0; 32])))),
    ("root_bit", "altered-body", 14, "8.4", "One bit of the root.", |r| seal(r, |s| s.at(2).blob()[31] ^= 1)),
    ("root_short", SEAL, 2, "1.5", "A root of 31 bytes.", |r| seal(r, |s| s.at(2).blob().truncate(31))),
    ("length_less", "altered-body", 14, "8.6", "A length of BODY of one less.", |r| seal(r, |s| s.at(3).add(-1))),
    ("length_more", "altered-body", 14, "8.6", "A length of BODY of one more.", |r| seal(r, |s| s.at(3).add(1))),
    ("length_without_header", "altered-body", 14, "8.3", "A length of BODY without the FLOE header.", |r| seal(r, |s| s.at(3).add(-74))),
    ("length_0", "altered-body", 14, "8.6", "A length of BODY of 0.", |r| seal(r, |s| s.set(3, uint(0)))),
    ("length_largest", "altered-body", 23, "8.6", "The largest length that a u64 can name.", |r| seal(r, |s| s.set(3, uint(u64::MAX)))),
    ("length_as_text", SEAL, 2, "8.3", "The length of BODY as a text.", |r| seal(r, |s| s.set(3, text("107")))),
    ("revision_as_text", SEAL, 2, "8.3", "The revision as a text.", |r| seal(r, |s| s.set(4, text("0")))),
    ("revision_as_bytes", SEAL, 2, "8.3", "The revision as a byte string.", |r| seal(r, |s| s.set(4, bytes([0])))),
    ("sealed_as_text", SEAL, 2, "8.3", "The time of sealing as a text.", |r| seal(r, |s| s.set(5, text("now")))),
    ("edit_grant_empty", "sealer", 15, "8.7", "An empty edit grant.", |r| seal(r, |s| s.set(6, bytes([])))),
    ("edit_grant_as_array", SEAL, 2, "8.3", "An edit grant that is not in a byte string.", |r| seal(r, |s| s.set(6, array([bytes([0]), bytes([0])])))),
    ("by_a_reader", SEAL, 14, "8.8", "A reader writes another text under the same licence and seals it with his own device's key.", |r| {
        r.content = Content::of(b"The rent is half of what we said.\n");
        r.cose(Part::Seal, |cose, _| cose.signer = Who::Reader);
    }),
    ("by_the_tenant", SEAL, 14, "8.8", "Signed by the tenant's licensor key.", |r| signer(r, Who::Licensor)),
    ("by_the_root", SEAL, 14, "8.8", "Signed by the authority's root.", |r| signer(r, Who::Root)),
    ("body_changed", "altered-body", 14, "8.4", "The seal is that of another text, which stood in the same file.", |r| {
        r.released = Some(r.content.length);
        r.before_sealing(|body, floe| body.segments[0] = segment_of(floe, b"The rent is doubled.\n"));
        r.after_sealing(|body, floe| body.segments[0] = segment_of(floe, b"The rent stays as it is.\n"));
    }),
    ("floe_header_changed", SEAL, 14, "8.3", "The seal is over another FLOE header, made with the same keys.", |r| {
        r.after_sealing(|body, floe| {
            let other = Floe { iv: [7; 32], ..floe.clone() };
            body.header = other.header();
            body.segments[0] = segment_of(&other, b"The rent stays as it is.\n");
        });
    }),
    ("chain_over", "sealer", 45, "8.8", "The licensor certificate ended after the licence was issued and before the seal.", |r| {
        r.item(Part::Licensor, |item| item.set(7, uint(NOW)));
    }),
    ("tenant_certificate_over", "sealer", 45, "8.8", "The tenant certificate ended after the licence was issued and before the seal.", |r| {
        r.item(Part::Issuer, |item| item.set(5, uint(NOW)));
    }),
    ("before_the_chain", "sealer", 45, "8.8", "Sealed before the licensor certificate began.", |r| sealed_at(r, NOW - 3_601)),
    ("in_1970", "sealer", 45, "8.8", "Sealed in 1970.", |r| sealed_at(r, 0)),
    ("at_the_end_of_time", "sealer", 23, "8.8", "Sealed in the last second that a u64 can name.", |r| sealed_at(r, u64::MAX)),
    ("too_long", SEAL, 17, "8.6", "A seal of 4 097 bytes and more: the edit grant is long.", |r| {
        r.edited();
        r.item(Part::EditPair, |pair| pair.items()[0].blob().resize(4_100, 0));
    }),
];

#[rustfmt::skip] // A row a vector.
const GOOD: &[Row] = &[
    ("revision_1", "opens", 14, "8.3", "The publisher himself has saved a change.", |r| {
        seal(r, |s| s.set(4, uint(1)));
        r.fact("revision", "1");
    }),
    ("revision_largest", "opens", 23, "8.3", "The largest revision that a u64 can name.", |r| {
        seal(r, |s| s.set(4, uint(u64::MAX)));
        r.fact("revision", u64::MAX.to_string());
    }),
    ("on_the_last_day", "opens", 45, "8.8", "Sealed in the last second of the licensor certificate.", |r| {
        sealed_at(r, NOW + 365 * DAY);
        r.fact("sealed-at", crate::vector::time(NOW + 365 * DAY));
    }),
    ("before_the_licence", "opens", 45, "8.8", "Sealed an hour before the licence was issued: the chain held already, and clocks differ.", |r| {
        sealed_at(r, NOW - 3_600);
        r.fact("sealed-at", crate::vector::time(NOW - 3_600));
    }),
];

/// The end of the file.
#[rustfmt::skip] // A row a vector.
const END: &[Row] = &[
    ("tail_magic_first", "unsealed", 13, "8.6", "One bit of the tail's first magic byte.", |r| tail(r, |t| t[8] ^= 1)),
    ("tail_magic_last", "unsealed", 13, "8.6", "One bit of the last byte of the file.", |r| tail(r, |t| t[15] ^= 1)),
    ("tail_version", "unsealed", 13, "8.6", "A tail of a version to come.", |r| tail(r, |t| t[15] = b'2')),
    ("tail_missing", "unsealed", 13, "8.6", "No tail.", |r| tail(r, Vec::clear)),
    ("tail_twice", SEAL, 13, "8.6", "The tail twice.", |r| {
        r.stream = Some("unsealed");
        tail(r, |t| t.extend_from_within(..));
    }),
    ("length_0", SEAL, 13, "8.6", "A seal of no bytes.", |r| tail(r, |t| t[..8].fill(0))),
    ("length_one_less", SEAL, 13, "8.6", "The seal's length is one less.", |r| tail(r, |t| t[7] = t[7].wrapping_sub(1))),
    ("length_one_more", SEAL, 13, "8.6", "The seal's length is one more.", |r| tail(r, |t| t[7] = t[7].wrapping_add(1))),
    ("length_beyond", SEAL, 13, "8.6", "A seal longer than the file.", |r| tail(r, |t| t[..8].copy_from_slice(&65_536_u64.to_be_bytes()))),
    ("length_largest", SEAL, 23, "8.6", "The largest length that a u64 can name.", |r| tail(r, |t| t[..8].fill(0xff))),
    ("length_little_endian", SEAL, 13, "1.1", "The seal's length in the other order of bytes.", |r| tail(r, |t| t[..8].reverse())),
    ("one_byte_less", "unsealed", 13, "8.6", "The last byte is missing.", |r| file(r, |f| f.truncate(f.len() - 1))),
    ("one_byte_more", "unsealed", 13, "3.1", "One byte follows the tail.", |r| file(r, |f| f.push(0))),
    ("line_end_more", "unsealed", 13, "3.1", "A line end follows the tail, as an editor would add.", |r| file(r, |f| f.push(b'\n'))),
    ("file_twice", "altered-body", 13, "3.1", "The file twice: to a reader at random places the second is the end of a longer body.", |r| {
        (r.stream, r.released) = (Some("unsealed"), Some(r.content.length));
        file(r, |f| f.extend_from_within(..));
    }),
    ("no_seal", "unsealed", 14, "8.8", "Everything behind the body is missing.", |r| {
        r.object(Part::Seal, Vec::clear);
        tail(r, Vec::clear);
    }),
    ("seal_of_nothing", SEAL, 14, "8.8", "A tail, and no seal before it.", |r| {
        r.object(Part::Seal, Vec::clear);
    }),
    ("seal_twice", SEAL, 16, "8.5", "The seal twice, counted by the tail.", |r| {
        r.object(Part::Seal, |object| object.extend_from_within(..));
    }),
    ("byte_behind_the_seal", SEAL, 16, "8.5", "A byte between seal and tail, counted by the tail.", |r| {
        r.object(Part::Seal, |object| object.push(0));
    }),
    ("list_of_one", SEAL, 16, "8.5", "A leaf list for one leaf, which needs none.", |r| {
        r.bytes(Part::LeafList, |list| list.extend([0x5a; 32]));
    }),
    ("cut_in_the_seal", "unsealed", 13, "3.1", "The file ends within the seal.", |r| file(r, |f| f.truncate(f.len() - 100))),
    ("cut_behind_the_floe_header", "unsealed", 13, "3.1", "The file ends behind the FLOE header.", |r| cut_in_body(r, 74)),
    ("cut_in_the_floe_header", "unsealed", 13, "3.1", "The file ends within the FLOE header.", |r| cut_in_body(r, 73)),
    ("cut_in_the_segment", "unsealed", 13, "3.1", "The file ends within its only segment.", |r| cut_in_body(r, 90)),
    ("cut_behind_the_licence", "unsealed", 13, "3.1", "The file ends where its body begins.", |r| cut_in_body(r, 0)),
];

/// Edit grants, each wrong in one thing (clause 8.7).
#[rustfmt::skip] // A row a vector.
const GRANTS: &[Row] = &[
    ("opens", "opens", 15, "8.8", "A reader with EDIT has saved a change; the seal is his, and carries his edit grant.", |_| {}),
    ("opens_and_carried", "opens", 15, "9.1", "The use licence carries the same grant.", |r| r.grant_in_use_licence = true),
    ("last_second", "opens", 15, "1.6", "Sealed in the last second of the grant.", |r| grant(r, |g| g.set(8, uint(NOW + 1)))),
    ("first_second", "opens", 15, "1.6", "Sealed in the first second of the grant.", |r| grant(r, |g| g.set(7, uint(NOW + 1)))),
    ("by_owner_right", "opens", 42, "8.7", "OWNER gives EDIT.", |r| grant(r, |g| g.set(6, uint(1 << 13)))),
    ("many_rights", "opens", 42, "8.7", "Every right, EDIT among them.", |r| grant(r, |g| g.set(6, uint((1 << 14) - 1)))),
    ("without_edit", "sealer", 15, "8.7", "A grant of VIEW.", |r| grant(r, |g| g.set(6, uint(1)))),
    ("docedit", "sealer", 42, "8.7", "A grant of DOCEDIT, which is another right.", |r| grant(r, |g| g.set(6, uint(1 << 2)))),
    ("no_right", "sealer", 42, "8.7", "A grant of nothing.", |r| grant(r, |g| g.set(6, uint(0)))),
    ("unknown_right", "sealer", 42, "5.2", "EDIT and a right that has no meaning.", |r| grant(r, |g| g.set(6, uint(1 << 1 | 1 << 14)))),
    ("other_file", "sealer", 15, "8.7", "A grant for another licence.", |r| grant(r, |g| g.at(2).blob()[0] ^= 1)),
    ("other_tenant", "sealer", 15, "8.7", "A grant of another tenant.", |r| grant(r, |g| g.at(1).blob()[0] ^= 1)),
    ("expired", "sealer", 15, "8.7", "The grant ended a second before the seal.", |r| grant(r, |g| g.set(8, uint(NOW)))),
    ("not_yet_valid", "sealer", 15, "8.7", "The grant begins a second after the seal.", |r| grant(r, |g| g.set(7, uint(NOW + 2)))),
    ("ends_before_it_begins", "sealer", 15, "1.6", "A validity that ends before it begins.", |r| grant(r, |g| {
        g.set(7, uint(NOW + 2));
        g.set(8, uint(NOW + 1));
    })),
    ("key_short", "sealer", 37, "2.5", "A key of 31 bytes.", |r| grant(r, |g| g.at(5).blob().truncate(31))),
    ("key_of_nobody", "sealer", 37, "2.5", "A key of 34 bytes.", |r| grant(r, |g| g.at(5).blob().push(0))),
    ("address_capital", "sealer", 78, "1.7", "The editor's address in capitals.", |r| grant(r, |g| g.set(4, text("P.Dover@fabrikam.example")))),
    ("account_short", "sealer", 2, "1.5", "An account of 15 bytes.", |r| grant(r, |g| g.at(3).blob().truncate(15))),
    ("digest_short", "sealer", 2, "1.5", "A licence digest of 31 bytes.", |r| grant(r, |g| g.at(2).blob().truncate(31))),
    ("tenant_short", "sealer", 2, "1.5", "A tenant of 15 bytes.", |r| grant(r, |g| g.at(1).blob().truncate(15))),
    ("sealed_by_another", SEAL, 15, "8.8", "The grant is good, and the seal is signed with another key.", |r| signer(r, Who::Colleague)),
    ("sealed_by_the_publisher", SEAL, 15, "8.8", "The publisher seals under somebody else's grant.", |r| signer(r, Who::Publisher)),
    ("purpose_licensor", "sealer", 70, "8.7", "The tenant certificate is for licensor certificates.", |r| issuer(r, |i| i.set(2, uint(1)))),
    ("purpose_licence", "sealer", 70, "8.7", "The tenant certificate is for use licences.", |r| issuer(r, |i| i.set(2, uint(2)))),
    ("purpose_checkpoint", "sealer", 70, "8.7", "The tenant certificate is for checkpoints.", |r| issuer(r, |i| i.set(2, uint(4)))),
    ("issuer_expired", "sealer", 15, "8.7", "The tenant certificate ended a second before the seal.", |r| issuer(r, |i| i.set(5, uint(NOW)))),
    ("issuer_not_yet_valid", "sealer", 15, "8.7", "The tenant certificate begins a second after the seal.", |r| issuer(r, |i| i.set(4, uint(NOW + 2)))),
    ("issuer_other_tenant", "sealer", 15, "8.7", "The tenant certificate is another tenant's.", |r| issuer(r, |i| i.at(1).blob()[0] ^= 1)),
    ("issuer_of_other_root", "sealer", 39, "8.7", "The tenant certificate is another authority's.", |r| {
        r.cose(Part::EditIssuer, |cose, _| cose.signer = Who::OtherRoot);
    }),
    ("issued_by_himself", "sealer", 15, "8.7", "The editor signs his grant himself.", |r| {
        r.cose(Part::EditGrant, |cose, _| cose.signer = Who::Reader);
    }),
    ("pair_of_one", "sealer", 2, "8.7", "A grant without certificate.", |r| pair(r, |p| p.items().truncate(1))),
    ("pair_of_three", "sealer", 2, "8.7", "A third member beside grant and certificate.", |r| pair(r, |p| p.items().push(bytes([0])))),
    ("pair_reversed", "sealer", 2, "8.7", "The certificate before the grant.", |r| pair(r, |p| p.items().reverse())),
    ("pair_long", "sealer", 2, "1.3", "The pair's length in a longer form.", |r| {
        r.bytes(Part::EditPair, |p| { p.splice(..1, [0x98, 2]); });
    }),
    ("pair_byte_behind", "sealer", 2, "1.3", "A byte behind the pair.", |r| {
        r.bytes(Part::EditPair, |p| p.push(0));
    }),
    ("publish_with_it", "publishing-licence", 47, "3.8", "The publishing licence is signed with the key of the grant.", |r| {
        r.cose(Part::Licence, |cose, _| cose.signer = Who::Reader);
    }),
];

pub fn vectors() -> Vec<Recipe> {
    let mut vectors = table("seal", SEALS);
    vectors.extend(table("seal", GOOD));
    for key in 1..=5 {
        let name = format!("seal/without_{key}");
        vectors.push(
            Recipe::new(name)
                .says(SEAL, 2, "8.3", format!("Field {key} is missing."))
                .change(|r| {
                    r.item(Part::Seal, move |s| s.remove(key));
                }),
        );
    }
    vectors.extend(table("end", END));
    for (name, expect, requirement, clause, comment, change) in GRANTS.iter().copied() {
        let recipe = Recipe::new(format!("edit_grant/{name}")).says(expect, requirement, clause, comment);
        vectors.push(recipe.change(|r| {
            r.edited();
            change(r);
        }));
    }
    for key in 1..=8 {
        let name = format!("edit_grant/without_{key}");
        vectors.push(
            Recipe::new(name)
                .says("sealer", 2, "8.7", format!("Field {key} is missing."))
                .change(|r| {
                    r.edited();
                    r.item(Part::EditGrant, move |g| g.remove(key));
                }),
        );
    }
    vectors
}

fn seal(recipe: &mut Recipe, change: fn(&mut Item)) {
    // Where root and length contradict the body, nothing of it is the sealer's.
    recipe.released = (recipe.expect == "altered-body").then_some(recipe.content.length);
    recipe.item(Part::Seal, change);
}

fn sealed_at(recipe: &mut Recipe, at: u64) {
    recipe.item(Part::Seal, move |s| s.set(5, uint(at)));
}

fn signer(recipe: &mut Recipe, who: Who) {
    recipe.cose(Part::Seal, move |cose, _| cose.signer = who);
}

fn grant(recipe: &mut Recipe, change: fn(&mut Item)) {
    recipe.item(Part::EditGrant, change);
}

fn issuer(recipe: &mut Recipe, change: fn(&mut Item)) {
    recipe.item(Part::EditIssuer, change);
}

fn pair(recipe: &mut Recipe, change: fn(&mut Item)) {
    recipe.item(Part::EditPair, change);
}

/// The only segment of a file with this content.
fn segment_of(floe: &Floe, content: &[u8]) -> Vec<u8> {
    let stream = [b"\0\0\0\x0c\xa1\x01\x69letter.md", content].concat();
    floe.segment(0, true, [1; 12], &stream, stream.len() as u32 + 32)
}

fn tail(recipe: &mut Recipe, change: fn(&mut Vec<u8>)) {
    recipe.bytes(Part::Tail, change);
}

fn file(recipe: &mut Recipe, change: fn(&mut Vec<u8>)) {
    recipe.bytes(Part::File, change);
}

/// Ends the file so many bytes into the body.
fn cut_in_body(recipe: &mut Recipe, length: usize) {
    recipe.released = Some(0);
    recipe.bytes(Part::File, move |file| {
        let licence = u32::from_be_bytes([file[12], file[13], file[14], file[15]]) as usize;
        file.truncate(16 + licence + length);
    });
}
