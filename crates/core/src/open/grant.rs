//! What step 3 of opening gives.

use super::OpenError;
use crate::keys::ContentKey;
use crate::rights::Rights;
use crate::use_licence::VerifiedUseLicence;

/// A use licence that fits, with the content key out of it.
///
/// The key never leaves this type. What the rights are worth is for the reading application to keep: whoever holds a
/// grant can read.
#[derive(Debug)]
pub struct OpenGrant {
    licence: VerifiedUseLicence,
    content_key: ContentKey,
}

impl OpenGrant {
    pub(crate) const fn new(licence: VerifiedUseLicence, content_key: ContentKey) -> Self {
        Self { licence, content_key }
    }

    /// The licence.
    pub const fn licence(&self) -> &VerifiedUseLicence {
        &self.licence
    }

    /// Demands rights before an act: `EXPORT` before the content is written out in clear.
    ///
    /// # Errors
    ///
    /// [`OpenError::NotPermitted`] with the first missing right.
    pub fn require(&self, wanted: Rights) -> Result<(), OpenError> {
        match self.licence.rights().first_missing(wanted) {
            Some(right) => Err(OpenError::NotPermitted { right }),
            None => Ok(()),
        }
    }

    pub(crate) const fn content_key(&self) -> &ContentKey {
        &self.content_key
    }
}
