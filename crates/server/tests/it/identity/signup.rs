//! Sign-up in the terminal: every branch that does not need a browser.

use clausa_api::ProblemType;
use clausa_api::identity::Identity;
use clausa_api::paths;
use clausa_api::signup::{SignupDone, SignupState, SignupStep};

use super::support::{Begun, Desk, Device, Member, random32};

fn done(state: &SignupState) -> &SignupDone {
    match &state.next {
        SignupStep::Done(done) => done,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn from_an_address_to_somebody_signed_in() {
    let desk = Desk::open().await;
    let begun = desk.begin("Janet@Contoso.Example").await;
    // SEC-72: before the proof there is a sign-up, a code and a mail, and nothing else.
    for table in ["accounts", "tenants", "sessions", "tenant_keys", "templates"] {
        let query: &'static str = format!("SELECT count(*) FROM {table}").leak();
        assert_eq!(desk.count(query).await, 0, "{table}");
    }
    let code = desk.code_for("janet@contoso.example").await;
    let state: SignupState = desk
        .prove(&begun, &format!("{} {}", &code[..4], &code[4..]))
        .await
        .json();
    assert_eq!(state.next, SignupStep::Profile);
    assert_eq!(desk.count("SELECT count(*) FROM accounts").await, 0);

    let state: SignupState = desk.profile(&begun, None).await.json();
    let made = done(&state);
    assert_eq!(made.organisation.as_deref(), Some("Contoso"));
    assert!(made.organisation_is_new);
    assert_eq!(desk.state(&begun).await.json::<SignupState>(), state);

    let device = Device::new();
    let janet = Member::new(device, &desk.exchange_signup(&begun, &Device::new()).await.json());
    // The tokens were bound to the other device's key.
    desk.call(&janet, "GET", paths::ME, None)
        .await
        .refused(ProblemType::ProofInvalid);
    // And a sign-up is exchanged once.
    desk.exchange_signup(&begun, &janet.device)
        .await
        .refused(ProblemType::SignInRefused);

    let janet = desk.member("other@contoso.example").await;
    let me: Identity = desk.call(&janet, "GET", paths::ME, None).await.json();
    assert_eq!(me.tenant, made.tenant);
    assert_eq!(me.display_name.as_deref(), Some("Janet"));
    assert!(!me.managed);
}

#[tokio::test]
async fn a_second_person_joins_the_first_ones_organisation() {
    let desk = Desk::open().await;
    let (_, first) = desk.finished("janet@contoso.example", None).await;
    let (_, second) = desk.finished("sam@contoso.example", None).await;
    let (_, stranger) = desk.finished("p.dover@fabrikam.example", None).await;
    assert_eq!(done(&first).tenant, done(&second).tenant);
    assert!(!done(&second).organisation_is_new);
    assert_ne!(done(&first).tenant, done(&stranger).tenant);
    assert_eq!(desk.count("SELECT count(*) FROM tenants").await, 2);
    // SEC-86: the first is as much a member as the second.
    assert_eq!(
        desk.count("SELECT count(*) FROM accounts WHERE role <> 'member'")
            .await,
        0
    );
    // SEC-88 of subdomains: they are another organisation.
    let (_, below) = desk.finished("kim@lab.contoso.example", None).await;
    assert_ne!(done(&first).tenant, done(&below).tenant);
}

/// What is a group's is nobody's own: several people read its mail, one of whom would sign in for all.
#[tokio::test]
async fn a_groups_address_gets_no_account() {
    let desk = Desk::open().await;
    desk.finished("janet@contoso.example", None).await;
    let begun = desk.begin("blue@contoso.example").await;
    let blue = "blue@contoso.example".parse().unwrap();
    clausa_server::usecase::groups::create(desk.authority().state(), &blue, "")
        .await
        .unwrap();
    let code = desk.code_for("blue@contoso.example").await;
    desk.prove(&begun, &code).await;
    let problem = desk
        .profile(&begun, None)
        .await
        .refused(ProblemType::AddressRefused);
    assert!(problem.detail.unwrap().contains("shared"));
    assert_eq!(desk.count("SELECT count(*) FROM accounts").await, 1);
}

#[tokio::test]
async fn consumer_addresses_get_accounts_of_their_own() {
    // SEC-93
    let desk = Desk::open().await;
    let (_, one) = desk.finished("reader.one@gmail.com", None).await;
    let (_, two) = desk.finished("reader.two@gmail.com", None).await;
    assert_ne!(done(&one).tenant, done(&two).tenant);
    assert_eq!(done(&one).organisation, None);
    assert!(!done(&one).organisation_is_new || done(&one).organisation.is_none());
    assert_eq!(
        desk.count("SELECT count(*) FROM tenants WHERE personal = 1")
            .await,
        2
    );
    assert_eq!(desk.count("SELECT count(*) FROM domains").await, 0);

    let strict = Desk::open_with(|config| config.signup.personal_accounts = false).await;
    for address in ["reader@gmail.com", "reader@mailinator.com"] {
        strict
            .try_begin(address, &random32())
            .await
            .refused(ProblemType::AddressRefused);
    }
}

#[tokio::test]
async fn addresses_that_cannot_sign_up_are_told_why() {
    let desk = Desk::open().await;
    for (address, kind, told) in [
        ("janet", ProblemType::AddressInvalid, "@"),
        (
            "janet@contoso.example\nBcc: x@y.example",
            ProblemType::AddressInvalid,
            "spaces",
        ),
        (
            "m\u{131}ke@contoso.example",
            ProblemType::AddressInvalid,
            "plain letters",
        ),
        (
            "support@contoso.example",
            ProblemType::AddressRefused,
            "shared or automatic",
        ),
        ("janet@co.uk", ProblemType::AddressRefused, "anybody can register"),
        ("janet@printer.local", ProblemType::AddressRefused, "reserved"),
    ] {
        let problem = desk.try_begin(address, &random32()).await.refused(kind);
        assert!(
            problem.detail.as_deref().unwrap().contains(told),
            "{address}: {problem:?}"
        );
    }
    assert_eq!(desk.count("SELECT count(*) FROM signups").await, 0);
    assert_eq!(desk.sink.waiting(), 0);
}

#[tokio::test]
async fn two_first_people_at_once_end_in_one_organisation() {
    let desk = Desk::open().await;
    let mut begun = Vec::new();
    for number in 0..6 {
        begun.push(desk.proven(&format!("first{number}@race.example")).await);
    }
    let finishing = begun.iter().map(|begun| desk.profile(begun, None));
    let states: Vec<SignupState> = futures_util::future::join_all(finishing)
        .await
        .iter()
        .map(|answer| answer.json())
        .collect();
    let tenants: std::collections::HashSet<_> = states.iter().map(|state| done(state).tenant).collect();
    assert_eq!(tenants.len(), 1);
    assert_eq!(
        states
            .iter()
            .filter(|state| done(state).organisation_is_new)
            .count(),
        1
    );
    assert_eq!(desk.count("SELECT count(*) FROM tenants").await, 1);
    assert_eq!(desk.count("SELECT count(*) FROM tenant_keys").await, 5);
    assert_eq!(desk.count("SELECT count(*) FROM templates").await, 2);
}

#[tokio::test]
async fn the_same_sign_up_finished_twice_at_once_makes_one_account() {
    let desk = Desk::open().await;
    let begun = desk.proven("janet@contoso.example").await;
    let answers = futures_util::future::join_all((0..4).map(|_| desk.profile(&begun, None))).await;
    assert_eq!(
        answers.iter().filter(|answer| answer.status.is_success()).count(),
        1
    );
    assert_eq!(desk.count("SELECT count(*) FROM accounts").await, 1);
    // Of two sign-ups of one address the one that was proven last goes on.
    let (one, two) = (
        desk.begin("sam@contoso.example").await,
        desk.begin("sam@contoso.example").await,
    );
    let codes = [
        desk.code_for("sam@contoso.example").await,
        desk.code_for("sam@contoso.example").await,
    ];
    for code in &codes {
        desk.prove(&one, code).await;
        desk.prove(&two, code).await;
    }
    let (one, two) = tokio::join!(desk.profile(&one, None), desk.profile(&two, None));
    assert!(one.status.is_success() != two.status.is_success());
    assert_eq!(desk.count("SELECT count(*) FROM accounts").await, 2);
}

fn other_than(code: &str) -> String {
    let first = if code.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", &code[1..])
}

#[tokio::test]
async fn a_code_wrong_five_times_is_void_for_good() {
    // SEC-73
    let desk = Desk::open().await;
    let begun = desk.begin("janet@contoso.example").await;
    let code = desk.code_for("janet@contoso.example").await;
    let wrong = other_than(&code);
    desk.prove(&begun, "1234567")
        .await
        .refused(ProblemType::InvalidRequest);
    for left in [4, 3, 2, 1] {
        let problem = desk.prove(&begun, &wrong).await.refused(ProblemType::CodeWrong);
        assert_eq!(problem.tries_left, Some(left), "a malformed code costs no try");
    }
    desk.prove(&begun, &wrong).await.refused(ProblemType::CodeVoid);
    desk.prove(&begun, &code).await.refused(ProblemType::CodeVoid);
    let state: SignupState = desk.state(&begun).await.json();
    assert!(matches!(state.next, SignupStep::MailProof { tries_left: 0, .. }));

    // A new mail helps, the old code does not.
    desk.resend(&begun).await.json::<SignupState>();
    let new = desk.code_for("janet@contoso.example").await;
    if new != code {
        desk.prove(&begun, &code).await.refused(ProblemType::CodeWrong);
    }
    desk.prove(&begun, &new).await.json::<SignupState>();
    desk.prove(&begun, &new)
        .await
        .refused(ProblemType::StepOutOfOrder);
}

#[tokio::test]
async fn a_code_is_of_one_sign_up_one_address_and_one_verifier() {
    // SEC-73
    let desk = Desk::open().await;
    let janet = desk.begin("janet@contoso.example").await;
    let eve = desk.begin("eve@contoso.example").await;
    let (janets, eves) = (
        desk.code_for("janet@contoso.example").await,
        desk.code_for("eve@contoso.example").await,
    );
    if janets != eves {
        desk.prove(&janet, &eves).await.refused(ProblemType::CodeWrong);
    }
    // With Janet's code and her id, but another verifier, there is nothing, and no try is gone.
    let stolen = Begun {
        id: janet.id.clone(),
        verifier: eve.verifier,
    };
    for _ in 0..9 {
        desk.prove(&stolen, &janets).await.refused(ProblemType::NotFound);
    }
    desk.state(&stolen).await.refused(ProblemType::NotFound);
    desk.profile(&stolen, None).await.refused(ProblemType::NotFound);
    desk.resend(&stolen).await.refused(ProblemType::NotFound);
    let nowhere = Begun {
        id: "0".repeat(32),
        verifier: janet.verifier,
    };
    desk.state(&nowhere).await.refused(ProblemType::NotFound);
    let nonsense = Begun {
        id: "nonsense".to_owned(),
        verifier: janet.verifier,
    };
    desk.state(&nonsense).await.refused(ProblemType::NotFound);
    desk.prove(&janet, &janets).await.json::<SignupState>();
}

#[tokio::test]
async fn a_code_works_for_fifteen_minutes() {
    // SEC-73
    let desk = Desk::open().await;
    let begun = desk.begin("janet@contoso.example").await;
    let code = desk.code_for("janet@contoso.example").await;
    desk.clock.advance_seconds(901);
    desk.prove(&begun, &code).await.refused(ProblemType::CodeVoid);
    let other = desk.begin("sam@contoso.example").await;
    let code = desk.code_for("sam@contoso.example").await;
    desk.clock.advance_seconds(899);
    desk.prove(&other, &code).await.json::<SignupState>();
}

#[tokio::test]
async fn steps_come_in_their_order() {
    let desk = Desk::open().await;
    let begun = desk.begin("janet@contoso.example").await;
    desk.profile(&begun, None)
        .await
        .refused(ProblemType::StepOutOfOrder);
    desk.exchange_signup(&begun, &Device::new())
        .await
        .refused(ProblemType::SignInRefused);
    let code = desk.code_for("janet@contoso.example").await;
    desk.prove(&begun, &code).await.json::<SignupState>();
    desk.exchange_signup(&begun, &Device::new())
        .await
        .refused(ProblemType::SignInRefused);
    desk.resend(&begun).await.refused(ProblemType::StepOutOfOrder);
    desk.profile(&begun, None).await.json::<SignupState>();
    desk.profile(&begun, None)
        .await
        .refused(ProblemType::StepOutOfOrder);
}

#[tokio::test]
async fn a_sign_up_survives_restarts_between_all_steps() {
    let mut desk = Desk::open().await;
    let begun = desk.begin("janet@contoso.example").await;
    let code = desk.code_for("janet@contoso.example").await;
    desk.restart().await;
    assert!(matches!(
        desk.state(&begun).await.json::<SignupState>().next,
        SignupStep::MailProof { .. }
    ));
    desk.prove(&begun, &code).await.json::<SignupState>();
    desk.restart().await;
    desk.profile(&begun, None).await.json::<SignupState>();
    desk.restart().await;
    let janet = Device::new();
    let janet = Member::new(Device::new(), &desk.exchange_signup(&begun, &janet).await.json());
    desk.restart().await;
    assert!(janet.access.starts_with("cla_at_") && janet.refresh.starts_with("cla_rt_"));
}

#[tokio::test]
async fn somebody_with_an_account_is_signed_in_and_nothing_is_made() {
    // SEC-80: the answer to the first step is the same.
    let desk = Desk::open().await;
    let (_, first) = desk.finished("janet@contoso.example", None).await;
    let again = desk.begin("janet@contoso.example").await;
    let code = desk.code_for("janet@contoso.example").await;
    let state: SignupState = desk.prove(&again, &code).await.json();
    assert_eq!(done(&state).account, done(&first).account);
    assert!(!done(&state).organisation_is_new);
    let janet = Device::new();
    desk.exchange_signup(&again, &janet)
        .await
        .json::<clausa_api::token::TokenAnswer>();
    assert_eq!(desk.count("SELECT count(*) FROM accounts").await, 1);
}

#[tokio::test]
async fn passwords_follow_the_rules() {
    let desk = Desk::open().await;
    let begun = desk.proven("janet@contoso.example").await;
    for weak in ["too short", "passwordpassword", "janet@contoso.example"] {
        desk.profile(&begun, Some(weak))
            .await
            .refused(ProblemType::PasswordRefused);
    }
    desk.profile(&begun, Some("plum orbit kettle vivid"))
        .await
        .json::<SignupState>();
}

#[tokio::test]
async fn a_managed_organisation_takes_nobody_in_by_itself() {
    let desk = Desk::open().await;
    let (_, first) = desk.finished("janet@contoso.example", None).await;
    let pending = desk.proven("late@contoso.example").await;
    let tenant = done(&first).tenant;
    let manage = desk.authority().store().transact("test", move |tx| {
        Box::pin(async move {
            let permit = clausa_store::Permit::system(clausa_store::SystemAct::Housekeeping(tenant));
            let plan = clausa_store::record::tenant::Plan::Organisation;
            tx.update_tenant(&permit, "Contoso", plan, true).await
        })
    });
    assert!(manage.await.unwrap());
    let told = desk
        .try_begin("sam@contoso.example", &random32())
        .await
        .refused(ProblemType::JoiningRefused);
    assert!(told.detail.unwrap().contains("Contoso"));
    let told = desk
        .try_begin("janet@contoso.example", &random32())
        .await
        .refused(ProblemType::AccountExists);
    assert!(told.detail.unwrap().contains("Contoso"));
    desk.profile(&pending, None)
        .await
        .refused(ProblemType::JoiningRefused);
    assert_eq!(desk.count("SELECT count(*) FROM accounts").await, 1);
}

#[tokio::test]
async fn a_proof_voids_what_others_have_kept_of_the_address() {
    // SEC-75: somebody had the mailbox for a while, proved the address twice, and waits for its owner.
    let desk = Desk::open().await;
    let at_profile = desk.proven("janet@contoso.example").await;
    let unproven = desk.begin("janet@contoso.example").await;
    desk.code_for("janet@contoso.example").await;
    let other = desk.proven("sam@contoso.example").await;

    let janet = desk.proven("janet@contoso.example").await;
    for kept in [&at_profile, &unproven] {
        desk.state(kept).await.refused(ProblemType::NotFound);
        desk.profile(kept, None).await.refused(ProblemType::NotFound);
        desk.exchange_signup(kept, &Device::new())
            .await
            .refused(ProblemType::SignInRefused);
    }
    desk.profile(&janet, None).await.json::<SignupState>();
    desk.profile(&other, None).await.json::<SignupState>();

    // A finished one whose sign-in was not used yet is no better.
    let again = desk.begin("janet@contoso.example").await;
    let code = desk.code_for("janet@contoso.example").await;
    desk.prove(&again, &code).await.json::<SignupState>();
    desk.exchange_signup(&janet, &Device::new())
        .await
        .refused(ProblemType::SignInRefused);
    desk.exchange_signup(&again, &Device::new())
        .await
        .json::<clausa_api::token::TokenAnswer>();
}

#[tokio::test]
async fn strangers_send_small_bodies() {
    // SEC-101
    let desk = Desk::open().await;
    let long = "x".repeat(clausa_server::http::MAX_STRANGERS_BODY);
    desk.try_begin(&long, &random32())
        .await
        .refused(ProblemType::TooLarge);
    let janet = Device::new();
    desk.token(&janet, &[("grant_type", &long)])
        .await
        .refused(ProblemType::TooLarge);
}
