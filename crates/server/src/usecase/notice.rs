//! Mails that tell a person what was changed in his account: whoever did not do it learns of it.

use clausa_core::address::Address;
use clausa_store::record::ident::MailId;
use clausa_store::record::mail::Mail;
use clausa_store::record::secret::Secret;

use super::failure::Failure;
use crate::mail::Sender;
use crate::mail::texts::{Notice, NoticeMail};
use crate::state::AppState;
use crate::texts::Language;

/// How long the mail is tried: it is worth reading later too.
const KEPT_SECONDS: u64 = 3 * 86_400;

/// Writes the mail, to be queued by the transaction that makes the change.
///
/// # Errors
///
/// [`Failure`] when randomness fails or the mail cannot be written.
pub fn prepare(state: &AppState, to: &Address, notice: Notice, language: Language) -> Result<Mail, Failure> {
    let (now, id) = (state.now_micros(), MailId::generate(&mut state.randomness())?);
    let sender = Sender::of(state.config()).map_err(|_| Failure::Missing("sender of mail"))?;
    let service = &state.config().server.name;
    let message = NoticeMail {
        language,
        service,
        notice,
    }
    .to(to.clone())
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
