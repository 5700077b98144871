//! What an authority says of itself.

use clausa_core::origin::Origin;
use serde::{Deserialize, Serialize};

use crate::Bytes;

/// Version of this contract; a client refuses an authority whose major number it does not know.
pub const CONTRACT_VERSION: u32 = 1;

/// Answer of [`crate::paths::WELL_KNOWN`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceDescription {
    /// [`CONTRACT_VERSION`].
    pub contract: u32,
    /// The one origin under which this authority serves; licences name it.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "https://rights.contoso.example"))]
    pub origin: Origin,
    /// Name shown to people.
    pub name: String,
    /// Public keys of the authority's roots (Ed25519, 32 bytes each), newest first. Clients pin them at enrolment.
    pub roots: Vec<Bytes>,
    /// How long a mailed code is good, in seconds.
    pub code_seconds: u32,
}
