//! Authenticators and recovery codes: added, asked for at every way in, removed (SEC-160).

use clausa_api::factor::{FactorList, RecoveryCodes, TotpAdded, TotpBegun, TotpConfirmation, TotpRequest};
use clausa_api::step_up::{StepUpRequest, StepUpState};
use clausa_api::token::{GRANT_PASSWORD, GRANT_SECOND_FACTOR, TokenAnswer};
use clausa_api::{ProblemType, paths};
use clausa_core::time::Clock as _;
use clausa_server::config::LimitConfig;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use super::account::is_signed_in;
use super::browser::{Browser, field, text};
use super::login::with_code;
use super::pages::{authorize, granted};
use super::support::{Desk, Device, Member};
use crate::support::Answer;

const JANET: &str = "janet@contoso.example";
const PASSWORD: &str = "plum orbit kettle vivid";

/// An authenticator on somebody's phone.
pub(super) struct Phone(Vec<u8>);

impl Phone {
    pub(super) fn of(secret: &str) -> Self {
        let bits: String = secret
            .bytes()
            .map(|letter| {
                let place = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
                    .iter()
                    .position(|one| *one == letter);
                format!("{:05b}", place.unwrap())
            })
            .collect();
        let bytes = bits.as_bytes().chunks_exact(8);
        Self(
            bytes
                .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
                .collect(),
        )
    }

    /// What it shows so many seconds from now.
    pub(super) fn shows(&self, desk: &Desk, later: i64) -> String {
        let step = desk.clock.now().seconds().saturating_add_signed(later) / 30;
        let mac = Hmac::<Sha1>::new_from_slice(&self.0).unwrap();
        let mac = mac.chain_update(step.to_be_bytes()).finalize().into_bytes();
        let at = usize::from(mac[19] & 15);
        let number = u32::from_be_bytes(mac[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

async fn begin(desk: &Desk, member: &Member) -> Answer {
    let body = serde_json::to_string(&TotpRequest {
        name: "phone".to_owned(),
    });
    desk.call(member, "POST", paths::FACTORS_TOTP, Some(body.unwrap()))
        .await
}

async fn confirm(desk: &Desk, member: &Member, id: &str, code: &str) -> Answer {
    let body = serde_json::to_string(&TotpConfirmation {
        code: code.to_owned(),
    });
    let path = paths::fill(paths::FACTOR_CONFIRMATION, id);
    desk.call(member, "POST", &path, Some(body.unwrap())).await
}

/// Janet with a password and an authenticator, and her recovery codes. The code that confirmed it is used.
async fn with_authenticator(desk: &Desk) -> (Member, Phone, TotpAdded) {
    let janet = desk.member_with(JANET, Some(PASSWORD)).await;
    let begun: TotpBegun = begin(desk, &janet).await.json();
    let phone = Phone::of(&begun.secret);
    let added: TotpAdded = confirm(desk, &janet, &begun.id, &phone.shows(desk, 0))
        .await
        .json();
    (janet, phone, added)
}

async fn login(desk: &Desk, device: &Device) -> Answer {
    let fields = [
        ("grant_type", GRANT_PASSWORD),
        ("address", JANET),
        ("password", PASSWORD),
    ];
    desk.token(device, &fields).await
}

async fn second(desk: &Desk, device: &Device, ticket: &str, code: &str) -> Answer {
    let fields = [
        ("grant_type", GRANT_SECOND_FACTOR),
        ("ticket", ticket),
        ("code", code),
    ];
    desk.token(device, &fields).await
}

fn ticket(answer: &Answer) -> String {
    answer.refused(ProblemType::SecondFactorNeeded).ticket.unwrap()
}

#[tokio::test]
async fn an_authenticator_is_asked_for_once_it_has_shown_a_code() {
    let desk = Desk::open().await;
    let janet = desk.member_with(JANET, Some(PASSWORD)).await;
    let tablet = Device::new();
    let tokens: TokenAnswer = login(&desk, &tablet).await.json();
    let tablet = Member::new(tablet, &tokens);
    let begun: TotpBegun = begin(&desk, &janet).await.json();
    assert!(
        begun
            .uri
            .starts_with("otpauth://totp/Clausa:janet%40contoso.example?secret=")
    );
    let phone = Phone::of(&begun.secret);
    login(&desk, &Device::new()).await.json::<TokenAnswer>();
    let list = async || -> FactorList { desk.call(&janet, "GET", paths::FACTORS, None).await.json() };
    assert!(list().await.factors.is_empty(), "begun is not added");
    confirm(&desk, &janet, &begun.id, "000000")
        .await
        .refused(ProblemType::CodeWrong);
    let stranger = desk.member("sam@contoso.example").await;
    confirm(&desk, &stranger, &begun.id, &phone.shows(&desk, 0))
        .await
        .refused(ProblemType::NotFound);
    assert!(is_signed_in(&desk, &tablet).await);
    let added: TotpAdded = confirm(&desk, &janet, &begun.id, &phone.shows(&desk, 0))
        .await
        .json();
    assert_eq!(added.recovery_codes.len(), 10);
    assert!(
        !is_signed_in(&desk, &tablet).await,
        "SEC-75: what came without it ends"
    );
    assert!(is_signed_in(&desk, &janet).await);
    let mail = desk.mail_for(JANET).await;
    assert_eq!(mail.subject(), "An authenticator was added at Clausa");
    let list = list().await;
    assert_eq!((list.factors.len(), list.recovery_codes), (1, 10));
    assert_eq!(list.factors[0].name, "phone");

    // The password alone, and a mailed code alone, sign in no more.
    let device = Device::new();
    let answer = login(&desk, &device).await;
    let first = ticket(&answer);
    assert!(first.starts_with("cla_st_"));
    second(&desk, &device, &first, &phone.shows(&desk, 0))
        .await
        .refused(ProblemType::CodeWrong);
    desk.clock.advance_seconds(30);
    // Another key's ticket is nothing.
    second(&desk, &Device::new(), &first, &phone.shows(&desk, 0))
        .await
        .refused(ProblemType::CodeVoid);
    let tokens: TokenAnswer = second(&desk, &device, &first, &phone.shows(&desk, 0))
        .await
        .json();
    let laptop = Member::new(device, &tokens);
    let state: StepUpState = desk.call(&laptop, "GET", paths::STEP_UP, None).await.json();
    assert_eq!(state.proven_by, ["password", "totp"]);
    assert!(state.fresh && state.ways == ["totp", "recovery-code"]);

    let (mailed, _) = desk.request_login(JANET).await;
    let code = desk.code_for(JANET).await;
    let device = Device::new();
    let ticket_of_mail = ticket(&with_code(&desk, &mailed, &code, &device).await);
    // What was typed once does not work again, and neither does what was shown before it.
    for later in [0, -30] {
        second(&desk, &device, &ticket_of_mail, &phone.shows(&desk, later))
            .await
            .refused(ProblemType::CodeWrong);
    }
    second(&desk, &device, &ticket_of_mail, &phone.shows(&desk, 30))
        .await
        .json::<TokenAnswer>();
    second(&desk, &device, &ticket_of_mail, &phone.shows(&desk, 30))
        .await
        .refused(ProblemType::CodeVoid);
}

#[tokio::test]
async fn a_sign_up_is_no_way_around() {
    let desk = Desk::open().await;
    let (_, phone, _) = with_authenticator(&desk).await;
    desk.mail_for(JANET).await;
    let begun = desk.begin(JANET).await;
    let code = desk.code_for(JANET).await;
    desk.prove(&begun, &code).await.json::<serde_json::Value>();
    let device = Device::new();
    let ticket = ticket(&desk.exchange_signup(&begun, &device).await);
    second(&desk, &device, &ticket, &phone.shows(&desk, 30))
        .await
        .json::<TokenAnswer>();
}

#[tokio::test]
async fn five_wrong_codes_void_a_ticket_and_ten_the_day() {
    let desk = Desk::open().await;
    let (_, phone, added) = with_authenticator(&desk).await;
    let device = Device::new();
    for _ in 0..2 {
        let ticket = ticket(&login(&desk, &device).await);
        for left in [4, 3, 2, 1] {
            let answer = second(&desk, &device, &ticket, "000000").await;
            assert_eq!(answer.refused(ProblemType::CodeWrong).tries_left, Some(left));
        }
        second(&desk, &device, &ticket, "000000")
            .await
            .refused(ProblemType::CodeVoid);
        second(&desk, &device, &ticket, &phone.shows(&desk, 30))
            .await
            .refused(ProblemType::CodeVoid);
    }
    // A right password does not give tries back (SEC-81); a recovery code needs none.
    let waiting = ticket(&login(&desk, &device).await);
    second(&desk, &device, &waiting, &phone.shows(&desk, 30))
        .await
        .refused(ProblemType::RateLimited);
    let code = added.recovery_codes[3].to_lowercase();
    second(&desk, &device, &waiting, &code)
        .await
        .json::<TokenAnswer>();
    let mail = desk.mail_for(JANET).await;
    assert_eq!(mail.subject(), "An authenticator was added at Clausa");
    let mail = desk.mail_for(JANET).await;
    assert_eq!(mail.subject(), "A recovery code was used at Clausa");
    let waiting = ticket(&login(&desk, &device).await);
    second(&desk, &device, &waiting, &code)
        .await
        .refused(ProblemType::CodeWrong);
    desk.clock.advance_seconds(301);
    second(&desk, &device, &waiting, &added.recovery_codes[4])
        .await
        .refused(ProblemType::CodeVoid);
}

#[tokio::test]
async fn factors_change_with_a_fresh_proof_of_the_strongest_kind() {
    // SEC-83
    let desk = Desk::open_with(|config| {
        config.limits.second_factor_per_account = LimitConfig::new(1_000, 1_000, 60);
    })
    .await;
    let (janet, phone, added) = with_authenticator(&desk).await;
    desk.clock.advance_seconds(301);
    let list: FactorList = desk.call(&janet, "GET", paths::FACTORS, None).await.json();
    let path = paths::fill(paths::FACTOR, &list.factors[0].id);
    begin(&desk, &janet).await.refused(ProblemType::StepUpNeeded);
    for (method, path) in [("DELETE", path.as_str()), ("POST", paths::RECOVERY_CODES)] {
        desk.call(&janet, method, path, None)
            .await
            .refused(ProblemType::StepUpNeeded);
    }
    let show = async |request: StepUpRequest| {
        let body = serde_json::to_string(&request).unwrap();
        desk.call(&janet, "POST", paths::STEP_UP, Some(body)).await
    };
    // The password is not enough for what the authenticator protects.
    let password = StepUpRequest {
        password: Some(PASSWORD.to_owned()),
        ..StepUpRequest::default()
    };
    show(password).await.refused(ProblemType::SignInRefused);
    let one_time = |code: String| StepUpRequest {
        one_time_code: Some(code),
        ..StepUpRequest::default()
    };
    show(one_time("000000".to_owned()))
        .await
        .refused(ProblemType::SignInRefused);
    let state: StepUpState = show(one_time(phone.shows(&desk, 0))).await.json();
    assert!(state.fresh && state.proven_by == ["totp"]);
    show(one_time(phone.shows(&desk, 0)))
        .await
        .refused(ProblemType::SignInRefused);

    let new: RecoveryCodes = desk
        .call(&janet, "POST", paths::RECOVERY_CODES, None)
        .await
        .json();
    assert_eq!(new.codes.len(), 10);
    show(one_time(added.recovery_codes[0].clone()))
        .await
        .refused(ProblemType::SignInRefused);
    let stranger = desk.member("sam@contoso.example").await;
    desk.call(&stranger, "DELETE", &path, None)
        .await
        .refused(ProblemType::NotFound);
    desk.call(&stranger, "POST", paths::RECOVERY_CODES, None)
        .await
        .refused(ProblemType::NotFound);
    assert_eq!(desk.call(&janet, "DELETE", &path, None).await.status, 204);
    login(&desk, &Device::new()).await.json::<TokenAnswer>();
    assert_eq!(desk.count("SELECT count(*) FROM recovery_codes").await, 0);
    let logged = |request: &str| -> &'static str {
        format!("SELECT count(*) FROM log WHERE request = '{request}' AND result = 'Success'").leak()
    };
    assert_eq!(desk.count(logged("AddFactor")).await, 2);
    assert_eq!(desk.count(logged("RemoveFactor")).await, 1);
}

#[tokio::test]
async fn the_page_asks_for_the_second_factor() {
    let desk = Desk::open().await;
    let (_, phone, _) = with_authenticator(&desk).await;
    desk.clock.advance_seconds(30);
    let mut browser = Browser::new(&desk);
    let page = browser.get(&authorize(&[])).await;
    let fields = [("step", "password"), ("address", JANET), ("password", PASSWORD)];
    let page = browser.submit(&page, &authorize(&[]), &fields).await;
    assert!(page.status.is_success() && text(&page).contains("authenticator"));
    let ticket = field(&page, "ticket");
    // Another browser cannot go on with it.
    let mut thief = Browser::new(&desk);
    let their_page = thief.get(&authorize(&[])).await;
    let code = phone.shows(&desk, 0);
    let fields = [
        ("step", "second"),
        ("ticket", ticket.as_str()),
        ("code", code.as_str()),
    ];
    let refused = thief.submit(&their_page, &authorize(&[]), &fields).await;
    assert_eq!(refused.status, 403);
    let wrong = [
        ("step", "second"),
        ("ticket", ticket.as_str()),
        ("code", "000000"),
    ];
    let page = browser.submit(&page, &authorize(&[]), &wrong).await;
    assert!(page.status == 403 && text(&page).contains("4 more times"));
    let answer = browser.submit(&page, &authorize(&[]), &fields).await;
    assert!(granted(&answer).contains_key("code"));
}
