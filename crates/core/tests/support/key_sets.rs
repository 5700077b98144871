//! What this crate says of a key set, in the words of `testdata/key_sets/README.md`.

use clausa_core::certificate::{CertificateError, SignedTenantKeySet, TrustAnchors};
use clausa_core::id::TenantId;
use clausa_core::time::Timestamp;

/// The verdict, and suite and key identifier of the keys for new files.
pub fn judge(
    bytes: &[u8],
    anchors: &TrustAnchors,
    tenant: TenantId,
    now: Timestamp,
) -> (&'static str, Vec<String>) {
    let verified = SignedTenantKeySet::parse(bytes)
        .map_err(CertificateError::from)
        .and_then(|signed| {
            let set = signed.verify(anchors, tenant, now)?;
            let keys = set.keys_for_new_files().into_iter();
            Ok(keys
                .map(|key| format!("{} {}", key.suite().number(), key.kid()))
                .collect())
        });
    let verdict = match verified {
        Ok(keys) => return ("accepts", keys),
        Err(CertificateError::Malformed(_)) => "form",
        Err(CertificateError::UnknownRoot) => "root",
        Err(CertificateError::BadSignature) => "signature",
        Err(CertificateError::WrongTenant) => "tenant",
        Err(CertificateError::NotYetValid { .. } | CertificateError::Expired { .. }) => "validity",
        Err(_) => "something else",
    };
    (verdict, Vec::new())
}
