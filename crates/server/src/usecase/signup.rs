//! Sign-up: address, mail proof, profile, account. One step a file; between two steps there is only the stored row,
//! so a sign-up goes on where it stopped, in another process as well as after a restart.
//!
//! Nothing but that row exists before the address is proven (`SEC-72`). The answers do not depend on whether the
//! address has an account, until its owner has proven it (`SEC-80`).

mod begin;
mod finish;
mod handover;
mod joining;
pub(super) mod names;
mod prove;
mod resend;
mod row;
mod state;

use clausa_core::random::RandomnessFailed;
use clausa_store::StoreError;
use clausa_store::record::hash::VerifierHash;
use clausa_store::record::ident::SignupId;
use sha2::{Digest as _, Sha256};

pub use begin::{Begin, begin};
pub use finish::{Profile, finish};
pub use handover::{continue_with, hand_over, handed_over};
pub use prove::prove;
pub use resend::resend;
pub use state::{outcome, state};

use super::addresses::{AddressError, AddressRefusal};
use super::failure::{Failure, failures};
use super::passwords::{HashError, PasswordRefusal};

/// How long a sign-up waits to be finished; then it is forgotten.
const SIGNUP_SECONDS: u64 = 86_400;

/// Who goes on with a sign-up: its id, and the verifier whose hash began it.
#[derive(Clone, Copy)]
pub struct Claim {
    /// The sign-up.
    pub id: SignupId,
    /// What the shown verifier hashes to.
    pub verifier: VerifierHash,
}

impl Claim {
    /// Hashes the shown verifier.
    pub fn new(id: SignupId, verifier: &[u8; 32]) -> Self {
        Self {
            id,
            verifier: VerifierHash::from_bytes(Sha256::digest(verifier).into()),
        }
    }
}

/// Why a step of a sign-up is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignupError {
    /// No sign-up of this id was begun with this verifier, or it was forgotten.
    #[error("there is no such sign-up")]
    Unknown,
    /// Another step comes first, or this one is over.
    #[error("the sign-up waits for another step")]
    OutOfOrder,
    /// The token that was to lead on with a sign-up is none, was used, or is too old.
    #[error("the token works no more")]
    HandoverVoid,
    /// What was typed is no address.
    #[error("the address is malformed")]
    AddressInvalid(#[source] AddressError),
    /// The address may not sign up here.
    #[error("the address is refused")]
    AddressRefused(#[source] AddressRefusal),
    /// The organisation runs its accounts itself, and this address has one.
    #[error("the address has an account in {organisation}")]
    AccountExists {
        /// The organisation's name.
        organisation: String,
    },
    /// The organisation runs its accounts itself and takes nobody in by self-service.
    #[error("{organisation} does not take new accounts")]
    JoiningRefused {
        /// The organisation's name.
        organisation: String,
        /// Whom to ask, when its administrator says so.
        contact: Option<String>,
    },
    /// The organisation takes nobody in by self-service on the individual plan.
    #[error("{organisation} does not take new accounts on its plan")]
    FreePlanRefused {
        /// The organisation's name.
        organisation: String,
        /// Whom to ask, when its administrator says so.
        contact: Option<String>,
    },
    /// What was typed is not eight digits; no try is gone.
    #[error("a code has eight digits")]
    CodeMalformed,
    /// The code is wrong.
    #[error("the code is wrong")]
    CodeWrong {
        /// Wrong codes that may still be typed.
        tries_left: u8,
    },
    /// The code works no more: too old, or wrong too often.
    #[error("the code works no more")]
    CodeVoid,
    /// A name is too long or has characters that names do not have.
    #[error("a name has at most 100 letters")]
    NameRefused,
    /// The password breaks a rule.
    #[error("the password is refused")]
    PasswordRefused(#[source] PasswordRefusal),
    /// The password could not be hashed now.
    #[error("the password cannot be hashed")]
    Hash(#[from] HashError),
    /// Something else.
    #[error(transparent)]
    Failed(#[from] Failure),
}

failures!(SignupError: StoreError, RandomnessFailed);
