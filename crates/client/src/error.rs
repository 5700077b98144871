//! What can go wrong: one error for each verb, and one list of kinds that callers turn into exit codes and dialogs.
//!
//! Variants stand in the order of whose fault it is: the caller, the input, the authority, the machine, us. Texts are
//! lowercase fragments to be read after "failed to"; causes are in [`std::error::Error::source`].

pub use account::AccountError;
pub use edit::{EditError, KeptText, Unsaved};
pub use export::ExportError;
pub use inspect::InspectError;
pub use kind::ErrorKind;
pub use log::LogVerifyError;
pub use login::LoginError;
pub use open::{NoLicence, OpenError};
pub use profile::{ProfileError, SecretsError};
pub use protect::ProtectError;
pub use reprotect::ReprotectError;
pub use request::RequestError;
pub use signup::SignupError;
pub use trust::TrustError;

mod account;
mod edit;
mod export;
mod inspect;
mod kind;
mod log;
mod login;
mod open;
mod profile;
mod protect;
mod reprotect;
mod request;
mod signup;
mod trust;
