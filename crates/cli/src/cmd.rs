//! The commands, one file each: arguments as typed, the plan they resolve to, and the run.

#[cfg(feature = "server")]
pub mod admin;
pub mod completions;
#[cfg(feature = "server")]
pub mod demo;
pub mod devices;
pub mod edit;
pub mod inspect;
pub mod log;
pub mod login;
pub mod logout;
pub mod man;
pub mod open;
pub mod protect;
pub mod reference;
pub mod reprotect;
pub mod revoke;
pub mod rights;
#[cfg(feature = "server")]
pub mod serve;
pub mod signup;
pub mod templates;
pub mod trust;
pub mod unprotect;
pub mod whoami;
