//! The core of the publishing licence (clauses 3.2 to 3.8).

use super::{Row, table};
use crate::item::{Item, array, bytes, map, named, raw, text, uint};
use crate::recipe::{Part, Recipe};

const PL: &str = "publishing-licence";

#[rustfmt::skip] // A row a vector.
const ROWS: &[Row] = &[
    ("version_0", PL, 6, "3.3", "Another version than the prefix says.", |r| core(r, |c| c.set(1, uint(0)))),
    ("version_2", PL, 6, "3.3", "A later version than the prefix says.", |r| core(r, |c| c.set(1, uint(2)))),
    ("version_257", PL, 6, "3.3", "A version that is 1 when cut to a byte.", |r| core(r, |c| c.set(1, uint(257)))),
    ("profile_0", PL, 12, "3.3", "There is no body profile 0.", |r| core(r, |c| c.set(8, uint(0)))),
    ("profile_2", PL, 12, "3.3", "A body profile that is not known.", |r| core(r, |c| c.set(8, uint(2)))),
    ("content_id_short", PL, 2, "1.5", "A content id of 15 bytes.", |r| core(r, |c| { c.at(2).blob().pop(); })),
    ("content_id_long", PL, 2, "1.5", "A content id of 17 bytes.", |r| core(r, |c| c.at(2).blob().push(0))),
    ("content_id_empty", PL, 2, "1.5", "An empty content id.", |r| core(r, |c| c.at(2).blob().clear())),
    ("tenant_short", PL, 2, "1.5", "A tenant of 15 bytes.", |r| core(r, |c| { c.at(3).blob().pop(); })),
    ("tenant_long", PL, 2, "1.5", "A tenant of 17 bytes.", |r| core(r, |c| c.at(3).blob().push(0))),
    ("tenant_other", PL, 39, "3.8", "Another tenant than the chain's.", |r| core(r, |c| c.at(3).blob()[0] ^= 1)),
    ("issued_as_text", PL, 2, "1.6", "The time of issue as a text.", |r| core(r, |c| c.set(5, text("2026-11-21T09:00:00Z")))),
    ("issued_in_milliseconds", PL, 45, "1.6", "The time of issue in milliseconds.", |r| core(r, |c| c.set(5, uint(crate::world::NOW * 1_000)))),
    ("issued_1970", PL, 45, "1.6", "Issued in 1970.", |r| core(r, |c| c.set(5, uint(0)))),
    ("issued_at_the_end_of_time", PL, 23, "1.6", "Issued in the last second that a u64 can name.", |r| core(r, |c| c.set(5, uint(u64::MAX)))),
    ("policy_511", PL, 17, "5.7", "A policy ciphertext of 511 bytes and its tag.", |r| policy(r, 511 + 16)),
    ("policy_513", PL, 17, "5.7", "A policy ciphertext of 513 bytes and its tag.", |r| policy(r, 513 + 16)),
    ("policy_256", PL, 17, "5.7", "A power of two below the smallest size.", |r| policy(r, 256 + 16)),
    ("policy_without_tag", PL, 17, "5.7", "512 bytes, the tag among them.", |r| policy(r, 512)),
    ("policy_15", PL, 17, "5.7", "Less than a tag.", |r| policy(r, 15)),
    ("policy_empty", PL, 17, "5.7", "No policy.", |r| policy(r, 0)),
    ("policy_as_text", PL, 2, "3.3", "The policy ciphertext as a text.", |r| core(r, |c| c.set(7, text("x".repeat(528))))),
    ("hint", "opens", 18, "3.6", "A display hint.", |r| hint(r, "Confidential")),
    ("hint_128", "opens", 17, "3.3", "The longest label of a hint.", |r| hint(r, &"x".repeat(128))),
    ("hint_beyond_ascii", "opens", 18, "3.3", "A label of letters beyond ASCII.", |r| hint(r, "Vertraulich \u{2013} gesch\u{fc}tzt")),
    ("hint_129", PL, 17, "3.3", "A label one byte too long.", |r| hint(r, &"x".repeat(129))),
    ("hint_empty", PL, 2, "3.3", "An empty label.", |r| hint(r, "")),
    ("hint_line_end", PL, 2, "3.3", "A line end in the label.", |r| hint(r, "Public\nConfidential")),
    ("hint_escape", PL, 2, "3.3", "An escape character in the label.", |r| hint(r, "\u{1b}[2J")),
    ("hint_delete", PL, 2, "3.3", "The control character 7F.", |r| hint(r, "a\u{7f}")),
    ("hint_c1", PL, 2, "3.3", "A control character beyond ASCII (U+0085).", |r| hint(r, "a\u{85}")),
    ("hint_template_short", PL, 2, "1.5", "A template of 15 bytes in the hint.", |r| core(r, |c| c.set(9, array([bytes([7; 15]), text("x")])))),
    ("hint_of_one", PL, 2, "3.3", "A hint without label.", |r| core(r, |c| c.set(9, array([bytes([7; 16])])))),
    ("hint_of_three", PL, 2, "3.3", "A third member in the hint.", |r| core(r, |c| c.set(9, array([bytes([7; 16]), text("x"), uint(0)])))),
    ("critical", PL, 18, "3.5", "A critical name: version 1 knows none.", |r| core(r, |c| c.set(10, array([text("example.watermark")])))),
    ("critical_and_there", PL, 18, "3.5", "A critical name whose extension is there.", |r| core(r, |c| {
        c.set(10, array([text("example.watermark")]));
        c.set(11, named(&[("example.watermark", b"yes")]));
    })),
    ("critical_none", PL, 18, "3.5", "An empty list of critical names.", |r| core(r, |c| c.set(10, array([])))),
    ("extension", "opens", 18, "3.5", "An extension that nobody knows is no obstacle.", |r| extensions(r, &[("example.note", b"harmless")])),
    ("extensions_16", "opens", 17, "3.4", "The most entries.", |r| many(r, 16)),
    ("extensions_17", PL, 17, "3.4", "One entry too many.", |r| many(r, 17)),
    ("extensions_none", PL, 2, "3.3", "An empty map of extensions.", |r| extensions(r, &[])),
    ("extension_name_64", "opens", 17, "3.4", "The longest name.", |r| extension(r, &"x".repeat(64), 1)),
    ("extension_name_65", PL, 17, "3.4", "A name one byte too long.", |r| extension(r, &"x".repeat(65), 1)),
    ("extension_name_empty", PL, 2, "3.4", "An empty name.", |r| extension(r, "", 1)),
    ("extension_name_capital", PL, 2, "3.4", "A capital letter in a name.", |r| extension(r, "Example", 1)),
    ("extension_name_underscore", PL, 2, "3.4", "An underscore in a name.", |r| extension(r, "exam_ple", 1)),
    ("extension_name_blank", PL, 2, "3.4", "A blank in a name.", |r| extension(r, "exam ple", 1)),
    ("extension_value_empty", "opens", 17, "3.4", "An empty value.", |r| extension(r, "x", 0)),
    ("extension_64_kib", "opens", 17, "3.4", "Name and value of 65 536 bytes together: the most.", |r| extension(r, "x", 65_535)),
    ("extension_64_kib_and_a_byte", PL, 17, "3.4", "Name and value of 65 537 bytes together.", |r| extension(r, "x", 65_536)),
    ("extension_key_is_number", PL, 2, "3.4", "A number for a name.", |r| core(r, |c| c.set(11, map([(1, Some(bytes([0])))])))),
    ("extension_value_is_text", PL, 2, "3.4", "A text for a value.", |r| core(r, |c| c.set(11, Item::Map(vec![(text("x"), text("y"))])))),
    ("extension_order", PL, 2, "1.3", "The shorter name comes first, whatever its letters.", |r| extensions(r, &[("aa", b"1"), ("b", b"2")])),
    ("extension_twice", PL, 2, "1.3", "A name twice.", |r| extensions(r, &[("a", b"1"), ("a", b"2")])),
    ("payload_of_one", PL, 2, "3.2", "No wraps beside the core.", |r| payload(r, |p| { p.items().pop(); })),
    ("payload_of_three", PL, 2, "3.2", "A third member beside core and wraps.", |r| payload(r, |p| p.items().push(bytes([0])))),
    ("payload_reversed", PL, 2, "3.2", "The wraps before the core.", |r| payload(r, |p| p.items().reverse())),
    ("payload_core_unwrapped", PL, 2, "3.2", "The core as a map and not as a byte string.", |r| payload(r, |p| {
        let core = p.items()[0].blob().clone();
        p.items()[0] = raw(core);
    })),
    ("payload_wraps_unwrapped", PL, 2, "3.2", "The wraps as an array and not as a byte string.", |r| payload(r, |p| {
        let wraps = p.items()[1].blob().clone();
        p.items()[1] = raw(wraps);
    })),
    ("payload_indefinite", PL, 2, "1.3", "The payload as an array of indefinite length.", |r| {
        r.bytes(Part::Licence, |payload| {
            payload[0] = 0x9f;
            payload.push(0xff);
        });
    }),
    ("payload_long", PL, 2, "1.3", "The payload's length in a longer form.", |r| {
        r.bytes(Part::Licence, |payload| { payload.splice(..1, [0x98, 2]); });
    }),
    ("payload_byte_behind", PL, 2, "1.3", "A byte behind the payload.", |r| {
        r.bytes(Part::Licence, |payload| payload.push(0));
    }),
    ("byte_behind", PL, 2, "2.1", "A byte behind the signed object, which the prefix counts.", |r| {
        r.object(Part::Licence, |object| object.push(0));
    }),
    ("payload_bit", PL, 2, "3.8", "One bit of the content id, changed after signing.", |r| {
        r.object(Part::Licence, |object| {
            let place = object.windows(3).position(|three| three == [1, 2, 0x50]).map_or(60, |at| at + 5);
            object[place] ^= 1;
        });
    }),
];

/// Origins in another spelling, or none (clause 1.8).
#[rustfmt::skip] // A row a vector.
const BAD_ORIGINS: &[(&str, &str)] = &[
    ("empty", ""),
    ("no_host", "https://"),
    ("no_scheme", "rights.contoso.example"),
    ("http", "http://rights.contoso.example"),
    ("ftp", "ftp://rights.contoso.example"),
    ("capital_scheme", "HTTPS://rights.contoso.example"),
    ("capital_host", "https://Rights.contoso.example"),
    ("slash", "https://rights.contoso.example/"),
    ("path", "https://rights.contoso.example/clausa"),
    ("query", "https://rights.contoso.example?x"),
    ("fragment", "https://rights.contoso.example#x"),
    ("user", "https://janet@rights.contoso.example"),
    ("default_port", "https://rights.contoso.example:443"),
    ("port_0", "https://rights.contoso.example:0"),
    ("port_65536", "https://rights.contoso.example:65536"),
    ("port_leading_zero", "https://rights.contoso.example:08443"),
    ("port_empty", "https://rights.contoso.example:"),
    ("port_sign", "https://rights.contoso.example:+8443"),
    ("loopback_default_port", "http://localhost:80"),
    ("empty_label", "https://rights..example"),
    ("final_dot", "https://rights.contoso.example."),
    ("hyphen_first", "https://-rights.example"),
    ("hyphen_last", "https://rights-.example"),
    ("underscore", "https://my_rights.example"),
    ("blank", "https://rights .example"),
    ("umlaut", "https://r\u{fc}chte.example"),
    ("ipv4_short", "https://127.1"),
    ("ipv4_leading_zero", "https://192.0.2.07"),
    ("ipv4_256", "https://192.0.2.256"),
    ("ipv4_decimal", "https://2130706433"),
    ("ipv4_hexadecimal", "https://0x7f.0x1"),
    ("bare_0x", "https://rights.0x"),
    ("ipv6_long", "https://[2001:db8:0::1]"),
    ("ipv6_capital", "https://[2001:DB8::1]"),
    ("ipv6_unclosed", "https://[2001:db8::1"),
    ("ipv6_zone", "https://[fe80::1%25eth0]"),
    ("loopback_like", "http://127.0.0.1.contoso.example"),
    ("loopback_other", "http://127.0.0.2"),
];

#[rustfmt::skip] // A row a vector.
const GOOD_ORIGINS: &[(&str, &str)] = &[
    ("port", "https://rights.contoso.example:8443"),
    ("port_65535", "https://rights.contoso.example:65535"),
    ("port_80", "https://rights.contoso.example:80"),
    ("one_label", "https://rights"),
    ("ipv4", "https://192.0.2.7"),
    ("ipv6", "https://[2001:db8::7]"),
    ("ipv6_port", "https://[2001:db8::7]:8443"),
    ("ipv6_mapped", "https://[::ffff:192.0.2.7]"),
    ("loopback", "http://127.0.0.1:7878"),
    ("loopback_443", "http://[::1]:443"),
    ("localhost", "http://localhost"),
    ("a_label", "https://xn--rchte-kva.example"),
    ("digits_inside", "https://4.contoso.example"),
];

pub fn vectors() -> Vec<Recipe> {
    let mut vectors = table("licence", ROWS);
    for key in 1..=8 {
        let name = format!("licence/core_without_{key}");
        vectors.push(
            Recipe::new(name)
                .says(PL, 2, "3.3", format!("Field {key} of the core is missing."))
                .change(|r| {
                    r.item(Part::Core, move |c| c.remove(key));
                }),
        );
    }
    for (name, origin) in BAD_ORIGINS {
        vectors.push(
            Recipe::new(format!("licence/origin_{name}"))
                .says(PL, 51, "1.8", "An origin in a spelling that is not the one.")
                .change(|r| {
                    r.item(Part::Core, move |c| c.set(4, text(origin)));
                }),
        );
    }
    let label = "x".repeat(63);
    let longest = format!("https://{label}.{label}.{label}.{}:65535", "y".repeat(61));
    let good = GOOD_ORIGINS
        .iter()
        .map(|(name, origin)| (*name, (*origin).to_owned()));
    for (name, origin) in good.chain([("longest", longest.clone())]) {
        vectors.push(
            Recipe::new(format!("licence/origin_{name}"))
                .says("opens", 51, "1.8", "An origin in its one spelling.")
                .change(|r| r.reader.origin = origin),
        );
    }
    for (name, origin) in [
        ("host_254", longest.replace(":65535", "y")),
        ("label_64", format!("https://{label}x.example")),
    ] {
        vectors.push(
            Recipe::new(format!("licence/origin_{name}"))
                .says(PL, 51, "1.8", "An origin one byte beyond a limit.")
                .change(|r| {
                    r.item(Part::Core, move |c| c.set(4, text(&origin)));
                }),
        );
    }
    for (name, origin, comment) in [
        (
            "not_pinned",
            "https://rights.fabrikam.example",
            "An origin that the reader has not pinned the root for: nothing is sent there.",
        ),
        (
            "other_port",
            "https://rights.contoso.example:8443",
            "The pinned host, at another port.",
        ),
        (
            "subdomain",
            "https://eu.rights.contoso.example",
            "A host below the pinned one.",
        ),
    ] {
        vectors.push(
            Recipe::new(format!("licence/origin_{name}"))
                .says("origin", 51, "3.7", comment)
                .change(|r| {
                    r.item(Part::Core, move |c| c.set(4, text(origin)));
                }),
        );
    }
    vectors
}

fn core(recipe: &mut Recipe, change: fn(&mut Item)) {
    recipe.item(Part::Core, change);
}

fn payload(recipe: &mut Recipe, change: fn(&mut Item)) {
    recipe.item(Part::Licence, change);
}

fn policy(recipe: &mut Recipe, length: usize) {
    recipe.item(Part::Core, move |c| c.at(7).blob().resize(length, 0));
}

fn hint(recipe: &mut Recipe, label: &str) {
    let hint = array([bytes([7; 16]), text(label)]);
    recipe.item(Part::Core, move |c| c.set(9, hint.clone()));
}

fn extensions(recipe: &mut Recipe, entries: &[(&str, &[u8])]) {
    let data = named(entries);
    recipe.item(Part::Core, move |c| c.set(11, data.clone()));
}

fn extension(recipe: &mut Recipe, name: &str, length: usize) {
    extensions(recipe, &[(name, &vec![0x2a; length])]);
}

fn many(recipe: &mut Recipe, count: u8) {
    let entries = (0..count).map(|n| (text(format!("{}", char::from(b'a' + n))), bytes([n])));
    let data = Item::Map(entries.collect());
    recipe.item(Part::Core, move |c| c.set(11, data.clone()));
}
