//! The real program, killed at every moment and failed by the system at every call that writes: what it worked on is
//! afterwards as before or done, and no text in clear is anywhere it should not be (SEC-53, SEC-54, SEC-59, SEC-60).
//!
//! Faults are injected by a small library in C (`faults.c`) that is compiled here and loaded into the program. It knows
//! the system calls of Linux on x86-64; elsewhere these tests do not exist.
//!
//! `CLAUSA_CRASH_POINTS` is how many random moments of each command to kill it at (10 when not set); from 100 on, every
//! call is failed in every way instead of a sample. `CLAUSA_CRASH_SEED` repeats the moments of a run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(
    clippy::print_stdout,
    reason = "figures, for whoever runs it with --nocapture"
)]
#![cfg(all(
    target_os = "linux",
    target_arch = "x86_64",
    target_env = "gnu",
    feature = "server"
))]

mod commands;
mod effort;
mod errors;
mod faults;
mod kills;
mod offline;
mod order;
mod scan;
mod scenarios;
mod scene;
mod signing_up;
#[allow(
    dead_code,
    reason = "shared with the tests of the command line, which use more of it"
)]
#[path = "../cli/stage.rs"]
mod stage;
