//! Reading a database through, and copying it.

use std::path::Path;

use rusqlite::Connection;

use super::connection::{make_private, open_existing};
use super::failure::translate;
use super::migrations;
use super::whole::WholeFile;
use crate::error::{DatabaseFailure, StoreError};

/// Findings of one kind; a damaged file has thousands.
const ENOUGH: usize = 20;

pub(crate) fn schema(path: &Path) -> Result<(u32, u32), StoreError> {
    migrations::state(&open_existing(path)?)
}

pub(crate) fn copy(path: &Path, target: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::Database(DatabaseFailure::new(error));
    let connection = open_existing(path)?;
    migrations::state(&connection)?;
    make_private(target).map_err(failed)?;
    let name = target
        .to_str()
        .ok_or_else(|| failed(std::io::Error::from(std::io::ErrorKind::InvalidFilename)))?;
    connection.execute("VACUUM INTO $1", [name]).map_err(translate)?;
    std::fs::File::open(target)
        .and_then(|file| file.sync_all())
        .map_err(failed)
}

/// A file inside its transaction, its newest migration and how many are to come, and what is wrong with its pages.
pub(crate) type Checked = (WholeFile, (u32, u32), Vec<String>);

/// Looks at the pages and references of a file, which is given back for reading on.
pub(crate) fn check(path: &Path) -> Result<Checked, StoreError> {
    let (file, state) = WholeFile::look(path)?;
    let problems = check_pages(file.connection())?;
    Ok((file, state, problems))
}

fn check_pages(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection
        .prepare("PRAGMA integrity_check(20)")
        .map_err(translate)?;
    let told = statement
        .query_map((), |row| row.get::<_, String>(0))
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(translate)?;
    let damage = told.iter().filter(|text| *text != "ok");
    let mut problems: Vec<String> = damage
        .map(|text| format!("the database is damaged: {text}"))
        .collect();
    let mut statement = connection
        .prepare("PRAGMA foreign_key_check")
        .map_err(translate)?;
    let rows = statement
        .query_map((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(2)?)))
        .and_then(|rows| rows.take(ENOUGH).collect::<Result<Vec<_>, _>>())
        .map_err(translate)?;
    problems.extend(
        rows.iter()
            .map(|(table, parent)| format!("a row of {table} refers to one that is not in {parent}")),
    );
    Ok(problems)
}
