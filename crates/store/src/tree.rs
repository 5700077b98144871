//! The Merkle tree over a tenant's log (RFC 6962), as it is written. Those who verify have code of their own
//! (`SEC-140`).

pub(crate) mod leaf;
pub(crate) mod tiles;

use clausa_core::hazmat::backends::sha256;

/// A hash of the tree.
pub type Hash = [u8; 32];

/// The hash of a leaf's data (RFC 6962, 2.1).
pub(crate) fn hash_leaf(data: &[u8]) -> Hash {
    sha256(&[&[0], data])
}

/// The hash over two subtrees (RFC 6962, 2.1).
pub(crate) fn hash_node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left, right])
}
