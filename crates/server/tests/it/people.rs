//! An organisation's people, and who administers it (`SEC-86`).

use clausa_api::account::{AccountPage, RoleRequest};
use clausa_api::{ProblemType, paths};

use crate::support::{Answer, House, Person};

async fn try_role(house: &House, by: &Person, of: &Person, role: &str) -> Answer {
    let path = paths::fill(paths::ACCOUNT_ROLE, &of.account.to_string());
    let body = serde_json::to_string(&RoleRequest {
        role: role.to_owned(),
    })
    .unwrap();
    house.send(by.request("PUT", &path, Some(body))).await
}

async fn list(house: &House, by: &Person, query: &str) -> AccountPage {
    by.get(house, &format!("{}?{query}", paths::ACCOUNTS))
        .await
        .json()
}

#[tokio::test]
async fn the_administrator_lists_people_searches_and_pages() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    for name in ["sam", "anna_b", "annaxb"] {
        house.person(&format!("{name}@contoso.example")).await;
    }
    house.person("p.dover@fabrikam.example").await;
    janet
        .get(&house, paths::ACCOUNTS)
        .await
        .refused(ProblemType::NotPermitted);
    house.administrate(&janet).await;
    let names = |page: &AccountPage| -> Vec<String> {
        let addresses = page.accounts.iter().map(|one| one.address.clone());
        addresses
            .map(|address| address.replace("@contoso.example", ""))
            .collect()
    };
    let all = list(&house, &janet, "").await;
    assert_eq!(names(&all), ["anna_b", "annaxb", "janet", "sam"]);
    assert_eq!(all.next, None);
    let roles: Vec<_> = all.accounts.iter().map(|one| one.role.as_str()).collect();
    assert_eq!(roles, ["member", "member", "administrator", "member"]);
    // A sign of patterns is a letter like the others.
    for (search, found) in [
        ("anna_", 1),
        ("NNA", 2),
        ("%25", 0),
        ("@contoso", 4),
        ("dover", 0),
    ] {
        let page = list(&house, &janet, &format!("search={search}")).await;
        assert_eq!(page.accounts.len(), found, "{search}");
    }
    let (mut seen, mut query) = (Vec::new(), "limit=1".to_owned());
    loop {
        let page = list(&house, &janet, &query).await;
        seen.extend(names(&page));
        match page.next {
            Some(next) => query = format!("limit=1&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, names(&all));
    for wrong in ["limit=0", "limit=201"] {
        let answer = janet.get(&house, &format!("{}?{wrong}", paths::ACCOUNTS)).await;
        answer.refused(ProblemType::InvalidRequest);
    }
    let logged = "SELECT COUNT(*) FROM log WHERE request = 'ListAccounts' AND admin_action = 1";
    assert_eq!(house.count(logged).await, 10);
}

#[tokio::test]
async fn administrators_make_administrators_and_one_is_always_left() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    let dover = house.person("p.dover@fabrikam.example").await;
    house.administrate(&janet).await;
    let outcome = try_role(&house, &janet, &sam, "administrator").await;
    outcome.refused(ProblemType::StepUpNeeded);
    house.all_fresh("password").await;
    for (by, of, role, refused) in [
        (&sam, &sam, "administrator", ProblemType::NotPermitted),
        (&dover, &sam, "administrator", ProblemType::NotPermitted),
        (&janet, &dover, "administrator", ProblemType::NotFound),
        (&janet, &sam, "guest", ProblemType::InvalidRequest),
        (&janet, &janet, "member", ProblemType::LastAdministrator),
    ] {
        try_role(&house, by, of, role).await.refused(refused);
    }
    let logged = "SELECT COUNT(*) FROM log WHERE request = 'ChangeRole'";
    assert_eq!(house.count(logged).await, 0);
    assert_eq!(try_role(&house, &janet, &sam, "administrator").await.status, 204);
    // Again is nothing new.
    assert_eq!(try_role(&house, &janet, &sam, "administrator").await.status, 204);
    assert_eq!(house.count(logged).await, 1);
    assert_eq!(
        list(&house, &sam, "search=sam").await.accounts[0].role,
        "administrator"
    );
    // Both at once: one of them stays.
    let (one, other) = tokio::join!(
        try_role(&house, &janet, &sam, "member"),
        try_role(&house, &sam, &janet, "member")
    );
    let done = [&one, &other]
        .iter()
        .filter(|answer| answer.status == 204)
        .count();
    assert_eq!(done, 1, "{:?} {:?}", one.status, other.status);
    let left = "SELECT COUNT(*) FROM accounts WHERE role = 'administrator'";
    assert_eq!(house.count(left).await, 1);
    assert_eq!(house.count(logged).await, 2);
}

/// Whatever its rows say, an organisation that nobody has proven has nobody who runs it.
#[tokio::test]
async fn an_unmanaged_organisation_has_no_administrator() {
    let house = House::open().await;
    let janet = house.person("janet@contoso.example").await;
    let sam = house.person("sam@contoso.example").await;
    house.administrate(&janet).await;
    house.sql("UPDATE tenants SET managed = 0").await;
    house.all_fresh("passkey").await;
    janet
        .get(&house, paths::ACCOUNTS)
        .await
        .refused(ProblemType::NotPermitted);
    janet
        .get(&house, paths::CONTROLS)
        .await
        .refused(ProblemType::NotPermitted);
    let change = janet.request("PATCH", paths::CONTROLS, Some("{}".to_owned()));
    house.send(change).await.refused(ProblemType::NotPermitted);
    try_role(&house, &janet, &sam, "administrator")
        .await
        .refused(ProblemType::NotPermitted);
    // Of the log there is one's own part.
    let file = sam.publish(&house, &sam.policy(&[])).await;
    sam.register(&house, &file, Some("plan.txt")).await;
    let log: clausa_api::log::LogPage = janet.get(&house, paths::LOG).await.json();
    assert!(
        log.entries
            .iter()
            .all(|entry| entry.user == "janet@contoso.example"),
        "{log:?}"
    );
    for path in [paths::CONTENT, paths::CONTENT_REVOCATION] {
        let path = paths::fill(path, &file.content.to_string());
        let method = if path.ends_with("revocation") {
            "POST"
        } else {
            "GET"
        };
        let body = (method == "POST").then(|| "{}".to_owned());
        let answer = house.send(janet.request(method, &path, body)).await;
        answer.refused(ProblemType::NotFound);
    }
}
