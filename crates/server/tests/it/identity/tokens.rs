//! Renewing and giving up tokens.

use clausa_api::log::{LogPage, RequestType};
use clausa_api::token::{GRANT_REFRESH, TokenAnswer};
use clausa_api::{ProblemType, paths};

use super::support::{Desk, Device, Member};
use crate::support::Answer;

async fn refresh(desk: &Desk, device: &Device, token: &str) -> Answer {
    desk.token(device, &[("grant_type", GRANT_REFRESH), ("refresh_token", token)])
        .await
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_session() {
    let desk = Desk::open().await;
    let janet = desk.member("janet@contoso.example").await;
    let renewed: TokenAnswer = refresh(&desk, &janet.device, &janet.refresh).await.json();
    let second = Member::new(janet.device, &renewed);
    assert!(
        desk.call(&second, "GET", paths::ME, None)
            .await
            .status
            .is_success()
    );

    refresh(&desk, &second.device, &janet.refresh)
        .await
        .refused(ProblemType::SignInRefused);
    desk.call(&second, "GET", paths::ME, None)
        .await
        .refused(ProblemType::NotSignedIn);
    refresh(&desk, &second.device, &second.refresh)
        .await
        .refused(ProblemType::SignInRefused);
    let ended = "SELECT count(*) FROM log WHERE request = 'SignOut' AND result = 'sign-in-refused'";
    assert_eq!(desk.count(ended).await, 1);
}

#[tokio::test]
async fn a_refresh_token_is_bound_to_its_key_and_its_time() {
    let desk = Desk::open().await;
    let janet = desk.member("janet@contoso.example").await;
    refresh(&desk, &Device::new(), &janet.refresh)
        .await
        .refused(ProblemType::SignInRefused);
    refresh(&desk, &janet.device, "cla_rt_nothing")
        .await
        .refused(ProblemType::SignInRefused);
    refresh(&desk, &janet.device, &janet.access)
        .await
        .refused(ProblemType::SignInRefused);
    desk.clock.advance_seconds(601);
    desk.call(&janet, "GET", paths::ME, None)
        .await
        .refused(ProblemType::NotSignedIn);
    let renewed: TokenAnswer = refresh(&desk, &janet.device, &janet.refresh).await.json();
    desk.clock.advance_days(91);
    refresh(&desk, &janet.device, &renewed.refresh_token)
        .await
        .refused(ProblemType::SignInRefused);
}

#[tokio::test]
async fn signing_out_ends_one_session_and_is_recorded() {
    let desk = Desk::open().await;
    let janet = desk.member("janet@contoso.example").await;
    let sam = desk.member("sam@contoso.example").await;
    for token in [&janet.refresh, &janet.refresh, &janet.access] {
        let answer = desk.form(paths::TOKEN_REVOKE, &[("token", token)], &[]).await;
        assert_eq!(
            answer.status, 204,
            "a token that works no more is answered the same"
        );
    }
    assert_eq!(
        desk.form(paths::TOKEN_REVOKE, &[("token", "nonsense")], &[])
            .await
            .status,
        204
    );
    desk.call(&janet, "GET", paths::ME, None)
        .await
        .refused(ProblemType::NotSignedIn);
    refresh(&desk, &janet.device, &janet.refresh)
        .await
        .refused(ProblemType::SignInRefused);
    let own: LogPage = desk.call(&sam, "GET", paths::LOG, None).await.json();
    let requests: Vec<_> = own.entries.iter().map(|entry| entry.request).collect();
    assert!(requests.contains(&RequestType::SignUp) && requests.contains(&RequestType::SignIn));
    assert!(
        own.entries
            .iter()
            .all(|entry| entry.user == "sam@contoso.example"),
        "SEC-86"
    );
    let janets = "SELECT count(*) FROM log WHERE user_name = 'janet@contoso.example' AND request = ";
    for (request, rows) in [("'SignUp'", 1), ("'SignIn'", 1), ("'SignOut'", 1)] {
        let query: &'static str = format!("{janets}{request}").leak();
        assert_eq!(desk.count(query).await, rows, "{request}");
    }
}

#[tokio::test]
async fn only_hashes_are_stored() {
    let desk = Desk::open().await;
    let janet = desk.member("janet@contoso.example").await;
    let bytes = desk.database.bytes();
    for secret in [&janet.access, &janet.refresh] {
        assert!(
            !bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes())
        );
    }
    assert!(
        bytes.windows(7).any(|window| window == b"contoso"),
        "the database was looked at"
    );
}
