//! An authority with one tenant, a publisher and a reader, all keys in memory.

use std::sync::LazyLock;

use clausa_core::address::Address;
use clausa_core::certificate::{
    EditGrant, LicensorCertificate, LicensorChain, Purpose, Scope, SignedEditGrant, SignedTenantCertificate,
    TenantCertificate, TrustAnchors,
};
use clausa_core::id::{AccountId, DeviceThumbprint, LicenceId, Serial, TenantId};
use clausa_core::inner::InnerHeader;
use clausa_core::keys::{
    DeviceDecryptionKey, KeyBlock, KeyUnwrapper, Signer, SoftwareSigner, SoftwareUnwrapper, Suite,
    WrappingPublicKey,
};
use clausa_core::open::{OpenError, OpenGrant, VerifiedHeader, read_header};
use clausa_core::policy::{Grant, Grants, NamedData, Policy, Principal, Terms};
use clausa_core::protect::protect;
use clausa_core::publishing::{PublishRequest, Published, publish};
use clausa_core::random::SystemRandom;
use clausa_core::rights::Rights;
use clausa_core::time::Timestamp;
use clausa_core::use_licence::{Expected, UseLicence, UseLicenceDraft, VerifiedUseLicence};

/// 2026-11-21T09:00:00Z.
pub const NOW: Timestamp = Timestamp::from_seconds(1_795_251_600);

/// The suites that this build can unwrap: RSA private operations exist in the native backend only.
pub const SUITES: &[Suite] = if cfg!(feature = "aws-lc") {
    &Suite::ALL
} else {
    &[Suite::P256, Suite::MlKem768X25519]
};

/// One for all tests, because generating RSA keys takes long.
pub static WORLD: LazyLock<World> = LazyLock::new(World::new);

pub struct World {
    pub root: SoftwareSigner,
    pub anchors: TrustAnchors,
    pub tenant: Tenant,
    pub janet: Person,
    pub dover: Person,
}

pub struct Tenant {
    pub id: TenantId,
    signers: [SoftwareSigner; 4],
    certificates: [SignedTenantCertificate; 4],
    pub unwrappers: Vec<SoftwareUnwrapper>,
}

pub struct Person {
    pub account: AccountId,
    pub address: Address,
    pub signer: SoftwareSigner,
    pub decryption: DeviceDecryptionKey,
    pub device: DeviceThumbprint,
}

impl Person {
    pub fn new(address: &str) -> Self {
        let signer = SoftwareSigner::generate_p256(&mut SystemRandom).unwrap();
        Self {
            account: AccountId::generate(&mut SystemRandom).unwrap(),
            address: address.parse().unwrap(),
            device: signer.verifying_key().thumbprint().unwrap(),
            signer,
            decryption: DeviceDecryptionKey::generate(&mut SystemRandom).unwrap(),
        }
    }
}

impl Tenant {
    pub fn new(root: &SoftwareSigner, suites: &[Suite]) -> Self {
        let id = TenantId::generate(&mut SystemRandom).unwrap();
        let signers = Purpose::ALL.map(|_| SoftwareSigner::generate_ed25519(&mut SystemRandom).unwrap());
        let certificates = Purpose::ALL.map(|purpose| {
            let key = signers[purpose as usize].verifying_key();
            let (not_before, expires) = (NOW.minus_seconds(1_000_000), NOW.plus_days(3_650));
            TenantCertificate {
                tenant: id,
                purpose,
                key,
                not_before,
                expires,
            }
            .issue(root)
            .unwrap()
        });
        let unwrappers = suites
            .iter()
            .map(|suite| SoftwareUnwrapper::generate(*suite, &mut SystemRandom).unwrap())
            .collect();
        Self {
            id,
            signers,
            certificates,
            unwrappers,
        }
    }

    pub fn signer(&self, purpose: Purpose) -> &SoftwareSigner {
        &self.signers[purpose as usize]
    }

    pub fn certificate(&self, purpose: Purpose) -> &SignedTenantCertificate {
        &self.certificates[purpose as usize]
    }

    pub fn unwrapper(&self, suite: Suite) -> &SoftwareUnwrapper {
        self.unwrappers.iter().find(|key| key.suite() == suite).unwrap()
    }

    pub fn licensor_certificate(&self, person: &Person) -> LicensorCertificate {
        LicensorCertificate {
            serial: Serial::generate(&mut SystemRandom).unwrap(),
            tenant: self.id,
            subject: person.account,
            address: person.address.clone(),
            key: person.signer.verifying_key(),
            not_before: NOW.minus_seconds(3_600),
            expires: NOW.plus_days(399),
            scope: Scope::ALL,
            templates: None,
        }
    }

    pub fn chain_of(&self, certificate: LicensorCertificate) -> LicensorChain {
        let leaf = certificate.issue(self.signer(Purpose::Licensor)).unwrap();
        LicensorChain::new(leaf, self.certificate(Purpose::Licensor).clone())
    }

    pub fn chain(&self, person: &Person) -> LicensorChain {
        self.chain_of(self.licensor_certificate(person))
    }
}

impl World {
    fn new() -> Self {
        let root = SoftwareSigner::generate_ed25519(&mut SystemRandom).unwrap();
        Self {
            anchors: TrustAnchors::new(root.verifying_key()),
            tenant: Tenant::new(&root, SUITES),
            janet: Person::new("janet@contoso.example"),
            dover: Person::new("p.dover@fabrikam.example"),
            root,
        }
    }

    pub fn policy(&self) -> Policy {
        let principal = Principal::Account(self.dover.address.clone());
        let grant = Grant {
            principal,
            rights: "VIEW,PRINT".parse().unwrap(),
        };
        Policy::new(
            self.janet.address.clone(),
            Terms::AdHoc(Grants::new(vec![grant]).unwrap()),
        )
    }

    pub fn request<'a>(&self, policy: &'a Policy, keys: &'a [WrappingPublicKey]) -> PublishRequest<'a> {
        PublishRequest {
            origin: "https://rights.contoso.example".parse().unwrap(),
            tenant: self.tenant.id,
            issued_at: NOW,
            policy,
            wrapping_keys: keys,
            hint: None,
            extensions: NamedData::default(),
            chain: self.tenant.chain(&self.janet),
            allow_mixed_suites: false,
        }
    }

    pub fn wrapping_key(&self, suite: Suite) -> WrappingPublicKey {
        self.tenant.unwrapper(suite).public().clone()
    }

    pub fn publish(&self, suite: Suite) -> Published {
        let (policy, keys) = (self.policy(), [self.wrapping_key(suite)]);
        publish(
            self.request(&policy, &keys),
            &self.janet.signer,
            &mut SystemRandom,
        )
        .unwrap()
    }

    pub fn protect(&self, suite: Suite, plaintext: &[u8]) -> Vec<u8> {
        let inner = InnerHeader::named("report.pdf")
            .unwrap()
            .with_media_type("application/pdf")
            .unwrap();
        let inner = inner.with_modified(NOW).with_size(plaintext.len() as u64);
        protect(
            self.publish(suite),
            &inner,
            plaintext,
            &self.janet.signer,
            NOW,
            &mut SystemRandom,
        )
        .unwrap()
    }

    pub fn header(&self, file: &[u8]) -> Result<VerifiedHeader, OpenError> {
        read_header(file)?.verify(&self.anchors)
    }

    pub fn keys(&self, header: &VerifiedHeader) -> KeyBlock {
        let keys: Vec<&dyn KeyUnwrapper> = self
            .tenant
            .unwrappers
            .iter()
            .map(|key| key as &dyn KeyUnwrapper)
            .collect();
        header.verified_licence().unwrap_keys(&keys).unwrap()
    }

    pub fn draft(&self, header: &VerifiedHeader, reader: &Person) -> UseLicenceDraft {
        UseLicenceDraft {
            id: LicenceId::generate(&mut SystemRandom).unwrap(),
            digest: header.digest(),
            content_id: header.licence().content_id(),
            tenant: self.tenant.id,
            subject: reader.account,
            device: reader.device,
            rights: "VIEW,PRINT".parse().unwrap(),
            issued_at: NOW,
            not_after: Some(NOW.plus_days(10)),
            offline_until: NOW.plus_days(7),
            server_time: NOW,
            epoch: 5,
            nonce: [7; 16],
            obligations: NamedData::default(),
            edit_grant: None,
        }
    }

    pub fn expected<'a>(&'a self, reader: &Person) -> Expected<'a> {
        Expected {
            anchors: &self.anchors,
            device: reader.device,
            subject: reader.account,
            nonce: Some([7; 16]),
            minimum_epoch: 5,
            clock_floor: NOW,
            now: NOW,
        }
    }

    pub fn issue(&self, draft: &UseLicenceDraft, header: &VerifiedHeader, reader: &Person) -> Vec<u8> {
        let key = self.keys(header).content_key;
        let signer = self.tenant.signer(Purpose::Licence);
        draft
            .issue(&key, &reader.decryption.public(), signer, &mut SystemRandom)
            .unwrap()
    }

    pub fn verified(
        &self,
        draft: &UseLicenceDraft,
        header: &VerifiedHeader,
        reader: &Person,
    ) -> VerifiedUseLicence {
        let bytes = self.issue(draft, header, reader);
        let certificate = self.tenant.certificate(Purpose::Licence).as_bytes();
        UseLicence::parse_verify(&bytes, certificate, header, &self.expected(reader)).unwrap()
    }

    /// A grant for Dover.
    pub fn grant(&self, header: &VerifiedHeader) -> OpenGrant {
        self.verified(&self.draft(header, &self.dover), header, &self.dover)
            .unseal(&self.dover.decryption)
            .unwrap()
    }

    /// A grant for Dover with more rights, and an edit grant if he has `EDIT`.
    pub fn grant_with(&self, header: &VerifiedHeader, rights: &str) -> OpenGrant {
        let rights: Rights = rights.parse().unwrap();
        let edit_grant = rights
            .contains(clausa_core::rights::Right::Edit)
            .then(|| self.edit_grant(header));
        let draft = UseLicenceDraft {
            rights,
            edit_grant,
            ..self.draft(header, &self.dover)
        };
        self.verified(&draft, header, &self.dover)
            .unseal(&self.dover.decryption)
            .unwrap()
    }

    pub fn edit_grant_claims(&self, header: &VerifiedHeader) -> EditGrant {
        EditGrant {
            tenant: self.tenant.id,
            licence: header.digest(),
            subject: self.dover.account,
            address: self.dover.address.clone(),
            key: self.dover.signer.verifying_key(),
            right: "EDIT".parse().unwrap(),
            not_before: NOW,
            expires: NOW.plus_days(7),
        }
    }

    pub fn edit_grant(&self, header: &VerifiedHeader) -> SignedEditGrant {
        let (signer, certificate) = (
            self.tenant.signer(Purpose::Edit),
            self.tenant.certificate(Purpose::Edit),
        );
        self.edit_grant_claims(header).issue(signer, certificate).unwrap()
    }
}

/// Bytes without pattern that are the same in each run.
pub fn sample(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        })
        .collect()
}
