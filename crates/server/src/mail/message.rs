//! A mail as text and HTML, and its encoding (RFC 5322).

use std::time::{Duration, SystemTime};

use clausa_core::address::{Address, InvalidAddress};
use clausa_core::time::Timestamp;
use clausa_store::record::ident::MailId;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use crate::config::Config;

/// What a person reads. None of it may come from a caller: the subject and both bodies are made of the operator's
/// texts, the code and the configured origin (`SEC-84`).
#[derive(Clone)]
pub struct Message {
    /// The canonical address (`SEC-77`).
    pub to: Address,
    /// One line.
    pub subject: String,
    /// The plain form.
    pub text: String,
    /// The same in HTML.
    pub html: String,
}

/// Whom mails are from.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Name shown to people, such as the service's.
    pub name: String,
    /// The operator's address.
    pub address: Address,
}

impl Sender {
    /// The sender of every mail: the service's name and the operator's address.
    ///
    /// # Errors
    ///
    /// [`InvalidAddress`] when the configured address is none.
    pub fn of(config: &Config) -> Result<Self, InvalidAddress> {
        Ok(Self {
            name: config.server.name.clone(),
            address: config.mail.from.parse()?,
        })
    }
}

/// A mail could not be encoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// An address is not one that mail can carry.
    #[error("an address cannot be written into a mail")]
    Address(#[source] lettre::address::AddressError),
    /// The headers are not complete.
    #[error("the mail's headers cannot be written")]
    Headers(#[source] lettre::error::Error),
    /// A template cannot be rendered.
    #[error("the mail's text cannot be written")]
    Text(#[from] askama::Error),
}

impl Message {
    /// The mail's bytes; `id` tells a relay that a repetition is one. `Auto-Submitted` keeps automatic replies away (RFC 3834), and its cousin for Exchange does
    /// the same there.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when an address or the headers cannot be written.
    pub fn encode(self, sender: &Sender, at: Timestamp, id: MailId) -> Result<Vec<u8>, EncodeError> {
        let from = mailbox(Some(sender.name.clone()), &sender.address)?;
        let message = lettre::Message::builder()
            .from(from)
            .to(mailbox(None, &self.to)?)
            .subject(self.subject)
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(at.seconds()))
            .message_id(Some(format!("<{id}@{}>", sender.address.domain())))
            .header(AutoSubmitted)
            .header(AutoResponseSuppress)
            .multipart(MultiPart::alternative_plain_html(self.text, self.html))
            .map_err(EncodeError::Headers)?;
        Ok(message.formatted())
    }
}

fn mailbox(name: Option<String>, address: &Address) -> Result<Mailbox, EncodeError> {
    Ok(Mailbox::new(
        name,
        address.as_str().parse().map_err(EncodeError::Address)?,
    ))
}

macro_rules! fixed_header {
    ($name:ident, $header:literal, $value:literal) => {
        #[derive(Clone)]
        struct $name;

        impl Header for $name {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($header)
            }

            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self)
            }

            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), $value.to_owned())
            }
        }
    };
}

fixed_header!(AutoSubmitted, "Auto-Submitted", "auto-generated");
fixed_header!(AutoResponseSuppress, "X-Auto-Response-Suppress", "All");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::sink::ReceivedMail;

    #[test]
    fn what_is_encoded_is_read_back() {
        let mail = Message {
            to: "janet@contoso.example".parse().unwrap(),
            subject: "Finish signing up for Clausa bei Käufer & Söhne".to_owned(),
            text: "Code: 4821 9930\n\nGrüße, and a line that is much longer than the seventy-eight characters mail \
                   likes.\n.\nafter a lone dot\n"
                .to_owned(),
            html: "<p>Code: <b>4821 9930</b></p>".to_owned(),
        };
        let sender = Sender {
            name: "Clausa".to_owned(),
            address: "no-reply@rights.contoso.example".parse().unwrap(),
        };
        let at = Timestamp::from_seconds(1_795_251_600);
        let bytes = mail
            .clone()
            .encode(&sender, at, MailId::from_bytes([7; 16]))
            .unwrap();
        let received = ReceivedMail::parse(&bytes);
        assert_eq!(received.subject(), mail.subject);
        assert_eq!(received.text().trim_end(), mail.text.trim_end());
        assert_eq!(received.html().trim_end(), mail.html);
        assert_eq!(received.code().as_deref(), Some("48219930"));
        assert_eq!(
            received.header("Auto-Submitted").as_deref(),
            Some("auto-generated"),
            "SEC-84"
        );
        assert_eq!(
            received.header("Date").as_deref(),
            Some("Sat, 21 Nov 2026 09:00:00 +0000")
        );
        assert_eq!(received.header("To").as_deref(), Some("janet@contoso.example"));
    }
}
