//! The authority's root keys and settings.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::record::authority::RootKey;
use crate::record::micros::Micros;
use crate::record::secret::Secret;

/// The authority's root keys and settings.
#[async_trait]
pub trait Authority {
    /// Stores a root key. False when one with its key id exists (nothing is changed).
    async fn add_root_key(&mut self, key: &RootKey) -> Result<bool, StoreError>;

    /// All root keys, newest first.
    async fn root_keys(&mut self) -> Result<Vec<RootKey>, StoreError>;

    /// A setting of this installation.
    async fn setting(&mut self, name: &str) -> Result<Option<Secret>, StoreError>;

    /// Sets a setting; its value stands sealed.
    async fn set_setting(&mut self, name: &str, value: &Secret) -> Result<(), StoreError>;

    /// Sets a setting unless it is set: what stands afterwards. Two starting nodes agree this way on one value.
    async fn init_setting(&mut self, name: &str, value: &Secret) -> Result<Secret, StoreError>;

    /// When the newest log entry of any tenant was written; `None` before the first.
    async fn newest_log_time(&mut self) -> Result<Option<Micros>, StoreError>;

    /// Writes something small and takes it away again, so that it shows whether the database takes writes. Nothing is left.
    async fn probe(&mut self) -> Result<(), StoreError>;
}
