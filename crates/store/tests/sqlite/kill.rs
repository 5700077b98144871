//! What was answered survives the death of the process.

#![allow(
    clippy::print_stdout,
    reason = "the process that is killed reports through its standard output"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use clausa_core::id::{AccountId, TenantId};
use clausa_store::permit::Action;
use clausa_store::record::log::LogFilter;
use clausa_store::{Permit, Store, SystemAct};
use tempfile::TempDir;

use crate::conformance::world::{Person, janet};
use crate::{commit, look, sealer};

/// Names the database to the process that will be killed.
const DATABASE: &str = "CLAUSA_STORE_TEST_DATABASE";
/// This test's name, by which it starts itself.
const NAME: &str = "kill::answers_survive_a_killed_process";
/// Answers to wait for before killing, one round each.
const ROUNDS: [usize; 4] = [1, 40, 150, 400];

/// SEC-106: a log entry that was answered is there after `kill -9`, and the log has no gap.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_survive_a_killed_process() {
    if let Some(database) = std::env::var_os(DATABASE) {
        write_until_killed(Path::new(&database)).await;
    }
    for answers in ROUNDS {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("authority.db");
        let (tenant, answered) = kill_after(&path, answers);
        let store = Store::open_sqlite(&path, sealer()).await.unwrap();
        let permit = Permit::system(SystemAct::Housekeeping(tenant));
        let filter = LogFilter {
            content: None,
            after: 0,
            limit: 100_000,
        };
        let log = look!(store, [permit, filter], |tx| tx.log(permit, filter).await?);
        let positions: Vec<u64> = log.iter().map(|entry| entry.sequence).collect();
        assert_eq!(positions, (1..=log.len() as u64).collect::<Vec<_>>(), "a gap");
        assert!(answered.len() >= answers);
        for position in answered {
            assert!(
                position <= log.len() as u64,
                "entry {position} was answered and is gone"
            );
        }
        store.close().await;
    }
}

/// Starts this test again as the process that writes, and kills it when it has said so many positions.
fn kill_after(database: &Path, answers: usize) -> (TenantId, Vec<u64>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(DATABASE, database)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| line.unwrap());
    let tenant = lines
        .by_ref()
        .find_map(|line| line.strip_prefix("tenant ").map(str::to_owned))
        .unwrap();
    let mut positions: Vec<u64> = lines.by_ref().filter_map(position).take(answers).collect();
    child.kill().unwrap();
    // What was said between the last line read and the end counts too.
    positions.extend(lines.filter_map(position));
    child.wait().unwrap();
    (tenant.parse().unwrap(), positions)
}

fn position(line: String) -> Option<u64> {
    line.strip_prefix("position ")?.parse().ok()
}

/// Appends to the log from many tasks and says each position once it is answered.
async fn write_until_killed(database: &Path) -> ! {
    let store = Store::open_sqlite(database, sealer()).await.unwrap();
    let person: Person = janet(&store).await;
    let account: AccountId = person.id();
    println!("tenant {}", person.tenant());
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (store, person) = (store.clone(), person.clone());
            tokio::spawn(async move {
                let (permit, entry) = (person.own(Action::ReadIdentity), person.entry("SignIn"));
                loop {
                    let position = commit!(store, [permit, entry], |tx| tx.append_log(permit, entry).await?);
                    println!("position {position}");
                }
            })
        })
        .collect();
    for task in tasks {
        let () = task.await.unwrap();
    }
    panic!("{account} stopped writing before it was killed");
}
