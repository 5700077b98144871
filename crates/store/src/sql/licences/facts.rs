//! What a licence is decided by, in one statement: a row for each of the tenant's signing keys, the rest the same in all.

use clausa_core::id::{AccountId, ContentId, LicenceDigest};

use super::super::{Row, Session, SqlUnit, contents, tenants, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::licence::LicenceFacts;
use crate::record::template::TemplateVersionRow;
use crate::record::tenant_key::SigningKey;

pub(super) async fn read<S: Session>(
    unit: &mut SqlUnit<'_, S>,
    permit: &Permit,
    content: ContentId,
    account: AccountId,
) -> Result<Option<LicenceFacts>, StoreError> {
    permit.covers_content(&[Action::RequestLicence], content)?;
    permit.covers_account(&[Action::RequestLicence], account)?;
    let rows = unit
        .rows(FACTS, values![permit.tenant(), content, account])
        .await?;
    let mut keys = Vec::with_capacity(rows.len());
    let mut first = None;
    for mut row in rows {
        keys.extend(read_key(&mut row)?);
        first.get_or_insert(row);
    }
    first.map(|row| read_rest(row, content, keys)).transpose()
}

fn read_key(row: &mut Row) -> Result<Option<SigningKey>, StoreError> {
    let kid = row.next("tenant_keys.kid")?;
    let purpose = row.next("tenant_keys.purpose")?;
    let certificate = row.next("tenant_keys.certificate")?;
    let (Some(kid), Some(purpose)) = (kid, purpose) else {
        return Ok(None);
    };
    Ok(Some(SigningKey {
        kid,
        purpose,
        certificate,
    }))
}

fn read_rest(mut row: Row, content: ContentId, keys: Vec<SigningKey>) -> Result<LicenceFacts, StoreError> {
    let first_use = row.next("first_uses.used_at")?;
    let version: Option<u32> = row.next("template_versions.version")?;
    let encoded: Option<Vec<u8>> = row.next("template_versions.encoded")?;
    let digest: Option<[u8; 32]> = row.next("template_versions.digest")?;
    let created_at = row.next("template_versions.created_at")?;
    let template = match (version, encoded, digest, created_at) {
        (Some(version), Some(encoded), Some(digest), Some(created_at)) => Some(TemplateVersionRow {
            version,
            encoded,
            digest,
            created_at,
        }),
        _ => None,
    };
    let tenant = tenants::read_columns(&mut row)?;
    let digest: Option<LicenceDigest> = row.next("contents.digest")?;
    let content = digest
        .map(|digest| contents::read(content, digest, &mut row, |_| Ok(None)))
        .transpose()?;
    Ok(LicenceFacts {
        tenant,
        keys,
        content,
        template,
        first_use,
    })
}

/// The file's grants stay where they are: they are sealed for its owner's eyes.
const FACTS: &str = "SELECT k.kid, k.purpose, k.certificate, f.used_at, v.version, v.encoded, v.digest, v.created_at, \
     t.tenant, t.name, t.plan, t.managed, t.personal, t.epoch, t.group_count, t.succession_count, t.created_at, \
     c.digest, c.owner, c.owner_account, c.issuer, c.issuer_account, c.template, c.parent, NULL, \
     c.file_name, c.published_at, c.registered_at, c.expires_at, c.revoked_at, c.revoked_owner, c.revoked_by \
     FROM tenants t \
     LEFT JOIN tenant_keys k ON k.tenant = t.tenant AND k.state = 'active' AND k.purpose IN ('licence', 'edit') \
     LEFT JOIN contents c ON c.tenant = t.tenant AND c.content = $2 \
     LEFT JOIN first_uses f ON f.tenant = t.tenant AND f.content = $2 AND f.account = $3 \
     LEFT JOIN templates p ON p.tenant = t.tenant AND p.template = c.template \
     LEFT JOIN template_versions v ON v.tenant = t.tenant AND v.template = p.template AND v.version = p.version \
     WHERE t.tenant = $1 ORDER BY k.created_at DESC, k.kid";
