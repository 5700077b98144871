//! Killed with SIGKILL: the sources are as they were, every output is the old one or the new one, whole.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::effort::{self, Chance};
use crate::faults::Fault;
use crate::scene::{Scene, State};

const KILLED: i32 = 9;
/// No command is over in this time.
const SHORTEST: Duration = Duration::from_millis(5);

/// Killed before and after each of these calls.
pub fn at_calls(mut scene: Scene, indices: &[usize]) -> Scene {
    let mut kills = 0;
    for &index in indices {
        for fault in [Fault::KillBefore, Fault::KillAfter] {
            scene = scene.renewed();
            let run = scene.run(Some((fault, index)));
            let context = format!("{}: {fault:?} {index}: {:?}", scene.scenario.name, run.struck());
            match run.struck() {
                Some(_) => assert_eq!(run.output.status.signal(), Some(KILLED), "{context}"),
                None => assert!(run.output.status.success(), "{context}"),
            }
            scene.examine(&context);
            kills += usize::from(run.struck().is_some());
        }
    }
    println!(
        "{}: killed {kills} times before and after calls",
        scene.scenario.name
    );
    scene
}

/// Killed after some time, at most a little more than it needs.
pub fn at_random(mut scene: Scene) -> Scene {
    let mut chance = Chance::from_environment();
    let mut longest = Duration::ZERO;
    for _ in 0..3 {
        let begun = Instant::now();
        let output = scene.begin().stdout(Stdio::null()).output().unwrap();
        assert!(output.status.success());
        longest = longest.max(begun.elapsed());
    }
    let (mut kills, mut done) = (0, 0);
    while kills < effort::points() {
        scene = scene.renewed();
        let delay = Duration::from_nanos(chance.below(longest.as_nanos() as u64));
        let mut command = scene.begin();
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(delay);
        child.kill().unwrap();
        let status = child.wait().unwrap();
        let context = format!("{}: killed after {delay:?}", scene.scenario.name);
        assert!(
            status.success() || status.signal() == Some(KILLED),
            "{context}: {status}"
        );
        let states = scene.examine(&context);
        if status.success() {
            // The machine may have become quicker meanwhile.
            longest = longest.mul_f64(0.95).max(SHORTEST);
        }
        kills += usize::from(!status.success());
        done += usize::from(!status.success() && states.contains(&State::New));
    }
    println!(
        "{}: killed {kills} times at random moments of {longest:?}, {done} of them with an output in place",
        scene.scenario.name
    );
    scene
}
