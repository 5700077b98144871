use super::super::{verify_consistency, verify_inclusion};
use super::*;

fn hash(data: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(data)
        .finalize()
        .into()
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn hashes(hex: &[&str]) -> Vec<Hash> {
    hex.iter().map(|hex| bytes(hex).try_into().unwrap()).collect()
}

/// RFC 6962, 2.1.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
            node(&mth(left), &mth(right))
        }
    }
}

/// RFC 6962, 2.1.1.
fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
    let (mut proof, sibling) = if index < left.len() {
        (path(index, left), mth(right))
    } else {
        (path(index - left.len(), right), mth(left))
    };
    proof.push(sibling);
    proof
}

/// RFC 6962, 2.1.2.
fn subproof(old: usize, leaves: &[Hash], is_complete: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if is_complete {
            Vec::new()
        } else {
            vec![mth(leaves)]
        };
    }
    let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
    let (mut proof, sibling) = if old <= left.len() {
        (subproof(old, left, is_complete), mth(right))
    } else {
        (subproof(old - left.len(), right, false), mth(left))
    };
    proof.push(sibling);
    proof
}

/// Every tile of a tree, made from the definition.
fn tiles(leaves: &[Hash]) -> TileCache {
    let mut cache = TileCache::default();
    let (mut level, mut row) = (0, leaves.to_vec());
    while !row.is_empty() {
        for (tile, hashes) in (0..).zip(row.chunks(256)) {
            cache.put(Missing { level, tile }, hashes.as_flattened());
        }
        row = row.as_chunks::<256>().0.iter().map(|full| mth(full)).collect();
        level += 1;
    }
    cache
}

const CT_LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// Certificate Transparency's published proofs over its eight test leaves.
#[test]
fn proofs_are_those_of_known_vectors() {
    let leaves: Vec<Hash> = CT_LEAVES.iter().map(|leaf| hash(&bytes(leaf))).collect();
    let tiles = tiles(&leaves);
    let inclusion: [(u64, u64, &[&str]); 4] = [
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            3,
            &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
        ),
        (
            1,
            5,
            &[
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (index, size, expected) in inclusion {
        let proof = inclusion_proof(&tiles, index, size).unwrap();
        assert_eq!(proof, hashes(expected), "{index} in {size}");
        let root = mth(&leaves[..size as usize]);
        assert!(verify_inclusion(
            &leaves[index as usize],
            index,
            size,
            &proof,
            &root
        ));
    }
    let consistency: [(u64, u64, &[&str]); 3] = [
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (old, size, expected) in consistency {
        let proof = consistency_proof(&tiles, old, size).unwrap();
        assert_eq!(proof, hashes(expected), "{old} to {size}");
        let (before, after) = (mth(&leaves[..old as usize]), mth(&leaves[..size as usize]));
        assert!(verify_consistency(old, &before, size, &after, &proof));
    }
}

#[test]
fn proofs_of_every_small_tree_are_those_of_the_rfc_and_no_other_passes() {
    let leaves: Vec<Hash> = (0_u32..40).map(|number| hash(&number.to_be_bytes())).collect();
    let tiles = tiles(&leaves);
    for size in 1..=leaves.len() {
        let tree = &leaves[..size];
        let root = mth(tree);
        for (index, right) in tree.iter().enumerate() {
            let proof = inclusion_proof(&tiles, index as u64, size as u64).unwrap();
            assert_eq!(proof, path(index, tree));
            for (at, leaf) in tree.iter().enumerate() {
                let passes = verify_inclusion(leaf, index as u64, size as u64, &proof, &root);
                assert_eq!(passes, at == index);
            }
            let other = size as u64 + 1;
            assert!(
                proof.is_empty() || !verify_inclusion(right, index as u64, size as u64, &proof[1..], &root)
            );
            assert!(!verify_inclusion(right, other, size as u64, &proof, &root));
        }
        for old in 1..=size {
            let proof = consistency_proof(&tiles, old as u64, size as u64).unwrap();
            assert_eq!(proof, subproof(old, tree, true));
            let before = mth(&tree[..old]);
            assert!(verify_consistency(
                old as u64,
                &before,
                size as u64,
                &root,
                &proof
            ));
            let mut forked = tree.to_vec();
            forked[old - 1] = hash(b"another");
            let fork = mth(&forked);
            assert!(!verify_consistency(
                old as u64,
                &before,
                size as u64,
                &fork,
                &proof
            ));
            assert!(!verify_consistency(
                old as u64,
                &mth(&forked[..old]),
                size as u64,
                &root,
                &proof
            ));
        }
    }
}

#[test]
fn proofs_hold_across_tiles() {
    let leaves: Vec<Hash> = (0_u32..66_000)
        .map(|number| hash(&number.to_be_bytes()))
        .collect();
    let tiles = tiles(&leaves);
    let size = leaves.len() as u64;
    let root = mth(&leaves);
    for index in [0, 255, 256, 40_000, 65_535, 65_536, 65_791, 65_999] {
        let proof = inclusion_proof(&tiles, index, size).unwrap();
        assert!(verify_inclusion(
            &leaves[index as usize],
            index,
            size,
            &proof,
            &root
        ));
    }
    for old in [1, 256, 257, 65_535, 65_536, 65_999] {
        let proof = consistency_proof(&tiles, old, size).unwrap();
        assert!(verify_consistency(
            old,
            &mth(&leaves[..old as usize]),
            size,
            &root,
            &proof
        ));
    }
}

#[test]
fn roots_are_built_leaf_by_leaf() {
    let leaves: Vec<Hash> = (0_u32..300).map(|number| hash(&number.to_be_bytes())).collect();
    let mut tree = RootBuilder::default();
    for (size, leaf) in leaves.iter().enumerate() {
        assert_eq!(tree.root(), mth(&leaves[..size]));
        let resumed = RootBuilder::resume(tree.size(), tree.peaks().to_vec()).unwrap();
        assert_eq!(resumed.root(), tree.root());
        tree.push(*leaf);
    }
}
