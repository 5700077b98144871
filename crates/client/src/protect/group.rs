//! A group of files that are written side by side, before they are flushed, told to the authority and named together.

use std::collections::HashSet;
use std::iter::Peekable;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::ProtectOptions;
use super::pipeline::{self, Written};
use super::plan::Plan;
use super::preparation::Prepared;
use super::small::Buffers;
use crate::error::ProtectError;
use crate::file::{Sink, Source};
use crate::progress::{Progress, ProgressCallback};

/// Sources with what has become of them so far, in the order in which they were named.
pub(super) type Slots<T> = Vec<(Source, Result<T, ProtectError>)>;

/// Most files of a group: so many are open at the same time, and so many names appear together.
const MOST: usize = 128;
/// Threads that protect small files. More of them would wait for each other in the file system.
const WORKERS: usize = 2;
/// How often it is looked whether to stop while the authority is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Takes the next group off `sources`. It ends before a source that has to do with a file of the group, as its output
/// or as its source: what comes of that one depends on what came of the other.
pub(super) fn next(
    sources: &mut Peekable<impl Iterator<Item = Source>>,
    options: &ProtectOptions,
) -> Slots<Plan> {
    let mut group = Vec::new();
    let mut taken: HashSet<PathBuf> = HashSet::new();
    while let Some(source) = sources.peek()
        && group.len() < MOST
    {
        let plan = Plan::new(source, options);
        let target = match &plan {
            Ok(Plan {
                sink: Sink::File(target),
                ..
            }) => Some(target),
            _ => None,
        };
        if taken.contains(source.path()) || target.is_some_and(|target| taken.contains(target)) {
            break;
        }
        taken.extend(target.cloned());
        group.extend(sources.next().map(|source| (source, plan)));
    }
    group
}

/// What is kept from group to group.
pub(super) struct Workers {
    buffers: [Mutex<Buffers>; WORKERS],
    progress: ProgressCallback,
    /// Bytes of content in all, when they are known.
    total: Option<u64>,
    /// Bytes of content done.
    done: AtomicU64,
    stopped: AtomicBool,
}

impl Workers {
    /// Workers for these sources. Blocks.
    pub(super) fn new(sources: &[Source], progress: ProgressCallback) -> Self {
        Self {
            buffers: Default::default(),
            progress,
            total: sources.iter().map(length).sum(),
            done: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        }
    }

    /// Writes the protected files of a group, complete but for their names. Once stopped, what is left is
    /// [`ProtectError::Interrupted`]. Blocks.
    pub(super) fn write(
        &self,
        prepared: &Prepared,
        group: Slots<Plan>,
        options: &ProtectOptions,
    ) -> Slots<Written> {
        let mut written: Vec<Option<Result<Written, ProtectError>>> = group.iter().map(|_| None).collect();
        for (place, result) in self.write_small(prepared, &group, options) {
            if let Some(slot) = written.get_mut(place) {
                *slot = result.transpose();
            }
        }
        group
            .into_iter()
            .zip(written)
            .map(|((source, plan), written)| {
                let written = match (plan, written) {
                    (Err(error), _) => Err(error),
                    (Ok(_), Some(written)) => written,
                    (Ok(plan), None) => self.write_alone(prepared, &source, &plan, options),
                };
                (source, written)
            })
            .collect()
    }

    /// Does what is small, spread over the workers. Returns each file's place with its result, `None` for one that has
    /// to be done alone.
    fn write_small(
        &self,
        prepared: &Prepared,
        group: &Slots<Plan>,
        options: &ProtectOptions,
    ) -> Vec<(usize, Result<Option<Written>, ProtectError>)> {
        let next = AtomicUsize::new(0);
        let work = |buffers: &Mutex<Buffers>| {
            let mut buffers = buffers.lock().unwrap_or_else(PoisonError::into_inner);
            let mut results = Vec::new();
            while let place = next.fetch_add(1, Ordering::Relaxed)
                && let Some((source, plan)) = group.get(place)
            {
                if let Ok(plan) = plan {
                    let result = self
                        .check()
                        .and_then(|()| buffers.write(prepared, source, plan, options));
                    if let Ok(Some(written)) = &result {
                        self.done.fetch_add(written.plaintext_bytes, Ordering::Relaxed);
                    }
                    results.push((place, result));
                }
            }
            results
        };
        let (first, others) = self.buffers.split_at(1);
        let others = if group.len() > 1 { others } else { &[] };
        std::thread::scope(|scope| {
            // A thread that cannot be had is done without.
            let threads: Vec<_> = others
                .iter()
                .filter_map(|buffers| {
                    std::thread::Builder::new()
                        .spawn_scoped(scope, move || work(buffers))
                        .ok()
                })
                .collect();
            let mut results: Vec<_> = first.iter().flat_map(work).collect();
            for thread in threads {
                match thread.join() {
                    Ok(more) => results.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            results
        })
    }

    fn write_alone(
        &self,
        prepared: &Prepared,
        source: &Source,
        plan: &Plan,
        options: &ProtectOptions,
    ) -> Result<Written, ProtectError> {
        self.check()?;
        let before = self.done.load(Ordering::Relaxed);
        let (progress, total) = (self.progress.clone(), self.total);
        let of_all = move |now: Progress| {
            let done = before + now.done;
            progress.call(Progress { done, total })
        };
        let options = ProtectOptions {
            progress: ProgressCallback::new(of_all),
            ..options.clone()
        };
        let written = pipeline::write(prepared, source, plan, &options);
        match &written {
            Ok(written) => {
                self.done.fetch_add(written.plaintext_bytes, Ordering::Relaxed);
            }
            Err(ProtectError::Interrupted) => self.stopped.store(true, Ordering::Relaxed),
            Err(_) => {}
        }
        written
    }

    /// Looks whether the work is to stop, and tells how far it is.
    pub(super) fn check(&self) -> Result<(), ProtectError> {
        let now = Progress {
            done: self.done.load(Ordering::Relaxed),
            total: self.total,
        };
        if self.stopped.load(Ordering::Relaxed) || self.progress.call(now).is_break() {
            self.stopped.store(true, Ordering::Relaxed);
            return Err(ProtectError::Interrupted);
        }
        Ok(())
    }

    /// Ends when the work is to stop.
    pub(super) async fn interruption(&self) {
        while self.check().is_ok() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Bytes of a source, as far as they are known: one that is not there has none.
fn length(source: &Source) -> Option<u64> {
    let Source::File(path) = source else { return None };
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Some(metadata.len()),
        Ok(metadata) if metadata.is_dir() => Some(0),
        Ok(_) => None,
        Err(_) => Some(0),
    }
}
