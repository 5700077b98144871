//! The client against an authority that lies, files that lie, and a machine that fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod broken;
mod fake;
mod files;
mod hints;
mod licences;
mod many;
mod origins;
mod profiles;
mod transport;
mod unprotecting;
