//! Tenants and domains in SQL.

use async_trait::async_trait;
use clausa_core::address::Domain;
use clausa_core::id::TenantId;

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::micros::Micros;
use crate::record::tenant::{DomainClaim, Plan, Tenant};
use crate::repo::Tenants;

#[async_trait]
impl<S: Session> Tenants for SqlUnit<'_, S> {
    async fn create_tenant(&mut self, permit: &Permit, tenant: &Tenant) -> Result<bool, StoreError> {
        permit.covers_system()?;
        if tenant.id != permit.tenant() {
            return Err(StoreError::PermitScope {
                given: "another tenant",
                needed: "this tenant",
            });
        }
        self.changes(
            INSERT,
            values![
                tenant.id,
                tenant.name,
                tenant.plan,
                tenant.managed,
                tenant.personal,
                tenant.epoch,
                tenant.created_at
            ],
        )
        .await
    }

    async fn tenant(&mut self, permit: &Permit) -> Result<Option<Tenant>, StoreError> {
        self.find_tenant(permit.tenant()).await
    }

    async fn find_tenant(&mut self, tenant: TenantId) -> Result<Option<Tenant>, StoreError> {
        self.row(BY_ID, values![tenant]).await?.map(read).transpose()
    }

    async fn tenant_of_domain(&mut self, domain: &Domain) -> Result<Option<Tenant>, StoreError> {
        self.directory_row(BY_DOMAIN, values![domain])
            .await?
            .map(read)
            .transpose()
    }

    async fn claim_domain(
        &mut self,
        permit: &Permit,
        domain: &Domain,
        at: Micros,
    ) -> Result<DomainClaim, StoreError> {
        permit.covers_system()?;
        if self.changes(CLAIM, values![domain, permit.tenant(), at]).await? {
            return Ok(DomainClaim::Claimed);
        }
        match self.row(HOLDER, values![domain]).await? {
            Some(mut row) => Ok(DomainClaim::Taken(row.next("domains.tenant")?)),
            None => Err(StoreError::Corrupt {
                what: "domains.tenant",
            }),
        }
    }

    async fn domains(&mut self, permit: &Permit) -> Result<Vec<Domain>, StoreError> {
        let rows = self.rows(DOMAINS, values![permit.tenant()]).await?;
        rows.into_iter()
            .map(|mut row| row.next("domains.domain"))
            .collect()
    }

    async fn update_tenant(
        &mut self,
        permit: &Permit,
        name: &str,
        plan: Plan,
        managed: bool,
    ) -> Result<bool, StoreError> {
        permit.covers_system()?;
        self.changes(UPDATE, values![permit.tenant(), name, plan, managed])
            .await
    }
}

fn read(mut row: Row) -> Result<Tenant, StoreError> {
    read_columns(&mut row)
}

/// The columns of a tenant, in the order of `select!`.
pub(super) fn read_columns(row: &mut Row) -> Result<Tenant, StoreError> {
    Ok(Tenant {
        id: row.next("tenants.tenant")?,
        name: row.next("tenants.name")?,
        plan: row.next("tenants.plan")?,
        managed: row.next("tenants.managed")?,
        personal: row.next("tenants.personal")?,
        epoch: row.next("tenants.epoch")?,
        groups: row.next("tenants.group_count")?,
        successions: row.next("tenants.succession_count")?,
        created_at: row.next("tenants.created_at")?,
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT t.tenant, t.name, t.plan, t.managed, t.personal, t.epoch, t.group_count, t.succession_count, \
             t.created_at FROM tenants t ",
            $rest
        )
    };
}

const INSERT: &str = "INSERT INTO tenants (tenant, name, plan, managed, personal, epoch, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant) DO NOTHING";
const BY_ID: &str = select!("WHERE t.tenant = $1");
const BY_DOMAIN: &str = select!("JOIN domains d ON d.tenant = t.tenant WHERE d.domain = $1");
const CLAIM: &str =
    "INSERT INTO domains (domain, tenant, claimed_at) VALUES ($1, $2, $3) ON CONFLICT (domain) DO NOTHING";
const HOLDER: &str = "SELECT tenant FROM domains WHERE domain = $1";
const DOMAINS: &str = "SELECT domain FROM domains WHERE tenant = $1 ORDER BY domain";
const UPDATE: &str = "UPDATE tenants SET name = $2, plan = $3, managed = $4 WHERE tenant = $1";
