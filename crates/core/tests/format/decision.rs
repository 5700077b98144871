//! The rights decision, case by case (clause 6).

use clausa_core::decision::{Decision, GrantedRights, Question, Refusal, Revocation, Subject, decide};
use clausa_core::id::{AccountId, TemplateId, TenantId};
use clausa_core::policy::{Expiry, Grant, Grants, OfflineWindow, Policy, Principal, TemplateVersion, Terms};
use clausa_core::rights::{Right, Rights};
use proptest::prelude::*;

use crate::world::NOW;

const TENANT: TenantId = TenantId::from_bytes([1; 16]);
const TEMPLATE: TemplateId = TemplateId::from_bytes([2; 16]);

fn rights(text: &str) -> Rights {
    text.parse().unwrap()
}

fn grants(list: &[(Principal, &str)]) -> Grants {
    let grants = list.iter().map(|(principal, text)| Grant {
        principal: principal.clone(),
        rights: rights(text),
    });
    Grants::new(grants.collect()).unwrap()
}

fn account(address: &str) -> Principal {
    Principal::Account(address.parse().unwrap())
}

fn policy(list: &[(Principal, &str)]) -> Policy {
    Policy::new(
        "janet@contoso.example".parse().unwrap(),
        Terms::AdHoc(grants(list)),
    )
}

fn subject(address: &str) -> Subject {
    Subject {
        account: AccountId::from_bytes([9; 16]),
        tenant: TENANT,
        is_member: true,
        addresses: vec![address.parse().unwrap()],
        groups: vec!["board@fabrikam.example".parse().unwrap()],
        verified_domains: vec!["fabrikam.example".parse().unwrap()],
    }
}

fn question() -> Question {
    Question {
        now: NOW,
        first_use: None,
        revocation: None,
        wanted: Right::View.into(),
    }
}

fn dover() -> Subject {
    subject("p.dover@fabrikam.example")
}

fn granted(policy: &Policy, subject: &Subject, question: &Question) -> Result<GrantedRights, Refusal> {
    match decide(policy, None, subject, question) {
        Decision::Granted(granted) => Ok(granted),
        Decision::Refused(refusal) => Err(refusal),
    }
}

/// Clause 6.1.3.
#[test]
fn each_kind_of_principal_names_those_it_should() {
    let named = |principal: Principal| granted(&policy(&[(principal, "VIEW")]), &dover(), &question());
    assert!(named(account("p.dover@fabrikam.example")).is_ok());
    assert_eq!(named(account("q.dover@fabrikam.example")), Err(Refusal::NotNamed));
    assert!(named(Principal::Group("board@fabrikam.example".parse().unwrap())).is_ok());
    assert_eq!(
        named(Principal::Group("staff@fabrikam.example".parse().unwrap())),
        Err(Refusal::NotNamed)
    );
    // A person is no group.
    assert_eq!(
        named(Principal::Group("p.dover@fabrikam.example".parse().unwrap())),
        Err(Refusal::NotNamed)
    );
    // Who typed a group's address meant its members.
    assert!(named(account("board@fabrikam.example")).is_ok());
    assert_eq!(named(account("staff@fabrikam.example")), Err(Refusal::NotNamed));
    assert!(named(Principal::Domain("fabrikam.example".parse().unwrap())).is_ok());
    assert_eq!(
        named(Principal::Domain("sub.fabrikam.example".parse().unwrap())),
        Err(Refusal::NotNamed)
    );
    assert!(named(Principal::TenantMembers(TENANT)).is_ok());
    assert_eq!(
        named(Principal::TenantMembers(TenantId::from_bytes([3; 16]))),
        Err(Refusal::NotNamed)
    );
    assert!(named(Principal::AnyAuthenticated).is_ok());
    let guest = Subject {
        is_member: false,
        ..dover()
    };
    let members = policy(&[(Principal::TenantMembers(TENANT), "VIEW")]);
    assert_eq!(granted(&members, &guest, &question()), Err(Refusal::NotNamed));
}

#[test]
fn rights_of_all_matching_grants_are_united() {
    let policy = policy(&[
        (account("p.dover@fabrikam.example"), "PRINT"),
        (Principal::Domain("fabrikam.example".parse().unwrap()), "VIEW"),
        (account("janet@contoso.example"), "OWNER"),
    ]);
    let granted = granted(&policy, &dover(), &question()).unwrap();
    assert_eq!(granted.rights, rights("VIEW,PRINT"));
    assert!(!granted.is_owner);
}

#[test]
fn only_me_lets_nobody_else_in() {
    assert_eq!(
        granted(&policy(&[]), &dover(), &question()),
        Err(Refusal::NotNamed)
    );
    let janet = granted(&policy(&[]), &subject("janet@contoso.example"), &question()).unwrap();
    assert!(janet.is_owner && janet.rights.contains(Right::Export));
}

/// Clause 6.1.7.
#[test]
fn the_right_that_the_act_needs_must_be_there() {
    let policy = policy(&[(account("p.dover@fabrikam.example"), "VIEW,PRINT")]);
    let export = Question {
        wanted: Right::Export.into(),
        ..question()
    };
    assert_eq!(
        granted(&policy, &dover(), &export),
        Err(Refusal::MissingRight { right: Right::Export })
    );
    let co_owner = self::policy(&[(account("p.dover@fabrikam.example"), "OWNER")]);
    let granted = granted(&co_owner, &dover(), &export).unwrap();
    assert!(!granted.is_owner, "the right OWNER does not make the owner");
}

/// SEC-43
/// Clauses 6.1.1, 6.1.5 and 6.1.6.
#[test]
fn dates_bind_everybody_but_the_owner() {
    let mut policy = policy(&[(account("p.dover@fabrikam.example"), "OWNER")]);
    policy.not_before = Some(NOW);
    policy.expiry = Some(Expiry::At(NOW.plus_seconds(10)));
    let at = |now, address: &str| granted(&policy, &subject(address), &Question { now, ..question() });
    let dover = |now| at(now, "p.dover@fabrikam.example");
    assert_eq!(
        dover(NOW.minus_seconds(1)),
        Err(Refusal::NotYetValid { from: NOW })
    );
    assert_eq!(dover(NOW).unwrap().not_after, Some(NOW.plus_seconds(10)));
    assert!(dover(NOW.plus_seconds(10)).is_ok());
    assert_eq!(
        dover(NOW.plus_seconds(11)),
        Err(Refusal::Expired {
            at: NOW.plus_seconds(10)
        })
    );
    for now in [NOW.minus_seconds(1), NOW.plus_seconds(11)] {
        let owner = at(now, "janet@contoso.example").unwrap();
        assert_eq!((owner.not_after, owner.rights), (None, Rights::OWNER));
    }
}

#[test]
fn days_count_from_each_persons_first_use() {
    let mut policy = policy(&[(account("p.dover@fabrikam.example"), "VIEW")]);
    policy.expiry = Some(Expiry::DaysAfterFirstUse(3));
    let at = |now, first_use| {
        granted(
            &policy,
            &dover(),
            &Question {
                now,
                first_use,
                ..question()
            },
        )
    };
    assert_eq!(at(NOW, None).unwrap().not_after, Some(NOW.plus_days(3)));
    assert_eq!(
        at(NOW.plus_days(3), Some(NOW)).unwrap().not_after,
        Some(NOW.plus_days(3))
    );
    let over = NOW.plus_days(3).plus_seconds(1);
    assert_eq!(
        at(over, Some(NOW)),
        Err(Refusal::Expired { at: NOW.plus_days(3) })
    );
}

/// Clauses 6.1.1 and 6.1.4.
#[test]
fn revocation_binds_everybody_and_the_owner_when_asked_for() {
    let policy = policy(&[(account("p.dover@fabrikam.example"), "OWNER")]);
    let revoked = |binds_owner| Question {
        revocation: Some(Revocation { at: NOW, binds_owner }),
        ..question()
    };
    let janet = subject("janet@contoso.example");
    for binds_owner in [false, true] {
        let refused = granted(&policy, &dover(), &revoked(binds_owner));
        assert_eq!(refused, Err(Refusal::Revoked { at: NOW }));
        assert_eq!(
            granted(&policy, &janet, &revoked(binds_owner)).is_ok(),
            !binds_owner
        );
    }
    // An outsider does not learn that there was something to revoke.
    assert_eq!(
        granted(&policy, &subject("eve@evil.example"), &revoked(true)),
        Err(Refusal::NotNamed)
    );
}

/// SEC-43
/// Clause 6.1.8.
#[test]
fn the_offline_window_ends_with_the_licence() {
    let mut policy = policy(&[(account("p.dover@fabrikam.example"), "VIEW")]);
    let until = |policy: &Policy| granted(policy, &dover(), &question()).unwrap().offline_until;
    assert_eq!(until(&policy), NOW, "none unless granted");
    policy.offline = Some(OfflineWindow::from_days(7).unwrap());
    assert_eq!(until(&policy), NOW.plus_days(7));
    policy.expiry = Some(Expiry::At(NOW.plus_days(2)));
    assert_eq!(until(&policy), NOW.plus_days(2));
    let owner = granted(&policy, &subject("janet@contoso.example"), &question()).unwrap();
    assert_eq!(owner.offline_until, NOW.plus_days(30));
}

/// Clause 6.1.2.
#[test]
fn a_templates_current_version_counts() {
    let mut policy = Policy::new(
        "janet@contoso.example".parse().unwrap(),
        Terms::Template {
            id: TEMPLATE,
            digest: [0; 32],
        },
    );
    let mut template = TemplateVersion {
        id: TEMPLATE,
        version: 3,
        grants: grants(&[(Principal::TenantMembers(TENANT), "VIEW,VIEWRIGHTSDATA")]),
        expiry: None,
        offline: OfflineWindow::from_days(7).unwrap(),
    };
    let ask =
        |policy: &Policy, template: Option<&TemplateVersion>| decide(policy, template, &dover(), &question());
    let Decision::Granted(granted) = ask(&policy, Some(&template)) else {
        panic!("refused")
    };
    assert_eq!(
        (granted.rights, granted.offline_until),
        (rights("VIEW,VIEWRIGHTSDATA"), NOW.plus_days(7))
    );
    policy.offline = Some(OfflineWindow::NONE);
    let Decision::Granted(granted) = ask(&policy, Some(&template)) else {
        panic!("refused")
    };
    assert_eq!(granted.offline_until, NOW, "the shorter window");
    assert_eq!(ask(&policy, None), Decision::Refused(Refusal::TemplateUnknown));
    template.expiry = Some(Expiry::At(NOW.minus_seconds(1)));
    assert_eq!(
        ask(&policy, Some(&template)),
        Decision::Refused(Refusal::Expired {
            at: NOW.minus_seconds(1)
        })
    );
    template.id = TemplateId::from_bytes([5; 16]);
    assert_eq!(
        ask(&policy, Some(&template)),
        Decision::Refused(Refusal::TemplateUnknown)
    );
    let janet = subject("janet@contoso.example");
    assert!(
        matches!(decide(&policy, None, &janet, &question()), Decision::Granted(_)),
        "the owner needs none"
    );
}

proptest! {
    /// Nobody gets a right that no grant naming him lists, nor a time that the policy does not give.
    #[test]
    fn nothing_is_ever_widened(
        bits in proptest::collection::vec((0_usize..6, 1_u16..1 << 14), 0..6),
        is_member: bool,
        offsets in (0_u64..200, 0_u64..200),
        first_use in proptest::option::of(0_u64..200),
        window in 0_u32..100,
        revoked: bool,
        wanted in 0_u16..1 << 14,
    ) {
        let principals = [
            account("p.dover@fabrikam.example"),
            account("somebody.else@fabrikam.example"),
            Principal::Group("board@fabrikam.example".parse().unwrap()),
            Principal::Domain("other.example".parse().unwrap()),
            Principal::TenantMembers(TENANT),
            Principal::AnyAuthenticated,
        ];
        let names_dover = |kind: usize| matches!(kind, 0 | 2 | 5) || kind == 4 && is_member;
        let list = bits.iter().map(|(kind, bits)| Grant {
            principal: principals[*kind].clone(),
            rights: Rights::from_bits(*bits).unwrap(),
        });
        let mut policy = Policy::new(
            "janet@contoso.example".parse().unwrap(),
            Terms::AdHoc(Grants::new(list.collect()).unwrap()),
        );
        policy.not_before = Some(NOW.plus_seconds(offsets.0).minus_seconds(100));
        policy.expiry = Some(Expiry::At(NOW.plus_seconds(offsets.1).minus_seconds(100)));
        policy.offline = Some(OfflineWindow::from_seconds(window).unwrap());
        let wanted = Rights::from_bits(wanted).unwrap();
        let revocation = revoked.then_some(Revocation { at: NOW, binds_owner: false });
        let question = Question { now: NOW, first_use: first_use.map(|s| NOW.minus_seconds(s)), revocation, wanted };
        if let Ok(granted) = granted(&policy, &Subject { is_member, ..dover() }, &question) {
            let allowed = bits.iter().filter(|(kind, _)| names_dover(*kind)).fold(0, |all, (_, bits)| all | bits);
            prop_assert_eq!(granted.rights.bits(), allowed);
            prop_assert!(allowed != 0 && !revoked && !granted.is_owner);
            prop_assert_eq!(granted.rights.first_missing(wanted), None);
            prop_assert!(offsets.0 <= 100 && offsets.1 >= 100);
            prop_assert!(granted.offline_until <= NOW.plus_seconds(window.into()));
            prop_assert!(granted.offline_until <= granted.not_after.unwrap());
        }
    }
}
