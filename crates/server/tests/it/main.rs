//! The authority through its real router, over a real SQLite (or PostgreSQL) database, asked by people with real keys.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

mod accounts;
mod between;
mod claims;
mod closing;
mod connections;
mod content;
mod controls;
mod export;
mod frame;
mod groups;
mod http2;
mod identity;
mod licence;
mod licences;
mod log;
mod matrix;
mod metrics;
mod nodes;
mod people;
mod proof;
mod recognition;
mod rehearsal;
mod shared_database;
mod start;
mod traces;
mod trees;
mod weather;
