//! The rights decision: one pure function, which the authority, the client and the test vectors all call.
//!
//! It denies by default, is total, and looks at nothing but its arguments (clause 6).

use crate::address::{Address, Domain};
use crate::id::{AccountId, TenantId};
use crate::policy::{Expiry, Grants, OfflineWindow, Policy, Principal, TemplateVersion, Terms};
use crate::rights::{Right, Rights};
use crate::time::Timestamp;

/// Who asks: a signed-in account, described by facts that were proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The account.
    pub account: AccountId,
    /// Its tenant.
    pub tenant: TenantId,
    /// True when the account is active and no guest.
    pub is_member: bool,
    /// Its proven addresses.
    pub addresses: Vec<Address>,
    /// The addresses of the groups it belongs to.
    pub groups: Vec<Address>,
    /// The domains in which it has a proven address.
    pub verified_domains: Vec<Domain>,
}

/// What is asked, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The authority's time.
    pub now: Timestamp,
    /// When this account was first licensed for this file; `None` when this is the first time.
    pub first_use: Option<Timestamp>,
    /// Set once the file was revoked.
    pub revocation: Option<Revocation>,
    /// The rights the intended act needs: `VIEW` to open, `EXPORT` to take protection off.
    pub wanted: Rights,
}

/// The withdrawal of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// When.
    pub at: Timestamp,
    /// True when it was asked to bind the owner too; everybody else is bound in any case.
    pub binds_owner: bool,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// A licence may be issued with these rights and no others.
    Granted(GrantedRights),
    /// No licence.
    Refused(Refusal),
}

/// What a licence may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantedRights {
    /// This subject's rights.
    pub rights: Rights,
    /// Last second of validity; never set for the owner.
    pub not_after: Option<Timestamp>,
    /// Until when the licence may be used without asking again; never after `not_after`.
    pub offline_until: Timestamp,
    /// True for the owner himself, not for others with the right `OWNER`.
    pub is_owner: bool,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody gave this subject anything. Said before anything else, so that an outsider learns nothing more.
    #[error("the policy does not name this account")]
    NotNamed,
    /// The policy names a template and none, or another, was at hand.
    #[error("the policy's template is not known")]
    TemplateUnknown,
    /// The file was withdrawn.
    #[error("the file was revoked at {at}")]
    Revoked {
        /// When.
        at: Timestamp,
    },
    /// Too early.
    #[error("the file opens from {from} on")]
    NotYetValid {
        /// The first second.
        from: Timestamp,
    },
    /// Too late.
    #[error("the permission expired at {at}")]
    Expired {
        /// The last second.
        at: Timestamp,
    },
    /// Named, but without what the act needs.
    #[error("the right {right} is missing")]
    MissingRight {
        /// The first missing right.
        right: Right,
    },
}

/// Decides what `subject` may do under `policy`.
///
/// `template` is the current version of the template that the policy names; it is ignored for ad hoc terms.
pub fn decide(
    policy: &Policy,
    template: Option<&TemplateVersion>,
    subject: &Subject,
    question: &Question,
) -> Decision {
    let outcome = if subject.addresses.contains(&policy.owner) {
        decide_for_owner(question)
    } else {
        decide_for_others(policy, template, subject, question)
    };
    outcome.map_or_else(Decision::Refused, Decision::Granted)
}

fn decide_for_owner(question: &Question) -> Result<GrantedRights, Refusal> {
    if let Some(revocation) = question.revocation
        && revocation.binds_owner
    {
        return Err(Refusal::Revoked { at: revocation.at });
    }
    Ok(GrantedRights {
        rights: Rights::OWNER,
        not_after: None,
        offline_until: question.now.plus_seconds(OfflineWindow::MAX.seconds().into()),
        is_owner: true,
    })
}

fn decide_for_others(
    policy: &Policy,
    template: Option<&TemplateVersion>,
    subject: &Subject,
    question: &Question,
) -> Result<GrantedRights, Refusal> {
    let terms = EffectiveTerms::of(policy, template)?;
    let rights = rights_of(terms.grants, subject);
    if rights.is_empty() {
        return Err(Refusal::NotNamed);
    }
    if let Some(revocation) = question.revocation {
        return Err(Refusal::Revoked { at: revocation.at });
    }
    if let Some(from) = policy.not_before
        && question.now < from
    {
        return Err(Refusal::NotYetValid { from });
    }
    let first_use = question.first_use.unwrap_or(question.now);
    let not_after = terms
        .expiries
        .into_iter()
        .flatten()
        .map(|expiry| expiry.resolve(first_use))
        .min();
    if let Some(at) = not_after
        && question.now > at
    {
        return Err(Refusal::Expired { at });
    }
    if let Some(right) = rights.first_missing(question.wanted) {
        return Err(Refusal::MissingRight { right });
    }
    let window_end = question.now.plus_seconds(terms.offline.seconds().into());
    let offline_until = not_after.map_or(window_end, |at| at.min(window_end));
    Ok(GrantedRights {
        rights,
        not_after,
        offline_until,
        is_owner: false,
    })
}

/// What the policy and its template say together: the template's grants, the earlier expiry, the shorter window.
struct EffectiveTerms<'a> {
    grants: &'a Grants,
    expiries: [Option<Expiry>; 2],
    offline: OfflineWindow,
}

impl<'a> EffectiveTerms<'a> {
    fn of(policy: &'a Policy, template: Option<&'a TemplateVersion>) -> Result<Self, Refusal> {
        match &policy.terms {
            Terms::AdHoc(grants) => Ok(Self {
                grants,
                expiries: [policy.expiry, None],
                offline: policy.offline.unwrap_or(OfflineWindow::NONE),
            }),
            Terms::Template { id, .. } => {
                let template = template
                    .filter(|template| template.id == *id)
                    .ok_or(Refusal::TemplateUnknown)?;
                Ok(Self {
                    grants: &template.grants,
                    expiries: [policy.expiry, template.expiry],
                    offline: policy
                        .offline
                        .map_or(template.offline, |window| window.min(template.offline)),
                })
            }
        }
    }
}

fn rights_of(grants: &Grants, subject: &Subject) -> Rights {
    grants
        .iter()
        .filter(|grant| names(&grant.principal, subject))
        .fold(Rights::NONE, |rights, grant| rights.union(grant.rights))
}

fn names(principal: &Principal, subject: &Subject) -> bool {
    match principal {
        // Who types a group's address need not know that it is one: no account has it as well.
        Principal::Account(address) => {
            subject.addresses.contains(address) || subject.groups.contains(address)
        }
        Principal::Group(address) => subject.groups.contains(address),
        Principal::Domain(domain) => subject.verified_domains.contains(domain),
        Principal::TenantMembers(tenant) => subject.is_member && subject.tenant == *tenant,
        Principal::AnyAuthenticated => true,
    }
}
