//! The corpus of addresses in `testdata/addresses` (`SEC-78`, `SEC-79`, `SEC-90`, `SEC-93`).

use super::{AddressClass, AddressPolicy, classify, read};

const CASES: &str = include_str!("../../../../../testdata/addresses/cases.tsv");

/// What becomes of a typed text, in the words of the corpus.
fn fate(typed: &str, policy: &AddressPolicy) -> String {
    let address = match read(typed) {
        Ok(address) => address,
        Err(error) => return error.text_key().to_owned(),
    };
    assert_eq!(
        read(address.as_str()).as_ref(),
        Ok(&address),
        "reading again changes nothing"
    );
    match classify(&address, policy) {
        Ok(AddressClass::Organisation(domain)) => {
            assert_eq!(domain, address.domain());
            format!("organisation {address}")
        }
        Ok(AddressClass::Personal) => format!("personal {address}"),
        Err(refusal) => refusal.text_key().to_owned(),
    }
}

/// Undoes what makes invisible characters visible in the file.
fn unescape(text: &str) -> String {
    let mut found = String::new();
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        found.push_str(plain);
        if let Some(after) = escaped.strip_prefix('\\') {
            found.push('\\');
            rest = after;
        } else {
            let (digits, after) = escaped.strip_prefix("u{").unwrap().split_once('}').unwrap();
            found.push(char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap());
            rest = after;
        }
    }
    found + rest
}

#[test]
fn every_address_of_the_corpus_meets_its_fate() {
    let policy = AddressPolicy::default();
    let (mut count, mut wrong) = (0, Vec::new());
    for line in CASES.lines() {
        let Some((typed, expected)) = line.split_once('\t') else {
            continue;
        };
        let typed = unescape(typed);
        let found = fate(&typed, &policy);
        let fits = match expected {
            "no" => found.starts_with("address-") || found.starts_with("refused-"),
            expected => found == expected,
        };
        if !fits {
            wrong.push(format!("{typed:?}: expected {expected}, found {found}"));
        }
        count += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= 1_800, "{count}");
}
