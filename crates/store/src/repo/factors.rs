//! Further factors, recovery codes, and sign-ins that wait for one.

use async_trait::async_trait;
use clausa_core::id::AccountId;

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::factor::{FurtherFactor, PendingSignIn};
use crate::record::hash::{RecoveryCodeMac, TicketHash};
use crate::record::ident::FactorId;
use crate::record::micros::Micros;

/// Further factors, recovery codes, and sign-ins that wait for one.
#[async_trait]
pub trait Factors {
    /// Adds a factor.
    async fn add_factor(&mut self, permit: &Permit, factor: &FurtherFactor) -> Result<(), StoreError>;

    /// An account's factors, confirmed or not, in the order in which they were added.
    async fn factors(
        &mut self,
        permit: &Permit,
        account: AccountId,
    ) -> Result<Vec<FurtherFactor>, StoreError>;

    /// Confirms a factor with its first use. False when there is none that waits for it.
    async fn confirm_factor(
        &mut self,
        permit: &Permit,
        account: AccountId,
        factor: FactorId,
        counter: u64,
        at: Micros,
    ) -> Result<bool, StoreError>;

    /// Notes a use of a confirmed factor. False when its counter has been at `counter` before: what was shown is a
    /// repetition. A counter that stays at 0 does not count.
    async fn use_factor(
        &mut self,
        permit: &Permit,
        account: AccountId,
        factor: FactorId,
        counter: u64,
        at: Micros,
    ) -> Result<bool, StoreError>;

    /// Removes a factor. False when there was none.
    async fn remove_factor(
        &mut self,
        permit: &Permit,
        account: AccountId,
        factor: FactorId,
    ) -> Result<bool, StoreError>;

    /// Replaces an account's recovery codes.
    async fn put_recovery_codes(
        &mut self,
        permit: &Permit,
        account: AccountId,
        codes: &[RecoveryCodeMac],
    ) -> Result<(), StoreError>;

    /// How many recovery codes an account has left.
    async fn count_recovery_codes(&mut self, permit: &Permit, account: AccountId) -> Result<u64, StoreError>;

    /// Uses a recovery code up. False when it is none of the account's, or was used.
    async fn use_recovery_code(
        &mut self,
        permit: &Permit,
        account: AccountId,
        code: &RecoveryCodeMac,
    ) -> Result<bool, StoreError>;

    /// Stores a sign-in that waits for its second factor.
    async fn create_pending_sign_in(&mut self, pending: &PendingSignIn) -> Result<(), StoreError>;

    /// Spends a try of a waiting sign-in, before its code is looked at. `None` when there is none under this ticket and
    /// holder, it is too old, or out of tries. Return what follows as an `Ok` of the transaction, or the try is given back.
    async fn try_pending_sign_in(
        &mut self,
        ticket: &TicketHash,
        holder: &[u8; 32],
        now: Micros,
    ) -> Result<Option<PendingSignIn>, StoreError>;

    /// Takes a waiting sign-in away. False when somebody else has.
    async fn end_pending_sign_in(&mut self, ticket: &TicketHash) -> Result<bool, StoreError>;

    /// Forgets up to `limit` waiting sign-ins that expired before `before`. How many.
    async fn purge_pending_sign_ins(&mut self, before: Micros, limit: u32) -> Result<u64, StoreError>;
}
