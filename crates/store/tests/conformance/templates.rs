use clausa_core::id::TemplateId;
use clausa_store::permit::Action;
use clausa_store::record::template::{Template, TemplateVersionRow};

use super::Fixture;
use super::world::*;
use crate::{commit, look};

fn version(version: u32) -> TemplateVersionRow {
    TemplateVersionRow {
        version,
        encoded: vec![version as u8; 40],
        digest: random(),
        created_at: NOW,
    }
}

fn template(slug: &str) -> Template {
    Template {
        id: TemplateId::from_bytes(random()),
        slug: slug.to_owned(),
        name: format!("Contoso - {slug}"),
        version: version(1),
        archived_at: None,
    }
}

pub async fn templates_have_versions_that_never_change(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (act, read) = (system(janet.tenant()), janet.in_tenant(Action::ReadTemplates));
    let template = template("confidential");
    let id = template.id;
    assert!(commit!(store, [act, template], |tx| tx
        .create_template(act, template)
        .await?));
    let same_slug = Template {
        id: TemplateId::from_bytes(random()),
        ..template.clone()
    };
    assert!(!commit!(store, [act, same_slug], |tx| tx
        .create_template(act, same_slug)
        .await?));
    assert!(!commit!(store, [act, template], |tx| tx
        .create_template(act, template)
        .await?));

    let added = at_once(10, |_| {
        let (store, next) = (store.clone(), version(2));
        async move {
            let added = commit!(store, [act, id, next], |tx| tx
                .add_template_version(act, *id, next)
                .await?);
            added.then_some(next)
        }
    })
    .await;
    let winners: Vec<_> = added.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "a version number is given once");
    let third = version(4);
    assert!(
        !commit!(store, [act, id, third], |tx| tx
            .add_template_version(act, *id, third)
            .await?),
        "a gap"
    );

    let current = look!(store, [read, id], |tx| tx.template(read, *id).await?).unwrap();
    assert_eq!(
        current,
        Template {
            version: winners[0].clone(),
            ..template.clone()
        }
    );
    let first = look!(store, [read, id], |tx| tx.template_version(read, *id, 1).await?);
    assert_eq!(first, Some(template), "old versions stay as they were");
    assert_eq!(
        look!(store, [read, id], |tx| tx.template_version(read, *id, 3).await?),
        None
    );
}

pub async fn archived_templates_are_not_offered(fixture: impl Fixture) {
    let store = fixture.store();
    let janet = janet(store).await;
    let (act, read) = (system(janet.tenant()), janet.in_tenant(Action::ReadTemplates));
    let (second, first) = (template("view-only"), template("confidential"));
    let id = second.id;
    commit!(store, [act, first, second], |tx| {
        tx.create_template(act, second).await?;
        tx.create_template(act, first).await?
    });
    let offered = look!(store, [read], |tx| tx.templates(read).await?);
    assert_eq!(offered, [first.clone(), second.clone()], "by name");
    assert!(commit!(store, [act, id], |tx| tx
        .archive_template(act, *id, Some(NOW))
        .await?));
    assert_eq!(look!(store, [read], |tx| tx.templates(read).await?), [first]);
    let archived = look!(store, [read, id], |tx| tx.template(read, *id).await?);
    assert_eq!(
        archived,
        Some(Template {
            archived_at: Some(NOW),
            ..second
        }),
        "existing files still find it"
    );
    assert!(commit!(store, [act, id], |tx| tx
        .archive_template(act, *id, None)
        .await?));
    assert_eq!(look!(store, [read], |tx| tx.templates(read).await?).len(), 2);
}
