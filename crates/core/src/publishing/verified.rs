//! A verified publishing licence, and what the authority does with one.

use super::{PolicyError, PublishingLicence};
use crate::certificate::LicensorCertificate;
use crate::keys::{KeyBlock, KeyUnwrapper, PolicyKey, UnwrapFailed};
use crate::policy::{Policy, Terms, sealing};

/// A publishing licence whose chain and signature were verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedLicence {
    licence: PublishingLicence,
}

impl VerifiedLicence {
    pub(super) const fn new(licence: PublishingLicence) -> Self {
        Self { licence }
    }

    /// The licence.
    pub const fn licence(&self) -> &PublishingLicence {
        &self.licence
    }

    /// Who published it.
    pub const fn publisher(&self) -> &LicensorCertificate {
        self.licence.publisher_claims()
    }

    /// Opens the wraps with the tenant's keys. Every wrap that one of the keys fits is opened, and all must hold the
    /// same keys (SEC-8); the caller passes keys of the licence's own tenant only (SEC-63).
    ///
    /// # Errors
    ///
    /// [`UnwrapFailed`], whatever the reason (SEC-28).
    pub fn unwrap_keys(&self, keys: &[&dyn KeyUnwrapper]) -> Result<KeyBlock, UnwrapFailed> {
        let mut opened: Option<KeyBlock> = None;
        for (info, ciphertext) in self.licence.wrap_ciphertexts() {
            let Some(key) = keys
                .iter()
                .find(|key| key.kid() == info.kid && key.suite() == info.suite)
            else {
                continue;
            };
            let block = key.unwrap(self.licence.bind(), ciphertext)?;
            match &opened {
                Some(first) if !first.same_keys(&block) => return Err(UnwrapFailed),
                Some(_) => {}
                None => opened = Some(block),
            }
        }
        opened.ok_or(UnwrapFailed)
    }

    /// Decrypts the policy, which comes from nowhere else (SEC-9), and holds it against the publisher's certificate.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] when it does not open, is no policy, or has terms that the publisher may not use.
    pub fn policy(&self, key: &PolicyKey) -> Result<Policy, PolicyError> {
        let licence = &self.licence;
        let policy = sealing::open(
            licence.policy_ciphertext(),
            key,
            licence.content_id(),
            licence.tenant(),
        )
        .map_err(|_| UnwrapFailed)?;
        if !may_use(self.publisher(), &policy.terms) {
            return Err(PolicyError::TermsNotAllowed);
        }
        Ok(policy)
    }
}

/// Whether a certificate's template limit allows these terms.
pub(super) fn may_use(publisher: &LicensorCertificate, terms: &Terms) -> bool {
    match (&publisher.templates, terms) {
        (None, _) => true,
        (Some(allowed), Terms::Template { id, .. }) => allowed.contains(id),
        (Some(_), Terms::AdHoc(_)) => false,
    }
}
