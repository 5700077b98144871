//! What our mails say. A mail is a subject, a text and the same in HTML, each of one typed context; nothing of it
//! comes from a caller (`SEC-84`).

use askama::Template;
use clausa_core::address::Address;

use super::Message;

/// The mail of a sign-up.
pub struct SignupMail<'a> {
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
    /// The service's name.
    pub service: &'a str,
    /// The code as people read it.
    pub code: &'a str,
    /// How long the code works.
    pub minutes: u32,
}

impl SignupMail<'_> {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// The template engine's.
    pub fn to(&self, to: Address) -> Result<Message, askama::Error> {
        let Self {
            service,
            code,
            link,
            minutes,
        } = *self;
        Ok(Message {
            to,
            subject: format!("Finish signing up for {service}"),
            text: SignupText {
                service,
                code,
                link,
                minutes,
            }
            .render()?,
            html: SignupHtml {
                service,
                code,
                link,
                minutes,
            }
            .render()?,
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
        let Self {
            service,
            code,
            minutes,
        } = *self;
        Ok(Message {
            to,
            subject: format!("Your code for {service}"),
            text: LoginText {
                service,
                code,
                minutes,
            }
            .render()?,
            html: LoginHtml {
                service,
                code,
                minutes,
            }
            .render()?,
        })
    }
}

#[derive(Template)]
#[template(path = "mail/signup.txt")]
struct SignupText<'a> {
    service: &'a str,
    code: &'a str,
    link: &'a str,
    minutes: u32,
}

#[derive(Template)]
#[template(path = "mail/signup.html")]
struct SignupHtml<'a> {
    service: &'a str,
    code: &'a str,
    link: &'a str,
    minutes: u32,
}

#[derive(Template)]
#[template(path = "mail/login.txt")]
struct LoginText<'a> {
    service: &'a str,
    code: &'a str,
    minutes: u32,
}

#[derive(Template)]
#[template(path = "mail/login.html")]
struct LoginHtml<'a> {
    service: &'a str,
    code: &'a str,
    minutes: u32,
}
