//! The tables of labels, limits and verdicts say what the code does.

use clausa_core::address::{MAX_ADDRESS_LENGTH, MAX_DOMAIN_LENGTH, MAX_LOCAL_LENGTH};
use clausa_core::certificate::{LicensorCertificate, LicensorChain, TenantKeySet};
use clausa_core::hazmat::{body, floe, labels, limits};
use clausa_core::inner::InnerHeader;
use clausa_core::keys::Suite;
use clausa_core::origin::MAX_ORIGIN_LENGTH;
use clausa_core::policy::{Grants, NamedData, OfflineWindow};
use clausa_core::prefix::PREFIX_LENGTH;
use clausa_core::publishing::{DisplayHint, MAX_LICENCE_LENGTH, MAX_WRAPS};
use clausa_core::rights::Right;
use clausa_core::use_licence::CLOCK_TOLERANCE;

use crate::{at, specification};

/// Clause 13.1
#[test]
fn the_labels_are_those_of_the_code() {
    let written: Vec<String> = rows("**13.1**").into_iter().map(|row| row[0].clone()).collect();
    let coded = labels::ALL.map(|label| format!("`{}`", std::str::from_utf8(label).unwrap()));
    assert_eq!(written, coded);
    // And nowhere else in the text is there another one.
    for word in specification()
        .split(['`', '"', ' ', '\n'])
        .filter(|word| word.starts_with("clausa/v1/"))
    {
        assert!(coded.contains(&format!("`{word}`")), "{word} is not in the table");
    }
}

/// Clause 11.4
#[test]
fn the_limits_are_those_of_the_code() {
    let coded: [u64; 35] = [
        PREFIX_LENGTH as u64,
        limits::MAX_DEPTH as u64,
        limits::MAX_ITEMS,
        limits::MAX_STRING as u64,
        MAX_LICENCE_LENGTH.min(limits::MAX_LICENCE_STRING) as u64,
        limits::MAX_KEY_SET_STRING as u64,
        limits::MAX_USE_LICENCE_STRING as u64,
        MAX_WRAPS as u64,
        LicensorChain::LENGTH as u64,
        limits::MAX_PADDED_POLICY as u64,
        Grants::MAX as u64,
        u64::from(OfflineWindow::MAX.seconds()),
        NamedData::MAX_ENTRIES as u64,
        NamedData::MAX_BYTES as u64,
        NamedData::MAX_NAME as u64,
        MAX_ADDRESS_LENGTH as u64,
        MAX_LOCAL_LENGTH as u64,
        MAX_DOMAIN_LENGTH as u64,
        MAX_ORIGIN_LENGTH as u64,
        DisplayHint::MAX_LABEL as u64,
        LicensorCertificate::MAX_VALIDITY_DAYS,
        LicensorCertificate::MAX_TEMPLATES as u64,
        TenantKeySet::MAX_KEYS as u64,
        TenantKeySet::MAX_ORGANISATION as u64,
        floe::HEADER_LENGTH as u64,
        floe::SEGMENT_LENGTH as u64,
        floe::SEGMENT_PLAINTEXT_LENGTH as u64,
        floe::MAX_SEGMENTS,
        body::LEAF_SEGMENTS as u64,
        InnerHeader::MAX_LENGTH as u64,
        InnerHeader::MAX_NAME as u64,
        InnerHeader::MAX_MEDIA_TYPE as u64,
        limits::MAX_SEAL_OBJECT as u64,
        limits::TAIL_LENGTH as u64,
        CLOCK_TOLERANCE,
    ];
    let rows = rows("**11.1**");
    assert_eq!(rows.len(), coded.len(), "a row for each limit");
    for (row, coded) in rows.iter().zip(coded) {
        assert_eq!(row[1].replace(' ', ""), coded.to_string(), "{}", row[0]);
    }
}

/// Clause 5.2
#[test]
fn the_rights_are_those_of_the_code() {
    let mut written: Vec<(u8, String)> = rows("**5.2**")
        .iter()
        .flat_map(|row| [[&row[0], &row[1]], [&row[2], &row[3]]])
        .map(|[number, name]| (number.parse().unwrap(), name.clone()))
        .collect();
    written.sort();
    let coded = Right::ALL.map(|right| (right as u8, right.as_str().to_owned()));
    assert_eq!(written, coded);
    assert_eq!(rows("**4.3**").len(), Suite::ALL.len());
}

/// Clause 14.1
#[test]
fn the_verdicts_are_those_of_the_vectors() {
    let written: Vec<String> = rows("**14.1**")
        .into_iter()
        .map(|row| row[0].trim_matches('`').to_owned())
        .filter(|verdict| verdict != "verdict")
        .collect();
    let mut seen = 0;
    let mut open = vec![at("testdata/vectors")];
    while let Some(folder) = open.pop() {
        for path in std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            for line in text.lines().take_while(|line| !line.is_empty()) {
                if let Some(verdict) = line.strip_prefix("expect: ") {
                    seen += 1;
                    assert!(
                        written.iter().any(|known| known == verdict),
                        "{}: {verdict}",
                        path.display()
                    );
                }
            }
        }
    }
    assert!(seen > 30);
}

/// The rows of the tables of a clause, without their headings.
fn rows(clause: &str) -> Vec<Vec<String>> {
    let text = specification();
    let (_, rest) = text.split_once(clause).expect("the clause is there");
    let end = rest.find("\n**").or(rest.find("\n## ")).unwrap_or(rest.len());
    let mut found: Vec<Vec<String>> = Vec::new();
    for line in rest[..end].lines().filter(|line| line.starts_with('|')) {
        if line.starts_with("|---") {
            found.pop();
        } else {
            found.push(
                line.trim_matches('|')
                    .split('|')
                    .map(|cell| cell.trim().to_owned())
                    .collect(),
            );
        }
    }
    found
}
