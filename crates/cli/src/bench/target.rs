//! The authority that is measured: one of our own in a child process, or one that runs already.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clausa_client::{Client, ClientOptions, KeyringChoice, ProfileDirectory};
use clausa_core::origin::Origin;
use clausa_server::Config;
use clausa_server::config::{LimitsConfig, WrappingSuite};
use clausa_server::mail::sink::ReceivedMail;
use tempfile::TempDir;

use super::broken;
use super::process::Usage;
use crate::cmd::serve::settings;
use crate::failure::{Failure, Outcome};

/// Mail arrives within milliseconds; a minute means that something is wrong.
const MAIL_PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks into the outbox.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Which authority.
#[derive(Clone, Debug)]
pub enum Target {
    /// One of our own, with wide limits, in `folder` or a temporary one.
    Own {
        /// Kept, and gone on with by the next run.
        folder: Option<PathBuf>,
        /// For new organisations.
        suite: WrappingSuite,
    },
    /// One that runs.
    Running {
        /// Where.
        origin: Origin,
        /// Where its mails arrive.
        outbox: PathBuf,
    },
}

/// An authority that answers.
pub struct Started {
    origin: Origin,
    outbox: PathBuf,
    /// Profiles and files of the people; and of the authority, when it is our own.
    folder: PathBuf,
    suite: Option<WrappingSuite>,
    child: Option<Serving>,
    _fresh: TempDir,
}

impl Target {
    /// Starts our own, or goes to the one that runs.
    pub async fn open(&self) -> Outcome<Started> {
        let fresh = tempfile::Builder::new()
            .prefix("clausa-bench-")
            .tempdir()
            .map_err(|error| Failure::from_write(&error, "the temporary folder"))?;
        let folder = fresh.path().to_owned();
        match self {
            Self::Running { origin, outbox } => Ok(Started {
                origin: origin.clone(),
                outbox: outbox.clone(),
                folder,
                suite: None,
                child: None,
                _fresh: fresh,
            }),
            Self::Own { folder: kept, suite } => {
                let data = kept.clone().unwrap_or_else(|| folder.join("authority"));
                let of_child = data.clone();
                let suite = *suite;
                let (child, origin) = tokio::task::spawn_blocking(move || serve(&of_child, suite))
                    .await
                    .map_err(|error| broken(error.to_string()))??;
                Ok(Started {
                    origin,
                    outbox: data.join("outbox"),
                    folder,
                    suite: Some(suite),
                    child: Some(child),
                    _fresh: fresh,
                })
            }
        }
    }
}

impl Started {
    /// Where it is.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The wrapping suite, when we chose it.
    pub fn suite(&self) -> Option<u16> {
        self.suite.map(WrappingSuite::number)
    }

    /// What its process has used, when it is our child.
    pub fn usage(&self) -> Option<Usage> {
        Usage::of(self.child.as_ref()?.0.id())
    }

    /// A client with a fresh profile who trusts it.
    pub async fn newcomer(&self, name: &str) -> Outcome<Client> {
        let options = ClientOptions {
            keyring: KeyringChoice::File,
            client_info: concat!("clausa-bench/", env!("CARGO_PKG_VERSION")).to_owned(),
            device_name: Some(name.to_owned()),
            ..ClientOptions::default()
        };
        let profile = ProfileDirectory::at(self.folder.join("profiles").join(name));
        let client = Client::open_profile(profile, options).await?;
        client.trust(&self.origin).await?;
        Ok(client)
    }

    /// A folder for somebody's files.
    pub fn files_of(&self, name: &str) -> PathBuf {
        self.folder.join("files").join(name)
    }

    /// The code in the newest mail to `address`, which no other mail went to before.
    pub async fn mailed_code(&self, address: &str) -> Outcome<String> {
        let since = Instant::now();
        loop {
            if let Some(code) = find_code(&self.outbox, address)? {
                return Ok(code);
            }
            if since.elapsed() > MAIL_PATIENCE {
                return Err(broken(format!("no mail for {address} came to the outbox")));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// A child that does not outlive us; it is stopped as an operator would.
struct Serving(Child);

impl Serving {
    fn end(&mut self) {
        #[cfg(unix)]
        if let Some(id) = i32::try_from(self.0.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        #[cfg(not(unix))]
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(Some(_))) {
            self.end();
        }
    }
}

/// Starts this program as an authority with limits that no number of clients reaches.
fn serve(data: &Path, suite: WrappingSuite) -> Outcome<(Serving, Origin)> {
    let mut config = Config::loopback(data);
    config.limits = LimitsConfig::wide();
    // Every client comes from this machine, and idle connections have to last for the whole measurement.
    config.server.connections = 65_536;
    config.server.connections_per_network = 65_536;
    config.server.requests_per_network = u16::MAX;
    config.server.idle_seconds = 3_600;
    config.keys.suite = suite;
    make_private(data).map_err(|error| Failure::from_write(&error, &data.display().to_string()))?;
    settings::keep(data, &settings::text(&config))?;
    let program = std::env::current_exe().map_err(|error| broken(format!("this program: {error}")))?;
    let child = Command::new(program)
        .args(["--quiet", "--json", "serve", "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| broken(format!("the authority did not start: {error}")))?;
    let mut serving = Serving(child);
    let mut line = String::new();
    if let Some(out) = serving.0.stdout.take() {
        BufReader::new(out)
            .read_line(&mut line)
            .map_err(|error| broken(format!("the authority did not start: {error}")))?;
    }
    let told: serde_json::Value =
        serde_json::from_str(&line).map_err(|_| broken("the authority did not start"))?;
    let origin = told.get("origin").and_then(serde_json::Value::as_str);
    let origin = origin
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| broken("the authority did not say where it is"))?;
    Ok((serving, origin))
}

fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Mails are files that are named by number and address.
fn find_code(outbox: &Path, address: &str) -> Outcome<Option<String>> {
    let unreadable = |error| Failure::from_read(&error, &outbox.display().to_string());
    let ending = format!("-{address}.eml");
    for entry in std::fs::read_dir(outbox).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.file_name().to_string_lossy().ends_with(&ending) {
            let raw = std::fs::read(entry.path()).map_err(unreadable)?;
            // The file may be half written.
            return Ok(ReceivedMail::parse(&raw).code());
        }
    }
    Ok(None)
}
