//! Passwords that were found in breaches, from a file: nothing is asked of anybody (`SEC-85`).
//!
//! The file is 16 bytes [`MAGIC`] and then the first eight bytes of each password's SHA-1, sorted, none twice. Eight bytes
//! take a billion passwords in 8 GB and refuse one good password in 18 billion; SHA-1 because the public lists are made
//! with it, and nothing here rests on its strength. `clausa admin passwords` writes it.

use std::fs::File;
use std::io::{self, BufRead, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1};

/// How the file begins.
pub const MAGIC: &[u8; 16] = b"clausa-breached\x01";
/// Bytes of one entry.
const ENTRY: u64 = 8;

/// Why a list cannot be used or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BreachedListError {
    /// The file cannot be read or written.
    #[error("the list of breached passwords cannot be read")]
    File(#[from] io::Error),
    /// It is not such a file, or was cut off.
    #[error("the file is not a list of breached passwords")]
    NotAList,
    /// A line of the source is not a SHA-1 hash.
    #[error("line {0} does not begin with the 40 hexadecimal digits of a SHA-1 hash")]
    Line(u64),
    /// The source is not sorted by hash.
    #[error("line {0} comes after a larger hash: sort the list by its hashes first")]
    Order(u64),
}

/// A list on disk. Each look-up opens it, so that an operator can put a newer one in its place.
#[derive(Clone, Debug)]
pub struct BreachedList {
    path: PathBuf,
}

impl BreachedList {
    /// Names the file.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many passwords it holds.
    ///
    /// # Errors
    ///
    /// [`BreachedListError`].
    pub fn count(&self) -> Result<u64, BreachedListError> {
        open(&self.path).map(|(_, count)| count)
    }

    /// True when the list holds `password`. Reads some thirty times eight bytes.
    ///
    /// # Errors
    ///
    /// [`BreachedListError`].
    pub fn holds(&self, password: &str) -> Result<bool, BreachedListError> {
        let (mut file, count) = open(&self.path)?;
        let wanted = first_bytes(&Sha1::digest(password.as_bytes()));
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            file.seek(SeekFrom::Start(MAGIC.len() as u64 + middle * ENTRY))?;
            let mut entry = [0; ENTRY as usize];
            file.read_exact(&mut entry)?;
            match u64::from_be_bytes(entry).cmp(&wanted) {
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(false)
    }
}

/// Writes a list from lines `HASH` or `HASH:COUNT`, sorted by hash, as the public lists come. Lines with a count below
/// `at_least` are left out. How many passwords were written.
///
/// # Errors
///
/// [`BreachedListError`].
pub fn write(source: impl BufRead, mut target: impl Write, at_least: u64) -> Result<u64, BreachedListError> {
    target.write_all(MAGIC)?;
    let (mut written, mut last) = (0, None);
    for (line, number) in source.lines().zip(1..) {
        let line = line?;
        let text = line.trim();
        if text.is_empty() {
            continue;
        }
        let entry = entry_of(text).ok_or(BreachedListError::Line(number))?;
        let count = text.get(41..).and_then(|count| count.parse().ok());
        if last.is_some_and(|last| entry < last) {
            return Err(BreachedListError::Order(number));
        }
        if count.is_none_or(|count: u64| count >= at_least) && last != Some(entry) {
            target.write_all(&entry.to_be_bytes())?;
            written += 1;
            last = Some(entry);
        }
    }
    target.flush()?;
    Ok(written)
}

fn open(path: &Path) -> Result<(File, u64), BreachedListError> {
    let mut file = File::open(path)?;
    let mut magic = [0; MAGIC.len()];
    let length = file.metadata()?.len();
    let body = length.checked_sub(magic.len() as u64);
    let body = body
        .filter(|body| body % ENTRY == 0)
        .ok_or(BreachedListError::NotAList)?;
    file.read_exact(&mut magic)?;
    match magic == *MAGIC {
        true => Ok((file, body / ENTRY)),
        false => Err(BreachedListError::NotAList),
    }
}

fn first_bytes(hash: &[u8]) -> u64 {
    hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// The first eight bytes of the hash at the beginning of a line.
fn entry_of(line: &str) -> Option<u64> {
    let hash = line.get(..40)?;
    let is_hash = hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    let ends = line.as_bytes().get(40).is_none_or(|next| *next == b':');
    (is_hash && ends)
        .then(|| u64::from_str_radix(hash.get(..16)?, 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn hex(password: &str) -> String {
        Sha1::digest(password.as_bytes())
            .iter()
            .fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02X}").unwrap();
                text
            })
    }

    fn source(passwords: &[(String, u64)]) -> String {
        let mut lines: Vec<_> = passwords
            .iter()
            .map(|(password, count)| format!("{}:{count}\r\n", hex(password)))
            .collect();
        lines.sort();
        lines.concat()
    }

    /// SEC-85
    #[test]
    fn what_the_list_holds_is_found_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let list = BreachedList::new(folder.path().join("breached"));
        for size in [0_u64, 1, 2, 3, 1_000] {
            let passwords: Vec<_> = (0..size).map(|n| (format!("password {n}"), n)).collect();
            let target = File::create(list.path()).unwrap();
            assert_eq!(write(source(&passwords).as_bytes(), target, 0).unwrap(), size);
            assert_eq!(list.count().unwrap(), size);
            assert!(
                passwords
                    .iter()
                    .all(|(password, _)| list.holds(password).unwrap())
            );
            assert!((size..size + 100).all(|n| !list.holds(&format!("password {n}")).unwrap()));
        }
        let target = File::create(list.path()).unwrap();
        let passwords = [("often".to_owned(), 50), ("rarely".to_owned(), 2)];
        assert_eq!(write(source(&passwords).as_bytes(), target, 10).unwrap(), 1);
        assert!(list.holds("often").unwrap() && !list.holds("rarely").unwrap());
    }

    /// The hash of "password" as the public lists have it.
    #[test]
    fn lines_are_those_of_the_public_lists() {
        let line = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9545824\n";
        let mut target = Vec::new();
        write(line.as_bytes(), &mut target, 0).unwrap();
        assert_eq!(target[16..], 0x5baa_61e4_c9b9_3f3f_u64.to_be_bytes());
        assert_eq!(entry_of(&hex("password")), Some(0x5baa_61e4_c9b9_3f3f));
    }

    #[test]
    fn damaged_lists_and_sources_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let list = BreachedList::new(folder.path().join("breached"));
        assert!(matches!(list.holds("x"), Err(BreachedListError::File(_))));
        for bytes in [
            &b""[..],
            b"something else 12345678",
            &[MAGIC, &b"1234567"[..]].concat(),
        ] {
            std::fs::write(list.path(), bytes).unwrap();
            assert!(matches!(list.holds("x"), Err(BreachedListError::NotAList)));
        }
        let (one, two) = ("0".repeat(40), "f".repeat(40));
        let unsorted = format!("{two}\n{one}\n");
        let made = |source: &str| write(source.as_bytes(), Vec::new(), 0);
        assert!(matches!(made(&unsorted), Err(BreachedListError::Order(2))));
        for wrong in [
            "password",
            &one[1..],
            &format!("{one}0"),
            &format!("g{}", &one[1..]),
        ] {
            assert!(matches!(made(wrong), Err(BreachedListError::Line(1))), "{wrong}");
        }
        assert_eq!(made(&format!("{one}\n{one}:3\n\n{two}\n")).unwrap(), 2);
    }
}
