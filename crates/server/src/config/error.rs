//! What is wrong with a configuration.

use std::path::PathBuf;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("the configuration cannot be read")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A value that does not fit.
    #[error("{key}: {advice}")]
    Refused {
        /// The key, with its section.
        key: &'static str,
        /// What is wrong and what to set instead.
        advice: String,
    },
    /// A file that cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file with a secret that others may read.
    #[error("{} may be read by others: run `chmod 600` on it", .0.display())]
    Exposed(PathBuf),
}

impl ConfigError {
    pub(crate) fn refused(key: &'static str, advice: impl Into<String>) -> Self {
        Self::Refused {
            key,
            advice: advice.into(),
        }
    }
}
