//! Runs the editor that the person has chosen, as git does it: `VISUAL`, then `EDITOR`; where the command holds more than
//! a program's name, the shell reads it.

use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome, reason};
use crate::stop::Stop;

/// Where an editor is looked for, in this order.
const VARIABLES: [&str; 2] = ["VISUAL", "EDITOR"];
/// What makes a command one for the shell: blanks, quotes, and what else means something there.
#[cfg(unix)]
const FOR_THE_SHELL: &str = "|&;<>()$`\\\"' \t\n*?[#~=%";
/// What the shell says when it has not found the program (POSIX XCU 2.8.2).
const NOT_FOUND: i32 = 127;

/// An editor's command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    command: String,
}

impl Editor {
    /// The editor that was named, or the person's usual one.
    pub fn choose(named: Option<String>) -> Outcome<Self> {
        if let Some(command) = named {
            return match command.trim() {
                "" => Err(Failure::usage("the editor's command is empty")),
                _ => Ok(Self { command }),
            };
        }
        let usual = VARIABLES
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|command| !command.trim().is_empty());
        usual.map(|command| Self { command }).ok_or_else(|| {
            Failure::usage("no editor is known: neither VISUAL nor EDITOR is set").advise(
                "Name one with --editor, such as --editor nano, or give the new text with --from NEWFILE.",
            )
        })
    }

    /// Lets the person edit the file at `path` and waits for the editor to end. Ctrl-C is the editor's meanwhile.
    pub fn run(&self, path: &Path, stop: &Stop) -> Outcome {
        let _deaf = stop.leave_interrupts();
        let child = self.start(path)?;
        let status = self.wait(child, stop)?;
        if stop.asked() || was_interrupted(status) {
            return Err(Failure::interrupted());
        }
        match status.code() {
            Some(0) => Ok(()),
            Some(NOT_FOUND) => Err(self.failed("cannot be started: there is no such program")),
            _ => Err(self.failed(&format!("ended with {status}, so nothing was saved"))),
        }
    }

    fn start(&self, path: &Path) -> Outcome<Child> {
        self.line(path)
            .spawn()
            .map_err(|error| self.failed(&format!("cannot be started: {}", reason(&error))))
    }

    #[cfg(unix)]
    fn line(&self, path: &Path) -> Command {
        if !self.command.contains(|c| FOR_THE_SHELL.contains(c)) {
            let mut line = Command::new(&self.command);
            line.arg(path);
            return line;
        }
        let mut line = Command::new("sh");
        // The path is an argument and never a part of what the shell reads.
        line.arg("-c").arg(format!("{} \"$@\"", self.command));
        line.arg(&self.command).arg(path);
        line
    }

    #[cfg(not(unix))]
    fn line(&self, path: &Path) -> Command {
        let mut words = self.command.split_whitespace();
        let mut line = Command::new(words.next().unwrap_or_default());
        line.args(words).arg(path);
        line
    }

    /// Waits for the editor; ends it when the process is told to stop.
    fn wait(&self, mut child: Child, stop: &Stop) -> Outcome<ExitStatus> {
        // People edit for seconds to hours: looking a few times a second costs nothing that could be measured.
        const LOOK_EVERY: Duration = Duration::from_millis(30);
        // An editor that is told to end first puts the terminal in order.
        const PATIENCE: Duration = Duration::from_secs(2);
        let lost = |error: std::io::Error| self.failed(&format!("was lost: {error}"));
        let mut told: Option<Instant> = None;
        loop {
            if let Some(status) = child.try_wait().map_err(lost)? {
                return Ok(status);
            }
            match told {
                None if stop.asked() => {
                    terminate(&mut child).map_err(lost)?;
                    told = Some(Instant::now());
                }
                Some(since) if since.elapsed() > PATIENCE => child.kill().map_err(lost)?,
                _ => {}
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn failed(&self, what: &str) -> Failure {
        Failure::new(
            Kind::ViewerFailed,
            format!("the editor `{}` {what}", self.command),
        )
        .advise("Check its command: --editor, VISUAL or EDITOR.")
    }
}

#[cfg(unix)]
fn terminate(child: &mut Child) -> std::io::Result<()> {
    let id = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    match id {
        // It is a child that was not waited for, so that the number is still its own.
        Some(id) => Ok(rustix::process::kill_process(id, rustix::process::Signal::TERM)?),
        None => child.kill(),
    }
}

#[cfg(not(unix))]
fn terminate(child: &mut Child) -> std::io::Result<()> {
    child.kill()
}

/// Ctrl-C at an editor that does not take it for itself.
#[cfg(unix)]
fn was_interrupted(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    const INTERRUPT: i32 = 2;
    // A shell in between reports the signal as 128 and its number.
    status.signal() == Some(INTERRUPT) || status.code() == Some(128 + INTERRUPT)
}

#[cfg(not(unix))]
fn was_interrupted(_: ExitStatus) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::Editor;
    use crate::exit_codes::Kind;
    use crate::stop::Stop;

    fn editor(command: &str) -> Editor {
        Editor::choose(Some(command.to_owned())).unwrap()
    }

    #[test]
    fn the_shell_reads_a_command_with_arguments_and_never_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("$(touch hurt) it's.txt");
        std::fs::write(&path, b"old").unwrap();
        let stop = Stop::default();
        editor("sed -i 's/old/new one/'").run(&path, &stop).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new one");
        editor("true").run(&path, &stop).unwrap();
        editor("f() { printf %s \"$1\" > \"$1\"; }; f")
            .run(&path, &stop)
            .unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), path.as_os_str().as_encoded_bytes());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_editor_that_fails_or_is_missing_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let run = |command: &str| {
            editor(command)
                .run(&folder.path().join("a.txt"), &Stop::default())
                .unwrap_err()
        };
        for missing in ["/nowhere/editor", "/nowhere/editor --wait"] {
            let failure = run(missing);
            assert_eq!(failure.kind(), Kind::ViewerFailed);
            assert!(failure.what().contains("cannot be started"), "{}", failure.what());
        }
        assert!(run("false").what().contains("ended with exit status: 1"));
        assert_eq!(run("exit 130 #").kind(), Kind::Interrupted);
        assert_eq!(Editor::choose(Some(" ".into())).unwrap_err().kind(), Kind::Usage);
    }

    /// Not by a real signal: whoever starts these tests in the background has told them to ignore it.
    #[cfg(unix)]
    #[test]
    fn an_interrupted_editor_is_told_from_one_that_failed() {
        use std::os::unix::process::ExitStatusExt as _;
        use std::process::ExitStatus;
        assert!(super::was_interrupted(ExitStatus::from_raw(2)));
        assert!(super::was_interrupted(ExitStatus::from_raw(130 << 8)));
        assert!(!super::was_interrupted(ExitStatus::from_raw(15)));
        assert!(!super::was_interrupted(ExitStatus::from_raw(2 << 8)));
    }

    #[test]
    fn an_editor_is_ended_when_the_process_is() {
        let folder = tempfile::tempdir().unwrap();
        let stop = Stop::default();
        stop.ask();
        let begun = std::time::Instant::now();
        let failure = editor("sleep 60 #").run(folder.path(), &stop).unwrap_err();
        assert_eq!(failure.kind(), Kind::Interrupted);
        assert!(begun.elapsed().as_secs() < 30);
    }
}
