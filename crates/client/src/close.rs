//! Closing one's own account.

use clausa_api::closing::{CloseAnswer, CloseRequest, FilesOfClosed};
use clausa_api::paths;
use clausa_core::address::Address;

use crate::background::blocking;
use crate::client::Client;
use crate::error::AccountError;
use crate::transport::Call;

/// How an account is to be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseOptions {
    /// An address of the account, typed once more by its person.
    pub address: String,
    /// Who gets the owner's rights on its files: an active account of the same organisation. Nobody when `None`.
    pub hand_over_to: Option<Address>,
    /// Take out of log and database what names the person, as well.
    pub erase: bool,
}

impl CloseOptions {
    /// Files stay as they are, and so does what the log says.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            hand_over_to: None,
            erase: false,
        }
    }
}

impl Client {
    /// Closes the account, and forgets its keys, tokens and licences on this device. Files that were protected offline are
    /// registered first, because nobody could open them afterwards. Asks for a fresh proof ([`Client::step_up_state`]).
    ///
    /// # Errors
    ///
    /// [`AccountError`]; the account is as it was then.
    pub async fn close_account(&self, options: &CloseOptions) -> Result<CloseAnswer, AccountError> {
        let origin = self.signed_in_origin().await?;
        self.register_pending_at(&origin).await?;
        let request = CloseRequest {
            address: options.address.clone(),
            files: match options.hand_over_to {
                Some(_) => FilesOfClosed::HandOver,
                None => FilesOfClosed::Keep,
            },
            successor: options.hand_over_to.as_ref().map(ToString::to_string),
            erase: options.erase,
        };
        let call = Call::post(paths::ME_CLOSE, &request)?;
        let answer = self.call_as_account(&origin, &call).await?;
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
        Ok(answer)
    }
}
