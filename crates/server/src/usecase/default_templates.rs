//! The two templates that every tenant is made with.

use clausa_core::id::{TemplateId, TenantId};
use clausa_core::policy::{Grant, Grants, OfflineWindow, Principal, TemplateVersion};
use clausa_core::random::Randomness;
use clausa_core::rights::{Right, Rights};
use clausa_store::record::micros::Micros;
use clausa_store::record::template::{Template, TemplateVersionRow};

use super::failure::Failure;

/// How the templates of a personal tenant begin.
const PERSONAL: &str = "Personal";
/// Offline window of both.
const OFFLINE_DAYS: u16 = 7;

/// What "Confidential" gives to every member of the organisation.
const CONFIDENTIAL: [Right; 9] = [
    Right::View,
    Right::Edit,
    Right::DocEdit,
    Right::Comment,
    Right::ViewRightsData,
    Right::ObjModel,
    Right::Forward,
    Right::Reply,
    Right::ReplyAll,
];

/// What "Confidential View Only" gives to every member of the organisation.
const VIEW_ONLY: [Right; 2] = [Right::View, Right::ViewRightsData];

/// `<Organisation> - Confidential` and `<Organisation> - Confidential View Only`, both for all members.
///
/// # Errors
///
/// [`Failure::Randomness`] when no identifier can be drawn.
pub fn default_templates(
    tenant: TenantId,
    organisation: Option<&str>,
    now: Micros,
    rng: &mut dyn Randomness,
) -> Result<Vec<Template>, Failure> {
    let organisation = organisation.unwrap_or(PERSONAL);
    let kinds: [(&str, &str, &[Right]); 2] = [
        ("confidential", "Confidential", &CONFIDENTIAL),
        ("confidential-view-only", "Confidential View Only", &VIEW_ONLY),
    ];
    let mut templates = Vec::with_capacity(kinds.len());
    for (slug, title, rights) in kinds {
        let id = TemplateId::generate(rng)?;
        let rights: Rights = rights.iter().copied().collect();
        let grants = Grants::new(vec![Grant {
            principal: Principal::TenantMembers(tenant),
            rights,
        }])
        .map_err(|_| Failure::Missing("grants of a default template"))?;
        let offline = OfflineWindow::from_days(OFFLINE_DAYS)
            .map_err(|_| Failure::Missing("offline window of a template"))?;
        let version = TemplateVersion {
            id,
            version: 1,
            grants,
            expiry: None,
            offline,
        };
        templates.push(Template {
            id,
            slug: slug.to_owned(),
            name: format!("{organisation} - {title}"),
            version: TemplateVersionRow {
                version: version.version,
                encoded: version.to_bytes(),
                digest: version.digest(),
                created_at: now,
            },
            archived_at: None,
        });
    }
    Ok(templates)
}

#[cfg(test)]
mod tests {
    use clausa_core::id::TenantId;
    use clausa_core::policy::{Principal, TemplateVersion};
    use clausa_core::random::SystemRandom;
    use clausa_store::record::micros::Micros;

    use super::default_templates;

    #[test]
    fn they_say_what_the_product_promises() {
        let tenant = TenantId::from_bytes([7; 16]);
        let made = default_templates(tenant, Some("Contoso"), Micros(0), &mut SystemRandom).unwrap();
        let names: Vec<_> = made.iter().map(|template| template.name.as_str()).collect();
        assert_eq!(
            names,
            ["Contoso - Confidential", "Contoso - Confidential View Only"]
        );
        let rights: Vec<_> = made
            .iter()
            .map(|template| {
                let version = TemplateVersion::parse(&template.version.encoded).unwrap();
                assert_eq!(version.digest(), template.version.digest);
                assert_eq!(version.offline.seconds(), 7 * 86_400);
                let [grant] = version.grants.iter().as_slice() else {
                    panic!("one grant")
                };
                assert_eq!(grant.principal, Principal::TenantMembers(tenant));
                grant.rights.to_string()
            })
            .collect();
        assert_eq!(
            rights,
            [
                "VIEW,EDIT,DOCEDIT,COMMENT,FORWARD,REPLY,REPLYALL,VIEWRIGHTSDATA,OBJMODEL",
                "VIEW,VIEWRIGHTSDATA"
            ]
        );
    }
}
