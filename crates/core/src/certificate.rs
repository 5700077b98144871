//! The chain of trust (clause 7): the authority's root signs tenant certificates and tenant key sets; a tenant's keys,
//! one for each purpose, sign licensor certificates, use licences, edit grants and log checkpoints.

mod anchors;
mod chain;
mod edit_grant;
mod error;
mod key_set;
mod licensor;
mod tenant;

pub use anchors::TrustAnchors;
pub use chain::LicensorChain;
pub use edit_grant::{EditGrant, SignedEditGrant};
pub use error::{CertificateError, IssueError};
pub use key_set::{
    KeySetPolicy, SignedTenantKeySet, TenantKeySet, TenantSigningKey, WrappingKeyEntry, WrappingKeyStatus,
};
pub use licensor::{LicensorCertificate, Scope, SignedLicensorCertificate};
pub use tenant::{Purpose, SignedTenantCertificate, TenantCertificate};
