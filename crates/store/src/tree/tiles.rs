//! Growing a tree that is kept in tiles (c2sp.org/tlog-tiles): only its right edge is needed.
//!
//! Entry `i` of tile `n` on level `l` is the root of the complete subtree of `256^l` leaves that begins at leaf
//! `(256 n + i) 256^l`. A tree of `2^63` leaves has eight levels.

use clausa_core::hazmat::backends::sha256;

use super::{Hash, hash_node};

/// Hashes in a full tile.
const WIDTH: usize = 256;
/// Bits of a position that one level takes.
const BITS: u32 = 8;

/// A tree's right edge: of each level the last tile, which is not full, lowest level first.
#[derive(Clone, Debug, Default)]
pub(crate) struct RightEdge {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

/// A tile that has grown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    pub level: u32,
    pub number: u64,
    pub hashes: Vec<Hash>,
}

/// The levels of a tree's right edge, lowest first: level, number of its last tile, and how many hashes that holds.
pub(crate) fn edge(size: u64) -> impl Iterator<Item = (u32, u64, usize)> {
    (0..8)
        .map(move |level| (level, size >> (BITS * level)))
        .take_while(|(_, hashes)| *hashes > 0)
        .map(|(level, hashes)| (level, hashes >> BITS, (hashes & 0xff) as usize))
}

impl RightEdge {
    /// Takes the tiles that [`edge`] names, in its order.
    pub(crate) fn new(size: u64, levels: Vec<Vec<Hash>>) -> Self {
        Self { size, levels }
    }

    /// Appends leaves and returns the tiles that have grown or are new.
    pub(crate) fn append(&mut self, leaves: &[Hash]) -> Vec<Tile> {
        let mut grown = Vec::new();
        let mut new = leaves.to_vec();
        let mut level = 0_u32;
        while !new.is_empty() {
            let mut number = self.size >> (BITS * (level + 1));
            if self.levels.len() <= level as usize {
                self.levels.push(Vec::new());
            }
            let Some(tile) = self.levels.get_mut(level as usize) else {
                break;
            };
            let mut above = Vec::new();
            for hash in new {
                tile.push(hash);
                if tile.len() == WIDTH {
                    above.push(perfect(tile));
                    let hashes = std::mem::take(tile);
                    grown.push(Tile {
                        level,
                        number,
                        hashes,
                    });
                    number += 1;
                }
            }
            if !tile.is_empty() {
                let hashes = tile.clone();
                grown.push(Tile {
                    level,
                    number,
                    hashes,
                });
            }
            new = above;
            level += 1;
        }
        self.size += leaves.len() as u64;
        grown
    }

    /// How many leaves there are.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The root (RFC 6962, 2.1).
    pub(crate) fn root(&self) -> Hash {
        let mut peaks = Vec::new();
        for tile in self.levels.iter().rev() {
            let mut rest = tile.as_slice();
            while !rest.is_empty() {
                let (subtree, after) = rest.split_at(1 << rest.len().ilog2());
                peaks.push(perfect(subtree));
                rest = after;
            }
        }
        match peaks.pop() {
            None => sha256(&[]),
            Some(last) => peaks.iter().rfold(last, |right, left| hash_node(left, &right)),
        }
    }
}

/// The root over a power of two of hashes.
fn perfect(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        let (pairs, _) = row.as_chunks::<2>();
        row = pairs.iter().map(|[left, right]| hash_node(left, right)).collect();
    }
    row.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
