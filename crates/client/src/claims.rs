//! Taking over the administration of one's organisation.

use clausa_api::claim::{Claim, ClaimList, ClaimRequest, ClaimStarted};
use clausa_api::paths;

use crate::client::Client;
use crate::error::AccountError;
use crate::transport::Call;

impl Client {
    /// One's own claims, and those of others that were proven, the newest first.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn claims(&self) -> Result<Vec<Claim>, AccountError> {
        let origin = self.signed_in_origin().await?;
        let list: ClaimList = self.call_as_account(&origin, &Call::get(paths::CLAIMS)).await?;
        Ok(list.claims)
    }

    /// Begins a claim to administer one's organisation, which has to have `domain`. Asks for a fresh proof
    /// ([`Client::step_up_state`]).
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn start_claim(&self, domain: &str) -> Result<ClaimStarted, AccountError> {
        let domain = domain.to_owned();
        let call = Call::post(paths::CLAIMS, &ClaimRequest { domain })?;
        let origin = self.signed_in_origin().await?;
        Ok(self.call_as_account(&origin, &call).await?)
    }

    /// Has the authority look for the record of one's claim.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn check_claim(&self, id: &str) -> Result<Claim, AccountError> {
        let call = Call::post(paths::fill(paths::CLAIM_CHECK, id), &())?;
        let origin = self.signed_in_origin().await?;
        self.call_as_account(&origin, &call)
            .await
            .map_err(|error| AccountError::or_not_found(error, format!("the claim {id}")))
    }

    /// Gives up one's claim.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn cancel_claim(&self, id: &str) -> Result<(), AccountError> {
        let call = Call::delete(paths::fill(paths::CLAIM, id));
        self.end_claim(&call, id).await
    }

    /// Objects to somebody else's claim, which ends it.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn dispute_claim(&self, id: &str) -> Result<(), AccountError> {
        let call = Call::post(paths::fill(paths::CLAIM_DISPUTE, id), &())?;
        self.end_claim(&call, id).await
    }

    async fn end_claim(&self, call: &Call, id: &str) -> Result<(), AccountError> {
        let origin = self.signed_in_origin().await?;
        self.call_as_account_for_nothing(&origin, call)
            .await
            .map_err(|error| AccountError::or_not_found(error, format!("the claim {id}")))
    }
}
