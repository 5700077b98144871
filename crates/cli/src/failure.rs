//! How a command ends when it does not succeed: a kind (and so an exit code), what happened, what to do.

mod client;
mod log;

#[cfg(feature = "server")]
pub use client::sentence;

use std::io;

use crate::exit_codes::Kind;

/// What every command returns.
pub type Outcome<T = ()> = Result<T, Failure>;

/// A failure as a person reads it: what happened, and on the next line what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    kind: Kind,
    what: String,
    advice: Option<String>,
    /// The reader of our output has gone away: not a failure at all.
    closed_pipe: bool,
}

impl Failure {
    /// A failure with the advice that goes with its kind.
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            advice: None,
            closed_pipe: false,
        }
    }

    /// The command line contradicts itself.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Kind::Usage, what)
    }

    /// More particular advice.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Our output could not be written: to a closed pipe (no failure) or for a real reason.
    pub fn output(error: &io::Error) -> Self {
        let mut failure = Self::from_write(error, "the output");
        failure.closed_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        failure
    }

    /// `what` could not be written.
    pub fn from_write(error: &io::Error, what: &str) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::new(Kind::NoSpace, format!("no space is left for {what}"))
            }
            io::ErrorKind::AlreadyExists => Self::new(Kind::OutputExists, format!("{what} exists already")),
            io::ErrorKind::Interrupted => Self::interrupted(),
            _ => Self::new(
                Kind::OutputUnwritable,
                format!("{what} cannot be written: {}", reason(error)),
            ),
        }
    }

    /// `what` could not be read.
    pub fn from_read(error: &io::Error, what: &str) -> Self {
        match error.kind() {
            io::ErrorKind::Interrupted => Self::interrupted(),
            _ => Self::new(
                Kind::InputUnreadable,
                format!("{what} cannot be read: {}", reason(error)),
            ),
        }
    }

    /// A document's content could not be read on: it was altered, or reading failed.
    pub fn from_document(error: &io::Error) -> Self {
        if crate::stop::is_stopped(error) {
            return Self::interrupted();
        }
        match error.kind() {
            io::ErrorKind::InvalidData => Self::new(Kind::FileAltered, "the file was altered or damaged"),
            io::ErrorKind::UnexpectedEof => Self::new(Kind::FileCut, "the file's end is missing"),
            _ => Self::from_read(error, "the file"),
        }
    }

    /// Stopped by a signal.
    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "stopped; nothing half done was left behind")
    }

    /// Points a mistake on the command line to the help of its command, unless it has advice already.
    #[must_use]
    pub fn advise_help(self, command: &str) -> Self {
        if self.kind == Kind::Usage && self.advice.is_none() {
            return self.advise(format!("See `clausa help {command}`."));
        }
        self
    }

    /// The same failure, at an output and not at an input.
    #[must_use]
    pub fn at_output(mut self) -> Self {
        if self.kind == Kind::InputUnreadable {
            self.kind = Kind::OutputUnwritable;
            self.what = self.what.replace("cannot be read", "cannot be written");
        }
        self
    }

    /// Says which file the failure is about, when the text does not.
    #[must_use]
    pub fn about(mut self, file: &str) -> Self {
        if !self.what.contains(file) && self.kind != Kind::Interrupted && !self.closed_pipe {
            self.what = format!("{file}: {}", self.what);
        }
        self
    }

    /// The kind, and so the exit code.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What happened.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do.
    pub fn advice(&self) -> &str {
        self.advice.as_deref().unwrap_or_else(|| self.kind.advice())
    }

    /// True when the reader of our output has gone away.
    pub fn is_closed_pipe(&self) -> bool {
        self.closed_pipe
    }

    /// The exit code: a closed pipe is success.
    pub fn exit_code(&self) -> u8 {
        if self.closed_pipe {
            crate::exit_codes::SUCCESS
        } else {
            self.kind.code()
        }
    }
}

/// An operating system's reason in our own words where it is a usual one: its own text differs between systems.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of its path is not a folder".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::InvalidFilename => "the name is too long for the file system".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;
    use crate::exit_codes::{self, Kind};
    use std::io;

    #[test]
    fn a_closed_pipe_is_success() {
        let failure = Failure::output(&io::Error::from(io::ErrorKind::BrokenPipe));
        assert!(failure.is_closed_pipe());
        assert_eq!(failure.exit_code(), exit_codes::SUCCESS);
        let failure = Failure::output(&io::Error::from(io::ErrorKind::PermissionDenied));
        assert_eq!(failure.exit_code(), exit_codes::OUTPUT_UNWRITABLE);
    }

    #[test]
    fn a_full_disk_is_told_from_other_write_failures() {
        let full = Failure::from_write(&io::Error::from(io::ErrorKind::StorageFull), "letter.clausa");
        assert_eq!(full.kind(), Kind::NoSpace);
        assert_eq!(full.what(), "no space is left for letter.clausa");
        assert_eq!(full.advice(), Kind::NoSpace.advice());
    }
}
