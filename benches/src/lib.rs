//! What the benchmarks share: an authority, a tenant, a publisher and a reader, made once.
//!
//! See `README.md` beside this crate for how to run them.

mod cpu_time;

use std::error::Error;
use std::io::Read;
use std::time::Duration;

use clausa_core::certificate::{
    LicensorCertificate, LicensorChain, Purpose, Scope, SignedTenantCertificate, TenantCertificate,
    TrustAnchors,
};
use clausa_core::id::{AccountId, DeviceThumbprint, LicenceId, Serial, TenantId};
use clausa_core::inner::InnerHeader;
use clausa_core::keys::{DeviceDecryptionKey, KeyBlock, Signer, SoftwareSigner, SoftwareUnwrapper, Suite};
use clausa_core::open::{OpenGrant, VerifiedHeader, read_header};
use clausa_core::policy::{Grant, Grants, NamedData, OfflineWindow, Policy, Principal, Terms};
use clausa_core::protect::protect_into;
use clausa_core::publishing::{PublishRequest, Published, VerifiedLicence, publish};
use clausa_core::random::SystemRandom;
use clausa_core::rights::{Right, Rights};
use clausa_core::time::Timestamp;
use clausa_core::use_licence::{Expected, UseLicence, UseLicenceDraft};
use criterion::Criterion;

pub use cpu_time::CpuTime;

/// Criterion with settings short enough that somebody runs it, and long enough to tell ten per cent apart.
pub fn criterion(samples: usize, measure: Duration) -> Criterion<CpuTime> {
    Criterion::default()
        .with_measurement(CpuTime::default())
        .sample_size(samples)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(measure)
}

/// Any failure: a benchmark that fails has nothing to measure.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// 2026-11-21T09:00:00Z, when everything in a benchmark happens.
pub const NOW: Timestamp = Timestamp::from_seconds(1_795_251_600);

/// Everybody who takes part.
pub struct World {
    /// The pinned root.
    pub anchors: TrustAnchors,
    /// The tenant's wrapping key.
    pub unwrapper: SoftwareUnwrapper,
    /// The publisher's device.
    pub publisher: SoftwareSigner,
    tenant: TenantId,
    chain: LicensorChain,
    policy: Policy,
    licence_signer: SoftwareSigner,
    licence_certificate: SignedTenantCertificate,
    reader: AccountId,
    device: DeviceThumbprint,
    device_key: DeviceDecryptionKey,
}

impl World {
    /// Makes one whose tenant wraps with `suite`.
    ///
    /// # Errors
    ///
    /// When the core refuses something, which it has no reason to.
    pub fn new(suite: Suite) -> Outcome<Self> {
        let rng = &mut SystemRandom;
        let root = SoftwareSigner::generate_ed25519(rng)?;
        let licensor_signer = SoftwareSigner::generate_ed25519(rng)?;
        let licence_signer = SoftwareSigner::generate_ed25519(rng)?;
        let publisher = SoftwareSigner::generate_p256(rng)?;
        let tenant = TenantId::generate(rng)?;
        let certify = |purpose, signer: &SoftwareSigner| {
            let (not_before, expires) = (NOW.minus_seconds(86_400), NOW.plus_days(3_650));
            TenantCertificate {
                tenant,
                purpose,
                key: signer.verifying_key(),
                not_before,
                expires,
            }
            .issue(&root)
        };
        let leaf = LicensorCertificate {
            serial: Serial::generate(rng)?,
            tenant,
            subject: AccountId::generate(rng)?,
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
        let issuer = certify(Purpose::Licensor, &licensor_signer)?;
        let grant = Grant {
            principal: Principal::Account("p.dover@fabrikam.example".parse()?),
            rights: Rights::from(Right::View).with(Right::Print),
        };
        let mut policy = Policy::new(
            "janet@contoso.example".parse()?,
            Terms::AdHoc(Grants::new(vec![grant])?),
        );
        policy.offline = Some(OfflineWindow::from_seconds(7 * 86_400)?);
        Ok(Self {
            anchors: TrustAnchors::new(root.verifying_key()),
            unwrapper: SoftwareUnwrapper::generate(suite, rng)?,
            chain: LicensorChain::parse(&[leaf.as_bytes(), issuer.as_bytes()])?,
            licence_certificate: certify(Purpose::Licence, &licence_signer)?,
            reader: AccountId::generate(rng)?,
            device: SoftwareSigner::generate_p256(rng)?.verifying_key().thumbprint()?,
            device_key: DeviceDecryptionKey::generate(rng)?,
            publisher,
            tenant,
            policy,
            licence_signer,
        })
    }

    /// Makes a publishing licence.
    ///
    /// # Errors
    ///
    /// As [`publish`].
    pub fn publish(&self) -> Outcome<Published> {
        let request = PublishRequest {
            origin: "https://rights.contoso.example".parse()?,
            tenant: self.tenant,
            issued_at: NOW,
            policy: &self.policy,
            wrapping_keys: &[self.unwrapper.public().clone()],
            hint: None,
            extensions: NamedData::default(),
            chain: self.chain.clone(),
            allow_mixed_suites: false,
        };
        Ok(publish(request, &self.publisher, &mut SystemRandom)?)
    }

    /// Protects content, all of it in memory.
    ///
    /// # Errors
    ///
    /// As `protect`.
    pub fn protect(&self, content: &[u8]) -> Outcome<Vec<u8>> {
        let mut file = Vec::new();
        self.protect_into(content, &mut file)?;
        Ok(file)
    }

    /// Protects content and appends the file to `out`.
    ///
    /// # Errors
    ///
    /// As [`protect_into`].
    pub fn protect_into(&self, content: &[u8], out: &mut Vec<u8>) -> Outcome<()> {
        let (published, inner) = (self.publish()?, InnerHeader::named("content")?);
        let (signer, rng) = (&self.publisher, &mut SystemRandom);
        protect_into(published, &inner, content, signer, NOW, rng, out)?;
        Ok(())
    }

    /// What the authority does for a licence: unwrap, and seal to the device.
    ///
    /// # Errors
    ///
    /// When the core refuses.
    pub fn issue(&self, licence: &VerifiedLicence) -> Outcome<Vec<u8>> {
        let keys = licence.unwrap_keys(&[&self.unwrapper])?;
        self.issue_with(licence, &keys)
    }

    /// The second half of [`issue`](Self::issue).
    ///
    /// # Errors
    ///
    /// When the core refuses.
    pub fn issue_with(&self, licence: &VerifiedLicence, keys: &KeyBlock) -> Outcome<Vec<u8>> {
        let draft = UseLicenceDraft {
            id: LicenceId::generate(&mut SystemRandom)?,
            digest: licence.licence().digest(),
            content_id: licence.licence().content_id(),
            tenant: self.tenant,
            subject: self.reader,
            device: self.device,
            rights: Rights::from(Right::View),
            issued_at: NOW,
            not_after: None,
            offline_until: NOW.plus_days(7),
            server_time: NOW,
            epoch: 1,
            nonce: [1; 16],
            obligations: NamedData::default(),
            edit_grant: None,
        };
        let device = self.device_key.public();
        Ok(draft.issue(
            &keys.content_key,
            &device,
            &self.licence_signer,
            &mut SystemRandom,
        )?)
    }

    /// What the reader does with a use licence before the first byte.
    ///
    /// # Errors
    ///
    /// When the core refuses.
    pub fn unlock(&self, file: &[u8], use_licence: &[u8]) -> Outcome<(VerifiedHeader, OpenGrant)> {
        self.unlock_from(file, use_licence)
    }

    /// The same for a file that is read; what is left is its body.
    ///
    /// # Errors
    ///
    /// When the core refuses.
    pub fn unlock_from(&self, file: impl Read, use_licence: &[u8]) -> Outcome<(VerifiedHeader, OpenGrant)> {
        let header = read_header(file)?.verify(&self.anchors)?;
        let expected = Expected {
            anchors: &self.anchors,
            device: self.device,
            subject: self.reader,
            nonce: Some([1; 16]),
            minimum_epoch: 1,
            clock_floor: NOW,
            now: NOW,
        };
        let certificate = self.licence_certificate.as_bytes();
        let licence = UseLicence::parse_verify(use_licence, certificate, &header, &expected)?;
        let grant = licence.unseal(&self.device_key)?;
        Ok((header, grant))
    }
}
