//! `clausa serve`: runs an authority.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clausa_core::keys::VerifyingKey;
use clausa_server::config::{MailEncryption, TlsConfig};
use clausa_server::{Authority, Config, SystemClock};
use serde_json::json;

use crate::context::{self, Context};
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome, sentence};

pub mod settings;

/// Run an authority: sign-up, keys, templates, licences, log
///
/// Everything is in one folder: the database, the keys, and authority.toml, which holds the options given on the first start; later starts need only --data, and options given again win over the file for that start. Without a mail relay, mails are put into the folder's outbox as .eml files. Plain HTTP is served on loopback only; anything else needs a certificate. Logs go to the standard error: warnings and errors, or what CLAUSA_LOG says, such as info or clausa_server=debug.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  clausa serve --data ./authority
  clausa serve --data /var/lib/clausa --listen 0.0.0.0:443 --origin https://rights.contoso.example \\
      --tls-cert fullchain.pem --tls-key key.pem --smtp mail.contoso.example:587 --mail-from clausa@contoso.example")]
pub struct Args {
    /// The authority's folder; made on the first start
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// PostgreSQL database instead of the file in the folder, such as postgres://clausa@db.contoso.example/clausa; without its password
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// File with the password of the database's user, readable by you alone
    #[arg(long, value_name = "FILE", requires = "database")]
    database_password_file: Option<PathBuf>,
    /// Address to listen on; a free loopback port, kept from then on, otherwise
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// The one origin under which clients reach this authority; every protected file names it for life
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// Name shown to people
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// TLS certificate with its chain (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM), readable by you alone
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Mail relay
    #[arg(long, value_name = "HOST[:PORT]")]
    smtp: Option<String>,
    /// How to talk to the relay
    #[arg(long, value_name = "HOW", value_enum, requires = "smtp")]
    smtp_encryption: Option<Encryption>,
    /// User name at the relay
    #[arg(long, value_name = "USER", requires = "smtp_password_file")]
    smtp_user: Option<String>,
    /// File with the password at the relay, readable by you alone
    #[arg(long, value_name = "FILE", requires = "smtp_user")]
    smtp_password_file: Option<PathBuf>,
    /// Sender of the authority's mails
    #[arg(long, value_name = "EMAIL")]
    mail_from: Option<String>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Encryption {
    /// TLS from the first byte
    Tls,
    /// Begin in clear and switch to TLS, or give up
    StartTls,
    /// None; for a relay on this machine only
    None,
}

/// What to do.
pub struct Plan {
    folder: PathBuf,
    config: Config,
}

impl Args {
    /// The configuration file, and the options over it.
    pub fn resolve(self) -> Outcome<Plan> {
        let folder = std::path::absolute(&self.data)
            .map_err(|error| Failure::from_write(&error, &self.data.display().to_string()))?;
        let file = folder.join(settings::FILE_NAME);
        let mut config = if file.exists() {
            Config::from_file(&file)
                .map_err(|error| serve_failed(&error).about(&file.display().to_string()))?
        } else {
            Config::default()
        };
        config.data.folder = folder.clone();
        self.apply(&mut config)?;
        config.check().map_err(|error| refused(&error))?;
        Ok(Plan { folder, config })
    }

    fn apply(self, config: &mut Config) -> Outcome {
        if let Some(database) = self.database {
            config.data.database = Some(database);
        }
        if let Some(file) = self.database_password_file {
            config.data.database_password_file = Some(absolute(file)?);
        }
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        if let Some(origin) = &self.origin {
            config.server.origin = Some(context::origin(origin)?);
        }
        if let Some(name) = self.name {
            config.server.name = name;
        }
        if let (Some(certificate), Some(key)) = (self.tls_cert, self.tls_key) {
            config.server.tls = Some(TlsConfig {
                certificate_file: absolute(certificate)?,
                key_file: absolute(key)?,
            });
        }
        if let Some(relay) = &self.smtp {
            let (host, port) = relay_address(relay)?;
            config.mail.relay = Some(host);
            config.mail.port = port.unwrap_or(config.mail.port);
        }
        if let Some(encryption) = self.smtp_encryption {
            config.mail.encryption = match encryption {
                Encryption::Tls => MailEncryption::Tls,
                Encryption::StartTls => MailEncryption::StartTls,
                Encryption::None => MailEncryption::None,
            };
        }
        if let (Some(user), Some(file)) = (self.smtp_user, self.smtp_password_file) {
            config.mail.username = Some(user);
            config.mail.password_file = Some(absolute(file)?);
        }
        if let Some(from) = self.mail_from {
            config.mail.from = from;
        }
        Ok(())
    }
}

/// Serves until told to stop.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    start_logging(context);
    #[cfg(unix)]
    allow_open_files(plan.config.server.connections);
    let mail = mail_goes_to(&plan.config, &plan.folder);
    let (folder, settings) = (plan.folder, settings::text(&plan.config));
    // Its own limit for requests that are running, and a little for the rest.
    let _busy = context.stop.busy_for(Duration::from_secs(
        u64::from(plan.config.server.drain_seconds) + u64::from(plan.config.server.stop_seconds) + 5,
    ));
    let authority = Authority::start(plan.config, Arc::new(SystemClock))
        .await
        .map_err(|error| serve_failed(&error))?;
    if let Err(failure) = settings::keep(&folder, &settings) {
        authority.shutdown().await;
        return Err(failure);
    }
    let announced = match announce(context, &authority, &folder, &mail) {
        // Whoever started it need not read on.
        Err(failure) if failure.is_closed_pipe() => Ok(()),
        other => other,
    };
    if announced.is_ok() {
        context.stop.wait().await;
        context
            .printer
            .note("Stopping: requests that are running are finished first.");
    }
    authority.shutdown().await;
    announced
}

fn announce(context: &Context, authority: &Authority, folder: &Path, mail: &str) -> Outcome {
    let origin = authority.origin();
    let roots: Vec<String> = authority.state().anchors().roots.iter().map(root_text).collect();
    let value = json!({
        "origin": origin,
        "listen": authority.local_addr().to_string(),
        "data": folder,
        "mail": mail,
        "roots": roots,
    });
    context.printer.result(&value, |words| {
        words.heading(&format!("The authority is running at {origin}"))?;
        words.field("data", &folder.display().to_string())?;
        words.field("mail", mail)?;
        for root in &roots {
            words.field("root key", root)?;
        }
        words.line("To make an account here:")?;
        words.command(&format!("clausa --authority {origin} signup EMAIL"))?;
        words.line("Ctrl-C stops it.")
    })
}

/// Where mails go, said plainly.
fn mail_goes_to(config: &Config, folder: &Path) -> String {
    match &config.mail.relay {
        Some(relay) => format!("sent through {relay}:{}", config.mail.port),
        None => format!(
            "not sent: put into {} (give --smtp to send them)",
            folder.join("outbox").display()
        ),
    }
}

fn root_text(key: &VerifyingKey) -> String {
    let bytes: &[u8] = match key {
        VerifyingKey::Ed25519(bytes) => bytes,
        VerifyingKey::P256(bytes) => bytes,
    };
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `host`, `host:port` or `[::1]:port`.
fn relay_address(text: &str) -> Outcome<(String, Option<u16>)> {
    let refused =
        || Failure::usage(format!("`{text}` is not a mail relay")).advise("Write HOST or HOST:PORT.");
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, Some(port.parse().map_err(|_| refused())?))
        }
        _ => (text, None),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        Err(refused())
    } else {
        Ok((host.to_owned(), port))
    }
}

fn absolute(path: PathBuf) -> Outcome<PathBuf> {
    std::path::absolute(&path).map_err(|error| Failure::from_read(&error, &path.display().to_string()))
}

/// The configuration cannot be used.
fn refused(error: &(dyn std::error::Error + 'static)) -> Failure {
    serve_failed(error).advise(format!(
        "Change the option, or the key in {}.",
        settings::FILE_NAME
    ))
}

/// What the authority's code says of a failure.
pub fn serve_failed(error: &(dyn std::error::Error + 'static)) -> Failure {
    let text = sentence(error);
    Failure::new(
        Kind::ServeFailed,
        text.strip_prefix("failed to ").unwrap_or(&text),
    )
}

/// Each connection is an open file, and many systems begin with a limit of 1 024. Beyond what the system allows,
/// connections wait to be accepted.
#[cfg(unix)]
fn allow_open_files(connections: u32) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = u64::from(connections) + FILES_BESIDE_CONNECTIONS;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < needed) {
        let current = Some(limit.maximum.map_or(needed, |maximum| maximum.min(needed)));
        // Refused, the old limit stays.
        let _ = setrlimit(Resource::Nofile, Rlimit { current, ..limit });
    }
}

/// The database, mails, standard streams, the metrics' connections.
#[cfg(unix)]
const FILES_BESIDE_CONNECTIONS: u64 = 128;

/// Logs go to the standard error; `CLAUSA_LOG` chooses what (such as `debug`), `--json` their form.
fn start_logging(context: &Context) {
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::filter::filter_fn;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_from_env("CLAUSA_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // At their finest, libraries write down what they carry: headers with tokens, statements, file names (SEC-58).
    let ours = filter_fn(|event| event.target().starts_with("clausa") || *event.level() <= LevelFilter::WARN);
    let logs = tracing_subscriber::registry().with(filter).with(ours);
    // A log on a full disk must not end what it tells of: the complaint about it would be a panic.
    let layer = fmt::layer()
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    // A second call, in a test, leaves the first one's choice.
    let _ = if context.printer.is_json() {
        logs.with(layer.json()).try_init()
    } else {
        logs.with(layer.compact()).try_init()
    };
}

#[cfg(test)]
mod tests {
    use super::relay_address;

    #[test]
    fn relays_are_read() {
        assert_eq!(
            relay_address("mail.example").unwrap(),
            ("mail.example".into(), None)
        );
        assert_eq!(
            relay_address("mail.example:25").unwrap(),
            ("mail.example".into(), Some(25))
        );
        assert_eq!(relay_address("[::1]:25").unwrap(), ("::1".into(), Some(25)));
        assert_eq!(relay_address("::1").unwrap(), ("::1".into(), None));
        assert!(relay_address("mail.example:smtp").is_err());
        assert!(relay_address(":25").is_err());
    }
}
