//! The body: one FLOE message, handled in leaves of 1 MiB, which are 16 segments and one subtree of the seal's hash
//! tree (clauses 8.1 and 8.4).
//!
//! A leaf is the unit of work: one read, 16 segments sealed or opened in place, one hash, one write. Leaves are
//! independent of each other, so several threads may each take one.

mod layout;
mod leaf;
mod tree;

pub use layout::BodyLayout;
pub use leaf::{
    LEAF_LENGTH, LEAF_PLAINTEXT_LENGTH, LEAF_SEGMENTS, LeafOpener, LeafSealer, leaf_length, plaintext_slots,
};
pub use tree::{LeafDigest, LeafTree, digest_leaf};
