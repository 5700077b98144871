//! A PostgreSQL for tests: a cluster of this process's own, with a database for every test that asks for one.
//!
//! The cluster is made by the machine's own `initdb` in a temporary folder and listens on a socket in it alone. A shell
//! waits for this process's end, however it comes, then stops the cluster and removes the folder. With
//! `TEST_DATABASE_URL` (a superuser's, such as `postgres://postgres@localhost`) the databases are made there instead.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A server that must exist, when this is set; otherwise tests that need one may leave it at saying so.
const REQUIRED: &str = "CLAUSA_REQUIRE_POSTGRES";
/// A server to use instead of one made here.
const GIVEN: &str = "TEST_DATABASE_URL";
/// Whom `initdb` runs as when the tests run as root, which it refuses.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// A running PostgreSQL.
pub struct PostgresServer {
    programs: Programs,
    place: Place,
}

enum Place {
    /// The superuser's URL, without a database.
    Given(String),
    Made {
        folder: PathBuf,
        /// Stops the cluster when its standard input ends.
        _guard: Child,
    },
}

struct Programs {
    folder: PathBuf,
    user: Option<&'static str>,
    /// What a server made with them finds in its environment.
    environment: Vec<(OsString, OsString)>,
}

/// An empty database, owned by a user without privileges of its own.
pub struct TestDatabase {
    server: &'static PostgresServer,
    name: String,
}

impl PostgresServer {
    /// The server of this process, made when it is first asked for; none when the machine has no PostgreSQL.
    ///
    /// # Panics
    ///
    /// When there is none and `CLAUSA_REQUIRE_POSTGRES` is set, or when it does not start.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<PostgresServer>> = OnceLock::new();
        let server = SHARED.get_or_init(|| Self::find().map(Self::start));
        server.as_ref()
    }

    /// Whether the machine has one. If not, the run of the tests says so.
    ///
    /// # Panics
    ///
    /// When there is none and `CLAUSA_REQUIRE_POSTGRES` is set.
    pub fn is_there() -> bool {
        Self::find().is_some()
    }

    fn find() -> Option<Programs> {
        let programs = Programs::find();
        if programs.is_none() {
            assert!(
                std::env::var_os(REQUIRED).is_none(),
                "no PostgreSQL was found, and {REQUIRED} is set"
            );
            say_at_the_end();
        }
        programs
    }

    /// A server of the caller's own, that it may stop and start.
    ///
    /// # Panics
    ///
    /// As [`PostgresServer::shared`].
    pub fn own() -> Option<&'static Self> {
        Self::own_with(Vec::new())
    }

    /// The same, with this in its environment.
    pub(crate) fn own_with(environment: Vec<(OsString, OsString)>) -> Option<&'static Self> {
        Self::shared()?;
        if std::env::var_os(GIVEN).is_some() {
            return None;
        }
        let programs = Programs {
            environment,
            ..Programs::find()?
        };
        Some(Box::leak(Box::new(Self::start(programs))))
    }

    fn start(programs: Programs) -> Self {
        let place = match std::env::var(GIVEN) {
            Ok(url) => Place::Given(url.trim_end_matches('/').to_owned()),
            Err(_) => programs.make_cluster(),
        };
        let server = Self { programs, place };
        // Several processes may share a given server.
        server.sql(
            "postgres",
            "DO $$ BEGIN CREATE ROLE clausa LOGIN NOSUPERUSER NOBYPASSRLS; EXCEPTION WHEN OTHERS THEN NULL; END $$",
        );
        server
    }

    /// Runs statements as the superuser and returns what they print, one row a line.
    ///
    /// # Panics
    ///
    /// When they fail.
    pub fn sql(&self, database: &str, statements: &str) -> String {
        let output = self.psql(database, statements).output().expect("psql runs");
        check(&output, statements)
    }

    fn psql(&self, database: &str, statements: &str) -> Command {
        let mut command = Command::new(self.programs.folder.join("psql"));
        match &self.place {
            Place::Given(url) => command.arg(format!("{url}/{database}")),
            Place::Made { folder, .. } => {
                let url = format!("postgres://postgres@{}/{database}", encoded(folder));
                command.arg(url)
            }
        };
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statements]);
        command
    }

    /// Makes an empty database.
    pub fn database(&'static self) -> TestDatabase {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("clausa_{}_{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        self.sql(
            "postgres",
            &format!("CREATE DATABASE {name} OWNER clausa TEMPLATE template0"),
        );
        TestDatabase { server: self, name }
    }

    /// Where its connections are made.
    #[cfg(unix)]
    pub(crate) fn door(&self) -> crate::door::Door {
        match &self.place {
            Place::Given(url) => {
                let host = url.rsplit_once('@').or(url.rsplit_once('/'));
                let host = host.map_or(url.as_str(), |(_, host)| host);
                let has_port = host
                    .rsplit_once(':')
                    .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
                crate::door::Door::Tcp(if has_port {
                    host.to_owned()
                } else {
                    format!("{host}:5432")
                })
            }
            Place::Made { folder, .. } => crate::door::Door::Socket(folder.join(".s.PGSQL.5432")),
        }
    }

    /// Stops the server the hard way and starts it again, as a crash would.
    ///
    /// # Panics
    ///
    /// When it is a given one, or does not come back.
    pub fn crash(&self) {
        self.restart(|programs, stop| programs.run("pg_ctl", stop));
    }

    /// Starts the server, whether it has stopped by itself or is about to.
    pub(crate) fn start_again(&self) {
        // There may be nothing to stop.
        self.restart(|programs, stop| drop(programs.command("pg_ctl", stop).output()));
    }

    fn restart(&self, stop: impl FnOnce(&Programs, &[&str])) {
        let Place::Made { folder, .. } = &self.place else {
            panic!("a given server is not stopped");
        };
        let data = folder.join("data");
        let data = data.to_str().expect("a plain path");
        stop(&self.programs, &["-D", data, "-w", "-m", "immediate", "stop"]);
        let log = folder.join("log");
        let log = log.to_str().expect("a plain path");
        self.programs
            .run("pg_ctl", &["-D", data, "-w", "-l", log, "start"]);
    }
}

impl TestDatabase {
    /// Makes one on the shared server; none without PostgreSQL.
    pub fn new() -> Option<Self> {
        PostgresServer::shared().map(PostgresServer::database)
    }

    /// Where the authority finds it.
    pub fn url(&self) -> String {
        match &self.server.place {
            Place::Given(url) => {
                let (_, host) = url.rsplit_once('@').unwrap_or(("", url));
                let host = host
                    .trim_start_matches("postgres://")
                    .trim_start_matches("postgresql://");
                format!("postgres://clausa@{host}/{}", self.name)
            }
            Place::Made { folder, .. } => format!("postgres://clausa@{}/{}", encoded(folder), self.name),
        }
    }

    /// Runs statements as the superuser, whom no wall binds.
    pub fn sql(&self, statements: &str) -> String {
        self.server.sql(&self.name, statements)
    }

    /// Begins to run statements as the superuser, beside the test; they end with the process.
    pub fn background(&self, statements: &str) -> Child {
        let mut command = self.server.psql(&self.name, statements);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().expect("psql runs")
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its server.
    pub fn server(&self) -> &'static PostgresServer {
        self.server
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if std::thread::panicking() && matches!(self.server.place, Place::Made { .. }) {
            return;
        }
        self.server.sql(
            "postgres",
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
    }
}

impl Programs {
    fn find() -> Option<Self> {
        let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
        let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .collect();
        versions.sort();
        folders.extend(versions.into_iter().rev());
        let needed: &[&str] = match std::env::var_os(GIVEN) {
            Some(_) => &["psql"],
            None => &["psql", "initdb", "pg_ctl"],
        };
        let folder = folders
            .into_iter()
            .find(|folder| needed.iter().all(|name| folder.join(name).is_file()))?;
        Some(Self {
            folder,
            user: other_user(),
            environment: Vec::new(),
        })
    }

    fn make_cluster(&self) -> Place {
        let folder = tempfile::Builder::new()
            .prefix("clausa-pg-")
            .tempdir()
            .expect("a temporary folder can be made")
            .keep();
        if let Some(user) = self.user {
            let owned = Command::new("chown")
                .arg(user)
                .arg(&folder)
                .output()
                .expect("chown runs");
            check(&owned, "chown");
        }
        let (data, log) = (folder.join("data"), folder.join("log"));
        let (data, log) = (
            data.to_str().expect("a plain path"),
            log.to_str().expect("a plain path"),
        );
        self.run(
            "initdb",
            &[
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
        );
        let guard = self.guard(&folder, data);
        // What a test looks at survives the end of a process, which the operating system sees to; a power failure is not
        // tested here.
        let settings = format!(
            "unix_socket_directories = '{}'\nlisten_addresses = ''\nfsync = off\nfull_page_writes = off\n\
             max_connections = 300\nshared_buffers = 64MB\n",
            folder.display()
        );
        let file = folder.join("data/postgresql.conf");
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(file)
            .expect("a fresh cluster");
        file.write_all(settings.as_bytes()).expect("it can be configured");
        self.run("pg_ctl", &["-D", data, "-w", "-t", "60", "-l", log, "start"]);
        Place::Made {
            folder,
            _guard: guard,
        }
    }

    fn guard(&self, folder: &Path, data: &str) -> Child {
        let stop = self.command("pg_ctl", &["-D", data, "-m", "immediate", "stop"]);
        let words: Vec<String> = std::iter::once(stop.get_program())
            .chain(stop.get_args())
            .map(|word| format!("'{}'", word.to_string_lossy()))
            .collect();
        let script = format!("read -r _; {}; rm -rf '{}'", words.join(" "), folder.display());
        let mut guard = Command::new("sh");
        guard
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // Ctrl-C reaches the tests; the guard has work to do after them.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut guard, 0);
        guard.spawn().expect("a shell runs")
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        // Into files, because a server that goes on running would keep a pipe open.
        let output = self
            .command(program, arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("PostgreSQL's programs run");
        assert!(output.success(), "{program} {arguments:?}: {output}");
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let program = self.folder.join(program);
        let mut command = match self.user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        command.args(arguments).envs(environment).current_dir("/");
        command
    }
}

/// Says what was not tested when everything else has been said: after this process, and after the `cargo` that began it,
/// once for all its test programs.
fn say_at_the_end() {
    static SAID: OnceLock<Option<Child>> = OnceLock::new();
    SAID.get_or_init(|| {
        let script = "read -r _; mark=\"${TMPDIR:-/tmp}/clausa-untested-$1\"; \
            if [ \"$(ps -o comm= -p \"$1\")\" = cargo ]; then mkdir \"$mark\" 2> /dev/null || exit 0; \
            while kill -0 \"$1\" 2> /dev/null; do sleep 0.1; done; fi; \
            echo 'not tested: PostgreSQL, which this machine does not have (initdb, pg_ctl, psql)' >&2; \
            exec 2>&-; [ -d \"$mark\" ] && sleep 2 && rmdir \"$mark\"";
        let mut teller = Command::new("sh");
        teller
            .args(["-c", script, "sh", &parent()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        teller.spawn().ok()
    });
}

/// The process that began this one.
fn parent() -> String {
    #[cfg(unix)]
    let id = std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    let id = 0;
    id.to_string()
}

/// Whom to become: nobody else, unless this is root.
fn other_user() -> Option<&'static str> {
    let ask = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    if ask(&["-u"])? != "0" {
        return None;
    }
    USERS.into_iter().find(|user| ask(&["-u", user]).is_some())
}

fn encoded(folder: &Path) -> String {
    folder.to_str().expect("a plain path").replace('/', "%2F")
}

fn check(output: &Output, what: &str) -> String {
    assert!(
        output.status.success(),
        "{what}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}
