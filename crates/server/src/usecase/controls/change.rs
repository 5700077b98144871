//! Setting what holds for everybody.

use clausa_api::controls::{Controls as Told, ControlsChange};
use clausa_api::log::RequestType;
use clausa_core::address::Domain;
use clausa_store::permit::Action;
use clausa_store::record::controls::{Controls, NoProtector, Protector};
use clausa_store::record::log::LogDraft;
use clausa_store::record::micros::Micros;
use clausa_store::record::template::Template;
use clausa_store::record::tenant::{Plan, Tenant};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, SystemAct};

use super::read::{describe, templates};
use super::{ControlsError, permit};
use crate::state::AppState;
use crate::usecase::acting::LogResult;
use crate::usecase::failure::Failure;
use crate::usecase::oneself::Oneself;
use crate::usecase::step_up::{self, Needed};

/// Most protectors.
const MAX_PROTECTORS: usize = 200;
/// Most domains that never receive.
const MAX_DOMAINS: usize = 1_000;
/// The longest contact, in characters.
const MAX_CONTACT: usize = 300;
/// The longest sign-in: as long as tokens are renewed at all.
const MAX_HOURS: u32 = 2_160;

/// Sets what `change` names and leaves the rest, in one transaction with the log entry. It asks for a fresh proof.
///
/// # Errors
///
/// [`ControlsError`]; [`Failure::StepUp`] without a fresh proof of identity.
pub async fn change(state: &AppState, who: &Oneself, change: ControlsChange) -> Result<Told, ControlsError> {
    permit(who, Action::ChangeControls)?;
    let input = (who.clone(), change, state.now_micros());
    state
        .store()
        .for_tenant(who.tenant())
        .transact_with("controls.change", input, |(who, change, now), tx| {
            Box::pin(async move { store(who, change, *now, tx).await })
        })
        .await
}

async fn store(
    who: &Oneself,
    change: &ControlsChange,
    now: Micros,
    tx: &mut dyn UnitOfWork,
) -> Result<Told, ControlsError> {
    let permit = permit(who, Action::ChangeControls)?;
    let proof = step_up::require(tx, &who.session, Needed::Fresh, now).await?;
    if change.second_factor == Some(true) && !proof.by.are_two() {
        return Err(ControlsError::OwnFactorFirst);
    }
    let templates = templates(tx, &permit).await?;
    let before = tx.controls(&permit).await?.unwrap_or_default();
    let after = Controls {
        changed_at: now,
        ..apply(before, change, &templates, tx, &permit).await?
    };
    if !tx.put_controls(&permit, &after).await? {
        return Err(Failure::Missing("managed tenant").into());
    }
    let tenant = set_plan(change, tx, &permit).await?;
    let address = who.addresses(tx).await?.swap_remove(0);
    let entry = LogDraft {
        admin_action: true,
        ..who.log_entry(RequestType::ChangeControls, &address, LogResult::Success, now)
    };
    tx.append_log(&permit, &entry).await?;
    Ok(describe(&after, &tenant, &templates))
}

/// The plan is the tenant's own flag: it changes what the plan allows, and no key, policy or file.
async fn set_plan(
    change: &ControlsChange,
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
) -> Result<Tenant, ControlsError> {
    let tenant = tx.tenant(permit).await?.ok_or(Failure::Missing("tenant"))?;
    let plan = wanted_plan(change)?.unwrap_or(tenant.plan);
    if plan != tenant.plan {
        let govern = Permit::system(SystemAct::Govern(tenant.id));
        tx.update_tenant(&govern, &tenant.name, plan, tenant.managed)
            .await?;
    }
    Ok(Tenant { plan, ..tenant })
}

/// The plan that is asked for.
pub(super) fn wanted_plan(change: &ControlsChange) -> Result<Option<Plan>, ControlsError> {
    let Some(word) = &change.plan else {
        return Ok(None);
    };
    match Plan::from_word(word) {
        Some(plan) => Ok(Some(plan)),
        None => Err(malformed("plan", "individual or organisation")),
    }
}

/// The controls as they would be.
pub(super) async fn apply(
    before: Controls,
    change: &ControlsChange,
    templates: &[Template],
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
) -> Result<Controls, ControlsError> {
    let mut after = before;
    let flags = [
        (&mut after.joining, change.joining),
        (&mut after.free_plan, change.free_plan),
        (&mut after.trial_protects, change.trial_protects),
        (&mut after.second_factor, change.second_factor),
    ];
    for (flag, new) in flags {
        *flag = new.unwrap_or(*flag);
    }
    if let Some(hours) = change.session_hours {
        if hours > MAX_HOURS {
            return Err(malformed("session_hours", format!("at most {MAX_HOURS}")));
        }
        after.session_seconds = (hours > 0).then(|| hours * 3_600);
    }
    if let Some(protectors) = &change.protectors {
        if protectors.len() > MAX_PROTECTORS {
            return Err(malformed("protectors", format!("at most {MAX_PROTECTORS}")));
        }
        after.protectors = protectors
            .iter()
            .map(|text| protector(text, templates))
            .collect::<Result<_, _>>()?;
        refuse_strange_domains(&after.protectors, tx, permit).await?;
    }
    if let Some(domains) = &change.never_receive {
        after.never_receive = never_receive(domains, tx, permit).await?;
    }
    if let Some(contact) = &change.contact {
        let contact = contact.trim();
        if contact.chars().count() > MAX_CONTACT || contact.chars().any(char::is_control) {
            return Err(malformed(
                "contact",
                format!("one line of at most {MAX_CONTACT} characters"),
            ));
        }
        after.contact = (!contact.is_empty()).then(|| contact.to_owned());
    }
    Ok(after)
}

fn malformed(field: &'static str, rule: impl Into<String>) -> ControlsError {
    let rule = rule.into();
    ControlsError::Malformed { field, rule }
}

/// A template is named by its short name, or by its id.
fn protector(text: &str, templates: &[Template]) -> Result<Protector, ControlsError> {
    let unread = |error: NoProtector| malformed("protectors", format!("{:.100}: {error}", clean(text)));
    if let Some((who, slug)) = text.rsplit_once('=')
        && let Some(template) = templates.iter().find(|template| template.slug == slug)
    {
        let who = who.parse().map_err(unread)?;
        let template = Some(template.id);
        return Ok(Protector { who, template });
    }
    let protector: Protector = text.parse().map_err(unread)?;
    match protector.template {
        Some(id) if !templates.iter().any(|template| template.id == id) => Err(malformed(
            "protectors",
            format!("{:.100}: there is no such template", clean(text)),
        )),
        _ => Ok(protector),
    }
}

fn clean(text: &str) -> String {
    text.chars().filter(|one| !one.is_control()).collect()
}

/// A group or domain that is not the tenant's would silently mean nobody.
async fn refuse_strange_domains(
    protectors: &[Protector],
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
) -> Result<(), ControlsError> {
    use clausa_store::record::controls::ProtectorKind::{Domain, Everybody, Group, User};
    let govern = Permit::system(SystemAct::Govern(permit.tenant()));
    let own = tx.domains(permit).await?;
    for protector in protectors {
        let is_known = match &protector.who {
            Everybody | User(_) => true,
            Domain(domain) => own.contains(domain),
            Group(group) => tx.group(&govern, group).await?.is_some(),
        };
        if !is_known {
            let who = &protector.who;
            return Err(malformed(
                "protectors",
                format!(
                    "{who}: your organisation has no such {}",
                    match who {
                        Group(_) => "group",
                        _ => "domain",
                    }
                ),
            ));
        }
    }
    Ok(())
}

async fn never_receive(
    domains: &[String],
    tx: &mut dyn UnitOfWork,
    permit: &Permit,
) -> Result<Vec<Domain>, ControlsError> {
    if domains.len() > MAX_DOMAINS {
        return Err(malformed("never_receive", format!("at most {MAX_DOMAINS}")));
    }
    let mut read = Vec::with_capacity(domains.len());
    for text in domains {
        let unread = |_| malformed("never_receive", format!("{:.100}: no domain", clean(text)));
        let domain: Domain = text.parse().map_err(unread)?;
        read.push(domain);
    }
    read.sort();
    read.dedup();
    let listed = Controls {
        never_receive: read.clone(),
        ..Controls::default()
    };
    match super::never_receives(&listed, tx.domains(permit).await?.iter()) {
        Some(own) => Err(malformed(
            "never_receive",
            format!("{own}: your own people are there"),
        )),
        None => Ok(read),
    }
}
