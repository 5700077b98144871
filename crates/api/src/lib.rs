//! The HTTP contract between a Clausa client and an authority: paths, requests, answers and problems.
//!
//! Types only: nothing here opens a connection. The authority and every client share this crate, so neither can
//! drift from the other. Byte strings travel as base64url without padding ([`Bytes`]), identifiers and addresses as
//! text, times as seconds since 1970-01-01 UTC. Unknown fields are refused in requests (`SEC-101`).

pub mod account;
pub mod bytes;
pub mod claim;
pub mod closing;
pub mod content;
pub mod controls;
pub mod device;
pub mod dpop;
pub mod export;
pub mod factor;
pub mod identity;
pub mod licence;
pub mod log;
pub mod password;
pub mod paths;
pub mod problem;
pub mod service;
pub mod session;
pub mod signup;
pub mod step_up;
pub mod template;
pub mod tile;
pub mod token;

pub use bytes::Bytes;
pub use problem::{Problem, ProblemType};
