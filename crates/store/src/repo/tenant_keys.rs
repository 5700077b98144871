//! Tenants' keys and key sets.

use async_trait::async_trait;
use clausa_core::id::KeyId;

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::tenant_key::{KeySet, KeyState, SigningKey, TenantKey};

/// Keys of the permit's tenant.
#[async_trait]
pub trait TenantKeys {
    /// Stores a key. False when its key id exists. For the authority's own acts.
    async fn add_tenant_key(&mut self, permit: &Permit, key: &TenantKey) -> Result<bool, StoreError>;

    /// All keys, newest first. For the authority's own acts, `EnrolDevice`, `PublishContent` and `RequestLicence`:
    /// what needs the tenant's keys does so through the use case, never through the answer.
    async fn tenant_keys(&mut self, permit: &Permit) -> Result<Vec<TenantKey>, StoreError>;

    /// One key, as [`TenantKeys::tenant_keys`].
    async fn tenant_key(&mut self, permit: &Permit, kid: KeyId) -> Result<Option<TenantKey>, StoreError>;

    /// The signing keys that are in use for new things, newest first, without their secrets: for `RequestLicence`.
    async fn signing_keys(&mut self, permit: &Permit) -> Result<Vec<SigningKey>, StoreError>;

    /// Archives a key or takes it back into use. False when there is none. For the authority's own acts.
    async fn set_tenant_key_state(
        &mut self,
        permit: &Permit,
        kid: KeyId,
        state: KeyState,
    ) -> Result<bool, StoreError>;

    /// Replaces a signing key's certificate. False when there is no such key. For the authority's own acts.
    async fn set_tenant_certificate(
        &mut self,
        permit: &Permit,
        kid: KeyId,
        certificate: &[u8],
    ) -> Result<bool, StoreError>;

    /// Stores the next key set. False unless its version is greater than the stored one. For the authority's own acts.
    async fn put_key_set(&mut self, permit: &Permit, set: &KeySet) -> Result<bool, StoreError>;

    /// The current key set. For `ReadKeySet`, `EnrolDevice` and `PublishContent`.
    async fn key_set(&mut self, permit: &Permit) -> Result<Option<KeySet>, StoreError>;
}
