//! Adding a passkey.

use clausa_api::log::RequestType;
use clausa_core::id::{AccountId, TenantId};
use clausa_store::permit::Action;
use clausa_store::record::factor::{FactorKind, FurtherFactor};
use clausa_store::record::hash::CookieHash;
use clausa_store::record::ident::FactorId;
use clausa_store::record::mail::Mail;
use clausa_store::record::secret::Secret;
use clausa_store::record::session::SessionRef;
use clausa_store::repo::UnitOfWork;

use super::challenge::{Ceremony, use_up};
use super::verify::{self, Expected};
use super::{Credential, LONGEST_ID, relying_party};
use crate::mail::texts::Notice;
use crate::state::AppState;
use crate::usecase::factors::{self, FactorError, MOST};
use crate::usecase::oneself::Oneself;

/// What the browser brings from a new passkey.
pub struct Registered {
    /// What its owner calls it.
    pub name: String,
    /// What the browser collected (`clientDataJSON`).
    pub client_data: Vec<u8>,
    /// The authenticator's part.
    pub authenticator_data: Vec<u8>,
    /// The public key as `SubjectPublicKeyInfo`.
    pub public_key: Vec<u8>,
}

struct Input {
    state: AppState,
    who: Oneself,
    browser: CookieHash,
    challenge: Vec<u8>,
    factor: FurtherFactor,
    mail: Mail,
}

/// The user handle that a passkey keeps: it says whose it is, to this authority alone.
pub fn user_handle(tenant: TenantId, account: AccountId) -> [u8; 32] {
    let mut handle = [0; 32];
    handle[..16].copy_from_slice(tenant.as_bytes());
    handle[16..].copy_from_slice(account.as_bytes());
    handle
}

/// Adds a passkey, in a browser, with a fresh proof. Other sessions stay: nothing is taken from them.
///
/// # Errors
///
/// [`FactorError::PasskeyRefused`] when the answer does not verify.
pub async fn register(state: &AppState, oneself: &Oneself, shown: Registered) -> Result<(), FactorError> {
    let SessionRef::Browser(browser) = oneself.session else {
        return Err(FactorError::PasskeyRefused("passkeys are added in a browser"));
    };
    let (challenge, credential, counter) = read(state, &shown).map_err(FactorError::PasskeyRefused)?;
    let now = state.now_micros();
    let factor = FurtherFactor {
        id: FactorId::generate(&mut state.randomness())?,
        account: oneself.actor.account,
        kind: FactorKind::Passkey,
        name: factors::name(&shown.name)?,
        secret: Secret::new(credential.to_bytes()),
        counter: counter.into(),
        created_at: now,
        confirmed_at: Some(now),
        last_used_at: None,
    };
    let input = Input {
        state: state.clone(),
        who: oneself.clone(),
        browser,
        challenge,
        factor,
        mail: factors::mail_of(state, oneself, Notice::PasskeyAdded).await?,
    };
    state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("passkey.register", input, |input, tx| {
            Box::pin(async move { store(input, tx).await })
        })
        .await?;
    state.mail_queued();
    Ok(())
}

fn read(state: &AppState, shown: &Registered) -> Result<(Vec<u8>, Credential, u32), &'static str> {
    let origin = state.origin().to_string();
    let relying_party = relying_party(state.origin()).ok_or("this service cannot have passkeys")?;
    let expected = Expected {
        kind: "webauthn.create",
        origin: &origin,
        relying_party: &relying_party,
    };
    let challenge = expected.challenge(&shown.client_data)?;
    let data = expected.authenticator(&shown.authenticator_data)?;
    let id = data.credential_id()?.to_vec();
    if id.is_empty() || id.len() > LONGEST_ID {
        return Err("the credential's id is not one");
    }
    let key = verify::public_key(&shown.public_key)?;
    Ok((challenge, Credential { id, key }, data.counter))
}

async fn store(input: &Input, tx: &mut dyn UnitOfWork) -> Result<(), FactorError> {
    let Input {
        state, who, factor, ..
    } = input;
    factors::witness(who, tx, RequestType::AddFactor, &input.mail, factor.created_at).await?;
    if !use_up(state, tx, &input.browser, Ceremony::Register, &input.challenge).await? {
        return Err(FactorError::PasskeyRefused("the page is too old; open it anew"));
    }
    let permit = who.permit(Action::ChangeFactors)?;
    let known = tx.factors(&permit, factor.account).await?;
    if known.iter().filter(|one| one.confirmed_at.is_some()).count() >= MOST {
        return Err(FactorError::TooMany);
    }
    let id_of = |one: &FurtherFactor| Credential::from_bytes(one.secret.expose()).map(|kept| kept.id);
    let passkeys = known.iter().filter(|one| one.kind == FactorKind::Passkey);
    if passkeys.filter_map(id_of).any(|id| Some(id) == id_of(factor)) {
        return Err(FactorError::PasskeyRefused("this passkey is added already"));
    }
    tx.add_factor(&permit, factor).await?;
    Ok(())
}
