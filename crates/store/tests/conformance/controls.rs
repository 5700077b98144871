//! What an administrator sets for everybody.

use clausa_core::random::{Randomness as _, SystemRandom};
use clausa_store::permit::Action;
use clausa_store::record::account::Role;
use clausa_store::record::controls::Controls;
use clausa_store::record::proof::{Factor, Factors, Proof};
use clausa_store::record::session::SessionRef;
use clausa_store::record::tenant::Plan;
use clausa_store::{Actor, StoreError, authorise};

use super::Fixture;
use super::world::*;
use crate::{commit, look};

fn controls() -> Controls {
    let mut template = [0; 16];
    SystemRandom.fill(&mut template).unwrap();
    let template = clausa_core::id::TemplateId::from_bytes(template);
    let texts = [
        "user:janet@contoso.example".to_owned(),
        format!("group:sales@contoso.example={template}"),
        "domain:contoso.example".to_owned(),
    ];
    Controls {
        joining: true,
        free_plan: false,
        trial_protects: false,
        second_factor: true,
        session_seconds: Some(3_600),
        protectors: texts.iter().map(|text| text.parse().unwrap()).collect(),
        never_receive: vec!["rival.example".parse().unwrap()],
        contact: Some("ask in room 12".to_owned()),
        changed_at: NOW,
    }
}

/// A permit of an administrator, who is nobody but in a managed tenant.
fn administrators(person: &Person) -> clausa_store::Permit {
    let actor = Actor {
        role: Role::Administrator,
        managed: true,
        ..person.actor
    };
    let tenant = clausa_store::permit::Resource::Tenant(person.tenant());
    authorise(&actor, Action::ChangeControls, &tenant).unwrap()
}

async fn manage(store: &clausa_store::Store, person: &Person) {
    let own = system(person.tenant());
    let changed = commit!(store, [own], |tx| tx
        .update_tenant(own, "Contoso", Plan::Individual, true)
        .await?);
    assert!(changed);
}

pub async fn controls_are_kept_for_a_managed_tenant(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (permit, set) = (administrators(&janet), controls());
    let put = async |set: &Controls| commit!(store, [permit, set], |tx| tx.put_controls(permit, set).await?);
    let kept = async || look!(store, [permit], |tx| tx.controls(permit).await?);
    assert!(!put(&set).await);
    assert_eq!(kept().await, None);
    manage(store, &janet).await;
    for set in [set, Controls::default()] {
        assert!(put(&set).await);
        assert_eq!(kept().await, Some(set));
    }
    // Who may do something else may not do this.
    let claims = janet.in_tenant(Action::ClaimTenant);
    let refused: Result<bool, StoreError> = store
        .transact("test", move |tx| {
            Box::pin(async move { tx.put_controls(&claims, &Controls::default()).await })
        })
        .await;
    assert!(matches!(refused.unwrap_err(), StoreError::PermitScope { .. }));
}

pub async fn a_caller_is_held_to_the_controls(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (session, tokens) = super::sessions::signed_in(store, &janet).await;
    let token = tokens.access;
    let caller = async || look!(store, [token], |tx| tx.caller(token, NOW).await?.unwrap());
    let before = caller().await;
    assert_eq!((before.needs_factor, before.ends_at), (false, None));
    manage(store, &janet).await;
    let (permit, set) = (administrators(&janet), controls());
    commit!(store, [permit, set], |tx| tx.put_controls(permit, set).await?);
    let held = caller().await;
    assert!(held.needs_factor && held.actor().needs_factor);
    assert_eq!(held.ends_at, Some(session.created_at.plus_seconds(3_600)));
    let (shown, by) = (
        SessionRef::Client(session.id),
        Factors::of(Factor::Password).and(Factor::Totp),
    );
    let proof = Proof { at: NOW, by };
    commit!(store, [shown, proof], |tx| tx
        .note_proof_of(shown, *proof)
        .await?);
    assert!(!caller().await.needs_factor);
}
