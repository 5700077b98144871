//! Accounts as the operator keeps them: all lines or none, and every wrong line is told.

use clausa_core::address::{Address, Domain};
use clausa_server::usecase::accounts::{self, AccountsError, Changed, NewLine, Role};
use clausa_server::usecase::close_account::{CloseError, Files};

use crate::support::House;

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn domain() -> Domain {
    "contoso.example".parse().unwrap()
}

fn line(text: &str, name: &str, role: Role) -> NewLine {
    NewLine {
        address: address(text),
        name: name.to_owned(),
        role,
    }
}

async fn count(house: &House) -> i64 {
    house
        .count("SELECT count(*) FROM accounts WHERE state = 'active'")
        .await
}

#[tokio::test]
async fn an_organisation_whose_domain_is_proven_gets_its_people() {
    // SEC-183
    let house = House::open().await;
    house.person("janet@contoso.example").await;
    let lee = house.person("lee@fabrikam.example").await;
    let state = house.authority.state();
    let right = vec![
        line("janet@contoso.example", "Another", Role::Guest),
        line("sam@contoso.example", "Sam Adams", Role::Member),
        line("kim@contoso.example", "", Role::Guest),
    ];
    let refused = accounts::import(state, &domain(), right.clone(), false).await;
    assert!(matches!(
        refused.unwrap_err()[0],
        (None, AccountsError::Unmanaged(_))
    ));
    house.sql("UPDATE tenants SET managed = 1").await;

    let wrong = vec![
        line("sam@contoso.example", "Sam", Role::Member),
        line("sam@contoso.example", "Sam", Role::Member),
        line(lee.address.as_str(), "Lee", Role::Member),
        line("boss@contoso.example", "Boss", Role::Administrator),
        line("odd@contoso.example", "<b>", Role::Member),
    ];
    for dry_run in [true, false] {
        let errors = accounts::import(state, &domain(), wrong.clone(), dry_run)
            .await
            .unwrap_err();
        let lines: Vec<_> = errors.iter().map(|(line, _)| line.unwrap()).collect();
        assert_eq!(lines, [1, 2, 3, 4], "{errors:?}");
        assert_eq!(count(&house).await, 2);
    }
    let expected = Changed {
        changed: 2,
        unchanged: 1,
    };
    let tried = accounts::import(state, &domain(), right.clone(), true)
        .await
        .unwrap();
    assert_eq!((tried, count(&house).await), (expected, 2));
    let made = accounts::import(state, &domain(), right.clone(), false)
        .await
        .unwrap();
    assert_eq!((made, count(&house).await), (expected, 4));
    let again = accounts::import(state, &domain(), right, false).await.unwrap();
    assert_eq!((again.changed, again.unchanged), (0, 3));
    let listed = accounts::list(state, &domain()).await.unwrap();
    let seen: Vec<_> = listed
        .iter()
        .map(|one| (one.address.as_ref().unwrap().local(), one.account.role))
        .collect();
    let expected = [
        ("janet", Role::Member),
        ("kim", Role::Guest),
        ("sam", Role::Member),
    ];
    assert_eq!(seen, expected);
    assert_eq!(
        house
            .count("SELECT count(*) FROM log WHERE request = 'ProvisionAccount'")
            .await,
        2
    );
}

#[tokio::test]
async fn accounts_are_closed_together_or_not_at_all() {
    let house = House::open().await;
    for person in ["janet", "sam", "kim"] {
        house.person(&format!("{person}@contoso.example")).await;
    }
    let state = house.authority.state();
    let wrong = vec![
        (address("janet@contoso.example"), Files::Keep),
        (address("nobody@contoso.example"), Files::Keep),
        (
            address("sam@contoso.example"),
            Files::HandOver(address("janet@contoso.example")),
        ),
    ];
    for dry_run in [true, false] {
        let errors = accounts::close(state, &domain(), wrong.clone(), dry_run)
            .await
            .unwrap_err();
        assert!(
            matches!(
                errors[..],
                [
                    (Some(1), AccountsError::Unknown(_)),
                    (Some(2), AccountsError::NotClosed(CloseError::NoSuccessor))
                ]
            ),
            "{errors:?}"
        );
        assert_eq!(count(&house).await, 3);
    }
    let right = vec![
        (
            address("janet@contoso.example"),
            Files::HandOver(address("kim@contoso.example")),
        ),
        (address("sam@contoso.example"), Files::Keep),
    ];
    let tried = accounts::close(state, &domain(), right.clone(), true)
        .await
        .unwrap();
    assert_eq!((tried.changed, count(&house).await), (2, 3));
    let closed = accounts::close(state, &domain(), right, false).await.unwrap();
    assert_eq!((closed.changed, count(&house).await), (2, 1));
    assert_eq!(
        house
            .count("SELECT count(*) FROM log WHERE request = 'CloseAccount'")
            .await,
        2
    );
}
