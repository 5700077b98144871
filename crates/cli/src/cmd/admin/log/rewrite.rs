//! Detached parts of logs out of which a person is taken (`SEC-142`).

use std::fs::File;
use std::path::{Path, PathBuf};

use clausa_core::id::TenantId;
use clausa_server::AppState;
use clausa_server::usecase::forget::Person;

use super::file::{self, Header, Writer};
use crate::cmd::serve::serve_failed;
use crate::failure::{Failure, Outcome};

/// How the names of such files end.
pub(super) const ENDING: &str = ".clausalog.gz";

/// Files with detached parts.
pub(in crate::cmd::admin) struct Parts(Vec<(PathBuf, Header)>);

/// What was written anew.
#[derive(Default)]
pub(in crate::cmd::admin) struct Rewritten {
    /// Entries out of which the person was taken.
    pub(in crate::cmd::admin) entries: u64,
    /// The files that they are in.
    pub(in crate::cmd::admin) files: Vec<PathBuf>,
}

/// The files with detached parts in these folders; only their headers are read.
pub(in crate::cmd::admin) fn parts_in(folders: &[PathBuf]) -> Outcome<Parts> {
    let mut found = Vec::new();
    for folder in folders {
        let unreadable = |error: std::io::Error| Failure::from_read(&error, &folder.display().to_string());
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.to_string_lossy().ends_with(ENDING) {
                let header = file::header(open(&path)?).map_err(|failure| about(failure, &path))?;
                found.push((path, header));
            }
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(Parts(found))
}

impl Parts {
    /// The first entry, up to `detached`, that is in none of the files.
    pub(in crate::cmd::admin) fn first_missing(&self, tenant: TenantId, detached: u64) -> Option<u64> {
        let mut next = 1;
        let mut of_tenant: Vec<&Header> = self.0.iter().map(|(_, header)| header).collect();
        of_tenant.retain(|header| header.tenant == tenant);
        of_tenant.sort_by_key(|header| header.first);
        for header in of_tenant {
            if header.first <= next {
                next = next.max(header.last + 1);
            }
        }
        (next <= detached).then_some(next)
    }

    /// Takes the person out of all of them. A file is verified before and after, and replaced in one step.
    pub(in crate::cmd::admin) fn rewrite(self, state: &AppState, person: &Person) -> Outcome<Rewritten> {
        let mut done = Rewritten::default();
        for (path, _) in self.0 {
            let entries = rewrite(state, person, &path).map_err(|failure| about(failure, &path))?;
            if entries > 0 {
                done.entries += entries;
                done.files.push(path);
            }
        }
        Ok(done)
    }
}

/// Says how many entries named the person; the file stays as it is when none does.
fn rewrite(state: &AppState, person: &Person, path: &Path) -> Outcome<u64> {
    let name = path.display().to_string();
    let failed = |error: std::io::Error| Failure::from_write(&error, &name);
    let folder = path.parent().unwrap_or(Path::new("."));
    let header = file::header(open(path)?)?;
    let temporary = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut writer = Writer::begin(std::io::BufWriter::new(temporary.as_file()), &header).map_err(failed)?;
    let mut changed = 0;
    let roots = &state.anchors().roots;
    file::read(open(path)?, roots, |evidence| {
        let mut evidence = evidence.clone();
        changed += u64::from(
            person
                .take_out_of(&mut evidence)
                .map_err(|error| serve_failed(&error))?,
        );
        writer.entry(&evidence).map_err(failed)
    })?;
    if changed == 0 {
        return Ok(0);
    }
    let output = writer.finish().map_err(failed)?;
    output.into_inner().map_err(|error| failed(error.into_error()))?;
    temporary.as_file().sync_all().map_err(failed)?;
    file::read(open(temporary.path())?, roots, |_| Ok(()))?;
    temporary.persist(path).map_err(|error| failed(error.error))?;
    if cfg!(unix) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
    }
    Ok(changed)
}

fn open(path: &Path) -> Outcome<File> {
    File::open(path).map_err(|error| Failure::from_read(&error, &path.display().to_string()))
}

fn about(failure: Failure, path: &Path) -> Failure {
    failure.about(&path.display().to_string())
}
