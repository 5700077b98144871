//! Mailed codes: bound to an address, a purpose and whoever asked; five tries, one use (`SEC-73`).

use clausa_core::address::Address;

use super::hash::{CodeMac, VerifierHash};
use super::ident::{ChallengeId, SignupId};
use super::micros::Micros;
use super::words;

words! {
    /// What a mailed code proves.
    ChallengePurpose {
        /// The address of a sign-up.
        Signup = "signup",
        /// A sign-in.
        Login = "login",
    }
}

/// One mailed code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Names it in the step that shows the code.
    pub id: ChallengeId,
    /// What it proves.
    pub purpose: ChallengePurpose,
    /// The canonical address it was mailed to.
    pub address: Address,
    /// Only who shows the verifier of this hash may try a code.
    pub verifier: VerifierHash,
    /// HMAC of the code.
    pub code: CodeMac,
    /// Wrong codes that may still be typed.
    pub tries_left: u8,
    /// The sign-up it belongs to.
    pub signup: Option<SignupId>,
    /// When it was made.
    pub created_at: Micros,
    /// When it stops working.
    pub expires_at: Micros,
    /// When the right code was shown; it never works again.
    pub used_at: Option<Micros>,
}

/// A code that somebody typed. All of it has to fit.
#[derive(Clone, Copy, Debug)]
pub struct CodeAttempt {
    /// The challenge it is for.
    pub challenge: ChallengeId,
    /// What it is to prove.
    pub purpose: ChallengePurpose,
    /// Hash of the verifier shown with it.
    pub verifier: VerifierHash,
    /// HMAC of the code as typed.
    pub code: CodeMac,
    /// Now.
    pub at: Micros,
}

/// What came of a typed code. Every variant is an answer to keep: the try it cost must not be rolled back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeTry {
    /// Right, for the first and last time.
    Right(Challenge),
    /// Wrong; a try is gone.
    Wrong {
        /// Wrong codes that may still be typed.
        tries_left: u8,
    },
    /// Nothing that still works under this id, purpose and verifier: unknown, used, too old, out of tries, or begun
    /// by somebody else (whose attempt costs its owner no try).
    Void,
}
