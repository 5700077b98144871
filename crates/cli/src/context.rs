//! What every command is given: the printer, the stop flag, and the way to the client.

use clausa_client::{Client, ClientOptions, KeyringChoice, ProfileDirectory};
use clausa_core::origin::Origin;

use crate::args::Global;
use crate::failure::{Failure, Outcome};
use crate::printer::Printer;
use crate::progress::Progress;
use crate::stop::Stop;

/// What every command is given.
pub struct Context {
    /// The one way out.
    pub printer: Printer,
    /// Asked to stop?
    pub stop: Stop,
    global: Global,
}

impl Context {
    /// Puts it together.
    pub fn new(printer: Printer, stop: Stop, global: Global) -> Self {
        Self {
            printer,
            stop,
            global,
        }
    }

    /// The client on the chosen profile. Nothing is sent yet.
    pub async fn client(&self) -> Outcome<Client> {
        self.open(None).await
    }

    async fn open(&self, device_name: Option<String>) -> Outcome<Client> {
        let directory = match &self.global.profile {
            Some(folder) => ProfileDirectory::at(folder),
            None => ProfileDirectory::standard()?,
        };
        let options = ClientOptions {
            authority: self.authority()?,
            keyring: KeyringChoice::from_environment()
                .map_err(|error| Failure::usage(format!("{}: {error}", KeyringChoice::ENVIRONMENT)))?,
            client_info: concat!("clausa/", env!("CARGO_PKG_VERSION")).to_owned(),
            device_name: device_name.or_else(|| environment("CLAUSA_DEVICE_NAME")),
            language: ["LC_ALL", "LC_MESSAGES", "LANG"]
                .into_iter()
                .find_map(environment)
                .and_then(|locale| language_of(&locale)),
            ..ClientOptions::default()
        };
        Ok(Client::open_profile(directory, options).await?)
    }

    /// The client; an authority named on the command line is trusted from now on. For the commands by which a person
    /// introduces himself: he has named the authority himself, which is what trusting needs (SEC-51).
    pub async fn client_trusting(&self, device_name: Option<String>) -> Outcome<Client> {
        let client = self.open(device_name).await?;
        if let Some(origin) = self.authority()?
            && !client
                .authorities()
                .await?
                .iter()
                .any(|known| known.origin == origin)
        {
            let authority = client.trust(&origin).await?;
            self.printer.note(&format!(
                "{} ({origin}) is trusted by this profile from now on.",
                authority.name
            ));
        }
        Ok(client)
    }

    /// Progress of the work called `label`.
    pub fn progress(&self, label: &str) -> Progress {
        Progress::new(&self.printer, label, &self.stop)
    }

    /// What the global options add to a command that is suggested to the person, so that it can be typed as it stands.
    pub fn command(&self, command: &str) -> String {
        match &self.global.profile {
            Some(folder) => {
                format!(
                    "clausa --profile {} {command}",
                    quoted(&folder.display().to_string())
                )
            }
            None => format!("clausa {command}"),
        }
    }

    fn authority(&self) -> Outcome<Option<Origin>> {
        let named = self
            .global
            .authority
            .clone()
            .or_else(|| environment("CLAUSA_AUTHORITY"));
        named.as_deref().map(origin).transpose()
    }
}

/// A word of a command that is suggested to the person, quoted where a shell needs it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@,+=%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// An environment variable that is set to something.
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The language tag of a locale such as `fr_CA.UTF-8`; none for the locale of programs.
fn language_of(locale: &str) -> Option<String> {
    let plain = locale.split(['.', '@']).next().unwrap_or_default();
    let is_tag = !plain.is_empty()
        && plain
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_tag && !matches!(plain, "C" | "POSIX")).then(|| plain.replace('_', "-"))
}

/// Reads an authority's address as people write it: a slash at the end does no harm.
pub fn origin(text: &str) -> Outcome<Origin> {
    text.strip_suffix('/').unwrap_or(text).parse().map_err(|error| {
        Failure::usage(format!("`{text}` is not an authority: {error}"))
            .advise("Write it as https://rights.example, without a path.")
    })
}

#[cfg(test)]
mod tests {
    use super::{language_of, quoted};

    #[test]
    fn a_locale_tells_its_language() {
        for (locale, tag) in [
            ("fr_CA.UTF-8", Some("fr-CA")),
            ("fr", Some("fr")),
            ("de_DE@euro", Some("de-DE")),
            ("C.UTF-8", None),
            ("POSIX", None),
            ("", None),
            ("a b", None),
        ] {
            assert_eq!(language_of(locale).as_deref(), tag, "{locale}");
        }
    }

    #[test]
    fn suggested_commands_can_be_pasted() {
        assert_eq!(quoted("/home/janet/plan.docx"), "/home/janet/plan.docx");
        assert_eq!(quoted("my plan.docx"), "'my plan.docx'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("$(reboot)"), "'$(reboot)'");
        assert_eq!(quoted(""), "''");
    }
}
