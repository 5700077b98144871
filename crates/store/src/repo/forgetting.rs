//! Forgetting a person.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::log_tree::Forgotten;
use crate::record::micros::Micros;

/// Takes a person out of what the authority remembers. For the authority itself, on its operator's word.
#[async_trait]
pub trait Forgetting {
    /// Closes the account for good and takes away what is only needed while somebody uses it: sessions, password, name,
    /// the devices' names, the certificates' text, sign-ups and mails under way. Nothing is issued under its certificates any more.
    async fn forget_account(
        &mut self,
        permit: &Permit,
        person: &Forgotten,
        at: Micros,
    ) -> Result<(), StoreError>;

    /// Takes the addresses away, by which the person is found: the last thing to do.
    async fn forget_addresses(&mut self, permit: &Permit, person: &Forgotten) -> Result<(), StoreError>;

    /// Takes the person's addresses out of the files of the permit's tenant, which stay and go on opening; says how
    /// many those were.
    async fn forget_in_contents(&mut self, permit: &Permit, person: &Forgotten) -> Result<u64, StoreError>;

    /// Takes the person out of at most `limit` entries of the tenant's log, with the salts of what named him, so that
    /// nothing stored leads back to him; says how many those were. The entries' leaves stay as they are.
    async fn forget_in_log(
        &mut self,
        permit: &Permit,
        person: &Forgotten,
        limit: u32,
    ) -> Result<u64, StoreError>;
}
