//! Showing a passkey: signing in with it, and as a fresh proof.

use clausa_api::ProblemType;
use clausa_api::log::RequestType;
use clausa_core::id::{AccountId, TenantId};
use clausa_store::permit::Action;
use clausa_store::record::account::AccountState;
use clausa_store::record::factor::{FactorKind, FurtherFactor};
use clausa_store::record::hash::CookieHash;
use clausa_store::record::proof::{Factor, Factors, Proof};
use clausa_store::record::session::SessionRef;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};

use super::challenge::{Ceremony, use_up};
use super::verify::{self, Expected};
use super::{Credential, relying_party};
use crate::limits::Limited;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::failure::Failure;
use crate::usecase::limit;
use crate::usecase::oneself::Oneself;
use crate::usecase::sign_in::{SignInError, SignedIn};

/// What the browser brings from a passkey that was shown.
#[derive(Clone)]
pub struct Asserted {
    /// The credential's id.
    pub credential: Vec<u8>,
    /// Whose it is, as the passkey keeps it.
    pub user_handle: Vec<u8>,
    /// What the browser collected (`clientDataJSON`).
    pub client_data: Vec<u8>,
    /// The authenticator's part.
    pub authenticator_data: Vec<u8>,
    /// The signature over both.
    pub signature: Vec<u8>,
}

/// Signs in at `browser` with a passkey. Its holder was verified, so that it is two factors in one.
///
/// # Errors
///
/// [`SignInError::Refused`] whatever does not fit; [`Failure::RateLimited`].
pub async fn sign_in(
    state: &AppState,
    browser: CookieHash,
    shown: Asserted,
    context: &RequestContext,
) -> Result<SignedIn, SignInError> {
    let input = (state.clone(), browser, shown, context.network());
    state
        .store()
        .transact_with(
            "passkey.sign-in",
            input,
            |(state, browser, shown, network), tx| {
                Box::pin(async move {
                    let bucket = state.config().limits.login_per_network.into();
                    let now = state.now_micros();
                    if let Some(refused) =
                        limit::take(tx, Limited::LoginNetwork, network, bucket, now).await?
                    {
                        return Ok(Err(refused.into()));
                    }
                    let who = check(state, tx, browser, shown).await?;
                    Ok::<_, SignInError>(who.ok_or(SignInError::Refused))
                })
            },
        )
        .await?
}

/// Shows again who one is, with one of one's own passkeys, and notes the proof in the session. Both outcomes are logged.
///
/// # Errors
///
/// [`SignInError::Refused`] whatever does not fit.
pub async fn step_up(state: &AppState, oneself: &Oneself, shown: Asserted) -> Result<(), SignInError> {
    let SessionRef::Browser(browser) = oneself.session else {
        return Err(SignInError::Refused);
    };
    let input = (state.clone(), oneself.clone(), shown);
    state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("passkey.step-up", input, move |(state, who, shown), tx| {
            Box::pin(async move {
                let found = check(state, tx, &browser, shown).await?;
                let own = found.filter(|found| found.account == who.actor.account);
                let is_noted = match own {
                    Some(own) => tx.note_proof_of(&who.session, own.proof).await?,
                    None => false,
                };
                let result = match is_noted {
                    true => LogResult::Success,
                    false => LogResult::Refused(ProblemType::SignInRefused),
                };
                let address = who.addresses(tx).await?.swap_remove(0);
                let entry = who.log_entry(RequestType::StepUp, &address, result, state.now_micros());
                let permit = who.permit(Action::StepUp).map_err(Failure::from)?;
                tx.append_log(&permit, &entry).await?;
                Ok::<_, SignInError>(is_noted.then_some(()).ok_or(SignInError::Refused))
            })
        })
        .await?
}

/// Whose passkey was shown, when all of it fits.
async fn check(
    state: &AppState,
    tx: &mut dyn UnitOfWork,
    browser: &CookieHash,
    shown: &Asserted,
) -> Result<Option<SignedIn>, Failure> {
    let (Some((tenant, account)), Some(relying_party)) =
        (owner(&shown.user_handle), relying_party(state.origin()))
    else {
        return Ok(None);
    };
    let origin = state.origin().to_string();
    let expected = Expected {
        kind: "webauthn.get",
        origin: &origin,
        relying_party: &relying_party,
    };
    let (Ok(challenge), Ok(data)) = (
        expected.challenge(&shown.client_data),
        expected.authenticator(&shown.authenticator_data),
    ) else {
        return Ok(None);
    };
    if !use_up(state, tx, browser, Ceremony::Show, &challenge).await? {
        return Ok(None);
    }
    let permit = Permit::system(SystemAct::SignIn(tenant));
    let factors = tx.factors(&permit, account).await?;
    let Some((factor, credential)) = factors.iter().find_map(|one| of(one, &shown.credential)) else {
        return Ok(None);
    };
    let signed = verify::signature(
        &credential.key,
        &shown.authenticator_data,
        &shown.client_data,
        &shown.signature,
    );
    let now = state.now_micros();
    if signed.is_err()
        || !tx
            .use_factor(&permit, account, factor.id, data.counter.into(), now)
            .await?
    {
        return Ok(None);
    }
    let found = tx.account(&permit, account).await?;
    let address = tx.addresses(&permit, account).await?.into_iter().next();
    let is_active = found.is_some_and(|account| account.state == AccountState::Active);
    Ok(address.filter(|_| is_active).map(|address| SignedIn {
        account,
        tenant,
        address,
        proof: Proof {
            at: now,
            by: Factors::of(Factor::Passkey),
        },
    }))
}

fn owner(handle: &[u8]) -> Option<(TenantId, AccountId)> {
    let (tenant, account) = handle.split_at_checked(16)?;
    Some((
        TenantId::from_bytes(tenant.try_into().ok()?),
        AccountId::from_bytes(account.try_into().ok()?),
    ))
}

fn of<'f>(factor: &'f FurtherFactor, id: &[u8]) -> Option<(&'f FurtherFactor, Credential)> {
    let is_passkey = factor.kind == FactorKind::Passkey && factor.confirmed_at.is_some();
    let kept = Credential::from_bytes(factor.secret.expose())?;
    (is_passkey && kept.id == id).then_some((factor, kept))
}
