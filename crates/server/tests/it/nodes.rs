//! Several nodes over one PostgreSQL: what one answered holds on the other, and none starts with secrets of its own.

use clausa_api::ProblemType;
use clausa_api::licence::LicencePurpose;
use clausa_api::paths;
use clausa_server::{Authority, Config, StartError};

use crate::support::{Database, House, StillClock};

/// Two nodes of one authority; none without PostgreSQL.
async fn two_nodes() -> Option<(House, House)> {
    let first = House::over_postgres().await?;
    let second = first.another_node().await;
    Some((first, second))
}

/// SEC-98 and SEC-80 across nodes.
#[tokio::test]
async fn what_one_node_answered_holds_on_the_other() {
    let Some((first, second)) = two_nodes().await else {
        return;
    };
    let janet = first.person("janet@contoso.example").await;
    let dover = second.person("p.dover@fabrikam.example").await;
    let policy = janet.policy(&[("p.dover@fabrikam.example", "VIEW")]);
    let file = janet.publish(&first, &policy).await;
    dover.open(&second, &file).await;
    dover.open(&first, &file).await;

    // A proof that one node has seen is used up on the other.
    let request = |proof: &str| dover.request_with("GET", paths::ME, Some(proof), None);
    let proof = dover.sign(&dover.proof("GET", paths::ME));
    assert!(first.send(request(&proof)).await.status.is_success());
    second
        .send(request(&proof))
        .await
        .refused(ProblemType::ProofInvalid);

    let path = paths::fill(paths::CONTENT_REVOCATION, &file.content.to_string());
    let revoked = janet.post(&first, &path, &serde_json::json!({})).await;
    assert!(revoked.status.is_success());
    dover
        .ask(&second, &file, LicencePurpose::Open)
        .await
        .refused(ProblemType::AccessRevoked);
}

async fn start(config: &Config) -> Result<Authority, StartError> {
    Authority::start(config.clone(), std::sync::Arc::new(StillClock::new())).await
}

/// A node with another key, or for another origin, does not start; the one that it was copied from goes on.
#[tokio::test]
async fn a_node_with_other_secrets_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::loopback(folder.path().join("first"));
    let Some(_database) = Database::postgres(&mut config) else {
        return;
    };
    let first = start(&config).await.unwrap();
    config.server.origin = Some(first.origin().clone());
    let keys = config.data.folder.join("keys");
    for spoilt in ["kek", "pepper", "code-key"] {
        let other = folder.path().join(format!("other-{spoilt}"));
        let mut config = config.clone();
        config.data.folder.clone_from(&other);
        super::support::copy_keys(&keys, &other.join("keys"));
        start(&config).await.unwrap().shutdown().await;
        std::fs::write(other.join("keys").join(spoilt), [9; 32]).unwrap();
        let error = start(&config).await.err().unwrap();
        assert!(matches!(error, StartError::OtherKeys), "{spoilt}: {error}");
    }
    let mut elsewhere = config.clone();
    elsewhere.data.folder = folder.path().join("elsewhere");
    super::support::copy_keys(&keys, &elsewhere.data.folder.join("keys"));
    elsewhere.server.origin = Some("https://rights.contoso.example".parse().unwrap());
    assert!(matches!(
        start(&elsewhere).await.err().unwrap(),
        StartError::OtherOrigin { .. }
    ));
    let mut empty = config.clone();
    empty.data.folder = folder.path().join("empty");
    assert!(matches!(
        start(&empty).await.err().unwrap(),
        StartError::OtherKeys
    ));
    first.shutdown().await;
}

/// The same on SQLite: a pepper that is not the database's own would refuse every password.
#[tokio::test]
async fn a_database_with_another_pepper_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::loopback(folder.path().join("data"));
    start(&config).await.unwrap().shutdown().await;
    std::fs::write(config.data.folder.join("keys/pepper"), [9; 32]).unwrap();
    assert!(matches!(
        start(&config).await.err().unwrap(),
        StartError::OtherKeys
    ));
}

/// A database that is not there, or that is asked for with a password in its URL, is said plainly.
#[tokio::test]
async fn a_database_that_cannot_be_used_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::loopback(folder.path().join("data"));
    config.data.database = Some("postgres://clausa@127.0.0.1:1/clausa".to_owned());
    let error = start(&config).await.err().unwrap();
    assert!(
        matches!(error, StartError::Store(clausa_store::StoreError::Unreachable(_))),
        "{error}"
    );
    config.data.database = Some("postgres://clausa:secret@127.0.0.1/clausa".to_owned());
    let error = start(&config).await.err().unwrap().to_string();
    assert!(
        error.contains("database_password_file") && !error.contains("secret"),
        "{error}"
    );
}
