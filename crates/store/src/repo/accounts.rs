//! Accounts and their addresses.

use async_trait::async_trait;
use clausa_core::address::Address;
use clausa_core::id::AccountId;

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::account::{
    Account, AccountRow, AccountState, AddressClaim, ListedAccount, NewAccount, Role, RoleChange,
};
use crate::record::secret::Secret;

/// Accounts and their addresses. An address belongs to at most one account of the authority.
#[async_trait]
pub trait Accounts {
    /// Makes an account with its first address, unless somebody has the address (then nothing is made).
    async fn create_account(
        &mut self,
        permit: &Permit,
        account: &NewAccount,
    ) -> Result<AddressClaim, StoreError>;

    /// One account of the permit's tenant.
    async fn account(&mut self, permit: &Permit, account: AccountId) -> Result<Option<Account>, StoreError>;

    /// Whose address this is, in any tenant. For sign-up, sign-in and naming owners; never shown to a caller.
    async fn account_by_address(&mut self, address: &Address) -> Result<Option<Account>, StoreError>;

    /// The account's proven addresses, the one that people see first.
    async fn addresses(&mut self, permit: &Permit, account: AccountId) -> Result<Vec<Address>, StoreError>;

    /// The addresses that people see of every active member of the permit's tenant, guests left out. For the authority's
    /// own acts.
    async fn member_addresses(&mut self, permit: &Permit) -> Result<Vec<Address>, StoreError>;

    /// Accounts of the permit's tenant by the address that people see, which contains `search` and comes after `after`.
    async fn list_accounts(
        &mut self,
        permit: &Permit,
        search: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<ListedAccount>, StoreError>;

    /// Makes an active member of the permit's tenant, which is managed, its administrator, or a member again.
    async fn change_role(
        &mut self,
        permit: &Permit,
        account: AccountId,
        role: Role,
    ) -> Result<RoleChange, StoreError>;

    /// Accounts of the permit's tenant, closed ones among them, by identifier, after `after`; at most `limit`. For the
    /// authority's own acts.
    async fn accounts(
        &mut self,
        permit: &Permit,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<AccountRow>, StoreError>;

    /// Gives the account another proven address, unless somebody has it.
    async fn add_address(
        &mut self,
        permit: &Permit,
        account: AccountId,
        address: &Address,
    ) -> Result<AddressClaim, StoreError>;

    /// Sets or clears the name. False when there is no such account.
    async fn set_display_name(
        &mut self,
        permit: &Permit,
        account: AccountId,
        name: Option<&str>,
    ) -> Result<bool, StoreError>;

    /// The password's hash, if one is set. It stands sealed, so a stolen database cannot be guessed against.
    async fn password_hash(
        &mut self,
        permit: &Permit,
        account: AccountId,
    ) -> Result<Option<Secret>, StoreError>;

    /// Sets or clears the password's hash. False when there is no such account.
    async fn set_password_hash(
        &mut self,
        permit: &Permit,
        account: AccountId,
        hash: Option<&Secret>,
    ) -> Result<bool, StoreError>;

    /// Opens or closes an account. False when there is no such account.
    async fn set_account_state(
        &mut self,
        permit: &Permit,
        account: AccountId,
        state: AccountState,
    ) -> Result<bool, StoreError>;
}
