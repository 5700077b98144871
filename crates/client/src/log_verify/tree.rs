//! Proofs made from tiles, and roots made from leaves. Nothing here is believed: what it makes is verified.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::Hash;
use super::proof::node;

/// A tile that is needed and not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Missing {
    /// Its level.
    pub level: u32,
    /// Its number.
    pub tile: u64,
}

/// Tiles that were fetched, with the hashes inside them.
#[derive(Debug, Default)]
pub struct TileCache(HashMap<Missing, Vec<Vec<Hash>>>);

impl TileCache {
    /// Keeps a tile; what is no whole hash at its end is left out.
    pub fn put(&mut self, name: Missing, bytes: &[u8]) {
        let mut rows = vec![bytes.as_chunks().0.to_vec()];
        while let Some(row) = rows.last().filter(|row| row.len() > 1) {
            let above = row
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[left, right]| node(left, right));
            rows.push(above.collect());
        }
        self.0.insert(name, rows);
    }

    /// The root of the complete subtree of `2^height` leaves at `index`, counted in such subtrees.
    fn complete(&self, height: u32, index: u64) -> Result<Hash, Missing> {
        let (level, inside) = (height / 8, height % 8);
        let first = index << inside;
        let name = Missing {
            level,
            tile: first >> 8,
        };
        let row = self.0.get(&name).and_then(|rows| rows.get(inside as usize));
        let found = row.and_then(|row| row.get(((first & 0xff) >> inside) as usize));
        found.copied().ok_or(name)
    }

    /// The root over the leaves from `from` to `to`, which is left out. `from` is where RFC 6962 splits.
    fn root(&self, from: u64, to: u64) -> Result<Hash, Missing> {
        let count = to - from;
        if count.is_power_of_two() {
            let height = count.ilog2();
            return self.complete(height, from >> height);
        }
        let left = split(count);
        Ok(node(&self.root(from, from + left)?, &self.root(from + left, to)?))
    }
}

/// The proof that leaf `index` is in the tree of `size` leaves (RFC 6962, 2.1.1).
///
/// # Errors
///
/// [`Missing`]: a tile to fetch before trying again. The same one twice means that it does not have what it must.
pub fn inclusion_proof(tiles: &TileCache, index: u64, size: u64) -> Result<Vec<Hash>, Missing> {
    let (mut from, mut to) = (0, size);
    let mut proof = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            proof.push(tiles.root(middle, to)?);
            to = middle;
        } else {
            proof.push(tiles.root(from, middle)?);
            from = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of `size` leaves begins with the tree of `old` leaves (RFC 6962, 2.1.2).
///
/// # Errors
///
/// As [`inclusion_proof`].
pub fn consistency_proof(tiles: &TileCache, old: u64, size: u64) -> Result<Vec<Hash>, Missing> {
    let mut proof = Vec::new();
    if old == 0 || old >= size {
        return Ok(proof);
    }
    let (mut from, mut to) = (0, size);
    let mut is_old_root = true;
    while old != to {
        let middle = from + split(to - from);
        if old <= middle {
            proof.push(tiles.root(middle, to)?);
            to = middle;
        } else {
            proof.push(tiles.root(from, middle)?);
            from = middle;
            is_old_root = false;
        }
    }
    if !is_old_root {
        proof.push(tiles.root(from, to)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The roots of the complete subtrees of the first `size` leaves, largest first.
///
/// # Errors
///
/// As [`inclusion_proof`].
pub fn peaks(tiles: &TileCache, size: u64) -> Result<Vec<Hash>, Missing> {
    let mut from = 0;
    let heights = (0..64).rev().filter(|height| size >> height & 1 == 1);
    heights
        .map(|height| {
            let peak = tiles.complete(height, from >> height);
            from += 1 << height;
            peak
        })
        .collect()
}

/// The largest power of two below `count`, which is more than one.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Makes a root from leaf hashes, one after another.
#[derive(Debug, Clone, Default)]
pub struct RootBuilder {
    size: u64,
    /// Roots of complete subtrees, of falling sizes.
    peaks: Vec<Hash>,
}

impl RootBuilder {
    /// Goes on from a tree of `size` leaves whose complete subtrees, largest first, have these roots; `None` when a
    /// tree of that size has another number of them.
    pub fn resume(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Adds a leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut full = self.size;
        while full & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                hash = node(&left, &hash);
            }
            full >>= 1;
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of its complete subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root over the leaves so far.
    pub fn root(&self) -> Hash {
        match self.peaks.split_last() {
            None => Sha256::digest([]).into(),
            Some((last, rest)) => rest.iter().rfold(*last, |right, left| node(left, &right)),
        }
    }
}

#[cfg(test)]
mod tests;
