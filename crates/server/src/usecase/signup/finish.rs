//! Third step: "one last thing", and then the account, in its organisation, which the first person of a domain
//! brings about.

use clausa_api::log::RequestType;
use clausa_api::signup::SignupState;
use clausa_core::id::{AccountId, TenantId};
use clausa_store::record::account::{AddressClaim, NewAccount, Role};
use clausa_store::record::secret::Secret;
use clausa_store::record::signup::{Signup, SignupMade, SignupStep};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, StoreError, SystemAct};
use zeroize::Zeroizing;

use super::{Claim, SignupError, joining, names, row};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::account_log;
use crate::usecase::acting::LogResult;
use crate::usecase::addresses::{self, AddressClass, AddressRefusal};
use crate::usecase::failure::Failure;
use crate::usecase::make_tenant::{self, MadeTenant, NewTenant};
use crate::usecase::passwords::{self, PasswordRefusal};

/// How often a sign-up that loses a race for its domain is tried again. Losing once means that the tenant exists now.
const ATTEMPTS: u32 = 3;

/// "One last thing": everything is optional for somebody who only wants to read.
#[derive(Default)]
pub struct Profile {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// A password for signing in without a mailed code.
    pub password: Option<Zeroizing<String>>,
}

struct Input {
    state: AppState,
    context: RequestContext,
    claim: Claim,
    account: AccountId,
    display_name: Option<String>,
    password_hash: Option<Secret>,
    new_tenant: Option<NewTenant>,
}

/// What the transaction came to.
enum Outcome {
    Finished(SignupState),
    Refused(SignupError),
    /// Somebody else made or removed the tenant in the meantime: look again.
    Raced,
}

/// Finishes a sign-up: tenant with keys and templates if the domain has none, account, password, log row, all in one
/// transaction. Two first people of a domain end in one tenant.
///
/// # Errors
///
/// [`SignupError`] when the sign-up is unknown or not at this step, or a name or the password is refused.
pub async fn finish(
    state: &AppState,
    claim: Claim,
    profile: Profile,
    context: &RequestContext,
) -> Result<SignupState, SignupError> {
    let display_name = names::display_name(profile.first_name.as_deref(), profile.last_name.as_deref())
        .map_err(|()| SignupError::NameRefused)?;
    // Looked at before anything costly is done, and again inside the transaction.
    let signup = find_at_profile(state, claim).await?;
    let password_hash = match profile.password.filter(|password| !password.is_empty()) {
        Some(password) => Some(hash(state, password, &signup, display_name.as_deref()).await?),
        None => None,
    };
    let account = AccountId::generate(&mut state.randomness())?;
    for _ in 0..ATTEMPTS {
        let new_tenant = prepare_tenant(state, &signup).await?;
        let input = Input {
            state: state.clone(),
            context: context.clone(),
            claim,
            account,
            display_name: display_name.clone(),
            password_hash: password_hash.clone(),
            new_tenant,
        };
        let outcome = state
            .store()
            .transact_with("signup.finish", input, |input, tx| {
                Box::pin(async move { store(input, tx).await })
            })
            .await;
        match outcome {
            Ok(Outcome::Finished(state)) => return Ok(state),
            Ok(Outcome::Refused(refused)) => return Err(refused),
            Ok(Outcome::Raced) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Busy.into())
}

async fn find_at_profile(state: &AppState, claim: Claim) -> Result<Signup, SignupError> {
    let now = state.now_micros();
    let found = state
        .store()
        .read("signup.find", move |tx| {
            Box::pin(async move { row::find(tx, &claim, now).await })
        })
        .await?;
    match found {
        None => Err(SignupError::Unknown),
        Some(signup) if signup.step == SignupStep::Profile => Ok(signup),
        Some(_) => Err(SignupError::OutOfOrder),
    }
}

async fn hash(
    state: &AppState,
    password: Zeroizing<String>,
    signup: &Signup,
    name: Option<&str>,
) -> Result<Secret, SignupError> {
    let service = state.config().server.name.as_str();
    let about = [
        signup.address.as_str(),
        signup.address.local(),
        name.unwrap_or_default(),
        service,
    ];
    passwords::check_new(&password, &about).map_err(SignupError::PasswordRefused)?;
    if state.passwords().is_breached(&password, false).await? {
        return Err(SignupError::PasswordRefused(PasswordRefusal::Breached));
    }
    let hash = state.passwords().hash(password, &mut state.randomness()).await?;
    Ok(Secret::new(hash.into_bytes()))
}

/// The tenant to be made, or `None` when the domain has one. Making keys takes its time, so it is done outside the
/// transaction and thrown away if somebody was quicker.
async fn prepare_tenant(state: &AppState, signup: &Signup) -> Result<Option<NewTenant>, SignupError> {
    let domain =
        match addresses::classify(&signup.address, state.addresses()).map_err(SignupError::AddressRefused)? {
            AddressClass::Personal => return Ok(Some(make_tenant::prepare_personal(state).await?)),
            AddressClass::Organisation(domain) => domain,
        };
    let sought = domain.clone();
    let existing = state
        .store()
        .read("signup.tenant", move |tx| {
            let sought = sought.clone();
            Box::pin(async move { tx.tenant_of_domain(&sought).await })
        })
        .await?;
    match existing {
        Some(_) => Ok(None),
        None => Ok(Some(make_tenant::prepare_organisation(state, &domain).await?)),
    }
}

async fn store(input: &Input, tx: &mut dyn UnitOfWork) -> Result<Outcome, SignupError> {
    let now = input.state.now_micros();
    let Some(signup) = row::find(tx, &input.claim, now).await? else {
        return Ok(Outcome::Refused(SignupError::Unknown));
    };
    if signup.step != SignupStep::Profile {
        return Ok(Outcome::Refused(SignupError::OutOfOrder));
    }
    let made = match tx.account_by_address(&signup.address).await? {
        // The address has got an account by another way since it was proven.
        Some(account) => SignupMade {
            account: account.id,
            tenant: account.tenant,
            tenant_is_new: false,
        },
        None => match make_account(input, &signup, tx).await? {
            Some(made) => made,
            None => return Ok(Outcome::Raced),
        },
    };
    tx.finish_signup(signup.id, &made).await?;
    let signup = tx
        .signup(signup.id, now)
        .await?
        .ok_or(Failure::Missing("sign-up"))?;
    Ok(Outcome::Finished(row::describe(tx, &signup).await?))
}

/// `None` when the tenant has to be looked for again.
async fn make_account(
    input: &Input,
    signup: &Signup,
    tx: &mut dyn UnitOfWork,
) -> Result<Option<SignupMade>, SignupError> {
    let now = input.state.now_micros();
    let Some((tenant, tenant_is_new)) = find_or_make_tenant(input, signup, tx).await? else {
        return Ok(None);
    };
    let permit = Permit::system(SystemAct::SignUp(tenant));
    if tx.group(&permit, &signup.address).await?.is_some() {
        // Several people read its mail.
        return Err(SignupError::AddressRefused(AddressRefusal::RoleAddress));
    }
    let account = NewAccount {
        id: input.account,
        // The first person of a domain is a person like every other (`SEC-86`).
        role: Role::Member,
        address: signup.address.clone(),
        display_name: input.display_name.clone(),
        created_at: now,
    };
    if let AddressClaim::Taken(_) = tx.create_account(&permit, &account).await? {
        return Err(Failure::Missing("account of an address").into());
    }
    if let Some(hash) = &input.password_hash {
        tx.set_password_hash(&permit, account.id, Some(hash)).await?;
    }
    let entry = account_log::entry(
        RequestType::SignUp,
        account.id,
        &signup.address,
        LogResult::Success,
        &input.context,
        now,
    );
    tx.append_log(&permit, &entry).await?;
    Ok(Some(SignupMade {
        account: account.id,
        tenant,
        tenant_is_new,
    }))
}

async fn find_or_make_tenant(
    input: &Input,
    signup: &Signup,
    tx: &mut dyn UnitOfWork,
) -> Result<Option<(TenantId, bool)>, SignupError> {
    match &input.new_tenant {
        Some(new) => Ok(Some(match new.store(tx).await? {
            MadeTenant::Made => (new.id(), true),
            MadeTenant::DomainTaken(tenant) => (tenant, false),
        })),
        None => match tx.tenant_of_domain(&signup.address.domain()).await? {
            // An administrator may have taken the organisation over, or have closed it, since the sign-up began.
            Some(tenant) => match joining::refusal(tx, &tenant).await? {
                Some(refused) => Err(refused),
                None => Ok(Some((tenant.id, false))),
            },
            None => Ok(None),
        },
    }
}
