//! Who is told of transactions.

/// Is told of transactions and reads: for traces.
pub trait Observer: Send + Sync {
    /// One was asked for, under this name. What is returned is dropped when its answer is there, or nobody waits any more.
    fn begun(&self, name: &'static str, writes: bool) -> Option<Box<dyn Observed>>;
}

/// A transaction or a read that is under way.
pub trait Observed: Send {
    /// Its answer is an error, so that nothing of it was kept.
    fn failed(&mut self);
}
