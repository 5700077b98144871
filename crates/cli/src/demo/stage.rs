//! The stage: a fresh folder, a real authority on loopback, and the mail server that its mail goes to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clausa_core::origin::Origin;
use clausa_server::config::MailEncryption;
use clausa_server::mail::sink::MailSink;
use clausa_server::{Authority, Config, SystemClock};
use tempfile::TempDir;

use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::printer::Printer;

/// Everything the story needs beside its people.
///
/// A fresh folder is kept when the stage is closed; when the story was interrupted it goes away.
pub struct Stage {
    folder: PathBuf,
    authority: Authority,
    mail: MailSink,
    printer: Printer,
    /// After the authority, which still uses it when the stage falls.
    fresh: Option<TempDir>,
}

impl Stage {
    /// Makes the folder and starts authority and mail server.
    pub async fn build(printer: &Printer, folder: Option<PathBuf>) -> Outcome<Self> {
        let (folder, fresh) =
            make_folder(folder).map_err(|error| Failure::from_write(&error, "the folder of the story"))?;
        let mail = MailSink::start().await.map_err(|error| {
            Failure::new(
                Kind::ServeFailed,
                format!("the mail server did not start: {error}"),
            )
        })?;
        let mut config = Config::loopback(folder.join("authority"));
        config.mail.relay = Some(mail.addr().ip().to_string());
        config.mail.port = mail.addr().port();
        // The mail server stands on this machine, in this process.
        config.mail.encryption = MailEncryption::None;
        let authority = Authority::start(config, Arc::new(SystemClock))
            .await
            .map_err(|error| Failure::new(Kind::ServeFailed, crate::failure::sentence(&error)))?;
        Ok(Self {
            folder,
            authority,
            mail,
            printer: printer.clone(),
            fresh,
        })
    }

    /// Where everything is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The authority's data.
    pub fn data(&self) -> PathBuf {
        self.folder.join("authority")
    }

    /// The authority's origin.
    pub fn origin(&self) -> &Origin {
        self.authority.origin()
    }

    /// Where mail arrives.
    pub fn mail(&self) -> &MailSink {
        &self.mail
    }

    /// Where the story is told.
    pub fn printer(&self) -> &Printer {
        &self.printer
    }

    /// Stops the authority and keeps the folder.
    pub async fn close(self) {
        self.authority.shutdown().await;
        if let Some(fresh) = self.fresh {
            let _ = fresh.keep();
        }
    }

    /// Stops the authority and removes the folder, unless the person named it.
    pub async fn strike(self) {
        self.authority.shutdown().await;
        if let Some(fresh) = self.fresh {
            let folder = fresh.keep();
            // What was interrupted may still be finishing a file of its own.
            for _ in 0..20 {
                if std::fs::remove_dir_all(&folder).is_ok() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn make_folder(named: Option<PathBuf>) -> std::io::Result<(PathBuf, Option<TempDir>)> {
    match named {
        Some(folder) => {
            std::fs::create_dir_all(&folder)?;
            Ok((std::path::absolute(folder)?, None))
        }
        None => {
            let fresh = tempfile::Builder::new().prefix("clausa-demo-").tempdir()?;
            Ok((fresh.path().to_owned(), Some(fresh)))
        }
    }
}
