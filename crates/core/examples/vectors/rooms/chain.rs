//! The publisher's certificates (clause 7), and the fields of both.

use super::{Row, table};
use crate::item::{array, bytes, text, uint};
use crate::recipe::{Part, Recipe};
use crate::world::{DAY, Kind, NOW, Who};

const PL: &str = "publishing-licence";

#[rustfmt::skip] // A row a vector.
const ROWS: &[Row] = &[
    ("other_root_pinned", PL, 39, "7.2", "The chain leads to a root that is not pinned.", |r| r.reader.root = Who::OtherRoot),
    ("purpose_licence", PL, 70, "7.4", "The issuer's key is for use licences.", |r| issuer(r, 2, 2)),
    ("purpose_edit", PL, 70, "7.4", "The issuer's key is for edit grants.", |r| issuer(r, 2, 3)),
    ("purpose_checkpoint", PL, 70, "7.4", "The issuer's key is for checkpoints.", |r| issuer(r, 2, 4)),
    ("purpose_0", PL, 70, "7.1", "There is no purpose 0.", |r| issuer(r, 2, 0)),
    ("purpose_5", PL, 70, "7.1", "There is no purpose 5.", |r| issuer(r, 2, 5)),
    ("purpose_257", PL, 70, "7.1", "A purpose that is 1 when cut to a byte.", |r| issuer(r, 2, 257)),
    ("issuer_expired", PL, 45, "7.4", "The tenant certificate ended a second before the licence was issued.", |r| issuer(r, 5, NOW - 1)),
    ("issuer_not_yet_valid", PL, 45, "7.4", "The tenant certificate begins a second after the licence was issued.", |r| issuer(r, 4, NOW + 1)),
    ("issuer_ends_before_it_begins", PL, 45, "1.6", "A validity that ends before it begins.", |r| {
        issuer(r, 4, NOW + 2);
        issuer(r, 5, NOW + 1);
    }),
    ("issuer_first_second", "opens", 45, "1.6", "The tenant certificate begins in the second of issue.", |r| issuer(r, 4, NOW)),
    ("issuer_last_second", "opens", 45, "1.6", "The tenant certificate ends in the second of sealing.", |r| issuer(r, 5, NOW + 1)),
    ("issuer_other_tenant", PL, 39, "7.4", "The tenant certificate is another tenant's.", |r| id_of(r, Part::Issuer, 1)),
    ("issuer_tenant_short", PL, 2, "1.5", "A tenant of 15 bytes in the tenant certificate.", |r| short(r, Part::Issuer, 1)),
    ("issuer_key_short", PL, 37, "2.5", "A key of 31 bytes.", |r| short(r, Part::Issuer, 3)),
    ("issuer_key_hybrid", PL, 37, "2.5", "A key of 33 bytes that begins with 04.", |r| {
        r.item(Part::Issuer, |item| item.set(3, bytes([4; 33])));
    }),
    ("issuer_key_uncompressed", PL, 37, "2.5", "An uncompressed point as a key.", |r| {
        r.item(Part::Issuer, |item| item.set(3, bytes([4; 65])));
    }),
    ("issuer_key_of_small_order", PL, 37, "2.5", "A key of order 1, and a signature of it over anything.", |r| {
        r.item(Part::Issuer, |item| item.set(3, bytes(identity())));
        r.cose(Part::Licensor, |cose, _| cose.signature = Some(|s| forge_for_identity(s)));
    }),
    ("issuer_key_of_order_2", PL, 37, "2.5", "A key of order 2.", |r| {
        r.item(Part::Issuer, |item| {
            let mut key = [0xff; 32];
            (key[0], key[31]) = (0xec, 0x7f);
            item.set(3, bytes(key));
        });
        r.cose(Part::Licensor, |cose, _| cose.signature = Some(|s| forge_for_identity(s)));
    }),
    ("issuer_p256", "opens", 4, "2.3", "A tenant whose licensor key is P-256.", |r| { r.world.kinds.insert(Who::Licensor, Kind::P256); }),
    ("root_p256", "opens", 4, "2.3", "A root that is P-256.", |r| { r.world.kinds.insert(Who::Root, Kind::P256); }),
    ("leaf_ed25519", "opens", 4, "2.3", "A device whose signing key is Ed25519.", |r| { r.world.kinds.insert(Who::Publisher, Kind::Ed25519); }),
    ("leaf_expired", PL, 45, "7.4", "The licensor certificate ended a second before the licence was issued.", |r| licensor(r, 7, NOW - 1)),
    ("leaf_not_yet_valid", PL, 45, "7.4", "The licensor certificate begins a second after the licence was issued.", |r| licensor(r, 6, NOW + 1)),
    ("leaf_ends_before_it_begins", PL, 45, "1.6", "A validity that ends before it begins.", |r| {
        licensor(r, 6, NOW + 2);
        licensor(r, 7, NOW + 1);
    }),
    ("leaf_first_second", "opens", 45, "1.6", "The licensor certificate begins in the second of issue.", |r| licensor(r, 6, NOW)),
    ("leaf_last_second", "opens", 45, "1.6", "The licensor certificate ends in the second of sealing.", |r| licensor(r, 7, NOW + 1)),
    ("leaf_400_days", "opens", 45, "7.3", "The longest validity.", |r| licensor(r, 7, NOW - 3_600 + 400 * DAY)),
    ("leaf_400_days_and_a_second", PL, 45, "7.3", "A second longer than the longest validity.", |r| licensor(r, 7, NOW - 3_599 + 400 * DAY)),
    ("leaf_for_ever", PL, 23, "7.3", "Ends with the last second that a u64 can name.", |r| licensor(r, 7, u64::MAX)),
    ("leaf_other_tenant", PL, 39, "7.4", "The licensor certificate is of another tenant than its issuer.", |r| id_of(r, Part::Licensor, 2)),
    ("both_other_tenant", PL, 39, "3.8", "The whole chain is another tenant's than the licence.", |r| {
        id_of(r, Part::Issuer, 1);
        id_of(r, Part::Licensor, 2);
    }),
    ("scope_seal_only", PL, 47, "3.8", "A certificate for sealing publishes.", |r| licensor(r, 8, 2)),
    ("scope_publish_only", "sealer", 47, "8.8", "A certificate for publishing seals.", |r| licensor(r, 8, 1)),
    ("scope_0", PL, 47, "7.3", "A certificate for nothing.", |r| licensor(r, 8, 0)),
    ("scope_4", PL, 47, "7.3", "A scope that is not named.", |r| licensor(r, 8, 4)),
    ("scope_7", PL, 47, "7.3", "Both scopes and one that is not named.", |r| licensor(r, 8, 7)),
    ("scope_257", PL, 47, "7.3", "A scope that is 1 when cut to a byte.", |r| licensor(r, 8, 257)),
    ("templates_64", "opens", 17, "7.3", "The longest limit to templates.", |r| templates(r, 64)),
    ("templates_65", PL, 17, "7.3", "One template more than a limit may have.", |r| templates(r, 65)),
    ("templates_unsorted", PL, 2, "7.3", "A limit out of order.", |r| {
        templates(r, 3);
        r.item(Part::Licensor, |item| item.at(9).items().swap(0, 1));
    }),
    ("templates_twice", PL, 2, "7.3", "A template twice in a limit.", |r| {
        templates(r, 3);
        r.item(Part::Licensor, |item| {
            let first = item.at(9).items()[0].clone();
            item.at(9).items().insert(0, first);
        });
    }),
    ("templates_short", PL, 2, "1.5", "A template of 15 bytes in a limit.", |r| {
        templates(r, 1);
        r.item(Part::Licensor, |item| { item.at(9).items()[0].blob().pop(); });
    }),
    ("serial_short", PL, 2, "1.5", "A serial of 15 bytes.", |r| short(r, Part::Licensor, 1)),
    ("serial_long", PL, 2, "1.5", "A serial of 17 bytes.", |r| long(r, Part::Licensor, 1)),
    ("leaf_tenant_short", PL, 2, "1.5", "A tenant of 15 bytes in the licensor certificate.", |r| short(r, Part::Licensor, 2)),
    ("account_short", PL, 2, "1.5", "An account of 15 bytes.", |r| short(r, Part::Licensor, 3)),
    ("account_long", PL, 2, "1.5", "An account of 17 bytes.", |r| long(r, Part::Licensor, 3)),
    ("leaf_key_short", PL, 37, "2.5", "A compressed point of 32 bytes, which is another kind of key.", |r| short(r, Part::Licensor, 5)),
    ("leaf_key_05", PL, 37, "2.5", "A point that begins with 05.", |r| {
        r.item(Part::Licensor, |item| item.at(5).blob()[0] = 5);
    }),
    ("leaf_key_other_sign", PL, 37, "2.5", "The point with the other y.", |r| {
        r.item(Part::Licensor, |item| item.at(5).blob()[0] ^= 1);
    }),
    ("leaf_key_off_the_curve", PL, 37, "2.5", "No point has this x.", |r| {
        r.item(Part::Licensor, |item| item.at(5).blob()[1..].fill(0xff));
    }),
    ("chain_of_none", PL, 2, "3.3", "No certificates.", |r| chain(r, |_| Vec::new())),
    ("chain_of_one", PL, 2, "7.4", "The licensor certificate alone.", |r| chain(r, |all| all[..1].to_vec())),
    ("chain_of_three", PL, 17, "11.1", "The tenant certificate twice.", |r| chain(r, |all| [all, &all[1..]].concat())),
    ("chain_reversed", PL, 2, "7.4", "The tenant certificate first.", |r| chain(r, |all| all.iter().rev().cloned().collect())),
    ("chain_leaf_twice", PL, 39, "7.4", "The licensor certificate in the place of the tenant's.", |r| chain(r, |all| vec![all[0].clone(), all[0].clone()])),
    ("leaf_signed_by_root", PL, 39, "7.4", "The licensor certificate is signed by the root itself.", |r| {
        r.cose(Part::Licensor, |cose, _| cose.signer = Who::Root);
    }),
    ("leaf_signed_by_licence_key", PL, 70, "7.4", "The licensor certificate is signed by the tenant's key for use licences.", |r| {
        r.cose(Part::Licensor, |cose, _| cose.signer = Who::Licence);
    }),
    ("leaf_signed_by_itself", PL, 39, "7.4", "The licensor certificate is signed by its own key.", |r| {
        r.cose(Part::Licensor, |cose, _| cose.signer = Who::Publisher);
    }),
    ("issuer_signed_by_itself", PL, 39, "7.2", "The tenant certificate is signed by its own key and names the root.", |r| {
        r.cose(Part::Issuer, |cose, world| {
            let kid = world.key(Who::Root).kid();
            cose.protected = Some(crate::cose::Cose::header(crate::cose::ED25519, Some(kid.as_bytes())));
            cose.signer = Who::Licensor;
        });
    }),
    ("issuer_signed_by_other_root", PL, 39, "7.2", "The tenant certificate is another authority's.", |r| {
        r.cose(Part::Issuer, |cose, _| cose.signer = Who::OtherRoot);
    }),
    ("licence_signed_by_colleague", PL, 39, "3.8", "The licence is signed by another device of the tenant than its chain is for.", |r| {
        r.cose(Part::Licence, |cose, _| cose.signer = Who::Colleague);
    }),
];

/// Addresses that are not canonical, or none (clause 1.7).
#[rustfmt::skip] // A row a vector.
const ADDRESSES: &[(&str, &str, &str)] = &[
    ("capital", "Janet@contoso.example", "A capital letter."),
    ("capital_domain", "janet@Contoso.example", "A capital letter in the domain."),
    ("no_at", "janet.contoso.example", "No @."),
    ("two_at", "janet@home@contoso.example", "Two @."),
    ("no_local", "@contoso.example", "Nothing before the @."),
    ("no_domain", "janet@", "Nothing behind the @."),
    ("empty", "", "An empty text."),
    ("blank", "janet smith@contoso.example", "A blank."),
    ("quoted", "\"janet\"@contoso.example", "Quotes."),
    ("dot_first", ".janet@contoso.example", "A dot in front."),
    ("dot_twice", "janet..s@contoso.example", "Two dots in a row."),
    ("percent", "janet%home@contoso.example", "Routing by percent sign."),
    ("bang", "home!janet@contoso.example", "Routing by exclamation mark."),
    ("question_mark", "=?utf-8?q?janet?=@contoso.example", "An encoded word."),
    ("one_label", "janet@contoso", "A domain of one label."),
    ("numeric_end", "janet@contoso.1", "A last label of digits."),
    ("hyphen_first", "janet@-contoso.example", "A label that begins with a hyphen."),
    ("hyphen_last", "janet@contoso-.example", "A label that ends with a hyphen."),
    ("underscore", "janet@con_toso.example", "An underscore in the domain."),
    ("final_dot", "janet@contoso.example.", "A final dot."),
    ("reserved_hyphens", "janet@ab--contoso.example", "Hyphens in the third and fourth place of another label than xn--."),
    ("bare_xn", "janet@xn--.example", "A label of xn-- alone."),
    ("umlaut", "j\u{e4}net@contoso.example", "A letter beyond ASCII."),
    ("line_end", "janet@contoso.example\n", "A line end behind it."),
];

pub fn vectors() -> Vec<Recipe> {
    let mut vectors = table("chain", ROWS);
    for (name, address, comment) in ADDRESSES {
        let comment = format!("The publisher's address: {comment}");
        vectors.push(
            Recipe::new(format!("chain/address_{name}"))
                .says(PL, 78, "1.7", comment)
                .change(|r| {
                    r.item(Part::Licensor, move |item| item.set(4, text(address)));
                }),
        );
    }
    let label = "x".repeat(63);
    for (name, address, expect) in [
        ("local_64", format!("{}@contoso.example", "x".repeat(64)), "opens"),
        ("local_65", format!("{}@contoso.example", "x".repeat(65)), PL),
        ("label_63", format!("j@{label}.example"), "opens"),
        ("label_64", format!("j@{label}x.example"), PL),
        (
            "length_254",
            format!("j@{label}.{label}.{label}.{}", "y".repeat(60)),
            "opens",
        ),
        (
            "length_255",
            format!("j@{label}.{label}.{label}.{}", "y".repeat(61)),
            PL,
        ),
        ("signs", "a#$&'*+-/=^_`{|}~9@xn--9ca.example".to_owned(), "opens"),
    ] {
        let comment = "The publisher's address at, or one beyond, a limit.";
        vectors.push(
            Recipe::new(format!("chain/address_{name}"))
                .says(expect, 78, "1.7", comment)
                .change(|r| {
                    r.fact("sealed-by", format!("publisher {address}"));
                    r.item(Part::Licensor, move |item| item.set(4, text(&address)));
                }),
        );
    }
    for key in 1..=8 {
        vectors.push(missing("licensor", Part::Licensor, key));
    }
    for key in 1..=5 {
        vectors.push(missing("issuer", Part::Issuer, key));
    }
    vectors
}

fn missing(name: &str, part: Part, key: u64) -> Recipe {
    let comment = format!("Field {key} is missing.");
    Recipe::new(format!("chain/{name}_without_{key}"))
        .says(PL, 2, "7.3", comment)
        .change(|r| {
            if part == Part::Issuer {
                r.clause = "7.2";
            }
            r.item(part, move |item| item.remove(key));
        })
}

fn issuer(recipe: &mut Recipe, key: u64, value: u64) {
    recipe.item(Part::Issuer, move |item| item.set(key, uint(value)));
}

fn licensor(recipe: &mut Recipe, key: u64, value: u64) {
    recipe.item(Part::Licensor, move |item| item.set(key, uint(value)));
}

fn id_of(recipe: &mut Recipe, part: Part, key: u64) {
    recipe.item_in(part, move |item, world| {
        item.set(key, bytes(world.draw::<16>("other tenant")))
    });
}

fn short(recipe: &mut Recipe, part: Part, key: u64) {
    recipe.item(part, move |item| {
        item.at(key).blob().pop();
    });
}

fn long(recipe: &mut Recipe, part: Part, key: u64) {
    recipe.item(part, move |item| item.at(key).blob().push(0));
}

/// A limit to templates that does not name the policy's terms, which are ad hoc.
fn templates(recipe: &mut Recipe, count: u8) {
    if recipe.expect == "opens" {
        recipe.authority = Some("policy");
    }
    recipe.item(Part::Licensor, move |item| {
        item.set(9, array((0..count).map(|n| bytes([n; 16]))));
    });
}

fn chain(recipe: &mut Recipe, change: fn(&[crate::item::Item]) -> Vec<crate::item::Item>) {
    recipe.item(Part::Core, move |item| {
        let changed = change(item.at(6).items());
        item.set(6, array(changed));
    });
}

/// The neutral element of Curve25519 as a key.
fn identity() -> [u8; 32] {
    let mut key = [0; 32];
    key[0] = 1;
    key
}

/// `R` the neutral element, `S` zero: holds for a key of order 1, whatever was signed.
fn forge_for_identity(signature: &mut [u8]) {
    signature.fill(0);
    signature[0] = 1;
}
