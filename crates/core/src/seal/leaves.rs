//! The leaf list as a reader keeps it: whole for files up to 64 GiB, in groups beyond, so that memory stays bounded.

use std::io::{self, Read};
use std::ops::Range;

use crate::body::{LeafDigest, LeafTree};
use crate::error::Layer;
use crate::open::OpenError;

/// Most values kept in memory, 32 bytes each: 2 MiB.
const MAX_KEPT: u64 = 1 << 16;

/// What a sealed body's leaves must hash to.
#[derive(Debug)]
pub(crate) enum TrustedLeaves {
    /// One leaf: its plain hash is the root.
    Alone([u8; 32]),
    /// Chaining values of groups of 2^shift leaves; with shift 0 of the leaves themselves.
    Groups {
        shift: u32,
        groups: Vec<[u8; 32]>,
        leaves: u64,
    },
}

impl TrustedLeaves {
    /// Reads the list of so many leaves and checks that they join to the signed root.
    pub(crate) fn read(list: &mut dyn Read, leaves: u64, root: &[u8; 32]) -> Result<Self, OpenError> {
        Self::read_keeping(list, leaves, root, MAX_KEPT)
    }

    fn read_keeping(list: &mut dyn Read, leaves: u64, root: &[u8; 32], most: u64) -> Result<Self, OpenError> {
        if leaves <= 1 {
            return Ok(Self::Alone(*root));
        }
        let shift = leaves.div_ceil(most).next_power_of_two().trailing_zeros();
        let mut groups = Vec::with_capacity((leaves >> shift) as usize + 1);
        let (mut whole, mut group) = (LeafTree::new(), LeafTree::new());
        for _ in 0..leaves {
            let leaf = read_value(list)?;
            whole.push(LeafDigest::listed(leaf));
            group.push(LeafDigest::listed(leaf));
            if group.count() == 1 << shift {
                groups.extend(std::mem::take(&mut group).subtree());
            }
        }
        groups.extend(group.subtree());
        if whole.root() != Some(*root) {
            return Err(OpenError::Altered(Layer::Seal));
        }
        Ok(Self::Groups {
            shift,
            groups,
            leaves,
        })
    }

    /// Which part of the leaf list, in leaves, must be read again to check leaf number `index`; `None` when what is kept
    /// suffices.
    pub(crate) fn group_to_read(&self, index: u64) -> Option<Range<u64>> {
        match self {
            Self::Groups { shift, leaves, .. } if *shift > 0 => {
                let first = index >> shift << shift;
                Some(first..(first + (1 << shift)).min(*leaves))
            }
            _ => None,
        }
    }

    /// Compares a leaf with what was sealed. `group` is the part of the list that
    /// [`group_to_read`](Self::group_to_read) named, read anew and therefore checked anew.
    pub(crate) fn check(&self, index: u64, leaf: &LeafDigest, group: &[[u8; 32]]) -> Result<(), OpenError> {
        let matches = match self {
            Self::Alone(root) => index == 0 && leaf.as_root() == Some(*root),
            Self::Groups { shift: 0, groups, .. } => groups
                .get(index as usize)
                .is_some_and(|sealed| *sealed == leaf.chaining_value),
            Self::Groups { shift, groups, .. } => {
                let mut tree = LeafTree::new();
                group
                    .iter()
                    .for_each(|value| tree.push(LeafDigest::listed(*value)));
                let position = (index - (index >> shift << shift)) as usize;
                groups
                    .get((index >> shift) as usize)
                    .is_some_and(|sealed| Some(*sealed) == tree.subtree())
                    && group
                        .get(position)
                        .is_some_and(|sealed| *sealed == leaf.chaining_value)
            }
        };
        if matches {
            Ok(())
        } else {
            Err(OpenError::Altered(Layer::Body))
        }
    }
}

/// Reads one value of a leaf list.
fn read_value(list: &mut dyn Read) -> io::Result<[u8; 32]> {
    let mut value = [0; 32];
    list.read_exact(&mut value)?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::digest_leaf;

    fn sealed(leaves: u64) -> (Vec<LeafDigest>, Vec<[u8; 32]>, [u8; 32]) {
        let digests: Vec<_> = (0..leaves).map(|i| digest_leaf(i, &[i as u8; 50])).collect();
        let mut tree = LeafTree::new();
        digests.iter().for_each(|leaf| tree.push(*leaf));
        let list = digests.iter().map(|leaf| leaf.chaining_value).collect();
        (digests, list, tree.root().unwrap())
    }

    #[test]
    fn kept_whole_or_in_groups_each_leaf_is_checked() {
        for leaves in [2, 3, 7, 8, 9, 30, 64] {
            let (digests, list, root) = sealed(leaves);
            for most in [100, 8, 3] {
                let trusted =
                    TrustedLeaves::read_keeping(&mut list.concat().as_slice(), leaves, &root, most).unwrap();
                for index in 0..leaves {
                    let range = trusted.group_to_read(index).unwrap_or(0..0);
                    let group = &list[range.start as usize..range.end as usize];
                    let leaf = &digests[index as usize];
                    assert_eq!(trusted.check(index, leaf, group), Ok(()));
                    let other = &digests[(index as usize + 1) % digests.len()];
                    assert!(trusted.check(index, other, group).is_err());
                    if !group.is_empty() {
                        let mut altered = group.to_vec();
                        altered[0][0] ^= 1;
                        assert!(
                            trusted.check(index, leaf, &altered).is_err(),
                            "a list altered after the first look"
                        );
                    }
                }
            }
        }
    }

    /// SEC-16
    #[test]
    fn an_altered_list_is_refused() {
        let (_, mut list, root) = sealed(5);
        list[3][31] ^= 0x80;
        let read = TrustedLeaves::read(&mut list.concat().as_slice(), 5, &root);
        assert!(matches!(read, Err(OpenError::Altered(Layer::Seal))));
    }
}
