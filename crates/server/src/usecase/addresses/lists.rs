//! The reviewed lists behind the address rules: consumer and disposable mail domains, role names, reserved names.
//!
//! An operator may put a file of his own in the place of each. They are hygiene, not a security boundary: what a missing entry costs is an organisation of one person, or an
//! account that nobody will look at again.

use std::collections::HashSet;
use std::path::Path;

use clausa_core::address::Domain;

use super::{is_at_or_below, is_public_suffix};
use crate::config::{ConfigError, SignupConfig};

/// Names under which no mail can be delivered or whose owner is not one organisation (RFC 2606, 6761, 6762, 7686,
/// 8375, 9476, and ICANN's reservation of `.internal`). `.example` and `.test` are left out on purpose: they are
/// what documentation, demonstrations and tests use.
const RESERVED: [&str; 9] = [
    "alt",
    "arpa",
    "home.arpa",
    "internal",
    "invalid",
    "local",
    "localdomain",
    "localhost",
    "onion",
];

const CONSUMER: &str = include_str!("../../../data/consumer-domains.txt");
const DISPOSABLE: &str = include_str!("../../../data/disposable-domains.txt");
const ROLES: &str = include_str!("../../../data/role-names.txt");

/// Largest list that is read, in bytes; the public collections of throw-away domains have 2 MiB.
const MAX_LIST: u64 = 32 << 20;

/// The lists, ready for looking up.
#[derive(Debug)]
pub struct Lists {
    consumer: HashSet<Box<str>>,
    disposable: HashSet<Box<str>>,
    role_names: HashSet<Box<str>>,
    role_prefixes: Vec<Box<str>>,
}

impl Default for Lists {
    /// The lists that come with the authority.
    fn default() -> Self {
        Self::new(CONSUMER, DISPOSABLE, ROLES)
    }
}

impl Lists {
    /// The operator's files in place of the lists that come with the authority, where he names any.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when a file cannot be read or has an entry that can never match.
    pub(super) fn load(config: &SignupConfig) -> Result<Self, ConfigError> {
        let consumer = text_of(
            "signup.consumer_list_file",
            config.consumer_list_file.as_deref(),
            domain,
        )?;
        let disposable = text_of(
            "signup.disposable_list_file",
            config.disposable_list_file.as_deref(),
            domain,
        )?;
        let roles = text_of("signup.role_list_file", config.role_list_file.as_deref(), role)?;
        Ok(Self::new(
            consumer.as_deref().unwrap_or(CONSUMER),
            disposable.as_deref().unwrap_or(DISPOSABLE),
            roles.as_deref().unwrap_or(ROLES),
        ))
    }

    fn new(consumer: &str, disposable: &str, roles: &str) -> Self {
        let set = |text| entries(text).map(|(_, entry)| entry.into()).collect();
        let (prefixes, names): (Vec<_>, Vec<_>) = entries(roles)
            .map(|(_, entry)| entry)
            .partition(|entry| entry.ends_with('*'));
        Self {
            consumer: set(consumer),
            disposable: set(disposable),
            role_names: names.into_iter().map(Into::into).collect(),
            role_prefixes: prefixes
                .into_iter()
                .map(|prefix| prefix.trim_end_matches('*').into())
                .collect(),
        }
    }

    pub(super) fn is_consumer(&self, domain: &str) -> bool {
        self.consumer.contains(domain)
    }

    /// Disposable services hand out subdomains too.
    pub(super) fn is_disposable(&self, domain: &str) -> bool {
        let mut rest = Some(domain);
        while let Some(name) = rest {
            if self.disposable.contains(name) {
                return true;
            }
            rest = name.split_once('.').map(|(_, parent)| parent);
        }
        false
    }

    /// Compared without the plus-tag and without the separators, so that `Help-Desk+42` is `helpdesk`: ticket systems
    /// file mail under such variants (the "ticket trick").
    pub(super) fn is_role(&self, local: &str) -> bool {
        let untagged = local.split('+').next().unwrap_or(local);
        let plain: String = untagged
            .chars()
            .filter(|c| !matches!(c, '.' | '-' | '_'))
            .collect();
        self.role_names.contains(plain.as_str())
            || self
                .role_prefixes
                .iter()
                .any(|prefix| plain.starts_with(&**prefix))
    }
}

pub(super) fn is_reserved(domain: &str) -> bool {
    RESERVED.iter().any(|name| is_at_or_below(domain, name))
}

/// Reads the operator's list, lowercase, and makes sure that every entry can match something.
fn text_of(
    key: &'static str,
    path: Option<&Path>,
    rule: fn(&str) -> Result<(), &'static str>,
) -> Result<Option<String>, ConfigError> {
    let Some(path) = path else { return Ok(None) };
    let unreadable = |source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    };
    if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_LIST {
        return Err(ConfigError::refused(key, "the list has more than 32 MiB"));
    }
    let text = std::fs::read_to_string(path)
        .map_err(unreadable)?
        .to_ascii_lowercase();
    for (line, entry) in entries(&text) {
        rule(entry).map_err(|wrong| ConfigError::refused(key, format!("line {line}: {entry} {wrong}")))?;
    }
    Ok(Some(text))
}

fn domain(entry: &str) -> Result<(), &'static str> {
    if entry.parse::<Domain>().is_err() {
        return Err("is no domain; write it in A-labels, without a dot at its end");
    }
    if is_public_suffix(entry) {
        return Err("is a public suffix, which is refused before the list is looked into");
    }
    Ok(())
}

fn role(entry: &str) -> Result<(), &'static str> {
    let name = entry.strip_suffix('*').unwrap_or(entry);
    let can_match = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    can_match
        .then_some(())
        .ok_or("can never match; write letters and digits only, with * at the end for a beginning")
}

/// One entry a line, with the line's number; `#` begins a comment.
fn entries(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .zip(1..)
        .map(|(entry, line)| (line, entry))
        .filter(|(_, entry)| !entry.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_domain_is_a_domain_and_listed_once() {
        for text in [CONSUMER, DISPOSABLE] {
            let mut seen = HashSet::new();
            for (line, entry) in entries(text) {
                assert_eq!(domain(entry), Ok(()), "line {line}: {entry}");
                assert!(seen.insert(entry), "{entry} is listed twice");
            }
        }
        let lists = Lists::default();
        assert!(lists.consumer.is_disjoint(&lists.disposable));
    }

    #[test]
    fn role_names_are_listed_without_separators() {
        let lists = Lists::default();
        for (_, entry) in entries(ROLES) {
            assert_eq!(role(entry), Ok(()), "{entry}");
            assert!(
                lists.is_role(entry.trim_end_matches('*')),
                "{entry} can never match"
            );
        }
    }

    #[test]
    fn an_operator_puts_lists_of_his_own_in_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            Some(path)
        };
        let config = SignupConfig {
            consumer_list_file: file("consumer", "# ours\nVillage.example\n"),
            disposable_list_file: file("disposable", ""),
            role_list_file: file("roles", "desk\nbot*\n"),
            ..SignupConfig::default()
        };
        let lists = Lists::load(&config).unwrap();
        assert!(lists.is_consumer("village.example") && !lists.is_consumer("gmail.com"));
        assert!(!lists.is_disposable("mailinator.com"));
        assert!(lists.is_role("de.sk+7") && lists.is_role("bot42") && !lists.is_role("support"));
        for (name, text, told) in [
            (
                "a",
                "contoso.example\nco.uk\n",
                "line 2: co.uk is a public suffix",
            ),
            ("b", "*.contoso.example", "is no domain"),
            ("c", "m\u{fc}nchen.example", "is no domain"),
        ] {
            let config = SignupConfig {
                disposable_list_file: file(name, text),
                ..SignupConfig::default()
            };
            let error = Lists::load(&config).unwrap_err().to_string();
            assert!(
                error.contains("signup.disposable_list_file") && error.contains(told),
                "{error}"
            );
        }
        let config = SignupConfig {
            role_list_file: file("d", "help-desk"),
            ..SignupConfig::default()
        };
        let error = Lists::load(&config).unwrap_err().to_string();
        assert!(error.contains("can never match"), "{error}");
        let config = SignupConfig {
            consumer_list_file: Some(folder.path().join("none")),
            ..SignupConfig::default()
        };
        assert!(matches!(
            Lists::load(&config),
            Err(ConfigError::Unreadable { .. })
        ));
    }
}
