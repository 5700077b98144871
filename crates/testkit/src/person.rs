//! A person with a device of his own.

use std::io::Read;
use std::path::{Path, PathBuf};

use clausa_client::{
    Client, ClientOptions, KeyringChoice, OpenError, PolicyChoice, ProfileDirectory, ProtectOptions,
    SignedUp, SignupProfile, Source,
};
use clausa_core::origin::Origin;
use clausa_core::rights::Rights;
use tempfile::TempDir;

use crate::{ManualClock, TestAuthority};

/// A person at a machine: a client with its own profile, and a folder for files.
pub struct TestPerson {
    client: Client,
    address: String,
    clock: ManualClock,
    folder: TempDir,
}

impl TestPerson {
    /// Somebody with a fresh profile who trusts the authority at `origin`.
    pub async fn new(address: &str, origin: &Origin, clock: &ManualClock) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let client = open_profile(folder.path(), clock).await;
        client.trust(origin).await.expect("the authority can be trusted");
        Self {
            client,
            address: address.to_owned(),
            clock: clock.clone(),
            folder,
        }
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The address the person was made with.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A folder for files; the profile is in `profile/` inside it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A client of the same profile as a new process would have it.
    pub async fn reopen(&mut self) {
        self.client = open_profile(self.folder.path(), &self.clock).await;
    }

    /// Signs up from end to end; a mail must arrive.
    pub async fn sign_up(&self, authority: &TestAuthority) -> SignedUp {
        let mut flow = self
            .client
            .signup(&self.address, None)
            .await
            .expect("the sign-up begins");
        let code = authority.mailed_code(&self.address).await;
        flow.submit_code(&code).await.expect("the mailed code is right");
        flow.complete_profile(SignupProfile::default())
            .await
            .expect("the account is made")
    }

    /// Signs in with a mailed code and enrols this device.
    pub async fn sign_in(&self, authority: &TestAuthority) {
        let flow = self
            .client
            .login_with_code(&self.address, None)
            .await
            .expect("the sign-in begins");
        let code = authority.mailed_code(&self.address).await;
        flow.submit_code(&code).await.expect("the mailed code is right");
    }

    /// Writes a file into the person's folder.
    pub fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("the folder can be written");
        path
    }

    /// Writes a file and protects it; the protected file stands beside it as `<name>.clausa`.
    pub async fn protect(&self, name: &str, content: &[u8], policy: PolicyChoice) -> PathBuf {
        self.protect_with(name, content, ProtectOptions::new(policy))
            .await
    }

    /// As [`TestPerson::protect`], with every option.
    pub async fn protect_with(&self, name: &str, content: &[u8], options: ProtectOptions) -> PathBuf {
        let source = self.write(name, content);
        self.client
            .protect(Source::file(source), options)
            .await
            .expect("the file is protected")
            .output
    }

    /// Opens a file to its last byte.
    ///
    /// # Errors
    ///
    /// What the client says.
    pub async fn open(&self, file: &Path) -> Result<(Rights, Vec<u8>), OpenError> {
        let mut opened = self.client.open(Source::file(file)).await?;
        let read = move || {
            let mut content = Vec::new();
            opened
                .reader()
                .read_to_end(&mut content)
                .expect("a sealed file reads to its end");
            (opened.rights(), content)
        };
        Ok(tokio::task::spawn_blocking(read)
            .await
            .expect("reading does not panic"))
    }
}

async fn open_profile(folder: &Path, clock: &ManualClock) -> Client {
    let options = ClientOptions {
        clock: clock.shared(),
        // A test must not leave anything in the keyring of whoever runs it.
        keyring: KeyringChoice::File,
        device_name: Some("test device".to_owned()),
        ..ClientOptions::default()
    };
    let directory = ProfileDirectory::at(folder.join("profile"));
    Client::open_profile(directory, options)
        .await
        .expect("a fresh profile opens")
}
