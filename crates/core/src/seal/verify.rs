//! Verifying a seal's signature.

use super::{SealReport, SealedBy, Wire};
use crate::cbor::{self, Limits};
use crate::certificate::{CertificateError, SignedEditGrant};
use crate::cose::{self, Kind};
use crate::crypto::sha256;
use crate::error::Layer;
use crate::floe::FloeHeader;
use crate::keys::VerifyingKey;
use crate::open::{OpenError, VerifiedHeader};

/// A seal whose signature holds for this header; whether the body is the sealed one is still to be compared.
#[derive(Debug)]
pub(crate) struct VerifiedSeal {
    pub(crate) report: SealReport,
    pub(crate) body_length: u64,
    /// Bytes of the signed object; the leaf list follows it.
    pub(crate) object_length: usize,
}

/// Verifies the signed object at the start of `bytes`: by the publisher, or by somebody with an edit grant (SEC-14,
/// SEC-15).
pub(crate) fn verify(
    bytes: &[u8],
    header: &VerifiedHeader,
    floe_header: &FloeHeader,
) -> Result<VerifiedSeal, OpenError> {
    let (object, rest) = cose::parse_first(Kind::SEAL, bytes)?;
    let wire: Wire = cbor::decode(object.payload, Limits::STANDARD, Layer::Seal)?;
    let (key, sealed_by) = sealer(&wire, header).map_err(OpenError::Sealer)?;
    object
        .verify(Kind::SEAL, &key)
        .map_err(|_| OpenError::Altered(Layer::Seal))?;
    if wire.header_digest != header_digest(header, floe_header) {
        return Err(OpenError::Altered(Layer::Seal));
    }
    Ok(VerifiedSeal {
        report: SealReport {
            sealed_by,
            sealed_at: wire.sealed_at,
            revision: wire.revision,
            root: wire.root,
        },
        body_length: wire.body_length,
        object_length: bytes.len() - rest.len(),
    })
}

/// `SHA-256(PREFIX || PL || FLOE header)`.
fn header_digest(header: &VerifiedHeader, floe_header: &FloeHeader) -> [u8; 32] {
    sha256(&[
        &header.prefix().to_bytes(),
        header.licence().bytes(),
        floe_header.as_bytes(),
    ])
}

fn sealer(wire: &Wire, header: &VerifiedHeader) -> Result<(VerifyingKey, SealedBy), CertificateError> {
    let Some(grant) = &wire.edit_grant else {
        let publisher = header.verified_licence().publisher();
        if !publisher.scope.seal {
            return Err(CertificateError::WrongPurpose);
        }
        // The chain held at the time of issue; a seal may be younger.
        header
            .licence()
            .chain()
            .verify(header.anchors(), wire.sealed_at)?;
        let sealed_by = SealedBy::Publisher {
            account: publisher.subject,
            address: publisher.address.clone(),
        };
        return Ok((publisher.key, sealed_by));
    };
    let grant = SignedEditGrant::parse(grant)?;
    let grant = grant.verify(
        header.anchors(),
        header.licence().tenant(),
        &header.digest(),
        wire.sealed_at,
    )?;
    Ok((
        grant.key,
        SealedBy::Editor {
            account: grant.subject,
            address: grant.address.clone(),
        },
    ))
}
