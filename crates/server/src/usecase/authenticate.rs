//! From a token and a proof to a caller.

use clausa_core::address::Address;
use clausa_core::id::DeviceThumbprint;
use clausa_core::keys::VerifyingKey;
use clausa_core::time::Timestamp;
use clausa_store::StoreError;
use clausa_store::permit::{Action, Resource, authorise};
use clausa_store::record::hash::{AccessTokenHash, ReplayKey};
use clausa_store::record::limit::Bucket;
use clausa_store::record::micros::Micros;
use clausa_store::record::session;
use clausa_store::repo::UnitOfWork;
use sha2::{Digest as _, Sha256};

use super::failure::{Failure, failures};
use super::limit;
use crate::limits::Limited;
use crate::request::{Caller, RequestContext};
use crate::state::AppState;

/// A device's last call is written down once an hour, not with every call.
const LAST_SEEN_SECONDS: u64 = 3_600;

/// A proof of possession whose signature, claims and time were checked.
#[derive(Clone, Copy, Debug)]
pub struct ShownProof {
    /// Thumbprint of the key that signed.
    pub key: DeviceThumbprint,
    /// The key itself.
    pub signing_key: VerifyingKey,
    /// What must not be seen twice.
    pub replay_id: [u8; 32],
    /// Until when it has to be remembered.
    pub expires: Timestamp,
}

/// Why a caller is not let in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticateError {
    /// The token is unknown, too old or revoked, or its account is closed.
    #[error("the token does not work")]
    NotSignedIn,
    /// The sign-in is over, because its organisation ends them after a while.
    #[error("the sign-in is over")]
    SessionOver,
    /// The proof was used before.
    #[error("the proof was used before")]
    ProofUsed,
    /// The proof was signed by another key than the one that the token is bound to.
    #[error("the proof is of another key than the token")]
    OtherKey,
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(AuthenticateError: StoreError);

/// Somebody whose token was found and fits his proof, before the call is counted and the proof is used up. What he asks
/// for is prepared meanwhile; the transaction that gives it to him begins with [`Announced::look_again`].
#[derive(Clone, Debug)]
pub struct Announced {
    caller: Caller,
    addresses: Vec<Address>,
    decryption_key: Option<Vec<u8>>,
    token: AccessTokenHash,
    proof: ShownProof,
}

impl Announced {
    /// Who he is, unless the transaction finds otherwise.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// His proven addresses, the one that people see first.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// His device and the key to which licences for it are sealed, once enrolled.
    pub fn device(&self) -> Option<(DeviceThumbprint, &[u8])> {
        Some((self.caller.actor.device?, self.decryption_key.as_deref()?))
    }

    /// Finds who calls once more, inside a transaction. A refusal is returned as an `Ok` of the transaction.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn look_again(
        &self,
        tx: &mut dyn UnitOfWork,
        now: Micros,
    ) -> Result<Result<session::Caller, AuthenticateError>, AuthenticateError> {
        // A session stays in its tenant, so the second look needs no more than that one's rows.
        let found = tx.caller_of(self.caller.tenant(), &self.token, now).await?;
        Ok(check(found, &self.proof, now))
    }

    /// True when that one is whom the answer was prepared for: the same account with the same power, device, key and
    /// addresses.
    pub fn is_still(&self, found: &session::Caller) -> bool {
        found.actor() == self.caller.actor
            && found.decryption_key == self.decryption_key
            && found.addresses == self.addresses
    }

    /// Uses the proof up and counts the call. A refusal is returned as an `Ok` of the transaction, so that what was counted
    /// stays so.
    ///
    /// # Errors
    ///
    /// The store's failure.
    pub async fn admit(
        &self,
        tx: &mut dyn UnitOfWork,
        found: session::Caller,
        calls: Bucket,
        now: Micros,
    ) -> Result<Result<session::Caller, AuthenticateError>, AuthenticateError> {
        admit(tx, found, &self.proof, calls, now).await
    }
}

/// Finds who calls, and changes nothing.
///
/// # Errors
///
/// [`AuthenticateError`].
pub async fn announce(
    state: &AppState,
    access_token: &str,
    proof: &ShownProof,
    request: RequestContext,
) -> Result<Announced, AuthenticateError> {
    let token = hash(access_token);
    let input = (token, state.now_micros());
    let found = state
        .store()
        .glance_with("announce", input, |&(token, now), tx| {
            Box::pin(async move { tx.caller(&token, now).await })
        })
        .await?;
    let found = check(found, proof, state.now_micros())?;
    Ok(Announced {
        caller: caller(&found, proof, request),
        addresses: found.addresses,
        decryption_key: found.decryption_key,
        token,
        proof: *proof,
    })
}

/// Finds who calls, uses the proof up, and counts the call.
///
/// # Errors
///
/// [`AuthenticateError`]; a proof whose token does not work is not remembered, so strangers cannot fill the store.
pub async fn authenticate(
    state: &AppState,
    access_token: &str,
    proof: &ShownProof,
    request: RequestContext,
) -> Result<Caller, AuthenticateError> {
    let bucket = state.config().limits.calls_per_account.into();
    let input = (hash(access_token), *proof, bucket, state.now_micros());
    let found = state
        .store()
        .transact_with("authenticate", input, |&(token, proof, bucket, now), tx| {
            Box::pin(async move {
                match check(tx.caller(&token, now).await?, &proof, now) {
                    Ok(found) => admit(tx, found, &proof, bucket, now).await,
                    Err(refused) => Ok(Err(refused)),
                }
            })
        })
        .await??;
    Ok(caller(&found, proof, request))
}

fn hash(access_token: &str) -> AccessTokenHash {
    AccessTokenHash::from_bytes(Sha256::digest(access_token.as_bytes()).into())
}

fn caller(found: &session::Caller, proof: &ShownProof, request: RequestContext) -> Caller {
    Caller {
        actor: found.actor(),
        session: found.session,
        key: found.key,
        signing_key: proof.signing_key,
        request,
    }
}

/// A proof whose token does not work is not remembered, so strangers cannot fill the store.
fn check(
    found: Option<session::Caller>,
    proof: &ShownProof,
    now: Micros,
) -> Result<session::Caller, AuthenticateError> {
    let found = found.ok_or(AuthenticateError::NotSignedIn)?;
    if found.key != proof.key {
        return Err(AuthenticateError::OtherKey);
    }
    in_time(found, now)
}

async fn admit(
    tx: &mut dyn UnitOfWork,
    found: session::Caller,
    proof: &ShownProof,
    bucket: Bucket,
    now: Micros,
) -> Result<Result<session::Caller, AuthenticateError>, AuthenticateError> {
    if !note(tx, proof).await? {
        return Ok(Err(AuthenticateError::ProofUsed));
    }
    if let Some(refused) = limit::take(tx, Limited::Call, found.account, bucket, now).await? {
        return Ok(Err(refused.into()));
    }
    note_device(tx, &found, now).await?;
    Ok(Ok(found))
}

fn in_time(found: session::Caller, now: Micros) -> Result<session::Caller, AuthenticateError> {
    match found.ends_at.is_some_and(|end| end <= now) {
        true => Err(AuthenticateError::SessionOver),
        false => Ok(found),
    }
}

/// Counts a request that has no token yet, and uses its proof up. Anybody can make a key and sign proofs, so what is
/// remembered of them is bounded by the limit.
///
/// # Errors
///
/// [`AuthenticateError::ProofUsed`], [`Failure::RateLimited`], or the store's failure.
pub async fn use_proof(
    state: &AppState,
    proof: &ShownProof,
    request: &RequestContext,
) -> Result<(), AuthenticateError> {
    let bucket = state.config().limits.token_per_network.into();
    let input = (*proof, request.network(), bucket, state.now_micros());
    state
        .store()
        .transact_with("use proof", input, |(proof, network, bucket, now), tx| {
            Box::pin(async move {
                if let Some(refused) = limit::take(tx, Limited::TokenNetwork, network, *bucket, *now).await? {
                    return Ok::<_, AuthenticateError>(Err(refused.into()));
                }
                Ok(note(tx, proof)
                    .await?
                    .then_some(())
                    .ok_or(AuthenticateError::ProofUsed))
            })
        })
        .await?
}

async fn note(tx: &mut dyn UnitOfWork, proof: &ShownProof) -> Result<bool, StoreError> {
    tx.note_proof(
        &ReplayKey::from_bytes(proof.replay_id),
        Micros::from(proof.expires),
    )
    .await
}

async fn note_device(
    tx: &mut dyn UnitOfWork,
    found: &session::Caller,
    now: Micros,
) -> Result<(), AuthenticateError> {
    let (Some(device), Some(last_seen)) = (found.device, found.device_last_seen) else {
        return Ok(());
    };
    if now < last_seen.plus_seconds(LAST_SEEN_SECONDS) {
        return Ok(());
    }
    let resource = Resource::Account {
        tenant: found.tenant,
        account: found.account,
    };
    let permit = authorise(&found.actor(), Action::ReadIdentity, &resource).map_err(Failure::from)?;
    tx.touch_device(&permit, found.account, device, now).await?;
    Ok(())
}
