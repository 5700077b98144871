//! Who may do what, as a person says it.

use std::str::FromStr;

use clausa_core::address::{Address, Domain, InvalidAddress};
use clausa_core::policy::{Grant, Principal};
use clausa_core::rights::{Level, Rights};

use crate::error::ProtectError;

/// Who may do what with the protected file.
#[derive(Debug, Clone)]
pub enum PolicyChoice {
    /// What the template with this identifier, short name or name says.
    Template(String),
    /// These grants.
    Grants(Vec<Grant>),
    /// A level's rights for each of these; nobody else. [`Level::OnlyMe`] takes no recipients.
    Level {
        /// The level.
        level: Level,
        /// For whom.
        recipients: Vec<Recipient>,
    },
}

impl PolicyChoice {
    /// A template by identifier, short name or name.
    pub fn template(named: impl Into<String>) -> Self {
        Self::Template(named.into())
    }

    /// The same rights for each recipient.
    pub fn rights(recipients: impl IntoIterator<Item = Recipient>, rights: Rights) -> Self {
        Self::Grants(
            recipients
                .into_iter()
                .map(|recipient| Grant {
                    principal: recipient.into(),
                    rights,
                })
                .collect(),
        )
    }
}

/// Somebody who is given access, as a person writes it: an address, `@domain`, or `anybody` for everybody who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// The person with this proven address.
    Address(Address),
    /// Everybody with a proven address of this very domain.
    Domain(Domain),
    /// Everybody who is signed in.
    Anybody,
}

impl From<Recipient> for Principal {
    fn from(recipient: Recipient) -> Self {
        match recipient {
            Recipient::Address(address) => Self::Account(address),
            Recipient::Domain(domain) => Self::Domain(domain),
            Recipient::Anybody => Self::AnyAuthenticated,
        }
    }
}

impl FromStr for Recipient {
    type Err = ProtectError;

    fn from_str(text: &str) -> Result<Self, ProtectError> {
        let refused = |source| ProtectError::Recipient {
            text: text.to_owned(),
            source,
        };
        let written = text.trim();
        if written.eq_ignore_ascii_case("anybody") || written.eq_ignore_ascii_case("anyone") {
            return Ok(Self::Anybody);
        }
        match written.strip_prefix('@') {
            Some(domain) => domain_from_text(domain).map(Self::Domain).map_err(refused),
            None => address_from_text(written).map(Self::Address).map_err(refused),
        }
    }
}

/// Reads an address that a person typed: an international domain becomes its A-label (SEC-78).
///
/// # Errors
///
/// [`InvalidAddress`] when it is none.
pub fn address_from_text(text: &str) -> Result<Address, InvalidAddress> {
    let text = text.trim();
    match text.rsplit_once('@') {
        Some((local, domain)) if !domain.is_ascii() => {
            let ascii = to_a_labels(domain)?;
            format!("{local}@{ascii}").parse()
        }
        _ => text.parse(),
    }
}

fn domain_from_text(text: &str) -> Result<Domain, InvalidAddress> {
    if text.is_ascii() {
        text.parse()
    } else {
        to_a_labels(text)?.parse()
    }
}

/// A-labels only when they lead back to what was typed, up to case and normal form (`A -> U -> A`).
fn to_a_labels(domain: &str) -> Result<String, InvalidAddress> {
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| InvalidAddress::Domain)?;
    let (unicode, back) = idna::domain_to_unicode(&ascii);
    back.map_err(|_| InvalidAddress::Domain)?;
    let again = idna::domain_to_ascii_strict(&unicode).map_err(|_| InvalidAddress::Domain)?;
    if again == ascii {
        Ok(ascii)
    } else {
        Err(InvalidAddress::Domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC-78
    #[test]
    fn recipients_are_addresses_domains_or_anybody() {
        assert_eq!("Anybody".parse::<Recipient>().unwrap(), Recipient::Anybody);
        assert_eq!(
            "@Fabrikam.example".parse::<Recipient>().unwrap(),
            Recipient::Domain("fabrikam.example".parse().unwrap())
        );
        assert_eq!(
            "P.Dover@fabrikam.example".parse::<Recipient>().unwrap(),
            Recipient::Address("p.dover@fabrikam.example".parse().unwrap())
        );
        assert_eq!(
            address_from_text("jo@b\u{fc}cher.example").unwrap().as_str(),
            "jo@xn--bcher-kva.example"
        );
        for text in [
            "",
            "@",
            "somebody",
            "a b@c.example",
            "m\u{131}ke@c.example",
            "a@b@c.example",
        ] {
            let error = text.parse::<Recipient>().unwrap_err();
            assert!(matches!(error, ProtectError::Recipient { .. }), "{text}: {error}");
        }
    }
}
