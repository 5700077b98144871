//! The cast: people, each with a profile and a folder of files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clausa_client::{
    Client, ClientOptions, KeyringChoice, ProfileDirectory, SignedUp, SignupProfile, Waiting,
};
use clausa_core::address::Address;

use super::Stage;
use super::story::broken;
use crate::failure::{Failure, Outcome};

/// Mail arrives within milliseconds here; a minute means that something is wrong.
const MAIL_PATIENCE: Duration = Duration::from_secs(60);

/// Somebody in the story.
pub struct Person {
    /// How the story calls him.
    pub name: &'static str,
    /// His address.
    pub address: Address,
    /// His Clausa.
    pub client: Client,
    names: (&'static str, &'static str),
    profile: PathBuf,
    files: PathBuf,
}

impl Person {
    /// Enters the stage: an empty profile, an empty folder.
    pub async fn enter(
        stage: &Stage,
        name: &'static str,
        address: &str,
        names: (&'static str, &'static str),
    ) -> Outcome<Self> {
        let address: Address = address
            .parse()
            .map_err(|error| broken(format!("{address}: {error}")))?;
        let (profile, files) = (
            stage.folder().join("profiles").join(name),
            stage.folder().join("files").join(name),
        );
        std::fs::create_dir_all(&files)
            .map_err(|error| Failure::from_write(&error, "the folder of the story"))?;
        let options = ClientOptions {
            // The people of a story have no business in the keyring of whoever watches it.
            keyring: KeyringChoice::File,
            client_info: concat!("clausa-demo/", env!("CARGO_PKG_VERSION")).to_owned(),
            device_name: Some(format!("{name}'s machine")),
            ..ClientOptions::default()
        };
        let client = Client::open_profile(ProfileDirectory::at(&profile), options).await?;
        Ok(Self {
            name,
            address,
            client,
            names,
            profile,
            files,
        })
    }

    /// Where his files are.
    pub fn files(&self) -> &Path {
        &self.files
    }

    /// Where his profile is.
    pub fn profile(&self) -> &Path {
        &self.profile
    }

    /// Takes a copy of a file that was sent to him.
    pub fn receive(&self, file: &Path) -> Outcome<PathBuf> {
        let name = file
            .file_name()
            .ok_or_else(|| broken(format!("{} has no name", file.display())))?;
        let copy = self.files.join(name);
        std::fs::copy(file, &copy).map_err(|error| Failure::from_write(&error, "a file of the story"))?;
        Ok(copy)
    }

    /// Signs up: waits for the mail, types its code, says his name.
    pub async fn sign_up(&self, stage: &Stage, waiting: Option<Waiting>) -> Outcome<SignedUp> {
        let mut flow = self.client.signup(self.address.as_str(), waiting).await?;
        let mail = stage.mail().wait_for(&self.address, MAIL_PATIENCE).await;
        let mail = mail.ok_or_else(|| broken(format!("no mail came to {}", self.address)))?;
        let code = mail
            .code()
            .ok_or_else(|| broken(format!("the mail to {} has no code", self.address)))?;
        flow.submit_code(&code).await?;
        let (first, last) = self.names;
        let profile = SignupProfile {
            first_name: Some(first.to_owned()),
            last_name: Some(last.to_owned()),
            password: None,
        };
        Ok(flow.complete_profile(profile).await?)
    }
}
