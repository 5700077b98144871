//! The mails about a claim to administer an organisation. They name the claimant by his proven address, which people
//! need to judge the claim, and nothing else that he chose.

use askama::Template;
use clausa_core::address::{Address, Domain};
use clausa_core::time::Timestamp;
use time::OffsetDateTime;
use time::macros::format_description;

use super::Voice;
use crate::mail::Message;
use crate::texts::{Language, Phrase};

/// A mail about a claim.
pub struct ClaimMail<'a> {
    /// The reader's language.
    pub language: Language,
    /// The service's name.
    pub service: &'a str,
    /// What happened.
    pub notice: ClaimNotice<'a>,
}

/// What happened to a claim.
#[derive(Clone, Copy, Debug)]
pub enum ClaimNotice<'a> {
    /// It was proven and the delay runs; for every member.
    Proven {
        /// Who asks.
        claimant: &'a Address,
        /// The proven domain.
        domain: &'a Domain,
        /// When the delay ends.
        due: Timestamp,
    },
    /// Somebody objected; for the claimant.
    Disputed {
        /// The domain.
        domain: &'a Domain,
    },
}

impl ClaimMail<'_> {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// The template engine's.
    pub fn to(&self, to: Address) -> Result<Message, askama::Error> {
        let voice = Voice(self.language);
        let say = |key| self.phrase(key).text(self.language);
        let (heading, told, next) = match self.notice {
            ClaimNotice::Proven { .. } => ("claim-proven", "claim-proven-told", "claim-proven-object"),
            ClaimNotice::Disputed { .. } => ("claim-disputed", "claim-disputed-told", "claim-disputed-next"),
        };
        let (subject, told, next) = (say(heading), say(told), say(next));
        let (heading, told, next) = (&*subject, &*told, &*next);
        Ok(Message {
            to,
            text: ClaimText { heading, told, next }.render()?,
            html: ClaimHtml {
                voice,
                heading,
                told,
                next,
            }
            .render()?,
            subject,
        })
    }

    fn phrase(&self, key: &'static str) -> Phrase {
        let phrase = Phrase::new(key).with("service", self.service);
        match self.notice {
            ClaimNotice::Proven {
                claimant,
                domain,
                due,
            } => phrase
                .with("claimant", claimant)
                .with("domain", domain)
                .with("due", moment(due)),
            ClaimNotice::Disputed { domain } => phrase.with("domain", domain),
        }
    }
}

/// Such as `2026-11-24 09:00`, which no language reads in another order.
fn moment(at: Timestamp) -> String {
    let seconds = i64::try_from(at.seconds()).unwrap_or(i64::MAX);
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|at| at.format(format).ok())
        .unwrap_or_default()
}

#[derive(Template)]
#[template(path = "mail/claim.txt")]
struct ClaimText<'a> {
    heading: &'a str,
    told: &'a str,
    next: &'a str,
}

#[derive(Template)]
#[template(path = "mail/claim.html")]
struct ClaimHtml<'a> {
    voice: Voice,
    heading: &'a str,
    told: &'a str,
    next: &'a str,
}
