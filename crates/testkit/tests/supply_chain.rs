//! The lists of deny.toml, held against what is really built: licences, banned crates, sources. `cargo deny` checks the
//! same and more where it is installed; this needs nothing but cargo and runs with every `cargo test` (SEC-120).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn licences_are_on_the_list() {
    let rules = rules();
    let allowed = strings(&rules["licenses"]["allow"]);
    let mut exceptions = BTreeMap::new();
    for exception in rules["licenses"]["exceptions"].as_array().unwrap() {
        exceptions.insert(
            exception["crate"].as_str().unwrap().to_owned(),
            strings(&exception["allow"]),
        );
    }
    let mut wrong = Vec::new();
    for package in foreign_packages() {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("none stated");
        let extra = exceptions.get(name);
        let permitted = |id: &str| allowed.contains(id) || extra.is_some_and(|extra| extra.contains(id));
        if !Expression::parse(licence).is_satisfied(&permitted) {
            wrong.push(format!("{name}: {licence}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "licences that deny.toml does not allow: {wrong:#?}"
    );
}

#[test]
fn banned_crates_are_not_built() {
    let rules = rules();
    let banned: BTreeMap<&str, &str> = rules["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ban| (ban["crate"].as_str().unwrap(), ban["reason"].as_str().unwrap()))
        .collect();
    for package in foreign_packages() {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.contains_key(name), "{name} is banned: {}", banned[name]);
    }
}

#[test]
fn everything_comes_from_one_registry() {
    let sources: BTreeSet<String> = foreign_packages()
        .iter()
        .map(|package| package["source"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(sources.len(), 1, "more than one source: {sources:?}");
    assert!(
        sources.iter().all(|source| source.starts_with("registry+")),
        "no registry: {sources:?}"
    );
}

#[test]
fn licence_expressions_are_read_as_written() {
    let permitted = |id: &str| ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&id);
    for (text, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT/GPL-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("GPL-3.0 OR MIT AND ISC", true),
        ("(GPL-3.0 OR MIT) AND (ISC OR LGPL-2.1)", true),
        ("(GPL-3.0 OR MIT) AND LGPL-2.1", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
        ("none stated", false),
    ] {
        assert_eq!(
            Expression::parse(text).is_satisfied(&permitted),
            expected,
            "{text}"
        );
    }
}

/// What is built on this platform with every feature, our own crates left out.
///
/// `cargo metadata` also lists optional dependencies that no feature switches on, so `cargo tree` says which are built.
fn foreign_packages() -> Vec<Value> {
    let tree = cargo(&[
        "tree",
        "--workspace",
        "--all-features",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let built: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| line.split_once(" v"))
        .map(|(name, rest)| (name, rest.split(' ').next().unwrap_or_default()))
        .collect();
    let metadata = cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--all-features",
        "--filter-platform",
        &host(),
    ]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let is_built = |package: &&Value| {
        built.contains(&(
            package["name"].as_str().unwrap(),
            package["version"].as_str().unwrap(),
        ))
    };
    let found: Vec<Value> = packages
        .filter(|package| !package["source"].is_null())
        .filter(is_built)
        .cloned()
        .collect();
    assert!(found.len() > 100, "the dependency tree was not found");
    found
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--offline", "--locked"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.expect("rustc names its host").to_owned()
}

fn rules() -> toml::Table {
    std::fs::read_to_string(root().join("deny.toml"))
        .unwrap()
        .parse()
        .unwrap()
}

fn strings(list: &toml::Value) -> BTreeSet<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A licence expression of SPDX: identifiers with AND, OR, WITH and parentheses; AND binds tighter than OR.
enum Expression {
    Id(String),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

impl Expression {
    fn parse(text: &str) -> Self {
        let spaced = text.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut rest = words.as_slice();
        let expression = Self::any(&mut rest);
        assert!(rest.is_empty(), "licence expression: {text}");
        expression
    }

    fn any(rest: &mut &[&str]) -> Self {
        let mut parts = vec![Self::all(rest)];
        while rest.first() == Some(&"OR") {
            *rest = &rest[1..];
            parts.push(Self::all(rest));
        }
        Self::Any(parts)
    }

    fn all(rest: &mut &[&str]) -> Self {
        let mut parts = vec![Self::one(rest)];
        while rest.first() == Some(&"AND") {
            *rest = &rest[1..];
            parts.push(Self::one(rest));
        }
        Self::All(parts)
    }

    fn one(rest: &mut &[&str]) -> Self {
        if rest.first() == Some(&"(") {
            *rest = &rest[1..];
            let inner = Self::any(rest);
            assert_eq!(rest.first(), Some(&")"), "unbalanced licence expression");
            *rest = &rest[1..];
            return inner;
        }
        let mut words = Vec::new();
        while let Some(word) = rest.first().filter(|word| !["OR", "AND", ")"].contains(*word)) {
            words.push(*word);
            *rest = &rest[1..];
        }
        Self::Id(words.join(" "))
    }

    fn is_satisfied(&self, permitted: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Id(id) => permitted(id),
            Self::All(parts) => parts.iter().all(|part| part.is_satisfied(permitted)),
            Self::Any(parts) => parts.iter().any(|part| part.is_satisfied(permitted)),
        }
    }
}
