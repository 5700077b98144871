//! The kinds of trouble.

/// What kind of trouble an error is. Exit codes, dialogs and bindings depend on this and never on variants or texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument cannot be used, or arguments contradict each other.
    Usage,
    /// Nobody is signed in at the authority concerned.
    SignInRequired,
    /// The authority is not one this profile trusts. Nothing was sent to it.
    AuthorityUnknown,
    /// The mailed code is not the right one; more tries are left.
    CodeWrong,
    /// The mailed code no longer works: ask for a new mail.
    CodeVoid,
    /// The authority does not accept this address, password or sign-in.
    SignInRefused,
    /// The output is there already and overwriting was not asked for.
    OutputExists,
    /// The file changed since it was opened, so that saving would undo somebody else's change.
    Changed,
    /// The work was stopped on request. Nothing was left behind.
    Interrupted,
    /// A file, template or identifier that was named does not exist.
    NotFound,
    /// The file is not a Clausa file.
    NotClausa,
    /// The file is of a version this program does not know.
    UnknownVersion,
    /// The file does not end where it must: it was cut, or something was added.
    Cut,
    /// The file was altered, or was never made by whom it claims.
    Altered,
    /// The owner has not given this person access, or not the right that is needed.
    NotPermitted,
    /// Access begins later.
    NotYetValid,
    /// Access has ended.
    Expired,
    /// The owner has revoked the file.
    Revoked,
    /// The authority cannot be reached, and without it the work cannot be done.
    NoNetwork,
    /// The authority is overloaded or asks to slow down.
    Busy,
    /// The authority refused for another reason, which its message tells.
    Refused,
    /// The authority's answer makes no sense or cannot be verified.
    AuthorityMisbehaved,
    /// A log is not what was signed for: somebody has rewritten it.
    LogRewritten,
    /// There is no space left where the output or the profile is.
    NoSpace,
    /// Reading or writing a file failed.
    FileSystem,
    /// The profile cannot be used: damaged, of a newer version, or busy.
    Profile,
    /// The place where secrets are kept cannot be used.
    Keyring,
    /// A defect of this program.
    Internal,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 28] = [
        Self::Usage,
        Self::SignInRequired,
        Self::AuthorityUnknown,
        Self::CodeWrong,
        Self::CodeVoid,
        Self::SignInRefused,
        Self::OutputExists,
        Self::Changed,
        Self::Interrupted,
        Self::NotFound,
        Self::NotClausa,
        Self::UnknownVersion,
        Self::Cut,
        Self::Altered,
        Self::NotPermitted,
        Self::NotYetValid,
        Self::Expired,
        Self::Revoked,
        Self::NoNetwork,
        Self::Busy,
        Self::Refused,
        Self::AuthorityMisbehaved,
        Self::LogRewritten,
        Self::NoSpace,
        Self::FileSystem,
        Self::Profile,
        Self::Keyring,
        Self::Internal,
    ];

    /// A short stable name for machines, such as `not-clausa`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::SignInRequired => "sign-in-required",
            Self::AuthorityUnknown => "authority-unknown",
            Self::CodeWrong => "code-wrong",
            Self::CodeVoid => "code-void",
            Self::SignInRefused => "sign-in-refused",
            Self::OutputExists => "output-exists",
            Self::Changed => "changed",
            Self::Interrupted => "interrupted",
            Self::NotFound => "not-found",
            Self::NotClausa => "not-clausa",
            Self::UnknownVersion => "unknown-version",
            Self::Cut => "cut",
            Self::Altered => "altered",
            Self::NotPermitted => "not-permitted",
            Self::NotYetValid => "not-yet-valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::NoNetwork => "no-network",
            Self::Busy => "busy",
            Self::Refused => "refused",
            Self::AuthorityMisbehaved => "authority-misbehaved",
            Self::LogRewritten => "log-rewritten",
            Self::NoSpace => "no-space",
            Self::FileSystem => "file-system",
            Self::Profile => "profile",
            Self::Keyring => "keyring",
            Self::Internal => "internal",
        }
    }

    /// True when the owner, or the authority in the owner's name, does not let this person do it now.
    pub const fn is_permission(self) -> bool {
        matches!(
            self,
            Self::NotPermitted | Self::NotYetValid | Self::Expired | Self::Revoked
        )
    }

    /// True when the same call may work later without anything being changed.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::NoNetwork | Self::Busy)
    }

    /// True when the file itself is at fault.
    pub const fn is_bad_file(self) -> bool {
        matches!(
            self,
            Self::NotClausa | Self::UnknownVersion | Self::Cut | Self::Altered
        )
    }
}

/// The kind of an input or output error at a file.
pub(crate) fn of_io(error: &std::io::Error) -> ErrorKind {
    use std::io::ErrorKind as Io;
    match error.kind() {
        Io::NotFound => ErrorKind::NotFound,
        Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge => ErrorKind::NoSpace,
        Io::AlreadyExists => ErrorKind::OutputExists,
        _ => ErrorKind::FileSystem,
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorKind;

    #[test]
    fn names_are_told_apart() {
        for (index, kind) in ErrorKind::ALL.iter().enumerate() {
            assert!(
                ErrorKind::ALL[..index]
                    .iter()
                    .all(|other| other.as_str() != kind.as_str())
            );
        }
    }
}
