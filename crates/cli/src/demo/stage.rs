//! The stage: a fresh folder, a real authority on loopback, and the mail server that its mail goes to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clausa_core::origin::Origin;
use clausa_server::config::MailEncryption;
use clausa_server::mail::sink::MailSink;
use clausa_server::{Authority, Config, SystemClock};

use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::printer::Printer;

/// Everything the story needs beside its people.
pub struct Stage {
    folder: PathBuf,
    authority: Authority,
    mail: MailSink,
    printer: Printer,
}

impl Stage {
    /// Makes the folder and starts authority and mail server.
    pub async fn build(printer: &Printer, folder: Option<PathBuf>) -> Outcome<Self> {
        let folder =
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

    /// Stops the authority.
    pub async fn close(self) {
        self.authority.shutdown().await;
    }
}

fn make_folder(named: Option<PathBuf>) -> std::io::Result<PathBuf> {
    match named {
        Some(folder) => {
            std::fs::create_dir_all(&folder)?;
            std::path::absolute(folder)
        }
        None => Ok(tempfile::Builder::new().prefix("clausa-demo-").tempdir()?.keep()),
    }
}
