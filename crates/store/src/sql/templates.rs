//! Templates in SQL.

use async_trait::async_trait;
use clausa_core::id::TemplateId;

use super::{Row, Session, SqlUnit, values};
use crate::error::StoreError;
use crate::permit::{Action, Permit};
use crate::record::micros::Micros;
use crate::record::template::{Template, TemplateVersionRow};
use crate::repo::Templates;

/// What may look at one template.
const LOOK: &[Action] = &[
    Action::ReadTemplates,
    Action::PublishContent,
    Action::RequestLicence,
    Action::ReadContent,
];

#[async_trait]
impl<S: Session> Templates for SqlUnit<'_, S> {
    async fn create_template(&mut self, permit: &Permit, template: &Template) -> Result<bool, StoreError> {
        permit.covers_system()?;
        let created = self
            .changes(
                INSERT,
                values![
                    permit.tenant(),
                    template.id,
                    template.slug,
                    template.name,
                    template.version.version,
                    template.archived_at
                ],
            )
            .await?;
        if created {
            self.insert_version(permit, template.id, &template.version)
                .await?;
        }
        Ok(created)
    }

    async fn add_template_version(
        &mut self,
        permit: &Permit,
        template: TemplateId,
        version: &TemplateVersionRow,
    ) -> Result<bool, StoreError> {
        permit.covers_system()?;
        let is_next = self
            .changes(NEXT_VERSION, values![permit.tenant(), template, version.version])
            .await?;
        if is_next {
            self.insert_version(permit, template, version).await?;
        }
        Ok(is_next)
    }

    async fn archive_template(
        &mut self,
        permit: &Permit,
        template: TemplateId,
        at: Option<Micros>,
    ) -> Result<bool, StoreError> {
        permit.covers_system()?;
        self.changes(ARCHIVE, values![permit.tenant(), template, at])
            .await
    }

    async fn templates(&mut self, permit: &Permit) -> Result<Vec<Template>, StoreError> {
        permit.covers(&[Action::ReadTemplates, Action::PublishContent])?;
        self.rows(OFFERED, values![permit.tenant()])
            .await?
            .into_iter()
            .map(read)
            .collect()
    }

    async fn template(
        &mut self,
        permit: &Permit,
        template: TemplateId,
    ) -> Result<Option<Template>, StoreError> {
        permit.covers(LOOK)?;
        self.row(CURRENT, values![permit.tenant(), template])
            .await?
            .map(read)
            .transpose()
    }

    async fn template_version(
        &mut self,
        permit: &Permit,
        template: TemplateId,
        version: u32,
    ) -> Result<Option<Template>, StoreError> {
        permit.covers(LOOK)?;
        self.row(VERSION, values![permit.tenant(), template, version])
            .await?
            .map(read)
            .transpose()
    }
}

impl<S: Session> SqlUnit<'_, S> {
    async fn insert_version(
        &mut self,
        permit: &Permit,
        template: TemplateId,
        version: &TemplateVersionRow,
    ) -> Result<(), StoreError> {
        self.execute(
            INSERT_VERSION,
            values![
                permit.tenant(),
                template,
                version.version,
                version.encoded,
                version.digest,
                version.created_at
            ],
        )
        .await?;
        Ok(())
    }
}

fn read(mut row: Row) -> Result<Template, StoreError> {
    Ok(Template {
        id: row.next("templates.template")?,
        slug: row.next("templates.slug")?,
        name: row.next("templates.name")?,
        archived_at: row.next("templates.archived_at")?,
        version: TemplateVersionRow {
            version: row.next("template_versions.version")?,
            encoded: row.next("template_versions.encoded")?,
            digest: row.next("template_versions.digest")?,
            created_at: row.next("template_versions.created_at")?,
        },
    })
}

macro_rules! select {
    ($version:literal, $rest:literal) => {
        concat!(
            "SELECT t.template, t.slug, t.name, t.archived_at, v.version, v.encoded, v.digest, v.created_at \
             FROM templates t JOIN template_versions v ON v.tenant = t.tenant AND v.template = t.template \
             AND v.version = ",
            $version,
            " WHERE t.tenant = $1 ",
            $rest
        )
    };
}

const INSERT: &str = "INSERT INTO templates (tenant, template, slug, name, version, archived_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
const INSERT_VERSION: &str = "INSERT INTO template_versions \
     (tenant, template, version, encoded, digest, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
const NEXT_VERSION: &str =
    "UPDATE templates SET version = $3 WHERE tenant = $1 AND template = $2 AND version = $3 - 1";
const ARCHIVE: &str = "UPDATE templates SET archived_at = $3 WHERE tenant = $1 AND template = $2";
const OFFERED: &str = select!("t.version", "AND t.archived_at IS NULL ORDER BY t.name, t.slug");
const CURRENT: &str = select!("t.version", "AND t.template = $2");
const VERSION: &str = select!("$3", "AND t.template = $2");
