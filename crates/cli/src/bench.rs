//! The load generator: an authority, people with devices, their requests, and the figures.

mod figures;
mod load;
mod people;
mod process;
mod target;

use std::sync::Arc;
use std::time::Duration;

pub use figures::Figures;
pub use target::Target;

use crate::failure::{Failure, Outcome};
use crate::printer::Printer;

/// What is asked of an authority.
#[derive(Clone, Debug)]
pub struct Load {
    /// People who ask at the same time.
    pub clients: u32,
    /// Organisations they belong to.
    pub tenants: u32,
    /// Files that each of them protects.
    pub files: u32,
    /// Files in one request; 1 asks by the route for one file.
    pub batch: u32,
    /// Connections that ask for nothing.
    pub idle: u32,
    /// How long to ask before measuring.
    pub warm_up: Duration,
    /// How long to measure.
    pub measure: Duration,
    /// When the next request is sent.
    pub pace: Pace,
}

/// When the next request is sent.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// When the one before is answered.
    Closed,
    /// At fixed times; latencies count from them.
    Open {
        /// Requests a second, of all clients together.
        per_second: u32,
    },
}

/// Measures.
pub async fn authority(target: &Target, load: &Load, printer: &Printer) -> Outcome<Figures> {
    let started = Arc::new(target.open().await?);
    printer.note(&format!(
        "Signing {} people up at {}, each with {} protected files.",
        load.clients,
        started.origin(),
        load.files
    ));
    let people = people::gather(&started, load).await?;
    let idle = load::keep_open(started.origin(), load.idle).await?;
    printer.note(&format!(
        "Asking for {} s.",
        (load.warm_up + load.measure).as_secs()
    ));
    let measured = load::run(&started, people, load).await?;
    let figures = Figures::new(&started, load, measured, idle.len());
    drop(idle);
    Ok(figures)
}

/// A step before measuring did not work.
fn broken(what: impl Into<String>) -> Failure {
    Failure::new(crate::exit_codes::Kind::BenchFailed, what)
}
