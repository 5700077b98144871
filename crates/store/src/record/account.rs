//! Accounts and their proven addresses.

use clausa_core::address::Address;
use clausa_core::id::{AccountId, TenantId};

use super::micros::Micros;
use super::words;

words! {
    /// What an account may do in its tenant.
    Role {
        /// Invited from outside: not one of "all members".
        Guest = "guest",
        /// One of the tenant's people.
        Member = "member",
        /// Runs the tenant; exists in managed tenants alone (`SEC-86`).
        Administrator = "administrator",
    }
}

words! {
    /// Whether an account may be used.
    AccountState {
        /// In use.
        Active = "active",
        /// Closed: cannot sign in, its files stay.
        Closed = "closed",
    }
}

/// A person in a tenant. The password's hash is not part of it: see `Accounts::password_hash`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// Its tenant.
    pub tenant: TenantId,
    /// What it may do there.
    pub role: Role,
    /// Whether it may be used.
    pub state: AccountState,
    /// First and last name, when given.
    pub display_name: Option<String>,
    /// True when a password is set.
    pub has_password: bool,
    /// When it was made.
    pub created_at: Micros,
}

impl Account {
    /// True when the account counts as one of "all members of this organisation".
    pub fn is_member(&self) -> bool {
        self.state == AccountState::Active && self.role != Role::Guest
    }
}

/// An account as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAccount {
    /// The account.
    pub account: Account,
    /// The address that people see.
    pub address: Address,
}

/// What became of a change of role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChange {
    /// The account has the role now.
    Changed,
    /// It had it already.
    Same,
    /// There is no such active member.
    Unknown,
    /// Nobody else administers the tenant.
    LastAdministrator,
}

/// An account in the operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// The account.
    pub account: Account,
    /// The address that people see; a closed account has none.
    pub address: Option<Address>,
}

/// An account to be made, with its first address. There is none before an address is proven (`SEC-72`).
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The account.
    pub id: AccountId,
    /// What it may do in its tenant.
    pub role: Role,
    /// The proven address that people see.
    pub address: Address,
    /// First and last name, when given.
    pub display_name: Option<String>,
    /// When the address was proven and the account is made.
    pub created_at: Micros,
}

/// What became of an address that an account is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClaim {
    /// The account has it now.
    Claimed,
    /// It belongs to this account already, which may be the claimant.
    Taken(AccountId),
}
