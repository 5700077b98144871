//! Test instruments for the whole workspace. Never published, and only ever a dev-dependency of `tests/`.
//!
//! - [`SeededRandom`]: randomness that repeats, so that a vector can be rebuilt byte for byte.
//! - [`ManualClock`]: a clock that stands still until a test moves it.
//! - [`TestStore`]: a fresh database that is gone when the test ends.
//! - [`TestDatabase`]: a fresh PostgreSQL database, in a cluster of the test process's own ([`PostgresServer`]).
//! - [`TestNetwork`]: what lies between a store and such a database, and fails when a test says so.
//! - `TestDisk`: such a cluster whose disk is full when a test says so.
//! - [`TestWire`]: what lies between clients and an authority, and breaks when a test says so.
//! - [`TestAuthority`]: a real authority in this process, with a mail sink; [`TestPerson`]: somebody with a device who
//!   signs up there, protects and opens.
//! - [`DnsServer`]: a DNS server that answers as a test tells it.
//! - [`Vector`]: a scenario out of `testdata/vectors/`.
//!
//! What goes wrong inside these instruments is a failed test, so they panic where the product would return an error.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "an instrument that fails is a failed test"
)]

mod authority;
mod clock;
#[cfg(target_os = "linux")]
mod disk;
mod dns;
#[cfg(unix)]
mod door;
#[cfg(unix)]
mod network;
mod person;
mod postgres;
mod random;
mod store;
mod vector;
mod wire;

pub use authority::TestAuthority;
pub use clock::ManualClock;
#[cfg(target_os = "linux")]
pub use disk::TestDisk;
pub use dns::{DnsAnswer, DnsServer};
#[cfg(unix)]
pub use network::{Cut, TestNetwork, Weather};
pub use person::TestPerson;
pub use postgres::{PostgresServer, TestDatabase};
pub use random::SeededRandom;
pub use store::TestStore;
pub use vector::{OpenedExpectation, Vector, VectorContent, VectorReader};
pub use wire::{Snap, TestWire};
