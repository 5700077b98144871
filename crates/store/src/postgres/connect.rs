//! Where the database is, and how a connection to it begins.

use std::net::IpAddr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};

use super::failure::translate;
use super::link::Link;
use super::migrations::{MIGRATIONS, PROGRAM};
use crate::error::StoreError;
use crate::migration::{self, Migration};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// What every connection begins with. Its limits lie below those of a transaction's closure, so that a slow database is
/// noticed by the database first. A plan that reads a whole table would collide with every transaction that writes to it.
/// A commit is durable when it returns, whatever the server's default.
const GREETING: &str = "SET statement_timeout = '8s'; SET lock_timeout = '5s'; \
     SET idle_in_transaction_session_timeout = '20s'; SET client_min_messages = 'error'; SET enable_seqscan = 'off'; \
     SELECT version(), rolsuper OR rolbypassrls, \
     set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') \
     THEN 'on' ELSE current_setting('synchronous_commit') END, false) \
     FROM pg_roles WHERE rolname = current_user";

/// Makes connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Connector {
    options: PgConnectOptions,
}

impl Connector {
    /// Reads the URL. The password comes beside it, from a file, or from the file that `PGPASSFILE` names.
    pub(super) fn new(url: &str, password: Option<&str>) -> Result<Self, StoreError> {
        let refused = |reason: &str| StoreError::Refused {
            reason: reason.to_owned(),
        };
        if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
            return Err(refused("a database is named as postgres://user@host/name"));
        }
        let says_mode = url.contains("sslmode=") || url.contains("ssl-mode=");
        let mut options: PgConnectOptions = url
            .parse()
            .map_err(|error| refused(&format!("the database's URL cannot be read: {error}")))?;
        if options.get_database().is_none() {
            return Err(refused(
                "the database's URL names no database: postgres://user@host/name",
            ));
        }
        if !is_near(&options) {
            if !says_mode {
                options = options.ssl_mode(PgSslMode::VerifyFull);
            }
            if !matches!(
                options.get_ssl_mode(),
                PgSslMode::VerifyFull | PgSslMode::VerifyCa
            ) {
                return Err(refused(
                    "a database on another machine is spoken to with sslmode=verify-full (or verify-ca), \
                     and sslrootcert=FILE when its certificate is not from a public authority",
                ));
            }
        }
        if let Some(password) = password {
            options = options.password(password);
        }
        let options = options
            .application_name(&program(MIGRATIONS))
            .statement_cache_capacity(256)
            .disable_statement_logging();
        Ok(Self { options })
    }

    /// As a program that knows these migrations connects.
    pub(super) fn knowing(mut self, known: &[Migration]) -> Self {
        self.options = self.options.application_name(&program(known));
        self
    }

    pub(super) async fn connect(&self) -> Result<Link, StoreError> {
        let connecting = async {
            let mut connection = self.options.connect().await?;
            let row = sqlx::raw_sql(AssertSqlSafe(GREETING))
                .fetch_one(&mut connection)
                .await?;
            Ok((connection, row))
        };
        let (connection, row) = tokio::time::timeout(CONNECT_TIMEOUT, connecting)
            .await
            .map_err(|_| translate(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))?
            .map_err(translate)?;
        let version: String = row.try_get_unchecked(0).map_err(translate)?;
        let unbound: bool = row.try_get_unchecked(1).map_err(translate)?;
        if unbound {
            return Err(StoreError::Refused {
                reason: "the database's user is a superuser or has BYPASSRLS, so that the wall between tenants would not \
                         hold for it: make one without (CREATE ROLE clausa LOGIN; CREATE DATABASE clausa OWNER clausa)"
                    .to_owned(),
            });
        }
        // What others of its family lack: asking what became of a transaction.
        let tells_outcomes = version.starts_with("PostgreSQL") && !version.contains("-YB-");
        Ok(Link::new(connection, tells_outcomes))
    }

    /// A connection on which nothing can be written, also outside of a transaction that says so.
    pub(super) async fn connect_for_reading(&self) -> Result<Link, StoreError> {
        let mut link = self.connect().await?;
        sqlx::raw_sql("SET default_transaction_read_only = on")
            .execute(link.bare())
            .await
            .map_err(translate)?;
        Ok(link)
    }
}

fn program(known: &[Migration]) -> String {
    format!("{PROGRAM}{}", migration::newest(known))
}

/// On this machine: nobody can listen on the way.
fn is_near(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::Connector;
    use crate::error::StoreError;

    #[test]
    fn the_way_to_another_machine_is_protected() {
        let refused = |url: &str| matches!(Connector::new(url, None), Err(StoreError::Refused { .. }));
        for mode in ["disable", "allow", "prefer", "require"] {
            assert!(refused(&format!(
                "postgres://clausa@db.contoso.example/clausa?sslmode={mode}"
            )));
            assert!(!refused(&format!(
                "postgres://clausa@127.0.0.1/clausa?sslmode={mode}"
            )));
        }
        for url in [
            "postgres://clausa@db.contoso.example/clausa",
            "postgres://clausa@db.contoso.example/clausa?sslmode=verify-ca",
            "postgres://clausa@[::1]:5433/clausa",
            "postgres://clausa@%2Frun%2Fpostgresql/clausa",
            "postgresql://clausa@localhost/clausa?host=/run/postgresql",
        ] {
            assert!(!refused(url), "{url}");
        }
    }

    #[test]
    fn what_is_no_database_is_refused() {
        for url in [
            "mysql://a@localhost/b",
            "postgres://a@localhost",
            "authority.db",
            "postgres://a@localhost/b?sslmode=x",
        ] {
            assert!(
                matches!(Connector::new(url, None), Err(StoreError::Refused { .. })),
                "{url}"
            );
        }
    }
}
