//! Failed by the system: the exit code says why, the message says what to do, and nothing half done is there.

use crate::faults::{Call, Fault, Run};
use crate::scene::{Scene, State};

/// What a failure looks like with `--json`.
struct Told {
    kind: String,
    message: String,
}

/// Each of these calls failed in every way.
pub fn at_calls(mut scene: Scene, indices: &[usize]) -> Scene {
    let faults = [
        Fault::NoSpace,
        Fault::Full,
        Fault::Device,
        Fault::Interrupted,
        Fault::Short,
    ];
    let mut failures = 0;
    for &index in indices {
        for fault in faults {
            scene = scene.renewed();
            let run = scene.run(Some((fault, index)));
            let Some(call) = run.struck().cloned() else {
                continue;
            };
            let told = String::from_utf8_lossy(&run.output.stderr).into_owned();
            let context = format!("{}: {fault:?} {index}: {call:?}: {told}", scene.scenario.name);
            let swept = scene.swept;
            let states = scene.examine(&context);
            // Whatever could be removed was removed.
            assert!(scene.swept == swept || is_removal(&call), "{context}");
            match fault {
                Fault::Interrupted | Fault::Short => {
                    assert!(run.output.status.success(), "{context}");
                    assert!(all_new(&states), "{context}");
                }
                _ => check_failure(&scene, fault, &call, &run, &states, &context),
            }
            failures += 1;
        }
    }
    println!("{}: failed {failures} times", scene.scenario.name);
    scene
}

fn check_failure(scene: &Scene, fault: Fault, call: &Call, run: &Run, states: &[State], context: &str) {
    if run.output.status.success() {
        // That something superfluous could not be removed does not make the work fail.
        assert!(is_removal(call), "{context}");
        assert!(all_new(states), "{context}");
        return;
    }
    let told = told(run, context);
    let in_profile = call.path.starts_with(scene.stage.path("profiles"));
    // The place for an editor's text is the profile's, and the text is an output.
    let for_editor = call.path.to_string_lossy().contains("clausa-edit-");
    let expected = match fault {
        Fault::Device if for_editor && call.name.contains("write") => "output-unwritable",
        Fault::Device if in_profile => "profile-unusable",
        Fault::Device => "output-unwritable",
        _ => "no-space",
    };
    // The one thing that is done and cannot be undone: a new file in the place of an old one, whose folder could not be
    // flushed.
    let is_unconfirmed = call.name == "fsync" && call.path.is_dir() && !in_profile && all_new(states);
    if is_unconfirmed {
        assert_eq!(told.kind, "output-unwritable", "{context}");
        assert!(told.message.contains("did not confirm"), "{context}");
        return;
    }
    assert_eq!(told.kind, expected, "{context}");
    let reported = String::from_utf8_lossy(&run.output.stdout);
    for (output, state) in scene.scenario.outputs.iter().zip(states) {
        assert_eq!(
            reported.contains(&format!("{}\"", output.name)),
            *state == State::New,
            "{} is {state:?}: {context}\n{reported}",
            output.name
        );
    }
    assert!(states.is_empty() || !all_new(states), "{context}");
}

fn told(run: &Run, context: &str) -> Told {
    let text = String::from_utf8_lossy(&run.output.stderr);
    let last = text.lines().last().unwrap_or_default();
    let value: serde_json::Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{context}"));
    let error = &value["error"];
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    assert_eq!(
        error["exit_code"].as_i64(),
        run.output.status.code().map(i64::from),
        "{context}"
    );
    assert!(!text("advice").is_empty(), "{context}");
    Told {
        kind: text("kind"),
        message: text("message"),
    }
}

fn all_new(states: &[State]) -> bool {
    states.iter().all(|state| *state == State::New)
}

fn is_removal(call: &Call) -> bool {
    call.name.starts_with("unlink")
}
