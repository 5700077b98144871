//! Trusting an authority: its roots are read once and pinned.

use clausa_api::paths;
use clausa_api::service::{CONTRACT_VERSION, ServiceDescription};
use clausa_core::keys::VerifyingKey;
use clausa_core::origin::Origin;

use crate::background::blocking;
use crate::client::Client;
use crate::error::{ProfileError, RequestError, TrustError};
use crate::origins::TrustedAuthority;
use crate::transport::{Call, Credentials};

/// Longest name of an authority that is kept, in characters.
const MAX_NAME: usize = 200;

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
        let transport = self.transport(origin)?;
        let said: ServiceDescription = transport
            .call(&Call::get(paths::WELL_KNOWN), Credentials::None)
            .await?;
        if said.contract != CONTRACT_VERSION {
            let known = CONTRACT_VERSION;
            return Err(TrustError::UnknownContract {
                origin: origin.clone(),
                version: said.contract,
                known,
            });
        }
        if &said.origin != origin {
            return Err(TrustError::OtherOrigin {
                asked: origin.clone(),
                said: said.origin,
            });
        }
        let are_keys = |root: &clausa_api::Bytes| {
            matches!(VerifyingKey::from_bytes(&root.0), Ok(VerifyingKey::Ed25519(_)))
        };
        if said.roots.is_empty() || !said.roots.iter().all(are_keys) {
            return Err(transport
                .bad_answer("it names no root keys, or some that are none".to_owned())
                .into());
        }
        let name = said
            .name
            .chars()
            .filter(|character| !character.is_control())
            .take(MAX_NAME)
            .collect();
        let authority = TrustedAuthority {
            origin: origin.clone(),
            name,
            roots: said.roots,
        };
        self.trust_pinned(authority.clone()).await?;
        Ok(authority)
    }

    /// Trusts an authority whose root keys were learnt another way, without asking it.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when other roots are pinned for its origin already, or the profile cannot be written.
    pub async fn trust_pinned(&self, authority: TrustedAuthority) -> Result<(), TrustError> {
        let client = self.clone();
        blocking(move || {
            client.profile().change_authorities(|authorities| {
                let known = authorities.find(&authority.origin);
                // A new root beside one that is pinned already is a root being replaced; none in common is another
                // authority.
                if known.is_some_and(|known| !known.roots.iter().any(|root| authority.roots.contains(root))) {
                    return Err(TrustError::RootsChanged {
                        origin: authority.origin,
                    });
                }
                authorities.put(authority);
                Ok(())
            })
        })
        .await?
    }

    /// Forgets an authority with everything this profile keeps for it: account, keys, licences.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when it is not trusted, or the profile cannot be written.
    pub async fn distrust(&self, origin: &Origin) -> Result<(), TrustError> {
        let (client, of) = (self.clone(), origin.clone());
        let was_trusted = blocking(move || {
            client.secrets().remove_all(&of)?;
            client.profile().change_account(&of, |account| *account = None)?;
            client.profile().change_pendings(|pendings| {
                pendings.signups.remove(&of);
                pendings.logins.remove(&of);
            })?;
            client.profile().clear_cache(&of)?;
            client
                .profile()
                .change_authorities(|authorities| authorities.remove(&of))
        })
        .await?;
        if was_trusted {
            Ok(())
        } else {
            Err(TrustError::NotTrusted {
                origin: origin.clone(),
            })
        }
    }

    /// The authorities this profile trusts.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] when the profile cannot be read.
    pub async fn authorities(&self) -> Result<Vec<TrustedAuthority>, ProfileError> {
        let client = self.clone();
        blocking(move || Ok(client.profile().authorities()?.iter().cloned().collect())).await
    }

    /// The authority that verbs without a file talk to.
    ///
    /// # Errors
    ///
    /// [`RequestError`] when none was chosen and the profile has no default one.
    pub async fn authority(&self) -> Result<TrustedAuthority, RequestError> {
        let client = self.clone();
        blocking(move || client.chosen_authority()).await
    }

    /// Makes `origin` the one that verbs without a file talk to.
    ///
    /// # Errors
    ///
    /// [`TrustError`] when it is not trusted, or the profile cannot be written.
    pub async fn set_default_authority(&self, origin: &Origin) -> Result<(), TrustError> {
        let (client, of) = (self.clone(), origin.clone());
        let is_trusted = blocking(move || {
            client
                .profile()
                .change_authorities(|authorities| authorities.set_default(&of))
        })
        .await?;
        if is_trusted {
            Ok(())
        } else {
            Err(TrustError::NotTrusted {
                origin: origin.clone(),
            })
        }
    }
}
