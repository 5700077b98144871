//! The templates that the caller may choose.

use clausa_api::Bytes;
use clausa_api::log::RequestType;
use clausa_api::template::{Template, TemplateGrant, TemplateList};
use clausa_core::policy::{Principal, TemplateVersion};
use clausa_store::permit::Action;
use clausa_store::record::tenant::Tenant;

use super::acting::LogResult;
use super::failure::Failure;
use crate::request::Caller;
use crate::state::AppState;

/// The current versions of the templates on offer in the caller's tenant, by name. Reading them is logged.
///
/// # Errors
///
/// [`Failure`].
pub async fn list_templates(state: &AppState, caller: &Caller) -> Result<TemplateList, Failure> {
    let permit = caller.permit_in_tenant(Action::ReadTemplates)?;
    let input = (caller.clone(), permit, state.now_micros());
    let (rows, tenant) = state
        .store()
        .for_tenant(permit.tenant())
        .transact_with("list templates", input, |(caller, permit, now), tx| {
            Box::pin(async move {
                let rows = tx.templates(permit).await?;
                let tenant = tx.tenant(permit).await?.ok_or(Failure::Missing("tenant"))?;
                let user = caller.user(tx).await?;
                let entry = caller.log_entry(RequestType::AcquireTemplates, &user, LogResult::Success, *now);
                tx.append_log(permit, &entry).await?;
                Ok::<_, Failure>((rows, tenant))
            })
        })
        .await?;
    let templates = rows
        .into_iter()
        .map(|row| {
            let version =
                TemplateVersion::parse(&row.version.encoded).map_err(|_| Failure::Missing("template"))?;
            let grants = version
                .grants
                .iter()
                .map(|grant| TemplateGrant {
                    who: who(&grant.principal, &tenant),
                    rights: grant.rights,
                })
                .collect();
            Ok(Template {
                id: row.id,
                slug: row.slug,
                name: row.name,
                version: version.version,
                digest: Bytes(row.version.digest.to_vec()),
                grants,
                offline_seconds: version.offline.seconds(),
            })
        })
        .collect::<Result<_, Failure>>()?;
    Ok(TemplateList { templates })
}

/// A principal as people read it: the own organisation by its name.
pub(super) fn who(principal: &Principal, tenant: &Tenant) -> String {
    match principal {
        Principal::TenantMembers(id) if *id == tenant.id && tenant.personal => "only you".to_owned(),
        Principal::TenantMembers(id) if *id == tenant.id => format!("members of {}", tenant.name),
        other => other.to_string(),
    }
}
