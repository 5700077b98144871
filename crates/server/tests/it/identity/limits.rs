//! Rate limits (`SEC-81`).

use clausa_api::ProblemType;
use clausa_api::token::GRANT_PASSWORD;
use clausa_server::config::LimitsConfig;

use super::support::{Desk, Device, random32};

fn wide() -> clausa_server::config::LimitConfig {
    clausa_server::config::LimitConfig::new(10_000, 10_000, 60)
}

#[tokio::test]
async fn sign_ups_from_one_network_are_limited_across_restarts() {
    let limits = LimitsConfig::default();
    let mut desk =
        Desk::open_with(|config| config.limits.signup_per_network = limits.signup_per_network).await;
    for number in 0..5 {
        desk.begin(&format!("janet{number}@contoso.example")).await;
    }
    let refused = desk.try_begin("janet5@contoso.example", &random32()).await;
    let problem = refused.refused(ProblemType::RateLimited);
    assert_eq!(problem.retry_after, Some(720));
    assert_eq!(refused.headers["retry-after"], "720");
    desk.restart().await;
    desk.try_begin("janet5@contoso.example", &random32())
        .await
        .refused(ProblemType::RateLimited);
    desk.clock.advance_seconds(721);
    desk.begin("janet5@contoso.example").await;
}

#[tokio::test]
async fn one_address_gets_three_mails_an_hour_and_ten_a_day() {
    let limits = LimitsConfig::default();
    let desk = Desk::open_with(|config| {
        config.limits.mail_per_address = limits.mail_per_address;
        config.limits.mail_per_address_day = limits.mail_per_address_day;
    })
    .await;
    let begun = desk.begin("janet@contoso.example").await;
    desk.resend(&begun)
        .await
        .json::<clausa_api::signup::SignupState>();
    // Sign-ups and sign-ins count together, and an address without an account counts too.
    assert_eq!(desk.request_login("janet@contoso.example").await.1.status, 201);
    desk.resend(&begun).await.refused(ProblemType::RateLimited);
    desk.request_login("Janet@contoso.example")
        .await
        .1
        .refused(ProblemType::RateLimited);
    desk.try_begin("janet@contoso.example", &random32())
        .await
        .refused(ProblemType::RateLimited);
    desk.begin("sam@contoso.example").await;

    let mut sent = 3;
    for _ in 0..200 {
        desk.clock.advance_seconds(400);
        if desk
            .request_login("janet@contoso.example")
            .await
            .1
            .status
            .is_success()
        {
            sent += 1;
        }
    }
    // 80 000 seconds: the ten at once, and what comes back of them in that time.
    assert!((15..=20).contains(&sent), "{sent}");
    // The table of buckets lists no people.
    assert_eq!(
        desk.count("SELECT count(*) FROM limits WHERE instr(bucket, 'janet') > 0")
            .await,
        0
    );
}

#[tokio::test]
async fn guessing_passwords_is_slowed_per_account_and_per_network() {
    let limits = LimitsConfig::default();
    let desk = Desk::open_with(|config| config.limits.login_per_account = limits.login_per_account).await;
    let password = "plum orbit kettle vivid";
    desk.finished("janet@contoso.example", Some(password)).await;
    let device = Device::new();
    let attempt = |address: &'static str, password: &'static str| {
        let (desk, device) = (&desk, &device);
        async move {
            let fields = [
                ("grant_type", GRANT_PASSWORD),
                ("address", address),
                ("password", password),
            ];
            desk.token(device, &fields).await
        }
    };
    for _ in 0..3 {
        attempt("janet@contoso.example", "wrong")
            .await
            .refused(ProblemType::SignInRefused);
    }
    // The right one makes the wrong ones harmless.
    attempt("janet@contoso.example", password)
        .await
        .json::<clausa_api::token::TokenAnswer>();
    for address in ["janet@contoso.example", "nobody@contoso.example"] {
        for _ in 0..10 {
            attempt(address, "wrong")
                .await
                .refused(ProblemType::SignInRefused);
        }
        // A stranger's address is counted alike (SEC-80).
        attempt(address, password).await.refused(ProblemType::RateLimited);
    }

    let desk = Desk::open_with(|config| {
        config.limits.login_per_network = limits.login_per_network;
        config.limits.login_per_account = wide();
    })
    .await;
    let mut refused = 0;
    for number in 0..14 {
        let address = format!("janet{number}@contoso.example");
        let fields = [
            ("grant_type", GRANT_PASSWORD),
            ("address", address.as_str()),
            ("password", password),
        ];
        let answer = desk.token(&device, &fields).await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, 4);
}

#[tokio::test]
async fn strangers_proofs_fill_no_table() {
    // SEC-81
    let desk = Desk::open_with(|config| {
        config.limits.token_per_network = clausa_server::config::LimitConfig::new(2, 2, 60);
    })
    .await;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    for _ in 0..2 {
        desk.token(&Device::new(), &fields)
            .await
            .refused(ProblemType::SignInRefused);
    }
    desk.token(&Device::new(), &fields)
        .await
        .refused(ProblemType::RateLimited);
    assert_eq!(desk.count("SELECT count(*) FROM replays").await, 2);
}
