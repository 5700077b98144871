//! The authorities this profile trusts.

use clausa_api::Bytes;
use clausa_core::origin::Origin;
use serde::{Deserialize, Serialize};

/// An authority that the person has trusted, with the root keys pinned at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedAuthority {
    /// Its origin; a file that names another one is not followed (SEC-51).
    pub origin: Origin,
    /// The name it gave itself, for people.
    pub name: String,
    /// Public keys of its roots, Ed25519, 32 bytes each.
    pub roots: Vec<Bytes>,
}

/// The trusted authorities and the default among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Authorities {
    default: Option<Origin>,
    trusted: Vec<TrustedAuthority>,
}

impl Authorities {
    pub(crate) fn new(default: Option<Origin>, trusted: Vec<TrustedAuthority>) -> Self {
        Self { default, trusted }
    }

    pub(crate) fn into_parts(self) -> (Option<Origin>, Vec<TrustedAuthority>) {
        (self.default, self.trusted)
    }

    /// Makes a trusted authority the default; false when it is not trusted.
    pub(crate) fn set_default(&mut self, origin: &Origin) -> bool {
        let known = self.find(origin).is_some();
        if known {
            self.default = Some(origin.clone());
        }
        known
    }

    pub(crate) fn find(&self, origin: &Origin) -> Option<&TrustedAuthority> {
        self.trusted.iter().find(|authority| &authority.origin == origin)
    }

    /// The default, or the only one.
    pub(crate) fn default_one(&self) -> Option<&TrustedAuthority> {
        match (&self.default, self.trusted.as_slice()) {
            (Some(origin), _) => self.find(origin),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.trusted.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &TrustedAuthority> {
        self.trusted.iter()
    }

    /// Adds an authority, or puts it in the place of the one with its origin. The first one becomes the default.
    pub(crate) fn put(&mut self, authority: TrustedAuthority) {
        if self.default.is_none() && self.trusted.is_empty() {
            self.default = Some(authority.origin.clone());
        }
        match self
            .trusted
            .iter_mut()
            .find(|known| known.origin == authority.origin)
        {
            Some(known) => *known = authority,
            None => self.trusted.push(authority),
        }
    }

    pub(crate) fn remove(&mut self, origin: &Origin) -> bool {
        let before = self.trusted.len();
        self.trusted.retain(|authority| &authority.origin != origin);
        if self.default.as_ref() == Some(origin) {
            self.default = self.trusted.first().map(|authority| authority.origin.clone());
        }
        self.trusted.len() != before
    }
}
