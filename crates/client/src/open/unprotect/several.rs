//! Several files, with one call to the authority for many of them.

use std::collections::HashSet;
use std::iter::Peekable;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::vec::IntoIter;

use clausa_api::ProblemType;

use super::{UnprotectOptions, Unprotected, write};
use crate::background::blocking;
use crate::client::Client;
use crate::error::OpenError;
use crate::file::Source;
use crate::open::{Asked, Licensed, Located};
use crate::progress::{Progress, ProgressCallback};

/// Most files of a call: so many are open at the same time, and so many licences are asked for before the first is used.
const MOST: usize = 128;

type Outcomes = Vec<(Source, Result<Unprotected, OpenError>)>;

/// Files in their order, of one authority; a file that cannot be asked for has its error already.
type Group = Vec<(Source, Result<Located, OpenError>)>;

pub(super) async fn unprotect(client: &Client, sources: Vec<Source>, options: &UnprotectOptions) -> Outcomes {
    let mut outcomes = Outcomes::with_capacity(sources.len());
    let mut sources = sources.into_iter().peekable();
    let mut waiting = None;
    let mut work = Work::new(options);
    while waiting.is_some() || sources.peek().is_some() {
        let group = next(client, &mut waiting, &mut sources).await;
        if !work.group(client, group, &mut outcomes).await {
            break;
        }
    }
    outcomes
}

/// Takes the next group off the sources. The first of another authority waits for the group after it.
async fn next(
    client: &Client,
    waiting: &mut Option<(Source, Located)>,
    sources: &mut Peekable<IntoIter<Source>>,
) -> Group {
    let mut group: Group = Vec::new();
    let mut origin = None;
    if let Some((source, located)) = waiting.take() {
        origin = Some(located.authority.origin.clone());
        group.push((source, Ok(located)));
    }
    while group.len() < MOST
        && let Some(source) = sources.next()
    {
        match client.locate(source.clone()).await {
            Ok(located) => {
                let of_group = origin.get_or_insert_with(|| located.authority.origin.clone());
                if *of_group != located.authority.origin {
                    *waiting = Some((source, located));
                    break;
                }
                group.push((source, Ok(located)));
            }
            Err(error) => group.push((source, Err(error))),
        }
    }
    group
}

/// True when the authority does not take many files at once, or not these.
fn is_about_the_call(error: &OpenError) -> bool {
    use ProblemType as T;
    match error {
        OpenError::Request(error) => {
            matches!(
                error.problem_type(),
                Some(T::TooLarge | T::NotFound | T::InvalidRequest)
            )
        }
        _ => false,
    }
}

/// What is kept from group to group.
struct Work {
    options: UnprotectOptions,
    /// Bytes of content written out so far.
    done: Arc<AtomicU64>,
    /// What this call has written.
    outputs: HashSet<PathBuf>,
}

impl Work {
    fn new(options: &UnprotectOptions) -> Self {
        let done = Arc::new(AtomicU64::new(0));
        let (before, told) = (Arc::clone(&done), options.progress.clone());
        let of_all = move |now: Progress| {
            let done = before.load(Ordering::Relaxed) + now.done;
            // How much is in files that are still sealed is not known.
            told.call(Progress { done, total: None })
        };
        Self {
            options: UnprotectOptions {
                progress: ProgressCallback::new(of_all),
                ..options.clone()
            },
            done,
            outputs: HashSet::new(),
        }
    }

    /// Asks for all files of a group and writes one after the other. False when that ended the work.
    async fn group(&mut self, client: &Client, group: Group, outcomes: &mut Outcomes) -> bool {
        let files: Vec<&Located> = group
            .iter()
            .filter_map(|(_, located)| located.as_ref().ok())
            .collect();
        let licences = match client.licences_to_unprotect(&files).await {
            Err(error) if is_about_the_call(&error) => {
                let mut licences = Vec::with_capacity(files.len());
                for located in files {
                    licences.push(client.licence_for(located, Asked::ToUnprotect).await);
                }
                Ok(licences)
            }
            other => other,
        };
        let (mut licences, mut ending) = match licences {
            Ok(licences) => (licences.into_iter(), None),
            Err(error) => (Vec::new().into_iter(), Some(error)),
        };
        for (source, located) in group {
            let outcome = match located {
                Err(error) => Err(error),
                Ok(located) => match (licences.next(), ending.take()) {
                    (Some(licensed), _) => self.one(client, located, licensed).await,
                    (None, Some(error)) => {
                        outcomes.push((source, Err(error)));
                        return false;
                    }
                    (None, None) => return false,
                },
            };
            let is_stopped = matches!(outcome, Err(OpenError::Interrupted));
            outcomes.push((source, outcome));
            if is_stopped {
                return false;
            }
        }
        true
    }

    async fn one(
        &mut self,
        client: &Client,
        located: Located,
        licensed: Result<Licensed, OpenError>,
    ) -> Result<Unprotected, OpenError> {
        let licensed = licensed?;
        let (client, options) = (client.clone(), self.options.clone());
        let outputs = std::mem::take(&mut self.outputs);
        let (outputs, written) = blocking(move || {
            let written = write(&located, licensed, &options, &outputs, client.profile());
            (outputs, written)
        })
        .await;
        self.outputs = outputs;
        let written = written?;
        self.done.fetch_add(written.bytes, Ordering::Relaxed);
        self.outputs.insert(written.output.clone());
        Ok(written)
    }
}
