//! Exit codes: one for each kind of failure. They are part of the interface and never change their meaning.
//!
//! `0` is success, also when the reader of our output has gone away (a closed pipe).

/// Everything worked.
pub const SUCCESS: u8 = 0;

/// Names the kinds of failure with their exit codes. For each: the variant and its exit code constant, the short name
/// that `--json` prints, what it means, and what to do next when nothing more particular is known.
macro_rules! failures {
    ($(#[doc = $doc:literal] $variant:ident, $constant:ident = $code:literal, $name:literal, $advice:literal;)*) => {
        $(#[doc = $doc] pub const $constant: u8 = $code;)*

        /// What kind of failure ended a command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $(#[doc = $doc] $variant,)*
        }

        impl Kind {
            /// Every kind, by exit code.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The process's exit code.
            pub fn code(self) -> u8 {
                match self { $(Self::$variant => $constant,)* }
            }

            /// Short, stable name for programs.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What to do next when nothing more particular is known.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
            }

            /// One sentence for the table in the manual: the constant's documentation.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc.trim_ascii(),)* }
            }
        }
    };
}

failures! {
    /// Something failed inside the program that should not.
    Internal, INTERNAL = 1, "internal", "This is a defect: please report it with the command that you typed.";
    /// The command line is not one that the program understands, or its parts contradict each other.
    Usage, USAGE = 2, "usage", "See `clausa help`.";

    /// The input is not a Clausa file.
    NotClausa, NOT_CLAUSA = 10, "not-clausa", "Name a file that was made by `clausa protect`; its name usually ends in .clausa.";
    /// The file does not end where it must: it was cut off, or something was added.
    FileCut, FILE_CUT = 11, "file-cut", "Ask for the file again: usually the copy or the download was not finished.";
    /// The file is not what its publisher sealed: it was altered or damaged.
    FileAltered, FILE_ALTERED = 12, "file-altered", "Do not trust this copy. Ask its sender for another one.";
    /// The file was made by a newer version of the format than this program knows.
    VersionUnknown, VERSION_UNKNOWN = 13, "version-unknown", "Install a newer version of clausa.";
    /// The file belongs to an authority that this profile does not know; nothing was sent there.
    AuthorityUnknown, AUTHORITY_UNKNOWN = 14, "authority-unknown", "If you trust that authority: clausa trust URL";
    /// The authority's root keys are not those that this profile has pinned.
    AuthorityChanged, AUTHORITY_CHANGED = 15, "authority-changed", "Do not go on. Ask the authority's operator whether its root was replaced.";

    /// The owner has not given you access.
    NotNamed, NOT_NAMED = 20, "not-named", "Ask the file's owner for access, or sign in with the address it was sent to.";
    /// You may open the file, but not do this with it.
    RightMissing, RIGHT_MISSING = 21, "right-missing", "Ask the file's owner for the right that is missing.";
    /// The time for which access was given is over.
    AccessExpired, ACCESS_EXPIRED = 22, "access-expired", "Ask the file's owner for more time.";
    /// The owner has revoked the file.
    AccessRevoked, ACCESS_REVOKED = 23, "access-revoked", "Ask the file's owner why.";
    /// The time from which access is given has not come yet.
    NotYetValid, NOT_YET_VALID = 24, "not-yet-valid", "Try again later.";
    /// The authority refuses the file's licence.
    LicenceInvalid, LICENCE_INVALID = 25, "licence-invalid", "Ask the file's sender for another copy.";
    /// There is no such thing here for you.
    NotFound, NOT_FOUND = 26, "not-found", "Check the name; a file is known to the authority once its owner has registered it.";

    /// The authority cannot be reached, and there is no stored licence that would do.
    NoNetwork, NO_NETWORK = 30, "no-network", "Check the network and try again.";
    /// The authority answered that it is busy or failed.
    AuthorityBusy, AUTHORITY_BUSY = 31, "authority-busy", "Try again in a minute.";
    /// Too many requests in a short time.
    RateLimited, RATE_LIMITED = 32, "rate-limited", "Wait a little and try again.";
    /// The authority refused the request as it stands.
    RequestRefused, REQUEST_REFUSED = 33, "request-refused", "Check that client and authority have matching versions.";
    /// The authority could not be started.
    ServeFailed, SERVE_FAILED = 34, "serve-failed", "Check the data folder and the address to listen on.";
    /// The authority's answer makes no sense or cannot be verified.
    AuthorityMisbehaved, AUTHORITY_MISBEHAVED = 35, "authority-misbehaved", "Check the network (a proxy may have answered), then ask the authority's operator.";
    /// A log is not what was signed for: entries were changed, removed or reordered, or there are two versions of it.
    LogRewritten, LOG_REWRITTEN = 36, "log-rewritten", "Keep what you have (your profile, the log's output) and ask the authority's operator.";
    /// A check found something wrong.
    CheckFailed, CHECK_FAILED = 37, "check-failed", "Put right what is named above, and check again.";

    /// Nobody is signed in.
    NotSignedIn, NOT_SIGNED_IN = 40, "not-signed-in", "Sign in with `clausa login EMAIL`, or make an account with `clausa signup EMAIL`.";
    /// The code is wrong.
    CodeWrong, CODE_WRONG = 41, "code-wrong", "Look at the newest mail and type its code again.";
    /// The code was wrong too often or is too old: it no longer works.
    CodeVoid, CODE_VOID = 42, "code-void", "Begin again to get a new mail.";
    /// The address cannot sign up here.
    SignupRefused, SIGNUP_REFUSED = 43, "signup-refused", "Use your work address, or ask your administrator.";
    /// Address, password or code is not right.
    SignInRefused, SIGN_IN_REFUSED = 44, "sign-in-refused", "Try again, or sign in with a mailed code: clausa login EMAIL";
    /// The password cannot be used.
    PasswordRefused, PASSWORD_REFUSED = 45, "password-refused", "Use at least 15 characters that nobody would guess.";
    /// There is an account with this address already.
    AccountExists, ACCOUNT_EXISTS = 46, "account-exists", "Sign in with `clausa login EMAIL`.";
    /// A question has to be answered, and there is no terminal to ask it on.
    NoTerminal, NO_TERMINAL = 47, "no-terminal", "Run the command in a terminal.";
    /// You have to show again that it is you.
    StepUpNeeded, STEP_UP_NEEDED = 48, "step-up-needed", "Sign in again, then repeat the command within five minutes.";

    /// The output exists already.
    OutputExists, OUTPUT_EXISTS = 50, "output-exists", "Choose another name with -o, or replace it with --force.";
    /// There is no space left for the output.
    NoSpace, NO_SPACE = 51, "no-space", "Free some space, or choose another place with -o.";
    /// The input cannot be read.
    InputUnreadable, INPUT_UNREADABLE = 52, "input-unreadable", "Check the name and the permissions.";
    /// The output cannot be written.
    OutputUnwritable, OUTPUT_UNWRITABLE = 53, "output-unwritable", "Check the folder's permissions, or choose another place with -o.";
    /// The profile, with the device's keys, cannot be used.
    ProfileUnusable, PROFILE_UNUSABLE = 54, "profile-unusable", "Check the profile folder's permissions, or choose another with --profile.";
    /// The viewer or editor could not be started, or reported a failure.
    ViewerFailed, VIEWER_FAILED = 55, "viewer-failed", "Check the --viewer command.";
    /// The file changed since it was opened: saving would undo what somebody else has done.
    FileChanged, FILE_CHANGED = 56, "file-changed", "Open the file again and bring both changes together.";

    /// A step of the demonstration did not come out as it must.
    DemoFailed, DEMO_FAILED = 60, "demo-failed", "This is a defect: please report it with the output above.";
    /// An authority did not bear the load: licences were refused, or requests failed.
    BenchFailed, BENCH_FAILED = 61, "bench-failed", "Look at the reasons and at the authority's log, and ask for less.";
    /// Stopped by Ctrl-C or by the system; nothing half done is left behind.
    Interrupted, INTERRUPTED = 130, "interrupted", "Run the command again when you are ready.";
}

#[cfg(test)]
mod tests {
    use super::{Kind, SUCCESS};

    #[test]
    fn every_kind_has_a_code_and_a_name_of_its_own() {
        for (index, kind) in Kind::ALL.iter().enumerate() {
            assert_ne!(kind.code(), SUCCESS);
            for other in &Kind::ALL[..index] {
                assert!(
                    other.code() < kind.code(),
                    "{kind:?} shares its code or is out of order"
                );
                assert_ne!(other.name(), kind.name());
                assert_ne!(other.meaning(), kind.meaning());
            }
            assert!(
                kind.advice().ends_with(['.', 'L', '`']),
                "{kind:?} does not say what to do"
            );
        }
    }

    /// The kinds of bad input that the project promises to tell apart, each with the code written down here a second
    /// time, so that nobody changes one by accident.
    #[test]
    fn codes_are_frozen() {
        let frozen: &[(Kind, u8)] = &[
            (Kind::Internal, 1),
            (Kind::Usage, 2),
            (Kind::NotClausa, 10),
            (Kind::FileCut, 11),
            (Kind::FileAltered, 12),
            (Kind::VersionUnknown, 13),
            (Kind::AuthorityUnknown, 14),
            (Kind::AuthorityChanged, 15),
            (Kind::NotNamed, 20),
            (Kind::RightMissing, 21),
            (Kind::AccessExpired, 22),
            (Kind::AccessRevoked, 23),
            (Kind::NotYetValid, 24),
            (Kind::LicenceInvalid, 25),
            (Kind::NotFound, 26),
            (Kind::NoNetwork, 30),
            (Kind::AuthorityBusy, 31),
            (Kind::RateLimited, 32),
            (Kind::RequestRefused, 33),
            (Kind::ServeFailed, 34),
            (Kind::AuthorityMisbehaved, 35),
            (Kind::LogRewritten, 36),
            (Kind::CheckFailed, 37),
            (Kind::NotSignedIn, 40),
            (Kind::CodeWrong, 41),
            (Kind::CodeVoid, 42),
            (Kind::SignupRefused, 43),
            (Kind::SignInRefused, 44),
            (Kind::PasswordRefused, 45),
            (Kind::AccountExists, 46),
            (Kind::NoTerminal, 47),
            (Kind::StepUpNeeded, 48),
            (Kind::OutputExists, 50),
            (Kind::NoSpace, 51),
            (Kind::InputUnreadable, 52),
            (Kind::OutputUnwritable, 53),
            (Kind::ProfileUnusable, 54),
            (Kind::ViewerFailed, 55),
            (Kind::FileChanged, 56),
            (Kind::DemoFailed, 60),
            (Kind::BenchFailed, 61),
            (Kind::Interrupted, 130),
        ];
        let current: Vec<(Kind, u8)> = Kind::ALL.iter().map(|kind| (*kind, kind.code())).collect();
        assert_eq!(current, frozen);
    }
}
