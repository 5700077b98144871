//! Tenants' keys and key sets in SQL.

use async_trait::async_trait;
use clausa_core::id::{KeyId, TenantId};

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::tenant_key::{KeySet, KeyState, SigningKey, TenantKey};
use crate::repo::TenantKeys;
use crate::sealed::Place;

/// What is done with the tenant's secret keys: certify, unwrap, issue.
const USE: &[Action] = &[
    Action::EnrolDevice,
    Action::PublishContent,
    Action::RequestLicence,
    Action::ReadContent,
];

#[async_trait]
impl<S: Session> TenantKeys for SqlUnit<'_, S> {
    async fn add_tenant_key(&mut self, permit: &Permit, key: &TenantKey) -> Result<bool, StoreError> {
        permit.covers_system()?;
        let tenant = permit.tenant();
        let row = [tenant.as_bytes().as_slice(), key.kid.as_bytes()];
        let secret = self.seal(secret_of(&row), &key.secret)?;
        self.changes(
            INSERT,
            values![
                permit.tenant(),
                key.kid,
                key.purpose,
                key.suite,
                key.public,
                secret,
                key.certificate,
                key.state,
                key.created_at
            ],
        )
        .await
    }

    async fn tenant_keys(&mut self, permit: &Permit) -> Result<Vec<TenantKey>, StoreError> {
        permit.covers(USE)?;
        let rows = self.rows(ALL, values![permit.tenant()]).await?;
        rows.into_iter()
            .map(|row| self.read_key(permit.tenant(), row))
            .collect()
    }

    async fn tenant_key(&mut self, permit: &Permit, kid: KeyId) -> Result<Option<TenantKey>, StoreError> {
        permit.covers(USE)?;
        let row = self.row(BY_KID, values![permit.tenant(), kid]).await?;
        row.map(|row| self.read_key(permit.tenant(), row)).transpose()
    }

    async fn signing_keys(&mut self, permit: &Permit) -> Result<Vec<SigningKey>, StoreError> {
        permit.covers(&[Action::RequestLicence])?;
        let rows = self.rows(SIGNING, values![permit.tenant()]).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(SigningKey {
                    kid: row.next("tenant_keys.kid")?,
                    purpose: row.next("tenant_keys.purpose")?,
                    certificate: row.next("tenant_keys.certificate")?,
                })
            })
            .collect()
    }

    async fn set_tenant_key_state(
        &mut self,
        permit: &Permit,
        kid: KeyId,
        state: KeyState,
    ) -> Result<bool, StoreError> {
        permit.covers_system()?;
        self.changes(SET_STATE, values![permit.tenant(), kid, state])
            .await
    }

    async fn set_tenant_certificate(
        &mut self,
        permit: &Permit,
        kid: KeyId,
        certificate: &[u8],
    ) -> Result<bool, StoreError> {
        permit.covers_system()?;
        self.changes(SET_CERTIFICATE, values![permit.tenant(), kid, certificate])
            .await
    }

    async fn put_key_set(&mut self, permit: &Permit, set: &KeySet) -> Result<bool, StoreError> {
        permit.covers_system()?;
        self.changes(
            PUT_SET,
            values![
                permit.tenant(),
                set.version,
                set.bytes,
                set.issued_at,
                set.expires_at
            ],
        )
        .await
    }

    async fn key_set(&mut self, permit: &Permit) -> Result<Option<KeySet>, StoreError> {
        permit.covers(&[Action::ReadKeySet, Action::EnrolDevice, Action::PublishContent])?;
        let Some(mut row) = self.row(SET, values![permit.tenant()]).await? else {
            return Ok(None);
        };
        Ok(Some(KeySet {
            version: row.next("key_sets.version")?,
            bytes: row.next("key_sets.bytes")?,
            issued_at: row.next("key_sets.issued_at")?,
            expires_at: row.next("key_sets.expires_at")?,
        }))
    }
}

impl<S: Session> SqlUnit<'_, S> {
    fn read_key(&self, tenant: TenantId, mut row: Row) -> Result<TenantKey, StoreError> {
        let kid: KeyId = row.next("tenant_keys.kid")?;
        let purpose = row.next("tenant_keys.purpose")?;
        let suite = row.next("tenant_keys.suite")?;
        let public = row.next("tenant_keys.public")?;
        let sealed: Vec<u8> = row.next("tenant_keys.secret")?;
        let place = [tenant.as_bytes().as_slice(), kid.as_bytes()];
        Ok(TenantKey {
            kid,
            purpose,
            suite,
            public,
            secret: self.open(secret_of(&place), &sealed)?,
            certificate: row.next("tenant_keys.certificate")?,
            state: row.next("tenant_keys.state")?,
            created_at: row.next("tenant_keys.created_at")?,
        })
    }
}

fn secret_of<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place {
        table: "tenant_keys",
        row,
        column: "secret",
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT kid, purpose, suite, public, secret, certificate, state, created_at FROM tenant_keys ",
            $rest
        )
    };
}

const INSERT: &str = "INSERT INTO tenant_keys \
     (tenant, kid, purpose, suite, public, secret, certificate, state, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, kid) DO NOTHING";
const ALL: &str = select!("WHERE tenant = $1 ORDER BY created_at DESC, kid");
const BY_KID: &str = select!("WHERE tenant = $1 AND kid = $2");
const SIGNING: &str = "SELECT kid, purpose, certificate FROM tenant_keys \
     WHERE tenant = $1 AND state = 'active' AND purpose <> 'wrapping' ORDER BY created_at DESC, kid";
const SET_STATE: &str = "UPDATE tenant_keys SET state = $3 WHERE tenant = $1 AND kid = $2";
const SET_CERTIFICATE: &str = "UPDATE tenant_keys SET certificate = $3 WHERE tenant = $1 AND kid = $2";
const PUT_SET: &str = "INSERT INTO key_sets (tenant, version, bytes, issued_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant) DO UPDATE SET version = excluded.version, \
     bytes = excluded.bytes, issued_at = excluded.issued_at, expires_at = excluded.expires_at \
     WHERE key_sets.version < excluded.version";
const SET: &str = "SELECT version, bytes, issued_at, expires_at FROM key_sets WHERE tenant = $1";
