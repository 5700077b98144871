//! What an administrator has set for the whole tenant.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::controls::Controls;

/// An administrator's controls.
#[async_trait]
pub trait ControlsOfTenant {
    /// The controls of the permit's tenant, if any were ever set. Any permit will do.
    async fn controls(&mut self, permit: &Permit) -> Result<Option<Controls>, StoreError>;

    /// Sets them, if the tenant is managed. False when it is not.
    async fn put_controls(&mut self, permit: &Permit, controls: &Controls) -> Result<bool, StoreError>;
}
