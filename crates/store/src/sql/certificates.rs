//! Licensor certificates in SQL.

use async_trait::async_trait;
use clausa_core::id::{AccountId, DeviceThumbprint, Serial};

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::certificate::Certificate;
use crate::record::micros::Micros;
use crate::repo::Certificates;

#[async_trait]
impl<S: Session> Certificates for SqlUnit<'_, S> {
    async fn add_certificate(
        &mut self,
        permit: &Permit,
        certificate: &Certificate,
    ) -> Result<bool, StoreError> {
        permit.covers_account(&[Action::EnrolDevice], certificate.account)?;
        self.changes(
            INSERT,
            values![
                permit.tenant(),
                certificate.serial,
                certificate.account,
                certificate.device,
                certificate.bytes,
                certificate.issued_at,
                certificate.expires_at,
                certificate.revoked_at
            ],
        )
        .await
    }

    async fn certificate(
        &mut self,
        permit: &Permit,
        serial: Serial,
    ) -> Result<Option<Certificate>, StoreError> {
        permit.covers(&[
            Action::EnrolDevice,
            Action::PublishContent,
            Action::RequestLicence,
        ])?;
        self.row(BY_SERIAL, values![permit.tenant(), serial])
            .await?
            .map(read)
            .transpose()
    }

    async fn current_certificate(
        &mut self,
        permit: &Permit,
        account: AccountId,
        device: DeviceThumbprint,
        now: Micros,
    ) -> Result<Option<Certificate>, StoreError> {
        permit.covers_account(&[Action::EnrolDevice, Action::PublishContent], account)?;
        self.row(CURRENT, values![permit.tenant(), account, device, now])
            .await?
            .map(read)
            .transpose()
    }

    async fn revoke_certificates(
        &mut self,
        permit: &Permit,
        account: AccountId,
        device: DeviceThumbprint,
        at: Micros,
    ) -> Result<u64, StoreError> {
        permit.covers_account(&[Action::RemoveDevice, Action::EnrolDevice], account)?;
        self.execute(REVOKE, values![permit.tenant(), account, device, at])
            .await
    }
}

fn read(mut row: Row) -> Result<Certificate, StoreError> {
    Ok(Certificate {
        serial: row.next("certificates.serial")?,
        account: row.next("certificates.account")?,
        device: row.next("certificates.device")?,
        bytes: row.next("certificates.bytes")?,
        issued_at: row.next("certificates.issued_at")?,
        expires_at: row.next("certificates.expires_at")?,
        revoked_at: row.next("certificates.revoked_at")?,
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT serial, account, device, bytes, issued_at, expires_at, revoked_at FROM certificates ",
            $rest
        )
    };
}

const INSERT: &str = "INSERT INTO certificates \
     (tenant, serial, account, device, bytes, issued_at, expires_at, revoked_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, serial) DO NOTHING";
const BY_SERIAL: &str = select!("WHERE tenant = $1 AND serial = $2");
const CURRENT: &str = select!(
    "WHERE tenant = $1 AND account = $2 AND device = $3 AND revoked_at IS NULL AND expires_at > $4 \
     ORDER BY issued_at DESC, serial LIMIT 1"
);
const REVOKE: &str = "UPDATE certificates SET revoked_at = $4 \
     WHERE tenant = $1 AND account = $2 AND device = $3 AND revoked_at IS NULL";
