//! Commands on a terminal: a pseudo-terminal without echo, so that what is typed does not depend on timing.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, OutputModes, tcgetattr, tcsetattr};

use crate::stage::Stage;
use crate::transcript;

const PATIENCE: Duration = Duration::from_secs(60);

/// Runs `command` by a shell on a terminal; types each line when the program waits for one. Returns the exit code and
/// everything that was shown.
pub fn run(stage: &Stage, person: &str, command: &str, typed: &[String]) -> (i32, String) {
    let (master, terminal) = open();
    let mut child = stage
        .command(person, "sh")
        .args(["-c", &format!("exec {command}")])
        .env("TERM", "dumb")
        .stdin(terminal.try_clone().unwrap())
        .stdout(terminal.try_clone().unwrap())
        .stderr(terminal)
        .spawn()
        .unwrap();
    let mut keyboard = File::from(master);
    let screen = Arc::new(Mutex::new(Vec::new()));
    let reader = {
        let (mut source, screen) = (keyboard.try_clone().unwrap(), screen.clone());
        std::thread::spawn(move || {
            let mut piece = [0; 4096];
            // The end of a terminal whose program has gone is an error (EIO).
            while let Ok(count @ 1..) = source.read(&mut piece) {
                screen.lock().unwrap().extend_from_slice(&piece[..count]);
            }
        })
    };
    let mut seen = 0;
    for line in typed {
        seen = wait_for_question(&screen, seen, &mut child);
        let line = transcript::fill(stage, person, line);
        keyboard.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
    let code = wait_for_end(&screen, &mut child);
    reader.join().unwrap();
    let shown = String::from_utf8_lossy(&screen.lock().unwrap()).into_owned();
    (code, shown)
}

/// A program that waits for an answer has written something that does not end its line.
fn wait_for_question(screen: &Mutex<Vec<u8>>, seen: usize, child: &mut std::process::Child) -> usize {
    let begun = Instant::now();
    loop {
        let shown = screen.lock().unwrap().clone();
        if shown.len() > seen && shown.ends_with(b" ") {
            return shown.len();
        }
        if let Some(status) = child.try_wait().unwrap() {
            panic!(
                "it asked nothing and ended with {status}:\n{}",
                String::from_utf8_lossy(&shown)
            );
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "it asks nothing:\n{}",
            String::from_utf8_lossy(&shown)
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn wait_for_end(screen: &Mutex<Vec<u8>>, child: &mut std::process::Child) -> i32 {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!(
                "it does not end:\n{}",
                String::from_utf8_lossy(&screen.lock().unwrap())
            );
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn open() -> (OwnedFd, OwnedFd) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let terminal = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let mut modes = tcgetattr(&terminal).unwrap();
    modes.local_modes.remove(LocalModes::ECHO);
    modes.output_modes.remove(OutputModes::OPOST);
    tcsetattr(&terminal, OptionalActions::Now, &modes).unwrap();
    (master, OwnedFd::from(terminal))
}
