//! Sign-ups.

use async_trait::async_trait;
use clausa_core::address::Address;

use crate::error::StoreError;
use crate::record::hash::VerifierHash;
use crate::record::ident::SignupId;
use crate::record::micros::Micros;
use crate::record::signup::{Signup, SignupMade};

/// Sign-ups: stored rows that resume at their next step.
#[async_trait]
pub trait Signups {
    /// Stores a sign-up as it begins.
    async fn create_signup(&mut self, signup: &Signup) -> Result<(), StoreError>;

    /// A sign-up, whatever its state, unless it expired before `now`.
    async fn signup(&mut self, id: SignupId, now: Micros) -> Result<Option<Signup>, StoreError>;

    /// The address is proven: from `MailProof` to `Profile`. False when it was not at `MailProof`.
    async fn prove_signup(&mut self, id: SignupId) -> Result<bool, StoreError>;

    /// Forgets every other sign-up of `address` whose one sign-in is not used yet, at whatever step. How many.
    async fn supersede_signups(&mut self, id: SignupId, address: &Address) -> Result<u64, StoreError>;

    /// Another verifier goes on with a sign-up at `MailProof`, and with the code that is under way. False when the sign-up
    /// is not there, not at `MailProof`, or `old` goes on with it no more.
    async fn hand_over_signup(
        &mut self,
        id: SignupId,
        old: &VerifierHash,
        new: &VerifierHash,
    ) -> Result<bool, StoreError>;

    /// The account exists: from `Profile` to `Done`. False when it was not at `Profile`.
    async fn finish_signup(&mut self, id: SignupId, made: &SignupMade) -> Result<bool, StoreError>;

    /// Uses up the one sign-in that a finished sign-up is worth. False when it is not done, or used before.
    async fn redeem_signup(&mut self, id: SignupId, now: Micros) -> Result<bool, StoreError>;

    /// Forgets up to `limit` sign-ups that expired before `before`. How many.
    async fn purge_signups(&mut self, before: Micros, limit: u32) -> Result<u64, StoreError>;
}
