//! Who calls: the session with all that is known of its account, in one statement.

use clausa_core::address::Address;

use super::super::Row;
use crate::error::StoreError;
use crate::record::micros::Micros;
use crate::record::proof::Factors;
use crate::record::session::Caller;

/// One row for each address, or one without.
pub(super) fn read(rows: Vec<Row>) -> Result<Option<Caller>, StoreError> {
    let mut rows = rows.into_iter();
    let Some(mut row) = rows.next() else {
        return Ok(None);
    };
    let mut addresses = Vec::with_capacity(1 + rows.len());
    addresses.extend(row.next::<Option<Address>>("addresses.address")?);
    let session = row.next("sessions.session")?;
    let key = row.next("sessions.bound_key")?;
    let account = row.next("sessions.account")?;
    let tenant = row.next("sessions.tenant")?;
    let role = row.next("accounts.role")?;
    let managed = row.next("tenants.managed")?;
    let personal = row.next("tenants.personal")?;
    let created_at: Micros = row.next("sessions.created_at")?;
    let proven_by: Factors = row.next("sessions.proven_by")?;
    let asks_for_two = row
        .next::<Option<bool>>("controls.second_factor")?
        .unwrap_or_default();
    let lasts: Option<u32> = row.next("controls.session_seconds")?;
    let caller = Caller {
        session,
        key,
        account,
        tenant,
        role,
        managed,
        personal,
        needs_factor: asks_for_two && !proven_by.are_two(),
        ends_at: lasts.map(|seconds| created_at.plus_seconds(seconds.into())),
        device: row.next("devices.thumbprint")?,
        device_last_seen: row.next("devices.last_seen_at")?,
        decryption_key: row.next("devices.decryption_key")?,
        addresses: Vec::new(),
    };
    for mut row in rows {
        addresses.push(row.next("addresses.address")?);
    }
    Ok(Some(Caller { addresses, ..caller }))
}

macro_rules! caller {
    ($condition:literal) => {
        concat!(
            "SELECT n.address, s.session, s.bound_key, s.account, s.tenant, a.role, t.managed, t.personal, \
             s.created_at, s.proven_by, c.second_factor, c.session_seconds, \
             d.thumbprint, d.last_seen_at, d.decryption_key \
             FROM access_tokens k \
             JOIN sessions s ON s.session = k.session \
             JOIN accounts a ON a.tenant = s.tenant AND a.account = s.account \
             JOIN tenants t ON t.tenant = s.tenant \
             LEFT JOIN controls c ON c.tenant = s.tenant \
             LEFT JOIN devices d ON d.tenant = s.tenant AND d.account = s.account AND d.thumbprint = s.bound_key \
             AND d.removed_at IS NULL \
             LEFT JOIN addresses n ON n.tenant = s.tenant AND n.account = s.account \
             WHERE s.ended_at IS NULL AND a.state = 'active' AND ",
            $condition,
            " ORDER BY n.position"
        )
    };
}

pub(super) const ANYWHERE: &str = caller!("k.token = $1 AND k.expires_at > $2");
pub(super) const IN_TENANT: &str = caller!("s.tenant = $1 AND k.token = $2 AND k.expires_at > $3");
