//! What an administrator sets for everybody: each control where it is enforced, and who may set it (`SEC-86`).

use clausa_api::controls::{Controls, ControlsChange, Preview, PreviewRequest};
use clausa_api::licence::LicencePurpose;
use clausa_api::signup::SignupRequest;
use clausa_api::{Bytes, Problem, ProblemType, paths};
use clausa_core::certificate::Scope;
use clausa_server::config::LimitsConfig;
use serde_json::json;

use crate::support::{Answer, House, Person, Published};

struct Office {
    house: House,
    janet: Person,
    sam: Person,
    dover: Person,
}

impl Office {
    /// Janet administers Contoso; Sam works there; P. Dover works elsewhere.
    async fn open() -> Self {
        let house = House::open_with(|config| config.limits = LimitsConfig::wide()).await;
        let janet = house.person("janet@contoso.example").await;
        let sam = house.person("sam@contoso.example").await;
        let dover = house.person("p.dover@fabrikam.example").await;
        house.administrate(&janet).await;
        Self {
            house,
            janet,
            sam,
            dover,
        }
    }

    async fn try_set(&self, who: &Person, change: &ControlsChange) -> Answer {
        let body = serde_json::to_string(change).unwrap();
        let request = who.request("PATCH", paths::CONTROLS, Some(body));
        self.house.send(request).await
    }

    async fn set(&self, change: ControlsChange) -> Controls {
        self.house.all_fresh("password totp").await;
        self.try_set(&self.janet, &change).await.json()
    }

    async fn protectors(&self, protectors: &[&str]) -> Controls {
        self.set(ControlsChange {
            protectors: Some(protectors.iter().map(ToString::to_string).collect()),
            ..ControlsChange::default()
        })
        .await
    }

    async fn preview(&self, protectors: &[&str]) -> Vec<(String, bool, Vec<String>)> {
        let request = PreviewRequest {
            change: ControlsChange {
                protectors: Some(protectors.iter().map(ToString::to_string).collect()),
                ..ControlsChange::default()
            },
            after: None,
        };
        let answer = self
            .janet
            .post(&self.house, paths::CONTROLS_PREVIEW, &request)
            .await;
        let preview: Preview = answer.json();
        assert_eq!(preview.next, None);
        let people = preview.people.into_iter();
        people.map(|one| (one.address, one.protects, one.by)).collect()
    }

    async fn convert(&self, plan: &str) -> Controls {
        self.set(ControlsChange {
            plan: Some(plan.to_owned()),
            ..ControlsChange::default()
        })
        .await
    }

    async fn try_signup(&self, address: &str) -> Answer {
        let request = SignupRequest {
            address: address.to_owned(),
            challenge: Bytes(vec![7; 32]),
            waiting: None,
        };
        let request = axum::http::Request::builder()
            .method("POST")
            .uri(paths::SIGNUPS)
            .header("host", self.janet.origin.authority())
            .header("content-type", "application/json")
            .body(axum::body::Body::from(serde_json::to_string(&request).unwrap()));
        self.house.send(request.unwrap()).await
    }

    async fn file_of(&self, owner: &Person, reader: &Person) -> Published {
        owner
            .publish(&self.house, &owner.policy(&[(reader.address.as_str(), "VIEW")]))
            .await
    }

    async fn ask(&self, who: &Person, file: &Published) -> Answer {
        who.ask(&self.house, file, LicencePurpose::Open).await
    }
}

fn refused(answer: &Answer, kind: ProblemType) -> Problem {
    answer.refused(kind)
}

#[tokio::test]
async fn only_the_administrator_sets_and_shows_again_that_it_is_him() {
    let office = Office::open().await;
    let change = ControlsChange {
        joining: Some(true),
        ..ControlsChange::default()
    };
    refused(
        &office.try_set(&office.janet, &change).await,
        ProblemType::StepUpNeeded,
    );
    office.house.all_fresh("password").await;
    for other in [&office.sam, &office.dover] {
        refused(&office.try_set(other, &change).await, ProblemType::NotPermitted);
        let read = other.get(&office.house, paths::CONTROLS).await;
        refused(&read, ProblemType::NotPermitted);
        let preview = PreviewRequest::default();
        let answer = other.post(&office.house, paths::CONTROLS_PREVIEW, &preview).await;
        refused(&answer, ProblemType::NotPermitted);
    }
    let before: Controls = office.janet.get(&office.house, paths::CONTROLS).await.json();
    assert!(!before.joining && before.free_plan && before.trial_protects && !before.second_factor);
    assert_eq!(
        (before.protectors, before.changed_at),
        (vec!["everybody".to_owned()], None)
    );
    let after: Controls = office.try_set(&office.janet, &change).await.json();
    assert!(after.joining && after.free_plan && after.changed_at.is_some());
    let read: Controls = office.janet.get(&office.house, paths::CONTROLS).await.json();
    assert_eq!(read, after);
    let logged = "SELECT COUNT(*) FROM log WHERE request = 'ChangeControls' AND admin_action = 1";
    assert_eq!(office.house.count(logged).await, 1);
    // Somebody whose role is taken away, or whose tenant is nobody's, has lost it at the next call.
    office.house.sql("UPDATE tenants SET managed = 0").await;
    refused(
        &office.try_set(&office.janet, &change).await,
        ProblemType::NotPermitted,
    );
}

#[tokio::test]
async fn what_breaks_a_rule_is_not_set() {
    let office = Office::open().await;
    office.house.all_fresh("password totp").await;
    for (change, told) in [
        (json!({"protectors": ["janet"]}), "written as"),
        (
            json!({"protectors": ["group:nobody@contoso.example"]}),
            "no such group",
        ),
        (
            json!({"protectors": ["domain:fabrikam.example"]}),
            "no such domain",
        ),
        (json!({"protectors": ["everybody=unheard-of"]}), "written as"),
        (json!({"protectors": vec!["everybody"; 201]}), "at most 200"),
        (json!({"never_receive": ["no domain"]}), "no domain"),
        (json!({"never_receive": ["contoso.example"]}), "your own people"),
        (json!({"plan": "free"}), "individual or organisation"),
        (json!({"session_hours": 2161}), "at most 2160"),
        (json!({"contact": "two\nlines"}), "one line"),
    ] {
        let request = office
            .janet
            .request("PATCH", paths::CONTROLS, Some(change.to_string()));
        let answer = office.house.send(request).await;
        let problem = refused(&answer, ProblemType::InvalidRequest);
        assert!(
            problem.detail.as_ref().unwrap().contains(told),
            "{change}: {problem:?}"
        );
    }
    assert_eq!(office.house.count("SELECT COUNT(*) FROM controls").await, 0);
}

#[tokio::test]
async fn joining_is_the_administrators_to_open_and_to_close() {
    let office = Office::open().await;
    let newcomer = "late@contoso.example";
    refused(&office.try_signup(newcomer).await, ProblemType::JoiningRefused);
    office
        .set(ControlsChange {
            contact: Some("ask in room 12".to_owned()),
            ..ControlsChange::default()
        })
        .await;
    let told = refused(&office.try_signup(newcomer).await, ProblemType::JoiningRefused);
    assert!(told.detail.unwrap().contains("ask in room 12"));
    assert_eq!(told.contact.as_deref(), Some("ask in room 12"));
    office
        .set(ControlsChange {
            joining: Some(true),
            ..ControlsChange::default()
        })
        .await;
    assert!(office.try_signup(newcomer).await.status.is_success());
    let told = refused(
        &office.try_signup("sam@contoso.example").await,
        ProblemType::AccountExists,
    );
    assert!(told.detail.is_some());
    office
        .set(ControlsChange {
            free_plan: Some(false),
            ..ControlsChange::default()
        })
        .await;
    let told = refused(&office.try_signup(newcomer).await, ProblemType::JoiningRefused);
    assert!(told.detail.unwrap().contains("present plan"));
    // On the organisation's own plan that says nothing.
    office.convert("organisation").await;
    assert!(office.try_signup(newcomer).await.status.is_success());
}

#[tokio::test]
async fn whoever_is_not_named_protects_nothing_new() {
    let office = Office::open().await;
    let old = office.file_of(&office.sam, &office.dover).await;
    let registered = office.file_of(&office.sam, &office.dover).await;
    let answer = office.sam.register(&office.house, &registered, None).await;
    assert!(answer.status.is_success());
    office.house.clock.advance_seconds(60);
    let preview = office.preview(&["user:janet@contoso.example"]).await;
    assert_eq!(
        preview,
        [
            (
                "janet@contoso.example".to_owned(),
                true,
                vec!["user:janet@contoso.example".to_owned()]
            ),
            ("sam@contoso.example".to_owned(), false, Vec::new()),
        ]
    );
    assert_eq!(office.house.count("SELECT COUNT(*) FROM controls").await, 0);
    let set = office.protectors(&["user:janet@contoso.example"]).await;
    assert_eq!(set.protectors, ["user:janet@contoso.example"]);

    office.house.clock.advance_seconds(60);
    let new = office.file_of(&office.sam, &office.dover).await;
    let answer = office.sam.register(&office.house, &new, None).await;
    let told = refused(&answer, ProblemType::ProtectingRefused);
    assert!(told.detail.unwrap().contains("has not named you"));
    let several = office
        .sam
        .register_several(&office.house, &[&new, &registered])
        .await;
    assert_eq!(several, [Some(ProblemType::ProtectingRefused), None]);
    // Nor by the way round: a reader's request would register it.
    refused(
        &office.ask(&office.dover, &new).await,
        ProblemType::ProtectingRefused,
    );
    let logged = "SELECT COUNT(*) FROM log WHERE result = 'protecting-refused'";
    assert_eq!(office.house.count(logged).await, 3);
    // What was protected before opens, registered or not.
    for file in [&old, &registered] {
        for who in [&office.sam, &office.dover] {
            who.open(&office.house, file).await;
        }
    }
    let own = office.file_of(&office.janet, &office.sam).await;
    assert!(
        office
            .janet
            .register(&office.house, &own, None)
            .await
            .status
            .is_success()
    );
    // And the next certificate lets nobody else publish.
    let scope = async |who: &Person| {
        let key = Bytes(who.decryption.public().as_bytes().to_vec());
        let body = json!({"decryption_key": key, "name": "t", "platform": "t", "keystore": "file"});
        office.house.clock.advance_seconds(300 * 86_400);
        let answer = who.post(&office.house, paths::DEVICES, &body).await;
        let enrolled: clausa_api::device::EnrolDeviceAnswer = answer.json();
        let leaf = clausa_core::certificate::SignedLicensorCertificate::parse(&enrolled.licensor_chain[0].0);
        leaf.unwrap().claims().scope
    };
    assert_eq!(scope(&office.sam).await, Scope::SEAL);
    assert_eq!(scope(&office.janet).await, Scope::ALL);
}

#[tokio::test]
async fn some_protect_by_template_alone() {
    let office = Office::open().await;
    let templates: clausa_api::template::TemplateList =
        office.janet.get(&office.house, paths::TEMPLATES).await.json();
    let slug = &templates.templates[0].slug;
    let protector = format!("domain:contoso.example={slug}");
    let set = office.protectors(&[&protector]).await;
    assert_eq!(set.protectors, std::slice::from_ref(&protector));
    office.house.clock.advance_seconds(60);
    let free = office.file_of(&office.sam, &office.dover).await;
    let answer = office.sam.register(&office.house, &free, None).await;
    let told = refused(&answer, ProblemType::ProtectingRefused);
    assert!(told.detail.unwrap().contains("other templates only"));
    let by = |template: &clausa_api::template::Template| {
        clausa_core::policy::Policy::new(
            office.sam.address.clone(),
            clausa_core::policy::Terms::Template {
                id: template.id,
                digest: template.digest.0.clone().try_into().unwrap(),
            },
        )
    };
    let other = office
        .sam
        .publish(&office.house, &by(&templates.templates[1]))
        .await;
    let answer = office.sam.register(&office.house, &other, None).await;
    refused(&answer, ProblemType::ProtectingRefused);
    let right = office
        .sam
        .publish(&office.house, &by(&templates.templates[0]))
        .await;
    assert!(
        office
            .sam
            .register(&office.house, &right, None)
            .await
            .status
            .is_success()
    );
}

#[tokio::test]
async fn nobody_protects_in_a_trial_that_does_not() {
    let office = Office::open().await;
    office
        .set(ControlsChange {
            trial_protects: Some(false),
            ..ControlsChange::default()
        })
        .await;
    office.house.clock.advance_seconds(60);
    let file = office.file_of(&office.janet, &office.sam).await;
    let answer = office.janet.register(&office.house, &file, None).await;
    let told = refused(&answer, ProblemType::ProtectingRefused);
    assert!(told.detail.unwrap().contains("present plan"));
    office.convert("organisation").await;
    assert!(
        office
            .janet
            .register(&office.house, &file, None)
            .await
            .status
            .is_success()
    );
}

#[tokio::test]
async fn a_domain_that_never_receives_gets_no_licence() {
    let office = Office::open().await;
    let house = &office.house;
    let below = house.person("q@sales.fabrikam.example").await;
    let other = house.person("x@litware.example").await;
    let mut files = Vec::new();
    for reader in [&office.dover, &below, &other, &office.sam] {
        let file = office.file_of(&office.janet, reader).await;
        reader.open(house, &file).await;
        files.push((reader, file));
    }
    office
        .set(ControlsChange {
            never_receive: Some(vec!["fabrikam.example".to_owned()]),
            ..ControlsChange::default()
        })
        .await;
    for (reader, file) in &files[..2] {
        let told = refused(&office.ask(reader, file).await, ProblemType::ReceivingRefused);
        assert!(told.detail.unwrap().contains("fabrikam.example"));
    }
    for (reader, file) in &files[2..] {
        reader.open(house, file).await;
    }
    let logged = "SELECT COUNT(*) FROM log WHERE result = 'receiving-refused'";
    assert_eq!(house.count(logged).await, 2);
    // Whoever protects learns it then, and the file does not get its name.
    let new = office.file_of(&office.janet, &office.dover).await;
    let answer = office.janet.register(house, &new, None).await;
    refused(&answer, ProblemType::ReceivingRefused);
    // Theirs open for us.
    let theirs = office.file_of(&office.dover, &office.sam).await;
    office.sam.open(house, &theirs).await;
    office
        .set(ControlsChange {
            never_receive: Some(Vec::new()),
            ..ControlsChange::default()
        })
        .await;
    for (reader, file) in &files {
        reader.open(house, file).await;
    }
}

#[tokio::test]
async fn everybody_shows_two_factors_where_the_administrator_asks_for_them() {
    let office = Office::open().await;
    let house = &office.house;
    let change = ControlsChange {
        second_factor: Some(true),
        ..ControlsChange::default()
    };
    // Not before he has two himself.
    house.all_fresh("password").await;
    refused(
        &office.try_set(&office.janet, &change).await,
        ProblemType::StepUpNeeded,
    );
    office.set(change).await;
    let file = office.file_of(&office.janet, &office.sam).await;
    house.all_fresh("password").await;
    for path in [paths::TEMPLATES, paths::LOG] {
        refused(&office.sam.get(house, path).await, ProblemType::FactorNeeded);
    }
    refused(&office.ask(&office.sam, &file).await, ProblemType::FactorNeeded);
    for path in [
        paths::ME,
        paths::FACTORS,
        paths::STEP_UP,
        paths::SESSIONS,
        paths::DEVICES,
    ] {
        assert!(office.sam.get(house, path).await.status.is_success(), "{path}");
    }
    // Others are not asked.
    assert!(
        office
            .dover
            .get(house, paths::TEMPLATES)
            .await
            .status
            .is_success()
    );
    for by in ["password totp", "mail-code recovery-code", "passkey"] {
        house.all_fresh(by).await;
        assert!(
            office.sam.get(house, paths::TEMPLATES).await.status.is_success(),
            "{by}"
        );
        office.sam.open(house, &file).await;
    }
}

#[tokio::test]
async fn sign_ins_end_when_the_administrator_says() {
    let office = Office::open().await;
    let house = &office.house;
    office
        .set(ControlsChange {
            session_hours: Some(8),
            ..ControlsChange::default()
        })
        .await;
    let file = office.file_of(&office.janet, &office.sam).await;
    house.clock.advance_seconds(8 * 3_600 - 1);
    assert!(office.sam.get(house, paths::ME).await.status.is_success());
    office.sam.open(house, &file).await;
    house.clock.advance_seconds(1);
    let told = refused(&office.sam.get(house, paths::ME).await, ProblemType::NotSignedIn);
    assert!(told.detail.unwrap().contains("ends sign-ins"));
    refused(&office.ask(&office.sam, &file).await, ProblemType::NotSignedIn);
    assert!(office.dover.get(house, paths::ME).await.status.is_success());
}

/// SEC-89: the plan is a flag, there and back.
#[tokio::test]
async fn a_conversion_changes_the_plan_and_nothing_else() {
    const KEPT: [&str; 13] = [
        "accounts",
        "addresses",
        "certificates",
        "contents",
        "devices",
        "domains",
        "group_members",
        "key_sets",
        "member_groups",
        "root_keys",
        "template_versions",
        "templates",
        "tenant_keys",
    ];
    let office = Office::open().await;
    let house = &office.house;
    let registered = office.file_of(&office.sam, &office.dover).await;
    let new = office.file_of(&office.janet, &office.sam).await;
    for (owner, reader, file) in [
        (&office.sam, &office.dover, &registered),
        (&office.janet, &office.sam, &new),
    ] {
        assert!(
            owner
                .register(house, file, Some("plan.txt"))
                .await
                .status
                .is_success()
        );
        reader.open(house, file).await;
    }
    office.set(ControlsChange::default()).await;
    let rows = async || {
        let mut all = Vec::new();
        for table in KEPT {
            all.push(house.database.rows(table).await);
        }
        all
    };
    let (before, tenants) = (rows().await, house.database.rows("tenants").await);
    assert_eq!(office.convert("organisation").await.plan, "organisation");
    let converted = house.database.rows("tenants").await;
    assert_ne!(converted, tenants);
    assert_eq!(converted.replace("organisation", "individual"), tenants);
    assert_eq!(rows().await, before);
    office.dover.open(house, &registered).await;
    office.sam.open(house, &new).await;
    assert_eq!(office.convert("individual").await.plan, "individual");
    assert_eq!(house.database.rows("tenants").await, tenants);
    office.dover.open(house, &registered).await;
}
