//! Segments, sealed and opened in place.

use std::ops::Range;
use std::sync::Arc;

use super::header::MessageKey;
use super::{FloeError, FloeHeader};
use crate::crypto::{AEAD_NONCE_LENGTH, AEAD_TAG_LENGTH, AeadKey, CryptoError};
use crate::random::Randomness;

/// Bytes of every segment but the last.
pub const SEGMENT_LENGTH: usize = 65_536;
/// Bytes that a segment is longer than its plaintext: length field, IV, tag.
pub const SEGMENT_OVERHEAD: usize = SEGMENT_PAYLOAD_OFFSET + AEAD_TAG_LENGTH;
/// Where in a segment the plaintext begins (and later the ciphertext): behind length field and IV.
pub const SEGMENT_PAYLOAD_OFFSET: usize = LENGTH_FIELD + AEAD_NONCE_LENGTH;
/// Plaintext bytes of a full segment.
pub const SEGMENT_PLAINTEXT_LENGTH: usize = SEGMENT_LENGTH - SEGMENT_OVERHEAD;
/// Segments a message may have. The specification allows 2^40; we stop at 16 TiB (SEC-11).
pub const MAX_SEGMENTS: u64 = 1 << 28;

const LENGTH_FIELD: usize = 4;
/// The length field of every segment but the last.
const INNER: u32 = u32::MAX;
/// The segment key changes when one of the bits above these does.
const ROTATION_MASK: u64 = (1 << 20) - 1;
/// How many IVs a worker draws at once: one call of the operating system for 4 MiB of segments.
const IV_STOCK: usize = 64;

/// Which segment of a message this is, and whether it ends the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Counted from 0.
    pub index: u64,
    /// Whether it is the one last segment.
    pub is_last: bool,
}

impl Position {
    /// A segment that others follow.
    pub fn inner(index: u64) -> Self {
        Self {
            index,
            is_last: false,
        }
    }

    /// The segment that ends the message.
    pub fn last(index: u64) -> Self {
        Self { index, is_last: true }
    }
}

/// Seals the segments of one new message. Share it between threads by reference; each asks for its
/// [`worker`](Self::worker).
///
/// The message is whole only if the caller seals each position from 0 to the last once, and exactly one as last.
#[derive(Debug)]
pub struct Sealer {
    header: FloeHeader,
    key: Arc<MessageKey>,
}

impl Sealer {
    pub(super) fn new(header: FloeHeader, key: MessageKey) -> Self {
        Self {
            header,
            key: Arc::new(key),
        }
    }

    /// The header to write before the first segment.
    pub fn header(&self) -> &FloeHeader {
        &self.header
    }

    /// What one thread needs to seal segments.
    pub fn worker(&self) -> SealWorker {
        SealWorker {
            keys: SegmentKeys::new(&self.key),
            ivs: IvStock::new(),
        }
    }
}

/// Opens the segments of one message whose header was found authentic. Share it between threads by reference;
/// each asks for its [`worker`](Self::worker).
#[derive(Debug)]
pub struct Opener {
    key: Arc<MessageKey>,
}

impl Opener {
    pub(super) fn new(key: MessageKey) -> Self {
        Self { key: Arc::new(key) }
    }

    /// What one thread needs to open segments.
    pub fn worker(&self) -> OpenWorker {
        OpenWorker {
            keys: SegmentKeys::new(&self.key),
        }
    }
}

/// One thread's part in sealing a message.
#[derive(Debug)]
pub struct SealWorker {
    keys: SegmentKeys,
    ivs: IvStock,
}

impl SealWorker {
    /// Seals one segment where it stands.
    ///
    /// `segment` is the whole segment: on entry the plaintext lies at [`SEGMENT_PAYLOAD_OFFSET`] and ends 16 bytes
    /// before the end, the rest is overwritten. It is [`SEGMENT_LENGTH`] long; the last may be shorter, down to
    /// [`SEGMENT_OVERHEAD`]. IVs are drawn from `rng` in stocks of 64.
    ///
    /// # Errors
    ///
    /// [`FloeError::SegmentLength`], [`FloeError::TooManySegments`], [`FloeError::RandomnessFailed`] or
    /// [`FloeError::Backend`]; the segment must then not be written.
    pub fn seal_segment_in_place(
        &mut self,
        position: Position,
        segment: &mut [u8],
        rng: &mut dyn Randomness,
    ) -> Result<(), FloeError> {
        let length_field = expected_length_field(position, segment.len())?;
        let key = self.keys.at(position.index)?;
        let iv = self.ivs.next(rng)?;
        let parts = Parts::of(segment)?;
        *parts.length_field = length_field.to_be_bytes();
        *parts.iv = iv;
        *parts.tag = key.seal_in_place(&iv, &additional_data(position), parts.payload)?;
        Ok(())
    }
}

/// One thread's part in opening a message.
#[derive(Debug)]
pub struct OpenWorker {
    keys: SegmentKeys,
}

impl OpenWorker {
    /// Opens one segment where it stands and returns where in it the plaintext lies.
    ///
    /// `segment` is the whole segment, of exactly the length the caller knows it to have. On failure it holds no
    /// plaintext.
    ///
    /// # Errors
    ///
    /// [`FloeError::SegmentLength`], [`FloeError::TooManySegments`], [`FloeError::BadLengthField`] (SEC-11),
    /// [`FloeError::BadSegment`] or [`FloeError::Backend`].
    pub fn open_segment_in_place(
        &mut self,
        position: Position,
        segment: &mut [u8],
    ) -> Result<Range<usize>, FloeError> {
        let length_field = expected_length_field(position, segment.len())?;
        let key = self.keys.at(position.index)?;
        let plaintext = SEGMENT_PAYLOAD_OFFSET..segment.len() - AEAD_TAG_LENGTH;
        let parts = Parts::of(segment)?;
        if *parts.length_field != length_field.to_be_bytes() {
            return Err(FloeError::BadLengthField);
        }
        key.open_in_place(parts.iv, &additional_data(position), parts.payload, parts.tag)
            .map_err(|_| FloeError::BadSegment)?;
        Ok(plaintext)
    }
}

/// Checks position and length, and gives the length field that goes with them.
fn expected_length_field(position: Position, length: usize) -> Result<u32, FloeError> {
    if position.index >= MAX_SEGMENTS {
        return Err(FloeError::TooManySegments);
    }
    match u32::try_from(length) {
        Ok(field) if position.is_last && (SEGMENT_OVERHEAD..=SEGMENT_LENGTH).contains(&length) => Ok(field),
        Ok(_) if !position.is_last && length == SEGMENT_LENGTH => Ok(INNER),
        _ => Err(FloeError::SegmentLength { actual: length }),
    }
}

/// `u64(index) || 00` or `01` for the last segment.
fn additional_data(position: Position) -> [u8; 9] {
    let mut aad = [0; 9];
    let (index, last) = aad.split_at_mut(8);
    index.copy_from_slice(&position.index.to_be_bytes());
    last.fill(position.is_last.into());
    aad
}

/// A segment taken apart.
struct Parts<'a> {
    length_field: &'a mut [u8; LENGTH_FIELD],
    iv: &'a mut [u8; AEAD_NONCE_LENGTH],
    payload: &'a mut [u8],
    tag: &'a mut [u8; AEAD_TAG_LENGTH],
}

impl<'a> Parts<'a> {
    fn of(segment: &'a mut [u8]) -> Result<Self, FloeError> {
        let actual = segment.len();
        Self::split(segment).ok_or(FloeError::SegmentLength { actual })
    }

    fn split(segment: &'a mut [u8]) -> Option<Self> {
        let (length_field, rest) = segment.split_first_chunk_mut()?;
        let (iv, rest) = rest.split_first_chunk_mut()?;
        let (payload, tag) = rest.split_last_chunk_mut()?;
        Some(Self {
            length_field,
            iv,
            payload,
            tag,
        })
    }
}

/// The message's key and the segment key used last, which serves 2^20 segments.
#[derive(Debug)]
struct SegmentKeys {
    message: Arc<MessageKey>,
    cached: Option<(u64, AeadKey)>,
}

impl SegmentKeys {
    fn new(message: &Arc<MessageKey>) -> Self {
        Self {
            message: Arc::clone(message),
            cached: None,
        }
    }

    fn at(&mut self, index: u64) -> Result<&AeadKey, FloeError> {
        let first = index & !ROTATION_MASK;
        if self.cached.as_ref().is_none_or(|(of, _)| *of != first) {
            let key = AeadKey::new(self.message.derive_segment_key(first)?.expose())?;
            self.cached = Some((first, key));
        }
        self.cached
            .as_ref()
            .map(|(_, key)| key)
            .ok_or(FloeError::Backend(CryptoError::Internal))
    }
}

/// Random IVs, drawn in batches: a call of the operating system for each would cost more than a small segment.
#[derive(Debug)]
struct IvStock {
    bytes: Box<[u8; IV_STOCK * AEAD_NONCE_LENGTH]>,
    used: usize,
}

impl IvStock {
    fn new() -> Self {
        Self {
            bytes: Box::new([0; IV_STOCK * AEAD_NONCE_LENGTH]),
            used: IV_STOCK,
        }
    }

    fn next(&mut self, rng: &mut dyn Randomness) -> Result<[u8; AEAD_NONCE_LENGTH], FloeError> {
        if self.used >= IV_STOCK {
            rng.fill(self.bytes.as_mut_slice())?;
            self.used = 0;
        }
        let (ivs, _) = self.bytes.as_chunks::<AEAD_NONCE_LENGTH>();
        let iv = ivs.get(self.used).copied().ok_or(FloeError::RandomnessFailed)?;
        self.used += 1;
        Ok(iv)
    }
}
