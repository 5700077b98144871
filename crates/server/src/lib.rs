//! The authority: sign-up, devices, keys, templates, use licences and the log.
//!
//! [`Authority::start`] is the door: it takes a [`Config`] and a clock, makes what is missing in the data folder,
//! binds, serves, and runs the background jobs until [`Authority::shutdown`]. Inside, `http` and `pages` read requests
//! and render answers, `usecase` decides (one verb a file), and `clausa-store` remembers.

pub mod authority;
pub mod cache;
mod clock;
pub mod config;
pub mod dns;
pub mod http;
pub mod jobs;
pub mod key_ring;
pub mod limits;
pub mod mail;
pub mod operator;
pub mod pages;
pub mod rehearsal;
pub mod request;
pub mod state;
pub mod texts;
pub mod upkeep;
pub mod usecase;

mod connections;
mod data_folder;
mod database;
mod metrics;
mod tls;
mod traces;

pub use authority::{Authority, StartError};
pub use clock::SystemClock;
pub use config::Config;
pub use request::{Caller, RequestContext};
pub use state::AppState;
