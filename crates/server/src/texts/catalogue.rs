//! The messages themselves, read once.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use super::Language;

/// The files of one language: a name a subject.
type Files = &'static [(&'static str, &'static str)];

macro_rules! files {
    ($language:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../texts/", $language, "/", $name, ".ftl"))),)*]
    };
}

const ENGLISH: Files =
    files!("en": "account", "frame", "guide", "home", "mail", "organisation", "problem", "signin", "signup");
const FRENCH: Files =
    files!("fr": "account", "frame", "guide", "home", "mail", "organisation", "problem", "signin", "signup");

type Bundle = FluentBundle<FluentResource>;

static ENGLISH_BUNDLE: LazyLock<Bundle> = LazyLock::new(|| read(Language::English, ENGLISH));
static FRENCH_BUNDLE: LazyLock<Bundle> = LazyLock::new(|| read(Language::French, FRENCH));

/// The text of `key`. A key that is not there stands for itself, which a test makes sure that nobody sees.
pub(super) fn format(language: Language, key: &str, arguments: &FluentArgs<'_>) -> String {
    let bundle = match language {
        Language::English => &*ENGLISH_BUNDLE,
        Language::French => &*FRENCH_BUNDLE,
    };
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
        tracing::error!(key, "there is no such text");
        return key.to_owned();
    };
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(arguments), &mut errors);
    if !errors.is_empty() {
        tracing::error!(key, ?errors, "a text lacks an argument");
    }
    Cow::into_owned(text)
}

/// Malformed messages are left out here and fail the tests.
fn read(language: Language, files: Files) -> Bundle {
    let identifier: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![identifier]);
    // Directional marks around arguments help only where both directions of writing meet; pages use <bdi>.
    bundle.set_use_isolating(false);
    for (_, text) in files {
        let resource = match FluentResource::try_new((*text).to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        // An error is a key that is there already.
        let _ = bundle.add_resource(resource);
    }
    bundle
}

#[cfg(test)]
mod tests;
