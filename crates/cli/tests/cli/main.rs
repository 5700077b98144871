//! The real program against a real authority: `clausa serve` as a child process with its mails in an outbox folder.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(all(unix, feature = "server"))]

mod bad_input;
mod browser;
mod demo;
mod editing;
mod generated;
mod logs;
mod measuring;
mod moving;
mod other_user;
mod pipes;
mod secrets;
mod stage;
mod stopping;
mod terminal;
mod transcript;
mod transcripts;
mod upkeep;
mod vectors;
