//! Good files by the crate's own writer: what it writes another implementation has to read.

use clausa_core::certificate::{LicensorChain, TrustAnchors};
use clausa_core::id::{AccountId, ContentId, LicenceId, TemplateId, TenantId};
use clausa_core::inner::InnerHeader;
use clausa_core::keys::{DeviceDecryptionKey, Signer as _, SoftwareUnwrapper};
use clausa_core::policy::{Expiry, Grant, Grants, NamedData, OfflineWindow, Policy, Principal, Terms};
use clausa_core::protect::protect;
use clausa_core::publishing::{DisplayHint, PublishRequest, publish};
use clausa_core::rights::{Right, Rights};
use clausa_core::time::Timestamp;
use clausa_core::use_licence::UseLicenceDraft;

use crate::maker::{Made, Maker};
use crate::policies::Reader;
use crate::samples::{FILE_NAMES, MEDIA_TYPES, ORIGINS};
use crate::value::Value;

impl Maker<'_> {
    /// A file, and a reader whom its use licence fits.
    pub fn written(&mut self, at: u64, keys: &[SoftwareUnwrapper; 2]) -> Made<(Vec<u8>, Reader)> {
        let world = self.world;
        let tenant = TenantId::from_bytes(world.tenant.as_slice().try_into()?);
        let key = self.draw.of(keys);
        let request = PublishRequest {
            origin: ORIGINS[self.draw.index(8)].parse()?,
            tenant,
            issued_at: Timestamp::from_seconds(at),
            policy: &self.whole_policy(at)?,
            wrapping_keys: &[key.public().clone()],
            hint: match self.draw.percent(30) {
                true => Some(DisplayHint::new(
                    TemplateId::generate(&mut self.draw)?,
                    "Streng vertraulich – §",
                )?),
                false => None,
            },
            extensions: self.some_data()?,
            chain: self.written_chain(at)?,
            allow_mixed_suites: false,
        };
        let published = publish(request, &world.publisher, &mut self.draw)?;
        let anchors = TrustAnchors::new(world.root.verifying_key());
        let block = published
            .licence()
            .clone()
            .verify(&anchors)?
            .unwrap_keys(&[key])?;

        let (nonce, device) = (self.draw.bytes(16), world.editor.verifying_key().thumbprint()?);
        let time = |later| Timestamp::from_seconds(at + later);
        let draft = UseLicenceDraft {
            id: LicenceId::generate(&mut self.draw)?,
            digest: published.licence().digest(),
            content_id: published.content_id(),
            tenant,
            subject: AccountId::from_bytes(world.account.as_slice().try_into()?),
            device,
            rights: self.some_rights(),
            issued_at: time(100),
            not_after: self.draw.percent(50).then(|| time(900_000)),
            offline_until: time(100_000 + self.draw.below(800_000)),
            server_time: time(101),
            epoch: self.draw.below(1 << 40),
            nonce: nonce.as_slice().try_into()?,
            obligations: self.some_data()?,
            edit_grant: None,
        };
        let device_key = DeviceDecryptionKey::from_secret_bytes(world.device_key.expose_bytes())?;
        let signer = &world.tenant_signers[1];
        let use_licence = draft.issue(&block.content_key, &device_key.public(), signer, &mut self.draw)?;

        let content = self.content();
        let mut inner = InnerHeader::named(FILE_NAMES[self.draw.index(6)])?;
        if self.draw.percent(50) {
            inner = inner
                .with_media_type(MEDIA_TYPES[self.draw.index(3)])?
                .with_modified(time(0));
        }
        if self.draw.percent(80) {
            inner = inner.with_size(content.len() as u64);
        }
        let file = protect(
            published,
            &inner,
            &content,
            &world.publisher,
            time(1),
            &mut self.draw,
        )?;
        let reader = Reader {
            subject: world.account.clone(),
            device: device.as_bytes().to_vec(),
            nonce: self.draw.percent(50).then_some(nonce),
            minimum_epoch: 0,
            clock_floor: at,
            now: at + 100 + self.draw.below(99_000),
            tenant_certificate: self.tenant_certificate(2, at + 100)?,
            use_licence,
        };
        Ok((file, reader))
    }

    /// A chain that allows any terms.
    fn written_chain(&mut self, at: u64) -> Made<LicensorChain> {
        loop {
            let Value::Array(certificates) = self.chain(at)? else {
                return Err("a chain is an array".into());
            };
            let [Value::Bytes(leaf), Value::Bytes(tenant)] = certificates.as_slice() else {
                return Err("a chain has two certificates".into());
            };
            let chain = LicensorChain::parse(&[leaf, tenant])?;
            if chain.leaf().claims().templates.is_none() {
                return Ok(chain);
            }
        }
    }

    fn whole_policy(&mut self, at: u64) -> Made<Policy> {
        let terms = if self.draw.percent(40) {
            let digest = self.draw.bytes(32).as_slice().try_into()?;
            Terms::Template {
                id: TemplateId::generate(&mut self.draw)?,
                digest,
            }
        } else {
            let account = Principal::Account("p.dover@fabrikam.example".parse()?);
            let grant = |principal, rights| Grant { principal, rights };
            Terms::AdHoc(Grants::new(vec![
                grant(Principal::AnyAuthenticated, self.some_rights()),
                grant(account, self.some_rights()),
                grant(Principal::Domain("fabrikam.example".parse()?), self.some_rights()),
            ])?)
        };
        let mut policy = Policy::new("janet@contoso.example".parse()?, terms);
        policy.expiry = match self.draw.below(3) {
            0 => Some(Expiry::At(Timestamp::from_seconds(at + 9_000_000))),
            1 => Some(Expiry::DaysAfterFirstUse(self.draw.below(65_536) as u16)),
            _ => None,
        };
        if self.draw.percent(50) {
            policy.offline = Some(OfflineWindow::from_seconds(self.draw.below(2_592_001) as u32)?);
        }
        if self.draw.percent(20) {
            policy.parent = Some(ContentId::generate(&mut self.draw)?);
        }
        policy.obligations = self.some_data()?;
        policy.application_data = self.some_data()?;
        Ok(policy)
    }

    fn some_rights(&mut self) -> Rights {
        let mut rights = Rights::from(Right::View);
        for right in Right::ALL {
            if self.draw.percent(30) {
                rights = rights.with(right);
            }
        }
        rights
    }

    fn some_data(&mut self) -> Made<NamedData> {
        let mut data = NamedData::default();
        for name in ["com.example.b", "a", "com.example.a-1"] {
            if self.draw.percent(20) {
                let length = self.draw.index(300);
                data.insert(name, self.draw.bytes(length))?;
            }
        }
        Ok(data)
    }
}
