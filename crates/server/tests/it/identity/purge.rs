//! What is forgotten, and what is not.

use clausa_api::ProblemType;
use clausa_api::paths;
use clausa_server::jobs::purge;

use super::support::Desk;

#[tokio::test]
async fn sign_ups_that_nobody_finished_are_forgotten_after_a_day() {
    let desk = Desk::open().await;
    let unproven = desk.begin("janet@contoso.example").await;
    let proven = desk.proven("sam@contoso.example").await;
    desk.finished("kim@contoso.example", None).await;
    purge::round(desk.authority().state()).await.unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM signups").await, 3);

    desk.clock.advance_seconds(86_401);
    desk.state(&unproven).await.refused(ProblemType::NotFound);
    desk.profile(&proven, None).await.refused(ProblemType::NotFound);
    assert!(purge::round(desk.authority().state()).await.unwrap() > 0);
    assert_eq!(
        desk.count("SELECT count(*) FROM signups WHERE step <> 'done'")
            .await,
        0
    );
    assert_eq!(desk.count("SELECT count(*) FROM challenges").await, 0);
    assert_eq!(
        desk.count("SELECT count(*) FROM limits").await,
        0,
        "full buckets are as good as none"
    );
    assert_eq!(desk.count("SELECT count(*) FROM accounts").await, 1);
}

#[tokio::test]
async fn what_is_in_use_stays() {
    let desk = Desk::open().await;
    let janet = desk.member("janet@contoso.example").await;
    desk.clock.advance_seconds(300);
    purge::round(desk.authority().state()).await.unwrap();
    assert!(
        desk.call(&janet, "GET", paths::ME, None)
            .await
            .status
            .is_success()
    );
    assert_eq!(desk.count("SELECT count(*) FROM sessions").await, 1);
    desk.clock.advance_days(92);
    purge::round(desk.authority().state()).await.unwrap();
    assert_eq!(desk.count("SELECT count(*) FROM sessions").await, 0);
    assert_eq!(desk.count("SELECT count(*) FROM replays").await, 0);
}
