//! What is set.

use clausa_api::controls::Controls as Told;
use clausa_store::permit::Action;
use clausa_store::record::controls::{Controls, Protector};
use clausa_store::record::template::Template;
use clausa_store::record::tenant::Tenant;
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};

use super::{ControlsError, permit};
use crate::state::AppState;
use crate::usecase::failure::Failure;
use crate::usecase::oneself::Oneself;

/// What holds in the caller's tenant.
///
/// # Errors
///
/// [`ControlsError`].
pub async fn read(state: &AppState, who: &Oneself) -> Result<Told, ControlsError> {
    let permit = permit(who, Action::ReadControls)?;
    state
        .store()
        .read("controls.read", move |tx| {
            Box::pin(async move {
                let controls = tx.controls(&permit).await?.unwrap_or_default();
                let templates = templates(tx, &permit).await?;
                let tenant = tx.tenant(&permit).await?.ok_or(Failure::Missing("tenant"))?;
                Ok(describe(&controls, &tenant, &templates))
            })
        })
        .await
}

/// The tenant's templates, by whose short names protectors are told.
pub(super) async fn templates(
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
) -> Result<Vec<Template>, ControlsError> {
    let govern = Permit::system(SystemAct::Govern(permit.tenant()));
    Ok(tx.templates(&govern).await?)
}

/// As administrators read them.
pub(super) fn describe(controls: &Controls, tenant: &Tenant, templates: &[Template]) -> Told {
    Told {
        organisation: tenant.name.clone(),
        plan: tenant.plan.as_str().to_owned(),
        joining: controls.joining,
        free_plan: controls.free_plan,
        trial_protects: controls.trial_protects,
        second_factor: controls.second_factor,
        session_hours: controls
            .session_seconds
            .map_or(0, |seconds| seconds.div_ceil(3_600)),
        protectors: controls
            .protectors
            .iter()
            .map(|one| protector(one, templates))
            .collect(),
        never_receive: controls.never_receive.iter().map(ToString::to_string).collect(),
        contact: controls.contact.clone(),
        changed_at: (controls.changed_at.0 > 0).then(|| controls.changed_at.seconds()),
    }
}

/// With the short name of its template, if that is still on offer.
pub(super) fn protector(one: &Protector, templates: &[Template]) -> String {
    let Some(id) = one.template else {
        return one.who.to_string();
    };
    match templates.iter().find(|template| template.id == id) {
        Some(template) => format!("{}={}", one.who, template.slug),
        None => one.to_string(),
    }
}
