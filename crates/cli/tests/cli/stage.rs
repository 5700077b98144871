//! A fresh folder with an authority, sample files and people; everything goes away with it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use clausa_server::mail::sink::ReceivedMail;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_clausa");
/// Mail arrives within a second; on a loaded machine within a few.
const MAIL_PATIENCE: Duration = Duration::from_secs(60);

/// The limits protect against people, and tests are quicker than people.
const SETTINGS: &str = "\
[limits]
signup_per_network = { burst = 1000, refill = 1000, seconds = 60 }
login_per_network = { burst = 1000, refill = 1000, seconds = 60 }
mail_per_address = { burst = 1000, refill = 1000, seconds = 60 }
mail_per_address_day = { burst = 1000, refill = 1000, seconds = 60 }
";

/// For transcripts: copies a file with one bit changed. A negative place counts from the end.
const FLIP: &str = r#"#!/bin/sh
# flip FROM TO PLACE
at=$3
[ "$at" -lt 0 ] && at=$(($(wc -c < "$1") + at))
byte=$(od -An -tu1 -j "$at" -N 1 "$1")
cp "$1" "$2"
printf "\\$(printf %o $((byte ^ 1)))" | dd of="$2" bs=1 seek="$at" conv=notrunc 2> /dev/null
"#;

/// For transcripts: what an authenticator with this secret shows now, or so many seconds from now (RFC 6238).
const TOTP: &str = r#"#!/usr/bin/env python3
import base64, hashlib, hmac, struct, sys, time
secret = base64.b32decode(sys.argv[1] + "=" * (-len(sys.argv[1]) % 8))
later = int(sys.argv[2]) if len(sys.argv) > 2 else 0
mac = hmac.new(secret, struct.pack(">Q", (int(time.time()) + later) // 30), hashlib.sha1).digest()
at = mac[19] & 15
print("%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000))
"#;

/// A running authority and a place to work.
pub struct Stage {
    root: tempfile::TempDir,
    authority: Option<Child>,
    origin: String,
}

impl Stage {
    /// Starts the authority on a free port.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// The same, with more lines for the table of limits.
    pub fn start_with(limits: &str) -> Self {
        let root = tempfile::Builder::new().prefix("clausa-test-").tempdir().unwrap();
        let data = root.path().join("authority");
        std::fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
        std::fs::write(data.join("authority.toml"), SETTINGS.to_owned() + limits).unwrap();
        for folder in ["bin", "files", "profiles", "tmp"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/samples");
        for name in ["letter.md", "quotation.pdf", "costs.csv"] {
            std::fs::copy(samples.join(name), root.path().join("files").join(name)).unwrap();
        }
        put_helper(&root.path().join("bin/flip"), FLIP);
        put_helper(&root.path().join("bin/totp"), TOTP);
        let mut stage = Self {
            root,
            authority: None,
            origin: String::new(),
        };
        stage.start_authority();
        stage
    }

    /// Starts the authority again, on the same origin.
    pub fn start_authority(&mut self) {
        self.start_authority_with(&[]);
    }

    /// The same, with more options.
    pub fn start_authority_with(&mut self, options: &[&str]) {
        let mut command = Command::new(PROGRAM);
        command
            .args(["--quiet", "--json", "serve", "--data"])
            .arg(self.path("authority"))
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        // Somebody else's connection may have got the port meanwhile; it does not keep it.
        let (child, line) = (0..100)
            .find_map(|_| {
                let mut child = command.spawn().unwrap();
                let mut line = String::new();
                BufReader::new(child.stdout.take().unwrap())
                    .read_line(&mut line)
                    .unwrap();
                if line.is_empty() {
                    child.wait().unwrap();
                    std::thread::sleep(Duration::from_millis(100));
                    return None;
                }
                Some((child, line))
            })
            .expect("serve starts");
        let told: serde_json::Value = serde_json::from_str(&line).expect("serve tells its origin");
        self.origin = told["origin"].as_str().unwrap().to_owned();
        self.authority = Some(child);
    }

    /// Stops the authority as an operator would.
    pub fn stop_authority(&mut self) {
        if let Some(mut child) = self.authority.take() {
            signal(&child, "TERM");
            assert!(child.wait().unwrap().success(), "a graceful stop is success");
        }
    }

    /// The authority's origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Something in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// A file in the folder in which commands run.
    pub fn file(&self, name: &str) -> PathBuf {
        self.root.path().join("files").join(name)
    }

    /// A command run as `person`: his profile, the working folder, no keyring.
    pub fn command(&self, person: &str, program: &str) -> Command {
        let mut command = Command::new(program);
        let programs = Path::new(PROGRAM).parent().unwrap();
        command
            .current_dir(self.path("files"))
            .env_clear()
            .env(
                "PATH",
                format!(
                    "{}:{}:/usr/local/bin:/usr/bin:/bin",
                    programs.display(),
                    self.path("bin").display()
                ),
            )
            .env("HOME", self.root())
            .env("TMPDIR", self.path("tmp"))
            .env("CLAUSA_PROFILE", self.path("profiles").join(person))
            .env("CLAUSA_KEYRING", "file")
            .env("CLAUSA_DEVICE_NAME", format!("{person}'s machine"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program as `person` to its end.
    pub fn run(&self, person: &str, arguments: &[&str]) -> Output {
        self.command(person, PROGRAM).args(arguments).output().unwrap()
    }

    /// Runs the program as `person` and feeds its standard input.
    pub fn run_with_input(&self, person: &str, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(person, PROGRAM);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // The program may write before it has read all, and may not read all of it.
        std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input));
            child.wait_with_output().unwrap()
        })
    }

    /// Signs up the person with this address; his name is its local part.
    pub fn sign_up(&self, address: &str) {
        let person = person_of(address);
        succeed(self.run(
            person,
            &["--authority", &self.origin, "signup", address, "--no-wait"],
        ));
        let code = self.code(address);
        succeed(self.run_with_input(person, &["signup", "--resume"], format!("{code}\n").as_bytes()));
    }

    /// The code of the next mail to `address` that has not been asked for yet.
    pub fn code(&self, address: &str) -> String {
        let outbox = self.path("authority/outbox");
        let begun = Instant::now();
        loop {
            let mut mails: Vec<PathBuf> = std::fs::read_dir(&outbox)
                .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
                .unwrap_or_default();
            mails.retain(|path| path.to_string_lossy().ends_with(&format!("-{address}.eml")));
            mails.sort();
            if let Some(path) = mails.first()
                && let Some(code) = ReceivedMail::parse(&std::fs::read(path).unwrap()).code()
            {
                std::fs::rename(path, path.with_extension("read")).unwrap();
                return code;
            }
            assert!(
                begun.elapsed() < MAIL_PATIENCE,
                "no mail with a code came to {address}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(child) = &mut self.authority {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Writes a script.
pub fn put_helper(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// How the stage calls the person with this address.
pub fn person_of(address: &str) -> &str {
    address.split('@').next().unwrap().rsplit('.').next().unwrap()
}

/// The output of a command that has to succeed.
pub fn succeed(output: Output) -> String {
    assert!(
        output.status.success(),
        "{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Sends a signal by the system's own `kill`.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}
