//! The whole table: every action, every role and kind of tenant, one's own things and another's.

use super::*;

fn id<T>(make: fn([u8; 16]) -> T, byte: u8) -> T {
    make([byte; 16])
}

const ROLES: [Role; 3] = [Role::Guest, Role::Member, Role::Administrator];

struct World {
    home: TenantId,
    abroad: TenantId,
    me: AccountId,
    colleague: AccountId,
    content: ContentId,
}

fn world() -> World {
    World {
        home: id(TenantId::from_bytes, 1),
        abroad: id(TenantId::from_bytes, 2),
        me: id(AccountId::from_bytes, 3),
        colleague: id(AccountId::from_bytes, 4),
        content: id(ContentId::from_bytes, 5),
    }
}

/// Every actor there can be in `world.home`.
fn actors(world: &World) -> Vec<Actor> {
    let mut actors = Vec::new();
    for role in ROLES {
        for flags in 0..16_u8 {
            actors.push(Actor {
                account: world.me,
                tenant: world.home,
                role,
                managed: flags & 1 != 0,
                personal: flags & 2 != 0,
                needs_factor: flags & 8 != 0,
                device: (flags & 4 != 0).then(|| DeviceThumbprint::from_bytes([6; 32])),
            });
        }
    }
    actors
}

/// Every kind of resource: mine, a colleague's, a stranger's.
fn resources(world: &World) -> Vec<Resource> {
    let mut resources = vec![Resource::Tenant(world.home), Resource::Tenant(world.abroad)];
    for tenant in [world.home, world.abroad] {
        for account in [world.me, world.colleague] {
            resources.push(Resource::Account { tenant, account });
        }
        for owner in [None, Some(world.me), Some(world.colleague)] {
            resources.push(Resource::Content {
                tenant,
                content: world.content,
                owner,
            });
        }
    }
    resources
}

/// SEC-86, SEC-92, SEC-95: written as a specification, from the resource's side, unlike the function.
fn expected(world: &World, actor: &Actor, action: Action, resource: &Resource) -> Result<TenantId, Denied> {
    let device = |tenant| {
        if actor.device.is_some() {
            Ok(tenant)
        } else {
            Err(Denied::DeviceNeeded)
        }
    };
    let on_the_way = [
        Action::ReadIdentity,
        Action::SignOut,
        Action::ListSessions,
        Action::EndSessions,
        Action::StepUp,
        Action::ChangeFactors,
        Action::ListDevices,
        Action::EnrolDevice,
        Action::ReadKeySet,
    ];
    if actor.needs_factor && !on_the_way.contains(&action) {
        return Err(Denied::FactorNeeded);
    }
    match resource {
        Resource::Tenant(tenant) if *tenant == world.home => match action {
            Action::ReadControls | Action::ChangeControls | Action::ReadAccounts | Action::ChangeRoles => {
                if actor.managed && actor.role == Role::Administrator {
                    Ok(*tenant)
                } else {
                    Err(Denied::NotPermitted)
                }
            }
            Action::ReadTemplates | Action::ReadKeySet | Action::ReadLog => Ok(*tenant),
            Action::ClaimTenant | Action::ReadClaims | Action::DisputeClaim => {
                if actor.personal || actor.role == Role::Guest {
                    Err(Denied::NotPermitted)
                } else {
                    Ok(*tenant)
                }
            }
            Action::PublishContent if actor.personal || actor.role == Role::Guest => {
                Err(Denied::NotPermitted)
            }
            Action::PublishContent => device(*tenant),
            _ => Err(Denied::NotYours),
        },
        Resource::Account { tenant, account } if *tenant == world.home && *account == world.me => {
            match action {
                Action::ReadIdentity
                | Action::SignOut
                | Action::ListSessions
                | Action::EndSessions
                | Action::StepUp
                | Action::ChangePassword
                | Action::ChangeFactors
                | Action::ExportAccount
                | Action::CloseAccount
                | Action::ListDevices
                | Action::EnrolDevice
                | Action::RemoveDevice => Ok(*tenant),
                _ => Err(Denied::NotYours),
            }
        }
        Resource::Content { tenant, owner, .. } => match action {
            Action::RequestLicence => device(*tenant),
            Action::ReadContent | Action::RevokeContent
                if *tenant == world.home && *owner == Some(world.me) =>
            {
                Ok(*tenant)
            }
            _ => Err(Denied::NotYours),
        },
        _ => Err(Denied::NotYours),
    }
}

#[test]
fn the_whole_table_is_as_specified() {
    let world = world();
    let (mut allowed, mut denied) = (0, 0);
    for actor in actors(&world) {
        for &action in Action::ALL {
            for resource in resources(&world) {
                let answer = authorise(&actor, action, &resource);
                let tenant = answer.map(|permit| permit.tenant());
                assert_eq!(
                    tenant,
                    expected(&world, &actor, action, &resource),
                    "{actor:?} {action:?} {resource:?}"
                );
                match answer {
                    Ok(permit) => {
                        assert_eq!(permit.account(), Some(world.me));
                        permit.covers(&[action]).unwrap();
                        allowed += 1;
                    }
                    Err(_) => denied += 1,
                }
            }
        }
    }
    assert_eq!(allowed + denied, 48 * Action::ALL.len() * 12);
    assert!(
        denied > allowed * 4,
        "most things are denied: {allowed} allowed, {denied} denied"
    );
}

#[test]
fn every_action_is_somebodys() {
    let world = world();
    for &action in Action::ALL {
        let somebody = actors(&world).iter().any(|actor| {
            resources(&world)
                .iter()
                .any(|resource| authorise(actor, action, resource).is_ok())
        });
        assert!(somebody, "{action:?}");
    }
}

/// SEC-86: only the administrator of a managed tenant sees more of the log than one's own.
#[test]
fn the_log_is_ones_own() {
    let world = world();
    for actor in actors(&world).into_iter().filter(|actor| !actor.needs_factor) {
        let permit = authorise(&actor, Action::ReadLog, &Resource::Tenant(world.home)).unwrap();
        let everything = actor.managed && actor.role == Role::Administrator;
        let expected = if everything {
            LogScope::Tenant
        } else {
            LogScope::Own(world.me)
        };
        assert_eq!(permit.log_scope(), expected, "{actor:?}");
    }
}

/// A licence request takes the caller abroad, and for nothing else.
#[test]
fn a_licence_permit_is_good_for_a_licence_alone() {
    let world = world();
    let actor = actors(&world)[7];
    let resource = Resource::Content {
        tenant: world.abroad,
        content: world.content,
        owner: None,
    };
    let permit = authorise(&actor, Action::RequestLicence, &resource).unwrap();
    assert_eq!(permit.tenant(), world.abroad);
    for &action in Action::ALL {
        assert_eq!(permit.covers(&[action]).is_ok(), action == Action::RequestLicence);
    }
    permit
        .covers_content(&[Action::RequestLicence], world.content)
        .unwrap();
    let other = id(ContentId::from_bytes, 9);
    assert!(permit.covers_content(&[Action::RequestLicence], other).is_err());
    assert!(
        permit
            .covers_account(&[Action::RequestLicence], world.colleague)
            .is_err()
    );
    assert!(permit.covers_system().is_err());
}

#[test]
fn the_authoritys_acts_hold_in_their_tenant() {
    let world = world();
    for act in [
        SystemAct::SignUp(world.home),
        SystemAct::SignIn(world.home),
        SystemAct::KeyCare(world.home),
        SystemAct::Housekeeping(world.home),
    ] {
        let permit = Permit::system(act);
        assert_eq!((permit.tenant(), permit.account()), (world.home, None));
        permit.covers_system().unwrap();
    }
}
