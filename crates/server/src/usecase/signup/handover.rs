//! A sign-up begun in one place goes on in another: the token that leads there, and taking it.
//!
//! Whoever holds the verifier asks for the token; whoever shows the token goes on with a verifier of his own, and the
//! first one is worth nothing any more. That is possible only while the sign-up waits for its code, so that whoever goes
//! on has to read the mail himself: a token gives nobody more than beginning anew would. It names the verifier that it
//! replaces, therefore it works once; nothing of it is stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_api::signup::{Handover, SignupState};
use clausa_core::address::Address;
use clausa_store::record::hash::VerifierHash;
use clausa_store::record::ident::SignupId;
use clausa_store::record::micros::Micros;
use clausa_store::record::signup::{Signup, SignupStep};
use clausa_store::repo::UnitOfWork;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{Claim, SignupError, row};
use crate::pages;
use crate::state::AppState;

/// How long a token works: long enough to change from one window, or one machine, to another.
const HANDOVER_SECONDS: u64 = 900;
/// Bytes of a token: the sign-up, when it ends in seconds, and half an HMAC-SHA-256 (RFC 2104 §5).
const LENGTH: usize = 16 + 8 + 16;

/// A token as it was shown, its HMAC not looked at yet.
struct Token {
    id: SignupId,
    expires: u64,
    mac: [u8; 16],
}

impl Token {
    fn of(key: &[u8; 32], signup: &Signup, expires: u64) -> Self {
        Self {
            id: signup.id,
            expires,
            mac: mac(key, signup.id, &signup.verifier, expires),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        let bytes: [u8; LENGTH] = bytes.try_into().ok()?;
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (expires, mac) = rest.split_first_chunk::<8>()?;
        Some(Self {
            id: SignupId::from_bytes(*id),
            expires: u64::from_be_bytes(*expires),
            mac: mac.try_into().ok()?,
        })
    }

    fn to_text(&self) -> String {
        let bytes = [&self.id.as_bytes()[..], &self.expires.to_be_bytes(), &self.mac].concat();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn fits(&self, key: &[u8; 32], signup: &Signup) -> bool {
        let expected = mac(key, signup.id, &signup.verifier, self.expires);
        expected.ct_eq(&self.mac).into()
    }
}

/// The key is that of the mailed codes; the label keeps the two uses apart.
fn mac(key: &[u8; 32], id: SignupId, verifier: &VerifierHash, expires: u64) -> [u8; 16] {
    // RFC 2104 pads a short key with zeros to the hash function's block.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let whole: [u8; 32] = Hmac::<Sha256>::new((&*block).into())
        .chain_update(b"clausa/v1/signup/handover\0")
        .chain_update(id.as_bytes())
        .chain_update(verifier.as_bytes())
        .chain_update(expires.to_be_bytes())
        .finalize()
        .into_bytes()
        .into();
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}

/// Draws the token by which another client or browser goes on. Nothing changes until it is used.
///
/// # Errors
///
/// [`SignupError`] when the sign-up is unknown or does not wait for its code any more.
pub async fn hand_over(state: &AppState, claim: Claim) -> Result<Handover, SignupError> {
    let now = state.now_micros();
    let found = state
        .store()
        .read("signup.find", move |tx| {
            Box::pin(async move { row::find(tx, &claim, now).await })
        })
        .await?;
    let signup = found.ok_or(SignupError::Unknown)?;
    if signup.step != SignupStep::MailProof {
        return Err(SignupError::OutOfOrder);
    }
    let expires = now.seconds() + HANDOVER_SECONDS;
    let token = Token::of(state.code_key(), &signup, expires).to_text();
    Ok(Handover {
        link: pages::continue_link(state.origin(), &token),
        token,
        expires,
    })
}

/// Whose sign-up a token leads on with; looking changes nothing.
///
/// # Errors
///
/// [`SignupError::HandoverVoid`] when the token is none, or works no more.
pub async fn handed_over(state: &AppState, shown: &str) -> Result<Address, SignupError> {
    let input = (state.clone(), shown.to_owned(), state.now_micros());
    let found = state
        .store()
        .read("signup.handed-over", move |tx| {
            let (state, shown, now) = input.clone();
            Box::pin(async move { find(&state, &shown, now, tx).await })
        })
        .await?;
    Ok(found.ok_or(SignupError::HandoverVoid)?.address)
}

/// Goes on with a sign-up that was handed over: from now on with the verifier of `challenge`, and no longer with the one
/// that began it.
///
/// # Errors
///
/// [`SignupError::HandoverVoid`] when the token is none, or works no more.
pub async fn continue_with(
    state: &AppState,
    shown: &str,
    challenge: [u8; 32],
) -> Result<SignupState, SignupError> {
    let verifier = VerifierHash::from_bytes(challenge);
    let input = (state.clone(), shown.to_owned(), verifier);
    state
        .store()
        .transact_with("signup.continue", input, |(state, shown, verifier), tx| {
            Box::pin(async move {
                let now = state.now_micros();
                let Some(signup) = find(state, shown, now, tx).await? else {
                    return Ok(Err(SignupError::HandoverVoid));
                };
                if !tx.hand_over_signup(signup.id, &signup.verifier, verifier).await? {
                    return Ok(Err(SignupError::HandoverVoid));
                }
                Ok::<_, SignupError>(Ok(row::describe(tx, &signup).await?))
            })
        })
        .await?
}

async fn find(
    state: &AppState,
    shown: &str,
    now: Micros,
    tx: &mut dyn UnitOfWork,
) -> Result<Option<Signup>, SignupError> {
    let Some(token) = Token::parse(shown).filter(|token| token.expires > now.seconds()) else {
        return Ok(None);
    };
    let found = tx.signup(token.id, now).await?;
    Ok(found.filter(|signup| {
        let fits = token.fits(state.code_key(), signup);
        fits && signup.step == SignupStep::MailProof
    }))
}
