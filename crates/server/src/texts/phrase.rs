//! A text by its key, with what varies in it.

use std::borrow::Borrow;
use std::fmt;

use fluent_bundle::{FluentArgs, FluentValue};

use super::{Language, catalogue};

/// Around an argument that is shown apart; private-use characters that no text has.
const MARK_BEGIN: char = '\u{e000}';
const MARK_END: char = '\u{e001}';

/// What varies in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Argument {
    Text(String),
    Number(u32),
    Marked(String),
}

/// A text that can be said in any language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    key: &'static str,
    arguments: Vec<(&'static str, Argument)>,
}

impl Phrase {
    /// The message `key` of the catalogue.
    pub fn new(key: &'static str) -> Self {
        Self {
            key,
            arguments: Vec::new(),
        }
    }

    /// Sets an argument to words, as they are.
    #[must_use]
    pub fn with(self, name: &'static str, words: impl fmt::Display) -> Self {
        self.set(name, Argument::Text(words.to_string()))
    }

    /// Sets an argument to a number, which the message may count with.
    #[must_use]
    pub fn count(self, name: &'static str, number: impl Borrow<u32>) -> Self {
        self.set(name, Argument::Number(*number.borrow()))
    }

    /// Sets an argument to words that pages set apart from the sentence around them: an address, a name.
    #[must_use]
    pub fn marked(self, name: &'static str, words: impl fmt::Display) -> Self {
        self.set(name, Argument::Marked(words.to_string()))
    }

    fn set(mut self, name: &'static str, argument: Argument) -> Self {
        self.arguments.push((name, argument));
        self
    }

    /// The plain text.
    pub fn text(&self, language: Language) -> String {
        self.format(language).replace([MARK_BEGIN, MARK_END], "")
    }

    /// The text as HTML: everything is escaped, and marked arguments are elements.
    pub fn html(&self, language: Language) -> String {
        let text = self.format(language);
        let mut html = String::with_capacity(text.len() + 32);
        for character in text.chars() {
            match character {
                '<' => html.push_str("&#60;"),
                '>' => html.push_str("&#62;"),
                '&' => html.push_str("&#38;"),
                '"' => html.push_str("&#34;"),
                '\'' => html.push_str("&#39;"),
                MARK_BEGIN => html.push_str("<bdi class=\"name\">"),
                MARK_END => html.push_str("</bdi>"),
                other => html.push(other),
            }
        }
        html
    }

    fn format(&self, language: Language) -> String {
        let mut arguments = FluentArgs::with_capacity(self.arguments.len());
        for (name, argument) in &self.arguments {
            let value = match argument {
                Argument::Text(words) => FluentValue::from(without_marks(words)),
                Argument::Number(number) => FluentValue::from(*number),
                Argument::Marked(words) => {
                    FluentValue::from(format!("{MARK_BEGIN}{}{MARK_END}", without_marks(words)))
                }
            };
            arguments.set(*name, value);
        }
        catalogue::format(language, self.key, &arguments)
    }
}

fn without_marks(words: &str) -> String {
    words.replace([MARK_BEGIN, MARK_END], "")
}

/// A phrase in a page's language, as HTML: templates write it as it is.
pub struct Said {
    language: Language,
    phrase: Phrase,
}

impl Said {
    /// Says the message `key`.
    pub fn new(language: Language, key: &'static str) -> Self {
        Self {
            language,
            phrase: Phrase::new(key),
        }
    }

    /// As [`Phrase::with`].
    #[must_use]
    pub fn with(self, name: &'static str, words: impl fmt::Display) -> Self {
        Self {
            phrase: self.phrase.with(name, words),
            ..self
        }
    }

    /// As [`Phrase::count`].
    #[must_use]
    pub fn count(self, name: &'static str, number: impl Borrow<u32>) -> Self {
        Self {
            phrase: self.phrase.count(name, number),
            ..self
        }
    }

    /// As [`Phrase::marked`].
    #[must_use]
    pub fn marked(self, name: &'static str, words: impl fmt::Display) -> Self {
        Self {
            phrase: self.phrase.marked(name, words),
            ..self
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.phrase.html(self.language))
    }
}

impl askama::filters::HtmlSafe for Said {}

#[cfg(test)]
mod tests {
    use super::Phrase;
    use crate::texts::Language;

    #[test]
    fn what_people_typed_stays_text() {
        let said = Phrase::new("signup-code-sent").marked("address", "<b>&\u{e001}\"'@contoso.example");
        assert!(
            said.html(Language::English)
                .contains("<bdi class=\"name\">&#60;b&#62;&#38;&#34;&#39;@contoso.example</bdi>")
        );
        assert!(said.text(Language::French).contains(" <b>&\"'@contoso.example"));
    }

    #[test]
    fn numbers_are_counted_with() {
        let tries = |left: u32| Phrase::new("problem-tries-left").count("tries", left);
        assert_eq!(tries(1).text(Language::English), "You can try once more.");
        assert_eq!(tries(4).text(Language::English), "You can try 4 more times.");
        assert_eq!(tries(1).text(Language::French), "Il vous reste un essai.");
        assert_eq!(tries(4).text(Language::French), "Il vous reste 4 essais.");
    }
}
