//! `authority.toml`: the options of the first start, kept for the next ones.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use clausa_server::Config;

use crate::failure::{Failure, Outcome};

/// The configuration file in the data folder.
pub const FILE_NAME: &str = "authority.toml";

const PREAMBLE: &str = "\
# Configuration of this authority. A key that is not here has its default; docs/operations.md lists them all.
# Written on the first start with the options given then; it is yours to change and never written again.
";

/// The file's text for `config`: what differs from the defaults.
pub fn text(config: &Config) -> String {
    let given = toml::Table::try_from(config).unwrap_or_default();
    let usual = toml::Table::try_from(Config::default()).unwrap_or_default();
    let mut kept = difference(&given, &usual);
    // The folder is where the file is.
    if let Some(toml::Value::Table(data)) = kept.get_mut("data") {
        data.remove("folder");
        if data.is_empty() {
            kept.remove("data");
        }
    }
    format!("{PREAMBLE}\n{kept}")
}

/// Writes the file unless it is there.
pub fn keep(folder: &Path, text: &str) -> Outcome {
    let path = folder.join(FILE_NAME);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
    {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Failure::from_write(&error, &path.display().to_string()))
        }
        _ => Ok(()),
    }
}

fn difference(given: &toml::Table, usual: &toml::Table) -> toml::Table {
    let mut kept = toml::Table::new();
    for (key, value) in given {
        match (value, usual.get(key)) {
            (toml::Value::Table(inner), Some(toml::Value::Table(other))) => {
                let inner = difference(inner, other);
                if !inner.is_empty() {
                    kept.insert(key.clone(), inner.into());
                }
            }
            (value, other) if other == Some(value) => {}
            (value, _) => {
                kept.insert(key.clone(), value.clone());
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use clausa_server::Config;

    #[test]
    fn only_what_was_given_is_kept_and_it_is_read_back() {
        let mut config = Config::loopback("/somewhere");
        let text = super::text(&config);
        assert!(
            text.lines().all(|line| line.is_empty() || line.starts_with('#')),
            "{text}"
        );

        config.server.name = "Rights of Contoso".to_owned();
        config.mail.from = "clausa@contoso.example".to_owned();
        let text = super::text(&config);
        let read = Config::from_toml(&text).unwrap();
        assert_eq!(read.server.name, "Rights of Contoso");
        assert_eq!(read.mail.from, "clausa@contoso.example");
        assert!(
            !text.contains("[limits]") && !text.contains("somewhere"),
            "{text}"
        );
    }
}
