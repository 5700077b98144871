//! Factors beside a mailed code: authenticators, passkeys, recovery codes.

use clausa_api::factor::{FactorList, RecoveryCodes, TotpAdded, TotpBegun, TotpConfirmation, TotpRequest};
use clausa_api::paths;

use crate::client::Client;
use crate::error::{AccountError, LoginError};
use crate::transport::Call;

impl Client {
    /// One's factors.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn factors(&self) -> Result<FactorList, AccountError> {
        let origin = self.signed_in_origin().await?;
        Ok(self.call_as_account(&origin, &Call::get(paths::FACTORS)).await?)
    }

    /// Begins an authenticator: its secret, which is told once. Asks for a fresh proof.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn begin_authenticator(&self, name: &str) -> Result<TotpBegun, AccountError> {
        let request = TotpRequest {
            name: name.to_owned(),
        };
        let call = Call::post(paths::FACTORS_TOTP, &request)?;
        let origin = self.signed_in_origin().await?;
        Ok(self.call_as_account(&origin, &call).await?)
    }

    /// Shows an authenticator's first code: from now on it is asked for.
    ///
    /// # Errors
    ///
    /// [`LoginError::CodeWrong`] when it is not the code of about now.
    pub async fn confirm_authenticator(&self, id: &str, code: &str) -> Result<TotpAdded, LoginError> {
        let request = TotpConfirmation {
            code: code.trim().to_owned(),
        };
        let call = Call::post(paths::fill(paths::FACTOR_CONFIRMATION, id), &request)?;
        let origin = self.signed_in_origin().await?;
        Ok(self.call_as_account(&origin, &call).await?)
    }

    /// Removes a factor. Asks for a fresh proof.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`] when it is not one of one's own.
    pub async fn remove_factor(&self, id: &str) -> Result<(), AccountError> {
        let origin = self.signed_in_origin().await?;
        let call = Call::delete(paths::fill(paths::FACTOR, id));
        self.call_as_account_for_nothing(&origin, &call)
            .await
            .map_err(|error| AccountError::or_not_found(error, format!("the factor {id}")))
    }

    /// Draws new recovery codes, which are told once; older ones work no more. Asks for a fresh proof.
    ///
    /// # Errors
    ///
    /// [`AccountError::NotFound`] without an authenticator.
    pub async fn new_recovery_codes(&self) -> Result<Vec<String>, AccountError> {
        let call = Call::post(paths::RECOVERY_CODES, &serde_json::json!({}))?;
        let origin = self.signed_in_origin().await?;
        let answer: RecoveryCodes = self
            .call_as_account(&origin, &call)
            .await
            .map_err(|error| AccountError::or_not_found(error, "an authenticator"))?;
        Ok(answer.codes)
    }
}
