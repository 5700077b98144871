//! Every text that people read in pages and mails, in every language that the service speaks.
//!
//! The texts are messages of the catalogue in `crates/server/texts`, one folder a language, one file a subject
//! (Fluent, <https://projectfluent.org>), compiled in. A text is named by its key, so no sentence stands in a template or
//! in code, and what varies is an argument of the message: each language orders and inflects as it needs.

mod catalogue;
mod language;
mod phrase;

pub use language::{LANGUAGE_COOKIE, Language};
pub use phrase::{Phrase, Said};
