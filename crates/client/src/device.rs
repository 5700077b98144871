//! Enrolling this device, and making sense of what the authority then gives.

use clausa_api::Bytes;
use clausa_api::device::{EnrolDeviceAnswer, EnrolDeviceRequest};
use clausa_api::paths;
use clausa_core::certificate::{LicensorChain, SignedTenantKeySet, TrustAnchors};
use clausa_core::keys::{Signer, VerifyingKey};
use clausa_core::origin::Origin;
use clausa_core::time::Timestamp;
use clausa_core::use_licence::CLOCK_TOLERANCE;

use crate::background::blocking;
use crate::client::Client;
use crate::error::{ProfileError, RequestError};
use crate::origins::TrustedAuthority;
use crate::profile::{AccountRecord, Enrolment};
use crate::secrets::DeviceKeys;
use crate::transport::Call;

impl TrustedAuthority {
    /// The pinned roots as verifying keys. One that is not a key is left out: it could verify nothing.
    pub(crate) fn anchors(&self) -> TrustAnchors {
        let roots = self
            .roots
            .iter()
            .filter_map(|root| VerifyingKey::from_bytes(&root.0).ok())
            .collect();
        TrustAnchors { roots }
    }
}

impl Client {
    /// The authority `origin`, which has to be a trusted one (SEC-51).
    pub(crate) async fn trusted(&self, origin: &Origin) -> Result<TrustedAuthority, RequestError> {
        let client = self.clone();
        let authorities = blocking(move || client.profile().authorities()).await?;
        authorities
            .find(origin)
            .cloned()
            .ok_or_else(|| RequestError::AuthorityUnknown {
                origin: origin.clone(),
            })
    }

    /// The account signed in at `authority`, enrolling this device first when that was not finished.
    pub(crate) async fn enrolled_account(
        &self,
        authority: &TrustedAuthority,
    ) -> Result<(AccountRecord, Enrolment), RequestError> {
        let account = self.signed_in_at(&authority.origin).await?;
        match account.enrolment.clone() {
            Some(enrolment) => Ok((account, enrolment)),
            None => self.enrol(authority, account).await,
        }
    }

    /// Enrols this device, or renews its certificate: doing it again is harmless.
    pub(crate) async fn enrol(
        &self,
        authority: &TrustedAuthority,
        mut account: AccountRecord,
    ) -> Result<(AccountRecord, Enrolment), RequestError> {
        let origin = &authority.origin;
        let keys = self.device_keys(origin).await?;
        let client = self.clone();
        let keystore = blocking(move || client.secrets().keystore()).await?;
        let request = EnrolDeviceRequest {
            decryption_key: Bytes(keys.decryption.public().as_bytes().to_vec()),
            name: account.device_name.clone(),
            platform: platform(&self.inner.options.client_info),
            keystore,
        };
        let call = Call::post(paths::DEVICES, &request)?.idempotent();
        let answer: EnrolDeviceAnswer = self.call_as_account(origin, &call).await?;
        self.check_enrolment(authority, &account, &keys, &answer)?;
        let enrolment = Enrolment {
            licensor_chain: answer.licensor_chain,
            key_set: answer.key_set,
            keys_fetched_at: self.clock().now(),
        };
        account.enrolment = Some(enrolment.clone());
        account.identity.device = Some(answer.thumbprint);
        let (client, of, record) = (self.clone(), origin.clone(), account.clone());
        blocking(move || client.profile().put_account(&of, record)).await?;
        Ok((account, enrolment))
    }

    /// What an authority gives is used only when it leads to the pinned roots and is about this very device.
    fn check_enrolment(
        &self,
        authority: &TrustedAuthority,
        account: &AccountRecord,
        keys: &DeviceKeys,
        answer: &EnrolDeviceAnswer,
    ) -> Result<(), RequestError> {
        let bad = |detail: String| RequestError::BadAnswer {
            origin: authority.origin.clone(),
            detail,
        };
        let (now, anchors) = (self.clock().now(), authority.anchors());
        if answer.thumbprint != account.device {
            return Err(bad("it is about another device".to_owned()));
        }
        let chain = LicensorChain::parse(&answer.licensor_chain).map_err(|error| bad(error.to_string()))?;
        let at = tolerant(
            now,
            chain
                .leaf()
                .claims()
                .not_before
                .max(chain.issuer().claims().not_before),
        );
        let leaf = chain
            .verify(&anchors, at)
            .map_err(|error| bad(error.to_string()))?;
        let is_ours = leaf.key == keys.signing.verifying_key()
            && leaf.subject == account.identity.account
            && leaf.tenant == account.identity.tenant;
        if !is_ours {
            return Err(bad("the certificate is about somebody else".to_owned()));
        }
        let key_set = SignedTenantKeySet::parse(&answer.key_set.0).map_err(|error| bad(error.to_string()))?;
        key_set
            .verify(
                &anchors,
                account.identity.tenant,
                tolerant(now, key_set.claims().issued_at),
            )
            .map_err(|error| bad(error.to_string()))?;
        Ok(())
    }

    /// The name under which this device enrols.
    pub(crate) fn device_name(&self) -> String {
        let named = self.inner.options.device_name.clone();
        let name = named
            .or_else(host_name)
            .unwrap_or_else(|| "unnamed device".to_owned());
        name.chars()
            .filter(|character| !character.is_control())
            .take(100)
            .collect()
    }

    /// Keys for this device at `origin`: those it has, or new ones.
    pub(crate) async fn device_keys_or_new(&self, origin: &Origin) -> Result<DeviceKeys, ProfileError> {
        let (client, origin) = (self.clone(), origin.clone());
        blocking(move || {
            if let Some(keys) = client.secrets().device_keys(&origin)? {
                return Ok(keys);
            }
            let keys =
                DeviceKeys::generate(&mut client.rng()).map_err(|_| crate::error::SecretsError::DeviceKey)?;
            client.secrets().put_device_keys(&origin, &keys)?;
            Ok(keys)
        })
        .await
    }
}

/// The time to hold a validity against: this machine's clock, or the beginning of the validity when the clock is a
/// little behind the authority's.
pub(crate) fn tolerant(now: Timestamp, from: Timestamp) -> Timestamp {
    if from.seconds_since(now) <= CLOCK_TOLERANCE {
        now.max(from)
    } else {
        now
    }
}

fn platform(client_info: &str) -> String {
    format!(
        "{} {}; {client_info}",
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

#[cfg(unix)]
fn host_name() -> Option<String> {
    rustix::system::uname()
        .nodename()
        .to_str()
        .ok()
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
}

#[cfg(not(unix))]
fn host_name() -> Option<String> {
    crate::profile::environment("COMPUTERNAME")
}
