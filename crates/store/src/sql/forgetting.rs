//! Forgetting a person in SQL.

use async_trait::async_trait;

use super::{Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::log::LogFilter;
use crate::record::log_tree::{Forgotten, LogEvidence};
use crate::record::micros::Micros;
use crate::record::secret::Secret;
use crate::repo::Forgetting;

/// What stands where an address has to: a name that cannot be anybody's (RFC 2606).
const NOBODY: &str = "forgotten@forgotten.invalid";

#[async_trait]
impl<S: Session> Forgetting for SqlUnit<'_, S> {
    async fn forget_account(
        &mut self,
        permit: &Permit,
        person: &Forgotten,
        at: Micros,
    ) -> Result<(), StoreError> {
        permit.covers_system()?;
        let (tenant, account) = (permit.tenant(), person.account);
        for statement in OF_ACCOUNT {
            self.execute(statement, values![tenant, account]).await?;
        }
        self.execute(END_DEVICES, values![tenant, account, at]).await?;
        self.execute(END_CERTIFICATES, values![tenant, account, at, Vec::<u8>::new()])
            .await?;
        for address in &person.addresses {
            for statement in OF_ADDRESS {
                self.execute(statement, values![address]).await?;
            }
        }
        Ok(())
    }

    async fn forget_addresses(&mut self, permit: &Permit, person: &Forgotten) -> Result<(), StoreError> {
        permit.covers_system()?;
        self.execute(ADDRESSES, values![permit.tenant(), person.account])
            .await?;
        Ok(())
    }

    async fn forget_in_contents(&mut self, permit: &Permit, person: &Forgotten) -> Result<u64, StoreError> {
        permit.covers_system()?;
        let tenant = permit.tenant();
        let mut changed = 0;
        for address in &person.addresses {
            self.execute(LEAVE, values![tenant, address]).await?;
            let rows = self.rows(OWNED, values![tenant, address]).await?;
            for mut row in rows {
                let content: Vec<u8> = row.next("contents.content")?;
                // The names that the owner had given for himself to see; readers have theirs from the file.
                let place = [tenant.as_bytes().as_slice(), content.as_slice()];
                let nobody = self.seal(super::contents::policy_of(&place), &Secret::new(b"[]".to_vec()))?;
                changed += self
                    .execute(DISOWN, values![tenant, content, NOBODY, nobody, address])
                    .await?;
            }
            changed += self.execute(UNSIGN, values![tenant, address, NOBODY]).await?;
        }
        Ok(changed)
    }

    async fn forget_in_log(
        &mut self,
        permit: &Permit,
        person: &Forgotten,
        limit: u32,
    ) -> Result<u64, StoreError> {
        permit.covers_system()?;
        let mut erased = 0;
        let account = person.account;
        // An account without an address left may still stand in the log with its client.
        let nobody = [String::new()];
        let addresses = if person.addresses.is_empty() {
            &nobody[..]
        } else {
            &person.addresses
        };
        for address in addresses {
            let rows = self
                .rows(NAMING, values![permit.tenant(), account, address, limit])
                .await?;
            for mut row in rows {
                self.erase(permit, person, row.next("log.sequence")?).await?;
                erased += 1;
            }
            if erased >= u64::from(limit) {
                break;
            }
        }
        Ok(erased)
    }
}

impl<S: Session> SqlUnit<'_, S> {
    async fn erase(&mut self, permit: &Permit, person: &Forgotten, sequence: u64) -> Result<(), StoreError> {
        let missing = StoreError::Corrupt { what: "log" };
        let filter = LogFilter {
            content: None,
            after: sequence - 1,
            limit: 1,
        };
        let mut read = self.evidence(permit, &filter).await?;
        if read.first().is_some_and(|evidence| evidence.leaf.is_none()) {
            // An entry of an older version is given its leaf while its texts are still there.
            self.give_leaf(permit, sequence).await?;
            read = self.evidence(permit, &filter).await?;
        }
        let mut evidence = read.into_iter().next().ok_or(missing.clone())?;
        evidence.forget(person).ok_or(missing)?;
        let LogEvidence {
            entry, salts, erased, ..
        } = evidence;
        let left = entry.entry;
        self.execute(
            ERASE,
            values![
                permit.tenant(),
                sequence,
                left.user,
                left.client_info,
                left.client_ip,
                left.acting_as,
                left.owner,
                left.file_name,
                left.issuer,
                salts,
                erased
            ],
        )
        .await?;
        Ok(())
    }
}

/// What goes with the account, sessions with their tokens among it.
const OF_ACCOUNT: [&str; 7] = [
    "DELETE FROM factors WHERE tenant = $1 AND account = $2",
    "DELETE FROM recovery_codes WHERE tenant = $1 AND account = $2",
    "DELETE FROM pending_sign_ins WHERE tenant = $1 AND account = $2",
    "DELETE FROM sessions WHERE tenant = $1 AND account = $2",
    "DELETE FROM authorisation_codes WHERE tenant = $1 AND account = $2",
    "DELETE FROM browser_sessions WHERE tenant = $1 AND account = $2",
    "UPDATE accounts SET state = 'closed', display_name = NULL, password_hash = NULL \
     WHERE tenant = $1 AND account = $2",
];
const ADDRESSES: &str = "DELETE FROM addresses WHERE tenant = $1 AND account = $2";
/// Devices and certificates are named by licences and files; what they say of the person goes.
const END_DEVICES: &str = "UPDATE devices SET name = '', platform = '', \
     removed_at = COALESCE(removed_at, $3) WHERE tenant = $1 AND account = $2";
const END_CERTIFICATES: &str = "UPDATE certificates SET bytes = $4, revoked_at = COALESCE(revoked_at, $3) \
     WHERE tenant = $1 AND account = $2";
const OF_ADDRESS: [&str; 3] = [
    "DELETE FROM challenges WHERE address = $1",
    "DELETE FROM signups WHERE address = $1",
    "DELETE FROM outbox WHERE recipient = $1",
];
/// Out of every group of the tenant.
const LEAVE: &str = "DELETE FROM group_members WHERE tenant = $1 AND member = $2";
const OWNED: &str = "SELECT content FROM contents WHERE tenant = $1 AND owner = $2";
const DISOWN: &str = "UPDATE contents SET owner = $3, file_name = NULL, policy = $4, \
     issuer = CASE WHEN issuer = $5 THEN $3 ELSE issuer END WHERE tenant = $1 AND content = $2";
const UNSIGN: &str = "UPDATE contents SET issuer = $3 WHERE tenant = $1 AND issuer = $2";
/// Entries of the account or with the address in which something is left to erase.
const NAMING: &str = "SELECT sequence FROM log WHERE tenant = $1 AND ( \
     (account = $2 AND (user_name <> '' OR client_ip IS NOT NULL OR client_info IS NOT NULL)) \
     OR (owner_account = $2 AND (owner IS NOT NULL OR file_name IS NOT NULL)) \
     OR ($3 <> '' AND (user_name = $3 OR owner = $3 OR issuer = $3 OR acting_as = $3))) \
     ORDER BY sequence LIMIT $4";
const ERASE: &str = "UPDATE log SET user_name = $3, client_info = $4, client_ip = $5, acting_as = $6, owner = $7, \
     file_name = $8, issuer = $9, salts = $10, erased = $11 WHERE tenant = $1 AND sequence = $2";
