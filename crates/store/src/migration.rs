//! Migrations: numbered SQL texts that never change once released.
//!
//! Each applied one is noted with its checksum. A database is served only when what is noted in it is exactly a
//! beginning of what this program knows; the rest is then applied. Anything else is a newer program's database, or
//! somebody else's, and is refused before a byte of it is changed.

use clausa_core::hazmat::backends::sha256;

use crate::error::StoreError;

/// One migration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    /// From 1, without gaps.
    pub version: u32,
    /// Its file's name.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

/// A migration that a database says was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub version: u32,
    pub name: String,
    pub checksum: Vec<u8>,
}

impl Migration {
    /// What tells whether its text was changed.
    pub(crate) fn checksum(&self) -> [u8; 32] {
        sha256(&[self.sql.as_bytes()])
    }

    /// Holds the known migrations to the checksums with which they were released.
    #[cfg(test)]
    pub(crate) fn assert_unchanged(known: &[Self], checksums: &[&str]) {
        assert_eq!(known.len(), checksums.len(), "give the new migration its line");
        for ((migration, expected), version) in known.iter().zip(checksums).zip(1..) {
            let checksum: String = migration
                .checksum()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(
                (migration.version, checksum.as_str()),
                (version, *expected),
                "{}",
                migration.name
            );
        }
    }

    /// The migrations that are still to be applied.
    pub(crate) fn pending<'m>(known: &'m [Self], applied: &[Applied]) -> Result<&'m [Self], StoreError> {
        let refused = |reason: String| StoreError::UnknownSchema { reason };
        for (index, row) in applied.iter().enumerate() {
            let Some(migration) = known.get(index) else {
                return Err(refused(format!(
                    "migration {} is not one of this program's",
                    row.version
                )));
            };
            if row.version != migration.version {
                return Err(refused(format!("migration {} is missing", migration.version)));
            }
            if row.checksum != migration.checksum() {
                return Err(refused(format!(
                    "migration {} is another one than this program's",
                    row.version
                )));
            }
        }
        Ok(known.get(applied.len()..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Migration; 2] = [
        Migration {
            version: 1,
            name: "one",
            sql: "1",
        },
        Migration {
            version: 2,
            name: "two",
            sql: "2",
        },
    ];

    fn applied(migration: &Migration) -> Applied {
        Applied {
            version: migration.version,
            name: migration.name.to_owned(),
            checksum: migration.checksum().to_vec(),
        }
    }

    #[test]
    fn the_rest_is_pending() {
        assert_eq!(Migration::pending(&KNOWN, &[]).unwrap().len(), 2);
        assert_eq!(
            Migration::pending(&KNOWN, &[applied(&KNOWN[0])]).unwrap()[0].version,
            2
        );
        assert!(
            Migration::pending(&KNOWN, &[applied(&KNOWN[0]), applied(&KNOWN[1])])
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn a_newer_a_missing_and_a_changed_migration_are_refused() {
        let newer = Applied {
            version: 3,
            ..applied(&KNOWN[1])
        };
        let changed = Applied {
            checksum: vec![0; 32],
            ..applied(&KNOWN[0])
        };
        for wrong in [
            vec![applied(&KNOWN[0]), applied(&KNOWN[1]), newer],
            vec![applied(&KNOWN[1])],
            vec![changed],
        ] {
            assert!(matches!(
                Migration::pending(&KNOWN, &wrong),
                Err(StoreError::UnknownSchema { .. })
            ));
        }
    }
}
