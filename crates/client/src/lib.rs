//! The client of Clausa: signs up, signs in, enrols the device, protects files and opens them.
//!
//! Everything an application does with protected files is one call of [`Client`]. It keeps what it must remember in a
//! *profile* folder and its secrets in the operating system's keyring where there is one, and it talks only to
//! authorities that the person has trusted with [`Client::trust`]: what a file says about its origin is compared and
//! never followed.
//!
//! Which door to take:
//!
//! - [`Client::trust`], [`Client::signup`], [`Client::login_with_code`] and their kin make this device one of a
//!   person's devices;
//! - [`Client::protect`] turns any [`Source`] into a protected file, also without a network;
//! - [`Client::open`] gives the content as [`std::io::Read`] and [`std::io::Seek`] together with the rights, and
//!   [`Client::unprotect`] writes it out in clear for those who may;
//! - [`Client::begin_edit`] and [`Client::save_changed`] give a protected file another text under the same licence, for
//!   those who may; [`Client::reprotect`] gives its content other terms;
//! - [`Client::inspect`] tells what a file's header says, without signing in and without a network.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use clausa_client::{Client, ClientOptions, PolicyChoice, ProfileDirectory, ProtectOptions, Source};
//!
//! let client = Client::open_profile(ProfileDirectory::standard()?, ClientOptions::default()).await?;
//! let options = ProtectOptions::new(PolicyChoice::template("confidential-view-only"));
//! let protected = client.protect(Source::file("plan.docx"), options).await?;
//! println!("{}", protected.output.display());
//!
//! let mut opened = client.open(Source::file("plan.docx.clausa")).await?;
//! println!("{}", opened.rights());
//! std::io::copy(opened.reader(), &mut std::io::stdout())?;
//! # Ok(())
//! # }
//! ```
//!
//! What it does not do: show content, or keep a cooperative right such as `PRINT`. The reading application asks
//! [`Opened::rights`] and keeps its word.

pub mod error;
pub mod log_verify;

mod account;
mod asker;
mod background;
mod claims;
mod client;
mod clock;
mod close;
mod contents;
mod controls;
mod device;
mod edit;
mod export;
mod factors;
mod file;
mod inspect;
mod key_set;
mod leaves;
mod login;
mod open;
mod origins;
mod own_account;
mod people;
mod profile;
mod progress;
mod protect;
mod registrations;
mod rights;
mod secrets;
mod session;
mod signup;
mod templates;
mod transport;
mod trust;

pub use account::{SignedOut, WhoAmI};
pub use asker::{LicenceAsker, LicensableFile};
pub use client::{Client, ClientOptions};
pub use clock::SystemClock;
pub use close::CloseOptions;
pub use contents::ContentReference;
pub use edit::{EditOptions, EditSession, Edited, SavedRevision};
pub use error::{
    AccountError, EditError, ErrorKind, ExportError, InspectError, KeptText, LogVerifyError, LoginError,
    OpenError, ProfileError, ProtectError, ReprotectError, RequestError, SecretsError, SignupError,
    TrustError, Unsaved,
};
pub use export::ExportedAccount;
pub use file::{Sink, Source};
pub use inspect::{ChainStatus, Inspection, SealStatus};
pub use leaves::Workers;
pub use login::{LoginFlow, SecondFactor, SignedIn};
pub use open::{LicenceFacts, LicenceOrigin, Opened, UnprotectOptions, Unprotected};
pub use origins::TrustedAuthority;
pub use own_account::MailedProof;
pub use profile::{ProfileDirectory, Waiting};
pub use progress::{Progress, ProgressCallback};
pub use protect::{
    PolicyChoice, ProtectOptions, Protected, Recipient, Registration, Until, address_from_text,
};
pub use rights::RightsReport;
pub use secrets::{KeyringChoice, SecretStore, UnknownKeyring};
pub use signup::{SignedUp, SignupFlow, SignupProfile};
pub use templates::{Freshness, Templates};
