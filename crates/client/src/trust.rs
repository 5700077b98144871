//! Trusting an authority: its roots are read once and pinned.

use clausa_core::origin::Origin;

use crate::client::Client;
use crate::error::TrustError;
use crate::origins::TrustedAuthority;

impl Client {
    /// Trusts the authority at `origin`: reads its description and pins its root keys. Doing it again is harmless; it
    /// fails when the roots are not those pinned before.
    ///
    /// This is the one call that talks to an origin not yet trusted; it sends nothing but the request for the
    /// description. The person has to have named the origin: never call it with one out of a file unasked.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when the authority cannot be reached, says it is another, or has other roots than before.
    pub async fn trust(&self, origin: &Origin) -> Result<TrustedAuthority, TrustError> {
        let _ = origin;
        todo!()
    }

    /// Trusts an authority whose root keys were learnt another way, without asking it.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when other roots are pinned for its origin already, or the profile cannot be written.
    pub async fn trust_pinned(&self, authority: TrustedAuthority) -> Result<(), TrustError> {
        let _ = authority;
        todo!()
    }

    /// Forgets an authority with everything this profile keeps for it: account, keys, licences.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when it is not trusted, or the profile cannot be written.
    pub async fn distrust(&self, origin: &Origin) -> Result<(), TrustError> {
        let _ = origin;
        todo!()
    }

    /// The authorities this profile trusts.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when the profile cannot be read.
    pub async fn authorities(&self) -> Result<Vec<TrustedAuthority>, TrustError> {
        todo!()
    }

    /// Makes `origin` the one that verbs without a file talk to.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when it is not trusted, or the profile cannot be written.
    pub async fn set_default_authority(&self, origin: &Origin) -> Result<(), TrustError> {
        let _ = origin;
        todo!()
    }
}
