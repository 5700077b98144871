//! The reviewed lists behind the address rules: consumer and disposable mail domains, role names, reserved names.
//!
//! They are hygiene, not a security boundary: what a missing entry costs is an organisation of one person, or an
//! account that nobody will look at again.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::is_at_or_below;

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

static CONSUMER: LazyLock<HashSet<&str>> =
    LazyLock::new(|| entries(include_str!("../../../data/consumer-domains.txt")).collect());
static DISPOSABLE: LazyLock<HashSet<&str>> =
    LazyLock::new(|| entries(include_str!("../../../data/disposable-domains.txt")).collect());
static ROLES: LazyLock<Roles> = LazyLock::new(|| {
    let mut roles = Roles::default();
    for entry in entries(include_str!("../../../data/role-names.txt")) {
        match entry.strip_suffix('*') {
            Some(prefix) => roles.prefixes.push(prefix),
            None => _ = roles.names.insert(entry),
        }
    }
    roles
});

#[derive(Default)]
struct Roles {
    names: HashSet<&'static str>,
    prefixes: Vec<&'static str>,
}

pub(super) fn is_reserved(domain: &str) -> bool {
    RESERVED.iter().any(|name| is_at_or_below(domain, name))
}

pub(super) fn is_consumer(domain: &str) -> bool {
    CONSUMER.contains(domain)
}

/// Disposable services hand out subdomains too.
pub(super) fn is_disposable(domain: &str) -> bool {
    let mut rest = Some(domain);
    while let Some(name) = rest {
        if DISPOSABLE.contains(name) {
            return true;
        }
        rest = name.split_once('.').map(|(_, parent)| parent);
    }
    false
}

/// Compared without the plus-tag and without the separators, so that `Help-Desk+42` is `helpdesk`: ticket systems
/// file mail under such variants (the "ticket trick").
pub(super) fn is_role(local: &str) -> bool {
    let untagged = local.split('+').next().unwrap_or(local);
    let plain: String = untagged
        .chars()
        .filter(|c| !matches!(c, '.' | '-' | '_'))
        .collect();
    ROLES.names.contains(plain.as_str()) || ROLES.prefixes.iter().any(|prefix| plain.starts_with(prefix))
}

/// One entry a line; `#` begins a comment.
fn entries(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_domain_is_a_domain_and_listed_once() {
        for text in [
            include_str!("../../../data/consumer-domains.txt"),
            include_str!("../../../data/disposable-domains.txt"),
        ] {
            let mut seen = HashSet::new();
            for entry in entries(text) {
                assert!(entry.parse::<clausa_core::address::Domain>().is_ok(), "{entry}");
                assert!(
                    !super::super::is_public_suffix(entry),
                    "{entry} would be refused before it is looked up"
                );
                assert!(seen.insert(entry), "{entry} is listed twice");
            }
        }
        assert!(CONSUMER.is_disjoint(&DISPOSABLE));
    }

    #[test]
    fn role_names_are_listed_without_separators() {
        for entry in entries(include_str!("../../../data/role-names.txt")) {
            assert!(is_role(entry.trim_end_matches('*')), "{entry} can never match");
        }
    }
}
