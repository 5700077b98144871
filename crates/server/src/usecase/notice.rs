//! Mails that tell a person what was changed in his account: whoever did not do it learns of it.

use clausa_core::address::Address;
use clausa_store::record::ident::MailId;
use clausa_store::record::mail::Mail;
use clausa_store::record::secret::Secret;

use super::failure::Failure;
use crate::mail::texts::{ClaimMail, ClaimNotice, Notice, NoticeMail};
use crate::mail::{Message, Sender};
use crate::state::AppState;
use crate::texts::Language;

/// How long the mail is tried: it is worth reading later too.
const KEPT_SECONDS: u64 = 3 * 86_400;

/// Writes a mail about a claim, to be queued by the transaction that it tells of.
///
/// # Errors
///
/// [`Failure`] when randomness fails or the mail cannot be written.
pub fn prepare_about_claim(
    state: &AppState,
    to: &Address,
    notice: ClaimNotice<'_>,
    language: Language,
) -> Result<Mail, Failure> {
    let service = &state.config().server.name;
    let mail = ClaimMail {
        language,
        service,
        notice,
    };
    encode(state, to, mail.to(to.clone()))
}

/// Writes the mail, to be queued by the transaction that makes the change.
///
/// # Errors
///
/// [`Failure`] when randomness fails or the mail cannot be written.
pub fn prepare(state: &AppState, to: &Address, notice: Notice, language: Language) -> Result<Mail, Failure> {
    let service = &state.config().server.name;
    let mail = NoticeMail {
        language,
        service,
        notice,
    };
    encode(state, to, mail.to(to.clone()))
}

fn encode(state: &AppState, to: &Address, message: Result<Message, askama::Error>) -> Result<Mail, Failure> {
    let (now, id) = (state.now_micros(), MailId::generate(&mut state.randomness())?);
    let sender = Sender::of(state.config()).map_err(|_| Failure::Missing("sender of mail"))?;
    let message = message
        .map_err(Into::into)
        .and_then(|mail| mail.encode(&sender, now.timestamp(), id))
        .map_err(|error: crate::mail::message::EncodeError| {
            tracing::error!(%error, "a mail cannot be written");
            Failure::Missing("mail")
        })?;
    Ok(Mail {
        id,
        to: to.clone(),
        message: Secret::new(message),
        created_at: now,
        expires_at: now.plus_seconds(KEPT_SECONDS),
    })
}
