//! The database under the authority: SQLite, or PostgreSQL when `CLAUSA_TEST_STORE=postgres` says so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clausa_server::Config;
use clausa_testkit::TestDatabase;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

/// Looked at behind the authority's back, by a user whom no wall between tenants binds.
#[derive(Clone)]
pub enum Database {
    Sqlite(PathBuf),
    Postgres(Arc<TestDatabase>),
}

/// What SQLite has and the tests use.
const INSTR: &str = "CREATE FUNCTION instr(hay TEXT, needle TEXT) RETURNS INT LANGUAGE sql AS 'SELECT position(needle IN hay)'; \
     CREATE FUNCTION instr(hay BYTEA, needle TEXT) RETURNS INT LANGUAGE sql AS 'SELECT position(convert_to(needle, ''UTF8'') IN hay)'";

impl Database {
    /// A PostgreSQL, whatever the choice; none on a machine without one.
    pub fn postgres(config: &mut Config) -> Option<Self> {
        Some(Self::of(config, TestDatabase::new()?))
    }

    /// This PostgreSQL, written into the configuration.
    pub fn of(config: &mut Config, database: TestDatabase) -> Self {
        database.sql(INSTR);
        config.data.database = Some(database.url());
        Self::Postgres(Arc::new(database))
    }

    /// Chooses, and writes the choice into the configuration.
    pub fn choose(config: &mut Config, folder: &Path) -> Self {
        if std::env::var("CLAUSA_TEST_STORE").is_ok_and(|store| store == "postgres") {
            return Self::postgres(config).expect("PostgreSQL was asked for");
        }
        Self::Sqlite(folder.join("data/authority.db"))
    }

    /// Runs a statement.
    pub async fn sql(&self, statement: &'static str) {
        match self {
            Self::Sqlite(path) => {
                let mut database = open(path).await;
                sqlx::raw_sql(statement).execute(&mut database).await.unwrap();
                database.close().await.unwrap();
            }
            Self::Postgres(database) => drop(database.sql(statement)),
        }
    }

    /// The one number that a query answers.
    pub async fn count(&self, query: &'static str) -> i64 {
        match self {
            Self::Sqlite(path) => {
                let mut database = open(path).await;
                let count = sqlx::query_scalar(query).fetch_one(&mut database).await.unwrap();
                database.close().await.unwrap();
                count
            }
            Self::Postgres(database) => database.sql(query).lines().next().unwrap().parse().unwrap(),
        }
    }

    /// Every row of a table, column for column.
    pub async fn rows(&self, table: &str) -> String {
        match self {
            Self::Sqlite(path) => {
                let mut database = open(path).await;
                let columns = format!("SELECT group_concat(name) FROM pragma_table_info('{table}')");
                let columns: String = sqlx::query_scalar(sqlx::AssertSqlSafe(columns))
                    .fetch_one(&mut database)
                    .await
                    .unwrap();
                let quoted: Vec<_> = columns.split(',').map(|name| format!("quote({name})")).collect();
                let row = quoted.join(" || ',' || ");
                let rows = format!("SELECT {row} FROM {table} ORDER BY 1");
                let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(rows))
                    .fetch_all(&mut database)
                    .await
                    .unwrap();
                database.close().await.unwrap();
                rows.join("\n")
            }
            Self::Postgres(database) => database.sql(&format!("SELECT t::text FROM {table} t ORDER BY 1")),
        }
    }

    /// Everything that is stored, as a thief would find it: the files beside the database with it, or every row.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Sqlite(path) => {
                let files = std::fs::read_dir(path.parent().unwrap()).unwrap();
                let files = files
                    .map(|file| file.unwrap().path())
                    .filter(|path| path.is_file());
                files.flat_map(|path| std::fs::read(path).unwrap()).collect()
            }
            Self::Postgres(database) => {
                let tables = database.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
                let rows = tables.lines().map(|table| format!("SELECT * FROM {table};"));
                // So that text in a column of bytes is found as text.
                let rows = format!("SET bytea_output = 'escape'; {}", rows.collect::<String>());
                database.sql(&rows).into_bytes()
            }
        }
    }

    /// From now on no log entry can be written.
    pub async fn break_log(&self) {
        self.sql(match self {
            Self::Sqlite(_) => "CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'no space'); END",
            Self::Postgres(_) => {
                "CREATE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no space''; END'; \
                 CREATE TRIGGER broken BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION no_space()"
            }
        })
        .await;
    }

    /// It can again.
    pub async fn mend_log(&self) {
        self.sql(match self {
            Self::Sqlite(_) => "DROP TRIGGER full",
            Self::Postgres(_) => "DROP TRIGGER broken ON log",
        })
        .await;
    }
}

async fn open(path: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path))
        .await
        .unwrap()
}
