//! Delivery through an SMTP relay.

use std::time::Duration;

use clausa_core::address::Address;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::{DeliveryError, Sender};
use crate::config::{ConfigError, MailConfig, MailEncryption};

/// How long a relay may take for one answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The relay's settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// The configuration has a value that does not fit, such as plain SMTP to another machine.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The host name is not one that TLS can check.
    #[error("the relay's name cannot be used for TLS")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// A relay, ready to use.
pub struct SmtpRelay {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Sender,
}

impl SmtpRelay {
    /// Prepares delivery to the relay `host` of `config`; nothing is contacted yet.
    ///
    /// # Errors
    ///
    /// [`RelayError`] when the settings cannot be used.
    pub fn new(host: &str, config: &MailConfig, sender: Sender) -> Result<Self, RelayError> {
        type Builder = AsyncSmtpTransport<Tokio1Executor>;
        config.check()?;
        let builder = match config.encryption {
            MailEncryption::Tls => Builder::relay(host).map_err(RelayError::Tls)?,
            MailEncryption::StartTls => Builder::starttls_relay(host).map_err(RelayError::Tls)?,
            // The check above has made sure that the relay is this machine.
            MailEncryption::None => Builder::builder_dangerous(host),
        };
        let mut builder = builder.port(config.port).timeout(Some(TIMEOUT));
        if let (Some(user), Some(password)) = (&config.username, config.password()?) {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(Self {
            transport: builder.build(),
            sender,
        })
    }

    pub(super) async fn deliver(&self, to: &Address, encoded: &[u8]) -> Result<(), DeliveryError> {
        let envelope_address = |address: &Address| address.as_str().parse().map_err(DeliveryError::Envelope);
        let from = envelope_address(&self.sender.address)?;
        let to = envelope_address(to)?;
        let envelope = Envelope::new(Some(from), vec![to])
            .map_err(|_| DeliveryError::Envelope(lettre::address::AddressError::MissingParts))?;
        match self.transport.send_raw(&envelope, encoded).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(DeliveryError::Refused(error)),
            Err(error) => Err(DeliveryError::Relay(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::sink::MailSink;

    fn sender() -> Sender {
        Sender {
            name: "Clausa".to_owned(),
            address: "clausa@contoso.example".parse().unwrap(),
        }
    }

    #[tokio::test]
    async fn a_mail_reaches_the_sink_unchanged() {
        let sink = MailSink::start().await.unwrap();
        let config = MailConfig {
            relay: Some("127.0.0.1".to_owned()),
            port: sink.addr().port(),
            encryption: MailEncryption::None,
            ..MailConfig::default()
        };
        let relay = SmtpRelay::new("127.0.0.1", &config, sender()).unwrap();
        let to: Address = "janet@contoso.example".parse().unwrap();
        let encoded = b"Subject: dots\r\n\r\n.first line\r\n..second\r\n.\r\nlast";
        relay.deliver(&to, encoded).await.unwrap();
        let mail = sink.wait_for(&to, Duration::from_secs(5)).await.unwrap();
        assert_eq!(mail.raw(), [encoded.as_slice(), b"\r\n"].concat());
        assert_eq!(mail.envelope_from(), "clausa@contoso.example");
        assert!(
            sink.wait_for(&to, Duration::from_millis(20)).await.is_none(),
            "each mail is handed out once"
        );
    }
}
