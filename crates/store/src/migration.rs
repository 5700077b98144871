//! Migrations: numbered SQL texts that never change once released.
//!
//! Each applied one is noted with its checksum and with the oldest schema whose programs may go on working on the database
//! (docs/adr/0041-two-versions-side-by-side.md). When what is noted is a beginning of what this program knows, the rest is
//! applied. When it is more, the database is a newer program's, and served as long as every unknown migration says that
//! programs of this one's schema may. Anything else is refused before a byte of it is changed.

use clausa_core::hazmat::backends::sha256;

use crate::error::StoreError;

/// One migration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    /// From 1, without gaps.
    pub version: u32,
    /// Its file's name.
    pub name: &'static str,
    /// The oldest schema whose programs may work on the database beside those that know this migration: an older one than
    /// its own when it only adds what they do not need to know, its own when they would break, or break something.
    pub serves: u32,
    /// Its statements.
    pub sql: &'static str,
}

/// A migration that a database says was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub version: u32,
    pub name: String,
    pub checksum: Vec<u8>,
    /// As [`Migration::serves`]; unknown of those that were noted before there was this rule, which serve nobody older.
    pub serves: Option<u32>,
}

/// The newest of the known migrations.
pub(crate) fn newest(known: &[Migration]) -> u32 {
    known.last().map_or(0, |migration| migration.version)
}

/// The oldest schema whose programs may be at work when these migrations are applied to a database that has `applied`;
/// `None` when all that could be, may.
pub(crate) fn refuses_older_than(pending: &[Migration], applied: &[Applied]) -> Option<u32> {
    // The oldest programs that the database has served until now, which need not know all of it.
    let served = applied
        .iter()
        .map(|row| row.serves.unwrap_or(row.version))
        .max()?;
    pending
        .iter()
        .map(|migration| migration.serves)
        .max()
        .filter(|serves| *serves > served)
}

/// Stands among the migrations of a database while a copy into it is not finished, so that no program, not even an older
/// one, takes it for an authority's.
pub(crate) const UNFINISHED: (u32, &str) = (i32::MAX.unsigned_abs(), "a copy that is not finished");

/// Whether a copy into the database is not finished.
pub(crate) fn is_unfinished(applied: &[Applied]) -> bool {
    applied
        .iter()
        .any(|row| (row.version, row.name.as_str()) == UNFINISHED)
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
        if is_unfinished(applied) {
            return Err(StoreError::Unfinished);
        }
        for (index, row) in applied.iter().enumerate() {
            let Some(migration) = known.get(index) else {
                let own = newest(known);
                match row.serves {
                    Some(serves) if serves <= own => continue,
                    Some(serves) => {
                        return Err(refused(format!(
                            "it is {}, made by a newer version for programs that know {serves} or more, and this one knows \
                             {own}: update it",
                            row.version
                        )));
                    }
                    None => {
                        return Err(refused(format!(
                            "migration {} is not one of this program's",
                            row.version
                        )));
                    }
                }
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
            serves: 1,
            sql: "1",
        },
        Migration {
            version: 2,
            name: "two",
            serves: 1,
            sql: "2",
        },
    ];

    fn applied(migration: &Migration) -> Applied {
        Applied {
            version: migration.version,
            name: migration.name.to_owned(),
            checksum: migration.checksum().to_vec(),
            serves: Some(migration.serves),
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
    fn a_newer_one_that_only_adds_is_served() {
        let newer = Applied {
            version: 3,
            serves: Some(2),
            ..applied(&KNOWN[1])
        };
        let all = [applied(&KNOWN[0]), applied(&KNOWN[1]), newer];
        assert!(Migration::pending(&KNOWN, &all).unwrap().is_empty());
        assert!(
            Migration::pending(&KNOWN[..1], &all).is_err(),
            "it serves nobody who knows less"
        );
    }

    #[test]
    fn what_takes_away_asks_for_the_others_to_be_gone() {
        let three = Migration {
            version: 3,
            name: "three",
            serves: 3,
            sql: "3",
        };
        let applied = [applied(&KNOWN[0])];
        assert_eq!(refuses_older_than(&[KNOWN[1]], &applied), None);
        assert_eq!(refuses_older_than(&[KNOWN[1], three], &applied), Some(3));
        assert_eq!(refuses_older_than(&[three], &[]), None, "nobody is there yet");
    }

    #[test]
    fn a_newer_a_missing_and_a_changed_migration_are_refused() {
        let newer = Applied {
            version: 3,
            serves: None,
            ..applied(&KNOWN[1])
        };
        let contracted = Applied {
            serves: Some(3),
            ..newer.clone()
        };
        let changed = Applied {
            checksum: vec![0; 32],
            ..applied(&KNOWN[0])
        };
        for wrong in [
            vec![applied(&KNOWN[0]), applied(&KNOWN[1]), newer.clone()],
            vec![applied(&KNOWN[0]), applied(&KNOWN[1]), contracted.clone()],
            vec![
                applied(&KNOWN[0]),
                applied(&KNOWN[1]),
                contracted,
                Applied {
                    version: 4,
                    serves: Some(1),
                    ..newer
                },
            ],
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
