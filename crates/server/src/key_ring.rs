//! Tenants' private keys, loaded once: unsealing and parsing them costs more than using them.
//!
//! Only handles of keys are kept, never a content key: what a key unwrapped is gone when the request is.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use clausa_core::id::{KeyId, TenantId};
use clausa_core::keys::{SoftwareSigner, SoftwareUnwrapper, Suite};
use clausa_store::record::tenant_key::TenantKey;

use crate::usecase::failure::Failure;
use crate::usecase::tenant_keys;

/// Most keys of a kind that are kept; when one more comes, all are forgotten and loaded again as needed.
const CAPACITY: usize = 4_096;

/// Loaded keys. The suite is part of the key's name (`SEC-33`), and so is the tenant (`SEC-63`).
#[derive(Default)]
pub struct KeyRing {
    signers: Cache<(TenantId, KeyId), SoftwareSigner>,
    unwrappers: Cache<(TenantId, KeyId, Suite), SoftwareUnwrapper>,
}

impl KeyRing {
    /// The signing key that `row` of `tenant` holds.
    ///
    /// # Errors
    ///
    /// [`Failure::Key`] when the row is damaged.
    pub fn signer(&self, tenant: TenantId, row: &TenantKey) -> Result<Arc<SoftwareSigner>, Failure> {
        self.signers.load((tenant, row.kid), || {
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
        self.unwrappers.load((tenant, row.kid, suite), || {
            Ok(SoftwareUnwrapper::from_secret_bytes(suite, row.secret.expose())?)
        })
    }
}

struct Cache<K, V>(RwLock<HashMap<K, Arc<V>>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Eq + Hash, V> Cache<K, V> {
    fn load(&self, name: K, make: impl FnOnce() -> Result<V, Failure>) -> Result<Arc<V>, Failure> {
        // A panic elsewhere leaves the map whole: every change is one call.
        if let Some(found) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return Ok(Arc::clone(found));
        }
        let made = Arc::new(make()?);
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= CAPACITY {
            map.clear();
        }
        map.insert(name, Arc::clone(&made));
        Ok(made)
    }
}
