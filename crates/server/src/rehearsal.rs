//! Everything that a start would stumble over, without starting: `clausa config check`.

use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use clausa_core::random::SystemRandom;
use clausa_core::time::Clock;
use clausa_store::record::micros::Micros;
use clausa_store::upkeep::{self, Location};
use clausa_store::{Store, StoreError};
use serde::Deserialize as _;
use zeroize::Zeroizing;

use crate::authority::{StartError, check_clock, sealer_of};
use crate::config::{Config, ConfigError};
use crate::data_folder::DataFolder;
use crate::database;
use crate::mail::{Sender, SmtpRelay};
use crate::tls;
use crate::usecase::addresses::AddressPolicy;
use crate::usecase::passwords::Passwords;

/// Something that has to be changed before the authority starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The setting it is about, such as `server.listen`.
    pub key: String,
    /// What is wrong, and what to do.
    pub text: String,
}

/// Reads a configuration file and says everything that is wrong with its text: what is not TOML, every unknown key,
/// every value of the wrong kind. Relative paths count from the folder of `path`.
///
/// # Errors
///
/// The findings; at least one.
pub fn read(path: &Path) -> Result<Config, Vec<Finding>> {
    let file = |error: &dyn Error| vec![finding("file", error)];
    let text = std::fs::read_to_string(path).map_err(|source| {
        file(&ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })
    })?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| vec![of_toml("file", &text, &error)])?;
    match Config::deserialize(table.clone()) {
        Ok(mut config) => {
            config.resolve_beside(path);
            Ok(config)
        }
        Err(error) => {
            let found = keys_alone(&table);
            Err(match found.is_empty() {
                true => vec![of_toml("file", &text, &error)],
                false => found,
            })
        }
    }
}

/// Each key read alone tells what is wrong with it, because every other one has a default.
fn keys_alone(table: &toml::Table) -> Vec<Finding> {
    let mut found = Vec::new();
    for (section, value) in table {
        let only = |value: toml::Value| toml::Table::from_iter([(section.clone(), value)]);
        let keys = value.as_table().cloned().unwrap_or_default();
        if keys.is_empty() {
            if let Err(error) = Config::deserialize(only(value.clone())) {
                found.push(of_toml(section, "", &error));
            }
            continue;
        }
        for (key, value) in keys {
            let alone = only(toml::Table::from_iter([(key.clone(), value)]).into());
            if let Err(error) = Config::deserialize(alone) {
                found.push(of_toml(&format!("{section}.{key}"), "", &error));
            }
        }
    }
    found
}

/// Says everything that a start with `config` at the time `now` would stumble over. Makes and changes nothing.
pub async fn rehearse(config: &Config, clock: &dyn Clock) -> Vec<Finding> {
    let now = Micros(clock.micros());
    let mut found: Vec<Finding> = config.problems().iter().map(of_config).collect();
    if let Some(tls) = &config.server.tls
        && let Err(error) = tls::server_config(tls)
    {
        found.push(finding("server.tls", &error));
    }
    mail(config, &mut found);
    if let Err(error) = Passwords::new(&config.passwords, Zeroizing::new([0; 32])) {
        found.push(finding("passwords", &error));
    }
    if let Err(error) = AddressPolicy::load(&config.signup) {
        found.push(of_config(&error));
    }
    let mut listen = config.server.listen;
    match folder(config, now, &mut listen).await {
        Ok(()) => {}
        Err(finding) => found.push(finding),
    }
    let addresses = [
        ("server.listen", Some(listen)),
        ("server.metrics_listen", config.server.metrics_listen),
    ];
    for (key, address) in addresses {
        if let Some(address) = address
            && let Err(error) = can_be_listened_on(address)
        {
            found.push(Finding {
                key: key.to_owned(),
                text: format!("cannot listen on {address}: {error}"),
            });
        }
    }
    let mut once = Vec::new();
    found.retain(|finding| {
        let is_new = !once.contains(finding);
        once.push(finding.clone());
        is_new
    });
    found
}

fn mail(config: &Config, found: &mut Vec<Finding>) {
    let sender = match Sender::of(config) {
        Ok(sender) => sender,
        Err(error) => {
            found.push(finding("mail.from", &error));
            return;
        }
    };
    if let Err(error) = config.mail.password() {
        found.push(finding("mail.password_file", &error));
    } else if config.mail.check().is_ok()
        && let Some(host) = &config.mail.relay
        && let Err(error) = SmtpRelay::new(host, &config.mail, sender)
    {
        found.push(finding("mail.relay", &error));
    }
}

/// The data folder with its keys, origin and database, as far as they are there. A kept port is put into `listen`.
async fn folder(config: &Config, now: Micros, listen: &mut SocketAddr) -> Result<(), Finding> {
    let path = &config.data.folder;
    let about = |error: &dyn Error| finding("data.folder", error);
    check_clock(now, None).map_err(|error| finding("the system's clock", &error))?;
    if config.data.database.is_some() {
        return shared(config, now, listen).await;
    }
    let is_new = !path.join(crate::data_folder::DATABASE).exists();
    if is_new {
        // The first start makes it; its parents have to be folders, and what is there has to be private.
        let there = path.ancestors().find(|path| path.exists());
        return match there {
            Some(there) if there == path => DataFolder::check_private(path).map_err(|error| about(&error)),
            Some(there) if !there.is_dir() => Err(Finding {
                key: "data.folder".to_owned(),
                text: format!("{} is not a folder", there.display()),
            }),
            _ => Ok(()),
        };
    }
    let data = DataFolder::open_existing(path).map_err(|error| about(&error))?;
    kept_origin(config, &data, listen)?;
    let (_, pending) = upkeep::schema(Location::File(&data.database()))
        .await
        .map_err(|error| about(&error))?;
    if pending > 0 {
        // Opening it would bring it up to date, and this changes nothing.
        return Ok(());
    }
    let sealer = sealer_of(&data, SystemRandom).map_err(|error| about(&error))?;
    let store = Store::open_sqlite(&data.database(), sealer)
        .await
        .map_err(|error| about(&error))?;
    let read = read_through(&store, now).await;
    store.close().await;
    match read {
        Err(Look::Store(error)) => Err(about(&error)),
        Err(Look::Clock(error)) => Err(finding("the system's clock", &error)),
        Ok(()) => Ok(()),
    }
}

/// A database that nodes share, and the folder with the keys that have to be the same on each of them.
async fn shared(config: &Config, now: Micros, listen: &mut SocketAddr) -> Result<(), Finding> {
    let path = &config.data.folder;
    let about = |error: &dyn Error| finding("data.database", error);
    let in_folder = |error: &dyn Error| finding("data.folder", error);
    if config.data.check().is_err() {
        // Told already.
        return Ok(());
    }
    if path.exists() {
        DataFolder::check_private(path).map_err(|error| in_folder(&error))?;
    }
    let password = config
        .data
        .database_password()
        .map_err(|error| finding("data.database_password_file", &error))?;
    let (url, password) = (
        config.data.database.as_deref().unwrap_or_default(),
        password.as_ref().map(crate::config::Secret::expose),
    );
    if upkeep::is_empty_postgres(url, password)
        .await
        .map_err(|error| about(&error))?
    {
        // The first start makes it an authority's.
        return Ok(());
    }
    let (_, pending) = upkeep::schema(Location::Server { url, password })
        .await
        .map_err(|error| about(&error))?;
    if !path.join(crate::data_folder::KEYS.0).exists() {
        return Err(Finding {
            key: "data.folder".to_owned(),
            text: format!(
                "the database is an authority's, and {} has no keys: copy the folder `keys` of a node that runs, or of the \
                 backup, there",
                path.display()
            ),
        });
    }
    let data = DataFolder::open_keys(path).map_err(|error| in_folder(&error))?;
    kept_origin(config, &data, listen)?;
    if pending > 0 {
        return Ok(());
    }
    let sealer = sealer_of(&data, SystemRandom).map_err(|error| in_folder(&error))?;
    let store = Store::open_postgres(url, password, sealer)
        .await
        .map_err(|error| about(&error))?;
    let agreed = match (config.server.origin.clone(), data.origin()) {
        (Some(origin), _) | (None, Ok(Some(origin))) => database::compare_node(&store, &data, &origin)
            .await
            .map_err(|error| about(&error)),
        _ => Ok(()),
    };
    let read = read_through(&store, now).await;
    store.close().await;
    agreed?;
    match read {
        Err(Look::Store(error)) => Err(about(&error)),
        Err(Look::Clock(error)) => Err(finding("the system's clock", &error)),
        Ok(()) => Ok(()),
    }
}

/// The origin of earlier starts, with which the configured one has to agree. A kept port is put into `listen`.
fn kept_origin(config: &Config, data: &DataFolder, listen: &mut SocketAddr) -> Result<(), Finding> {
    let kept = data.origin().map_err(|error| finding("data.folder", &error))?;
    if let Some(kept) = kept {
        match &config.server.origin {
            Some(given) if *given != kept => {
                return Err(Finding {
                    key: "server.origin".to_owned(),
                    text: format!(
                        "this data folder belongs to {kept}, and the files protected so far name it; set it back"
                    ),
                });
            }
            None if listen.port() == 0 => listen.set_port(kept.port()),
            _ => {}
        }
    }
    Ok(())
}

enum Look {
    Store(StoreError),
    Clock(StartError),
}

impl From<StoreError> for Look {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Opens what is sealed with the keys, so that others show, and compares the clock with the logs.
async fn read_through(store: &Store, now: Micros) -> Result<(), Look> {
    let newest: Result<_, StoreError> = store
        .read("rehearse", |tx| {
            Box::pin(async move {
                tx.root_keys().await?;
                tx.newest_log_time().await
            })
        })
        .await;
    check_clock(now, newest?).map_err(Look::Clock)
}

/// Binds and lets go. An address in use is no finding: the authority itself may be running.
fn can_be_listened_on(address: SocketAddr) -> std::io::Result<()> {
    match TcpListener::bind(address) {
        Err(error) if error.kind() != std::io::ErrorKind::AddrInUse => Err(error),
        _ => Ok(()),
    }
}

fn of_config(error: &ConfigError) -> Finding {
    match error {
        ConfigError::Refused { key, advice } => Finding {
            key: (*key).to_owned(),
            text: advice.clone(),
        },
        other => finding("file", other),
    }
}

/// In one line, with the line of `text` that it is about, when that is known.
fn of_toml(key: &str, text: &str, error: &toml::de::Error) -> Finding {
    let place = error
        .span()
        .and_then(|span| text.get(..span.start))
        .filter(|_| !text.is_empty())
        .map(|before| format!("line {}: ", before.split('\n').count()))
        .unwrap_or_default();
    Finding {
        key: key.to_owned(),
        text: format!("{place}{}", error.message()),
    }
}

fn finding(key: &str, error: &dyn Error) -> Finding {
    let mut text = error.to_string().trim_end().to_owned();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(cause_text.trim_end());
        }
        source = cause.source();
    }
    Finding {
        key: key.to_owned(),
        text,
    }
}
