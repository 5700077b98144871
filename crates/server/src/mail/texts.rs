//! What our mails say: a subject, a text and the same in HTML, in the reader's language. Nothing of it comes from a
//! caller (`SEC-84`).

mod claim;

use std::borrow::Borrow;
use std::fmt;

use askama::Template;
use clausa_core::address::Address;

pub use claim::{ClaimMail, ClaimNotice};

use super::Message;
use crate::texts::{Language, Phrase, Said};

/// The mail of a sign-up.
pub struct SignupMail<'a> {
    /// The reader's language.
    pub language: Language,
    /// The service's name.
    pub service: &'a str,
    /// The code as people read it.
    pub code: &'a str,
    /// The page with the button; made of the configured origin.
    pub link: &'a str,
    /// How long the code works.
    pub minutes: u32,
}

/// The mail of a sign-in.
pub struct LoginMail<'a> {
    /// The reader's language.
    pub language: Language,
    /// The service's name.
    pub service: &'a str,
    /// The code as people read it.
    pub code: &'a str,
    /// How long the code works.
    pub minutes: u32,
}

/// The mail that tells of a change in one's account.
pub struct NoticeMail<'a> {
    /// The reader's language.
    pub language: Language,
    /// The service's name.
    pub service: &'a str,
    /// What was changed.
    pub notice: Notice,
}

/// What a person is told was changed in his account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It has a password now.
    PasswordSet,
    /// It has another password.
    PasswordChanged,
    /// It has none any more.
    PasswordRemoved,
    /// An authenticator is asked for from now on.
    AuthenticatorAdded,
    /// A passkey signs in from now on.
    PasskeyAdded,
    /// An authenticator or passkey is gone.
    FactorRemoved,
    /// New recovery codes were drawn.
    RecoveryCodesMade,
    /// Somebody signed in with a recovery code.
    RecoveryCodeUsed,
    /// The person administers the organisation now.
    MadeAdministrator,
    /// The person does so no more.
    NoAdministrator,
    /// It was closed.
    AccountClosed,
    /// A colleague's files are his now, for that account was closed.
    FilesHandedOver,
}

impl Notice {
    fn title(self) -> &'static str {
        match self {
            Self::PasswordSet => "notice-password-set",
            Self::PasswordChanged => "notice-password-changed",
            Self::PasswordRemoved => "notice-password-removed",
            Self::AuthenticatorAdded => "notice-authenticator-added",
            Self::PasskeyAdded => "notice-passkey-added",
            Self::FactorRemoved => "notice-factor-removed",
            Self::RecoveryCodesMade => "notice-recovery-codes-made",
            Self::RecoveryCodeUsed => "notice-recovery-code-used",
            Self::MadeAdministrator => "notice-made-administrator",
            Self::NoAdministrator => "notice-no-administrator",
            Self::AccountClosed => "notice-account-closed",
            Self::FilesHandedOver => "notice-files-handed-over",
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::PasswordSet => "notice-password-set-told",
            Self::PasswordChanged => "notice-password-changed-told",
            Self::PasswordRemoved => "notice-password-removed-told",
            Self::AuthenticatorAdded => "notice-authenticator-added-told",
            Self::PasskeyAdded => "notice-passkey-added-told",
            Self::FactorRemoved => "notice-factor-removed-told",
            Self::RecoveryCodesMade => "notice-recovery-codes-made-told",
            Self::RecoveryCodeUsed => "notice-recovery-code-used-told",
            Self::MadeAdministrator => "notice-made-administrator-told",
            Self::NoAdministrator => "notice-no-administrator-told",
            Self::AccountClosed => "notice-account-closed-told",
            Self::FilesHandedOver => "notice-files-handed-over-told",
        }
    }

    /// What to do if it is not as it should be.
    fn next(self) -> &'static str {
        match self {
            Self::AccountClosed => "notice-account-closed-next",
            Self::FilesHandedOver => "notice-files-handed-over-next",
            _ => "mail-notice-not-you",
        }
    }
}

impl NoticeMail<'_> {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// The template engine's.
    pub fn to(&self, to: Address) -> Result<Message, askama::Error> {
        let (voice, service) = (Voice(self.language), self.service);
        let subject = Phrase::new(self.notice.title())
            .with("service", service)
            .text(self.language);
        let told = voice.t(self.notice.told());
        let next = self.notice.next();
        let next_text = voice.plain(next).with("service", service).to_string();
        let next_html = voice.say(next).with("service", service).to_string();
        let (heading, told) = (&*subject, &*told);
        Ok(Message {
            to,
            text: NoticeText {
                heading,
                told,
                next: &next_text,
            }
            .render()?,
            html: NoticeHtml {
                voice,
                heading,
                told,
                next: &next_html,
            }
            .render()?,
            subject,
        })
    }
}

#[derive(Template)]
#[template(path = "mail/notice.txt")]
struct NoticeText<'a> {
    heading: &'a str,
    told: &'a str,
    next: &'a str,
}

#[derive(Template)]
#[template(path = "mail/notice.html")]
struct NoticeHtml<'a> {
    voice: Voice,
    heading: &'a str,
    told: &'a str,
    /// HTML.
    next: &'a str,
}

impl SignupMail<'_> {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// The template engine's.
    pub fn to(&self, to: Address) -> Result<Message, askama::Error> {
        let subject = Phrase::new("mail-signup-subject")
            .with("service", self.service)
            .text(self.language);
        let voice = Voice(self.language);
        let (heading, code, link, minutes) = (&*subject, self.code, self.link, self.minutes);
        Ok(Message {
            to,
            text: SignupText {
                voice,
                heading,
                code,
                link,
                minutes,
            }
            .render()?,
            html: SignupHtml {
                voice,
                heading,
                code,
                link,
                minutes,
            }
            .render()?,
            subject,
        })
    }
}

impl LoginMail<'_> {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// The template engine's.
    pub fn to(&self, to: Address) -> Result<Message, askama::Error> {
        let service = self.service;
        let say = |key| Phrase::new(key).with("service", service).text(self.language);
        let (subject, heading) = (say("mail-login-subject"), say("mail-login-heading"));
        let voice = Voice(self.language);
        let (heading, code, minutes) = (&*heading, self.code, self.minutes);
        Ok(Message {
            to,
            text: LoginText {
                voice,
                service,
                heading,
                code,
                minutes,
            }
            .render()?,
            html: LoginHtml {
                voice,
                service,
                heading,
                code,
                minutes,
            }
            .render()?,
            subject,
        })
    }
}

/// The voice in which a mail speaks.
#[derive(Clone, Copy)]
struct Voice(Language);

impl Voice {
    fn t(self, key: &'static str) -> String {
        self.0.text(key)
    }

    /// Plain text with arguments.
    fn plain(self, key: &'static str) -> Plain {
        Plain(self.0, Phrase::new(key))
    }

    /// HTML with arguments.
    fn say(self, key: &'static str) -> Said {
        Said::new(self.0, key)
    }

    fn tag(self) -> &'static str {
        self.0.tag()
    }
}

struct Plain(Language, Phrase);

impl Plain {
    fn with(self, name: &'static str, words: impl fmt::Display) -> Self {
        Self(self.0, self.1.with(name, words))
    }

    fn count(self, name: &'static str, number: impl Borrow<u32>) -> Self {
        Self(self.0, self.1.count(name, number))
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.1.text(self.0))
    }
}

#[derive(Template)]
#[template(path = "mail/signup.txt")]
struct SignupText<'a> {
    voice: Voice,
    heading: &'a str,
    code: &'a str,
    link: &'a str,
    minutes: u32,
}

#[derive(Template)]
#[template(path = "mail/signup.html")]
struct SignupHtml<'a> {
    voice: Voice,
    heading: &'a str,
    code: &'a str,
    link: &'a str,
    minutes: u32,
}

#[derive(Template)]
#[template(path = "mail/login.txt")]
struct LoginText<'a> {
    voice: Voice,
    service: &'a str,
    heading: &'a str,
    code: &'a str,
    minutes: u32,
}

#[derive(Template)]
#[template(path = "mail/login.html")]
struct LoginHtml<'a> {
    voice: Voice,
    service: &'a str,
    heading: &'a str,
    code: &'a str,
    minutes: u32,
}
