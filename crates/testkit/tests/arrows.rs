//! The shape of the workspace, held by tests: which crate may lean on which, who alone may name a library, and the
//! habits of CONTRIBUTING.md that a program can check.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The arrows of ARCHITECTURE.md: a crate and the crates of ours that it may name. Nothing else.
const ARROWS: &[(&str, &[&str])] = &[
    ("clausa-core", &[]),
    ("clausa-api", &["clausa-core"]),
    ("clausa-client", &["clausa-api", "clausa-core"]),
    ("clausa-store", &["clausa-core"]),
    ("clausa-server", &["clausa-store", "clausa-api", "clausa-core"]),
    (
        "clausa",
        &["clausa-client", "clausa-server", "clausa-api", "clausa-core"],
    ),
    (
        "clausa-testkit",
        &[
            "clausa-server",
            "clausa-client",
            "clausa-store",
            "clausa-api",
            "clausa-core",
        ],
    ),
    ("clausa-benches", &["clausa-client", "clausa-core"]),
];

/// Anybody's `tests/` may use these beside the arrows above.
const TEST_ARROWS: &[&str] = &["clausa-testkit"];

/// Libraries that only the named crates may depend on outside tests, and why.
const RESERVED: &[(&[&str], &[&str], &str)] = &[
    (
        &[
            "aes-gcm",
            "aws-lc-rs",
            "ed25519-dalek",
            "hkdf",
            "ml-kem",
            "p256",
            "rsa",
            "sha3",
            "shake",
            "x25519-dalek",
        ],
        &["clausa-core"],
        "one crate names primitives, so that one review covers them",
    ),
    (
        &["hmac"],
        &["clausa-core", "clausa-server"],
        "the authority keeps mailed codes as keyed hashes",
    ),
    (
        &["sha2"],
        &["clausa-core", "clausa-server", "clausa-client"],
        "tokens are stored hashed; PKCE",
    ),
    (
        &["sha1"],
        &["clausa-server"],
        "public lists of breached passwords and authenticators are made with it",
    ),
    (
        &["argon2"],
        &["clausa-server"],
        "only the authority checks passwords",
    ),
    (
        &["blake3", "hpke", "fast-floe", "minicbor", "coset"],
        &["clausa-core"],
        "the format lives in one crate",
    ),
    (
        &["rusqlite", "sqlx"],
        &["clausa-store"],
        "one crate speaks SQL and links SQLite",
    ),
    (
        &["axum", "axum-server", "lettre", "askama"],
        &["clausa-server"],
        "only the authority serves",
    ),
    (
        &["hickory-resolver"],
        &["clausa-server"],
        "only the authority asks the DNS, for claims",
    ),
    (
        &["reqwest"],
        &["clausa-client", "clausa-server"],
        "the client calls out; the authority only with traces, if the operator names a collector",
    ),
    (
        &["keyring"],
        &["clausa-client"],
        "only the client keeps a person's keys",
    ),
    (
        &["clap", "anyhow", "indicatif", "dialoguer"],
        &["clausa"],
        "only the program talks to a person",
    ),
];

/// All that the core may depend on outside tests: nothing that reads a clock, a file, a socket or the environment.
const CORE_MAY_USE: &[&str] = &[
    "aes-gcm",
    "aws-lc-rs",
    "blake3",
    "ed25519-dalek",
    "hkdf",
    "hmac",
    "minicbor",
    "ml-kem",
    "p256",
    "rand",
    "rsa",
    "serde",
    "sha2",
    "sha3",
    "shake",
    "subtle",
    "thiserror",
    "x25519-dalek",
    "zeroize",
];

/// Longest a source file may be, its tests left out.
const LONGEST_FILE: usize = 500;

/// Source files that may be longer, each with its reason. None so far.
const LONGER_FILES: &[(&str, &str)] = &[];

#[test]
fn crates_lean_only_the_way_the_architecture_says() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let packages = packages();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let listed: BTreeSet<&str> = allowed.keys().copied().collect();
    assert_eq!(
        ours, listed,
        "the workspace's members and the list of arrows differ"
    );

    let mut wrong = Vec::new();
    for package in &packages {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| ours.contains(dependency.name.as_str()))
        {
            let target = dependency.name.as_str();
            let by_arrow = allowed[package.name.as_str()].contains(&target);
            // A crate may name itself to test with another set of its features.
            let by_test =
                dependency.kind == "dev" && (TEST_ARROWS.contains(&target) || package.name == target);
            if !by_arrow && !by_test {
                wrong.push(format!("{} -> {target} ({})", package.name, dependency.kind));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that ARCHITECTURE.md does not allow: {wrong:#?}"
    );
}

#[test]
fn the_authority_is_an_optional_part_of_the_program() {
    let packages = packages();
    let program = packages
        .iter()
        .find(|package| package.name == "clausa")
        .expect("the program is a member");
    let server = program
        .dependencies
        .iter()
        .find(|dependency| dependency.name == "clausa-server");
    assert!(
        server.expect("the program can serve").optional,
        "a client-only build must be possible"
    );
}

#[test]
fn reserved_libraries_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for package in packages() {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != "dev")
        {
            for (libraries, homes, reason) in RESERVED {
                if libraries.contains(&dependency.name.as_str()) && !homes.contains(&package.name.as_str()) {
                    wrong.push(format!("{} -> {}: {reason}", package.name, dependency.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Proves SEC-26 as far as a manifest and the source text can show it.
#[test]
fn the_core_touches_nothing_outside_itself() {
    let packages = packages();
    let core = packages
        .iter()
        .find(|package| package.name == "clausa-core")
        .expect("the core is a member");
    for dependency in core
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != "dev")
    {
        assert!(
            CORE_MAY_USE.contains(&dependency.name.as_str()),
            "the core must not use {}",
            dependency.name
        );
    }
    // Addresses as values (`std::net::IpAddr`) are only text; sockets are not.
    let outside = [
        "std::fs",
        "std::env",
        "std::process",
        "std::thread",
        "SystemTime",
        "Instant",
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "ToSocketAddrs",
    ];
    for source in sources()
        .into_iter()
        .filter(|source| source.path.starts_with("crates/core/src"))
    {
        for word in outside {
            let found = source.code().any(|line| line.contains(word));
            assert!(!found, "{} names {word}", source.path.display());
        }
    }
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    for package in packages() {
        let manifest = std::fs::read_to_string(&package.manifest).unwrap();
        let lints = manifest.split("[lints]").nth(1).unwrap_or_default().trim_start();
        assert!(
            lints.starts_with("workspace = true"),
            "{} does not take the workspace's lints",
            package.name
        );
    }
    let workspace = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(
        workspace.contains("unsafe_code = \"forbid\""),
        "the workspace forbids unsafe code"
    );
}

#[test]
fn modules_stand_beside_their_folders() {
    let found: Vec<_> = sources()
        .into_iter()
        .filter(|source| source.path.ends_with("mod.rs"))
        .collect();
    assert!(
        found.is_empty(),
        "write foo.rs beside foo/, not foo/mod.rs: {:?}",
        paths(&found)
    );
}

#[test]
fn source_files_stay_short() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| !source.is_test())
        .filter(|source| {
            LONGER_FILES
                .iter()
                .all(|(path, _)| source.path != Path::new(path))
        })
        .map(|source| (source.code().count(), source))
        .filter(|(lines, _)| *lines > LONGEST_FILE)
        .map(|(lines, source)| format!("{}: {lines} lines", source.path.display()))
        .collect();
    assert!(
        long.is_empty(),
        "over {LONGEST_FILE} lines before their tests: {long:#?}"
    );
}

#[test]
fn libraries_print_nothing() {
    let printing = ["println!", "eprintln!", "print!(", "eprint!(", "dbg!("];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        if source.path.starts_with("crates/cli") {
            continue;
        }
        for (number, line) in source.code().enumerate() {
            if !line.trim_start().starts_with("//")
                && printing.iter().any(|macro_name| line.contains(macro_name))
            {
                wrong.push(format!("{}:{}", source.path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "a library must not print: {wrong:#?}");
}

#[test]
fn test_instruments_stay_out_of_the_product() {
    for source in sources() {
        let product = source.path.components().any(|part| part.as_os_str() == "src")
            && !source.path.starts_with("crates/testkit")
            && !source.is_test();
        let named = source.text.contains("clausa_testkit");
        assert!(
            !(product && named),
            "{}: the testkit is for tests/ only",
            source.path.display()
        );
    }
}

#[test]
fn no_lint_of_safety_is_switched_off() {
    let safety = [
        "allow(unsafe_code",
        "expect(unsafe_code",
        "allow(clippy::disallowed_methods",
    ];
    // The two clocks and nothing else read the wall clock; each says so with a reason.
    let may_read_the_clock = ["crates/client/src", "crates/server/src"];
    for source in sources() {
        for attribute in safety {
            let clock = attribute.contains("disallowed_methods")
                && may_read_the_clock
                    .iter()
                    .any(|folder| source.path.starts_with(folder));
            let found =
                source.path != Path::new("crates/testkit/tests/arrows.rs") && source.text.contains(attribute);
            assert!(
                clock || !found,
                "{} switches off {attribute})",
                source.path.display()
            );
        }
    }
}

struct Package {
    name: String,
    manifest: PathBuf,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    name: String,
    /// `normal`, `build` or `dev`.
    kind: String,
    optional: bool,
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(package)
        .collect()
}

fn package(value: &Value) -> Package {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dependency = |value: &Value| Dependency {
        name: text(&value["name"]),
        kind: value["kind"].as_str().unwrap_or("normal").to_owned(),
        optional: value["optional"].as_bool().unwrap(),
    };
    Package {
        name: text(&value["name"]),
        manifest: text(&value["manifest_path"]).into(),
        dependencies: value["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .map(dependency)
            .collect(),
    }
}

/// A Rust source file of the workspace; `path` is relative to the root.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// A file of tests, as a whole.
    fn is_test(&self) -> bool {
        let in_test_folder = self.path.iter().any(|part| part == "tests" || part == "benches");
        in_test_folder || self.path.file_name().is_some_and(|name| name == "tests.rs")
    }

    /// The lines above the test module that ends the file.
    fn code(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take(self.test_module().unwrap_or(usize::MAX))
    }

    /// The line on which `#[cfg(test)]` stands before a module.
    fn test_module(&self) -> Option<usize> {
        let lines: Vec<&str> = self.text.lines().collect();
        lines.iter().enumerate().position(|(number, line)| {
            let next = lines[number + 1..].iter().find(|line| !line.starts_with("#["));
            *line == "#[cfg(test)]" && next.is_some_and(|line| line.starts_with("mod "))
        })
    }
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    for folder in ["crates", "benches"] {
        collect(&root().join(folder), &mut found);
    }
    assert!(found.len() > 20, "the sources were not found");
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push(Source {
                path: path.strip_prefix(root()).unwrap().to_owned(),
                text,
            });
        }
    }
}

fn paths(sources: &[Source]) -> Vec<&Path> {
    sources.iter().map(|source| source.path.as_path()).collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
