//! `clausa bench` against an authority that runs already.

use super::stage::Stage;

const FAILED: i32 = 61;

/// An authority that refuses licences is told as such, with its reason, and measures nothing that could be quoted.
#[test]
fn an_authority_that_refuses_fails_the_measurement() {
    let stage = Stage::start_with("licence_per_account = { burst = 3, refill = 1, seconds = 3600 }");
    let outbox = stage.path("authority/outbox");
    let load = [
        "--clients",
        "1",
        "--tenants",
        "1",
        "--files",
        "1",
        "--seconds",
        "1",
        "--warm-up",
        "0",
    ];
    let mut arguments = vec!["bench", "authority", "--at", stage.origin()];
    arguments.extend(["--outbox", outbox.to_str().unwrap()]);
    arguments.extend(load);
    let output = stage.run("judge", &arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(FAILED), "{output:?}");
    assert!(
        told.contains("licences were refused") && told.contains("Look at the reasons"),
        "{told}"
    );
}
