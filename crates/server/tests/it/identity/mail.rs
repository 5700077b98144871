//! The mails themselves.

use axum::body::Body;
use axum::http::Request;
use clausa_api::paths;
use serde_json::json;

use super::support::Desk;

#[tokio::test]
async fn the_mail_of_a_sign_up_says_what_to_do_and_nothing_of_a_stranger() {
    let desk = Desk::open_with(|config| config.server.name = "Rights at Contoso".to_owned()).await;
    let begun = desk.begin("janet@contoso.example").await;
    let mail = desk.mail_for("janet@contoso.example").await;
    assert_eq!(mail.subject(), "Finish signing up for Rights at Contoso");
    assert_eq!(mail.envelope_from(), "clausa@rights.example");
    // SEC-84
    assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    let code = mail.code().unwrap();
    // SEC-82: the link is of the configured origin.
    let link = mail.link().unwrap();
    assert_eq!(
        link,
        format!("{}/signup/link?id={}&code={code}", desk.origin(), begun.id)
    );
    assert!(mail.text().contains("Yes, that’s me") && mail.html().contains("Yes, that’s me"));
    assert!(mail.html().contains(&format!("{} {}", &code[..4], &code[4..])));
    assert!(
        !mail.html().contains("<script") && !mail.html().contains("src="),
        "nothing is loaded"
    );
}

#[tokio::test]
async fn mail_without_a_relay_becomes_files() {
    let desk = Desk::open_with(|config| config.mail.relay = None).await;
    desk.begin("janet@contoso.example").await;
    let folder = desk.outbox();
    let mail = loop {
        let first = std::fs::read_dir(&folder).unwrap().next();
        match first {
            Some(entry) => break std::fs::read(entry.unwrap().path()).unwrap(),
            None => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    };
    let mail = clausa_server::mail::sink::ReceivedMail::parse(&mail);
    assert_eq!(mail.header("To").as_deref(), Some("janet@contoso.example"));
    assert!(mail.code().is_some());
}

#[tokio::test]
async fn mail_waits_for_a_relay_that_is_down() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let desk = Desk::open_with(|config| config.mail.port = free).await;
    desk.begin("janet@contoso.example").await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    // The request was answered, and the mail is kept with its text sealed.
    assert_eq!(desk.count("SELECT count(*) FROM outbox").await, 1);
    assert_eq!(
        desk.count("SELECT count(*) FROM outbox WHERE instr(message, 'code') > 0")
            .await,
        0
    );
}

#[tokio::test]
async fn a_mail_is_written_in_the_language_of_the_request() {
    let desk = Desk::open().await;
    for (language, subject, yes) in [
        (
            "fr-CA, en;q=0.5",
            "Terminez votre inscription à Clausa",
            "Oui, c’est moi",
        ),
        ("en", "Finish signing up for Clausa", "Yes, that’s me"),
        ("tlh", "Finish signing up for Clausa", "Yes, that’s me"),
    ] {
        let body = json!({ "address": "janet@contoso.example", "challenge": clausa_api::Bytes(vec![7; 32]) });
        let request = Request::post(paths::SIGNUPS)
            .header("host", desk.host())
            .header("accept-language", language)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        assert_eq!(desk.send(request.unwrap()).await.status, 201);
        let mail = desk.mail_for("janet@contoso.example").await;
        assert_eq!(mail.subject(), subject);
        assert!(mail.html().contains(yes) && mail.text().contains(yes));
    }
}
