//! What an organisation's administrator sets for everybody in it.

use clausa_api::controls::{Controls, ControlsChange, Preview, PreviewRequest};
use clausa_api::paths;

use crate::client::Client;
use crate::error::AccountError;
use crate::transport::Call;

impl Client {
    /// What holds in the organisation that one administers.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn controls(&self) -> Result<Controls, AccountError> {
        let origin = self.signed_in_origin().await?;
        Ok(self.call_as_account(&origin, &Call::get(paths::CONTROLS)).await?)
    }

    /// Sets what `change` names, and leaves the rest. Asks for a fresh proof ([`Client::step_up_state`]).
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn change_controls(&self, change: &ControlsChange) -> Result<Controls, AccountError> {
        let call = Call::patch(paths::CONTROLS, change)?;
        let origin = self.signed_in_origin().await?;
        Ok(self.call_as_account(&origin, &call).await?)
    }

    /// Who of the organisation would protect files if `change` were set. Nothing is kept.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn preview_controls(&self, request: &PreviewRequest) -> Result<Preview, AccountError> {
        let call = Call::post(paths::CONTROLS_PREVIEW, request)?;
        let origin = self.signed_in_origin().await?;
        Ok(self.call_as_account(&origin, &call).await?)
    }
}
