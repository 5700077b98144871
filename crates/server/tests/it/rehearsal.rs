//! What `clausa config check` says: everything at once, with the key and what to do.

use std::path::Path;
use std::sync::Arc;

use clausa_server::rehearsal::{Finding, read, rehearse};
use clausa_server::{Authority, Config, StartError};

use crate::support::StillClock;

fn keys(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.key.as_str()).collect()
}

fn read_text(text: &str) -> Result<Config, Vec<Finding>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authority.toml");
    std::fs::write(&path, text).unwrap();
    read(&path)
}

#[test]
fn every_key_that_cannot_be_read_is_named() {
    let found = read_text(
        "[server]\nlisen = \"127.0.0.1:0\"\nname = 7\nrequest_seconds = 30\n\
         [sever]\nname = \"x\"\n[keys]\nsuite = \"rot13\"\n[server.tls]\nkey_file = \"k\"\n",
    )
    .unwrap_err();
    let mut named = keys(&found);
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "keys.suite",
            "server.lisen",
            "server.name",
            "server.tls",
            "sever.name"
        ]
    );
    assert!(found.iter().any(|finding| finding.text.contains("`rot13`")));
    let found = read_text("[server\n").unwrap_err();
    assert_eq!(keys(&found), ["file"]);
    assert_eq!(keys(&read(Path::new("/no/such/file")).unwrap_err()), ["file"]);
    assert!(read_text("").is_ok());
}

#[tokio::test]
async fn everything_that_does_not_fit_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "geheim").unwrap();
    let mut config = Config::loopback(folder.path().join("data"));
    config.server.listen = "192.0.2.1:443".parse().unwrap();
    config.server.idle_seconds = 0;
    config.server.metrics_listen = Some(config.server.listen);
    config.mail.relay = Some("mail.contoso.example".to_owned());
    config.mail.username = Some("clausa".to_owned());
    config.mail.password_file = Some(password);
    config.mail.from = "nobody".to_owned();
    config.keys.offline_days = 31;
    config.keys.licensor_days = 0;
    config.limits.login_per_account.burst = 0;
    let found = rehearse(&config, &StillClock::new()).await;
    let named = keys(&found);
    for key in [
        "server.listen",
        "server.origin",
        "server.idle_seconds",
        "server.metrics_listen",
        "mail.from",
        "keys.offline_days",
        "keys.licensor_days",
        "limits.login_per_account",
    ] {
        assert!(named.contains(&key), "{key} is not named: {found:#?}");
    }
    config.mail.from = "clausa@contoso.example".to_owned();
    #[cfg(unix)]
    assert!(keys(&rehearse(&config, &StillClock::new()).await).contains(&"mail.password_file"));
    assert!(!folder.path().join("data").exists(), "nothing is made");
}

#[tokio::test]
async fn a_sound_folder_passes_before_the_first_start_while_it_runs_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::loopback(folder.path().join("data"));
    let clock = Arc::new(StillClock::new());
    assert_eq!(rehearse(&config, &*clock).await, []);
    assert!(!folder.path().join("data").exists(), "nothing is made");
    let authority = Authority::start(config.clone(), clock.clone()).await.unwrap();
    assert_eq!(rehearse(&config, &*clock).await, []);
    authority.shutdown().await;
    assert_eq!(rehearse(&config, &*clock).await, []);
}

/// Whatever keeps an authority from starting is found, and what is found keeps it from starting.
#[cfg(unix)]
#[tokio::test]
async fn what_the_check_finds_is_what_a_start_refuses() {
    use std::os::unix::fs::PermissionsExt as _;
    type Harm = fn(&Path, &mut Config);
    let harms: &[(&str, Harm)] = &[
        ("data.folder", |data, _| {
            std::fs::remove_file(data.join("keys/pepper")).unwrap()
        }),
        ("data.folder", |data, _| {
            std::fs::write(data.join("keys/kek"), "short").unwrap()
        }),
        ("data.folder", |data, _| {
            std::fs::write(data.join("keys/kek"), [7; 32]).unwrap()
        }),
        ("data.folder", |data, _| {
            std::fs::set_permissions(data.join("keys/kek"), std::fs::Permissions::from_mode(0o644)).unwrap();
        }),
        ("data.folder", |data, _| {
            std::fs::set_permissions(data.join("authority.db"), std::fs::Permissions::from_mode(0o644))
                .unwrap();
        }),
        ("data.folder", |data, _| {
            std::fs::write(data.join("authority.db"), [7; 8192]).unwrap()
        }),
        ("data.folder", |data, _| {
            std::fs::write(data.join("origin"), "nonsense").unwrap()
        }),
        ("server.origin", |_, config| {
            config.server.origin = Some("https://rights.contoso.example".parse().unwrap());
        }),
        ("server.tls", |data, config| {
            config.server.origin = Some(
                std::fs::read_to_string(data.join("origin"))
                    .unwrap()
                    .trim()
                    .parse()
                    .unwrap(),
            );
            config.server.tls = Some(clausa_server::config::TlsConfig {
                certificate_file: data.join("none.pem"),
                key_file: data.join("none.pem"),
            });
        }),
        ("mail.from", |_, config| config.mail.from = "nobody".to_owned()),
    ];
    for (index, (key, harm)) in harms.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut config = Config::loopback(&data);
        let clock = Arc::new(StillClock::new());
        Authority::start(config.clone(), clock.clone())
            .await
            .unwrap()
            .shutdown()
            .await;
        harm(&data, &mut config);
        let found = rehearse(&config, &*clock).await;
        assert_eq!(keys(&found), [*key], "{index}: {found:#?}");
        assert!(Authority::start(config, clock).await.is_err(), "{index} starts");
    }
}

/// SEC-151
#[tokio::test]
async fn a_clock_that_is_far_off_is_refused() {
    // Over PostgreSQL nobody may look into all logs at once.
    let house = crate::support::House::open_with(|config| config.data.database = None).await;
    let janet = house.person("janet@contoso.example").await;
    janet.get(&house, clausa_api::paths::LOG).await;
    let config = house.authority.state().config().clone();
    house.authority.shutdown().await;
    let clock = |seconds_back: u64| {
        struct Fixed(u64);
        impl clausa_core::time::Clock for Fixed {
            fn micros(&self) -> u64 {
                self.0
            }
        }
        use clausa_core::time::Clock as _;
        Arc::new(Fixed(StillClock::new().micros() - seconds_back * 1_000_000))
    };
    let within = Authority::start(config.clone(), clock(86_400)).await.unwrap();
    within.shutdown().await;
    let behind = Authority::start(config.clone(), clock(86_401))
        .await
        .err()
        .unwrap();
    assert!(matches!(behind, StartError::ClockBehind { .. }), "{behind}");
    assert!(behind.to_string().contains("2026-11-20T08:59:59Z"), "{behind}");
    assert_eq!(
        keys(&rehearse(&config, &*clock(86_401)).await),
        ["the system's clock"]
    );
    let unset = Authority::start(config.clone(), clock(1_795_251_600))
        .await
        .err()
        .unwrap();
    assert!(matches!(unset, StartError::ClockUnset { .. }), "{unset}");
    assert_eq!(
        keys(&rehearse(&config, &*clock(1_795_251_600)).await),
        ["the system's clock"]
    );
    // Nothing was spoilt: with the clock set right it goes on.
    Authority::start(config, clock(0)).await.unwrap().shutdown().await;
}
