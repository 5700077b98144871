//! Templates.

use async_trait::async_trait;
use clausa_core::id::TemplateId;

use crate::error::StoreError;
use crate::permit::Permit;
use crate::record::micros::Micros;
use crate::record::template::{Template, TemplateVersionRow};

/// Templates of the permit's tenant. A version never changes, and nothing is deleted.
#[async_trait]
pub trait Templates {
    /// Stores a template with its first version. False when its id or slug is taken. For the authority's own acts.
    async fn create_template(&mut self, permit: &Permit, template: &Template) -> Result<bool, StoreError>;

    /// Stores the next version. False unless its number is the next one. For the authority's own acts.
    async fn add_template_version(
        &mut self,
        permit: &Permit,
        template: TemplateId,
        version: &TemplateVersionRow,
    ) -> Result<bool, StoreError>;

    /// Takes a template out of the list, or puts it back (`None`). False when there is none. For the authority's own
    /// acts.
    async fn archive_template(
        &mut self,
        permit: &Permit,
        template: TemplateId,
        at: Option<Micros>,
    ) -> Result<bool, StoreError>;

    /// The templates on offer with their current versions, by name. For `ReadTemplates` and `PublishContent`.
    async fn templates(&mut self, permit: &Permit) -> Result<Vec<Template>, StoreError>;

    /// A template, archived or not, with its current version. Also for `RequestLicence`.
    async fn template(
        &mut self,
        permit: &Permit,
        template: TemplateId,
    ) -> Result<Option<Template>, StoreError>;

    /// A template, archived or not, with one version. Also for `RequestLicence`.
    async fn template_version(
        &mut self,
        permit: &Permit,
        template: TemplateId,
        version: u32,
    ) -> Result<Option<Template>, StoreError>;
}
