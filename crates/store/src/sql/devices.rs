//! Devices in SQL.

use async_trait::async_trait;
use clausa_core::id::{AccountId, DeviceThumbprint};

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Actor, Permit};
use crate::record::device::{Device, Enrolment};
use crate::record::micros::Micros;
use crate::repo::{Certificates, Devices, Sessions};

#[async_trait]
impl<S: Session> Devices for SqlUnit<'_, S> {
    async fn enrol_device(&mut self, permit: &Permit, device: &Device) -> Result<Enrolment, StoreError> {
        permit.covers_account(&[Action::EnrolDevice], device.account)?;
        let key = values![permit.tenant(), device.account, device.thumbprint];
        let known: Option<Option<Micros>> = match self.row(REMOVED_AT, key).await? {
            Some(mut row) => Some(row.next("devices.removed_at")?),
            None => None,
        };
        self.execute(
            ENROL,
            values![
                permit.tenant(),
                device.account,
                device.thumbprint,
                device.signing_key,
                device.decryption_key,
                device.name,
                device.platform,
                device.keystore,
                device.enrolled_at,
                device.last_seen_at
            ],
        )
        .await?;
        Ok(match known {
            None => Enrolment::New,
            Some(None) => Enrolment::Renewed,
            Some(Some(_)) => Enrolment::Returned,
        })
    }

    async fn device(
        &mut self,
        permit: &Permit,
        account: AccountId,
        thumbprint: DeviceThumbprint,
    ) -> Result<Option<Device>, StoreError> {
        permit.covers_account(Action::ALL, account)?;
        self.row(BY_ID, values![permit.tenant(), account, thumbprint])
            .await?
            .map(read)
            .transpose()
    }

    async fn caller_device(&mut self, actor: &Actor) -> Result<Option<Device>, StoreError> {
        let Some(thumbprint) = actor.device else {
            return Ok(None);
        };
        self.row(BY_ID, values![actor.tenant, actor.account, thumbprint])
            .await?
            .map(read)
            .transpose()
    }

    async fn devices(&mut self, permit: &Permit, account: AccountId) -> Result<Vec<Device>, StoreError> {
        permit.covers_account(
            &[Action::ListDevices, Action::EnrolDevice, Action::RemoveDevice],
            account,
        )?;
        self.rows(OF_ACCOUNT, values![permit.tenant(), account])
            .await?
            .into_iter()
            .map(read)
            .collect()
    }

    async fn remove_device(
        &mut self,
        permit: &Permit,
        account: AccountId,
        thumbprint: DeviceThumbprint,
        at: Micros,
    ) -> Result<bool, StoreError> {
        permit.covers_account(&[Action::RemoveDevice], account)?;
        if !self
            .changes(REMOVE, values![permit.tenant(), account, thumbprint, at])
            .await?
        {
            return Ok(false);
        }
        self.end_sessions_of_key(permit.tenant(), account, &thumbprint, at)
            .await?;
        self.revoke_certificates(permit, account, thumbprint, at).await?;
        Ok(true)
    }

    async fn touch_device(
        &mut self,
        permit: &Permit,
        account: AccountId,
        thumbprint: DeviceThumbprint,
        at: Micros,
    ) -> Result<bool, StoreError> {
        permit.covers_account(Action::ALL, account)?;
        self.changes(TOUCH, values![permit.tenant(), account, thumbprint, at])
            .await
    }
}

fn read(mut row: Row) -> Result<Device, StoreError> {
    Ok(Device {
        account: row.next("devices.account")?,
        thumbprint: row.next("devices.thumbprint")?,
        signing_key: row.next("devices.signing_key")?,
        decryption_key: row.next("devices.decryption_key")?,
        name: row.next("devices.name")?,
        platform: row.next("devices.platform")?,
        keystore: row.next("devices.keystore")?,
        enrolled_at: row.next("devices.enrolled_at")?,
        last_seen_at: row.next("devices.last_seen_at")?,
        removed_at: row.next("devices.removed_at")?,
    })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT account, thumbprint, signing_key, decryption_key, name, platform, keystore, enrolled_at, \
             last_seen_at, removed_at FROM devices ",
            $rest
        )
    };
}

const REMOVED_AT: &str =
    "SELECT removed_at FROM devices WHERE tenant = $1 AND account = $2 AND thumbprint = $3";
const ENROL: &str = "INSERT INTO devices (tenant, account, thumbprint, signing_key, decryption_key, name, platform, \
     keystore, enrolled_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
     ON CONFLICT (tenant, account, thumbprint) DO UPDATE SET signing_key = excluded.signing_key, \
     decryption_key = excluded.decryption_key, name = excluded.name, platform = excluded.platform, \
     keystore = excluded.keystore, last_seen_at = excluded.last_seen_at, removed_at = NULL";
const BY_ID: &str = select!("WHERE tenant = $1 AND account = $2 AND thumbprint = $3 AND removed_at IS NULL");
const OF_ACCOUNT: &str =
    select!("WHERE tenant = $1 AND account = $2 AND removed_at IS NULL ORDER BY enrolled_at, thumbprint");
const REMOVE: &str = "UPDATE devices SET removed_at = $4 \
     WHERE tenant = $1 AND account = $2 AND thumbprint = $3 AND removed_at IS NULL";
const TOUCH: &str = "UPDATE devices SET last_seen_at = $4 \
     WHERE tenant = $1 AND account = $2 AND thumbprint = $3 AND removed_at IS NULL";
