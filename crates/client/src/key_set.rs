//! The tenant's keys and this device's certificate, kept so that protecting works offline.

use clausa_api::device::KeySetAnswer;
use clausa_api::paths;
use clausa_core::certificate::{LicensorChain, SignedTenantKeySet};
use clausa_core::time::{DAY, Timestamp};

use crate::background::blocking;
use crate::client::Client;
use crate::device::tolerant;
use crate::error::{AccountError, RequestError};
use crate::origins::TrustedAuthority;
use crate::profile::{AccountRecord, Enrolment};
use crate::templates::{Freshness, RECENT_SECONDS};
use crate::transport::Call;

/// A certificate or key set with less than this left is renewed when the authority can be reached, in seconds.
const RENEW_BEFORE_SECONDS: u64 = 30 * DAY;

impl Client {
    /// Fetches the key set of one's organisation and the templates, and renews this device's certificate, now.
    ///
    /// Protecting does it by itself when it is time; this is for somebody who is about to be without a network.
    ///
    /// # Errors
    ///
    /// [`AccountError`].
    pub async fn refresh_keys(&self) -> Result<(), AccountError> {
        let authority = self.authority().await?;
        let account = self.signed_in_at(&authority.origin).await?;
        self.enrol(&authority, account).await?;
        self.templates_at(&authority, Freshness::Now).await?;
        Ok(())
    }

    /// The account at `authority` with keys and certificate that can be used now, renewed when they are old and the
    /// authority can be reached. Whether they can be used at all shows when they are verified.
    pub(crate) async fn prepared_account(
        &self,
        authority: &TrustedAuthority,
    ) -> Result<(AccountRecord, Enrolment, Option<RequestError>), RequestError> {
        let (account, enrolment) = self.enrolled_account(authority).await?;
        let now = self.clock().now();
        let renewed = if certificate_is_old(&enrolment, now) {
            self.enrol(authority, account.clone()).await
        } else if key_set_is_old(&enrolment, now) {
            self.fetch_key_set(authority, account.clone(), enrolment.clone())
                .await
        } else {
            return Ok((account, enrolment, None));
        };
        match renewed {
            Ok((account, enrolment)) => Ok((account, enrolment, None)),
            Err(error) if error.is_no_network() => Ok((account, enrolment, Some(error))),
            Err(error) => Err(error),
        }
    }

    /// The tenant's keys as they are now, kept from then on.
    pub(crate) async fn fetch_key_set(
        &self,
        authority: &TrustedAuthority,
        mut account: AccountRecord,
        mut enrolment: Enrolment,
    ) -> Result<(AccountRecord, Enrolment), RequestError> {
        let origin = &authority.origin;
        let bad = |detail: String| RequestError::BadAnswer {
            origin: origin.clone(),
            detail,
        };
        let answer: KeySetAnswer = self.call_as_account(origin, &Call::get(paths::KEYS)).await?;
        let key_set = SignedTenantKeySet::parse(&answer.key_set.0).map_err(|error| bad(error.to_string()))?;
        let now = self.clock().now();
        let version = key_set
            .verify(
                &authority.anchors(),
                account.identity.tenant,
                tolerant(now, key_set.claims().issued_at),
            )
            .map_err(|error| bad(error.to_string()))?
            .version;
        let kept = SignedTenantKeySet::parse(&enrolment.key_set.0).ok();
        if kept.is_some_and(|kept| kept.claims().version > version) {
            return Err(bad(
                "the tenant's keys are older than those it gave before".to_owned()
            ));
        }
        enrolment.key_set = answer.key_set;
        enrolment.keys_fetched_at = now;
        account.enrolment = Some(enrolment.clone());
        let (client, of, record) = (self.clone(), origin.clone(), account.clone());
        blocking(move || client.profile().put_account(&of, record)).await?;
        Ok((account, enrolment))
    }
}

fn certificate_is_old(enrolment: &Enrolment, now: Timestamp) -> bool {
    LicensorChain::parse(&enrolment.licensor_chain).map_or(true, |chain| {
        let expires = chain.leaf().claims().expires.min(chain.issuer().claims().expires);
        expires < now.plus_seconds(RENEW_BEFORE_SECONDS)
    })
}

fn key_set_is_old(enrolment: &Enrolment, now: Timestamp) -> bool {
    let expires = SignedTenantKeySet::parse(&enrolment.key_set.0).map(|kept| kept.claims().expires);
    let has_expired = expires.map_or(true, |expires| expires < now);
    has_expired || now.seconds_since(enrolment.keys_fetched_at) >= RECENT_SECONDS
}
