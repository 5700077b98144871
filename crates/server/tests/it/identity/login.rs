//! Signing in with a mailed code or a password.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_api::token::{GRANT_MAIL_CODE, GRANT_PASSWORD, LoginState, TokenAnswer};
use clausa_api::{ProblemType, paths};

use super::support::{Begun, Desk, Device, Member};
use crate::support::Answer;

const PASSWORD: &str = "plum orbit kettle vivid";

pub(super) async fn with_code(desk: &Desk, login: &Begun, code: &str, device: &Device) -> Answer {
    let verifier = URL_SAFE_NO_PAD.encode(login.verifier);
    let fields = [
        ("grant_type", GRANT_MAIL_CODE),
        ("login", login.id.as_str()),
        ("code", code),
        ("verifier", &verifier),
    ];
    desk.token(device, &fields).await
}

async fn with_password(desk: &Desk, address: &str, password: &str) -> Answer {
    let fields = [
        ("grant_type", GRANT_PASSWORD),
        ("address", address),
        ("password", password),
    ];
    desk.token(&Device::new(), &fields).await
}

#[tokio::test]
async fn known_and_unknown_addresses_are_answered_the_same() {
    // SEC-80
    let desk = Desk::open().await;
    desk.finished("janet@contoso.example", None).await;
    let (_, known) = desk.request_login("Janet@contoso.example").await;
    let (unknown_login, unknown) = desk.request_login("nobody@contoso.example").await;
    assert_eq!((known.status.as_u16(), unknown.status.as_u16()), (201, 201));
    let (one, two): (LoginState, LoginState) = (known.json(), unknown.json());
    assert_eq!(one.expires, two.expires);
    assert_eq!(one.id.len(), two.id.len());
    assert_eq!(known.headers.len(), unknown.headers.len());

    assert_eq!(
        desk.mail_for("janet@contoso.example").await.subject(),
        "Your code for Clausa"
    );
    let nobody = "nobody@contoso.example".parse().unwrap();
    assert!(
        desk.sink
            .wait_for(&nobody, Duration::from_millis(300))
            .await
            .is_none()
    );
    // A stranger's wrong codes are counted as anybody's.
    for left in [4, 3, 2, 1] {
        let problem = with_code(&desk, &unknown_login, "00000000", &Device::new()).await;
        assert_eq!(problem.refused(ProblemType::CodeWrong).tries_left, Some(left));
    }
    with_code(&desk, &unknown_login, "00000000", &Device::new())
        .await
        .refused(ProblemType::CodeVoid);
    desk.request_login("no address")
        .await
        .1
        .refused(ProblemType::AddressInvalid);
}

#[tokio::test]
async fn a_mailed_code_signs_in_once() {
    let desk = Desk::open().await;
    let first = desk.member("janet@contoso.example").await;
    let (login, _) = desk.request_login("janet@contoso.example").await;
    let code = desk.code_for("janet@contoso.example").await;
    // SEC-73: another verifier, or a sign-up's id, is nothing.
    let stolen = Begun {
        id: login.id.clone(),
        verifier: [7; 32],
    };
    with_code(&desk, &stolen, &code, &Device::new())
        .await
        .refused(ProblemType::CodeVoid);
    let tokens: TokenAnswer = with_code(&desk, &login, &code, &Device::new()).await.json();
    assert!(tokens.access_token.starts_with("cla_at_"));
    with_code(&desk, &login, &code, &Device::new())
        .await
        .refused(ProblemType::CodeVoid);
    // The other device's session goes on.
    assert!(
        desk.call(&first, "GET", paths::ME, None)
            .await
            .status
            .is_success()
    );

    let (login, _) = desk.request_login("janet@contoso.example").await;
    let code = desk.code_for("janet@contoso.example").await;
    desk.clock.advance_seconds(901);
    with_code(&desk, &login, &code, &Device::new())
        .await
        .refused(ProblemType::CodeVoid);
}

#[tokio::test]
async fn a_code_is_for_one_purpose() {
    // SEC-73
    let desk = Desk::open().await;
    desk.finished("janet@contoso.example", None).await;
    let (login, _) = desk.request_login("janet@contoso.example").await;
    let code = desk.code_for("janet@contoso.example").await;
    let signup = desk.begin("janet@contoso.example").await;
    desk.prove(
        &Begun {
            id: login.id.clone(),
            verifier: login.verifier,
        },
        &code,
    )
    .await
    .refused(ProblemType::NotFound);
    let signup_code = desk.code_for("janet@contoso.example").await;
    with_code(&desk, &signup, &signup_code, &Device::new())
        .await
        .refused(ProblemType::CodeVoid);
}

#[tokio::test]
async fn a_password_signs_in_and_every_refusal_looks_alike() {
    // SEC-80
    let desk = Desk::open().await;
    let janet = desk.member_with("janet@contoso.example", Some(PASSWORD)).await;
    desk.finished("bare@contoso.example", None).await;
    let tokens: TokenAnswer = with_password(&desk, "Janet@Contoso.example", PASSWORD)
        .await
        .json();
    assert!(tokens.refresh_token.starts_with("cla_rt_"));
    let mut bodies = std::collections::HashSet::new();
    for (address, password) in [
        ("janet@contoso.example", "plum orbit kettle vivit"),
        ("janet@contoso.example", ""),
        ("bare@contoso.example", PASSWORD),
        ("bare@contoso.example", ""),
        ("nobody@contoso.example", PASSWORD),
        ("not an address", PASSWORD),
    ] {
        let mut problem = with_password(&desk, address, password)
            .await
            .refused(ProblemType::SignInRefused);
        problem.instance = None;
        bodies.insert(serde_json::to_string(&problem).unwrap());
    }
    assert_eq!(bodies.len(), 1);
    assert!(
        desk.call(&janet, "GET", paths::ME, None)
            .await
            .status
            .is_success()
    );
    // The hash stands sealed in the database.
    assert_eq!(
        desk.count("SELECT count(*) FROM accounts WHERE instr(password_hash, 'argon2') > 0")
            .await,
        0
    );
    assert_eq!(
        desk.count("SELECT count(*) FROM accounts WHERE password_hash IS NOT NULL")
            .await,
        1
    );
}

#[tokio::test]
async fn a_closed_account_signs_in_by_no_way() {
    let desk = Desk::open().await;
    let janet = desk.member_with("janet@contoso.example", Some(PASSWORD)).await;
    let again = desk.begin("janet@contoso.example").await;
    let code = desk.code_for("janet@contoso.example").await;
    desk.prove(&again, &code).await;
    let address = "janet@contoso.example".parse().unwrap();
    let close = desk
        .authority()
        .store()
        .transact_with("test", address, |address, tx| {
            Box::pin(async move {
                let account = tx.account_by_address(address).await?.unwrap();
                let permit =
                    clausa_store::Permit::system(clausa_store::SystemAct::Housekeeping(account.tenant));
                let closed = clausa_store::record::account::AccountState::Closed;
                tx.set_account_state(&permit, account.id, closed).await
            })
        });
    assert!(close.await.unwrap());
    with_password(&desk, "janet@contoso.example", PASSWORD)
        .await
        .refused(ProblemType::SignInRefused);
    desk.exchange_signup(&again, &Device::new())
        .await
        .refused(ProblemType::SignInRefused);
    desk.call(&janet, "GET", paths::ME, None)
        .await
        .refused(ProblemType::NotSignedIn);
    desk.request_login("janet@contoso.example").await;
    assert!(
        desk.sink
            .wait_for(
                &"janet@contoso.example".parse().unwrap(),
                Duration::from_millis(300)
            )
            .await
            .is_none()
    );
}

#[tokio::test]
async fn tokens_are_given_only_for_a_proof() {
    // SEC-97
    let desk = Desk::open().await;
    desk.finished("janet@contoso.example", Some(PASSWORD)).await;
    let fields = [
        ("grant_type", GRANT_PASSWORD),
        ("address", "janet@contoso.example"),
        ("password", PASSWORD),
    ];
    desk.form(paths::TOKEN, &fields, &[])
        .await
        .refused(ProblemType::ProofInvalid);
    let proof = Device::new().proof(&desk, "POST", paths::TOKEN, None);
    let tokens: TokenAnswer = desk.form(paths::TOKEN, &fields, &[("dpop", &proof)]).await.json();
    desk.form(paths::TOKEN, &fields, &[("dpop", &proof)])
        .await
        .refused(ProblemType::ProofInvalid);
    // Somebody else's key makes the token worthless.
    let thief = Member::new(Device::new(), &tokens);
    desk.call(&thief, "GET", paths::ME, None)
        .await
        .refused(ProblemType::ProofInvalid);
    for fields in [
        &[("grant_type", "implicit")][..],
        &[
            ("grant_type", GRANT_PASSWORD),
            ("address", "janet@contoso.example"),
        ],
        &[
            ("grant_type", GRANT_MAIL_CODE),
            ("login", "x"),
            ("code", "12345678"),
            ("verifier", "short"),
        ],
        &[("grant_type", GRANT_PASSWORD), ("colour", "blue")],
    ] {
        desk.token(&Device::new(), fields)
            .await
            .refused(ProblemType::InvalidRequest);
    }
}
