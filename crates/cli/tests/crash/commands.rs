//! A test for each command: the order of its calls, then killed, then failed.

use crate::faults::Run;
use crate::scenarios::ALL;
use crate::scene::{Scene, State};
use crate::{effort, errors, kills, order};

fn try_everything(name: &str) {
    let scenario = ALL.iter().find(|scenario| scenario.name == name).unwrap();
    let mut scene = Scene::prepare(scenario);
    let whole = undisturbed(&mut scene);
    order::check(&whole.calls, scenario);
    let indices = effort::worth_trying(&whole.calls);
    scene = kills::at_calls(scene, &indices);
    scene = kills::at_random(scene);
    scene = errors::at_calls(scene, &indices);
    undisturbed(&mut scene);
    println!(
        "{name}: {} calls; the next command had to clean up {} times",
        whole.calls.len(),
        scene.swept
    );
}

fn undisturbed(scene: &mut Scene) -> Run {
    let run = scene.run(None);
    let told = String::from_utf8_lossy(&run.output.stderr).into_owned();
    assert!(run.output.status.success(), "undisturbed: {told}");
    let before = scene.swept;
    let states = scene.examine("undisturbed");
    assert!(states.iter().all(|state| *state == State::New), "{states:?}");
    assert_eq!(scene.swept, before, "it cleans up after itself");
    run
}

#[test]
fn protect() {
    try_everything("protect");
}

#[test]
fn protect_over_an_old_file() {
    try_everything("protect-force");
}

#[test]
fn protect_several_into_a_folder() {
    try_everything("protect-several");
}

#[test]
fn unprotect() {
    try_everything("unprotect");
}

#[test]
fn unprotect_over_an_old_file() {
    try_everything("unprotect-force");
}

#[test]
fn unprotect_into_a_folder() {
    try_everything("unprotect-small");
}

#[test]
fn open_in_a_viewer() {
    try_everything("open");
}

#[test]
fn edit_in_an_editor() {
    try_everything("edit");
}

#[test]
fn edit_from_a_file_to_another() {
    try_everything("edit-to-another");
}

#[test]
fn reprotect_over_an_old_file() {
    try_everything("reprotect-force");
}

#[test]
fn reprotect_in_place() {
    try_everything("reprotect-in-place");
}
