//! Protecting what is in memory: every leaf is sealed where it will stand, so nothing is allocated but the output.

use zeroize::{Zeroize, Zeroizing};

use super::{FileSealer, ProtectError, Summary};
use crate::body::{LEAF_PLAINTEXT_LENGTH, leaf_length, plaintext_slots};
use crate::inner::InnerHeader;
use crate::keys::Signer;
use crate::publishing::Published;
use crate::random::Randomness;
use crate::time::Timestamp;

/// What a file is longer than head and leaves: seal, edit grant and tail come to less.
const END_RESERVE: usize = 1_024;

/// Protects what is in memory.
///
/// # Errors
///
/// [`ProtectError`].
pub fn protect(
    published: Published,
    inner: &InnerHeader,
    plaintext: &[u8],
    signer: &dyn Signer,
    sealed_at: Timestamp,
    rng: &mut dyn Randomness,
) -> Result<Vec<u8>, ProtectError> {
    let mut out = Vec::new();
    protect_into(published, inner, plaintext, signer, sealed_at, rng, &mut out)?;
    Ok(out)
}

/// Protects what is in memory and appends the protected file to `out`. For many small files, one after another in the
/// same buffer.
///
/// # Errors
///
/// [`ProtectError`]; what was appended is wiped and taken away again.
pub fn protect_into(
    published: Published,
    inner: &InnerHeader,
    plaintext: &[u8],
    signer: &dyn Signer,
    sealed_at: Timestamp,
    rng: &mut dyn Randomness,
    out: &mut Vec<u8>,
) -> Result<Summary, ProtectError> {
    let sealer = FileSealer::new(published, inner, rng)?;
    let start = out.len();
    let sealed = append(sealer, plaintext, signer, sealed_at, rng, out);
    if sealed.is_err() {
        // The leaf that failed still holds plaintext.
        out.get_mut(start..).unwrap_or_default().zeroize();
        out.truncate(start);
    }
    sealed
}

fn append(
    mut sealer: FileSealer,
    plaintext: &[u8],
    signer: &dyn Signer,
    sealed_at: Timestamp,
    rng: &mut dyn Randomness,
    out: &mut Vec<u8>,
) -> Result<Summary, ProtectError> {
    let inner = Zeroizing::new(sealer.inner_header().to_vec());
    let length = inner.len() + plaintext.len();
    let body = length
        + length.div_ceil(LEAF_PLAINTEXT_LENGTH)
            * (leaf_length(LEAF_PLAINTEXT_LENGTH) - LEAF_PLAINTEXT_LENGTH);
    out.reserve_exact(sealer.head().len() + body + END_RESERVE);
    out.extend_from_slice(sealer.head());
    let mut leaves = sealer.leaf_sealer();
    let mut stream = Stream([&inner, plaintext]);
    let mut rest = length;
    let mut index = 0;
    while rest > 0 {
        let taken = rest.min(LEAF_PLAINTEXT_LENGTH);
        rest -= taken;
        let start = out.len();
        out.resize(start + leaf_length(taken), 0);
        let leaf = out.get_mut(start..).ok_or(ProtectError::Internal)?;
        for slot in plaintext_slots(leaf.len()) {
            stream.fill(leaf.get_mut(slot).ok_or(ProtectError::Internal)?);
        }
        sealer.add_leaf(index, leaves.seal_in_place(index, rest == 0, leaf, rng)?)?;
        index += 1;
    }
    let end = sealer.finish(length as u64, signer, sealed_at)?;
    out.extend_from_slice(&end.seal);
    out.extend_from_slice(end.leaf_list.as_flattened());
    out.extend_from_slice(&end.tail);
    Ok(end.summary)
}

/// The plaintext stream: inner header, then content.
struct Stream<'a>([&'a [u8]; 2]);

impl Stream<'_> {
    /// Moves the next bytes into `slot`, which is not longer than what is left.
    fn fill(&mut self, mut slot: &mut [u8]) {
        for part in &mut self.0 {
            let (now, later) = part.split_at(part.len().min(slot.len()));
            let (filled, free) = slot.split_at_mut(now.len());
            filled.copy_from_slice(now);
            (*part, slot) = (later, free);
        }
    }
}
