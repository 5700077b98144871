//! Mailed codes in SQL.

use async_trait::async_trait;

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::record::challenge::{Challenge, ChallengePurpose, CodeAttempt, CodeTry};
use crate::record::hash::VerifierHash;
use crate::record::ident::{ChallengeId, SignupId};
use crate::record::micros::Micros;
use crate::repo::Challenges;

#[async_trait]
impl<S: Session> Challenges for SqlUnit<'_, S> {
    async fn create_challenge(&mut self, challenge: &Challenge) -> Result<(), StoreError> {
        if let Some(signup) = challenge.signup {
            self.execute(REPLACE, values![signup]).await?;
        }
        self.execute(
            INSERT,
            values![
                challenge.id,
                challenge.purpose,
                challenge.address,
                challenge.verifier,
                challenge.code,
                challenge.tries_left,
                challenge.signup,
                challenge.created_at,
                challenge.expires_at,
                challenge.used_at
            ],
        )
        .await?;
        Ok(())
    }

    async fn challenge(
        &mut self,
        id: ChallengeId,
        purpose: ChallengePurpose,
        verifier: &VerifierHash,
    ) -> Result<Option<Challenge>, StoreError> {
        self.row(BY_ID, values![id, purpose, verifier])
            .await?
            .map(read)
            .transpose()
    }

    async fn challenge_of_signup(&mut self, signup: SignupId) -> Result<Option<Challenge>, StoreError> {
        self.row(BY_SIGNUP, values![signup]).await?.map(read).transpose()
    }

    async fn try_code(&mut self, attempt: &CodeAttempt) -> Result<CodeTry, StoreError> {
        let found = self
            .challenge(attempt.challenge, attempt.purpose, &attempt.verifier)
            .await?;
        let Some(challenge) = found else {
            return Ok(CodeTry::Void);
        };
        if challenge.expires_at <= attempt.at {
            return Ok(CodeTry::Void);
        }
        // Both statements repeat the conditions, so that of two tries at once only one can win or spend a try. The
        // comparison need not take constant time: both sides are HMACs whose key the guesser does not have.
        if challenge.code == attempt.code {
            let used = self.changes(USE, values![attempt.challenge, attempt.at]).await?;
            let right = Challenge {
                used_at: Some(attempt.at),
                ..challenge
            };
            return Ok(if used {
                CodeTry::Right(right)
            } else {
                CodeTry::Void
            });
        }
        match self.row(SPEND, values![attempt.challenge]).await? {
            Some(mut row) => Ok(CodeTry::Wrong {
                tries_left: row.next("challenges.tries_left")?,
            }),
            None => Ok(CodeTry::Void),
        }
    }

    async fn purge_challenges(&mut self, before: Micros, limit: u32) -> Result<u64, StoreError> {
        self.execute(PURGE, values![before, limit]).await
    }
}

fn read(mut row: Row) -> Result<Challenge, StoreError> {
    Ok(Challenge {
        id: row.next("challenges.challenge")?,
        purpose: row.next("challenges.purpose")?,
        address: row.next("challenges.address")?,
        verifier: row.next("challenges.verifier")?,
        code: row.next("challenges.code")?,
        tries_left: row.next("challenges.tries_left")?,
        signup: row.next("challenges.signup")?,
        created_at: row.next("challenges.created_at")?,
        expires_at: row.next("challenges.expires_at")?,
        used_at: row.next("challenges.used_at")?,
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT challenge, purpose, address, verifier, code, tries_left, signup, created_at, expires_at, \
             used_at FROM challenges ",
            $rest
        )
    };
}

const REPLACE: &str = "DELETE FROM challenges WHERE signup = $1";
const INSERT: &str = "INSERT INTO challenges (challenge, purpose, address, verifier, code, tries_left, signup, \
     created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const BY_ID: &str = select!("WHERE challenge = $1 AND purpose = $2 AND verifier = $3");
const BY_SIGNUP: &str = select!("WHERE signup = $1");
const USE: &str = "UPDATE challenges SET used_at = $2 \
     WHERE challenge = $1 AND used_at IS NULL AND tries_left > 0";
const SPEND: &str = "UPDATE challenges SET tries_left = tries_left - 1 \
     WHERE challenge = $1 AND used_at IS NULL AND tries_left > 0 RETURNING tries_left";
const PURGE: &str = "DELETE FROM challenges WHERE challenge IN \
     (SELECT challenge FROM challenges WHERE expires_at < $1 LIMIT $2)";
