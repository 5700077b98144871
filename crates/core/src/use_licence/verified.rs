//! The client's side: holding a use licence against everything it must fit.

use super::wire::Wire;
use super::{CLOCK_TOLERANCE, NONCE_LENGTH, UseLicenceError};
use crate::cbor::{self, Limits};
use crate::certificate::{Purpose, SignedEditGrant, SignedTenantCertificate, TrustAnchors};
use crate::cose::{self, Kind};
use crate::error::{Layer, Malformed};
use crate::id::{AccountId, DeviceThumbprint, LicenceDigest, LicenceId};
use crate::keys::DeviceDecryptionKey;
use crate::open::{OpenError, OpenGrant, VerifiedHeader};
use crate::policy::NamedData;
use crate::rights::Rights;
use crate::time::Timestamp;

/// The door to reading use licences.
#[derive(Debug)]
pub struct UseLicence;

/// What a use licence must fit.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The pinned roots.
    pub anchors: &'a TrustAnchors,
    /// This device.
    pub device: DeviceThumbprint,
    /// The signed-in account.
    pub subject: AccountId,
    /// The nonce of the request that this answers; `None` for a licence from the device's own store.
    pub nonce: Option<[u8; NONCE_LENGTH]>,
    /// The highest epoch seen for this file.
    pub minimum_epoch: u64,
    /// With a nonce the latest time that the authority has signed for this device; without one the later of that and the
    /// highest reading of the device's clock (clause 9.6).
    pub clock_floor: Timestamp,
    /// The device's clock.
    pub now: Timestamp,
}

/// A use licence that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedUseLicence {
    wire: Wire,
    edit_grant: Option<SignedEditGrant>,
}

impl UseLicence {
    /// Reads a use licence and checks, in this order: certificate and signature, tenant, file, device, subject, nonce,
    /// epoch, clock, validity (SEC-39, SEC-40).
    ///
    /// A licence that answers a request of this moment (`nonce` given) is judged by the authority's clock. A stored one
    /// is judged by the device's, which must not have been set back.
    ///
    /// # Errors
    ///
    /// [`UseLicenceError`], the first thing that does not fit.
    pub fn parse_verify(
        bytes: &[u8],
        certificate: &[u8],
        header: &VerifiedHeader,
        expected: &Expected<'_>,
    ) -> Result<VerifiedUseLicence, UseLicenceError> {
        let object = cose::parse(Kind::USE_LICENCE, bytes)?;
        let wire: Wire = cbor::decode(object.payload, Limits::STANDARD, Layer::UseLicence)?;
        check_bounds(&wire)?;
        let edit_grant = wire
            .edit_grant
            .as_ref()
            .map(|bytes| SignedEditGrant::parse(bytes))
            .transpose()?;
        let certificate = SignedTenantCertificate::parse(certificate)?;
        let issuer = certificate.verify(expected.anchors, Purpose::Licence, wire.issued_at)?;
        object.verify(Kind::USE_LICENCE, &issuer.key)?;
        let licence = header.licence();
        if wire.tenant != licence.tenant() || issuer.tenant != licence.tenant() {
            return Err(UseLicenceError::WrongTenant);
        }
        if wire.digest != header.digest() || wire.content != licence.content_id() {
            return Err(UseLicenceError::WrongFile);
        }
        if wire.device != expected.device {
            return Err(UseLicenceError::WrongDevice);
        }
        if wire.subject != expected.subject {
            return Err(UseLicenceError::WrongSubject);
        }
        if expected.nonce.is_some_and(|nonce| nonce != wire.nonce) {
            return Err(UseLicenceError::WrongNonce);
        }
        if wire.epoch < expected.minimum_epoch {
            return Err(UseLicenceError::Outdated {
                minimum_epoch: expected.minimum_epoch,
            });
        }
        check_times(&wire, expected)?;
        Ok(VerifiedUseLicence { wire, edit_grant })
    }
}

/// What the types alone do not hold (clause 9.1).
fn check_bounds(wire: &Wire) -> Result<(), Malformed> {
    let malformed = |detail| Err(Malformed::new(Layer::UseLicence, detail));
    if wire.sealed_key.is_none() {
        return malformed("the sealed key is missing");
    }
    if wire.rights.is_empty() {
        return malformed("there is no right");
    }
    if wire.not_after.is_some_and(|end| wire.offline_until > end) {
        return malformed("the offline window outlives the licence");
    }
    if wire.obligations.as_ref().is_some_and(NamedData::is_empty) {
        return malformed("an empty map of obligations is left out");
    }
    Ok(())
}

fn check_times(wire: &Wire, expected: &Expected<'_>) -> Result<(), UseLicenceError> {
    let is_fresh = expected.nonce.is_some();
    let floor = expected.clock_floor.max(if is_fresh {
        Timestamp::default()
    } else {
        wire.server_time
    });
    let clock = if is_fresh { wire.server_time } else { expected.now };
    if clock.plus_seconds(CLOCK_TOLERANCE) < floor {
        return Err(UseLicenceError::ClockBehind { floor });
    }
    // Within the tolerance the later of the two counts, so that a slow clock wins no time.
    let now = clock.max(floor);
    if let Some(at) = wire.not_after
        && now > at
    {
        return Err(UseLicenceError::Expired { at });
    }
    if !is_fresh && now > wire.offline_until {
        return Err(UseLicenceError::OfflineWindowOver {
            at: wire.offline_until,
        });
    }
    Ok(())
}

impl VerifiedUseLicence {
    /// Gets the content key out with the device's key.
    ///
    /// # Errors
    ///
    /// [`OpenError::Unwrap`], whatever the reason (SEC-28).
    pub fn unseal(self, device: &DeviceDecryptionKey) -> Result<OpenGrant, OpenError> {
        let sealed = self
            .wire
            .sealed_key
            .as_ref()
            .map(|key| key.as_slice())
            .unwrap_or_default();
        let content_key = device.open_content_key(sealed, &self.wire.key_aad())?;
        Ok(OpenGrant::new(self, content_key))
    }

    /// Names the licence, in the log too.
    pub const fn licence_id(&self) -> LicenceId {
        self.wire.id
    }

    /// What the subject may do.
    pub const fn rights(&self) -> Rights {
        self.wire.rights
    }

    /// Last second of validity.
    pub const fn not_after(&self) -> Option<Timestamp> {
        self.wire.not_after
    }

    /// Until when it may be used without asking again.
    pub const fn offline_until(&self) -> Timestamp {
        self.wire.offline_until
    }

    /// When it was issued.
    pub const fn issued_at(&self) -> Timestamp {
        self.wire.issued_at
    }

    /// The authority's clock at that moment; keep the highest as the floor.
    pub const fn server_time(&self) -> Timestamp {
        self.wire.server_time
    }

    /// The tenant's epoch; keep the highest for this file.
    pub const fn epoch(&self) -> u64 {
        self.wire.epoch
    }

    /// What the reading application is asked to do.
    pub const fn obligations(&self) -> Option<&NamedData> {
        self.wire.obligations.as_ref()
    }

    /// Allows this device to seal changes.
    pub const fn edit_grant(&self) -> Option<&SignedEditGrant> {
        self.edit_grant.as_ref()
    }

    pub(crate) const fn digest(&self) -> LicenceDigest {
        self.wire.digest
    }
}
