//! Who is signed in, on which device, and signing out.

use clausa_api::device::{Device, Keystore};
use clausa_api::identity::Identity;
use clausa_core::id::DeviceThumbprint;
use clausa_core::origin::Origin;
use clausa_core::time::Timestamp;

use crate::client::Client;
use crate::error::AccountError;

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
        todo!()
    }

    /// Ends the session at the chosen authority and forgets tokens and cached licences. The device's keys stay, so
    /// that signing in again does not make another device.
    ///
    /// # Errors
    ///
    /// [`AccountError`] when nobody is signed in, or the profile cannot be written.
    pub async fn logout(&self) -> Result<SignedOut, AccountError> {
        todo!()
    }

    /// One's devices, in the order of enrolment.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn devices(&self) -> Result<Vec<Device>, AccountError> {
        todo!()
    }

    /// Removes a device and ends its sessions. Removing this very device signs out.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`] when it is not one of one's own.
    pub async fn remove_device(&self, device: &DeviceThumbprint) -> Result<(), AccountError> {
        let _ = device;
        todo!()
    }
}
