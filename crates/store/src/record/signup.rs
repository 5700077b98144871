//! Sign-ups: stored rows that resume at their next step.

use clausa_core::address::Address;
use clausa_core::id::{AccountId, ContentId, TenantId};

use super::hash::VerifierHash;
use super::ident::SignupId;
use super::micros::Micros;
use super::words;

words! {
    /// The step a sign-up waits for.
    SignupStep {
        /// The mailed code.
        MailProof = "mail-proof",
        /// Name and password; the address is proven.
        Profile = "profile",
        /// Nothing: the account exists.
        Done = "done",
    }
}

/// One sign-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signup {
    /// Names it in later steps; not a secret.
    pub id: SignupId,
    /// The canonical address, to which alone mail is sent (`SEC-77`).
    pub address: Address,
    /// Every later step shows the verifier of this hash.
    pub verifier: VerifierHash,
    /// The step it waits for.
    pub step: SignupStep,
    /// The protected file the person was trying to open.
    pub waiting: Option<ContentId>,
    /// What it made, once done.
    pub made: Option<SignupMade>,
    /// True once its one sign-in without a further code was used.
    pub redeemed: bool,
    /// When it began.
    pub created_at: Micros,
    /// When it is forgotten unless done.
    pub expires_at: Micros,
}

/// What a finished sign-up made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignupMade {
    /// The account.
    pub account: AccountId,
    /// Its tenant.
    pub tenant: TenantId,
    /// True when the sign-up made the tenant, false when the account joined it.
    pub tenant_is_new: bool,
}
