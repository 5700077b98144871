//! Everybody who takes part: an authority's root, a tenant, a publisher, a reader with a device.

use std::cell::RefCell;
use std::error::Error;

use clausa_core::certificate::{
    LicensorCertificate, LicensorChain, Purpose, Scope, SignedEditGrant, SignedTenantCertificate,
    TenantCertificate,
};
use clausa_core::id::{AccountId, DeviceThumbprint, LicenceDigest, LicenceId, Serial, TenantId};
use clausa_core::keys::{
    DeviceDecryptionKey, KeyBlock, Signer, SoftwareSigner, SoftwareUnwrapper, Suite, VerifyingKey,
};
use clausa_core::policy::{Grant, Grants, NamedData, OfflineWindow, Policy, Principal, Terms};
use clausa_core::publishing::{PublishRequest, Published, publish};
use clausa_core::rights::{Right, Rights};
use clausa_core::time::Timestamp;
use clausa_core::use_licence::UseLicenceDraft;

use crate::seeded::Seeded;

/// 2026-11-21T09:00:00Z.
pub const NOW: Timestamp = Timestamp::from_seconds(1_795_251_600);

pub struct World {
    pub name: &'static str,
    pub rng: RefCell<Seeded>,
    pub root: SoftwareSigner,
    pub other_root: SoftwareSigner,
    pub tenant: TenantId,
    pub licence_signer: SoftwareSigner,
    pub licence_certificate: SignedTenantCertificate,
    pub publisher: SoftwareSigner,
    pub colleague: SoftwareSigner,
    /// Signs for the reader's device.
    pub reader_signer: SoftwareSigner,
    pub chain: LicensorChain,
    pub unwrapper: SoftwareUnwrapper,
    pub reader: AccountId,
    pub other_account: AccountId,
    pub device: DeviceThumbprint,
    pub other_device: DeviceThumbprint,
    pub device_key: DeviceDecryptionKey,
    pub other_device_key: DeviceDecryptionKey,
    // What the use licence says and what the reader expects; a vector changes one of these.
    pub rights: Rights,
    pub licence_device: DeviceThumbprint,
    pub licence_subject: AccountId,
    pub licence_for_other_file: bool,
    pub seal_to_other_device: bool,
    pub pin_other_root: bool,
    pub edit_grant: Option<SignedEditGrant>,
    pub epoch: u64,
    pub minimum_epoch: u64,
    pub nonce: [u8; 16],
    pub expected_nonce: Option<[u8; 16]>,
    pub not_after: Timestamp,
    pub offline_until: Timestamp,
    pub clock_floor: Timestamp,
    pub opened_at: Timestamp,
}

impl World {
    pub fn new(name: &'static str, suite: Suite) -> Result<Self, Box<dyn Error>> {
        let mut rng = Seeded::new(name);
        let root = SoftwareSigner::generate_ed25519(&mut rng)?;
        let licensor_signer = SoftwareSigner::generate_ed25519(&mut rng)?;
        let licence_signer = SoftwareSigner::generate_ed25519(&mut rng)?;
        let publisher = SoftwareSigner::generate_p256(&mut rng)?;
        let colleague = SoftwareSigner::generate_p256(&mut rng)?;
        let reader_signer = SoftwareSigner::generate_p256(&mut rng)?;
        let tenant = TenantId::generate(&mut rng)?;
        let reader = AccountId::generate(&mut rng)?;
        let certify = |purpose, key: VerifyingKey| {
            let (not_before, expires) = (NOW.minus_seconds(86_400), NOW.plus_days(3_650));
            TenantCertificate {
                tenant,
                purpose,
                key,
                not_before,
                expires,
            }
            .issue(&root)
        };
        let licensor_certificate = certify(Purpose::Licensor, licensor_signer.verifying_key())?;
        let licence_certificate = certify(Purpose::Licence, licence_signer.verifying_key())?;
        let leaf = LicensorCertificate {
            serial: Serial::generate(&mut rng)?,
            tenant,
            subject: AccountId::generate(&mut rng)?,
            address: "janet@contoso.example".parse()?,
            key: publisher.verifying_key(),
            not_before: NOW.minus_seconds(3_600),
            expires: NOW.plus_days(365),
            scope: Scope {
                publish: true,
                seal: true,
            },
            templates: None,
        }
        .issue(&licensor_signer)?;
        let device = reader_signer.verifying_key().thumbprint()?;
        let mut nonce = [0; 16];
        clausa_core::random::Randomness::fill(&mut rng, &mut nonce)?;
        Ok(Self {
            name,
            other_root: SoftwareSigner::generate_ed25519(&mut rng)?,
            chain: LicensorChain::parse(&[leaf.as_bytes(), licensor_certificate.as_bytes()])?,
            unwrapper: SoftwareUnwrapper::generate(suite, &mut rng)?,
            other_account: AccountId::generate(&mut rng)?,
            other_device: colleague.verifying_key().thumbprint()?,
            device_key: DeviceDecryptionKey::generate(&mut rng)?,
            other_device_key: DeviceDecryptionKey::generate(&mut rng)?,
            rights: Rights::from(Right::View).with(Right::Print),
            licence_device: device,
            licence_subject: reader,
            licence_for_other_file: false,
            seal_to_other_device: false,
            pin_other_root: false,
            edit_grant: None,
            epoch: 7,
            minimum_epoch: 7,
            nonce,
            expected_nonce: Some(nonce),
            not_after: NOW.plus_days(30),
            offline_until: NOW.plus_days(7),
            clock_floor: NOW,
            opened_at: NOW.plus_seconds(60),
            rng: RefCell::new(rng),
            root,
            tenant,
            licence_signer,
            licence_certificate,
            publisher,
            colleague,
            reader_signer,
            reader,
            device,
        })
    }

    /// A new licence, made by the publisher for the reader.
    pub fn publish(&self) -> Result<Published, Box<dyn Error>> {
        let grant = Grant {
            principal: Principal::Account("p.dover@fabrikam.example".parse()?),
            rights: self.rights,
        };
        let terms = Terms::AdHoc(Grants::new(vec![grant])?);
        let mut policy = Policy::new("janet@contoso.example".parse()?, terms);
        policy.offline = Some(OfflineWindow::from_seconds(7 * 86_400)?);
        let request = PublishRequest {
            origin: "https://rights.contoso.example".parse()?,
            tenant: self.tenant,
            issued_at: NOW,
            policy: &policy,
            wrapping_keys: &[self.unwrapper.public().clone()],
            hint: None,
            extensions: NamedData::default(),
            chain: self.chain.clone(),
            allow_mixed_suites: false,
        };
        Ok(publish(request, &self.publisher, &mut *self.rng.borrow_mut())?)
    }

    /// The use licence for a published file, as this world's peculiarities want it.
    pub fn issue(
        &self,
        digest: LicenceDigest,
        content: &Published,
        keys: &KeyBlock,
    ) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut rng = self.rng.borrow_mut();
        let digest = if self.licence_for_other_file {
            LicenceDigest::from_bytes([0x77; 32])
        } else {
            digest
        };
        let draft = UseLicenceDraft {
            id: LicenceId::generate(&mut *rng)?,
            digest,
            content_id: content.content_id(),
            tenant: self.tenant,
            subject: self.licence_subject,
            device: self.licence_device,
            rights: self.rights,
            issued_at: NOW,
            not_after: Some(self.not_after),
            offline_until: self.offline_until,
            server_time: NOW,
            epoch: self.epoch,
            nonce: self.nonce,
            obligations: NamedData::default(),
            edit_grant: self.edit_grant.clone(),
        };
        let device = if self.seal_to_other_device {
            &self.other_device_key
        } else {
            &self.device_key
        };
        Ok(draft.issue(
            &keys.content_key,
            &device.public(),
            &self.licence_signer,
            &mut *rng,
        )?)
    }

    /// When the publisher seals.
    pub fn sealed_at(&self) -> Timestamp {
        NOW.plus_seconds(1)
    }
}
