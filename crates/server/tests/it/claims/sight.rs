//! SEC-87: what resolvers may answer, and what is believed of it. Every server here is a real one, on loopback.

use std::time::Duration;

use clausa_server::dns::{Sight, look};
use clausa_testkit::{DnsAnswer, DnsServer};

const RIGHT: &str = "clausa-challenge=right";

fn right() -> DnsAnswer {
    DnsAnswer::text(RIGHT)
}

fn bytes() -> Vec<u8> {
    RIGHT.as_bytes().to_vec()
}

/// Two honest resolvers and this one.
fn one(answer: DnsAnswer) -> Vec<DnsAnswer> {
    vec![right(), answer, right()]
}

/// Three that say the same.
fn all(answer: DnsAnswer) -> Vec<DnsAnswer> {
    vec![answer.clone(), answer.clone(), answer]
}

async fn seen(answers: Vec<DnsAnswer>) -> Sight {
    let servers: Vec<_> = answers
        .into_iter()
        .map(|answer| DnsServer::start(answer).unwrap())
        .collect();
    let addresses: Vec<_> = servers.iter().map(DnsServer::address).collect();
    let domain = "contoso.example".parse().unwrap();
    let sight = look(&addresses, "_clausa-challenge", &domain, |text| {
        text == RIGHT.as_bytes()
    })
    .await;
    assert!(
        servers.iter().all(|server| server.asked() > 0),
        "each is asked by itself"
    );
    sight
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_all_see_is_believed() {
    let late = |millis| DnsAnswer::After(Duration::from_millis(millis), Box::new(right()));
    let strings =
        |parts: &[&str]| DnsAnswer::Texts(vec![parts.iter().map(|part| part.as_bytes().to_vec()).collect()]);
    let among_others = DnsAnswer::Texts(vec![
        vec![b"v=spf1 -all".to_vec()],
        vec![bytes()],
        vec![b"clausa-challenge=of-somebody-else".to_vec()],
    ]);
    let many = DnsAnswer::Texts((0..20).map(|n| vec![format!("v={n}").into_bytes()]).collect());
    let cases: Vec<(&str, Vec<DnsAnswer>, Sight)> = vec![
        ("three honest ones", all(right()), Sight::Agreed),
        (
            "five honest ones",
            [all(right()), vec![right(), right()]].concat(),
            Sight::Agreed,
        ),
        ("the record among others", all(among_others), Sight::Agreed),
        (
            "a value in two strings",
            all(strings(&["clausa-challenge", "=right"])),
            Sight::Agreed,
        ),
        ("an honest one is slow", one(late(600)), Sight::Agreed),
        (
            "an honest one answers over TCP",
            one(DnsAnswer::CutOverUdp(bytes())),
            Sight::Agreed,
        ),
        (
            "a fourth one is silent",
            [all(right()), vec![DnsAnswer::Silence]].concat(),
            Sight::Agreed,
        ),
        ("no record anywhere", all(DnsAnswer::Empty), Sight::Absent),
        ("no such name", all(DnsAnswer::Code(3)), Sight::Absent),
        (
            "another value",
            all(DnsAnswer::text("clausa-challenge=wrong")),
            Sight::Absent,
        ),
        (
            "the value in other letters",
            all(DnsAnswer::text("clausa-challenge=RIGHT")),
            Sight::Absent,
        ),
        (
            "the value and a space",
            all(DnsAnswer::text("clausa-challenge=right ")),
            Sight::Absent,
        ),
        ("only others", all(many), Sight::Absent),
        (
            "at the domain itself",
            all(DnsAnswer::TextsAt("contoso.example", vec![bytes()])),
            Sight::Absent,
        ),
        (
            "an alias to somebody else's",
            all(DnsAnswer::Alias("x.hosting.example", vec![bytes()])),
            Sight::Absent,
        ),
        (
            "another type of record",
            all(DnsAnswer::OtherType(bytes())),
            Sight::Absent,
        ),
        (
            "one lies that it is there",
            vec![DnsAnswer::Empty, right(), DnsAnswer::Empty],
            Sight::Divided,
        ),
        ("one lies that it is not", one(DnsAnswer::Code(3)), Sight::Divided),
        (
            "one tells another value",
            one(DnsAnswer::text("clausa-challenge=wrong")),
            Sight::Divided,
        ),
        (
            "a fourth one denies it",
            [all(right()), vec![DnsAnswer::Empty]].concat(),
            Sight::Divided,
        ),
        ("one fails", one(DnsAnswer::Code(2)), Sight::Unanswered),
        ("one refuses", one(DnsAnswer::Code(5)), Sight::Unanswered),
        ("one is silent", one(DnsAnswer::Silence), Sight::Unanswered),
        ("one is far too slow", one(late(9_000)), Sight::Unanswered),
        (
            "one cuts everything",
            one(DnsAnswer::CutEverywhere),
            Sight::Unanswered,
        ),
        (
            "one answers another question",
            one(DnsAnswer::WrongNumber(bytes())),
            Sight::Unanswered,
        ),
        (
            "one speaks another language",
            one(DnsAnswer::Garbage),
            Sight::Unanswered,
        ),
        ("two are too few", vec![right(), right()], Sight::Unanswered),
    ];
    let asked = cases
        .into_iter()
        .map(|(name, answers, expected)| tokio::spawn(async move { (name, seen(answers).await, expected) }));
    for outcome in futures_util::future::join_all(asked).await {
        let (name, seen, expected) = outcome.unwrap();
        assert_eq!(seen, expected, "{name}");
    }
}

/// Nothing is remembered: what a server says now counts, not what it said before.
#[tokio::test]
async fn an_answer_is_asked_for_anew() {
    let servers: Vec<_> = (0..3)
        .map(|_| DnsServer::start(DnsAnswer::Then(Box::new(DnsAnswer::Empty), Box::new(right()))).unwrap())
        .collect();
    let addresses: Vec<_> = servers.iter().map(DnsServer::address).collect();
    let domain = "contoso.example".parse().unwrap();
    let see = async || {
        look(&addresses, "_clausa-challenge", &domain, |text| {
            text == RIGHT.as_bytes()
        })
        .await
    };
    assert_eq!(see().await, Sight::Absent);
    assert_eq!(see().await, Sight::Agreed);
    for server in &servers {
        server.answer(DnsAnswer::Empty);
    }
    assert_eq!(see().await, Sight::Absent);
}
