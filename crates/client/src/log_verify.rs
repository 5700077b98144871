//! Whether a log says what it said before: verification with code that shares nothing with the one that writes logs.
//!
//! A tenant's log is the leaves of a Merkle tree (RFC 6962), and the authority signs checkpoints over it. Whoever
//! remembers one checkpoint knows of every later one whether the tree has only grown, and of every entry that is shown
//! whether it is the one that was signed for. [`Client::verify_log`](crate::Client::verify_log) does it for what an
//! account may see; the parts below do it for whoever has a log's rows.

mod check;
mod leaf;
mod note;
mod proof;
mod tree;

pub use check::{LogVerified, RememberedCheckpoint};
pub use leaf::{LeafFault, leaf_hash};
pub use note::{Checkpoint, NoteFault, checkpoint_origin};
pub use proof::{verify_consistency, verify_inclusion};
pub use tree::{Missing, RootBuilder, TileCache, consistency_proof, inclusion_proof, peaks};

/// A hash of the tree.
pub type Hash = [u8; 32];
