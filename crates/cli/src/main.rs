//! `clausa`: files that stay under their owner's terms after they are sent.
//!
//! `main` reads the command line, runs one command and turns its outcome into an exit code ([`exit_codes`]). Everything
//! that is printed goes through [`printer::Printer`]; everything that is done is a call of `clausa-client` or, for
//! `serve` and `demo`, of `clausa-server`.
#![allow(
    rustdoc::bare_urls,
    reason = "the doc comments of arguments are the help texts that people read"
)]

mod args;
#[cfg(feature = "server")]
mod bench;
mod cmd;
mod context;
#[cfg(feature = "server")]
mod demo;
mod document;
mod editor;
mod enrol;
mod exit_codes;
mod failure;
mod printer;
mod progress;
mod prompt;
mod run;
mod step_up;
mod stop;
mod terms;
mod viewer;

use std::process::ExitCode;

fn main() -> ExitCode {
    // TLS needs its cryptography chosen before the first connection; choosing twice is harmless.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    ExitCode::from(run::run())
}
