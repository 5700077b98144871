//! Root may read and write everything. What permissions refuse is therefore run as a user whom they bind.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use crate::stage::{PROGRAM, Stage, succeed};

/// Who owns nothing.
const NOBODY: &str = "65534";

/// True when permissions do not bind whoever runs the tests.
pub fn is_needed() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// True when `setpriv` of util-linux is there and may change the user; in some containers it may not.
pub fn can_be_had() -> bool {
    become_nobody(Command::new("setpriv"))
        .arg("true")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A shell that runs as nobody and acts as `person`, with a copy of his profile; nobody owns `folder` from now on.
pub fn shell(stage: &Stage, person: &str, folder: &Path) -> Command {
    let name = folder.file_name().unwrap().to_str().unwrap();
    let profile = stage.path(&format!("{name}-profile"));
    let mut copy = Command::new("cp");
    copy.arg("-a")
        .args([&stage.path("profiles").join(person), &profile]);
    succeed(copy.output().unwrap());
    let mut give = Command::new("chown");
    give.args(["-R", &format!("{NOBODY}:{NOBODY}")])
        .args([folder, &profile]);
    succeed(give.output().unwrap());
    let modes = [(stage.root().to_owned(), 0o711), (stage.path("tmp"), 0o1777)];
    for (path, mode) in modes {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    // The folder of what was built may be closed to others.
    let program = stage.path("bin/clausa");
    if !program.exists() && std::fs::hard_link(PROGRAM, &program).is_err() {
        std::fs::copy(PROGRAM, &program).unwrap();
    }
    let mut command = become_nobody(stage.command(person, "setpriv"));
    command.env("CLAUSA_PROFILE", profile).arg("sh");
    command
}

fn become_nobody(mut setpriv: Command) -> Command {
    setpriv
        .args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"])
        .arg("--");
    setpriv
}
