//! A command, the folder it works in, and what must hold of that folder after whatever happened to the command.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use clausa_client::{Client, ClientOptions, KeyringChoice, ProfileDirectory, Source};

use crate::faults::{Fault, Faults, Run};
use crate::scan;
use crate::scenarios::{EDITOR, Output as Written, Removes, Scenario};
use crate::stage::{PROGRAM, Stage, put_helper, succeed};

/// The limits protect against people, and tests are quicker than people.
const SETTINGS: &str = "\
licence_per_account = { burst = 1000000, refill = 1000000, seconds = 1 }
publish_per_account = { burst = 1000000, refill = 1000000, seconds = 1 }
calls_per_account = { burst = 1000000, refill = 1000000, seconds = 1 }
";

/// What stood where a command writes with `--force`.
const OLD: &[u8] = b"what was there before\n";

/// A token is renewed after ten minutes. A process that is killed while it is renewed has to sign in again, which is
/// not what these tests are about.
const LIFE: Duration = Duration::from_secs(8 * 60);

/// What is said when a changed text can be saved nowhere.
const KEPT_IN_CLEAR: &str = "Your text is in clear in a folder that only you can enter.";

/// What an output is afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Absent,
    Old,
    New,
}

/// A command and where it works.
pub struct Scene {
    pub scenario: Scenario,
    pub stage: Stage,
    faults: Faults,
    folder: PathBuf,
    /// The bytes of each source.
    sources: Vec<Vec<u8>>,
    /// The text of each source.
    texts: Vec<Vec<u8>>,
    runtime: tokio::runtime::Runtime,
    begun: Instant,
    /// How often something was left that the next command had to remove.
    pub swept: usize,
}

impl Scene {
    /// Starts an authority, signs a person up and makes the sources.
    pub fn prepare(scenario: &Scenario) -> Self {
        let stage = Stage::start_with(SETTINGS);
        stage.sign_up("janet@contoso.example");
        put_helper(&stage.path("bin/adding"), EDITOR);
        let folder = stage.file(scenario.name);
        std::fs::create_dir(&folder).unwrap();
        let mut scene = Self {
            scenario: scenario.clone(),
            stage,
            faults: Faults::compile(),
            folder,
            sources: Vec::new(),
            texts: Vec::new(),
            runtime: tokio::runtime::Runtime::new().unwrap(),
            begun: Instant::now(),
            swept: 0,
        };
        for source in scenario.sources {
            let text = scan::text(source.length);
            let path = scene.folder.join(source.name);
            if source.is_protected {
                let clear = path.with_extension("");
                std::fs::write(&clear, &text).unwrap();
                let name = clear.file_name().unwrap().to_str().unwrap();
                let mut command = scene.command();
                command.args(["protect", name, "--level", "only-me"]);
                succeed(command.output().unwrap());
                std::fs::remove_file(&clear).unwrap();
            } else {
                std::fs::write(&path, &text).unwrap();
            }
            scene.sources.push(std::fs::read(&path).unwrap());
            scene.texts.push(text);
        }
        scene
    }

    /// The same on a fresh stage when this one has grown old.
    pub fn renewed(self) -> Self {
        if self.begun.elapsed() < LIFE {
            return self;
        }
        Self {
            swept: self.swept,
            ..Self::prepare(&self.scenario)
        }
    }

    /// The program in the scenario's folder. Whatever it might take for temporary files is where it is looked for.
    pub fn command(&self) -> Command {
        let mut command = self.stage.command("janet", PROGRAM);
        command
            .current_dir(&self.folder)
            .env("XDG_RUNTIME_DIR", self.stage.path("tmp"))
            .arg("--json");
        command
    }

    /// Puts everything back and runs the scenario's command, with a fault at the call of this index or without one.
    pub fn run(&self, fault: Option<(Fault, usize)>) -> Run {
        self.reset();
        let mut command = self.command();
        command.args(self.scenario.arguments);
        self.faults.run(command, self.stage.root(), fault)
    }

    /// The scenario's command, after everything was put back, for whoever wants to run it in another way.
    pub fn begin(&self) -> Command {
        self.reset();
        let mut command = self.command();
        command.args(self.scenario.arguments);
        command
    }

    fn reset(&self) {
        // So that the authority is asked, and its licence kept, every time.
        for path in scan::files(&self.stage.path("profiles/janet/cache")) {
            if path.parent().unwrap().ends_with("licences") {
                std::fs::remove_file(path).unwrap();
            }
        }
        for output in self.scenario.outputs {
            let path = self.folder.join(output.name);
            if output.replaces {
                std::fs::write(&path, self.old(output)).unwrap();
            } else if path.exists() {
                std::fs::remove_file(&path).unwrap();
            }
        }
    }

    /// Looks at everything after a run that may have been killed, and says what became of each output.
    pub fn examine(&mut self, context: &str) -> Vec<State> {
        let states = self.states(context);
        self.take_unsaved(context);
        let left = self.left_over();
        if !left.is_empty() {
            // What a killed process could not remove is private, and gone after the next command.
            self.swept += 1;
            left.iter().for_each(|path| assert_private(path, context));
            if matches!(self.scenario.removes, Removes::Any) {
                succeed(self.next_command());
            }
            let rest = self.left_over();
            let may_wait = |path: &PathBuf| !scan::is_clear(&std::fs::read(path).unwrap());
            let is_next = matches!(self.scenario.removes, Removes::Same);
            assert!(is_next || rest.iter().all(may_wait), "{context}: {rest:?}");
            if !rest.is_empty() {
                // What is protected waits for the next one in the same folder.
                succeed(self.run(None).output);
            }
            assert_eq!(self.left_over(), Vec::<PathBuf>::new(), "{context}");
        }
        let clear = scan::clear_files(self.stage.root(), &self.may_be_clear(&states));
        assert_eq!(clear, Vec::<PathBuf>::new(), "text in clear: {context}");
        states
    }

    /// Some other command of the same person, somewhere else.
    pub fn next_command(&self) -> Output {
        let mut command = self.stage.command("janet", PROGRAM);
        command
            .arg("whoami")
            .current_dir(self.stage.path("tmp"))
            .output()
            .unwrap()
    }

    fn states(&self, context: &str) -> Vec<State> {
        let outputs = self.scenario.outputs;
        for (source, bytes) in self.scenario.sources.iter().zip(&self.sources) {
            if outputs.iter().any(|output| output.name == source.name) {
                continue;
            }
            let now = std::fs::read(self.folder.join(source.name)).unwrap();
            assert!(now == *bytes, "{} is not what it was: {context}", source.name);
        }
        let state = |output: &Written| {
            let path = self.folder.join(output.name);
            let Ok(bytes) = std::fs::read(&path) else {
                assert!(!output.replaces, "{} is gone: {context}", output.name);
                return State::Absent;
            };
            if output.replaces && bytes == self.old(output) {
                return State::Old;
            }
            let text = if output.is_protected {
                self.open(&path)
            } else {
                bytes
            };
            assert!(
                text == self.new_text(output),
                "{} is not whole: {context}",
                output.name
            );
            State::New
        };
        self.scenario.outputs.iter().map(state).collect()
    }

    /// What an output that replaces something is before.
    fn old(&self, output: &Written) -> &[u8] {
        if self.scenario.sources[output.of].name == output.name {
            &self.sources[output.of]
        } else {
            OLD
        }
    }

    /// The text of an output in the end.
    fn new_text(&self, output: &Written) -> Vec<u8> {
        [&self.texts[output.of], output.added].concat()
    }

    /// Looks at a changed text that could not be saved under its name and was put beside it, and removes it.
    fn take_unsaved(&self, context: &str) {
        if context.contains(KEPT_IN_CLEAR) {
            // Rather than lose it where nothing can be written: the person was told, and removes it.
            let kept = scan::files(&self.stage.path("profiles/janet/editing"));
            let text = kept
                .iter()
                .find(|path| path.ends_with("plan.bin"))
                .expect(context);
            assert_private(text, context);
            assert!(
                std::fs::read(text).unwrap() == self.new_text(&self.scenario.outputs[0]),
                "{context}"
            );
            std::fs::remove_file(text).unwrap();
            succeed(self.next_command());
        }
        let beside = scan::files(&self.folder).into_iter();
        let in_profile = scan::files(&self.stage.path("profiles/janet/unsaved"));
        for path in beside.chain(in_profile) {
            if path.to_string_lossy().ends_with(".unsaved.clausa") {
                let text = self.open(&path);
                let output = &self.scenario.outputs[0];
                assert!(text == self.new_text(output), "{}: {context}", path.display());
                std::fs::remove_file(path).unwrap();
            }
        }
    }

    /// What is in a protected file, read by this process as the same person.
    fn open(&self, path: &Path) -> Vec<u8> {
        let options = ClientOptions {
            keyring: KeyringChoice::File,
            ..ClientOptions::default()
        };
        let directory = ProfileDirectory::at(self.stage.path("profiles/janet"));
        self.runtime.block_on(async {
            let client = Client::open_profile(directory, options).await.unwrap();
            let mut opened = client.open(Source::file(path)).await.unwrap();
            let mut text = Vec::new();
            opened.reader().read_to_end(&mut text).unwrap();
            text
        })
    }

    /// Files that nobody named: in the working folder, among temporary files, and half written ones in the profile.
    fn left_over(&self) -> Vec<PathBuf> {
        let known: BTreeSet<_> = self.named().collect();
        let strange = scan::files(&self.folder)
            .into_iter()
            .filter(|path| !known.contains(path));
        let temporary = scan::files(&self.stage.path("tmp")).into_iter();
        let half = scan::files(&self.stage.path("profiles"))
            .into_iter()
            .filter(|path| {
                let is_in = |folder: &str| path.components().any(|part| part.as_os_str() == folder);
                let is_half = path.file_name().unwrap().to_string_lossy().starts_with('.');
                // Half of a kept licence is nobody's secret, and is gone when the next one is kept.
                let may_wait = is_in("licences") && matches!(self.scenario.removes, Removes::Any);
                (is_half && !may_wait) || is_in("unfinished") || is_in("editing")
            });
        strange.chain(temporary).chain(half).collect()
    }

    fn named(&self) -> impl Iterator<Item = PathBuf> {
        let sources = self.scenario.sources.iter().map(|source| source.name);
        let outputs = self.scenario.outputs.iter().map(|output| output.name);
        sources.chain(outputs).map(|name| self.folder.join(name))
    }

    fn may_be_clear(&self, states: &[State]) -> BTreeSet<PathBuf> {
        let sources = self.scenario.sources.iter().filter(|source| !source.is_protected);
        let done = self.scenario.outputs.iter().zip(states);
        let outputs = done.filter(|(output, state)| !output.is_protected && **state == State::New);
        let names = sources
            .map(|source| source.name)
            .chain(outputs.map(|(output, _)| output.name));
        names.map(|name| self.folder.join(name)).collect()
    }
}

fn assert_private(path: &Path, context: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    let is_clear = scan::is_clear(&std::fs::read(path).unwrap());
    assert!(
        !is_clear || mode & 0o077 == 0,
        "{} may be read by others: {context}",
        path.display()
    );
}
