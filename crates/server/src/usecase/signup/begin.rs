//! First step: an address is typed, a mail goes out.

use clausa_api::signup::SignupState;
use clausa_core::id::ContentId;
use clausa_store::StoreError;
use clausa_store::record::hash::VerifierHash;
use clausa_store::record::ident::SignupId;
use clausa_store::record::signup::{Signup, SignupStep};
use clausa_store::repo::UnitOfWork;

use super::{SIGNUP_SECONDS, SignupError, joining, row};
use crate::limits::Limited;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::addresses::{self, AddressClass};
use crate::usecase::limit;
use crate::usecase::mailed_code::{self, PreparedCode};

/// What a sign-up begins with.
pub struct Begin<'a> {
    /// The address as typed.
    pub address: &'a str,
    /// SHA-256 of the verifier that later steps show.
    pub challenge: [u8; 32],
    /// The protected file the person was trying to open.
    pub waiting: Option<ContentId>,
}

struct Input {
    state: AppState,
    network: String,
    class: AddressClass,
    signup: Signup,
    code: PreparedCode,
}

/// Begins a sign-up: the row, the code and its mail are stored together. Whether the address has an account shows
/// neither in the answer nor in its time, except in an organisation that runs its accounts itself, where the person
/// is told whom to ask.
///
/// # Errors
///
/// [`SignupError`] when the address is malformed or refused, the organisation runs its own accounts, or a limit is
/// reached.
pub async fn begin(
    state: &AppState,
    request: Begin<'_>,
    context: &RequestContext,
) -> Result<SignupState, SignupError> {
    let address = addresses::read(request.address).map_err(SignupError::AddressInvalid)?;
    let class = addresses::classify(&address, state.addresses()).map_err(SignupError::AddressRefused)?;
    let (id, now) = (SignupId::generate(&mut state.randomness())?, state.now_micros());
    let verifier = VerifierHash::from_bytes(request.challenge);
    let code = mailed_code::for_signup(state, id, &address, verifier, context.language)?;
    let signup = Signup {
        id,
        address,
        verifier,
        step: SignupStep::MailProof,
        waiting: request.waiting,
        made: None,
        redeemed: false,
        created_at: now,
        expires_at: now.plus_seconds(SIGNUP_SECONDS),
    };
    let answer = row::waiting(&signup, &code.challenge);
    let input = Input {
        state: state.clone(),
        network: context.network(),
        class,
        signup,
        code,
    };
    state
        .store()
        .transact_with("signup.begin", input, |input, tx| {
            Box::pin(async move { store(input, tx).await })
        })
        .await??;
    state.mail_queued();
    Ok(answer)
}

async fn store(input: &Input, tx: &mut dyn UnitOfWork) -> Result<Result<(), SignupError>, SignupError> {
    let Input {
        state,
        network,
        class,
        signup,
        code,
    } = input;
    let bucket = state.config().limits.signup_per_network.into();
    if let Some(refused) = limit::take(tx, Limited::SignupNetwork, network, bucket, signup.created_at).await?
    {
        return Ok(Err(refused.into()));
    }
    if let Some(refused) = refused_by_organisation(tx, class, signup).await? {
        return Ok(Err(refused));
    }
    if let Some(refused) = mailed_code::take_mail_limits(state, tx, &signup.address).await? {
        return Ok(Err(refused.into()));
    }
    tx.create_signup(signup).await?;
    tx.create_challenge(&code.challenge).await?;
    tx.enqueue_mail(&code.mail).await?;
    Ok(Ok(()))
}

/// A managed tenant takes people in by self-service if its administrator says so; whoever has an account there signs in.
async fn refused_by_organisation(
    tx: &mut dyn UnitOfWork,
    class: &AddressClass,
    signup: &Signup,
) -> Result<Option<SignupError>, StoreError> {
    let AddressClass::Organisation(domain) = class else {
        return Ok(None);
    };
    let Some(tenant) = tx.tenant_of_domain(domain).await?.filter(|tenant| tenant.managed) else {
        return Ok(None);
    };
    match tx.account_by_address(&signup.address).await? {
        Some(_) => Ok(Some(SignupError::AccountExists {
            organisation: tenant.name,
        })),
        None => joining::refusal(tx, &tenant).await,
    }
}
