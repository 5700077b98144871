//! Each clause that demands something is cited by a test, and no clause is cited that there is not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::{at, specification};

#[test]
fn every_clause_with_a_must_is_cited_by_a_test() {
    let clauses = clauses(&specification());
    let demanding: BTreeSet<&String> = clauses
        .iter()
        .filter(|(_, text)| text.contains("MUST"))
        .map(|(number, _)| number)
        .collect();
    assert!(
        demanding.len() > 100,
        "the clauses were found: {}",
        demanding.len()
    );
    let cited: BTreeSet<String> = test_texts()
        .iter()
        .flat_map(|(_, text)| citations(text))
        .collect();
    let uncited: Vec<_> = demanding
        .iter()
        .filter(|number| !cited.contains(**number))
        .collect();
    assert!(
        uncited.is_empty(),
        "{} clauses with a MUST and no test: {uncited:?}",
        uncited.len()
    );
}

#[test]
fn every_clause_that_is_cited_is_there() {
    let clauses = clauses(&specification());
    let mut unknown = Vec::new();
    for (path, text) in test_texts().into_iter().chain(source_texts()) {
        for number in citations(&text).into_iter().filter(|number| number.contains('.')) {
            if !clauses.contains_key(&number) {
                unknown.push(format!("{}: {number}", path.display()));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

/// Numbers are not given twice, and each small demand has one: a clause says MUST a few times at most.
#[test]
fn clauses_are_numbered_in_order_and_demand_little_each() {
    let text = specification();
    let numbers: Vec<Vec<u32>> = text
        .lines()
        .filter_map(heading)
        .map(|number| number.split('.').map(|part| part.parse().unwrap()).collect())
        .collect();
    assert!(numbers.len() > 150);
    for (before, after) in numbers.iter().zip(&numbers[1..]) {
        assert!(before < after, "{before:?} stands before {after:?}");
    }
    for (number, text) in clauses(&text) {
        assert!(
            text.matches("MUST").count() <= 3,
            "clause {number} demands too much at once"
        );
        let loud = text.replace("MUST NOT", "").replace("MUST", "");
        assert!(
            !loud.contains(" must "),
            "clause {number} says must and does not mean it"
        );
    }
}

#[test]
fn citations_are_found_in_all_their_spellings() {
    let found = citations(
        "/// Clause 8.4: so. // (clauses 2.1.1 and 3.5), clause 9.5.1; clause: 6.1.3\n# clauses 1.3, 1.4 and 1.6.1 (SEC-1.2), \
         version 4.4, clauses 8.3 to 8.7",
    );
    let expected = [
        "8.4", "2.1.1", "3.5", "9.5.1", "6.1.3", "1.3", "1.4", "1.6.1", "8.3",
    ];
    assert_eq!(found, expected.map(str::to_owned).into());
}

/// Number and text of every clause.
fn clauses(text: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut current = None;
    for line in text.lines() {
        if let Some(number) = heading(line) {
            current = Some(number.to_owned());
        } else if line.starts_with("## ") {
            current = None;
        }
        if let Some(number) = &current {
            let text = found.entry(number.clone()).or_default();
            text.push_str(line);
            text.push('\n');
        }
    }
    found
}

/// `**8.4** …`
fn heading(line: &str) -> Option<&str> {
    let number = line.strip_prefix("**")?.split_once("**")?.0;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (number.contains('.') && number.split('.').all(is_number)).then_some(number)
}

/// Every number behind `clause` or `clauses`. Of a range only the first counts: who means all names all.
fn citations(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let lower = text.to_lowercase();
    for (at, keyword) in lower.match_indices("clause") {
        let mut rest = lower[at + keyword.len()..].trim_start_matches(['s', ':']);
        loop {
            // A list may be broken over lines of comments.
            rest = rest.trim_start_matches([' ', '\n', '/', '!', '#', ',', '*']);
            rest = rest
                .strip_prefix("and ")
                .or(rest.strip_prefix("or "))
                .unwrap_or(rest);
            let length = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let number = rest[..length].trim_end_matches('.');
            if number.is_empty() {
                break;
            }
            found.insert(number.to_owned());
            rest = &rest[length..];
            if !rest.starts_with([' ', ',', '\n']) {
                break;
            }
        }
    }
    found
}

/// What shows something: tests, the headers of vectors, transcripts.
fn test_texts() -> Vec<(PathBuf, String)> {
    let mut texts = Vec::new();
    for path in files(&at("crates")).into_iter().chain(files(&at("testdata"))) {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let name = path.to_string_lossy().into_owned();
        let text = if name.contains("/testdata/vectors/") {
            // The header, up to the empty line.
            let end = bytes
                .windows(2)
                .position(|pair| pair == b"\n\n")
                .unwrap_or(bytes.len());
            String::from_utf8_lossy(&bytes[..end]).into_owned()
        } else {
            String::from_utf8_lossy(&bytes).into_owned()
        };
        if name.ends_with(".md") && name.contains("/vectors/") {
            continue;
        }
        if name.contains("/testdata/vectors/")
            || name.contains("/tests/")
            || name.contains("/testdata/decoder/test_")
            || name.ends_with("/tests.rs")
            || name.ends_with("/cases.rs")
        {
            texts.push((path, text));
        } else if let Some((_, tests)) = text.split_once("#[cfg(test)]") {
            texts.push((path, tests.to_owned()));
        }
    }
    assert!(texts.len() > 100);
    texts
}

fn source_texts() -> Vec<(PathBuf, String)> {
    let is_source = |path: &PathBuf| {
        path.extension()
            .is_some_and(|extension| extension == "rs" || extension == "py")
    };
    let paths = files(&at("crates"))
        .into_iter()
        .chain(files(&at("testdata/decoder")));
    let read = |path: PathBuf| std::fs::read_to_string(&path).ok().map(|text| (path, text));
    paths.filter(is_source).filter_map(read).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}
