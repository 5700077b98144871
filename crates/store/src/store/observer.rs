//! Who is told of transactions.

/// Is told of transactions and reads: for traces.
pub trait Observer: Send + Sync {
    /// One was asked for, under this name. What is returned is dropped when its answer is there, or nobody waits any more.
    fn begun(&self, name: &'static str, writes: bool) -> Option<Box<dyn Send>>;
}
