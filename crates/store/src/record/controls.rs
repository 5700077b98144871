//! What an administrator has set for the whole tenant.

use std::fmt;
use std::str::FromStr;

use clausa_core::address::{Address, Domain};
use clausa_core::id::TemplateId;

use super::micros::Micros;

/// An administrator's controls. None of them says who opens what is protected already, but
/// [`never_receive`](Self::never_receive).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controls {
    /// Whoever proves an address of one of the tenant's domains makes an account himself.
    pub joining: bool,
    /// The same while the tenant has the individual plan; without it, nobody new comes in by self-service on that plan.
    pub free_plan: bool,
    /// Files are protected while the tenant has the individual plan.
    pub trial_protects: bool,
    /// Everybody signs in with two factors, or a passkey.
    pub second_factor: bool,
    /// How many seconds after signing in one has to sign in anew.
    pub session_seconds: Option<u32>,
    /// Who protects files, and with which templates. Without any, nobody.
    pub protectors: Vec<Protector>,
    /// Domains whose people get no licences for the tenant's files; those below them neither.
    pub never_receive: Vec<Domain>,
    /// Whom to ask, told with every refusal that these bring about.
    pub contact: Option<String>,
    /// When they were set; the beginning of time when they never were.
    pub changed_at: Micros,
}

impl Default for Controls {
    /// What holds in a managed tenant whose administrator has set nothing.
    fn default() -> Self {
        Self {
            joining: false,
            free_plan: true,
            trial_protects: true,
            second_factor: false,
            session_seconds: None,
            protectors: vec![Protector {
                who: ProtectorKind::Everybody,
                template: None,
            }],
            never_receive: Vec::new(),
            contact: None,
            changed_at: Micros(0),
        }
    }
}

/// Some who protect files.
///
/// As text: `everybody`, `user:janet@contoso.example`, `group:sales@contoso.example` or `domain:contoso.example`, and
/// with a template `=` and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protector {
    /// Who.
    pub who: ProtectorKind,
    /// The one template that this lets them use; without it any, and people and rights of their own choice.
    pub template: Option<TemplateId>,
}

/// Who protects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProtectorKind {
    /// Every member.
    Everybody,
    /// Whoever has this proven address.
    User(Address),
    /// Whoever is in this group, through other groups too.
    Group(Address),
    /// Whoever has a proven address of this domain.
    Domain(Domain),
}

/// A text that names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("written as everybody, user:ADDRESS, group:ADDRESS or domain:DOMAIN, then maybe =TEMPLATE")]
pub struct NoProtector;

impl fmt::Display for ProtectorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everybody => f.write_str("everybody"),
            Self::User(address) => write!(f, "user:{address}"),
            Self::Group(address) => write!(f, "group:{address}"),
            Self::Domain(domain) => write!(f, "domain:{domain}"),
        }
    }
}

impl FromStr for ProtectorKind {
    type Err = NoProtector;

    fn from_str(text: &str) -> Result<Self, NoProtector> {
        if text == "everybody" {
            return Ok(Self::Everybody);
        }
        let (kind, name) = text.split_once(':').ok_or(NoProtector)?;
        match kind {
            "user" => name.parse().map(Self::User).map_err(|_| NoProtector),
            "group" => name.parse().map(Self::Group).map_err(|_| NoProtector),
            "domain" => name.parse().map(Self::Domain).map_err(|_| NoProtector),
            _ => Err(NoProtector),
        }
    }
}

impl fmt::Display for Protector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.template {
            Some(template) => write!(f, "{}={template}", self.who),
            None => self.who.fmt(f),
        }
    }
}

impl FromStr for Protector {
    type Err = NoProtector;

    /// An address may have the sign itself, before the last one.
    fn from_str(text: &str) -> Result<Self, NoProtector> {
        let (who, template) = match text.rsplit_once('=') {
            Some((who, template)) if !template.contains('@') => {
                (who, Some(template.parse().map_err(|_| NoProtector)?))
            }
            _ => (text, None),
        };
        Ok(Self {
            who: who.parse()?,
            template,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Protector;

    #[test]
    fn protectors_are_read_as_they_are_written() {
        for text in [
            "everybody",
            "everybody=01020304-0506-0708-0910-111213141516",
            "user:janet@contoso.example",
            "user:a=b@contoso.example",
            "group:sales@contoso.example=01020304-0506-0708-0910-111213141516",
            "domain:contoso.example",
        ] {
            let read: Protector = text.parse().unwrap();
            assert_eq!(read.to_string(), text);
        }
        for text in [
            "",
            "nobody",
            "user:",
            "user:janet",
            "everybody=",
            "everybody=x",
            "team:a@b.example",
        ] {
            assert!(text.parse::<Protector>().is_err(), "{text}");
        }
    }
}
