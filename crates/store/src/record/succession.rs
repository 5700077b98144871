//! What became of the owner's rights of accounts that were closed.

use clausa_core::id::AccountId;

use super::hash::OwnerMac;
use super::micros::Micros;

/// An account whose owner's rights end, because it closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retirement {
    /// The account.
    pub account: AccountId,
    /// Its addresses, as policies name owners.
    pub owners: Vec<OwnerMac>,
    /// Who has the rights from now on, an account of the same tenant; `None` for nobody.
    pub successor: Option<AccountId>,
    /// When. What was published later under one of the addresses belongs to whoever has it then.
    pub at: Micros,
}

/// Whose a file was that belongs to an address whose account was closed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Succession {
    /// The closed account.
    pub account: AccountId,
    /// Who has its owner's rights now.
    pub successor: Option<AccountId>,
}
