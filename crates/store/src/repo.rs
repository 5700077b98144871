//! The repositories: one trait each, all of them reached through a [`UnitOfWork`].
//!
//! Methods that take a [`crate::Permit`] work in the permit's tenant and nowhere else. The others are the authority's
//! own: they find out who is calling (by the hash of something the caller had to know), count, queue and forget.
//! Method names are unique across all traits, so `tx.append_log(…)` needs no import.

pub mod accounts;
pub mod authority;
pub mod certificates;
pub mod challenges;
pub mod claims;
pub mod closing;
pub mod codes;
pub mod contents;
pub mod controls;
pub mod devices;
pub mod factors;
pub mod forgetting;
pub mod groups;
pub mod licences;
pub mod limits;
pub mod log;
pub mod log_tree;
pub mod outbox;
pub mod replays;
pub mod sessions;
pub mod signups;
pub mod templates;
pub mod tenant_keys;
pub mod tenants;

pub use accounts::Accounts;
pub use authority::Authority;
pub use certificates::Certificates;
pub use challenges::Challenges;
pub use claims::Claims;
pub use closing::Closing;
pub use codes::AuthorisationCodes;
pub use contents::Contents;
pub use controls::ControlsOfTenant;
pub use devices::Devices;
pub use factors::Factors;
pub use forgetting::Forgetting;
pub use groups::Groups;
pub use licences::Licences;
pub use limits::Limits;
pub use log::Log;
pub use log_tree::LogTrees;
pub use outbox::Outbox;
pub use replays::Replays;
pub use sessions::Sessions;
pub use signups::Signups;
pub use templates::Templates;
pub use tenant_keys::TenantKeys;
pub use tenants::Tenants;

/// One transaction: every repository, seeing one state of the database and changing it as a whole or not at all.
pub trait UnitOfWork:
    Accounts
    + AuthorisationCodes
    + Authority
    + Certificates
    + Challenges
    + Closing
    + Claims
    + Contents
    + ControlsOfTenant
    + Devices
    + Factors
    + Forgetting
    + Groups
    + Licences
    + Limits
    + Log
    + LogTrees
    + Outbox
    + Replays
    + Sessions
    + Signups
    + Templates
    + TenantKeys
    + Tenants
    + Send
{
}
