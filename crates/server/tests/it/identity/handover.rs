//! Sign-ups that go on in another place than where they began.

use clausa_api::signup::{ContinueRequest, Handover, SignupState, SignupStep};
use clausa_api::{Bytes, ProblemType, paths};
use clausa_server::usecase::CODE_SECONDS;
use sha2::{Digest as _, Sha256};

use super::browser::{Browser, field, location, text};
use super::support::{Begun, Desk, Device, random32};
use crate::support::Answer;

async fn hand_over(desk: &Desk, begun: &Begun) -> Handover {
    desk.handover(begun).await.json()
}

async fn go_on(desk: &Desk, token: &str) -> (Answer, Begun) {
    let verifier = random32();
    let body = ContinueRequest {
        token: token.to_owned(),
        challenge: Bytes(Sha256::digest(verifier).to_vec()),
    };
    let answer = desk.post(paths::SIGNUPS_CONTINUE, &body).await;
    let id = serde_json::from_slice::<SignupState>(&answer.body).map(|state| state.id);
    let id = id.unwrap_or_default();
    (answer, Begun { id, verifier })
}

fn path<'a>(desk: &Desk, link: &'a str) -> &'a str {
    link.strip_prefix(&desk.origin()).unwrap()
}

#[tokio::test]
async fn begun_in_a_terminal_and_finished_in_a_browser() {
    let desk = Desk::open().await;
    let begun = desk.begin("janet@contoso.example").await;
    let handover = hand_over(&desk, &begun).await;
    let link = path(&desk, &handover.link);

    // SEC-74: looking changes nothing, for whoever looks, and however often.
    let mut browser = Browser::new(&desk);
    let mut page = browser.get(link).await;
    for _ in 0..3 {
        page = browser.get(link).await;
        assert!(text(&page).contains("janet@contoso.example"), "{}", text(&page));
    }
    assert_eq!(location(&browser.get("/signup/code").await), "/signup");
    desk.state(&begun).await.json::<SignupState>();

    let before = browser.cookie();
    let token = field(&page, "token");
    let taken = browser
        .submit(&page, "/signup/continue", &[("token", &token)])
        .await;
    assert_eq!(location(&taken), "/signup/code");
    assert_ne!(
        browser.cookie(),
        before,
        "a planted cookie does not follow the sign-up"
    );
    // The terminal has it no more, and the code that is under way is the browser's.
    let code = desk.code_for("janet@contoso.example").await;
    desk.prove(&begun, &code).await.refused(ProblemType::NotFound);
    let page = browser.follow(&taken).await;
    let proven = browser.submit(&page, "/signup/code", &[("code", &code)]).await;
    assert_eq!(location(&proven), "/signup/profile");
    let profile = browser.follow(&proven).await;
    let done = browser.submit(&profile, "/signup/profile", &[]).await;
    assert!(text(&browser.follow(&done).await).contains("Contoso"));
    desk.exchange_signup(&begun, &Device::new())
        .await
        .refused(ProblemType::SignInRefused);
    assert_eq!(
        desk.count("SELECT count(*) FROM signups").await,
        1,
        "the same row"
    );
    assert_eq!(desk.sink.waiting(), 0, "one mail");
}

#[tokio::test]
async fn begun_in_a_browser_and_finished_in_a_terminal() {
    let desk = Desk::open().await;
    let mut browser = Browser::new(&desk);
    let start = browser.get("/signup").await;
    let sent = browser
        .submit(&start, "/signup", &[("address", "janet@contoso.example")])
        .await;
    let code_page = browser.follow(&sent).await;
    let shown = browser.submit(&code_page, "/signup/handover", &[]).await;
    assert!(text(&shown).contains("signup --from-browser"), "{}", text(&shown));
    let token = text(&shown);
    let token = token.split("aria-labelledby=\"token-label\">").nth(1).unwrap();
    let token = token.split('<').next().unwrap();
    // Shown, and not yet used: it goes on here.
    assert!(text(&browser.get("/signup/code").await).contains("janet@contoso.example"));

    let (answer, begun) = go_on(&desk, token).await;
    let state: SignupState = answer.json();
    assert!(matches!(state.next, SignupStep::MailProof { tries_left: 5, .. }));
    assert_eq!(location(&browser.get("/signup/code").await), "/signup");
    let code = desk.code_for("janet@contoso.example").await;
    let too_late = browser
        .submit(&code_page, "/signup/code", &[("code", &code)])
        .await;
    assert_eq!(location(&too_late), "/signup");
    let proven: SignupState = desk.prove(&begun, &code).await.json();
    assert_eq!(proven.next, SignupStep::Profile);
    desk.profile(&begun, None).await.json::<SignupState>();
    assert_eq!(
        desk.exchange_signup(&begun, &Device::new()).await.status,
        200,
        "signed in where it ended"
    );
}

#[tokio::test]
async fn a_token_works_once_and_for_a_while() {
    let desk = Desk::open().await;
    let begun = desk.begin("janet@contoso.example").await;
    let token = hand_over(&desk, &begun).await.token;
    let (first, taker) = go_on(&desk, &token).await;
    assert_eq!(first.status, 200);
    let (again, _) = go_on(&desk, &token).await;
    again.refused(ProblemType::CodeVoid);
    // Two of one verifier are one.
    let (one, two) = (hand_over(&desk, &taker).await, hand_over(&desk, &taker).await);
    let (taken, taker) = go_on(&desk, &two.token).await;
    assert_eq!(taken.status, 200);
    go_on(&desk, &one.token).await.0.refused(ProblemType::CodeVoid);

    let late = hand_over(&desk, &taker).await.token;
    desk.clock.advance_seconds(u64::from(CODE_SECONDS) + 1);
    go_on(&desk, &late).await.0.refused(ProblemType::CodeVoid);
    desk.state(&taker).await.json::<SignupState>();
}

#[tokio::test]
async fn guessed_and_altered_tokens_lead_nowhere() {
    let desk = Desk::open().await;
    let begun = desk.begin("janet@contoso.example").await;
    let other = desk.begin("sam@contoso.example").await;
    let token = hand_over(&desk, &begun).await.token;
    for index in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[index] = if altered[index] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        go_on(&desk, &altered).await.0.refused(ProblemType::CodeVoid);
        assert_eq!(
            Browser::new(&desk)
                .get(&format!("/signup/continue?token={altered}"))
                .await
                .status,
            403
        );
    }
    // The end of one's own token with the name of somebody else's sign-up.
    let others = hand_over(&desk, &other).await.token;
    let crossed = format!("{}{}", &others[..22], &token[22..]);
    for odd in ["", "x", &token[1..], &format!("{token}AAAA"), &crossed] {
        go_on(&desk, odd).await.0.refused(ProblemType::CodeVoid);
    }
    desk.state(&begun).await.json::<SignupState>();
    // Whoever has no verifier gets no token.
    let stranger = Begun {
        verifier: random32(),
        ..begun.clone()
    };
    desk.handover(&stranger).await.refused(ProblemType::NotFound);
}

/// Who goes on has to read the mail: a token can lead nobody into an account that somebody else has made ready, and it
/// gives its finder no more than beginning anew.
#[tokio::test]
async fn what_is_proven_is_not_handed_over() {
    let desk = Desk::open().await;
    let begun = desk.begin("janet@contoso.example").await;
    let early = hand_over(&desk, &begun).await.token;
    let code = desk.code_for("janet@contoso.example").await;
    desk.prove(&begun, &code).await.json::<SignupState>();
    desk.handover(&begun).await.refused(ProblemType::StepOutOfOrder);
    go_on(&desk, &early).await.0.refused(ProblemType::CodeVoid);
    desk.profile(&begun, None).await.json::<SignupState>();
    desk.handover(&begun).await.refused(ProblemType::StepOutOfOrder);
    go_on(&desk, &early).await.0.refused(ProblemType::CodeVoid);
}

/// SEC-73: the tries go along; handing over and back is no way to more of them.
#[tokio::test]
async fn wrong_codes_are_counted_across_a_handover() {
    let desk = Desk::open().await;
    let mut holder = desk.begin("janet@contoso.example").await;
    let code = desk.code_for("janet@contoso.example").await;
    let wrong = if code == "00000000" {
        "00000001"
    } else {
        "00000000"
    };
    for left in (1..5).rev() {
        let problem = desk.prove(&holder, wrong).await.refused(ProblemType::CodeWrong);
        assert_eq!(problem.tries_left, Some(left));
        let token = hand_over(&desk, &holder).await.token;
        holder = go_on(&desk, &token).await.1;
    }
    desk.prove(&holder, wrong).await.refused(ProblemType::CodeVoid);
    desk.prove(&holder, &code).await.refused(ProblemType::CodeVoid);
}

/// The mail holds no token: whoever opens its link elsewhere, and presses what he finds, gets no further.
#[tokio::test]
async fn the_mails_link_alone_takes_nothing_over() {
    let desk = Desk::open().await;
    let begun = desk.begin("janet@contoso.example").await;
    let mail = desk.mail_for("janet@contoso.example").await;
    let link = mail.link().unwrap();
    let mut scanner = Browser::new(&desk);
    let page = scanner.get(path(&desk, &link)).await;
    assert!(text(&page).contains("href=\"/signup/continue\""));
    let ask = scanner.get("/signup/continue").await;
    for typed in [mail.code().unwrap(), link.clone(), begun.id.clone()] {
        let pressed = scanner
            .submit(&ask, "/signup/continue", &[("token", &typed)])
            .await;
        assert_eq!(pressed.status, 403, "{typed}");
    }
    desk.prove(&begun, &mail.code().unwrap())
        .await
        .json::<SignupState>();
}
