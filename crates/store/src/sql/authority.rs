//! Root keys and settings in SQL.

use async_trait::async_trait;

use super::{Session, SqlUnit, values};
use crate::error::StoreError;
use crate::record::authority::RootKey;
use crate::record::micros::Micros;
use crate::record::secret::Secret;
use crate::repo::Authority;
use crate::sealed::Place;

#[async_trait]
impl<S: Session> Authority for SqlUnit<'_, S> {
    async fn add_root_key(&mut self, key: &RootKey) -> Result<bool, StoreError> {
        let secret = self.seal(root_secret(&[key.kid.as_bytes()]), &key.secret)?;
        self.changes(
            INSERT_ROOT,
            values![key.kid, key.public, secret, key.state, key.created_at],
        )
        .await
    }

    async fn root_keys(&mut self) -> Result<Vec<RootKey>, StoreError> {
        let rows = self.rows(ROOTS, values![]).await?;
        rows.into_iter()
            .map(|mut row| {
                let kid: clausa_core::id::KeyId = row.next("root_keys.kid")?;
                let public = row.next("root_keys.public")?;
                let sealed: Vec<u8> = row.next("root_keys.secret")?;
                Ok(RootKey {
                    kid,
                    public,
                    secret: self.open(root_secret(&[kid.as_bytes()]), &sealed)?,
                    state: row.next("root_keys.state")?,
                    created_at: row.next("root_keys.created_at")?,
                })
            })
            .collect()
    }

    async fn setting(&mut self, name: &str) -> Result<Option<Secret>, StoreError> {
        let Some(mut row) = self.row(SETTING, values![name]).await? else {
            return Ok(None);
        };
        let sealed: Vec<u8> = row.next("settings.value")?;
        self.open(setting_value(&[name.as_bytes()]), &sealed).map(Some)
    }

    async fn set_setting(&mut self, name: &str, value: &Secret) -> Result<(), StoreError> {
        let sealed = self.seal(setting_value(&[name.as_bytes()]), value)?;
        self.execute(SET_SETTING, values![name, sealed]).await?;
        Ok(())
    }

    async fn init_setting(&mut self, name: &str, value: &Secret) -> Result<Secret, StoreError> {
        let sealed = self.seal(setting_value(&[name.as_bytes()]), value)?;
        if self.changes(INIT_SETTING, values![name, sealed]).await? {
            return Ok(value.clone());
        }
        self.setting(name).await?.ok_or(StoreError::Corrupt {
            what: "settings.value",
        })
    }

    async fn newest_log_time(&mut self) -> Result<Option<Micros>, StoreError> {
        let row = self.directory_row(NEWEST_LOG_TIME, values![]).await?;
        row.map_or(Ok(None), |mut row| row.next("log_heads.written_at"))
    }

    async fn probe(&mut self) -> Result<(), StoreError> {
        // Unlike any other node's, and not to be compressed away.
        let name: String = self
            .random::<16>()?
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let filler = self.random::<PROBE_BYTES>()?.to_vec();
        self.execute(INIT_SETTING, values![name, filler]).await?;
        self.execute(DELETE_SETTING, values![name]).await?;
        Ok(())
    }
}

/// Larger than a row's place in its page, so that it takes pages of its own.
const PROBE_BYTES: usize = 8192;

fn root_secret<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place {
        table: "root_keys",
        row,
        column: "secret",
    }
}

fn setting_value<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place {
        table: "settings",
        row,
        column: "value",
    }
}

const INSERT_ROOT: &str = "INSERT INTO root_keys (kid, public, secret, state, created_at) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (kid) DO NOTHING";
const ROOTS: &str =
    "SELECT kid, public, secret, state, created_at FROM root_keys ORDER BY created_at DESC, kid";
const SETTING: &str = "SELECT value FROM settings WHERE name = $1";
const SET_SETTING: &str = "INSERT INTO settings (name, value) VALUES ($1, $2) \
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const NEWEST_LOG_TIME: &str = "SELECT written_at FROM log_heads ORDER BY written_at DESC LIMIT 1";
const DELETE_SETTING: &str = "DELETE FROM settings WHERE name = $1";
const INIT_SETTING: &str = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
