//! Protected files in SQL.

use async_trait::async_trait;
use clausa_core::id::{AccountId, ContentId, LicenceDigest, TenantId};

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::content::{Content, OwnContent, Registration, Revocation, RevocationOutcome};
use crate::record::micros::Micros;
use crate::record::secret::Secret;
use crate::repo::Contents;
use crate::sealed::Place;

/// What may look at a file.
const LOOK: &[Action] = &[
    Action::ReadContent,
    Action::RevokeContent,
    Action::RequestLicence,
    Action::PublishContent,
];

/// What may see its grants.
const SHOW: &[Action] = &[Action::ReadContent];

#[async_trait]
impl<S: Session> Contents for SqlUnit<'_, S> {
    async fn register_content(
        &mut self,
        permit: &Permit,
        content: &Content,
    ) -> Result<Registration, StoreError> {
        permit.covers_content(&[Action::PublishContent, Action::RequestLicence], content.id)?;
        let tenant = permit.tenant();
        let row = [tenant.as_bytes().as_slice(), content.id.as_bytes()];
        let policy = content
            .policy
            .as_ref()
            .map(|policy| self.seal(policy_of(&row), policy))
            .transpose()?;
        let is_new = self
            .changes(
                INSERT,
                values![
                    permit.tenant(),
                    content.id,
                    content.digest,
                    content.owner,
                    content.owner_account,
                    content.issuer,
                    content.issuer_account,
                    content.template,
                    policy,
                    content.file_name,
                    content.published_at,
                    content.registered_at,
                    content.expires_at,
                    content.parent
                ],
            )
            .await?;
        if is_new {
            return Ok(Registration::New);
        }
        // The digest in the condition makes sure that another file's registration adds nothing to this one.
        self.execute(
            COMPLETE,
            values![
                permit.tenant(),
                content.id,
                content.digest,
                content.file_name,
                policy
            ],
        )
        .await?;
        match self.stored(permit.tenant(), content.id, true).await? {
            Some(known) if known.digest == content.digest => Ok(Registration::Known(Box::new(known))),
            Some(_) => Ok(Registration::Conflict),
            None => Err(StoreError::Corrupt { what: "contents" }),
        }
    }

    async fn content(&mut self, permit: &Permit, content: ContentId) -> Result<Option<Content>, StoreError> {
        permit.covers_content(LOOK, content)?;
        // A licence follows from the policy in the file; the grants that are kept for the owner's eyes stay sealed.
        let with_policy = permit.covers_content(SHOW, content).is_ok();
        self.stored(permit.tenant(), content, with_policy).await
    }

    async fn content_owner(
        &mut self,
        tenant: TenantId,
        content: ContentId,
    ) -> Result<Option<Option<AccountId>>, StoreError> {
        let row = self.row(OWNER, values![tenant, content]).await?;
        row.map(|mut row| row.next("contents.owner_account")).transpose()
    }

    async fn contents_of_account(
        &mut self,
        permit: &Permit,
        account: AccountId,
        after: Option<ContentId>,
        limit: u32,
    ) -> Result<Vec<OwnContent>, StoreError> {
        permit.covers_account(&[Action::ExportAccount], account)?;
        let after = after.map_or_else(Vec::new, |after| after.as_bytes().to_vec());
        let rows = self
            .rows(OF_ACCOUNT, values![permit.tenant(), after, account, limit])
            .await?;
        let mut contents = Vec::with_capacity(rows.len());
        for mut row in rows {
            let id = row.next("contents.content")?;
            let owned = row.next("contents.owner_account")?;
            let content = self.read_content(permit.tenant(), id, row, owned)?;
            contents.push(OwnContent { content, owned });
        }
        Ok(contents)
    }

    async fn revoke_content(
        &mut self,
        permit: &Permit,
        content: ContentId,
        revocation: &Revocation,
    ) -> Result<RevocationOutcome, StoreError> {
        permit.covers_content(&[Action::RevokeContent], content)?;
        let changed = self
            .changes(
                REVOKE,
                values![
                    permit.tenant(),
                    content,
                    revocation.at,
                    revocation.including_owner,
                    revocation.by
                ],
            )
            .await?;
        if changed {
            self.execute(NEXT_EPOCH, values![permit.tenant()]).await?;
        }
        let Some(mut row) = self.row(REVOCATION, values![permit.tenant(), content]).await? else {
            return Ok(RevocationOutcome::Unknown);
        };
        match read_revocation(&mut row)? {
            Some(stored) if changed => Ok(RevocationOutcome::Revoked(stored)),
            Some(stored) => Ok(RevocationOutcome::Already(stored)),
            None => Err(StoreError::Corrupt {
                what: "contents.revoked_at",
            }),
        }
    }

    async fn note_first_use(
        &mut self,
        permit: &Permit,
        content: ContentId,
        account: AccountId,
        at: Micros,
    ) -> Result<Micros, StoreError> {
        permit.covers_content(&[Action::RequestLicence], content)?;
        permit.covers_account(&[Action::RequestLicence], account)?;
        self.execute(NOTE_FIRST_USE, values![permit.tenant(), content, account, at])
            .await?;
        let stored = self.first_use(permit, content, account).await?;
        stored.ok_or(StoreError::Corrupt {
            what: "first_uses.used_at",
        })
    }

    async fn first_use(
        &mut self,
        permit: &Permit,
        content: ContentId,
        account: AccountId,
    ) -> Result<Option<Micros>, StoreError> {
        permit.covers_content(&[Action::RequestLicence, Action::ReadContent], content)?;
        let row = self
            .row(FIRST_USE, values![permit.tenant(), content, account])
            .await?;
        row.map(|mut row| row.next("first_uses.used_at")).transpose()
    }
}

impl<S: Session> SqlUnit<'_, S> {
    /// How a file is revoked; `None` when it is not known, `Some(None)` when it is not revoked.
    pub(super) async fn revocation(
        &mut self,
        tenant: TenantId,
        content: ContentId,
    ) -> Result<Option<Option<Revocation>>, StoreError> {
        self.row(REVOCATION, values![tenant, content])
            .await?
            .map(|mut row| read_revocation(&mut row))
            .transpose()
    }

    async fn stored(
        &mut self,
        tenant: TenantId,
        content: ContentId,
        with_policy: bool,
    ) -> Result<Option<Content>, StoreError> {
        let row = self.row(BY_ID, values![tenant, content]).await?;
        row.map(|row| self.read_content(tenant, content, row, with_policy))
            .transpose()
    }

    fn read_content(
        &self,
        tenant: TenantId,
        content: ContentId,
        mut row: Row,
        with_policy: bool,
    ) -> Result<Content, StoreError> {
        let digest = row.next("contents.digest")?;
        let place = [tenant.as_bytes().as_slice(), content.as_bytes()];
        let policy = |sealed: Vec<u8>| self.open(policy_of(&place), &sealed);
        read(content, digest, &mut row, |sealed| {
            with_policy.then(|| policy(sealed)).transpose()
        })
    }
}

/// The columns behind the digest; what becomes of the sealed policy is for `policy` to say.
pub(super) fn read(
    id: ContentId,
    digest: LicenceDigest,
    row: &mut Row,
    policy: impl FnOnce(Vec<u8>) -> Result<Option<Secret>, StoreError>,
) -> Result<Content, StoreError> {
    Ok(Content {
        id,
        digest,
        owner: row.next("contents.owner")?,
        owner_account: row.next("contents.owner_account")?,
        issuer: row.next("contents.issuer")?,
        issuer_account: row.next("contents.issuer_account")?,
        template: row.next("contents.template")?,
        parent: row.next("contents.parent")?,
        policy: match row.next("contents.policy")? {
            Some(sealed) => policy(sealed)?,
            None => None,
        },
        file_name: row.next("contents.file_name")?,
        published_at: row.next("contents.published_at")?,
        registered_at: row.next("contents.registered_at")?,
        expires_at: row.next("contents.expires_at")?,
        revocation: read_revocation(row)?,
    })
}

fn read_revocation(row: &mut Row) -> Result<Option<Revocation>, StoreError> {
    let at: Option<Micros> = row.next("contents.revoked_at")?;
    let including_owner = row.next("contents.revoked_owner")?;
    let by: Option<AccountId> = row.next("contents.revoked_by")?;
    match (at, by) {
        (Some(at), Some(by)) => Ok(Some(Revocation {
            at,
            including_owner,
            by,
        })),
        (None, None) => Ok(None),
        _ => Err(StoreError::Corrupt {
            what: "contents.revoked_by",
        }),
    }
}

pub(super) fn policy_of<'a>(row: &'a [&'a [u8]]) -> Place<'a> {
    Place {
        table: "contents",
        row,
        column: "policy",
    }
}

const INSERT: &str = "INSERT INTO contents (tenant, content, digest, owner, owner_account, issuer, issuer_account, \
     template, policy, file_name, published_at, registered_at, expires_at, parent, revoked_owner) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0) ON CONFLICT (tenant, content) DO NOTHING";
const COMPLETE: &str = "UPDATE contents SET file_name = COALESCE(file_name, $4), policy = COALESCE(policy, $5) \
     WHERE tenant = $1 AND content = $2 AND digest = $3";
const BY_ID: &str = "SELECT digest, owner, owner_account, issuer, issuer_account, template, parent, policy, \
     file_name, published_at, registered_at, expires_at, revoked_at, revoked_owner, revoked_by \
     FROM contents WHERE tenant = $1 AND content = $2";
/// Its own, those that came to it from accounts that were closed, and those that it published for others.
const OF_ACCOUNT: &str = "SELECT content, owned, digest, owner, owner_account, issuer, issuer_account, template, parent, \
     policy, file_name, published_at, registered_at, expires_at, revoked_at, revoked_owner, revoked_by FROM \
     (SELECT c.*, CASE WHEN c.owner_account = $3 OR EXISTS (SELECT 1 FROM successions s WHERE s.tenant = $1 \
     AND s.account = c.owner_account AND s.successor = $3) THEN 1 ELSE 0 END AS owned \
     FROM contents c WHERE c.tenant = $1 AND c.content > $2) AS seen \
     WHERE owned = 1 OR issuer_account = $3 ORDER BY content LIMIT $4";
/// The successor of an account that was closed, if it has one.
const OWNER: &str = "SELECT COALESCE((SELECT s.successor FROM successions s WHERE s.tenant = $1 \
     AND s.account = c.owner_account AND s.successor IS NOT NULL LIMIT 1), c.owner_account) \
     FROM contents c WHERE c.tenant = $1 AND c.content = $2";
const REVOKE: &str = "UPDATE contents \
     SET revoked_at = COALESCE(revoked_at, $3), revoked_owner = $4, revoked_by = $5 \
     WHERE tenant = $1 AND content = $2 AND (revoked_at IS NULL OR (revoked_owner = 0 AND $4 = 1))";
const REVOCATION: &str =
    "SELECT revoked_at, revoked_owner, revoked_by FROM contents WHERE tenant = $1 AND content = $2";
const NEXT_EPOCH: &str = "UPDATE tenants SET epoch = epoch + 1 WHERE tenant = $1";
const NOTE_FIRST_USE: &str = "INSERT INTO first_uses (tenant, content, account, used_at) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (tenant, content, account) DO NOTHING";
const FIRST_USE: &str = "SELECT used_at FROM first_uses WHERE tenant = $1 AND content = $2 AND account = $3";
