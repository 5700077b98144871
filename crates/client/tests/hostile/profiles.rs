//! What is kept between runs: private, whole, never overwritten when it is not understood.

use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use clausa_api::device::Keystore;
use clausa_client::{
    Client, ClientOptions, ErrorKind, KeyringChoice, ProfileDirectory, ProfileError, SecretStore,
    SecretsError,
};
use clausa_core::origin::Origin;
use zeroize::Zeroizing;

use crate::fake::{ADDRESS, Fake, Person};

#[tokio::test]
async fn everything_in_the_profile_is_its_users_alone() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    let file = janet.protect("plan.txt", b"plan").await.output;
    janet
        .client
        .rights(clausa_client::Source::file(file))
        .await
        .unwrap();
    let mut seen = 0;
    let mut folders = vec![janet.path("profile")];
    while let Some(folder) = folders.pop() {
        assert_eq!(
            std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
            0o700,
            "{}",
            folder.display()
        );
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = std::fs::metadata(&path).unwrap();
            if metadata.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 5, "{seen}");
}

#[tokio::test]
async fn what_is_not_understood_is_named_and_left_alone() {
    let authority = Fake::start().await;
    let mut janet = authority.person().await;
    for (name, verb_needs_it) in [
        ("accounts.json", true),
        ("secrets.json", true),
        ("pending.json", false),
    ] {
        let path = janet.path("profile").join(name);
        let before = std::fs::read(&path).unwrap_or_default();
        for (content, expected) in [
            ("{", "Damaged"),
            ("{\"version\": 2}", "NewerVersion"),
            ("{\"x\": 1}", "Damaged"),
        ] {
            std::fs::write(&path, content).unwrap();
            let error = if verb_needs_it {
                janet
                    .client
                    .whoami()
                    .await
                    .map(drop)
                    .unwrap_err()
                    .to_string_chain()
            } else {
                janet
                    .client
                    .resume_login()
                    .await
                    .map(drop)
                    .unwrap_err()
                    .to_string_chain()
            };
            assert!(error.contains(name), "{expected}: {error}");
            assert_eq!(
                std::fs::read_to_string(&path).unwrap(),
                content,
                "it is left as it is"
            );
        }
        if before.is_empty() {
            std::fs::remove_file(&path).unwrap()
        } else {
            std::fs::write(&path, before).unwrap()
        }
    }
    let config = janet.path("profile").join("config.toml");
    let before = std::fs::read(&config).unwrap();
    std::fs::write(&config, "version = 9\n").unwrap();
    let directory = ProfileDirectory::at(janet.path("profile"));
    let error = Client::open_profile(directory.clone(), ClientOptions::default())
        .await
        .unwrap_err();
    assert!(
        matches!(error, ProfileError::NewerVersion { version: 9, .. }),
        "{error:?}"
    );
    std::fs::write(&config, "version = 1\nsurprise = true\n").unwrap();
    let error = Client::open_profile(directory, ClientOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(error, ProfileError::Damaged { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Profile);
    std::fs::write(&config, before).unwrap();
    janet.reopen().await;
    assert!(janet.client.whoami().await.unwrap().confirmed);
}

trait Chain {
    fn to_string_chain(&self) -> String;
}

impl<E: std::error::Error> Chain for E {
    fn to_string_chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

#[tokio::test]
async fn a_folder_that_others_may_write_to_is_refused() {
    let folder = tempfile::TempDir::new().unwrap();
    let open = || Client::open_profile(ProfileDirectory::at(folder.path()), ClientOptions::default());
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o770)).unwrap();
    assert!(matches!(
        open().await.unwrap_err(),
        ProfileError::NotPrivate { .. }
    ));
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    open().await.unwrap();
}

/// Many processes that change one profile at once lose nothing.
#[tokio::test(flavor = "multi_thread")]
async fn changes_at_the_same_time_are_all_kept() {
    let folder = tempfile::TempDir::new().unwrap();
    let authority = Fake::start().await;
    let description = Person::new(&authority.clock)
        .await
        .client
        .trust(&authority.origin)
        .await
        .unwrap();
    let tasks: Vec<_> = (0..24)
        .map(|number: u32| {
            let directory = ProfileDirectory::at(folder.path());
            let mut description = description.clone();
            description.origin = format!("https://a{number}.example").parse::<Origin>().unwrap();
            tokio::spawn(async move {
                let client = Client::open_profile(directory, ClientOptions::default())
                    .await
                    .unwrap();
                client.trust_pinned(description).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let client = Client::open_profile(ProfileDirectory::at(folder.path()), ClientOptions::default())
        .await
        .unwrap();
    assert_eq!(client.authorities().await.unwrap().len(), 24);
}

/// A keyring in memory that can be locked.
#[derive(Default)]
struct Ring {
    entries: Mutex<std::collections::HashMap<String, Vec<u8>>>,
    locked: Mutex<bool>,
}

impl Ring {
    fn check(&self) -> Result<(), SecretsError> {
        if *self.locked.lock().unwrap() {
            Err(SecretsError::TimedOut { seconds: 1 })
        } else {
            Ok(())
        }
    }
}

impl SecretStore for Ring {
    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretsError> {
        self.check()?;
        Ok(self
            .entries
            .lock()
            .unwrap()
            .get(name)
            .cloned()
            .map(Zeroizing::new))
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), SecretsError> {
        self.check()?;
        self.entries
            .lock()
            .unwrap()
            .insert(name.to_owned(), secret.to_vec());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), SecretsError> {
        self.check()?;
        self.entries.lock().unwrap().remove(name);
        Ok(())
    }

    fn keystore(&self) -> Keystore {
        Keystore::OsKeyring
    }
}

/// SEC-55, SEC-56: with a keyring nothing secret is in the folder, and the authority and the person are told which it is.
#[tokio::test]
async fn with_a_keyring_the_folder_holds_no_secret() {
    let authority = Fake::start().await;
    let ring = Arc::new(Ring::default());
    let folder = tempfile::TempDir::new().unwrap();
    let options = ClientOptions {
        clock: authority.clock.shared(),
        keyring: KeyringChoice::Custom(ring.clone()),
        ..ClientOptions::default()
    };
    let client = Client::open_profile(ProfileDirectory::at(folder.path()), options)
        .await
        .unwrap();
    client.trust(&authority.origin).await.unwrap();
    let signed_in = client.login_with_password(ADDRESS, "password").await.unwrap();
    assert_eq!(signed_in.identity.keystore, Keystore::OsKeyring);
    let request: clausa_api::device::EnrolDeviceRequest =
        authority.seen(clausa_api::paths::DEVICES)[0].json();
    assert_eq!(request.keystore, Keystore::OsKeyring);
    assert!(!folder.path().join("secrets.json").exists());
    let mut secrets: Vec<Vec<u8>> = vec![b"access-1".to_vec(), b"refresh-1".to_vec()];
    for entry in ring.entries.lock().unwrap().values() {
        secrets.push(entry.clone());
    }
    let mut folders = vec![folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            for secret in &secrets {
                assert!(
                    !bytes.windows(secret.len()).any(|window| window == secret),
                    "{}",
                    path.display()
                );
            }
        }
    }
    *ring.locked.lock().unwrap() = true;
    assert_eq!(client.whoami().await.unwrap_err().kind(), ErrorKind::Keyring);
}

/// Where there is no session bus nobody waits for a keyring.
#[tokio::test]
async fn the_file_is_used_where_it_is_chosen() {
    let authority = Fake::start().await;
    let janet = authority.person().await;
    assert_eq!(janet.client.whoami().await.unwrap().keystore, Keystore::File);
    assert!("ring".parse::<KeyringChoice>().is_err());
    assert!(matches!(
        "file".parse::<KeyringChoice>().unwrap(),
        KeyringChoice::File
    ));
}
