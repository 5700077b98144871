use std::collections::BTreeMap;

use super::*;
use crate::tree::hash_leaf;

/// RFC 6962, 2.1, as it is written there.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(1 << (leaves.len() - 1).ilog2());
            hash_node(&mth(left), &mth(right))
        }
    }
}

fn leaves(count: u32) -> Vec<Hash> {
    (0..count)
        .map(|number| hash_leaf(&number.to_be_bytes()))
        .collect()
}

/// A tree that grows by `step` at a time, written tile by tile and read again each time.
fn grow(leaves: &[Hash], step: usize) -> (BTreeMap<(u32, u64), Vec<Hash>>, RightEdge) {
    let mut tiles = BTreeMap::new();
    let mut tree = RightEdge::default();
    for part in leaves.chunks(step) {
        let levels = edge(tree.size()).map(|(level, number, width)| {
            let kept: Vec<Hash> = if width > 0 {
                tiles.get(&(level, number)).cloned().unwrap_or_default()
            } else {
                Vec::new()
            };
            assert_eq!(kept.len(), width);
            kept
        });
        tree = RightEdge::new(tree.size(), levels.collect());
        for tile in tree.append(part) {
            tiles.insert((tile.level, tile.number), tile.hashes);
        }
    }
    (tiles, tree)
}

#[test]
fn roots_are_those_of_the_rfc() {
    let all = leaves(1_100);
    for size in [
        0, 1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 1_023, 1_024, 1_100,
    ] {
        let (_, tree) = grow(&all[..size], 100);
        assert_eq!(tree.root(), mth(&all[..size]), "{size}");
    }
}

#[test]
fn how_a_tree_grew_does_not_show() {
    let all = leaves(66_000);
    let (tiles, tree) = grow(&all, all.len());
    assert_eq!(tree.root(), mth(&all));
    assert_eq!(tiles.keys().map(|(level, _)| *level).max(), Some(2));
    for step in [255, 256, 257, 1_000] {
        let (same, grown) = grow(&all, step);
        assert_eq!((&same, grown.root()), (&tiles, tree.root()), "{step}");
    }
    assert_eq!(grow(&all[..600], 1).0, grow(&all[..600], 600).0);
}

/// Certificate Transparency's eight test leaves and their roots.
#[test]
fn roots_are_those_of_known_vectors() {
    let bytes = |hex: &str| -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(byte).collect()
    };
    let all: Vec<Hash> = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    .map(|input| hash_leaf(&bytes(input)))
    .to_vec();
    for (size, root) in [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(grow(&all[..size], 8).1.root().to_vec(), bytes(root), "{size}");
    }
}
