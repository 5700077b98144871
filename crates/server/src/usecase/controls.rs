//! What an organisation's administrator sets for everybody in it, and what follows from that for each.
//!
//! Only a managed tenant has controls (`SEC-86`). None of them takes away what is protected already from those who open
//! it, but the list of domains that never receive, which is there for that.

mod change;
mod judge;
mod preview;
mod read;

use clausa_api::ProblemType;
use clausa_core::address::Domain;
use clausa_store::permit::Action;
use clausa_store::record::controls::Controls;
use clausa_store::record::tenant::Tenant;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Denied, Permit, StoreError};

pub use change::change;
pub(super) use judge::{Protecting, protecting};
pub use preview::preview;
pub use read::read;

use super::failure::{Failure, failures};
use super::oneself::Oneself;

/// Why controls are not set as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlsError {
    /// A text breaks a rule.
    #[error("{field}: {rule}")]
    Malformed {
        /// Which one, as the interface names it.
        field: &'static str,
        /// The rule.
        rule: String,
    },
    /// Whoever asks everybody for two factors has shown two himself.
    #[error("sign in with a second factor yourself first, so that you do not lock yourself out")]
    OwnFactorFirst,
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(ControlsError: StoreError, Denied);

/// A refusal that an administrator's controls bring about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controlled {
    /// Which of them.
    pub rule: ControlRule,
    /// The organisation.
    pub organisation: String,
    /// Whom to ask, when its administrator says so.
    pub contact: Option<String>,
}

/// What an administrator's controls refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlRule {
    /// The person is not among those who protect.
    Protecting,
    /// The person protects with other templates only.
    OtherTemplates,
    /// Nobody protects on the individual plan.
    Trial,
    /// This domain never receives.
    Receiving(Domain),
}

impl ControlRule {
    /// The refusal as callers and the log get it.
    pub fn problem(&self) -> ProblemType {
        match self {
            Self::Protecting | Self::OtherTemplates | Self::Trial => ProblemType::ProtectingRefused,
            Self::Receiving(_) => ProblemType::ReceivingRefused,
        }
    }
}

impl std::fmt::Display for Controlled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let organisation = &self.organisation;
        match &self.rule {
            ControlRule::Protecting => write!(
                f,
                "{organisation} has not named you among those who protect files"
            )?,
            ControlRule::OtherTemplates => {
                write!(
                    f,
                    "{organisation} lets you protect files with other templates only"
                )?;
            }
            ControlRule::Trial => write!(f, "{organisation} does not protect files on its present plan")?,
            ControlRule::Receiving(domain) => {
                write!(f, "{organisation} gives none of its files to people of {domain}")?;
            }
        }
        match &self.contact {
            Some(contact) => write!(f, ": {contact}"),
            None => write!(f, "; ask its administrator"),
        }
    }
}

/// What holds in a tenant by its administrator's controls; `None` where there is no administrator.
pub(super) async fn of(
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
    tenant: &Tenant,
) -> Result<Option<Controls>, StoreError> {
    match tenant.managed {
        true => Ok(Some(tx.controls(permit).await?.unwrap_or_default())),
        false => Ok(None),
    }
}

/// The domain by which one of `domains` never receives: itself, or one that it is below.
pub(super) fn never_receives<'a>(
    controls: &Controls,
    domains: impl Iterator<Item = &'a Domain>,
) -> Option<Domain> {
    let is_below = |domain: &Domain, listed: &Domain| {
        let rest = domain.as_str().strip_suffix(listed.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let mut domains = domains;
    domains.find_map(|domain| {
        let mut listed = controls.never_receive.iter();
        listed.find(|listed| is_below(domain, listed)).cloned()
    })
}

fn permit(who: &Oneself, action: Action) -> Result<Permit, Denied> {
    clausa_store::authorise(
        &who.actor,
        action,
        &clausa_store::permit::Resource::Tenant(who.tenant()),
    )
}

#[cfg(test)]
mod tests {
    use clausa_core::address::Domain;
    use clausa_store::record::controls::Controls;

    use super::never_receives;

    #[test]
    fn a_domain_stands_for_those_below_it() {
        let domain = |text: &str| -> Domain { text.parse().unwrap() };
        let controls = Controls {
            never_receive: vec![domain("rival.example")],
            ..Controls::default()
        };
        let found = |text: &str| never_receives(&controls, [domain(text)].iter());
        assert_eq!(found("rival.example"), Some(domain("rival.example")));
        assert_eq!(found("sales.rival.example"), Some(domain("rival.example")));
        for other in ["arrival.example", "example", "rival.example.net"] {
            assert!(
                other.parse::<Domain>().map_or(true, |_| found(other).is_none()),
                "{other}"
            );
        }
    }
}
