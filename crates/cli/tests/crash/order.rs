//! The order that makes a power cut harmless: what a file holds is flushed before it gets its name, and the name after.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::faults::Call;
use crate::scenarios::Scenario;

/// The order of the calls of an undisturbed run.
pub fn check(calls: &[Call], scenario: &Scenario) {
    // An editor's private text goes away: it need not outlast a power cut.
    let lasts = |call: &Call| !call.path.to_string_lossy().contains("clausa-edit-");
    let done: Vec<(usize, &Call)> = calls
        .iter()
        .enumerate()
        .filter(|(_, call)| call.result >= 0 && lasts(call))
        .collect();
    let mut written: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (index, call) in &done {
        if call.name.contains("write") || call.name == "copy_file_range" || call.name == "ftruncate" {
            written.insert(plain(&call.path), *index);
        }
    }
    for (path, last) in written {
        let flushed = position(&done, last, |call| is_flush(call, &path));
        let named = position(&done, last, is_naming);
        assert!(
            flushed.is_some_and(|flushed| named.is_none_or(|named| flushed < named)),
            "{}: {} is not flushed before anything gets a name",
            scenario.name,
            path.display()
        );
    }
    for (index, call) in done.iter().filter(|(_, call)| is_naming(call)) {
        let path = plain(&call.path);
        let folder = path.parent().unwrap();
        assert!(
            position(&done, *index, |call| is_flush(call, folder)).is_some(),
            "{}: the folder of {} is not flushed after it",
            scenario.name,
            path.display()
        );
    }
    check_record(&done, scenario);
}

/// Content in clear gets a name that is not its own only after a record of that name is on disk.
fn check_record(done: &[(usize, &Call)], scenario: &Scenario) {
    let is_clear = scenario.outputs.iter().any(|output| !output.is_protected);
    let is_partial = |call: &Call| is_naming(call) && call.path.to_string_lossy().ends_with(".partial");
    for (index, call) in done.iter().filter(|(_, call)| is_clear && is_partial(call)) {
        let folder = |call: &Call| call.name == "fsync" && call.path.ends_with("unfinished");
        let recorded = done.iter().position(|(_, call)| folder(call));
        assert!(
            recorded.is_some_and(|recorded| done[recorded].0 < *index),
            "{}: there is no record of {}",
            scenario.name,
            call.path.display()
        );
    }
}

fn position(done: &[(usize, &Call)], after: usize, is: impl Fn(&Call) -> bool) -> Option<usize> {
    let later = done.iter().filter(|(index, _)| *index > after);
    later
        .map(|(index, call)| (*index, *call))
        .find(|(_, call)| is(call))
        .map(|(index, _)| index)
}

fn is_naming(call: &Call) -> bool {
    call.name.starts_with("link") || call.name.starts_with("rename") || call.name.starts_with("mkdir")
}

fn is_flush(call: &Call, path: &Path) -> bool {
    call.name == "syncfs"
        || (call.name.starts_with("f") && call.name.ends_with("sync") && plain(&call.path) == path)
}

/// Without `.` in it.
fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}
