//! Closing accounts.

use async_trait::async_trait;
use clausa_core::address::Address;
use clausa_core::id::{AccountId, TenantId};

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::account::Role;
use crate::record::hash::OwnerMac;
use crate::record::micros::Micros;
use crate::record::succession::{Retirement, Succession};

/// The end of accounts, and whose their files are afterwards. For the authority's own acts, unless it says otherwise.
#[async_trait]
pub trait Closing {
    /// Active accounts of the permit's tenant with this role.
    async fn count_accounts(&mut self, permit: &Permit, role: Role) -> Result<u64, StoreError>;

    /// Takes an account's owner's rights from its addresses, and gives them to the successor, with those that had come to it
    /// from others. False, and nothing is done, when that was done before.
    async fn retire_owner(&mut self, permit: &Permit, retirement: &Retirement) -> Result<bool, StoreError>;

    /// Closes an account: whatever is signed in as it, could sign in as it or waits for it goes, its devices and
    /// certificates end, and its addresses are anybody's who proves them, out of the tenant's groups. False when it was
    /// not active.
    async fn close_account(
        &mut self,
        permit: &Permit,
        account: AccountId,
        addresses: &[Address],
        at: Micros,
    ) -> Result<bool, StoreError>;

    /// Whose a file is that was published at `published` for `owner`, if the account that had the address then was closed
    /// since. In the permit's tenant, or in that of the caller who asks for a licence or registers a file.
    async fn succession(
        &mut self,
        permit: &Permit,
        tenant: TenantId,
        owner: &OwnerMac,
        published: Micros,
    ) -> Result<Option<Succession>, StoreError>;

    /// The account that last had this address, if it was closed and its person is not forgotten.
    async fn last_holder(
        &mut self,
        permit: &Permit,
        owner: &OwnerMac,
    ) -> Result<Option<AccountId>, StoreError>;
}
