//! Protected without a network and killed: whatever file is there, the authority is told of it later.
//!
//! The other way round is harmless: an authority may know of a file that there is not, which its owner sees in the log.

use crate::effort;
use crate::faults::{Fault, Faults};
use crate::scan;
use crate::stage::{PROGRAM, Stage, succeed};

#[test]
fn no_registration_is_lost() {
    let mut stage = Stage::start();
    stage.sign_up("janet@contoso.example");
    std::fs::write(stage.file("plan.bin"), scan::text(10_000)).unwrap();
    stage.stop_authority();
    let faults = Faults::compile();
    let run = |name: &str, fault| {
        let mut command = stage.command("janet", PROGRAM);
        command.args(["protect", "plan.bin", "--level", "only-me", "-o", name]);
        faults.run(command, stage.root(), fault)
    };
    let whole = run("whole.clausa", None);
    assert!(whole.output.status.success());
    let mut names = vec!["whole.clausa".to_owned()];
    for index in effort::worth_trying(&whole.calls) {
        for fault in [Fault::KillBefore, Fault::KillAfter, Fault::Device] {
            let name = format!("{fault:?}-{index}.clausa");
            let run = run(&name, Some((fault, index)));
            let is_kill = matches!(fault, Fault::KillBefore | Fault::KillAfter);
            assert!(
                !is_kill || run.struck().is_none() || !run.output.status.success(),
                "{name}: {:?}",
                run.struck()
            );
            // An error may be got over by a second try; then the file has to be there.
            assert!(
                !run.output.status.success() || stage.file(&name).exists(),
                "{name}"
            );
            names.push(name);
        }
    }
    names.retain(|name| stage.file(name).exists());
    println!(
        "protected without a network and killed: {} files are there",
        names.len()
    );
    assert!(names.len() > 1, "some are killed after the file has its name");
    stage.start_authority();
    for name in &names {
        // Tells of all that is pending, and then asks about this one.
        succeed(stage.run("janet", &["log", name]));
        succeed(stage.run("janet", &["unprotect", name, "-o", "again.bin", "--force"]));
        assert!(
            std::fs::read(stage.file("again.bin")).unwrap() == scan::text(10_000),
            "{name}"
        );
    }
    let pending = scan::files(&stage.path("profiles/janet/registrations"));
    assert!(pending.is_empty(), "{pending:?}");
}
