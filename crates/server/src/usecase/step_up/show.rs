//! Showing again who one is.

use clausa_api::ProblemType;
use clausa_api::log::RequestType;
use clausa_core::address::Address;
use clausa_store::permit::Action;
use clausa_store::record::proof::{Factor, Factors, Proof};
use zeroize::Zeroizing;

use super::{Standing, read_standing};
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::failure::Failure;
use crate::usecase::oneself::Oneself;
use crate::usecase::second_factor;
use crate::usecase::sign_in::{self, ShownCode, SignInError};
use crate::usecase::totp;

/// What is shown.
pub enum Shown {
    /// The password.
    Password(Zeroizing<String>),
    /// A mailed sign-in code that was asked for with one's own address.
    MailCode(ShownCode),
    /// A code of the authenticator, or a recovery code.
    OneTimeCode(Zeroizing<String>),
}

impl Shown {
    fn factor(&self) -> Factor {
        match self {
            Self::Password(_) => Factor::Password,
            Self::MailCode(_) => Factor::MailCode,
            Self::OneTimeCode(code) if totp::digits(code).is_none() => Factor::RecoveryCode,
            Self::OneTimeCode(_) => Factor::Totp,
        }
    }
}

/// Checks what is shown, under the limits of a sign-in, and notes the proof in the session. Both outcomes are logged.
///
/// # Errors
///
/// [`SignInError`], as when signing in; somebody else's code, however right, is refused.
pub async fn show(state: &AppState, oneself: &Oneself, shown: Shown) -> Result<Standing, SignInError> {
    let factor = shown.factor();
    let who = oneself.clone();
    let (address, offered) = state
        .store()
        .read_with("step-up.ways", who, |who, tx| {
            Box::pin(async move {
                let ways = super::ways(who, tx).await?;
                Ok::<_, Failure>((who.addresses(tx).await?.swap_remove(0), ways))
            })
        })
        .await?;
    let checked = match offered.contains(&factor) {
        true => check(state, oneself, &address, shown).await,
        false => Err(SignInError::Refused),
    };
    let input = (oneself.clone(), address, state.now_micros(), checked.is_ok());
    let standing = state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("step-up.note", input, move |(who, address, now, is_right), tx| {
            Box::pin(async move {
                let proof = Proof {
                    at: *now,
                    by: Factors::of(factor),
                };
                let is_open = !*is_right || tx.note_proof_of(&who.session, proof).await?;
                let result = match *is_right && is_open {
                    true => LogResult::Success,
                    false => LogResult::Refused(ProblemType::SignInRefused),
                };
                let entry = who.log_entry(RequestType::StepUp, address, result, *now);
                tx.append_log(&who.permit(Action::StepUp).map_err(Failure::from)?, &entry)
                    .await?;
                if !is_open {
                    // The session ended meanwhile.
                    return Ok(Err(SignInError::Refused));
                }
                Ok::<_, SignInError>(Ok(read_standing(who, tx, *now).await?))
            })
        })
        .await?;
    checked?;
    standing
}

async fn check(
    state: &AppState,
    oneself: &Oneself,
    address: &Address,
    shown: Shown,
) -> Result<(), SignInError> {
    let account = oneself.actor.account;
    let who = match shown {
        Shown::Password(password) => {
            sign_in::prove_password(state, address.as_str(), password, &oneself.request).await?
        }
        Shown::MailCode(code) => sign_in::prove_mail_code(state, code, &oneself.request).await?,
        Shown::OneTimeCode(code) => return one_time_code(state, oneself, code).await,
    };
    match who.account == account {
        true => Ok(()),
        false => Err(SignInError::Refused),
    }
}

async fn one_time_code(
    state: &AppState,
    oneself: &Oneself,
    code: Zeroizing<String>,
) -> Result<(), SignInError> {
    let input = (state.clone(), oneself.clone(), code);
    state
        .store()
        .for_tenant(oneself.tenant())
        .transact_with("step-up.one-time-code", input, |(state, who, code), tx| {
            Box::pin(async move {
                let permit = who.permit(Action::StepUp).map_err(Failure::from)?;
                let verified = second_factor::verify(state, tx, &permit, who.actor.account, code).await?;
                Ok::<_, SignInError>(verified.map(drop))
            })
        })
        .await?
        // How many tries are left is a matter of the limit, not of this session.
        .map_err(|refused| match refused {
            SignInError::CodeWrong { .. } => SignInError::Refused,
            other => other,
        })
}
