//! The documents, as far as a program can check them: links lead somewhere, requirements that are cited exist, and those
//! that the threat model relies on are cited by the code that keeps or proves them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        for target in links(&text) {
            let (file, _) = target.split_once('#').unwrap_or((target, ""));
            let is_local = !file.is_empty() && !target.contains("://") && !target.starts_with("mailto:");
            if is_local && !path.parent().unwrap().join(file).exists() {
                broken.push(format!("{} -> {target}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "broken links: {broken:#?}");
}

#[test]
fn every_decision_is_in_the_list_of_decisions() {
    let folder = root().join("docs/adr");
    let list = std::fs::read_to_string(folder.join("README.md")).unwrap();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let title = std::fs::read_to_string(&path).unwrap();
        let title = title.lines().next().unwrap().trim_start_matches("# ");
        assert!(
            name == "README.md" || list.contains(&format!("[{title}]({name})")),
            "{name} is not listed as it is"
        );
    }
}

/// SEC-126
#[test]
fn the_threat_model_and_the_code_know_the_same_requirements() {
    let model = std::fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    let (tables, list) = model
        .split_once("## 4. Requirements")
        .expect("section 4 lists the requirements");
    let defined: BTreeSet<u32> = list
        .lines()
        .filter_map(|line| line.strip_prefix("- **SEC-")?.split("**").next()?.parse().ok())
        .collect();

    let mut cited: BTreeMap<u32, PathBuf> = BTreeMap::new();
    for path in sources() {
        for number in requirements(&std::fs::read_to_string(&path).unwrap()) {
            cited.entry(number).or_insert(path.clone());
        }
    }
    let unknown: Vec<_> = cited
        .iter()
        .filter(|(number, _)| !defined.contains(number))
        .collect();
    assert!(
        unknown.is_empty(),
        "cited by the code, not listed in docs/threat-model.md: {unknown:#?}"
    );

    for text in [
        tables,
        &std::fs::read_to_string(root().join("SECURITY.md")).unwrap(),
    ] {
        let relied_on = requirements(text);
        let undefined: Vec<_> = relied_on.difference(&defined).collect();
        assert!(undefined.is_empty(), "used but not listed: {undefined:?}");
        let unproven: Vec<_> = relied_on
            .iter()
            .filter(|number| !cited.contains_key(number))
            .collect();
        assert!(
            unproven.is_empty(),
            "relied on, but cited by no source file: {unproven:?}"
        );
    }
}

#[test]
fn the_readme_promises_what_is_checked() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let checks = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    for command in ["cargo run --release -- demo", "cargo test --workspace --locked"] {
        assert!(readme.contains(command), "the README does not name `{command}`");
    }
    assert!(checks.contains("-- demo") && checks.contains("cargo test --workspace --locked"));
}

/// The targets of `[text](target)`, code blocks left out.
fn links(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        }
        let mut rest = if in_code { "" } else { line };
        while let Some((_, after)) = rest.split_once("](") {
            let (target, tail) = after.split_once(')').unwrap_or((after, ""));
            found.push(target);
            rest = tail;
        }
    }
    found
}

/// The numbers after `SEC-`; advisories of RUSTSEC are something else. `SEC-2 to SEC-16` counts as both ends.
fn requirements(text: &str) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("SEC-") {
        let digits: String = text[at + 4..].chars().take_while(char::is_ascii_digit).collect();
        let advisory = text[..at].ends_with("RUST");
        if let (false, Ok(number)) = (advisory, digits.parse()) {
            found.insert(number);
        }
    }
    found
}

fn documents() -> Vec<PathBuf> {
    let found = files(&["docs", "testdata", "benches", "crates", "."], "md");
    assert!(found.len() > 20, "the documents were not found");
    found
}

fn sources() -> Vec<PathBuf> {
    files(&["crates"], "rs")
}

/// The files with this extension below these folders; of `.` only those in it.
fn files(folders: &[&str], extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders {
        collect(&root().join(folder), extension, *folder != ".", &mut found);
    }
    found
}

fn collect(folder: &Path, extension: &str, deep: bool, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if deep && !path.ends_with("target") && !path.ends_with("node_modules") {
                collect(&path, extension, deep, found);
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
