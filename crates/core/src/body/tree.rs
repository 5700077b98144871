//! The hash tree over the body: plain BLAKE3 of all segments, computed leaf by leaf.

use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};

use super::LEAF_LENGTH;

/// What one leaf adds to the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeafDigest {
    /// BLAKE3's chaining value of the leaf at its place.
    pub chaining_value: ChainingValue,
    /// For leaf 0: the plain hash, which is the root when no other leaf follows.
    alone: Option<[u8; 32]>,
}

/// Hashes the segments of leaf number `index`; all leaves but the last are [`LEAF_LENGTH`] long, and none is empty.
pub fn digest_leaf(index: u64, segments: &[u8]) -> LeafDigest {
    let mut hasher = blake3::Hasher::new();
    hasher
        .set_input_offset(index * LEAF_LENGTH as u64)
        .update(segments);
    let alone = (index == 0).then(|| *hasher.finalize().as_bytes());
    LeafDigest {
        chaining_value: hasher.finalize_non_root(),
        alone,
    }
}

/// Collects leaves in order and keeps one value for each level: 32 bytes times the logarithm of their number.
#[derive(Debug, Clone, Default)]
pub struct LeafTree {
    /// Roots of complete subtrees, the largest first.
    complete: Vec<ChainingValue>,
    /// The leaf added last: only when another one follows may it be joined with its neighbours.
    pending: Option<LeafDigest>,
    count: u64,
}

impl LeafTree {
    /// A tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next leaf.
    pub fn push(&mut self, leaf: LeafDigest) {
        if let Some(previous) = self.pending.replace(leaf) {
            let mut subtree = previous.chaining_value;
            // As many joins as complete subtrees of equal size end here: the trailing ones of the count so far.
            for _ in 0..self.count.trailing_zeros() {
                if let Some(left) = self.complete.pop() {
                    subtree = merge_subtrees_non_root(&left, &subtree, Mode::Hash);
                }
            }
            self.complete.push(subtree);
        }
        self.count += 1;
    }

    /// How many leaves there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The root: plain BLAKE3 over all segments. `None` without leaves.
    pub fn root(&self) -> Option<[u8; 32]> {
        let last = self.pending.as_ref()?;
        let Some((first, others)) = self.complete.split_first() else {
            return last.alone;
        };
        let right = join_right_to_left(others, last.chaining_value);
        Some(*merge_subtrees_root(first, &right, Mode::Hash).as_bytes())
    }

    /// The chaining value of the tree as a part of a larger one. `None` without leaves.
    pub fn subtree(&self) -> Option<ChainingValue> {
        Some(join_right_to_left(
            &self.complete,
            self.pending.as_ref()?.chaining_value,
        ))
    }
}

fn join_right_to_left(complete: &[ChainingValue], last: ChainingValue) -> ChainingValue {
    complete.iter().rev().fold(last, |right, left| {
        merge_subtrees_non_root(left, &right, Mode::Hash)
    })
}

impl LeafDigest {
    /// A leaf from a leaf list, of which only the chaining value is known.
    pub(crate) const fn listed(chaining_value: ChainingValue) -> Self {
        Self {
            chaining_value,
            alone: None,
        }
    }

    /// The root of the tree when this leaf is the only one.
    pub(crate) const fn as_root(&self) -> Option<[u8; 32]> {
        self.alone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root_of(bytes: &[u8]) -> Option<[u8; 32]> {
        let mut tree = LeafTree::new();
        for (index, leaf) in bytes.chunks(LEAF_LENGTH).enumerate() {
            tree.push(digest_leaf(index as u64, leaf));
        }
        tree.root()
    }

    /// Clause 8.4: the root is what `b3sum` prints for the same bytes.
    #[test]
    fn root_is_plain_blake3() {
        let bytes: Vec<u8> = (0..9 * LEAF_LENGTH + 5).map(|i| ((i * 31) >> 7) as u8).collect();
        for length in [
            1,
            1_024,
            LEAF_LENGTH - 1,
            LEAF_LENGTH,
            LEAF_LENGTH + 1,
            2 * LEAF_LENGTH,
            3 * LEAF_LENGTH,
        ]
        .into_iter()
        .chain((4..=9).map(|n| n * LEAF_LENGTH + 5))
        {
            assert_eq!(
                root_of(&bytes[..length]),
                Some(*blake3::hash(&bytes[..length]).as_bytes()),
                "{length}"
            );
        }
        assert_eq!(LeafTree::new().root(), None);
    }

    #[test]
    fn aligned_groups_join_to_the_same_root() {
        let leaves: Vec<_> = (0..23_u64).map(|i| digest_leaf(i, &[i as u8; 100])).collect();
        let mut whole = LeafTree::new();
        let mut grouped = LeafTree::new();
        leaves.iter().for_each(|leaf| whole.push(*leaf));
        for group in leaves.chunks(4) {
            let mut tree = LeafTree::new();
            group.iter().for_each(|leaf| tree.push(*leaf));
            grouped.push(LeafDigest::listed(tree.subtree().unwrap()));
        }
        assert_eq!(whole.root(), grouped.root());
    }
}
