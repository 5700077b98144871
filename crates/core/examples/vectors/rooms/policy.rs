//! The policy (clause 5), which only the authority reads. A reader who has a use licence opens each of these files.

use super::{Row, table};
use crate::item::{Item, array, bytes, map, named, text, uint};
use crate::recipe::{Part, Recipe};
use crate::world::{DAY, NOW};

#[rustfmt::skip] // A row a vector.
const GOOD: &[Row] = &[
    ("only_me", "opens", 42, "5.3", "Nobody but the owner.", |r| grants(r, Vec::new)),
    ("account", "opens", 42, "5.4", "A grant to an account.", |r| grants(r, || vec![grant(1, text("a@b.example"), 1)])),
    ("group", "opens", 42, "5.4", "A grant to a group.", |r| grants(r, || vec![grant(2, text("all@b.example"), 1)])),
    ("domain", "opens", 42, "5.4", "A grant to a domain.", |r| grants(r, || vec![grant(3, text("b.example"), 1)])),
    ("members", "opens", 42, "5.4", "A grant to the members of a tenant.", |r| grants(r, || vec![grant(4, bytes([4; 16]), 1)])),
    ("everybody", "opens", 42, "5.4", "A grant to everybody who is signed in.", |r| grants(r, || vec![grant(5, text(""), 1)])),
    ("every_kind", "opens", 42, "5.4", "A grant of each kind, in order.", |r| grants(r, every_kind)),
    ("every_right", "opens", 42, "5.2", "Each right, to somebody of its own.", |r| grants(r, || {
        (0..14).map(|n| grant(1, text(format!("{}@b.example", char::from(b'a' + n))), 1 << n)).collect()
    })),
    ("all_rights", "opens", 42, "5.2", "Every right at once.", |r| grants(r, || vec![grant(5, text(""), (1 << 14) - 1)])),
    ("hundred_grants", "opens", 17, "5.4", "A hundred grants: the ciphertext takes 4 KiB.", |r| grants(r, || {
        (0..100).map(|n| grant(1, text(format!("p{n:03}@fabrikam.example")), 1)).collect()
    })),
    ("sorted_by_bytes", "opens", 2, "5.4", "A longer principal before a shorter one: bytes count, not lengths.", |r| grants(r, || {
        vec![grant(1, text("aa@b.example"), 1), grant(1, text("b@b.example"), 1)]
    })),
    ("template", "opens", 42, "5.3", "Terms by template.", |r| template(r, bytes([7; 16]), bytes([8; 32]))),
    ("dates", "opens", 43, "5.3", "Not before and an expiry at a time.", |r| policy(r, |p| {
        p.set(4, uint(NOW));
        p.set(5, array([uint(1), uint(NOW + DAY)]));
    })),
    ("days", "opens", 43, "5.5", "The longest expiry in days after the first licence.", |r| policy(r, |p| p.set(5, array([uint(2), uint(65_535)])))),
    ("days_0", "opens", 43, "5.5", "No day after the first licence.", |r| policy(r, |p| p.set(5, array([uint(2), uint(0)])))),
    ("offline_30_days", "opens", 43, "5.3", "The longest offline window.", |r| policy(r, |p| p.set(6, uint(30 * DAY)))),
    ("offline_0", "opens", 43, "5.3", "No offline use, said outright.", |r| policy(r, |p| p.set(6, uint(0)))),
    ("obligations", "opens", 42, "5.3", "Obligations.", |r| policy(r, |p| p.set(7, named(&[("example.watermark", b"yes")])))),
    ("application_data", "opens", 42, "5.3", "Application data.", |r| policy(r, |p| p.set(8, named(&[("example.case", b"4711")])))),
    ("parent", "opens", 42, "5.3", "The content that this one was made from by protecting it anew.", |r| policy(r, |p| p.set(9, bytes([9; 16])))),
    ("every_field", "opens", 2, "5.3", "Every optional field at once.", |r| policy(r, |p| {
        p.set(3, array(every_kind()));
        p.set(4, uint(NOW));
        p.set(5, array([uint(1), uint(NOW + DAY)]));
        p.set(6, uint(DAY));
        p.set(7, named(&[("example.watermark", b"yes")]));
        p.set(8, named(&[("example.case", b"4711")]));
        p.set(9, bytes([9; 16]));
    })),
    ("padded_exactly", "opens", 36, "5.7", "A policy of 512 bytes needs no padding.", |r| sized(r, 512)),
    ("padded_to_1024", "opens", 36, "5.7", "A policy of 513 bytes is padded to 1 024.", |r| sized(r, 513)),
    ("templates_allow", "opens", 42, "7.5", "A certificate limited to a template, and terms by it.", |r| {
        template(r, bytes([7; 16]), bytes([8; 32]));
        r.item(Part::Licensor, |item| item.set(9, array([bytes([7; 16])])));
    }),
];

#[rustfmt::skip] // A row a vector.
const BAD: &[Row] = &[
    ("owner_missing", "opens", 2, "5.3", "No owner.", |r| policy(r, |p| p.remove(1))),
    ("owner_capital", "opens", 78, "1.7", "The owner's address in capitals.", |r| policy(r, |p| p.set(1, text("Janet@contoso.example")))),
    ("owner_is_nobody", "opens", 78, "1.7", "An owner that is no address.", |r| policy(r, |p| p.set(1, text("janet")))),
    ("no_terms", "opens", 2, "5.3", "Neither a template nor grants.", |r| policy(r, |p| p.remove(3))),
    ("both_terms", "opens", 2, "5.3", "A template and grants.", |r| policy(r, |p| p.set(2, array([bytes([7; 16]), bytes([8; 32])])))),
    ("template_short", "opens", 2, "1.5", "A template of 15 bytes.", |r| template(r, bytes([7; 15]), bytes([8; 32]))),
    ("template_digest_short", "opens", 2, "5.3", "A digest of 31 bytes.", |r| template(r, bytes([7; 16]), bytes([8; 31]))),
    ("template_digest_long", "opens", 2, "5.3", "A digest of 33 bytes.", |r| template(r, bytes([7; 16]), bytes([8; 33]))),
    ("template_alone", "opens", 2, "5.3", "A template without digest.", |r| policy(r, |p| {
        p.remove(3);
        p.set(2, array([bytes([7; 16])]));
    })),
    ("kinds_unsorted", "opens", 2, "5.4", "Grants out of the order of their kinds.", |r| grants(r, || {
        let mut all = every_kind();
        all.swap(0, 1);
        all
    })),
    ("principals_unsorted", "opens", 2, "5.4", "Grants out of the order of their principals.", |r| grants(r, || {
        vec![grant(1, text("b@b.example"), 1), grant(1, text("a@b.example"), 1)]
    })),
    ("principal_twice", "opens", 2, "5.4", "One principal twice.", |r| grants(r, || {
        vec![grant(1, text("a@b.example"), 1), grant(1, text("a@b.example"), 2)]
    })),
    ("grant_twice", "opens", 2, "5.4", "One grant twice.", |r| grants(r, || vec![grant(5, text(""), 1), grant(5, text(""), 1)])),
    ("no_right", "opens", 42, "5.4", "A grant of nothing.", |r| grants(r, || vec![grant(5, text(""), 0)])),
    ("right_14", "opens", 42, "5.2", "A right that has no meaning.", |r| grants(r, || vec![grant(5, text(""), 1 << 14)])),
    ("right_15", "opens", 42, "5.2", "The highest bit of two bytes.", |r| grants(r, || vec![grant(5, text(""), 1 | 1 << 15)])),
    ("right_16", "opens", 42, "5.2", "A right that two bytes do not hold.", |r| grants(r, || vec![grant(5, text(""), 1 | 1 << 16)])),
    ("kind_0", "opens", 42, "5.4", "There is no kind 0.", |r| grants(r, || vec![grant(0, text("a@b.example"), 1)])),
    ("kind_6", "opens", 42, "5.4", "A kind of principal that is not known.", |r| grants(r, || vec![grant(6, text(""), 1)])),
    ("kind_257", "opens", 42, "5.4", "A kind that is 1 when cut to a byte.", |r| grants(r, || vec![grant(257, text("a@b.example"), 1)])),
    ("everybody_named", "opens", 42, "5.4", "A name for everybody.", |r| grants(r, || vec![grant(5, text("x"), 1)])),
    ("account_capital", "opens", 78, "1.7", "An account in capitals.", |r| grants(r, || vec![grant(1, text("A@b.example"), 1)])),
    ("group_is_no_address", "opens", 78, "1.7", "A group that is no address.", |r| grants(r, || vec![grant(2, text("everyone"), 1)])),
    ("domain_of_one_label", "opens", 88, "1.7", "A domain of one label.", |r| grants(r, || vec![grant(3, text("example"), 1)])),
    ("domain_with_at", "opens", 88, "1.7", "A domain with an @ in front.", |r| grants(r, || vec![grant(3, text("@b.example"), 1)])),
    ("domain_capital", "opens", 88, "1.7", "A domain in capitals.", |r| grants(r, || vec![grant(3, text("B.example"), 1)])),
    ("members_short", "opens", 2, "1.5", "A tenant of 15 bytes.", |r| grants(r, || vec![grant(4, bytes([4; 15]), 1)])),
    ("members_by_name", "opens", 2, "5.4", "A tenant by name.", |r| grants(r, || vec![grant(4, text("b.example"), 1)])),
    ("grant_of_two", "opens", 2, "5.4", "A grant without rights.", |r| grants(r, || vec![array([uint(5), text("")])])),
    ("grant_of_four", "opens", 2, "5.4", "A grant with a fourth member.", |r| grants(r, || vec![array([uint(5), text(""), uint(1), uint(1)])])),
    ("expiry_kind_0", "opens", 43, "5.5", "There is no expiry of kind 0.", |r| policy(r, |p| p.set(5, array([uint(0), uint(1)])))),
    ("expiry_kind_3", "opens", 43, "5.5", "A kind of expiry that is not known.", |r| policy(r, |p| p.set(5, array([uint(3), uint(1)])))),
    ("expiry_days_65536", "opens", 43, "5.5", "A day more than an expiry may have.", |r| policy(r, |p| p.set(5, array([uint(2), uint(65_536)])))),
    ("expiry_of_one", "opens", 2, "5.5", "An expiry without a value.", |r| policy(r, |p| p.set(5, array([uint(1)])))),
    ("expiry_of_three", "opens", 2, "5.5", "An expiry with a third member.", |r| policy(r, |p| p.set(5, array([uint(1), uint(NOW), uint(0)])))),
    ("offline_30_days_and_a_second", "opens", 43, "5.3", "A second more than the longest offline window.", |r| policy(r, |p| p.set(6, uint(30 * DAY + 1)))),
    ("offline_wraps_around", "opens", 43, "5.3", "An offline window that is short when cut to four bytes.", |r| policy(r, |p| p.set(6, uint(1 << 32)))),
    ("obligations_none", "opens", 2, "5.3", "An empty map of obligations.", |r| policy(r, |p| p.set(7, named(&[])))),
    ("obligations_order", "opens", 2, "1.3", "Obligations out of order.", |r| policy(r, |p| p.set(7, named(&[("bb", b""), ("a", b"")])))),
    ("application_data_none", "opens", 2, "5.3", "An empty map of application data.", |r| policy(r, |p| p.set(8, named(&[])))),
    ("application_data_capital", "opens", 2, "3.4", "A capital letter in a name of application data.", |r| policy(r, |p| p.set(8, named(&[("Case", b"")])))),
    ("parent_short", "opens", 2, "5.3", "A parent of 15 bytes.", |r| policy(r, |p| p.set(9, bytes([9; 15])))),
    ("parent_itself", "opens", 2, "5.3", "A file that is its own parent.", |r| {
        r.item_in(Part::Policy, |p, world| p.set(9, bytes(world.draw::<16>("content id"))));
    }),
    ("padding_one", "opens", 36, "5.7", "A padding that is not zero.", |r| {
        r.bytes(Part::Padded, |padded| padded[511] = 1);
    }),
    ("padding_first", "opens", 36, "5.7", "The first byte of the padding is not zero.", |r| {
        r.bytes(Part::Padded, |padded| {
            let end = padded.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
            padded[end] = 0x80;
        });
    }),
    ("padding_long", "opens", 36, "5.7", "Padded to 1 024 where 512 would do.", |r| {
        r.bytes(Part::Padded, |padded| padded.resize(1_024, 0));
    }),
    ("zeros", "opens", 36, "5.7", "Padding alone.", |r| {
        r.bytes(Part::Padded, |padded| padded.fill(0));
    }),
    ("tag_bit", "opens", 9, "5.7", "One bit of the tag.", |r| {
        r.bytes(Part::PolicySealed, |sealed| sealed[527] ^= 1);
    }),
    ("ciphertext_bit", "opens", 9, "5.7", "One bit of the ciphertext.", |r| {
        r.bytes(Part::PolicySealed, |sealed| sealed[0] ^= 1);
    }),
    ("ciphertext_of_zeros", "opens", 9, "5.7", "Zeros for the ciphertext.", |r| {
        r.bytes(Part::PolicySealed, |sealed| sealed.fill(0));
    }),
    ("content_id_other", "opens", 9, "5.7", "The policy was encrypted for another content id.", |r| {
        r.item(Part::Core, |core| core.at(2).blob()[0] ^= 1);
        // The licence that is asked for is the one for the content id that the file names.
        r.item(Part::UseLicenceDraft, |draft| draft.at(3).blob()[0] ^= 1);
    }),
];

/// Terms that the publisher's certificate does not allow (clause 7.5).
#[rustfmt::skip] // A row a vector.
const TERMS: &[Row] = &[
    ("terms_ad_hoc", "opens", 42, "7.5", "A certificate limited to a template, and grants.", |r| {
        r.item(Part::Licensor, |item| item.set(9, array([bytes([7; 16])])));
    }),
    ("terms_other_template", "opens", 42, "7.5", "A certificate limited to one template, and another.", |r| {
        template(r, bytes([6; 16]), bytes([8; 32]));
        r.item(Part::Licensor, |item| item.set(9, array([bytes([7; 16])])));
    }),
    ("terms_no_template", "opens", 42, "7.5", "A certificate limited to no template at all.", |r| {
        template(r, bytes([7; 16]), bytes([8; 32]));
        r.item(Part::Licensor, |item| item.set(9, array([])));
    }),
];

pub fn vectors() -> Vec<Recipe> {
    let mut vectors = table("policy", GOOD);
    for mut recipe in table("policy", BAD).into_iter().chain(table("policy", TERMS)) {
        recipe.authority = Some("policy");
        vectors.push(recipe);
    }
    vectors
}

fn policy(recipe: &mut Recipe, change: fn(&mut Item)) {
    recipe.item(Part::Policy, change);
}

fn grants(recipe: &mut Recipe, grants: fn() -> Vec<Item>) {
    recipe.item(Part::Policy, move |p| p.set(3, array(grants())));
}

fn grant(kind: u64, principal: Item, rights: u64) -> Item {
    array([uint(kind), principal, uint(rights)])
}

fn every_kind() -> Vec<Item> {
    vec![
        grant(1, text("a@b.example"), 1),
        grant(2, text("all@b.example"), 3),
        grant(3, text("b.example"), 5),
        grant(4, bytes([4; 16]), 9),
        grant(5, text(""), 1),
    ]
}

fn template(recipe: &mut Recipe, id: Item, digest: Item) {
    recipe.item(Part::Policy, move |p| {
        p.remove(3);
        p.set(2, array([id.clone(), digest.clone()]));
    });
}

/// A policy of exactly so many bytes.
fn sized(recipe: &mut Recipe, length: usize) {
    recipe.item(Part::Policy, move |p| {
        let with = |p: &mut Item, filler: usize| {
            p.set(8, map([]));
            p.set(8, Item::Map(vec![(text("x"), bytes(vec![0x2a; filler]))]));
            p.encode().len()
        };
        let filler = (0..length).find(|filler| with(p, *filler) == length);
        with(p, filler.expect("every length can be reached"));
    });
}
