//! A real authority in this process: real HTTP on loopback, real SQLite in a temporary folder, real SMTP into a sink.

use std::path::Path;
use std::time::Duration;

use clausa_core::address::Address;
use clausa_core::origin::Origin;
use clausa_server::config::{LimitsConfig, MailConfig, MailEncryption, PasswordConfig};
use clausa_server::mail::sink::{MailSink, ReceivedMail};
use clausa_server::{Authority, Config};
use tempfile::TempDir;

use crate::{ManualClock, TestPerson};

/// How long a test waits for a mail that is on its way; many times what a busy machine needs.
const MAIL_PATIENCE: Duration = Duration::from_secs(20);

/// An authority with everything around it that a test needs.
///
/// Its clock stands still until the test moves it. Its limits are wide, because a test signs up more people from one
/// network than anybody else would; [`TestAuthority::start_with`] sets others.
///
/// ```no_run
/// # async fn example() {
/// use clausa_testkit::TestAuthority;
///
/// let mut authority = TestAuthority::start().await;
/// let janet = authority.sign_up("janet@contoso.example").await;
/// authority.clock().advance_days(8);
/// authority.restart().await;
/// # }
/// ```
pub struct TestAuthority {
    // Dropped in this order: the authority before the folder it works in.
    running: Option<Authority>,
    config: Config,
    origin: Origin,
    clock: ManualClock,
    mail: MailSink,
    folder: TempDir,
}

impl TestAuthority {
    /// Starts one with wide limits.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts one whose configuration `change` has changed.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let mail = MailSink::start()
            .await
            .expect("a mail sink can listen on loopback");
        let clock = ManualClock::default();
        let mut config = Config::loopback(folder.path().join("data"));
        config.mail = into_sink(&mail);
        config.limits = LimitsConfig::wide();
        // The floor that the configuration accepts: these tests are not about the cost of a hash.
        config.passwords = PasswordConfig {
            memory_kib: 19_456,
            passes: 2,
            ..PasswordConfig::default()
        };
        change(&mut config);
        let running = start(&config, &clock).await;
        Self {
            origin: running.origin().clone(),
            running: Some(running),
            config,
            clock,
            mail,
            folder,
        }
    }

    /// Where clients reach it; the same after every restart.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The clock of the authority and of every client made here.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Where its mail arrives.
    pub fn mail(&self) -> &MailSink {
        &self.mail
    }

    /// The running authority.
    ///
    /// # Panics
    ///
    /// When it is stopped.
    pub fn authority(&self) -> &Authority {
        self.running.as_ref().expect("the authority is running")
    }

    /// Its data folder.
    pub fn data_folder(&self) -> &Path {
        &self.config.data.folder
    }

    /// Stops it, as Ctrl-C would. Its data stay; [`TestAuthority::start_again`] goes on with them.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown().await;
        }
    }

    /// Starts it on the same data and the same origin.
    pub async fn start_again(&mut self) {
        if self.running.is_none() {
            self.running = Some(start(&self.config, &self.clock).await);
        }
    }

    /// Stops it and starts it again.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start_again().await;
    }

    /// The next mail to `address` that has not been read yet.
    ///
    /// # Panics
    ///
    /// When none comes.
    pub async fn next_mail(&self, address: &str) -> ReceivedMail {
        let address: Address = address.parse().expect("a valid address");
        let mail = self.mail.wait_for(&address, MAIL_PATIENCE).await;
        mail.unwrap_or_else(|| panic!("no mail came for {address}"))
    }

    /// The code in the next mail to `address`.
    ///
    /// # Panics
    ///
    /// When no mail comes, or it has no code.
    pub async fn mailed_code(&self, address: &str) -> String {
        self.next_mail(address).await.code().expect("the mail has a code")
    }

    /// Somebody with a fresh profile who trusts this authority and has no account yet.
    pub async fn newcomer(&self, address: &str) -> TestPerson {
        TestPerson::new(address, &self.origin, &self.clock).await
    }

    /// Somebody who has signed up from end to end: mail proof, profile, session, enrolled device.
    pub async fn sign_up(&self, address: &str) -> TestPerson {
        let person = self.newcomer(address).await;
        person.sign_up(self).await;
        person
    }

    /// The same person on another device: a fresh profile, signed in with a mailed code.
    pub async fn another_device_of(&self, address: &str) -> TestPerson {
        let person = self.newcomer(address).await;
        person.sign_in(self).await;
        person
    }

    /// The folder that everything of this authority is in, for a test that wants to keep something beside the data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

async fn start(config: &Config, clock: &ManualClock) -> Authority {
    Authority::start(config.clone(), clock.shared())
        .await
        .expect("the authority starts")
}

fn into_sink(sink: &MailSink) -> MailConfig {
    MailConfig {
        relay: Some("127.0.0.1".to_owned()),
        port: sink.addr().port(),
        encryption: MailEncryption::None,
        ..MailConfig::default()
    }
}
