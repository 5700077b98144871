//! Closing accounts in SQL.

use async_trait::async_trait;
use clausa_core::address::Address;
use clausa_core::id::{AccountId, TenantId};

use super::{Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::account::Role;
use crate::record::hash::OwnerMac;
use crate::record::micros::Micros;
use crate::record::succession::{Retirement, Succession};
use crate::repo::Closing;

#[async_trait]
impl<S: Session> Closing for SqlUnit<'_, S> {
    async fn count_accounts(&mut self, permit: &Permit, role: Role) -> Result<u64, StoreError> {
        permit.covers_system()?;
        let row = self.row(COUNT, values![permit.tenant(), role]).await?;
        row.map_or(Ok(0), |mut row| row.next("accounts"))
    }

    async fn retire_owner(&mut self, permit: &Permit, retirement: &Retirement) -> Result<bool, StoreError> {
        permit.covers_system()?;
        let Retirement {
            account,
            owners,
            successor,
            at,
        } = retirement;
        let tenant = permit.tenant();
        let mut added = 0;
        for owner in owners {
            added += self
                .execute(RETIRE, values![tenant, account, owner, successor, at])
                .await?;
        }
        if added == 0 {
            return Ok(false);
        }
        // What had come to it from others goes the same way.
        self.execute(PASS_ON, values![tenant, account, successor]).await?;
        self.execute(COUNT_UP, values![tenant, added]).await?;
        Ok(true)
    }

    async fn close_account(
        &mut self,
        permit: &Permit,
        account: AccountId,
        addresses: &[Address],
        at: Micros,
    ) -> Result<bool, StoreError> {
        permit.covers_system()?;
        let tenant = permit.tenant();
        if !self.changes(CLOSE, values![tenant, account]).await? {
            return Ok(false);
        }
        for statement in OF_ACCOUNT {
            self.execute(statement, values![tenant, account]).await?;
        }
        for statement in END {
            self.execute(statement, values![tenant, account, at]).await?;
        }
        for address in addresses {
            self.execute(LEAVE, values![tenant, address]).await?;
            for statement in OF_ADDRESS {
                self.execute(statement, values![address]).await?;
            }
        }
        Ok(true)
    }

    async fn succession(
        &mut self,
        permit: &Permit,
        tenant: TenantId,
        owner: &OwnerMac,
        published: Micros,
    ) -> Result<Option<Succession>, StoreError> {
        permit.covers_home(&[Action::RequestLicence, Action::PublishContent], tenant)?;
        let row = self.row(OF_FILE, values![tenant, owner, published]).await?;
        row.map(|mut row| {
            Ok(Succession {
                account: row.next("successions.account")?,
                successor: row.next("successions.successor")?,
            })
        })
        .transpose()
    }

    async fn last_holder(
        &mut self,
        permit: &Permit,
        owner: &OwnerMac,
    ) -> Result<Option<AccountId>, StoreError> {
        permit.covers_system()?;
        let row = self.row(LAST, values![permit.tenant(), owner]).await?;
        row.map(|mut row| row.next("successions.account")).transpose()
    }
}

const COUNT: &str = "SELECT COUNT(*) FROM accounts WHERE tenant = $1 AND role = $2 AND state = 'active'";
const RETIRE: &str = "INSERT INTO successions (tenant, account, owner, successor, closed_at) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, account, owner) DO NOTHING";
const PASS_ON: &str = "UPDATE successions SET successor = $3 WHERE tenant = $1 AND successor = $2";
const COUNT_UP: &str = "UPDATE tenants SET succession_count = succession_count + $2 WHERE tenant = $1";
const CLOSE: &str = "UPDATE accounts SET state = 'closed', password_hash = NULL \
     WHERE tenant = $1 AND account = $2 AND state = 'active'";
/// What goes with the account, sessions with their tokens among it.
const OF_ACCOUNT: [&str; 7] = [
    "DELETE FROM factors WHERE tenant = $1 AND account = $2",
    "DELETE FROM recovery_codes WHERE tenant = $1 AND account = $2",
    "DELETE FROM pending_sign_ins WHERE tenant = $1 AND account = $2",
    "DELETE FROM sessions WHERE tenant = $1 AND account = $2",
    "DELETE FROM authorisation_codes WHERE tenant = $1 AND account = $2",
    "DELETE FROM browser_sessions WHERE tenant = $1 AND account = $2",
    "DELETE FROM addresses WHERE tenant = $1 AND account = $2",
];
const END: [&str; 2] = [
    "UPDATE devices SET removed_at = COALESCE(removed_at, $3) WHERE tenant = $1 AND account = $2",
    "UPDATE certificates SET revoked_at = COALESCE(revoked_at, $3) WHERE tenant = $1 AND account = $2",
];
/// A group named the person; whoever has the address later is somebody else.
const LEAVE: &str = "DELETE FROM group_members WHERE tenant = $1 AND member = $2";
const OF_ADDRESS: [&str; 3] = [
    "DELETE FROM challenges WHERE address = $1",
    "DELETE FROM signups WHERE address = $1",
    "DELETE FROM outbox WHERE recipient = $1",
];
/// An address may have had several holders; a file belonged to the one whose account was closed next.
const OF_FILE: &str = "SELECT account, successor FROM successions \
     WHERE tenant = $1 AND owner = $2 AND closed_at >= $3 ORDER BY closed_at, account LIMIT 1";
/// Somebody who was forgotten is nobody's last holder.
const LAST: &str = "SELECT s.account FROM successions s WHERE s.tenant = $1 AND s.owner = $2 \
     AND EXISTS (SELECT 1 FROM log l WHERE l.tenant = $1 AND l.account = s.account AND l.user_name <> '') \
     ORDER BY s.closed_at DESC, s.account LIMIT 1";
