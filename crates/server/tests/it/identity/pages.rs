//! The pages: signing up, and signing in for a program on the same machine.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clausa_api::token::{CLIENT_ID, GRANT_AUTHORIZATION_CODE, TokenAnswer};
use clausa_api::{ProblemType, paths};
use sha2::{Digest as _, Sha256};

use super::browser::{Browser, field, location, text};
use super::support::{Desk, Device, Member, encode, random32};
use crate::support::Answer;

const REDIRECT: &str = "http://127.0.0.1:49152/callback";
const PASSWORD: &str = "plum orbit kettle vivid";

async fn to_the_code(browser: &mut Browser<'_>, address: &str) -> Answer {
    let start = browser.get("/signup").await;
    let sent = browser.submit(&start, "/signup", &[("address", address)]).await;
    assert_eq!(location(&sent), "/signup/code");
    browser.follow(&sent).await
}

#[tokio::test]
async fn somebody_signs_up_in_the_browser() {
    let desk = Desk::open().await;
    let mut browser = Browser::new(&desk);
    assert!(text(&browser.get("/").await).contains("href=\"/assets/clausa.css\""));
    let code_page = to_the_code(&mut browser, "Janet@Contoso.example").await;
    assert!(text(&code_page).contains("janet@contoso.example"));
    let code = desk.code_for("janet@contoso.example").await;
    let wrong = if code == "00000000" {
        "00000001"
    } else {
        "00000000"
    };
    let again = browser
        .submit(&code_page, "/signup/code", &[("code", wrong)])
        .await;
    assert_eq!(again.status, 403);
    assert!(text(&again).contains("You can try 4 more times."));
    let proven = browser.submit(&again, "/signup/code", &[("code", &code)]).await;
    assert_eq!(location(&proven), "/signup/profile");
    let profile = browser.follow(&proven).await;
    assert!(text(&profile).contains("One last thing"));
    let differ = [
        ("first_name", "Janet"),
        ("password", PASSWORD),
        ("password_again", "another"),
    ];
    let differ = browser.submit(&profile, "/signup/profile", &differ).await;
    assert_eq!(differ.status, 422);
    assert!(text(&differ).contains("differ") && !text(&differ).contains(PASSWORD));
    assert_eq!(field(&differ, "form_token"), field(&profile, "form_token"));
    let before = browser.cookie();
    let fields = [
        ("first_name", "Janet"),
        ("last_name", "<Q>"),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ];
    let unfit = browser.submit(&profile, "/signup/profile", &fields).await;
    assert_eq!(unfit.status, 400);
    assert!(
        text(&unfit).contains("&#60;Q&#62;"),
        "what was typed comes back as text, not as markup"
    );
    let fields = [
        ("first_name", "Janet"),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ];
    let done = browser.submit(&profile, "/signup/profile", &fields).await;
    assert_eq!(location(&done), "/signup/done");
    assert_ne!(browser.cookie(), before, "a new cookie for somebody signed in");
    let done = browser.follow(&done).await;
    assert!(text(&done).contains("janet@contoso.example") && text(&done).contains("Contoso"));
    assert!(text(&done).contains("first of your organisation"));
    // The old cookie is nobody's.
    let mut thief = Browser::new(&desk);
    thief.take_cookie(before);
    assert_eq!(location(&thief.get("/signup/done").await), "/signup");
    assert_eq!(
        desk.count("SELECT count(*) FROM accounts WHERE password_hash IS NOT NULL")
            .await,
        1
    );
}

#[tokio::test]
async fn the_mails_link_has_no_effect_and_its_button_works_where_the_sign_up_began() {
    // SEC-74
    let desk = Desk::open().await;
    let mut browser = Browser::new(&desk);
    to_the_code(&mut browser, "janet@contoso.example").await;
    let mail = desk.mail_for("janet@contoso.example").await;
    let link = mail.link().unwrap();
    let path = link.strip_prefix(&desk.origin()).unwrap();
    let tries = "SELECT tries_left FROM challenges";
    for _ in 0..9 {
        // A scanner, and one that keeps cookies and presses what it finds.
        let mut scanner = Browser::new(&desk);
        let page = scanner.get(path).await;
        assert!(page.status.is_success() && text(&page).contains("Type the code in the other window"));
        assert!(!text(&page).contains("<form"));
        let start = scanner.get("/signup").await;
        let code = mail.code().unwrap();
        let pressed = scanner.submit(&start, "/signup/code", &[("code", &code)]).await;
        assert_eq!(location(&pressed), "/signup");
    }
    assert_eq!(desk.count(tries).await, 5);
    assert_eq!(
        desk.count("SELECT count(*) FROM signups WHERE step = 'mail-proof'")
            .await,
        1
    );

    let page = browser.get(path).await;
    assert!(text(&page).contains("Yes, that’s me"));
    assert_eq!(
        desk.count("SELECT count(*) FROM signups WHERE step = 'mail-proof'")
            .await,
        1,
        "GET changes nothing"
    );
    let code = field(&page, "code");
    let pressed = browser.submit(&page, "/signup/code", &[("code", &code)]).await;
    assert_eq!(location(&pressed), "/signup/profile");
    assert_eq!(location(&browser.get(path).await), "/signup/profile");
    for odd in [
        "/signup/link",
        "/signup/link?id=x&code=y",
        "/signup/link?id=%3Cscript%3E",
    ] {
        let page = Browser::new(&desk).get(odd).await;
        assert!(page.status.is_success() && !text(&page).contains("<script"));
    }
}

#[tokio::test]
async fn a_sign_up_in_a_terminal_cannot_be_finished_from_its_mail() {
    // SEC-74
    let desk = Desk::open().await;
    desk.begin("janet@contoso.example").await;
    let link = desk.mail_for("janet@contoso.example").await.link().unwrap();
    let page = Browser::new(&desk)
        .get(link.strip_prefix(&desk.origin()).unwrap())
        .await;
    assert!(text(&page).contains("a terminal"));
}

#[tokio::test]
async fn forms_from_elsewhere_change_nothing() {
    // SEC-99
    let desk = Desk::open().await;
    let mut browser = Browser::new(&desk);
    let start = browser.get("/signup").await;
    let token = field(&start, "form_token");
    let good = [
        ("form_token", token.as_str()),
        ("address", "janet@contoso.example"),
    ];
    let refused = browser.submit_raw("/signup", &good, "https://evil.example").await;
    assert_eq!(refused.status, 403);
    let bad = [("form_token", "guess"), ("address", "janet@contoso.example")];
    assert_eq!(
        browser.submit_raw("/signup", &bad, &desk.origin()).await.status,
        403
    );
    let other = field(&Browser::new(&desk).get("/signup").await, "form_token");
    let bad = [
        ("form_token", other.as_str()),
        ("address", "janet@contoso.example"),
    ];
    assert_eq!(
        browser.submit_raw("/signup", &bad, &desk.origin()).await.status,
        403
    );
    // Without a cookie there is no token to match.
    assert_eq!(
        Browser::new(&desk)
            .submit_raw("/signup", &good, &desk.origin())
            .await
            .status,
        403
    );
    for path in [
        "/signup/code",
        "/signup/mail",
        "/signup/profile",
        "/signup/handover",
        "/signup/continue",
    ] {
        let fields: &[(&str, &str)] = match path {
            "/signup/code" => &[("form_token", "guess"), ("code", "12345678")],
            "/signup/continue" => &[("form_token", "guess"), ("token", "x")],
            _ => &[("form_token", "guess")],
        };
        assert_eq!(
            browser.submit_raw(path, fields, &desk.origin()).await.status,
            403,
            "{path}"
        );
    }
    assert_eq!(desk.count("SELECT count(*) FROM signups").await, 0);
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere_and_run_nothing() {
    // SEC-112
    let desk = Desk::open().await;
    let mut browser = Browser::new(&desk);
    let mut pages = vec![browser.get("/").await, browser.get("/signup").await];
    pages.push(to_the_code(&mut browser, "janet@contoso.example").await);
    pages.push(browser.get(&authorize(&[])).await);
    for page in pages {
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'")
        );
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(page.headers["cache-control"], "no-store");
        let text = text(&page);
        for forbidden in ["<script", "style=", "http://", "https://", "onclick", "<img"] {
            let found = text.replace(REDIRECT, "").contains(forbidden);
            assert!(!found, "{forbidden} in {text}");
        }
    }
    let style = browser.get("/assets/clausa.css").await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    assert!(text(&style).contains("prefers-color-scheme: dark") && !text(&style).contains("url("));
}

/// The authorisation request of a client, with some fields changed.
pub(super) fn authorize(changes: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest("v".repeat(43)));
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("state", "a state"),
    ];
    for (name, value) in changes {
        fields.retain(|(found, _)| found != name);
        fields.push((name, value));
    }
    format!("{}?{}", paths::AUTHORIZE, encode(&fields))
}

/// The query of the redirect that ends the flow.
pub(super) fn granted(answer: &Answer) -> std::collections::HashMap<String, String> {
    let location = location(answer);
    assert!(location.starts_with(&format!("{REDIRECT}?")), "{location}");
    url::Url::parse(&location)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect()
}

pub(super) async fn redeem(desk: &Desk, device: &Device, code: &str, changes: &[(&str, &str)]) -> Answer {
    let verifier = "v".repeat(43);
    let mut fields = vec![
        ("grant_type", GRANT_AUTHORIZATION_CODE),
        ("code", code),
        ("code_verifier", verifier.as_str()),
        ("redirect_uri", REDIRECT),
        ("client_id", CLIENT_ID),
    ];
    for (name, value) in changes {
        fields.retain(|(found, _)| found != name);
        fields.push((name, value));
    }
    desk.token(device, &fields).await
}

#[tokio::test]
async fn a_program_signs_its_person_in_through_the_browser() {
    let desk = Desk::open().await;
    desk.finished("janet@contoso.example", Some(PASSWORD)).await;
    let mut browser = Browser::new(&desk);
    let path = authorize(&[]);
    let page = browser.get(&path).await;
    assert!(
        page.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("'self' http://127.0.0.1:49152;")
    );
    let wrong = [
        ("step", "password"),
        ("address", "janet@contoso.example"),
        ("password", "wrong"),
    ];
    let refused = browser.submit(&page, &path, &wrong).await;
    assert_eq!(refused.status, 401);
    assert!(text(&refused).contains("Signing in did not work"));
    let right = [
        ("step", "password"),
        ("address", "janet@contoso.example"),
        ("password", PASSWORD),
    ];
    let before = browser.cookie();
    let answer = granted(&browser.submit(&page, &path, &right).await);
    assert_ne!(browser.cookie(), before);
    assert_eq!(
        (answer["state"].as_str(), answer["iss"].as_str()),
        ("a state", desk.origin().as_str())
    );
    let janet = Member::new(
        Device::new(),
        &redeem(&desk, &Device::new(), &answer["code"], &[]).await.json(),
    );
    assert!(janet.access.starts_with("cla_at_"));

    // Next time the browser knows her.
    let page = browser.get(&path).await;
    assert!(text(&page).contains("Go on as janet@contoso.example"));
    let answer = granted(&browser.submit(&page, &path, &[("step", "continue")]).await);
    let device = Device::new();
    let tokens: TokenAnswer = redeem(&desk, &device, &answer["code"], &[]).await.json();
    let janet = Member::new(device, &tokens);
    assert!(
        desk.call(&janet, "GET", paths::ME, None)
            .await
            .status
            .is_success()
    );
    // A code that comes twice ends what the first began (RFC 6749 §4.1.2).
    redeem(&desk, &janet.device, &answer["code"], &[])
        .await
        .refused(ProblemType::SignInRefused);
    desk.call(&janet, "GET", paths::ME, None)
        .await
        .refused(ProblemType::NotSignedIn);
    // Nobody is known in another browser.
    let mut stranger = Browser::new(&desk);
    let page = stranger.get(&path).await;
    assert!(!text(&page).contains("Go on as"));
    let again = stranger.submit(&page, &path, &[("step", "continue")]).await;
    assert!(again.status.is_success() && text(&again).contains("Password"));
}

#[tokio::test]
async fn the_browser_flow_works_with_a_mailed_code() {
    let desk = Desk::open().await;
    desk.finished("janet@contoso.example", None).await;
    let (mut browser, path) = (Browser::new(&desk), authorize(&[]));
    let page = browser.get(&path).await;
    for address in ["nobody@contoso.example", "janet@contoso.example"] {
        let sent = browser
            .submit(&page, &path, &[("step", "mail"), ("address", address)])
            .await;
        assert!(
            sent.status.is_success() && text(&sent).contains("has an account here"),
            "SEC-80"
        );
        if address.starts_with("janet") {
            let login = field(&sent, "login");
            let code = desk.code_for(address).await;
            let fields = [
                ("step", "code"),
                ("login", login.as_str()),
                ("address", address),
                ("code", code.as_str()),
            ];
            // In another browser the code is nothing (SEC-73).
            let mut thief = Browser::new(&desk);
            let other = thief.get(&path).await;
            let refused = thief.submit(&other, &path, &fields).await;
            assert_eq!(refused.status, 403);
            let answer = granted(&browser.submit(&sent, &path, &fields).await);
            redeem(&desk, &Device::new(), &answer["code"], &[])
                .await
                .json::<TokenAnswer>();
        }
    }
}

#[tokio::test]
async fn what_does_not_fit_is_not_granted() {
    let desk = Desk::open().await;
    desk.finished("janet@contoso.example", Some(PASSWORD)).await;
    let mut browser = Browser::new(&desk);
    for (changes, told) in [
        (("client_id", "other"), "not known to this service"),
        (("redirect_uri", "https://evil.example/"), "did not say where"),
        (("redirect_uri", "http://localhost:49152/"), "did not say where"),
    ] {
        let page = browser.get(&authorize(&[changes])).await;
        assert_eq!(page.status, 400);
        assert!(text(&page).contains(told));
    }
    for (changes, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
    ] {
        assert_eq!(
            granted(&browser.get(&authorize(&[changes])).await)["error"],
            error
        );
    }
    let path = authorize(&[]);
    let page = browser.get(&path).await;
    let right = [
        ("step", "password"),
        ("address", "janet@contoso.example"),
        ("password", PASSWORD),
    ];
    browser.submit(&page, &path, &right).await;
    let other = "x".repeat(43);
    for change in [
        ("code_verifier", other.as_str()),
        ("redirect_uri", "http://127.0.0.1:49153/callback"),
        ("client_id", "other"),
    ] {
        let page = browser.get(&path).await;
        let answer = granted(&browser.submit(&page, &path, &[("step", "continue")]).await);
        let code = answer["code"].as_str();
        redeem(&desk, &Device::new(), code, &[change])
            .await
            .refused(ProblemType::SignInRefused);
        // It is used up.
        redeem(&desk, &Device::new(), code, &[])
            .await
            .refused(ProblemType::SignInRefused);
    }
    let page = browser.get(&path).await;
    let answer = granted(&browser.submit(&page, &path, &[("step", "continue")]).await);
    desk.clock.advance_seconds(61);
    redeem(&desk, &Device::new(), &answer["code"], &[])
        .await
        .refused(ProblemType::SignInRefused);
    let nothing = URL_SAFE_NO_PAD.encode(random32());
    redeem(&desk, &Device::new(), &nothing, &[])
        .await
        .refused(ProblemType::SignInRefused);
}
