//! Who is signed in, on which device, and signing out.

use std::time::Duration;

use clausa_api::device::{Device, DeviceList, Keystore};
use clausa_api::identity::Identity;
use clausa_api::paths;
use clausa_core::certificate::LicensorChain;
use clausa_core::id::DeviceThumbprint;
use clausa_core::origin::Origin;
use clausa_core::time::Timestamp;

use crate::background::blocking;
use crate::client::Client;
use crate::error::{AccountError, ProfileError, RequestError};
use crate::transport::{Call, Credentials};

/// Signing out does not wait long for the authority: this device forgets its tokens either way.
const LOGOUT_PATIENCE: Duration = Duration::from_secs(5);

/// Who is signed in at an authority, and on what.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WhoAmI {
    /// The authority.
    pub origin: Origin,
    /// The account, its organisation and plan.
    pub identity: Identity,
    /// This device.
    pub device: DeviceThumbprint,
    /// The name under which it enrolled.
    pub device_name: String,
    /// Where it keeps its keys and tokens.
    pub keystore: Keystore,
    /// When the certificate that lets this device publish expires; `None` when it is not enrolled yet.
    pub certificate_expires: Option<Timestamp>,
    /// Files protected offline that the authority has not been told of yet.
    pub registrations_pending: usize,
    /// True when the authority has just confirmed this; false when it comes from the profile.
    pub confirmed: bool,
}

/// What signing out did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedOut {
    /// True when the authority has ended the session; false when it could not be reached, so that the session ends by
    /// itself later. This device has forgotten its tokens either way.
    pub authority_told: bool,
}

impl Client {
    /// Who is signed in at the chosen authority. Answers from the profile when there is no network.
    ///
    /// # Errors
    ///
    /// [`AccountError`] with kind `sign-in-required` when nobody is.
    pub async fn whoami(&self) -> Result<WhoAmI, AccountError> {
        let origin = self.authority().await?.origin;
        let account = self.signed_in_at(&origin).await?;
        // A profile that was copied without its secrets has an account and no keys.
        self.device_keys(&origin).await?;
        let confirmed = match self
            .call_as_account::<Identity>(&origin, &Call::get(paths::ME))
            .await
        {
            Ok(identity) if identity.account == account.identity.account => {
                let (client, of) = (self.clone(), origin.clone());
                blocking(move || {
                    client.profile().change_account(&of, |kept| {
                        if let Some(kept) = kept {
                            kept.identity = identity;
                        }
                    })
                })
                .await?;
                self.register_pending_quietly(&origin).await;
                true
            }
            Ok(_) => {
                let detail = "it is about another account".to_owned();
                return Err(RequestError::BadAnswer { origin, detail }.into());
            }
            Err(error) if error.is_no_network() => false,
            Err(error) => return Err(error.into()),
        };
        Ok(self.who_am_i(&origin, confirmed).await?)
    }

    /// Ends the session at the chosen authority and forgets tokens and cached licences. The device's keys stay, so
    /// that signing in again does not make another device.
    ///
    /// # Errors
    ///
    /// [`AccountError`] when nobody is signed in, or the profile cannot be written.
    pub async fn logout(&self) -> Result<SignedOut, AccountError> {
        let origin = self.authority().await?.origin;
        self.signed_in_at(&origin).await?;
        let authority_told = match self.end_session(&origin).await {
            Ok(()) => true,
            Err(error) => {
                tracing::info!(error = %error, "the authority could not be told of the sign-out");
                false
            }
        };
        self.forget_session(&origin).await?;
        let (client, of) = (self.clone(), origin.clone());
        blocking(move || client.profile().clear_cache(&of)).await?;
        Ok(SignedOut { authority_told })
    }

    /// One's devices, in the order of enrolment.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn devices(&self) -> Result<Vec<Device>, AccountError> {
        let origin = self.authority().await?.origin;
        self.signed_in_at(&origin).await?;
        let list: DeviceList = self.call_as_account(&origin, &Call::get(paths::DEVICES)).await?;
        Ok(list.devices)
    }

    /// Removes a device and ends its sessions. Removing this very device signs out, and its keys are forgotten.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`] when it is not one of one's own.
    pub async fn remove_device(&self, device: &DeviceThumbprint) -> Result<(), AccountError> {
        let origin = self.authority().await?.origin;
        let account = self.signed_in_at(&origin).await?;
        let call = Call::delete(paths::fill(paths::DEVICE, &device.to_string()));
        self.call_as_account_for_nothing(&origin, &call)
            .await
            .map_err(|error| AccountError::or_not_found(error, format!("the device {device}")))?;
        if &account.device == device {
            let client = self.clone();
            blocking(move || {
                client.secrets().remove_session(&origin)?;
                client.secrets().remove_device_keys(&origin)?;
                client
                    .profile()
                    .change_account(&origin, |account| *account = None)?;
                client.profile().clear_cache(&origin)
            })
            .await?;
        }
        Ok(())
    }

    async fn end_session(&self, origin: &Origin) -> Result<(), RequestError> {
        let keys = self.device_keys(origin).await?;
        let (client, of) = (self.clone(), origin.clone());
        let Some(tokens) = blocking(move || client.secrets().session(&of)).await? else {
            return Ok(());
        };
        let call =
            Call::form(paths::TOKEN_REVOKE, &[("token", &tokens.refresh_token)]).patience(LOGOUT_PATIENCE);
        self.transport(origin)?
            .call_for_nothing(&call, Credentials::Key(&keys))
            .await
    }

    /// What the profile knows of the account at `origin`.
    pub(crate) async fn who_am_i(&self, origin: &Origin, confirmed: bool) -> Result<WhoAmI, RequestError> {
        let account = self.signed_in_at(origin).await?;
        let (client, of) = (self.clone(), origin.clone());
        let (keystore, registrations) = blocking(move || {
            Ok::<_, ProfileError>((
                client.secrets().keystore()?,
                client.profile().registrations(&of)?.len(),
            ))
        })
        .await?;
        let chain = account
            .enrolment
            .as_ref()
            .and_then(|kept| LicensorChain::parse(&kept.licensor_chain).ok());
        Ok(WhoAmI {
            origin: origin.clone(),
            identity: account.identity,
            device: account.device,
            device_name: account.device_name,
            keystore,
            certificate_expires: chain.map(|chain| chain.leaf().claims().expires),
            registrations_pending: registrations,
            confirmed,
        })
    }
}
