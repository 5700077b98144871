//! The short list of primitives this workspace uses, with two implementations chosen at build time.
//!
//! `aws_lc` (feature `aws-lc`, the default) is native speed with constant-time RSA; `portable` (feature
//! `portable`) is pure Rust. Where both are compiled, `aws_lc` is the one in use and the tests run each against
//! the other. Nothing outside this module names a primitive's crate.

#[cfg(feature = "aws-lc")]
pub mod aws_lc;
mod common;
mod points;
#[cfg(feature = "portable")]
pub mod portable;

#[cfg(feature = "aws-lc")]
pub use aws_lc::*;
#[cfg(all(feature = "portable", not(feature = "aws-lc")))]
pub use portable::*;

#[cfg(not(any(feature = "aws-lc", feature = "portable")))]
compile_error!("clausa-core needs feature `aws-lc` or feature `portable`");

pub use common::*;
pub use points::compress_p256;
use points::{is_sec1_point, is_uncompressed, is_weak_ed25519_key, random_p256_scalar};
