//! The languages, and which one a request asks for.

use axum::http::{HeaderMap, header};

use super::Phrase;

/// The cookie that remembers which language somebody chose.
pub const LANGUAGE_COOKIE: &str = "clausa-language";

/// A language that the service speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, for everybody who asks for none that is here.
    #[default]
    English,
    /// French.
    French,
}

impl Language {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// The language tag (BCP 47), as in the `lang` attribute and in `?lang=`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Français",
        }
    }

    /// Reads a tag; a region makes no difference (`fr-CA` is French).
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The language of a request: what the address says (`lang=`), what was chosen before, what the browser prefers.
    pub fn of_request(query: Option<&str>, headers: &HeaderMap) -> Self {
        Self::in_query(query)
            .or_else(|| chosen_before(headers))
            .or_else(|| preferred(headers))
            .unwrap_or_default()
    }

    /// The language that an address asks for.
    pub fn in_query(query: Option<&str>) -> Option<Self> {
        let pairs = query.unwrap_or_default().split('&');
        pairs
            .filter_map(|pair| pair.strip_prefix("lang="))
            .find_map(Self::from_tag)
    }

    /// The text of `key`, which has no arguments.
    pub fn text(self, key: &'static str) -> String {
        Phrase::new(key).text(self)
    }
}

fn chosen_before(headers: &HeaderMap) -> Option<Language> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == LANGUAGE_COOKIE)
        .find_map(|(_, value)| Language::from_tag(value))
}

/// RFC 9110 §12.5.4. Of equal weights the first counts; weight 0 means "not this one".
fn preferred(headers: &HeaderMap) -> Option<Language> {
    let text = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(u32, Language)> = None;
    for range in text.split(',').take(32) {
        let mut parts = range.split(';').map(str::trim);
        let Some(language) = parts.next().and_then(Language::from_tag) else {
            continue;
        };
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(1_000, thousandths);
        if weight > 0 && best.is_none_or(|(found, _)| weight > found) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

fn thousandths(weight: &str) -> u32 {
    let weight: f32 = weight.parse().unwrap_or(0.0);
    // The cast of a float to an integer saturates, and makes a NaN 0.
    (weight.clamp(0.0, 1.0) * 1_000.0) as u32
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::Language;
    use super::Language::{English, French};

    fn of(query: &str, cookie: &str, accept: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", cookie.parse().unwrap());
        headers.insert("accept-language", accept.parse().unwrap());
        Language::of_request(Some(query), &headers)
    }

    #[test]
    fn a_choice_counts_more_than_a_preference() {
        assert_eq!(of("lang=fr", "clausa-language=en", "en"), French);
        assert_eq!(of("id=x&lang=en", "clausa-language=fr", "fr"), English);
        assert_eq!(of("", "a=b; clausa-language=fr", "en"), French);
        assert_eq!(of("lang=tlh", "clausa-language=tlh", "fr"), French);
        assert_eq!(Language::of_request(None, &HeaderMap::new()), English);
    }

    #[test]
    fn preferences_are_weighed() {
        for (accept, expected) in [
            ("fr", French),
            ("fr-CA, en;q=0.8", French),
            ("FR", French),
            ("de, fr;q=0.7, en;q=0.3", French),
            ("en;q=0.5, fr;q=0.9", French),
            ("en, fr", English),
            ("fr;q=0, en;q=0.1", English),
            ("fr;q=0", English),
            ("fr;q=x, en;q=0.1", English),
            ("de, *", English),
            ("frr", English),
            ("", English),
        ] {
            assert_eq!(of("", "", accept), expected, "{accept}");
        }
    }
}
