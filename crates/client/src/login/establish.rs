//! From a grant to a session: tokens, account, enrolment.

use std::sync::Arc;

use clausa_api::ProblemType;
use clausa_api::identity::Identity;
use clausa_api::paths;
use clausa_api::token::TokenAnswer;
use clausa_core::address::Address;
use clausa_core::origin::Origin;

use super::SecondFactor;
use crate::account::WhoAmI;
use crate::background::blocking;
use crate::client::Client;
use crate::error::{LoginError, RequestError, SecretsError};
use crate::origins::TrustedAuthority;
use crate::profile::AccountRecord;
use crate::secrets::DeviceKeys;
use crate::templates::Freshness;
use crate::transport::{Call, Credentials};

/// What is exchanged for a session.
pub(crate) struct Grant<'a> {
    /// The fields of the token request.
    pub(crate) fields: &'a [(&'a str, &'a str)],
    /// Who is signing in, when that is known before.
    pub(crate) address: Option<&'a Address>,
}

impl Client {
    /// Exchanges a grant for a session, takes note of the account, and enrols this device.
    ///
    /// Each step is kept before the next begins: when one fails, the next verb goes on there.
    pub(crate) async fn establish(
        &self,
        authority: &TrustedAuthority,
        grant: Grant<'_>,
    ) -> Result<WhoAmI, LoginError> {
        let origin = &authority.origin;
        let kept = self.account_at(origin).await?;
        let keys = self.keys_for(origin, kept.as_ref(), grant.address).await?;
        self.establish_with(authority, grant, Arc::new(keys)).await
    }

    /// As [`establish`](Self::establish), with keys that were chosen before.
    pub(crate) async fn establish_with(
        &self,
        authority: &TrustedAuthority,
        grant: Grant<'_>,
        keys: Arc<DeviceKeys>,
    ) -> Result<WhoAmI, LoginError> {
        let origin = &authority.origin;
        let transport = self.transport(origin)?;
        let kept = self.account_at(origin).await?;
        let device = keys
            .thumbprint()
            .map_err(|_| SecretsError::DeviceKey)
            .map_err(crate::ProfileError::from)?;
        let call = Call::form(paths::TOKEN, grant.fields);
        let answer = transport
            .call::<TokenAnswer>(&call, Credentials::Key(&keys))
            .await;
        if let Some(ticket) = answer.as_ref().err().and_then(ticket) {
            return Err(LoginError::SecondFactorNeeded(Box::new(SecondFactor {
                client: self.clone(),
                authority: authority.clone(),
                address: grant.address.cloned(),
                keys,
                ticket,
            })));
        }
        let tokens = answer?;
        if !tokens.token_type.eq_ignore_ascii_case("DPoP") {
            return Err(transport
                .bad_answer("the token is not bound to this device".to_owned())
                .into());
        }
        let identity: Identity = transport
            .call(
                &Call::get(paths::ME),
                Credentials::Token(&keys, &tokens.access_token),
            )
            .await?;
        let is_same =
            |kept: &AccountRecord| kept.identity.account == identity.account && kept.device == device;
        if let Some(other) = kept
            .as_ref()
            .filter(|kept| kept.device == device && !is_same(kept))
        {
            // These keys are the other account's device. Only a browser sign-in comes here, because it alone does not
            // know beforehand who will sign in.
            let kept = other
                .identity
                .addresses
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            return Err(LoginError::OtherAccount { kept });
        }
        let enrolment = kept
            .as_ref()
            .filter(|kept| is_same(kept))
            .and_then(|kept| kept.enrolment.clone());
        let account = AccountRecord {
            identity,
            signed_in: true,
            device,
            device_name: kept
                .filter(|kept| kept.device == device)
                .map_or_else(|| self.device_name(), |kept| kept.device_name),
            enrolment,
        };
        self.keep_sign_in(origin, keys, account.clone()).await?;
        self.keep_tokens(origin, tokens).await?;
        self.enrol(authority, account).await?;
        // So that protecting offline works from now on. Whoever only reads does not need them.
        if let Err(error) = self.templates_at(authority, Freshness::Now).await {
            tracing::info!(error = %error, "the templates could not be fetched yet");
        }
        Ok(self.who_am_i(origin, true).await?)
    }

    /// The keys to sign in with: this device's at `origin`, unless they belong to somebody else's account there.
    async fn keys_for(
        &self,
        origin: &Origin,
        kept: Option<&AccountRecord>,
        address: Option<&Address>,
    ) -> Result<DeviceKeys, LoginError> {
        let somebody_else = kept
            .zip(address)
            .is_some_and(|(kept, address)| !kept.identity.addresses.contains(address));
        if somebody_else {
            let keys = DeviceKeys::generate(&mut self.rng()).map_err(|_| SecretsError::DeviceKey);
            return Ok(keys.map_err(crate::ProfileError::from)?);
        }
        Ok(self.device_keys_or_new(origin).await?)
    }

    async fn keep_sign_in(
        &self,
        origin: &Origin,
        keys: Arc<DeviceKeys>,
        account: AccountRecord,
    ) -> Result<(), RequestError> {
        let (client, of) = (self.clone(), origin.clone());
        blocking(move || {
            let before = client.profile().account(&of)?;
            if before.is_some_and(|before| before.identity.account != account.identity.account) {
                client.profile().clear_cache(&of)?;
            }
            client.secrets().put_device_keys(&of, &keys)?;
            client.profile().put_account(&of, account)
        })
        .await?;
        Ok(())
    }
}

/// Names the sign-in that waits for its second factor, when that is what the authority says.
fn ticket(error: &RequestError) -> Option<String> {
    let problem = error.problem()?;
    let is_needed = problem.problem_type() == Some(ProblemType::SecondFactorNeeded);
    problem.ticket.clone().filter(|_| is_needed)
}
