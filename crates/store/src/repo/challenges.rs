//! Mailed codes.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::record::challenge::{Challenge, ChallengePurpose, CodeAttempt, CodeTry};
use crate::record::hash::VerifierHash;
use crate::record::ident::{ChallengeId, SignupId};
use crate::record::micros::Micros;

/// Mailed codes.
#[async_trait]
pub trait Challenges {
    /// Stores a challenge. One of a sign-up replaces the sign-up's earlier ones, which become void.
    async fn create_challenge(&mut self, challenge: &Challenge) -> Result<(), StoreError>;

    /// A challenge, whatever its state.
    async fn challenge(
        &mut self,
        id: ChallengeId,
        purpose: ChallengePurpose,
        verifier: &VerifierHash,
    ) -> Result<Option<Challenge>, StoreError>;

    /// The one challenge of a sign-up, whatever its state.
    async fn challenge_of_signup(&mut self, signup: SignupId) -> Result<Option<Challenge>, StoreError>;

    /// Tries a code. A wrong one costs a try, the right one uses the challenge up, both for good: return the answer
    /// as an `Ok` of the transaction, or the try is rolled back with the rest.
    async fn try_code(&mut self, attempt: &CodeAttempt) -> Result<CodeTry, StoreError>;

    /// Forgets up to `limit` challenges that expired before `before`. How many.
    async fn purge_challenges(&mut self, before: Micros, limit: u32) -> Result<u64, StoreError>;
}
