//! Who protects files, and with which templates.

use clausa_core::address::Address;
use clausa_core::id::{AccountId, TemplateId};
use clausa_store::record::controls::{Controls, Protector, ProtectorKind};
use clausa_store::record::tenant::{Plan, Tenant};
use clausa_store::repo::UnitOfWork;
use clausa_store::{Permit, StoreError, SystemAct};

use super::{ControlRule, Controlled, of};

/// What somebody may protect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::usecase) enum Protecting {
    /// Anything, in any way.
    Any,
    /// With these templates.
    With(Vec<TemplateId>),
    /// Nothing.
    Refused(ControlRule),
}

/// What an account may protect in its tenant by the administrator's controls, with these; `None` where there are none.
pub(in crate::usecase) async fn protecting(
    tx: &mut dyn UnitOfWork,
    tenant: &Tenant,
    account: AccountId,
) -> Result<Option<(Protecting, Controls)>, StoreError> {
    let permit = Permit::system(SystemAct::Govern(tenant.id));
    let Some(controls) = of(tx, &permit, tenant).await? else {
        return Ok(None);
    };
    let addresses = tx.addresses(&permit, account).await?;
    let groups = match names_groups(&controls) {
        true => tx.groups_of(&permit, tenant.id, account).await?,
        false => Vec::new(),
    };
    let judged = judge(&controls, tenant.plan, &addresses, &groups);
    Ok(Some((judged, controls)))
}

/// True when it has to be known which groups somebody is in.
pub(super) fn names_groups(controls: &Controls) -> bool {
    let mut protectors = controls.protectors.iter();
    protectors.any(|one| matches!(one.who, ProtectorKind::Group(_)))
}

/// The protectors that mean somebody with these addresses in these groups.
pub(super) fn meant<'a>(
    controls: &'a Controls,
    addresses: &'a [Address],
    groups: &'a [Address],
) -> impl Iterator<Item = &'a Protector> {
    controls.protectors.iter().filter(|one| match &one.who {
        ProtectorKind::Everybody => true,
        ProtectorKind::User(address) => addresses.contains(address),
        ProtectorKind::Group(group) => groups.contains(group),
        ProtectorKind::Domain(domain) => addresses.iter().any(|address| address.domain() == *domain),
    })
}

/// What somebody with these addresses in these groups may protect.
pub(super) fn judge(
    controls: &Controls,
    plan: Plan,
    addresses: &[Address],
    groups: &[Address],
) -> Protecting {
    if plan == Plan::Individual && !controls.trial_protects {
        return Protecting::Refused(ControlRule::Trial);
    }
    let mut templates = Vec::new();
    for protector in meant(controls, addresses, groups) {
        match protector.template {
            None => return Protecting::Any,
            Some(template) => templates.push(template),
        }
    }
    match templates.is_empty() {
        true => Protecting::Refused(ControlRule::Protecting),
        false => Protecting::With(templates),
    }
}

impl Protecting {
    /// Whether a file under this template, or under none, may be protected.
    pub(in crate::usecase) fn check(&self, template: Option<TemplateId>) -> Result<(), ControlRule> {
        match self {
            Self::Any => Ok(()),
            Self::With(templates) if template.is_some_and(|one| templates.contains(&one)) => Ok(()),
            Self::With(_) => Err(ControlRule::OtherTemplates),
            Self::Refused(rule) => Err(rule.clone()),
        }
    }
}

impl Controlled {
    /// A refusal by `rule` in `tenant`.
    pub(in crate::usecase) fn by(rule: ControlRule, tenant: &Tenant, controls: &Controls) -> Self {
        Self {
            rule,
            organisation: tenant.name.clone(),
            contact: controls.contact.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clausa_core::address::Address;
    use clausa_core::id::TemplateId;
    use clausa_store::record::controls::Controls;
    use clausa_store::record::tenant::Plan;

    use super::super::ControlRule;
    use super::{Protecting, judge};

    const TEMPLATE: &str = "=01020304-0506-0708-0910-111213141516";

    fn controls(protectors: &[&str]) -> Controls {
        Controls {
            protectors: protectors.iter().map(|one| one.parse().unwrap()).collect(),
            ..Controls::default()
        }
    }

    #[test]
    fn whoever_is_meant_protects() {
        let own: [Address; 2] = [
            "janet@contoso.example".parse().unwrap(),
            "j@b.example".parse().unwrap(),
        ];
        let groups: [Address; 1] = ["legal@contoso.example".parse().unwrap()];
        let judged = |protectors: &[&str]| judge(&controls(protectors), Plan::Organisation, &own, &groups);
        for protector in [
            "everybody",
            "user:j@b.example",
            "group:legal@contoso.example",
            "domain:contoso.example",
        ] {
            assert_eq!(judged(&[protector]), Protecting::Any, "{protector}");
            let with = format!("{protector}{TEMPLATE}");
            assert!(matches!(judged(&[&with]), Protecting::With(_)), "{with}");
            assert_eq!(judged(&[&with, protector]), Protecting::Any);
        }
        let refused = Protecting::Refused(ControlRule::Protecting);
        assert_eq!(judged(&[]), refused);
        for other in [
            "user:sam@contoso.example",
            "group:sales@contoso.example",
            "domain:example",
        ] {
            assert!(
                other
                    .parse::<clausa_store::record::controls::Protector>()
                    .map_or(true, |_| judged(&[other]) == refused),
                "{other}"
            );
        }
    }

    #[test]
    fn a_template_lets_that_template_be_used() {
        let judged = judge(
            &controls(&[&format!("everybody{TEMPLATE}")]),
            Plan::Individual,
            &[],
            &[],
        );
        let template: TemplateId = TEMPLATE[1..].parse().unwrap();
        assert_eq!(judged.check(Some(template)), Ok(()));
        for other in [None, Some(TemplateId::from_bytes([9; 16]))] {
            assert_eq!(judged.check(other), Err(ControlRule::OtherTemplates));
        }
    }

    #[test]
    fn a_trial_is_over_for_all() {
        let mut controls = controls(&["everybody"]);
        assert_eq!(judge(&controls, Plan::Individual, &[], &[]), Protecting::Any);
        controls.trial_protects = false;
        let refused = Protecting::Refused(ControlRule::Trial);
        assert_eq!(judge(&controls, Plan::Individual, &[], &[]), refused);
        assert_eq!(judge(&controls, Plan::Organisation, &[], &[]), Protecting::Any);
    }
}
