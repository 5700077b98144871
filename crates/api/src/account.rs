//! An organisation's people, as its administrator sees them.

use clausa_core::id::AccountId;
use serde::{Deserialize, Serialize};

/// Query of [`crate::paths::ACCOUNTS`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
pub struct AccountQuery {
    /// Only people whose address contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Only people whose address comes after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// At most this many, 1 to 200; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Answer of `GET` [`crate::paths::ACCOUNTS`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountPage {
    /// By address.
    pub accounts: Vec<AccountEntry>,
    /// Ask again with `after` set to this when there are more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One of the organisation's people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountEntry {
    /// The account.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub id: AccountId,
    /// The address that people see.
    pub address: String,
    /// First and last name, when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `guest`, `member` or `administrator`.
    pub role: String,
    /// `active` or `closed`.
    pub state: String,
    /// Seconds since 1970 at which the account was made.
    pub created_at: u64,
}

/// Body of `PUT` [`crate::paths::ACCOUNT_ROLE`].
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoleRequest {
    /// `member` or `administrator`.
    pub role: String,
}
