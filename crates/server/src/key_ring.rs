//! Tenants' private keys, loaded once: unsealing and parsing them costs more than using them.
//!
//! Only handles of keys are kept, never a content key: what a key unwrapped is gone when the request is.

use std::sync::Arc;

use clausa_core::certificate::SignedTenantCertificate;
use clausa_core::id::{KeyId, TenantId};
use clausa_core::keys::{SoftwareSigner, SoftwareUnwrapper, Suite};
use clausa_store::record::tenant_key::TenantKey;

use crate::cache::Cache;
use crate::usecase::failure::Failure;
use crate::usecase::tenant_keys;

/// Most keys of a kind that are kept.
const CAPACITY: usize = 4_096;

/// Loaded keys. The suite is part of the key's name (`SEC-33`), and so is the tenant (`SEC-63`).
pub struct KeyRing {
    signers: Cache<(TenantId, KeyId), SoftwareSigner>,
    unwrappers: Cache<(TenantId, KeyId, Suite), SoftwareUnwrapper>,
    certificates: Cache<Vec<u8>, SignedTenantCertificate>,
}

impl Default for KeyRing {
    fn default() -> Self {
        Self {
            signers: Cache::new(CAPACITY),
            unwrappers: Cache::new(CAPACITY),
            certificates: Cache::new(CAPACITY),
        }
    }
}

impl KeyRing {
    /// The unwrapping key of `tenant` with this name, if it was loaded before. What a wrapping key unwraps never changes,
    /// and none is ever taken away from the tenant's old files.
    pub fn known_unwrapper(
        &self,
        tenant: TenantId,
        kid: KeyId,
        suite: Suite,
    ) -> Option<Arc<SoftwareUnwrapper>> {
        self.unwrappers.find(&(tenant, kid, suite))
    }

    /// The signing key of `tenant` with this name, if it was loaded before. Whether it is in use is the store's to say.
    pub fn known_signer(&self, tenant: TenantId, kid: KeyId) -> Option<Arc<SoftwareSigner>> {
        self.signers.find(&(tenant, kid))
    }

    /// The tenant certificate with these bytes, parsed.
    ///
    /// # Errors
    ///
    /// [`Failure::Missing`] when they are none.
    pub fn certificate(&self, bytes: &[u8]) -> Result<Arc<SignedTenantCertificate>, Failure> {
        self.certificates.find_or_make(bytes.to_vec(), || {
            SignedTenantCertificate::parse(bytes).map_err(|_| Failure::Missing("tenant certificate"))
        })
    }

    /// The signing key that `row` of `tenant` holds.
    ///
    /// # Errors
    ///
    /// [`Failure::Key`] when the row is damaged.
    pub fn signer(&self, tenant: TenantId, row: &TenantKey) -> Result<Arc<SoftwareSigner>, Failure> {
        self.signers.find_or_make((tenant, row.kid), || {
            Ok(SoftwareSigner::from_secret_bytes(row.secret.expose())?)
        })
    }

    /// The unwrapping key that `row` of `tenant` holds.
    ///
    /// # Errors
    ///
    /// [`Failure::Key`] when the row is damaged.
    pub fn unwrapper(&self, tenant: TenantId, row: &TenantKey) -> Result<Arc<SoftwareUnwrapper>, Failure> {
        let suite = tenant_keys::suite(row)?;
        self.unwrappers.find_or_make((tenant, row.kid, suite), || {
            Ok(SoftwareUnwrapper::from_secret_bytes(suite, row.secret.expose())?)
        })
    }
}
