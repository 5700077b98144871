//! Whether the store answers.

use clausa_core::id::TenantId;
use clausa_store::StoreError;

use crate::state::AppState;

/// Reads something small. Whether it exists does not matter.
///
/// # Errors
///
/// The store's failure.
pub async fn check_store(state: &AppState) -> Result<(), StoreError> {
    let anybody = TenantId::from_bytes([0; TenantId::LENGTH]);
    let read = state.store().read("check store", move |tx| {
        Box::pin(async move { tx.find_tenant(anybody).await })
    });
    read.await.map(drop)
}
