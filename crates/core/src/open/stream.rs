//! One pass: for pipes, which cannot be read twice.

use std::io::{self, BufReader, Read};

use zeroize::Zeroizing;

use super::seekable::open_floe;
use super::{OpenError, OpenGrant, VerifiedHeader};
use crate::body::{
    BodyLayout, LEAF_LENGTH, LEAF_PLAINTEXT_LENGTH, LEAF_SEGMENTS, LeafOpener, LeafTree, digest_leaf,
    plaintext_slots,
};
use crate::error::{Layer, Malformed};
use crate::floe::{
    FloeHeader, HEADER_LENGTH, SEGMENT_LENGTH, SEGMENT_OVERHEAD, SEGMENT_PAYLOAD_OFFSET,
    SEGMENT_PLAINTEXT_LENGTH,
};
use crate::inner::InnerHeader;
use crate::seal::{self, MAX_OBJECT_LENGTH, SealReport, TAIL_LENGTH};

/// Reads a protected file in one pass.
///
/// **Bytes come out before the seal was checked.** They are encrypted under the file's key at their place, so nobody
/// without a licence has written them; but any *reader* of the file could have, until [`finish`](Self::finish) says
/// otherwise. Keep what comes out where nobody uses it until then: in a temporary file, behind a closed door. Files of
/// less than 1 MiB, and the last leaf of longer ones, are released only after the check.
///
/// The end of the content is reported (`Ok(0)`) only after the seal was verified and the input has ended; everything
/// else is an error (SEC-22). Memory: about 2 MiB, whatever the file's length.
#[must_use = "the content is the publisher's only if `finish` says so"]
pub struct StreamReader<R> {
    file: BufReader<R>,
    header: VerifiedHeader,
    floe_header: FloeHeader,
    opener: LeafOpener,
    inner_header: InnerHeader,
    leaf: Zeroizing<Vec<u8>>,
    /// Plaintext bytes of the current leaf that are released, and that there are.
    released: usize,
    available: usize,
    /// Leaves read so far, the bytes of their segments, and the bytes of content released.
    index: u64,
    segments_length: u64,
    released_in_all: u64,
    tree: LeafTree,
    /// Hash over the chaining values in order, to hold against the leaf list without keeping it.
    list_hash: blake3::Hasher,
    report: Option<SealReport>,
    failed: bool,
}

impl<R: Read> StreamReader<R> {
    /// Goes on behind the header: `file` is where [`read_header`](super::read_header) has left it.
    ///
    /// # Errors
    ///
    /// [`OpenError`], the first thing that is wrong.
    pub fn new(file: R, header: VerifiedHeader, grant: OpenGrant) -> Result<Self, OpenError> {
        let mut file = BufReader::with_capacity(LEAF_LENGTH, file);
        let (floe_header, opener) = {
            let (floe_header, opener) = open_floe(&mut file, &header, &grant)?;
            (floe_header, LeafOpener::new(&opener))
        };
        let mut reader = Self {
            file,
            header,
            floe_header,
            opener,
            inner_header: InnerHeader::default(),
            leaf: Zeroizing::new(vec![0; LEAF_LENGTH]),
            released: 0,
            available: 0,
            index: 0,
            segments_length: 0,
            released_in_all: 0,
            tree: LeafTree::new(),
            list_hash: blake3::Hasher::new(),
            report: None,
            failed: false,
        };
        reader.load_leaf()?;
        let first = SEGMENT_PLAINTEXT_LENGTH.min(reader.available);
        let slot = reader
            .leaf
            .get(SEGMENT_PAYLOAD_OFFSET..SEGMENT_PAYLOAD_OFFSET + first)
            .unwrap_or_default();
        let (inner_header, length) = InnerHeader::parse_first(slot)?;
        (reader.inner_header, reader.released) = (inner_header, length);
        if reader.report.is_some() {
            reader.check_size((reader.available - length) as u64)?;
        }
        Ok(reader)
    }

    /// What the file was called and was.
    pub const fn inner_header(&self) -> &InnerHeader {
        &self.inner_header
    }

    /// Reads what is left, checks the seal and says who sealed the content that came out.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; nothing that came out may be used then.
    pub fn finish(mut self) -> Result<SealReport, OpenError> {
        if self.failed {
            return Err(OpenError::Failed);
        }
        while self.report.is_none() {
            self.released_in_all += (self.available - self.released) as u64;
            self.load_leaf()?;
        }
        self.report.ok_or(OpenError::Internal)
    }

    /// Reads and opens the next leaf; with the last one also the seal and the end of the file.
    fn load_leaf(&mut self) -> Result<(), OpenError> {
        self.failed = true;
        let (length, is_last) = self.read_segments()?;
        let leaf = self.leaf.get_mut(..length).ok_or(OpenError::Internal)?;
        let digest = digest_leaf(self.index, leaf);
        self.opener.open_in_place(self.index, is_last, leaf)?;
        self.list_hash.update(&digest.chaining_value);
        self.tree.push(digest);
        self.index += 1;
        self.segments_length += length as u64;
        (self.released, self.available) = (0, plaintext_slots(length).map(|slot| slot.len()).sum());
        if is_last {
            let report = self.verify_end()?;
            if self.index > 1 {
                self.check_size(self.released_in_all + self.available as u64)?;
            }
            self.report = Some(report);
        }
        self.failed = false;
        Ok(())
    }

    /// Fills the leaf segment by segment; a segment's length field says whether it is the last one (SEC-11).
    fn read_segments(&mut self) -> Result<(usize, bool), OpenError> {
        for number in 0..LEAF_SEGMENTS {
            let start = number * SEGMENT_LENGTH;
            let segment = self
                .leaf
                .get_mut(start..start + SEGMENT_LENGTH)
                .ok_or(OpenError::Internal)?;
            let (length_field, rest) = segment.split_first_chunk_mut::<4>().ok_or(OpenError::Internal)?;
            self.file.read_exact(length_field)?;
            let field = u32::from_be_bytes(*length_field);
            let is_last = field != u32::MAX;
            let length = if is_last { field as usize } else { SEGMENT_LENGTH };
            if length <= SEGMENT_OVERHEAD || length > SEGMENT_LENGTH {
                return Err(Malformed::new(Layer::Body, "a segment has an impossible length").into());
            }
            self.file
                .read_exact(rest.get_mut(..length - 4).ok_or(OpenError::Internal)?)?;
            if is_last {
                return Ok((start + length, true));
            }
        }
        Ok((LEAF_LENGTH, false))
    }

    fn verify_end(&mut self) -> Result<SealReport, OpenError> {
        let layout = BodyLayout::new(HEADER_LENGTH as u64 + self.segments_length)?;
        let mut start = Vec::new();
        self.file
            .by_ref()
            .take(MAX_OBJECT_LENGTH as u64)
            .read_to_end(&mut start)?;
        // All of the rest is here, and its last bytes are not those of a complete file.
        if start.len() < MAX_OBJECT_LENGTH && !seal::ends_with_tail(&start) {
            return Err(OpenError::Unsealed);
        }
        let seal = seal::verify(&start, &self.header, &self.floe_header)?;
        if seal.body_length != layout.body_length() || Some(seal.report.root) != self.tree.root() {
            return Err(OpenError::Altered(Layer::Body));
        }
        let list_length = seal::leaf_list_length(layout.leaves());
        let mut rest = start
            .get(seal.object_length..)
            .unwrap_or_default()
            .chain(&mut self.file);
        if list_length > 0 {
            let mut listed = blake3::Hasher::new();
            let read = io::copy(&mut rest.by_ref().take(list_length), &mut listed)?;
            if read < list_length {
                return Err(OpenError::Unsealed);
            }
            if listed.finalize() != self.list_hash.finalize() {
                return Err(OpenError::Altered(Layer::Seal));
            }
        }
        let mut tail = [0; TAIL_LENGTH];
        rest.read_exact(&mut tail)?;
        if seal::parse_tail(&tail)? != seal.object_length as u64 + list_length {
            return Err(Malformed::new(Layer::Seal, "the seal's length is out of bounds").into());
        }
        // SEC-13: nothing follows.
        if io::copy(&mut rest.take(1), &mut io::sink())? > 0 {
            return Err(OpenError::Unsealed);
        }
        Ok(seal.report)
    }

    fn check_size(&self, actual: u64) -> Result<(), OpenError> {
        match self.inner_header.size() {
            Some(size) if size != actual => {
                Err(Malformed::new(Layer::InnerHeader, "the size is not the content's").into())
            }
            _ => Ok(()),
        }
    }

    fn read_some(&mut self, out: &mut [u8]) -> Result<usize, OpenError> {
        if self.failed {
            return Err(OpenError::Failed);
        }
        if out.is_empty() {
            return Ok(0);
        }
        if self.released == self.available {
            if self.report.is_some() {
                return Ok(0);
            }
            self.load_leaf()?;
        }
        debug_assert!(self.available <= LEAF_PLAINTEXT_LENGTH);
        let (segment, offset) = (
            self.released / SEGMENT_PLAINTEXT_LENGTH,
            self.released % SEGMENT_PLAINTEXT_LENGTH,
        );
        let start = segment * SEGMENT_LENGTH + SEGMENT_PAYLOAD_OFFSET + offset;
        let taken = (SEGMENT_PLAINTEXT_LENGTH - offset)
            .min(self.available - self.released)
            .min(out.len());
        let source = self.leaf.get(start..start + taken).ok_or(OpenError::Internal)?;
        let (target, _) = out.split_at_mut(taken);
        target.copy_from_slice(source);
        self.released += taken;
        self.released_in_all += taken as u64;
        Ok(taken)
    }
}

impl<R: Read> Read for StreamReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(self.read_some(out)?)
    }
}

impl<R> std::fmt::Debug for StreamReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamReader")
            .field("leaves", &self.index)
            .finish_non_exhaustive()
    }
}
