//! The pages of an organisation's administrator, as a browser sees them.

use super::browser::{Browser, field, location, text};
use super::support::Desk;
use crate::support::Answer;

const JANET: &str = "janet@contoso.example";
const PASSWORD: &str = "plum orbit kettle vivid";

async fn signed_in(browser: &mut Browser<'_>, address: &str) -> Answer {
    let page = browser.get("/account/signin").await;
    let fields = [("step", "password"), ("address", address), ("password", PASSWORD)];
    let answer = browser.submit(&page, "/account/signin", &fields).await;
    assert_eq!(location(&answer), "/account");
    browser.follow(&answer).await
}

/// Janet administers Contoso, and Sam works there.
async fn contoso() -> Desk {
    let desk = Desk::open().await;
    for address in [JANET, "sam@contoso.example"] {
        desk.finished(address, Some(PASSWORD)).await;
    }
    let of = "FROM addresses WHERE address = 'janet@contoso.example'";
    let statement = format!(
        "UPDATE tenants SET managed = 1 WHERE tenant = (SELECT tenant {of}); \
         UPDATE accounts SET role = 'administrator' WHERE account = (SELECT account {of})"
    );
    desk.database.sql(statement.leak()).await;
    desk
}

const SENT: [(&str, &str); 6] = [
    ("plan", "organisation"),
    ("joining", "yes"),
    ("session_hours", "12"),
    (
        "protectors",
        "user:janet@contoso.example\r\n\r\ndomain:contoso.example=confidential\r\n",
    ),
    ("never_receive", "rival.example"),
    ("contact", "ask in <room> 12"),
];

#[tokio::test]
async fn the_administrator_sees_people_and_says_who_administers() {
    let desk = contoso().await;
    let mut browser = Browser::new(&desk);
    assert_eq!(location(&browser.get("/organisation").await), "/account/signin");
    let account = signed_in(&mut browser, JANET).await;
    assert!(text(&account).contains("href=\"/organisation\""));
    let page = browser.get("/organisation").await;
    assert!(text(&page).contains("sam@contoso.example") && text(&page).contains("Administrator"));
    let found = browser.get("/organisation?search=SAM").await;
    assert!(text(&found).contains("sam@contoso.example") && !text(&found).contains("janet@contoso"));
    let id = field(&found, "id");
    let fields = [("id", id.as_str()), ("role", "administrator")];
    desk.clock.advance_seconds(300);
    let answer = browser.submit(&found, "/organisation/role", &fields).await;
    assert_eq!(location(&answer), "/account/confirm?next=/organisation");
    let confirm = browser.follow(&answer).await;
    let shown = [("step", "password"), ("password", PASSWORD)];
    let answer = browser
        .submit(&confirm, "/account/confirm?next=/organisation", &shown)
        .await;
    assert_eq!(location(&answer), "/organisation");
    let answer = browser.submit(&found, "/organisation/role", &fields).await;
    assert_eq!(location(&answer), "/organisation");
    let administrators = "SELECT COUNT(*) FROM accounts WHERE role = 'administrator'";
    assert_eq!(desk.count(administrators).await, 2);
    // Another site's form changes nothing.
    let forged = [("id", id.as_str()), ("role", "member"), ("form_token", "x")];
    let answer = browser
        .submit_raw("/organisation/role", &forged, "https://evil.example")
        .await;
    assert_eq!(
        (answer.status.as_u16(), desk.count(administrators).await),
        (403, 2)
    );
}

#[tokio::test]
async fn the_administrator_sets_what_holds_for_everybody() {
    let desk = contoso().await;
    let mut browser = Browser::new(&desk);
    signed_in(&mut browser, JANET).await;
    let page = browser.get("/organisation/controls").await;
    assert!(text(&page).contains("everybody</textarea>"));
    let answer = browser.submit(&page, "/organisation/controls", &SENT).await;
    assert_eq!(location(&answer), "/organisation");
    let set = "SELECT COUNT(*) FROM controls WHERE joining = 1 AND free_plan = 0 AND session_seconds = 43200";
    assert_eq!(desk.count(set).await, 1);
    let page = browser.get("/organisation/controls").await;
    for kept in [
        "value=\"organisation\" selected",
        "value=\"12\"",
        "domain:contoso.example=confidential",
        "rival.example",
        "room",
    ] {
        assert!(text(&page).contains(kept), "{kept}");
    }
    assert!(!text(&page).contains("<room>"), "what people typed is text");
    for (field, value, told) in [
        ("session_hours", "soon", "0 to 2160"),
        ("protectors", "janet", "names nobody"),
        ("never_receive", "contoso.example", "is your own"),
        ("plan", "free", "no such plan"),
    ] {
        let mut fields = SENT.to_vec();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let answer = browser.submit(&page, "/organisation/controls", &fields).await;
        assert_eq!(answer.status, 400, "{field}");
        assert!(text(&answer).contains(told), "{field}: {}", text(&answer));
        // What was typed is still there.
        assert!(field == "plan" || text(&answer).contains(value));
    }
    // Nobody locks himself out.
    let mut fields = SENT.to_vec();
    fields.push(("second_factor", "yes"));
    let answer = browser.submit(&page, "/organisation/controls", &fields).await;
    assert!(text(&answer).contains("lock yourself out"));
    assert_eq!(desk.count(set).await, 1);
    desk.clock.advance_seconds(300);
    let answer = browser.get("/organisation/controls").await;
    assert_eq!(location(&answer), "/account/confirm?next=/organisation/controls");
}

#[tokio::test]
async fn nobody_else_sees_these_pages() {
    let desk = contoso().await;
    let mut browser = Browser::new(&desk);
    let account = signed_in(&mut browser, "sam@contoso.example").await;
    assert!(!text(&account).contains("/organisation"));
    for path in ["/organisation", "/organisation/controls"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(!text(&answer).contains("janet@contoso.example"));
    }
    let fields = [("id", "x"), ("role", "administrator")];
    let answer = browser.submit(&account, "/organisation/role", &fields).await;
    assert_eq!(answer.status, 404);
    let answer = browser.submit(&account, "/organisation/controls", &SENT).await;
    assert_eq!(answer.status, 403);
    assert_eq!(desk.count("SELECT COUNT(*) FROM controls").await, 0);
}
