//! The catalogue is whole: both languages say the same things, nothing is left over, nothing stands elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_bundle::FluentResource;

use super::{ENGLISH, FRENCH, Files};

/// Keys of a language with the arguments that their messages take.
fn messages(files: Files) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for (file, text) in files {
        if let Err((_, errors)) = FluentResource::try_new((*text).to_owned()) {
            panic!("{file}.ftl: {errors:?}");
        }
        let mut key = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with([' ', '}'])) {
                assert!(name.contains('-'), "{file}.ftl: {name} has no subject");
                assert!(
                    found.insert(name.to_owned(), BTreeSet::new()).is_none(),
                    "{file}.ftl: {name} is there twice"
                );
                key = Some(name.to_owned());
            }
            let arguments = line.split("{ $").skip(1);
            let arguments = arguments.filter_map(|rest| rest.split([' ', '}']).next().map(str::to_owned));
            if let Some(key) = &key {
                found.get_mut(key).unwrap().extend(arguments);
            }
        }
    }
    found
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read_all(folder: &Path, extensions: &[&str], found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, extensions, found);
        } else if path
            .extension()
            .is_some_and(|own| extensions.iter().any(|one| own == *one))
        {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

fn templates() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    read_all(&folder("templates"), &["html", "txt"], &mut found);
    assert!(found.len() >= 14);
    found
}

#[test]
fn both_languages_say_the_same_things() {
    let (english, french) = (messages(ENGLISH), messages(FRENCH));
    assert_eq!(english, french);
    assert!(english.len() > 100);
    let names = |files: Files| files.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    assert_eq!(names(ENGLISH), names(FRENCH));
    for language in ["en", "fr"] {
        let mut found = Vec::new();
        read_all(&folder("texts").join(language), &["ftl"], &mut found);
        assert_eq!(found.len(), ENGLISH.len(), "every file is compiled in");
    }
}

#[test]
fn a_translation_is_one() {
    // Words that are the same in both languages.
    let same = [
        "frame-applications",
        "signup-code-label",
        "signin-code-label",
        "signin-second-label",
    ];
    let text = |files: Files, key: &str| {
        let lines = files.iter().flat_map(|(_, text)| text.lines());
        let found = lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
        found.collect::<String>()
    };
    for key in messages(ENGLISH).keys() {
        let (english, french) = (text(ENGLISH, key), text(FRENCH, key));
        // A message with a plural goes on in the next lines.
        if !english.ends_with("->") {
            assert_eq!(english == french, same.contains(&key.as_str()), "{key}");
        }
    }
}

#[test]
fn every_key_is_used_and_every_used_key_is_there() {
    let mut texts = templates();
    read_all(&folder("src"), &["rs"], &mut texts);
    let keys: BTreeSet<String> = messages(ENGLISH).into_keys().collect();
    let mut used = BTreeSet::new();
    for (path, text) in &texts {
        for literal in text.split('"') {
            if keys.contains(literal) {
                used.insert(literal.to_owned());
            }
        }
        for call in [".t(\"", ".say(\"", ".plain(\"", "Phrase::new(\""] {
            for rest in text.split(call).skip(1) {
                let key = rest.split('"').next().unwrap();
                let is_key =
                    key.contains('-') && !key.contains(' ') && path.to_string_lossy().contains("pages");
                assert!(
                    !is_key || keys.contains(key),
                    "{}: there is no text {key}",
                    path.display()
                );
            }
        }
    }
    let unused: Vec<_> = keys.difference(&used).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

#[test]
fn templates_hold_no_words() {
    for (path, text) in templates() {
        let literal = literals(&text);
        // What is typed into a terminal is the same in every language.
        let words = literal.chars().any(char::is_alphabetic);
        assert!(!words, "{}: {}", path.display(), literal.trim());
        for attribute in ["title=\"", "alt=\"", "placeholder=\"", "aria-label=\""] {
            for value in text.split(attribute).skip(1) {
                assert!(value.starts_with("{{"), "{}: {attribute}", path.display());
            }
        }
    }
}

/// A template without its expressions, its tags and what stands in `<pre>` and `<code>`.
fn literals(template: &str) -> String {
    let mut text = template.to_owned();
    for (open, close) in [
        ("{{", "}}"),
        ("{%", "%}"),
        ("<pre", "</pre>"),
        ("<code", "</code>"),
        ("<", ">"),
    ] {
        let mut rest = String::new();
        let mut parts = text.split(open);
        rest.push_str(parts.next().unwrap_or_default());
        for part in parts {
            rest.push_str(part.split_once(close).map_or("", |(_, after)| after));
        }
        text = rest;
    }
    text
}

#[test]
fn literal_words_in_a_template_are_found() {
    assert_eq!(
        literals("<p class=\"x\">{{ frame.t(\"a-b\") }}</p><pre>clausa</pre>"),
        ""
    );
    assert_eq!(literals("<p>Hello {{ name }}</p>"), "Hello ");
}
