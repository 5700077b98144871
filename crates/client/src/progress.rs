//! Telling the caller how far long work is, and letting it stop.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

/// How far a piece of work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of content done.
    pub done: u64,
    /// Bytes of content in all, when known (a pipe does not tell).
    pub total: Option<u64>,
}

/// Called about once a mebibyte of content. Answering [`ControlFlow::Break`] ends the work as *interrupted*: nothing is
/// left behind.
#[derive(Clone)]
pub struct ProgressCallback(Arc<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>);

impl ProgressCallback {
    /// Takes a function.
    pub fn new(callback: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(callback))
    }

    pub(crate) fn call(&self, progress: Progress) -> ControlFlow<()> {
        (self.0)(progress)
    }
}

impl Default for ProgressCallback {
    /// Says nothing and never stops.
    fn default() -> Self {
        Self::new(|_| ControlFlow::Continue(()))
    }
}

impl fmt::Debug for ProgressCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProgressCallback")
    }
}
