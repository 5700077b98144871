//! Random access: the seal and the exact end first, then each leaf on use.

use std::borrow::Borrow;
use std::io::{self, Read, Seek, SeekFrom};

use zeroize::Zeroizing;

use super::end::VerifiedEnd;
use super::{OpenError, OpenGrant, VerifiedHeader};
use crate::body::{BodyLayout, LeafOpener, digest_leaf};
use crate::error::{Layer, Malformed};
use crate::floe::{
    FloeHeader, HEADER_LENGTH, Opener, SEGMENT_LENGTH, SEGMENT_PAYLOAD_OFFSET, SEGMENT_PLAINTEXT_LENGTH,
};
use crate::inner::InnerHeader;
use crate::labels;
use crate::seal::{SealReport, TrustedLeaves};

/// Reads a protected file at any place.
///
/// Opening checks the FLOE header, the seal's signature, that the file ends exactly where the seal says, and the leaf
/// list against the signed root. Each read then checks the leaf and the segments it touches before it releases a byte
/// (SEC-21). Memory: one leaf of at most 1 MiB, and the leaf list of at most 2 MiB.
pub struct SeekableReader<R> {
    file: R,
    body: VerifiedBody,
    opener: LeafOpener,
    /// The leaf read last, opened.
    leaf: Zeroizing<Vec<u8>>,
    leaf_index: Option<u64>,
    position: u64,
}

/// A sealed body whose seal was verified, for callers who open leaves on several threads.
#[derive(Debug)]
pub struct VerifiedBody {
    opener: Opener,
    layout: BodyLayout,
    leaves: TrustedLeaves,
    report: SealReport,
    inner_header: InnerHeader,
    /// Bytes of the plaintext stream before the file's own.
    inner_length: u64,
    /// Where in the file the body begins.
    body_start: u64,
    /// Where in the file the leaf list begins.
    list_start: u64,
}

impl<R: Read + Seek> SeekableReader<R> {
    /// Opens the file that the header was read from. The grant is lent where it is needed again, to save a change.
    ///
    /// # Errors
    ///
    /// [`OpenError`], the first thing that is wrong.
    pub fn open(
        mut file: R,
        header: VerifiedHeader,
        grant: impl Borrow<OpenGrant>,
    ) -> Result<Self, OpenError> {
        let body = VerifiedBody::read(&mut file, &header, grant.borrow())?;
        let opener = body.leaf_opener();
        let leaf = Zeroizing::new(Vec::new());
        let mut reader = Self {
            file,
            body,
            opener,
            leaf,
            leaf_index: None,
            position: 0,
        };
        reader.read_inner_header()?;
        Ok(reader)
    }

    /// What the file was called and was.
    pub const fn inner_header(&self) -> &InnerHeader {
        &self.body.inner_header
    }

    /// Bytes of the file's content.
    pub const fn plaintext_len(&self) -> u64 {
        self.body.plaintext_len()
    }

    /// Who sealed it.
    pub const fn seal_report(&self) -> &SealReport {
        &self.body.report
    }

    /// The file and its verified body, to open leaves on several threads while the reader stays.
    pub const fn parts(&self) -> (&R, &VerifiedBody) {
        (&self.file, &self.body)
    }

    /// Takes the reader apart, to open leaves on several threads.
    pub fn into_parts(self) -> (R, VerifiedBody) {
        (self.file, self.body)
    }

    fn read_inner_header(&mut self) -> Result<(), OpenError> {
        self.load_leaf(0)?;
        // An inner header is shorter than a segment, so it lies in the first slot.
        let slot = crate::body::plaintext_slots(self.leaf.len())
            .next()
            .unwrap_or_default();
        let (inner_header, length) = InnerHeader::parse_first(self.leaf.get(slot).unwrap_or_default())?;
        self.body.inner_length = length as u64;
        if inner_header
            .size()
            .is_some_and(|size| size != self.body.plaintext_len())
        {
            return Err(Malformed::new(Layer::InnerHeader, "the size is not the content's").into());
        }
        self.body.inner_header = inner_header;
        Ok(())
    }

    fn load_leaf(&mut self, index: u64) -> Result<(), OpenError> {
        if self.leaf_index == Some(index) {
            return Ok(());
        }
        // Until the leaf is open, the buffer holds nothing that may be released.
        self.leaf_index = None;
        let place = self.body.leaf_place(index);
        self.leaf.resize((place.end - place.start) as usize, 0);
        self.file.seek(SeekFrom::Start(place.start))?;
        self.file.read_exact(&mut self.leaf)?;
        let group = match self.body.leaf_list_place(index) {
            Some(place) => {
                let mut group = vec![[0; 32]; ((place.end - place.start) / 32) as usize];
                self.file.seek(SeekFrom::Start(place.start))?;
                self.file.read_exact(group.as_flattened_mut())?;
                group
            }
            None => Vec::new(),
        };
        self.body
            .open_leaf(&mut self.opener, index, &mut self.leaf, &group)?;
        self.leaf_index = Some(index);
        Ok(())
    }

    /// Copies what one segment offers at the current position.
    fn read_some(&mut self, out: &mut [u8]) -> Result<usize, OpenError> {
        let left = self.plaintext_len().saturating_sub(self.position);
        if left == 0 || out.is_empty() {
            return Ok(0);
        }
        let (index, place) = self.body.layout.locate(self.body.inner_length + self.position);
        self.load_leaf(index)?;
        let (segment, offset) = (place / SEGMENT_PLAINTEXT_LENGTH, place % SEGMENT_PLAINTEXT_LENGTH);
        let start = segment * SEGMENT_LENGTH + SEGMENT_PAYLOAD_OFFSET + offset;
        let wanted = (SEGMENT_PLAINTEXT_LENGTH - offset).min(out.len());
        let taken = usize::try_from(left).map_or(wanted, |left| wanted.min(left));
        let source = self.leaf.get(start..start + taken).ok_or(OpenError::Internal)?;
        let (target, _) = out.split_at_mut(taken);
        target.copy_from_slice(source);
        self.position += taken as u64;
        Ok(taken)
    }
}

impl<R: Read + Seek> Read for SeekableReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(self.read_some(out)?)
    }
}

impl<R: Read + Seek> Seek for SeekableReader<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.plaintext_len().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl<R> std::fmt::Debug for SeekableReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeekableReader")
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl VerifiedBody {
    fn read<R: Read + Seek>(
        file: &mut R,
        header: &VerifiedHeader,
        grant: &OpenGrant,
    ) -> Result<Self, OpenError> {
        let floe_start = header.length() as u64;
        file.seek(SeekFrom::Start(floe_start))?;
        let (floe_header, opener) = open_floe(file, header, grant)?;
        let VerifiedEnd {
            report,
            layout,
            leaves,
            list_start,
        } = VerifiedEnd::read(file, header, &floe_header)?;
        Ok(Self {
            opener,
            layout,
            leaves,
            report,
            inner_header: InnerHeader::default(),
            inner_length: 0,
            body_start: floe_start,
            list_start,
        })
    }

    /// What the file was called and was.
    pub const fn inner_header(&self) -> &InnerHeader {
        &self.inner_header
    }

    /// Bytes of the plaintext stream before the file's own: the first leaf's plaintext begins with so many.
    pub const fn inner_length(&self) -> u64 {
        self.inner_length
    }

    /// Bytes of the file's content.
    pub const fn plaintext_len(&self) -> u64 {
        self.layout.plaintext_length().saturating_sub(self.inner_length)
    }

    /// Who sealed it.
    pub const fn seal_report(&self) -> &SealReport {
        &self.report
    }

    /// How many leaves there are.
    pub const fn leaves(&self) -> u64 {
        self.layout.leaves()
    }

    /// Where in the file leaf number `index` lies.
    pub const fn leaf_place(&self, index: u64) -> std::ops::Range<u64> {
        let leaf = self.layout.leaf(index);
        self.body_start + leaf.start..self.body_start + leaf.end
    }

    /// Which part of the file must be read along with leaf number `index`: a piece of the leaf list of files beyond 64
    /// GiB, `None` for all others.
    pub fn leaf_list_place(&self, index: u64) -> Option<std::ops::Range<u64>> {
        let group = self.leaves.group_to_read(index)?;
        Some(self.list_start + group.start * 32..self.list_start + group.end * 32)
    }

    /// What one thread needs to open leaves.
    pub fn leaf_opener(&self) -> LeafOpener {
        LeafOpener::new(&self.opener)
    }

    /// Checks one leaf against the seal and opens it where it stands: the plaintext then lies in its
    /// [`plaintext_slots`](crate::hazmat::body::plaintext_slots). `list` is what lies at
    /// [`leaf_list_place`](Self::leaf_list_place), empty for `None`.
    ///
    /// # Errors
    ///
    /// [`OpenError::Altered`]; the buffer must not be used then.
    pub fn open_leaf(
        &self,
        opener: &mut LeafOpener,
        index: u64,
        leaf: &mut [u8],
        list: &[[u8; 32]],
    ) -> Result<(), OpenError> {
        let place = self.layout.leaf(index);
        if leaf.is_empty() || leaf.len() as u64 != place.end - place.start {
            return Err(OpenError::Altered(Layer::Body));
        }
        self.leaves.check(index, &digest_leaf(index, leaf), list)?;
        Ok(opener.open_in_place(index, self.layout.is_last(index), leaf)?)
    }
}

/// Reads the FLOE header and checks its tag: nothing else of the body is touched before (SEC-10).
pub(super) fn open_floe(
    file: &mut impl Read,
    header: &VerifiedHeader,
    grant: &OpenGrant,
) -> Result<(FloeHeader, Opener), OpenError> {
    if grant.licence().digest() != header.digest() {
        return Err(OpenError::WrongFile);
    }
    let mut bytes = [0; HEADER_LENGTH];
    file.read_exact(&mut bytes)?;
    let floe_header = FloeHeader::parse(&bytes)?;
    let key = labels::derive_body_key(grant.content_key().expose()).map_err(|_| OpenError::Internal)?;
    let opener = floe_header.verify(&key, &labels::body_aad(header.digest().as_bytes()))?;
    Ok((floe_header, opener))
}
