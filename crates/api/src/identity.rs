//! Who is signed in.

use clausa_core::address::Address;
use clausa_core::id::{AccountId, DeviceThumbprint, TenantId};
use serde::{Deserialize, Serialize};

/// Answer of [`crate::paths::ME`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identity {
    /// The account.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub account: AccountId,
    /// Its proven addresses, the first is the one people see.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub addresses: Vec<Address>,
    /// First and last name, when given.
    pub display_name: Option<String>,
    /// The tenant.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub tenant: TenantId,
    /// The organisation's name; `None` for a personal account.
    pub organisation: Option<String>,
    /// True when an administrator has proven the domain.
    pub managed: bool,
    /// `individual` or `organisation`.
    pub plan: Plan,
    /// The device this call came from, once enrolled.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub device: Option<DeviceThumbprint>,
}

/// A plan is only a flag: no key, policy or file format depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Plan {
    /// Free, by self-service.
    Individual,
    /// Run by the organisation.
    Organisation,
}
