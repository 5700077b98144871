//! Killed while signing up: the profile is not broken, and the person comes to his account.

use std::fs::File;
use std::process::Command;

use crate::effort;
use crate::faults::{Fault, Faults};
use crate::stage::{PROGRAM, Stage, succeed};

struct Person<'a> {
    stage: &'a Stage,
    name: String,
    address: String,
}

impl<'a> Person<'a> {
    fn new(stage: &'a Stage, name: &str) -> Self {
        Self {
            stage,
            name: name.to_owned(),
            address: format!("{name}@contoso.example"),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.stage.command(&self.name, PROGRAM);
        command.args(["--authority", self.stage.origin()]).args(arguments);
        command
    }

    fn begin(&self) -> Command {
        self.command(&["signup", &self.address, "--no-wait"])
    }

    fn say(&self, what: &str, code: &str) -> std::process::Output {
        let input = format!("{code}\n");
        self.stage
            .run_with_input(&self.name, &[what, "--resume"], input.as_bytes())
    }

    /// Whatever was killed: going on where it was, or else signing in, works.
    fn arrive(&self, code: Option<&str>) {
        let resumed = code.is_some_and(|code| self.say("signup", code).status.success());
        if !resumed {
            let whoami = self.command(&["whoami"]).output().unwrap();
            if !whoami.status.success() {
                self.sign_in();
            }
        }
        succeed(self.command(&["whoami"]).output().unwrap());
    }

    /// As somebody does who does not know how far he came.
    fn sign_in(&self) {
        let signed_up = self.begin().output().unwrap();
        if signed_up.status.success() && self.try_codes("signup") {
            return;
        }
        succeed(
            self.command(&["login", &self.address, "--no-wait"])
                .output()
                .unwrap(),
        );
        assert!(self.try_codes("login"), "no code is taken");
    }

    /// The process that was killed may have had a mail sent, so that the first code is not that of this try.
    fn try_codes(&self, what: &str) -> bool {
        (0..2).any(|_| {
            let code = self.stage.code(&self.address);
            self.say(what, &code).status.success()
        })
    }
}

#[test]
fn killed_while_signing_up() {
    let stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    let faults = Faults::compile();
    let first = Person::new(&stage, "first");
    let whole = faults.run(first.begin(), stage.root(), None);
    assert!(whole.output.status.success());
    first.arrive(Some(&stage.code(&first.address)));
    for index in effort::worth_trying(&whole.calls) {
        if !effort::is_thorough() && index % 3 != 0 {
            continue;
        }
        let person = Person::new(&stage, &format!("begin{index}"));
        let run = faults.run(person.begin(), stage.root(), Some((Fault::KillBefore, index)));
        assert!(run.struck().is_none() || !run.output.status.success());
        person.sign_in();
        person.arrive(None);
    }
    println!("killed while a sign-up began, {} calls", whole.calls.len());
}

#[test]
fn killed_while_a_sign_up_goes_on() {
    let stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    let faults = Faults::compile();
    // Begins, and is killed at the call of this index after the code was typed.
    let kill = |name: &str, fault| {
        let person = Person::new(&stage, name);
        succeed(person.begin().output().unwrap());
        let code = stage.code(&person.address);
        let typed = stage.path("tmp").join(format!("code-{name}"));
        std::fs::write(&typed, format!("{code}\n")).unwrap();
        let mut command = person.command(&["signup", "--resume"]);
        command.stdin(File::open(&typed).unwrap());
        let run = faults.run(command, stage.root(), fault);
        assert_eq!(run.struck().is_none(), run.output.status.success(), "{name}");
        person.arrive(Some(&code));
        run
    };
    let whole = kill("whole", None);
    for index in effort::worth_trying(&whole.calls) {
        if effort::is_thorough() || index % 4 == 0 {
            kill(&format!("after{index}"), Some((Fault::KillAfter, index)));
        }
    }
    println!("killed while a sign-up went on, {} calls", whole.calls.len());
}
