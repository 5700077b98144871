//! Every variant of every error of the core is produced by some test, or is on the list of those that cannot be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use regex::Regex;

/// What only a defect could bring about: the primitives refusing lengths that our types fix. They exist so that the
/// code need not panic.
const DEFECTS: [&str; 9] = [
    "CryptoError::Internal",
    "FloeError::Backend",
    "HpkeError::Backend",
    "OpenError::Internal",
    "PolicySealingError::Backend",
    "ProtectError::Internal",
    "PublishError::Internal",
    // Private to the crate: they come out as `PublishError::TooLarge` and `UnwrapFailed`, which have tests.
    "PolicySealingError::Malformed",
    "PolicySealingError::TooLarge",
];

#[test]
fn every_error_has_a_test() {
    let sources: Vec<String> = files("src").iter().map(|path| read(path)).collect();
    let mut tests: Vec<String> = files("tests").iter().map(|path| read(path)).collect();
    tests.extend(
        sources
            .iter()
            .filter_map(|source| source.split_once("#[cfg(test)]"))
            .map(|(_, tests)| tests.to_owned()),
    );
    let tests = tests.concat();
    let names = Regex::new(r"pub(?:\(\w+\))? enum (\w+) \{\n((?s).*?)\n\}").unwrap();
    let variant = Regex::new(r"(?m)^    (\w+)[,({ ]").unwrap();
    let (mut found, mut missing) = (0, Vec::new());
    for source in &sources {
        // The part before the tests.
        let source = source.split("#[cfg(test)]").next().unwrap();
        for declaration in names.captures_iter(source) {
            let (name, body) = (&declaration[1], &declaration[2]);
            if !body.contains("#[error(") {
                continue;
            }
            for variant in variant.captures_iter(body) {
                let path = format!("{name}::{}", &variant[1]);
                found += 1;
                let is_defect = DEFECTS.contains(&path.as_str());
                let is_tested = Regex::new(&format!(r"\b{path}\b")).unwrap().is_match(&tests);
                if is_tested == is_defect {
                    missing.push((path, if is_defect { "has a test" } else { "has none" }));
                }
            }
        }
    }
    assert!(found > 80, "{found} variants were found");
    assert!(missing.is_empty(), "{missing:#?}");
}

fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../core").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
