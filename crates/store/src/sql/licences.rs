//! Issued use licences in SQL.

mod facts;

use async_trait::async_trait;
use clausa_core::address::Address;
use clausa_core::id::{AccountId, ContentId, LicenceId};

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::licence::{Licence, LicenceFacts, LicenceRecord};
use crate::repo::Licences;

#[async_trait]
impl<S: Session> Licences for SqlUnit<'_, S> {
    async fn record_licence(
        &mut self,
        permit: &Permit,
        licence: &Licence,
        is_owner: bool,
        owner: &Address,
    ) -> Result<LicenceRecord, StoreError> {
        permit.covers_content(&[Action::RequestLicence], licence.content)?;
        permit.covers_account(&[Action::RequestLicence], licence.account)?;
        let recorded = self
            .changes(
                RECORD,
                values![
                    permit.tenant(),
                    licence.id,
                    licence.content,
                    licence.account,
                    licence.account_tenant,
                    licence.device,
                    licence.rights,
                    licence.issued_at,
                    licence.not_after,
                    licence.offline_until,
                    is_owner,
                    owner
                ],
            )
            .await?;
        if recorded {
            return Ok(LicenceRecord::Recorded);
        }
        match self.revocation(permit.tenant(), licence.content).await? {
            Some(Some(revocation)) => Ok(LicenceRecord::Revoked(revocation)),
            Some(None) => Ok(LicenceRecord::Changed),
            None => Ok(LicenceRecord::Unknown),
        }
    }

    async fn licence_facts(
        &mut self,
        permit: &Permit,
        content: ContentId,
        account: AccountId,
    ) -> Result<Option<LicenceFacts>, StoreError> {
        facts::read(self, permit, content, account).await
    }

    async fn licence(&mut self, permit: &Permit, licence: LicenceId) -> Result<Option<Licence>, StoreError> {
        permit.covers_system()?;
        self.row(BY_ID, values![permit.tenant(), licence])
            .await?
            .map(read)
            .transpose()
    }

    async fn count_licences(&mut self, permit: &Permit, content: ContentId) -> Result<u64, StoreError> {
        permit.covers_content(&[Action::ReadContent], content)?;
        let row = self.row(COUNT, values![permit.tenant(), content]).await?;
        row.map_or(Ok(0), |mut row| row.next("licences"))
    }
}

fn read(mut row: Row) -> Result<Licence, StoreError> {
    Ok(Licence {
        id: row.next("licences.licence")?,
        content: row.next("licences.content")?,
        account: row.next("licences.account")?,
        account_tenant: row.next("licences.account_tenant")?,
        device: row.next("licences.device")?,
        rights: row.next("licences.rights")?,
        issued_at: row.next("licences.issued_at")?,
        not_after: row.next("licences.not_after")?,
        offline_until: row.next("licences.offline_until")?,
    })
}

/// Whether the file is revoked, and who owns it, is looked at by the statement that writes, so nothing slips in between.
const RECORD: &str = "INSERT INTO licences (tenant, licence, content, account, account_tenant, device, rights, \
     issued_at, not_after, offline_until) \
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM contents c WHERE c.tenant = $1 AND c.content = $3 \
     AND (c.revoked_at IS NULL OR (c.revoked_owner = 0 AND $11 = 1)) AND c.owner = $12";
const BY_ID: &str = "SELECT licence, content, account, account_tenant, device, rights, issued_at, not_after, \
     offline_until FROM licences WHERE tenant = $1 AND licence = $2";
const COUNT: &str = "SELECT COUNT(*) FROM licences WHERE tenant = $1 AND content = $2";
