//! Structures by themselves, as they come.

use clausa_core::certificate::{
    LicensorChain, SignedEditGrant, SignedLicensorCertificate, SignedTenantCertificate, SignedTenantKeySet,
};
use clausa_core::open::read_header;
use clausa_core::policy::{Policy, TemplateVersion};
use clausa_core::prefix::{PREFIX_LENGTH, Prefix};
use clausa_core::publishing::PublishingLicence;

use super::contains;
use super::scenario::SCENARIO;

/// The first 16 bytes.
pub fn prefix(bytes: &[u8]) -> bool {
    let _ = read_header(bytes);
    let Some(Ok(prefix)) = bytes.first_chunk::<PREFIX_LENGTH>().map(Prefix::parse) else {
        return false;
    };
    assert_eq!(prefix.to_bytes()[..], bytes[..PREFIX_LENGTH]);
    true
}

/// A publishing licence.
pub fn publishing_licence(bytes: &[u8]) -> bool {
    let Ok(licence) = PublishingLicence::parse(bytes) else {
        return false;
    };
    assert_eq!(licence.bytes(), bytes);
    assert_eq!(PublishingLicence::parse(licence.bytes()).as_ref(), Ok(&licence));
    assert!(
        licence
            .chain()
            .to_bytes()
            .iter()
            .all(|certificate| contains(bytes, certificate))
    );
    assert!(contains(bytes, licence.content_id().as_bytes()));
    // Only the one licence of the scenario is signed by somebody under its root.
    let is_genuine = bytes == SCENARIO.header.licence().bytes();
    assert_eq!(licence.verify(&SCENARIO.anchors).is_ok(), is_genuine);
    true
}

/// A policy, or a template's version.
pub fn policy(bytes: &[u8]) -> bool {
    let policy = Policy::parse(bytes).map(|policy| assert_eq!(policy.to_bytes(), bytes));
    let template = TemplateVersion::parse(bytes).map(|template| assert_eq!(template.to_bytes(), bytes));
    policy.is_ok() || template.is_ok()
}

/// Each kind of certificate, an edit grant, a key set.
pub fn certificate(bytes: &[u8]) -> bool {
    let encoded = [
        SignedTenantCertificate::parse(bytes).map(|object| minicbor::to_vec(object.claims())),
        SignedLicensorCertificate::parse(bytes).map(|object| minicbor::to_vec(object.claims())),
        SignedTenantKeySet::parse(bytes).map(|object| minicbor::to_vec(object.claims())),
        SignedEditGrant::parse(bytes).map(|object| minicbor::to_vec(object.claims())),
    ];
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let _ = LicensorChain::parse(&[first, second]);
    let accepted: Vec<_> = encoded.into_iter().flatten().collect();
    assert!(
        accepted
            .iter()
            .all(|claims| contains(bytes, claims.as_ref().unwrap()))
    );
    !accepted.is_empty()
}
