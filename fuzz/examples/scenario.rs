//! Makes `fuzz/scenario/` and the first inputs of the corpora anew. Needed when the format changes.

#[path = "../targets/keys.rs"]
mod keys;

use std::error::Error;
use std::path::Path;

use clausa_core::certificate::{
    EditGrant, KeySetPolicy, LicensorCertificate, LicensorChain, Purpose, Scope, SignedTenantCertificate,
    TenantCertificate, TenantKeySet, TenantSigningKey, TrustAnchors, WrappingKeyEntry, WrappingKeyStatus,
};
use clausa_core::id::{AccountId, DeviceThumbprint, LicenceId, Serial, TenantId};
use clausa_core::inner::InnerHeader;
use clausa_core::keys::{Signer, SoftwareUnwrapper, Suite};
use clausa_core::open::read_header;
use clausa_core::policy::{Grant, Grants, NamedData, Policy, Principal, Terms};
use clausa_core::protect::protect;
use clausa_core::publishing::{PublishRequest, publish};
use clausa_core::random::SystemRandom;
use clausa_core::use_licence::UseLicenceDraft;
use minicbor::Decoder;

use keys::{ACCOUNT, CONTENT, DEVICE, NONCE, NOW};

fn main() -> Result<(), Box<dyn Error>> {
    let rng = &mut SystemRandom;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(path, bytes)
    };
    let tenant = TenantId::from_bytes(*b"the only tenant.");
    let account = AccountId::from_bytes(ACCOUNT);
    let certify = |purpose, signer: &dyn Signer| {
        let certificate = TenantCertificate {
            tenant,
            purpose,
            key: signer.verifying_key(),
            not_before: NOW,
            expires: NOW.plus_days(3_650),
        };
        certificate.issue(&keys::root_key())
    };
    let licensor_certificate = certify(Purpose::Licensor, &keys::key(2))?;
    let licence_certificate = certify(Purpose::Licence, &keys::licence_key())?;
    let leaf = LicensorCertificate {
        serial: Serial::from_bytes(*b"the first serial"),
        tenant,
        subject: AccountId::from_bytes(*b"the publisher's."),
        address: "janet@contoso.example".parse()?,
        key: keys::publisher_key().verifying_key(),
        not_before: NOW,
        expires: NOW.plus_days(365),
        scope: Scope::ALL,
        templates: None,
    }
    .issue(&keys::key(2))?;
    let wrapping = SoftwareUnwrapper::generate(Suite::P256, rng)?;
    let rights = "VIEW,EDIT".parse()?;
    let grant = Grant {
        principal: Principal::Account("p.dover@fabrikam.example".parse()?),
        rights,
    };
    let policy = Policy::new(
        "janet@contoso.example".parse()?,
        Terms::AdHoc(Grants::new(vec![grant])?),
    );
    let request = PublishRequest {
        origin: "https://rights.contoso.example".parse()?,
        tenant,
        issued_at: NOW,
        policy: &policy,
        wrapping_keys: &[wrapping.public().clone()],
        hint: None,
        extensions: NamedData::default(),
        chain: LicensorChain::new(leaf.clone(), licensor_certificate.clone()),
        allow_mixed_suites: false,
    };
    let published = publish(request, &keys::publisher_key(), rng)?;
    let licence = published.licence_bytes().to_vec();
    let inner = InnerHeader::named("note.md")?.with_size(CONTENT.len() as u64);
    let file = protect(published, &inner, CONTENT, &keys::publisher_key(), NOW, rng)?;
    let anchors = TrustAnchors::new(keys::root_key().verifying_key());
    let header = read_header(&file[..])?.verify(&anchors)?;
    let key_block = header.verified_licence().unwrap_keys(&[&wrapping])?;
    let draft = UseLicenceDraft {
        id: LicenceId::generate(rng)?,
        digest: header.digest(),
        content_id: header.licence().content_id(),
        tenant,
        subject: account,
        device: DeviceThumbprint::from_bytes(DEVICE),
        rights,
        issued_at: NOW,
        not_after: Some(NOW.plus_days(30)),
        offline_until: NOW.plus_days(7),
        server_time: NOW,
        epoch: 5,
        nonce: NONCE,
        obligations: NamedData::default(),
        edit_grant: None,
    };
    let use_licence = draft.issue(
        &key_block.content_key,
        &keys::device_key().public(),
        &keys::licence_key(),
        rng,
    )?;
    let edit_grant = EditGrant {
        tenant,
        licence: header.digest(),
        subject: account,
        address: "p.dover@fabrikam.example".parse()?,
        key: keys::publisher_key().verifying_key(),
        right: rights,
        not_before: NOW,
        expires: NOW.plus_days(7),
    }
    .issue(&keys::key(2), &licensor_certificate)?;
    let key_set = key_set(tenant, &licence_certificate, &wrapping).issue(&keys::root_key())?;

    write("scenario/file.clausa", &file)?;
    write("scenario/use_licence", &use_licence)?;
    write("scenario/licence_certificate", licence_certificate.as_bytes())?;

    let core = Decoder::new(keys::payload(&licence))
        .array_iter::<&minicbor::bytes::ByteSlice>()?
        .next();
    let core = core.ok_or("a licence has a core")??;
    let seal_length = u64::from_be_bytes(file[file.len() - 16..file.len() - 8].try_into()?) as usize;
    let seal = &file[file.len() - 16 - seal_length..file.len() - 16];
    for (name, bytes) in [
        ("publishing_licence/genuine", &licence[..]),
        ("core_map/genuine", core),
        ("use_licence/genuine", keys::payload(&use_licence)),
        ("seal/genuine", keys::payload(seal)),
        ("open/genuine", &file[header.length()..]),
        ("open/whole", &file),
        ("prefix/genuine", &file[..16]),
        ("policy/ad_hoc", &policy.to_bytes()),
        ("certificate/tenant", licence_certificate.as_bytes()),
        ("certificate/licensor", leaf.as_bytes()),
        ("certificate/edit_grant", edit_grant.as_bytes()),
        ("certificate/key_set", key_set.as_bytes()),
    ] {
        write(&format!("corpus/{name}"), bytes)?;
        let middle = bytes.len() / 2;
        let flipped: Vec<u8> = bytes
            .iter()
            .enumerate()
            .map(|(i, byte)| byte ^ u8::from(i == middle))
            .collect();
        write(&format!("corpus/{name}_bit"), &flipped)?;
        write(&format!("corpus/{name}_cut"), &bytes[..bytes.len() - 1])?;
        write(&format!("corpus/{name}_long"), &[bytes, &[0]].concat())?;
    }
    // Recipes for `floe`: nothing, a bit, a cut, bytes behind the end, each way of moving a segment.
    for (name, recipe) in [
        ("genuine", &[][..]),
        ("bit", &[0, 0, 1, 0]),
        ("cut", &[1, 0, 0, 1]),
        ("long", &[2, 1, 2, 3]),
        ("doubled", &[3, 1, 2, 0]),
        ("dropped", &[4, 1, 0, 0]),
        ("replaced", &[5, 0, 1, 0]),
        ("inserted", &[6, 0, 1, 0]),
        ("removed", &[7, 0, 1, 0]),
        ("there_and_back", &[0, 0, 1, 0, 0, 0, 1, 0]),
    ] {
        write(&format!("corpus/floe/{name}"), recipe)?;
    }
    Ok(())
}

fn key_set(
    tenant: TenantId,
    licence: &SignedTenantCertificate,
    wrapping: &SoftwareUnwrapper,
) -> TenantKeySet {
    TenantKeySet {
        tenant,
        version: 3,
        organisation: Some("Contoso".to_owned()),
        issued_at: NOW,
        expires: NOW.plus_days(7),
        signing_keys: vec![TenantSigningKey {
            purpose: Purpose::Licence,
            key: licence.claims().key,
        }],
        wrapping_keys: vec![WrappingKeyEntry {
            key: wrapping.public().clone(),
            status: WrappingKeyStatus::Active,
        }],
        accepted_suites: vec![Suite::P256],
        policy: KeySetPolicy::new(false, true),
    }
}
