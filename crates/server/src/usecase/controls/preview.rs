//! Trying controls out: who would protect?

use clausa_api::controls::{ControlsChange, Preview, PreviewPerson};
use clausa_core::address::Address;
use clausa_store::permit::Action;
use clausa_store::record::account::Account;
use clausa_store::record::controls::Controls;
use clausa_store::record::template::Template;
use clausa_store::record::tenant::Tenant;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};

use super::change::{apply, wanted_plan};
use super::judge::{Protecting, judge, meant, names_groups};
use super::read::{protector, templates};
use super::{ControlsError, permit};
use crate::state::AppState;
use crate::usecase::failure::Failure;
use crate::usecase::oneself::Oneself;

/// People of one answer.
const PAGE: usize = 200;

/// Who of the caller's tenant would protect, and with what, if `change` were set. Nothing is kept.
///
/// # Errors
///
/// [`ControlsError`].
pub async fn preview(
    state: &AppState,
    who: &Oneself,
    change: ControlsChange,
    after: Option<String>,
) -> Result<Preview, ControlsError> {
    let permit = permit(who, Action::ReadControls)?;
    state
        .store()
        .read_with("controls.preview", (change, after), move |(change, after), tx| {
            Box::pin(async move {
                let templates = templates(tx, &permit).await?;
                let controls = tx.controls(&permit).await?.unwrap_or_default();
                let controls = apply(controls, change, &templates, tx, &permit).await?;
                let found = tx.tenant(&permit).await?.ok_or(Failure::Missing("tenant"))?;
                let plan = wanted_plan(change)?.unwrap_or(found.plan);
                let tenant = Tenant { plan, ..found };
                let govern = Permit::system(SystemAct::Govern(permit.tenant()));
                let members = tx.member_addresses(&govern).await?;
                let rest: Vec<Address> = match after {
                    Some(after) => members
                        .into_iter()
                        .filter(|one| one.as_str() > after.as_str())
                        .collect(),
                    None => members,
                };
                let next = match rest.len() > PAGE {
                    true => rest.get(PAGE - 1).map(ToString::to_string),
                    false => None,
                };
                let mut people = Vec::new();
                for address in rest.iter().take(PAGE) {
                    people.extend(person(tx, &govern, &tenant, &controls, &templates, address).await?);
                }
                Ok(Preview { people, next })
            })
        })
        .await
}

async fn person(
    tx: &mut dyn UnitOfWork,
    govern: &Permit,
    tenant: &Tenant,
    controls: &Controls,
    templates: &[Template],
    address: &Address,
) -> Result<Option<PreviewPerson>, ControlsError> {
    let found = tx.account_by_address(address).await?;
    let Some(account) = found.filter(Account::is_member) else {
        return Ok(None);
    };
    let addresses = tx.addresses(govern, account.id).await?;
    let groups = match names_groups(controls) {
        true => tx.groups_of(govern, tenant.id, account.id).await?,
        false => Vec::new(),
    };
    let judged = judge(controls, tenant.plan, &addresses, &groups);
    let slug = |id| {
        let found = templates.iter().find(|template| template.id == id);
        found.map_or_else(|| id.to_string(), |template| template.slug.clone())
    };
    let by = match judged {
        Protecting::Refused(_) => Vec::new(),
        _ => meant(controls, &addresses, &groups)
            .map(|one| protector(one, templates))
            .collect(),
    };
    Ok(Some(PreviewPerson {
        address: address.to_string(),
        protects: !matches!(judged, Protecting::Refused(_)),
        templates: match judged {
            Protecting::With(ids) => Some(ids.into_iter().map(slug).collect()),
            _ => None,
        },
        by,
    }))
}
