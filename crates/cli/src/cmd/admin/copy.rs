//! `clausa admin copy`: an authority moves from SQLite to PostgreSQL, or back.

use std::path::{Path, PathBuf};

use clausa_server::config::DataConfig;
use clausa_server::upkeep::{self, Direction};
use serde_json::json;

use super::upkeep::failed;
use super::{Database, absolute};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// Move a whole authority from SQLite to PostgreSQL, or back
///
/// One of the two is the authority's folder, with its keys, which stay there; the other is a PostgreSQL database. Stop the authority first. Every row is carried and compared, and the copy is read through; it is kept as a whole or not at all. The source stays as it is: serve only one of the two from then on.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  clausa admin copy --from /var/lib/clausa --to postgres://clausa@db.contoso.example/clausa --database-password-file FILE
  clausa admin copy --from postgres://clausa@db.contoso.example/clausa --to /var/lib/clausa")]
pub(super) struct Args {
    /// Where the authority is: its folder, or a PostgreSQL database
    #[arg(long, value_name = "DIR|URL")]
    from: String,
    /// Where it goes: an empty PostgreSQL database, or the folder with its keys
    #[arg(long, value_name = "DIR|URL")]
    to: String,
    /// File with the password of the database's user, readable by you alone
    #[arg(long, value_name = "FILE")]
    database_password_file: Option<PathBuf>,
}

/// Copies, and says how to go on.
pub(super) async fn run(args: Args, context: &Context) -> Outcome {
    let (direction, folder, url) = match (is_url(&args.from), is_url(&args.to)) {
        (false, true) => (Direction::Out, &args.from, &args.to),
        (true, false) => (Direction::In, &args.to, &args.from),
        _ => {
            return Err(
                Failure::usage("one of --from and --to is a folder, the other a database")
                    .advise("Between two of a kind: clausa admin backup, and restore."),
            );
        }
    };
    let folder = absolute(Path::new(folder))?;
    let mut config = DataConfig::default();
    let given = Database {
        database: Some(url.clone()),
        database_password_file: args.database_password_file.clone(),
    };
    given.apply(&mut config)?;
    let server = upkeep::Database::of(&config).map_err(|error| failed(&error))?;
    let found = upkeep::copy(&folder, &server, direction)
        .await
        .map_err(|error| failed(&error))?;
    let password = match (direction, &args.database_password_file) {
        (Direction::Out, Some(file)) => format!(" --database-password-file {}", file.display()),
        _ => String::new(),
    };
    let next = match direction {
        Direction::Out => format!(
            "clausa serve --data {} --database {url}{password}",
            folder.display()
        ),
        Direction::In => format!("clausa serve --data {}", folder.display()),
    };
    let value = json!({
        "from": args.from,
        "to": args.to,
        "schema": found.schema,
        "tenants": found.tenants,
        "log_entries": found.log_entries,
        "sealed_values": found.sealed_values,
        "next": next,
    });
    context.printer.result(&value, |words| {
        words.field("copied", &args.from)?;
        words.field("to", &args.to)?;
        words.field("schema", &found.schema.to_string())?;
        words.field("tenants", &found.tenants.to_string())?;
        words.field("log entries", &found.log_entries.to_string())?;
        words.field("sealed values", &format!("{}, all open", found.sealed_values))?;
        words.line(match direction {
            Direction::Out => "Serve it from the database, and nothing any more from the file in the folder:",
            Direction::In => "Take data.database out of authority.toml, and serve it from the folder:",
        })?;
        words.command(&next)
    })
}

fn is_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}
