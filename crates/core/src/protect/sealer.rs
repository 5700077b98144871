//! One new body under a licence: everything but the loop over the leaves.

use zeroize::Zeroizing;

use super::ProtectError;
use crate::body::{LEAF_PLAINTEXT_LENGTH, LEAF_SEGMENTS, LeafDigest, LeafSealer, LeafTree};
use crate::certificate::{CertificateError, SignedEditGrant};
use crate::cose::{self, Kind};
use crate::floe::{
    FloeHeader, HEADER_LENGTH, MAX_SEGMENTS, SEGMENT_OVERHEAD, SEGMENT_PLAINTEXT_LENGTH, Sealer,
};
use crate::id::{ContentId, LicenceDigest};
use crate::inner::InnerHeader;
use crate::keys::{ContentKey, Signer};
use crate::labels;
use crate::open::{OpenGrant, VerifiedHeader};
use crate::prefix::Prefix;
use crate::publishing::{Published, PublishingLicence};
use crate::random::Randomness;
use crate::rights::Right;
use crate::seal::{self, Wire};
use crate::time::Timestamp;
use crate::{cbor, crypto};

/// Seals one body: the first under a new licence, or a changed one under an existing licence. Each has its own FLOE IV;
/// segments are never rewritten (SEC-32).
///
/// The file is [`head`](Self::head), the leaves in order, and what [`finish`](Self::finish) gives. The plaintext stream
/// is [`inner_header`](Self::inner_header) followed by the file's bytes. Leaves are sealed by
/// [`leaf_sealer`](Self::leaf_sealer)s, one for each thread, and reported with [`add_leaf`](Self::add_leaf) as they
/// are done. Memory: 32 bytes for each leaf (clause 11.3).
#[derive(Debug)]
pub struct FileSealer {
    licence: PublishingLicence,
    digest: LicenceDigest,
    edit_grant: Option<SignedEditGrant>,
    revision: u64,
    sealer: Sealer,
    head: Vec<u8>,
    inner_header: Zeroizing<Vec<u8>>,
    declared_size: Option<u64>,
    /// The leaf list, [`MISSING`] where a leaf is not done yet.
    leaves: Vec<[u8; 32]>,
    /// Leaf 0, whose plain hash is the root of a body without others.
    first: Option<LeafDigest>,
}

/// In place of a leaf that is still to come. That BLAKE3 gives this value cannot be brought about.
const MISSING: [u8; 32] = [0; 32];
/// Most leaves that room is made for before any of them is done: those of 64 GiB.
const MOST_ROOM: u64 = 1 << 17;

/// The end of a file: seal, leaf list and tail.
#[derive(Debug)]
pub struct SealedEnd {
    /// The signed object.
    pub seal: Vec<u8>,
    /// The leaf list, in order; empty when there is one leaf only.
    pub leaf_list: Vec<[u8; 32]>,
    /// The last 16 bytes.
    pub tail: [u8; 16],
    /// What was sealed.
    pub summary: Summary,
}

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The file's identifier.
    pub content_id: ContentId,
    /// The digest of its publishing licence.
    pub digest: LicenceDigest,
    /// 0 for the first version, and one more with each saved change.
    pub revision: u64,
    /// BLAKE3 over the body's segments.
    pub root: [u8; 32],
    /// Bytes of the protected file.
    pub file_length: u64,
}

impl FileSealer {
    /// Begins the first body under a new licence.
    ///
    /// # Errors
    ///
    /// [`ProtectError::RandomnessFailed`] or [`ProtectError::Internal`].
    pub fn new(
        published: Published,
        inner: &InnerHeader,
        rng: &mut dyn Randomness,
    ) -> Result<Self, ProtectError> {
        let (licence, content_key) = published.into_parts();
        Self::begin(licence, &content_key, None, 0, inner, rng)
    }

    /// Whether `signer` may seal a changed body at `sealed_at`: what [`revise`](Self::revise) and
    /// [`finish`](Self::finish) would say, before any work is done.
    ///
    /// # Errors
    ///
    /// [`ProtectError::NotPermitted`] without `EDIT`, [`ProtectError::WrongSigner`], [`ProtectError::SealerNotValid`].
    pub fn check_revision(
        header: &VerifiedHeader,
        grant: &OpenGrant,
        signer: &dyn Signer,
        sealed_at: Timestamp,
    ) -> Result<(), ProtectError> {
        let edit_grant = usable_grant(header, grant)?;
        sealing_grant(header.licence(), edit_grant.as_ref(), signer, sealed_at).map(drop)
    }

    /// Begins a changed body under an existing licence. `previous_revision` is that of the body being replaced.
    ///
    /// An edit grant that no reader would accept for this file is left out here, so that it cannot replace a file that
    /// opens by one that does not (clause 8.7).
    ///
    /// # Errors
    ///
    /// [`ProtectError::NotPermitted`] without `EDIT`, [`ProtectError::WrongSigner`] when the licence is for another
    /// file, [`ProtectError::RandomnessFailed`] or [`ProtectError::Internal`].
    pub fn revise(
        header: &VerifiedHeader,
        grant: &OpenGrant,
        previous_revision: u64,
        inner: &InnerHeader,
        rng: &mut dyn Randomness,
    ) -> Result<Self, ProtectError> {
        let edit_grant = usable_grant(header, grant)?;
        let revision = previous_revision.checked_add(1).ok_or(ProtectError::TooLong)?;
        Self::begin(
            header.licence().clone(),
            grant.content_key(),
            edit_grant,
            revision,
            inner,
            rng,
        )
    }

    fn begin(
        licence: PublishingLicence,
        content_key: &ContentKey,
        edit_grant: Option<SignedEditGrant>,
        revision: u64,
        inner: &InnerHeader,
        rng: &mut dyn Randomness,
    ) -> Result<Self, ProtectError> {
        let key = labels::derive_body_key(content_key.expose()).map_err(|_| ProtectError::Internal)?;
        let digest = licence.digest();
        let aad = labels::body_aad(digest.as_bytes());
        let sealer = FloeHeader::create(&key, &aad, rng)?;
        let bytes = licence.bytes();
        let head = [
            &Prefix::for_licence(bytes.len()).to_bytes(),
            bytes,
            sealer.header().as_bytes(),
        ]
        .concat();
        let inner_header = inner.to_bytes();
        let declared_size = inner.size();
        // All at once where the size is known: a list that grows is copied, and is there twice meanwhile.
        let room = declared_size.map_or(0, |size| {
            size.saturating_add(inner_header.len() as u64)
                .div_ceil(LEAF_PLAINTEXT_LENGTH as u64)
        });
        Ok(Self {
            licence,
            digest,
            edit_grant,
            revision,
            sealer,
            head,
            inner_header,
            declared_size,
            leaves: Vec::with_capacity(room.min(MOST_ROOM) as usize),
            first: None,
        })
    }

    /// Prefix, publishing licence and FLOE header: the start of the file.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The first bytes of the plaintext stream.
    pub fn inner_header(&self) -> &[u8] {
        &self.inner_header
    }

    /// What one thread needs to seal leaves of this file.
    pub fn leaf_sealer(&self) -> LeafSealer {
        LeafSealer::new(&self.sealer)
    }

    /// Takes note of leaf number `index`: each once, in any order.
    ///
    /// # Errors
    ///
    /// [`ProtectError::TooLong`] for a number that no file has.
    pub fn add_leaf(&mut self, index: u64, leaf: LeafDigest) -> Result<(), ProtectError> {
        if index >= MAX_SEGMENTS / LEAF_SEGMENTS as u64 {
            return Err(ProtectError::TooLong);
        }
        if index == 0 {
            self.first = Some(leaf);
        }
        let index = index as usize;
        if index >= self.leaves.len() {
            self.leaves.resize(index + 1, MISSING);
        }
        if let Some(place) = self.leaves.get_mut(index) {
            *place = leaf.chaining_value;
        }
        Ok(())
    }

    /// The root of the tree, if all of so many leaves are there.
    fn root(&self, leaves: u64) -> Option<[u8; 32]> {
        if self.leaves.len() as u64 != leaves || self.leaves.contains(&MISSING) {
            return None;
        }
        let mut tree = LeafTree::new();
        tree.push(self.first?);
        for leaf in self.leaves.iter().skip(1) {
            tree.push(LeafDigest::listed(*leaf));
        }
        tree.root()
    }

    /// Signs. `plaintext_length` is that of the whole plaintext stream, inner header included; the leaves that were added
    /// must be those of that length.
    ///
    /// # Errors
    ///
    /// [`ProtectError`]; the file is then worthless.
    pub fn finish(
        self,
        plaintext_length: u64,
        signer: &dyn Signer,
        sealed_at: Timestamp,
    ) -> Result<SealedEnd, ProtectError> {
        let written = plaintext_length.saturating_sub(self.inner_header.len() as u64);
        if let Some(declared) = self.declared_size.filter(|declared| *declared != written) {
            return Err(ProtectError::SizeDiffers { declared, written });
        }
        let segments = plaintext_length.div_ceil(SEGMENT_PLAINTEXT_LENGTH as u64);
        if segments > MAX_SEGMENTS {
            return Err(ProtectError::TooLong);
        }
        let leaves = plaintext_length.div_ceil(LEAF_PLAINTEXT_LENGTH as u64);
        let root = self.root(leaves).ok_or(ProtectError::Failed)?;
        let body_length = HEADER_LENGTH as u64 + plaintext_length + segments * SEGMENT_OVERHEAD as u64;
        let edit_grant = sealing_grant(&self.licence, self.edit_grant.as_ref(), signer, sealed_at)?;
        let payload = cbor::encode(&Wire {
            header_digest: crypto::sha256(&[&self.head]),
            root,
            body_length,
            revision: self.revision,
            sealed_at,
            edit_grant: edit_grant.map(|grant| grant.as_bytes().to_vec().into()),
        });
        let seal = cose::sign(Kind::SEAL, &payload, signer)?;
        let seal_length = seal.len() as u64 + seal::leaf_list_length(leaves);
        let tail = seal::tail(seal_length);
        let summary = Summary {
            content_id: self.licence.content_id(),
            digest: self.digest,
            revision: self.revision,
            root,
            file_length: (self.head.len() + tail.len() - HEADER_LENGTH) as u64 + body_length + seal_length,
        };
        let leaf_list = if leaves > 1 { self.leaves } else { Vec::new() };
        Ok(SealedEnd {
            seal,
            leaf_list,
            tail,
            summary,
        })
    }
}

/// The edit grant of a licence that gives `EDIT` for this very file; `None` when there is none that a reader would accept
/// while it lasts.
fn usable_grant(header: &VerifiedHeader, grant: &OpenGrant) -> Result<Option<SignedEditGrant>, ProtectError> {
    if !grant.licence().rights().contains(Right::Edit) {
        return Err(ProtectError::NotPermitted { right: Right::Edit });
    }
    if grant.licence().digest() != header.digest() {
        return Err(ProtectError::WrongSigner);
    }
    let holds = |grant: &&SignedEditGrant| {
        let tenant = header.licence().tenant();
        let verified = grant.verify(header.anchors(), tenant, &header.digest(), grant.begins());
        // Whether it is valid now is asked when sealing.
        matches!(verified, Ok(_) | Err(CertificateError::Expired { .. }))
    };
    Ok(grant.licence().edit_grant().filter(holds).cloned())
}

/// The edit grant to seal with; `None` when the signer is the publisher himself, whose own certificate holds.
fn sealing_grant<'a>(
    licence: &PublishingLicence,
    edit_grant: Option<&'a SignedEditGrant>,
    signer: &dyn Signer,
    sealed_at: Timestamp,
) -> Result<Option<&'a SignedEditGrant>, ProtectError> {
    let key = signer.verifying_key();
    let publisher = licence.publisher_claims();
    let publisher_is_valid = licence.chain().check_validity(sealed_at).is_ok();
    if key == publisher.key && publisher.scope.seal && publisher_is_valid {
        return Ok(None);
    }
    match edit_grant {
        Some(grant) if grant.claims().key == key => {
            if grant.check_validity(sealed_at).is_ok() {
                Ok(Some(grant))
            } else {
                Err(ProtectError::SealerNotValid)
            }
        }
        _ if key == publisher.key => Err(ProtectError::SealerNotValid),
        _ => Err(ProtectError::WrongSigner),
    }
}
