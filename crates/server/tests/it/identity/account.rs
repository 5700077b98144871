//! One's own account: sessions listed and ended, fresh proofs, the password.

use clausa_api::log::LogPage;
use clausa_api::password::PasswordRequest;
use clausa_api::session::{EndedSessions, Session, SessionKind, SessionList};
use clausa_api::step_up::{StepUpRequest, StepUpState};
use clausa_api::token::{GRANT_PASSWORD, GRANT_REFRESH, TokenAnswer};
use clausa_api::{Bytes, ProblemType, paths};

use super::browser::{Browser, text};
use super::login::with_code;
use super::pages::{authorize, granted, redeem};
use super::support::{Begun, Desk, Device, Member};
use crate::support::Answer;

const JANET: &str = "janet@contoso.example";
const PASSWORD: &str = "plum orbit kettle vivid";
const OTHER: &str = "seven lakes under winter";

async fn sessions(desk: &Desk, member: &Member) -> Vec<Session> {
    let list: SessionList = desk.call(member, "GET", paths::SESSIONS, None).await.json();
    list.sessions
}

async fn show(desk: &Desk, member: &Member, request: &StepUpRequest) -> Answer {
    let body = serde_json::to_string(request).unwrap();
    desk.call(member, "POST", paths::STEP_UP, Some(body)).await
}

fn password(password: &str) -> StepUpRequest {
    StepUpRequest {
        password: Some(password.to_owned()),
        ..StepUpRequest::default()
    }
}

fn mailed(login: &Begun, code: &str) -> StepUpRequest {
    StepUpRequest {
        login: Some(login.id.clone()),
        verifier: Some(Bytes(login.verifier.to_vec())),
        code: Some(code.to_owned()),
        ..StepUpRequest::default()
    }
}

async fn standing(desk: &Desk, member: &Member) -> StepUpState {
    desk.call(member, "GET", paths::STEP_UP, None).await.json()
}

async fn set_password(desk: &Desk, member: &Member, new: &str) -> Answer {
    let body = serde_json::to_string(&PasswordRequest {
        password: new.to_owned(),
    });
    desk.call(member, "PUT", paths::PASSWORD, Some(body.unwrap()))
        .await
}

pub(super) async fn login(desk: &Desk, password: &str) -> Answer {
    let fields = [
        ("grant_type", GRANT_PASSWORD),
        ("address", JANET),
        ("password", password),
    ];
    desk.token(&Device::new(), &fields).await
}

/// Janet once more, with her password, on another device.
async fn elsewhere(desk: &Desk, password: &str) -> Member {
    let device = Device::new();
    let fields = [
        ("grant_type", GRANT_PASSWORD),
        ("address", JANET),
        ("password", password),
    ];
    let tokens: TokenAnswer = desk.token(&device, &fields).await.json();
    Member::new(device, &tokens)
}

/// Signs Janet in at a browser, on behalf of a program that gets tokens.
async fn sign_in_at(desk: &Desk, browser: &mut Browser<'_>) -> Member {
    let page = browser.get(&authorize(&[])).await;
    let fields = [("step", "password"), ("address", JANET), ("password", PASSWORD)];
    let answer = browser.submit(&page, &authorize(&[]), &fields).await;
    carried(desk, &answer).await
}

/// The same for somebody whom the browser knows already.
async fn go_on_at(desk: &Desk, browser: &mut Browser<'_>) -> Member {
    let page = browser.get(&authorize(&[])).await;
    let answer = browser
        .submit(&page, &authorize(&[]), &[("step", "continue")])
        .await;
    carried(desk, &answer).await
}

async fn carried(desk: &Desk, answer: &Answer) -> Member {
    let device = Device::new();
    let tokens: TokenAnswer = redeem(desk, &device, &granted(answer)["code"], &[]).await.json();
    Member::new(device, &tokens)
}

async fn knows_janet(browser: &mut Browser<'_>) -> bool {
    text(&browser.get(&authorize(&[])).await).contains(&format!("Go on as {JANET}"))
}

pub(super) async fn is_signed_in(desk: &Desk, member: &Member) -> bool {
    desk.call(member, "GET", paths::ME, None)
        .await
        .status
        .is_success()
}

#[tokio::test]
async fn an_owner_sees_and_ends_his_sessions_and_no_others() {
    let desk = Desk::open().await;
    let janet = desk.member_with(JANET, Some(PASSWORD)).await;
    desk.clock.advance_seconds(10);
    let phone = elsewhere(&desk, PASSWORD).await;
    desk.clock.advance_seconds(10);
    let mut browser = Browser::new(&desk);
    sign_in_at(&desk, &mut browser).await;
    let sam = desk.member("sam@contoso.example").await;

    let list = sessions(&desk, &janet).await;
    let seen: Vec<_> = list
        .iter()
        .map(|session| (session.kind, session.proven_by.join("+"), session.current))
        .collect();
    // The program that the browser signed in is a client too.
    let expected = [
        (SessionKind::Client, "password".to_owned(), false),
        (SessionKind::Browser, "password".to_owned(), false),
        (SessionKind::Client, "password".to_owned(), false),
        (SessionKind::Client, "mail-code".to_owned(), true),
    ];
    assert_eq!(seen, expected);
    assert_eq!(list[3].created_at + 10, list[2].created_at);
    assert_eq!(list[2].last_seen, list[2].created_at);

    let path = |session: &Session| paths::fill(paths::SESSION, &session.id);
    // Nobody else's, and nothing that there is not.
    for stranger in [&sam, &desk.member("p.dover@fabrikam.example").await] {
        for session in &list {
            desk.call(stranger, "DELETE", &path(session), None)
                .await
                .refused(ProblemType::NotFound);
        }
    }
    desk.call(&janet, "DELETE", &paths::fill(paths::SESSION, "x"), None)
        .await
        .refused(ProblemType::NotFound);
    assert!(is_signed_in(&desk, &phone).await);

    // A browser is put out like a client.
    for session in &list[..3] {
        assert_eq!(
            desk.call(&janet, "DELETE", &path(session), None).await.status,
            204
        );
        desk.call(&janet, "DELETE", &path(session), None)
            .await
            .refused(ProblemType::NotFound);
    }
    assert!(!is_signed_in(&desk, &phone).await);
    assert!(!knows_janet(&mut browser).await);
    let left = sessions(&desk, &janet).await;
    assert!(left.len() == 1 && left[0].current);
    assert_eq!(
        desk.count("SELECT count(*) FROM log WHERE request = 'SignOut'")
            .await,
        3
    );
}

#[tokio::test]
async fn ending_all_others_needs_a_fresh_proof() {
    // SEC-83
    let desk = Desk::open().await;
    let janet = desk.member_with(JANET, Some(PASSWORD)).await;
    let phone = elsewhere(&desk, PASSWORD).await;
    let mut browser = Browser::new(&desk);
    sign_in_at(&desk, &mut browser).await;
    assert!(standing(&desk, &janet).await.fresh, "a sign-in is a proof");
    desk.clock.advance_seconds(299);
    assert!(standing(&desk, &janet).await.fresh);
    desk.clock.advance_seconds(1);
    let state = standing(&desk, &janet).await;
    assert!(!state.fresh);
    assert_eq!(state.ways, ["password", "mail-code"]);
    let end_others = async || desk.call(&janet, "DELETE", paths::SESSIONS, None).await;
    end_others().await.refused(ProblemType::StepUpNeeded);
    assert!(is_signed_in(&desk, &phone).await && knows_janet(&mut browser).await);

    // What is wrong proves nothing, and neither does somebody else's code or a proof in another session.
    show(&desk, &janet, &password("plum orbit kettle vivit"))
        .await
        .refused(ProblemType::SignInRefused);
    let sam = desk.member("sam@contoso.example").await;
    let (begun, _) = desk.request_login("sam@contoso.example").await;
    let code = desk.code_for("sam@contoso.example").await;
    show(&desk, &janet, &mailed(&begun, &code))
        .await
        .refused(ProblemType::SignInRefused);
    show(&desk, &phone, &password(PASSWORD))
        .await
        .json::<StepUpState>();
    for malformed in [StepUpRequest::default(), {
        StepUpRequest {
            code: Some("12345678".to_owned()),
            ..password(PASSWORD)
        }
    }] {
        show(&desk, &janet, &malformed)
            .await
            .refused(ProblemType::InvalidRequest);
    }
    end_others().await.refused(ProblemType::StepUpNeeded);

    let (begun, _) = desk.request_login(JANET).await;
    let code = desk.code_for(JANET).await;
    let state: StepUpState = show(&desk, &janet, &mailed(&begun, &code)).await.json();
    assert!(state.fresh && state.proven_by == ["mail-code"]);
    assert_eq!(end_others().await.json::<EndedSessions>().ended, 3);
    assert!(!is_signed_in(&desk, &phone).await);
    assert!(!knows_janet(&mut browser).await);
    assert!(is_signed_in(&desk, &janet).await && is_signed_in(&desk, &sam).await);
    let results = |result: &str| -> &'static str {
        format!("SELECT count(*) FROM log WHERE request = 'StepUp' AND result = '{result}'").leak()
    };
    assert_eq!(desk.count(results("Success")).await, 2);
    assert_eq!(desk.count(results("sign-in-refused")).await, 2);
}

#[tokio::test]
async fn a_browser_carries_its_own_proof_to_the_program() {
    // SEC-83: "go on as Janet" hours later is no fresh proof.
    let desk = Desk::open().await;
    desk.finished(JANET, Some(PASSWORD)).await;
    let mut browser = Browser::new(&desk);
    let fresh = sign_in_at(&desk, &mut browser).await;
    assert!(standing(&desk, &fresh).await.fresh);
    desk.clock.advance_seconds(3_600);
    let stale = go_on_at(&desk, &mut browser).await;
    let state = standing(&desk, &stale).await;
    assert!(!state.fresh && state.proven_by == ["password"]);
    set_password(&desk, &stale, OTHER)
        .await
        .refused(ProblemType::StepUpNeeded);
}

#[tokio::test]
async fn a_new_password_ends_everything_else() {
    // SEC-75
    let desk = Desk::open().await;
    let janet = desk.member_with(JANET, Some(PASSWORD)).await;
    let phone = elsewhere(&desk, PASSWORD).await;
    let mut browser = Browser::new(&desk);
    sign_in_at(&desk, &mut browser).await;
    let (pending, _) = desk.request_login(JANET).await;
    let code = desk.code_for(JANET).await;
    set_password(&desk, &janet, "password12345678")
        .await
        .refused(ProblemType::PasswordRefused);
    assert!(
        is_signed_in(&desk, &phone).await,
        "a refused password ends nothing"
    );

    let ended: EndedSessions = set_password(&desk, &janet, OTHER).await.json();
    // The browser, the phone, and the client that went through the browser.
    assert_eq!(ended.ended, 3);
    assert!(!is_signed_in(&desk, &phone).await && !knows_janet(&mut browser).await);
    let fields = [
        ("grant_type", GRANT_REFRESH),
        ("refresh_token", phone.refresh.as_str()),
    ];
    desk.token(&phone.device, &fields)
        .await
        .refused(ProblemType::SignInRefused);
    show(&desk, &janet, &mailed(&pending, &code))
        .await
        .refused(ProblemType::CodeVoid);
    login(&desk, PASSWORD).await.refused(ProblemType::SignInRefused);
    login(&desk, OTHER).await.json::<TokenAnswer>();
    assert!(is_signed_in(&desk, &janet).await, "whoever changed it stays");
    let mail = desk.mail_for(JANET).await;
    assert_eq!(mail.subject(), "Your password was changed at Clausa");

    desk.clock.advance_seconds(301);
    set_password(&desk, &janet, PASSWORD)
        .await
        .refused(ProblemType::StepUpNeeded);
    desk.call(&janet, "DELETE", paths::PASSWORD, None)
        .await
        .refused(ProblemType::StepUpNeeded);
    show(&desk, &janet, &password(OTHER)).await.json::<StepUpState>();
    desk.call(&janet, "DELETE", paths::PASSWORD, None)
        .await
        .json::<EndedSessions>();
    login(&desk, OTHER).await.refused(ProblemType::SignInRefused);
    assert_eq!(standing(&desk, &janet).await.ways, ["mail-code"]);
    show(&desk, &janet, &password(OTHER))
        .await
        .refused(ProblemType::SignInRefused);
    let mail = desk.mail_for(JANET).await;
    assert_eq!(mail.subject(), "Your password was removed at Clausa");
    let log: LogPage = desk.call(&janet, "GET", paths::LOG, None).await.json();
    let changes = log.entries.iter().filter(|entry| {
        entry.request == clausa_api::log::RequestType::ChangePassword && entry.result == "Success"
    });
    assert_eq!(changes.count(), 2);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_after_a_mailed_code() {
    // SEC-75, SEC-80: the way in is the mailed sign-in, whose answers tell nothing about accounts.
    let desk = Desk::open().await;
    let laptop = desk.member_with(JANET, Some(PASSWORD)).await;
    desk.clock.advance_seconds(86_400);
    let (begun, _) = desk.request_login(JANET).await;
    let code = desk.code_for(JANET).await;
    let device = Device::new();
    let tokens: TokenAnswer = with_code(&desk, &begun, &code, &device).await.json();
    let phone = Member::new(device, &tokens);
    set_password(&desk, &phone, OTHER).await.json::<EndedSessions>();
    let fields = [
        ("grant_type", GRANT_REFRESH),
        ("refresh_token", laptop.refresh.as_str()),
    ];
    desk.token(&laptop.device, &fields)
        .await
        .refused(ProblemType::SignInRefused);
    login(&desk, PASSWORD).await.refused(ProblemType::SignInRefused);
    login(&desk, OTHER).await.json::<TokenAnswer>();
}

#[tokio::test]
async fn breached_passwords_are_refused_and_a_broken_list_stops_administrators_alone() {
    // SEC-85
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("breached");
    // `printf 'seven lakes under winter' | sha1sum`
    let source = "6378fdc3e0cace0f122f2cc6174f01bb9c783074:12";
    let target = std::fs::File::create(&list).unwrap();
    clausa_server::usecase::passwords::write_breached_list(source.as_bytes(), target, 0).unwrap();
    let path = list.clone();
    let desk = Desk::open_with(|config| config.passwords.breached_list = Some(path)).await;
    let begun = desk.proven("sam@contoso.example").await;
    desk.profile(&begun, Some(OTHER))
        .await
        .refused(ProblemType::PasswordRefused);
    let janet = desk.member(JANET).await;
    let problem = set_password(&desk, &janet, OTHER).await;
    let problem = problem.refused(ProblemType::PasswordRefused);
    assert!(problem.detail.unwrap().contains("breach"));
    set_password(&desk, &janet, PASSWORD)
        .await
        .json::<EndedSessions>();

    std::fs::write(&list, b"cut off").unwrap();
    set_password(&desk, &janet, OTHER).await.json::<EndedSessions>();
    desk.database
        .sql("UPDATE accounts SET role = 'administrator'")
        .await;
    set_password(&desk, &janet, PASSWORD)
        .await
        .refused(ProblemType::Unavailable);
}

#[tokio::test]
async fn the_notice_goes_to_the_proven_address() {
    // SEC-77, SEC-84
    let desk = Desk::open().await;
    let janet = desk.member("Janet@contoso.example").await;
    set_password(&desk, &janet, PASSWORD)
        .await
        .json::<EndedSessions>();
    let mail = desk.mail_for(JANET).await;
    assert_eq!(mail.subject(), "A password was set at Clausa");
    assert!(!mail.text().contains("Janet"), "nothing that somebody typed");
}
