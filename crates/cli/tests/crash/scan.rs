//! Looking for text in clear under any name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::bytes::Regex;

/// What stands in every 4 KiB of the texts of these tests, and nowhere else.
const MARKER: &[u8] = b"marker-of-text-in-clear-7c1f";
const SPACING: usize = 4096;

/// A text of this length that does not compress and has the marker all over.
pub fn text(length: usize) -> Vec<u8> {
    let mut state = length as u64 | 1;
    let mut bytes: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    })
    .take(length)
    .collect();
    for block in bytes.chunks_mut(SPACING) {
        if block.len() >= MARKER.len() {
            block[..MARKER.len()].copy_from_slice(MARKER);
        }
    }
    bytes
}

/// True when there is text in clear among these bytes.
pub fn is_clear(bytes: &[u8]) -> bool {
    static PATTERN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(std::str::from_utf8(MARKER).unwrap()).unwrap());
    PATTERN.is_match(bytes)
}

/// Every file below `folder`, whatever its name.
pub fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            // The authority is at work below the same folder, and its files come and go.
            let Ok(entry) = entry else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.insert(entry.path());
            }
        }
    }
    found
}

/// The files below `folder`, but for `known` ones, in which there is text in clear.
pub fn clear_files(folder: &Path, known: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let unknown = files(folder).into_iter().filter(|path| !known.contains(path));
    unknown
        .filter(|path| std::fs::read(path).is_ok_and(|bytes| is_clear(&bytes)))
        .collect()
}
