//! The pages of one's account, as a browser sees them.

use clausa_api::token::TokenAnswer;

use super::account::{is_signed_in, login as token_login};
use super::browser::{Browser, field, location, text};
use super::factors::Phone;
use super::support::{Desk, Member};
use crate::support::Answer;

const JANET: &str = "janet@contoso.example";
const PASSWORD: &str = "plum orbit kettle vivid";
const OTHER: &str = "seven lakes under winter";

/// Signs Janet in at the browser, and shows the overview.
async fn signed_in(browser: &mut Browser<'_>, password: &str) -> Answer {
    let page = browser.get("/account").await;
    assert_eq!(location(&page), "/account/signin");
    let page = browser.follow(&page).await;
    assert!(!text(&page).contains("A program on this computer"));
    let fields = [("step", "password"), ("address", JANET), ("password", password)];
    let answer = browser.submit(&page, "/account/signin", &fields).await;
    assert_eq!(location(&answer), "/account");
    browser.follow(&answer).await
}

async fn janet(desk: &Desk) -> Member {
    desk.member_with(JANET, Some(PASSWORD)).await
}

#[tokio::test]
async fn the_overview_shows_and_ends_what_is_ones_own() {
    let desk = Desk::open().await;
    let laptop = janet(&desk).await;
    let mut browser = Browser::new(&desk);
    let page = signed_in(&mut browser, PASSWORD).await;
    let shown = text(&page);
    assert!(shown.contains(JANET) && shown.contains("This one") && shown.contains("End all others"));
    let id = field(&page, "id");
    assert_eq!(id.len(), 32, "the laptop's session; its own has no button");
    // Another browser's form, or none of ours, changes nothing (SEC-99).
    let fields = [("act", "end-session"), ("id", id.as_str()), ("form_token", "x")];
    let forged = browser
        .submit_raw("/account/change", &fields, "https://evil.example")
        .await;
    assert_eq!(forged.status, 403);
    assert!(is_signed_in(&desk, &laptop).await);
    let fields = [("act", "end-session"), ("id", id.as_str())];
    let answer = browser.submit(&page, "/account/change", &fields).await;
    assert_eq!(location(&answer), "/account");
    assert!(!is_signed_in(&desk, &laptop).await);

    // Somebody who is signed in elsewhere reaches nothing of hers.
    desk.finished("sam@contoso.example", Some(OTHER)).await;
    let tokens: TokenAnswer = token_login(&desk, PASSWORD).await.json();
    assert!(tokens.access_token.starts_with("cla_at_"));
    let page = browser.get("/account").await;
    let hers = field(&page, "id");
    let mut other = Browser::new(&desk);
    let sign_in = other.get("/account/signin").await;
    let fields = [
        ("step", "password"),
        ("address", "sam@contoso.example"),
        ("password", OTHER),
    ];
    let answer = other.submit(&sign_in, "/account/signin", &fields).await;
    let theirs = other.follow(&answer).await;
    assert!(!text(&theirs).contains(&hers));
    let fields = [("act", "end-session"), ("id", hers.as_str())];
    other.submit(&theirs, "/account/change", &fields).await;
    assert!(text(&browser.get("/account").await).contains(&hers));

    let answer = browser
        .submit(&page, "/account/change", &[("act", "sign-out")])
        .await;
    assert_eq!(location(&answer), "/");
    assert_eq!(location(&browser.get("/account").await), "/account/signin");
}

#[tokio::test]
async fn dangerous_pages_ask_again_who_it_is() {
    // SEC-83
    let desk = Desk::open().await;
    let laptop = janet(&desk).await;
    let mut browser = Browser::new(&desk);
    let page = signed_in(&mut browser, PASSWORD).await;
    desk.clock.advance_seconds(300);
    for path in ["/account/password", "/account/authenticator"] {
        let answer = browser.get(path).await;
        assert_eq!(location(&answer), format!("/account/confirm?next={path}"));
    }
    let answer = browser
        .submit(&page, "/account/change", &[("act", "end-others")])
        .await;
    assert_eq!(location(&answer), "/account/confirm?next=/account");
    assert!(is_signed_in(&desk, &laptop).await);
    // Nobody is sent anywhere but to our own pages.
    let page = browser.get("/account/confirm?next=https://evil.example/").await;
    let actions: Vec<_> = text(&page)
        .split("action=\"")
        .skip(1)
        .map(str::to_owned)
        .collect();
    assert!(
        !actions.is_empty()
            && actions
                .iter()
                .all(|to| to.starts_with("/account/confirm?next=/account\""))
    );

    let path = "/account/confirm?next=/account/password";
    let page = browser.get(path).await;
    let wrong = [("step", "password"), ("password", OTHER)];
    let refused = browser.submit(&page, path, &wrong).await;
    assert_eq!(refused.status, 401);
    let sent = browser.submit(&page, path, &[("step", "mail")]).await;
    let code = desk.code_for(JANET).await;
    let fields = [
        ("step", "code"),
        ("login", &field(&sent, "login")),
        ("code", &code),
    ];
    let answer = browser.submit(&sent, path, &fields).await;
    assert_eq!(location(&answer), "/account/password");
    let page = browser.follow(&answer).await;
    let differ = [("password", OTHER), ("password_again", PASSWORD)];
    let refused = browser.submit(&page, "/account/password", &differ).await;
    assert_eq!(refused.status, 422);
    let same = [("password", OTHER), ("password_again", OTHER)];
    let answer = browser.submit(&page, "/account/password", &same).await;
    assert_eq!(location(&answer), "/account");
    assert!(!is_signed_in(&desk, &laptop).await, "SEC-75");
    assert!(text(&browser.follow(&answer).await).contains("Change the password"));
    token_login(&desk, OTHER).await.json::<TokenAnswer>();
    let page = browser.get("/account/password").await;
    browser
        .submit(&page, "/account/password", &[("remove", "yes")])
        .await;
    assert!(text(&browser.get("/account").await).contains("Set a password"));
}

#[tokio::test]
async fn an_authenticator_is_added_on_its_page() {
    let desk = Desk::open().await;
    janet(&desk).await;
    let mut browser = Browser::new(&desk);
    signed_in(&mut browser, PASSWORD).await;
    let path = "/account/authenticator";
    let page = browser.get(path).await;
    let page = browser.submit(&page, path, &[("name", "phone")]).await;
    let (id, secret) = (field(&page, "id"), field(&page, "secret"));
    let phone = Phone::of(&secret);
    let wrong = [("id", id.as_str()), ("secret", &secret), ("code", "000000")];
    let page = browser.submit(&page, path, &wrong).await;
    assert!(page.status == 403 && text(&page).contains(&secret));
    let code = phone.shows(&desk, 0);
    let right = [("id", id.as_str()), ("secret", &secret), ("code", &code)];
    let page = browser.submit(&page, path, &right).await;
    assert!(text(&page).contains("Your recovery codes") && text(&page).matches('-').count() >= 20);
    let overview = browser.get("/account").await;
    assert!(text(&overview).contains("10 recovery codes are left"));
    desk.clock.advance_seconds(300);
    let path = "/account/confirm?next=/account";
    let page = browser.get(path).await;
    assert!(
        !text(&page).contains("current-password"),
        "the password is not enough"
    );
    let fields = [("step", "one-time-code"), ("code", &phone.shows(&desk, 0))];
    let answer = browser.submit(&page, path, &fields).await;
    assert_eq!(location(&answer), "/account");
    let page = browser.submit(&overview, "/account/recovery-codes", &[]).await;
    assert!(text(&page).contains("Your recovery codes"));
    let id = field(&overview, "id");
    browser
        .submit(
            &overview,
            "/account/change",
            &[("act", "remove-factor"), ("id", &id)],
        )
        .await;
    assert!(text(&browser.get("/account").await).contains("No second factor"));
}
