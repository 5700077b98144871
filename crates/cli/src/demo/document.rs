//! The document that the story is about.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome, reason};

/// The letter of `testdata/samples/`, carried in the program so that the demonstration runs anywhere.
const SAMPLE: &[u8] = include_bytes!("../../../../testdata/samples/letter.md");
const SAMPLE_NAME: &str = "letter.md";
/// How much is compared at once.
const PIECE: usize = 64 * 1024;

/// A document to play with.
pub enum Document {
    /// The sample letter.
    Sample,
    /// The person's own.
    File {
        /// Where it is.
        path: PathBuf,
        /// Its name.
        name: String,
    },
}

impl Document {
    /// The sample letter.
    pub fn sample() -> Self {
        Self::Sample
    }

    /// The person's own document.
    pub fn file(path: PathBuf) -> Outcome<Self> {
        let unreadable = |reason: &str| {
            Err(Failure::new(
                Kind::InputUnreadable,
                format!("{} cannot be read: {reason}", path.display()),
            ))
        };
        match std::fs::metadata(&path) {
            Ok(metadata) if !metadata.is_file() => return unreadable("it is not a file"),
            Ok(_) => {}
            Err(error) => return unreadable(&reason(&error)),
        }
        match path.file_name() {
            Some(name) => Ok(Self::File {
                name: name.to_string_lossy().into_owned(),
                path,
            }),
            None => unreadable("it has no name"),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Sample => SAMPLE_NAME,
            Self::File { name, .. } => name,
        }
    }

    /// Puts a copy into `folder`; returns where it is and its length.
    pub fn copy_into(&self, folder: &Path) -> io::Result<(PathBuf, u64)> {
        let target = folder.join(self.name());
        let length = match self {
            Self::Sample => std::fs::write(&target, SAMPLE).map(|()| SAMPLE.len() as u64)?,
            Self::File { path, .. } => std::fs::copy(path, &target)?,
        };
        Ok((target, length))
    }

    /// True when `content` is this very document, byte for byte.
    pub fn equals(&self, content: &mut impl Read) -> io::Result<bool> {
        match self {
            Self::Sample => same(&mut &SAMPLE[..], content),
            Self::File { path, .. } => same(&mut BufReader::new(File::open(path)?), content),
        }
    }
}

fn same(one: &mut impl Read, other: &mut impl Read) -> io::Result<bool> {
    let (mut left, mut right) = (Vec::with_capacity(PIECE), Vec::with_capacity(PIECE));
    loop {
        left.clear();
        right.clear();
        one.by_ref().take(PIECE as u64).read_to_end(&mut left)?;
        other.by_ref().take(PIECE as u64).read_to_end(&mut right)?;
        if left != right {
            return Ok(false);
        }
        if left.is_empty() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, SAMPLE};

    #[test]
    fn one_changed_or_missing_byte_is_seen() {
        let document = Document::sample();
        assert!(document.equals(&mut &SAMPLE[..]).unwrap());
        assert!(!document.equals(&mut &SAMPLE[1..]).unwrap());
        let mut changed = SAMPLE.to_vec();
        changed[100] ^= 1;
        assert!(!document.equals(&mut &changed[..]).unwrap());
    }
}
