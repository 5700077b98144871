//! Files group by group: written, flushed to disk, told to the authority, named.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clausa_core::id::ContentId;
use clausa_core::protect::Summary;

use super::group::{self, Slots, Workers};
use super::pipeline::Written;
use super::plan::Plan;
use super::preparation::Prepared;
use super::{ProtectOptions, Protected, Registration};
use crate::background::blocking;
use crate::client::Client;
use crate::error::{ProtectError, RequestError};
use crate::file::{Folders, Output, OutputError, Placed, Sink, Source};
use crate::profile::{Profile, RegistrationRecord};
use crate::registrations::Answers;

impl Client {
    /// Protects the sources and tells how each went, up to the one at which the work was stopped.
    pub(super) async fn protect_prepared(
        &self,
        prepared: Arc<Prepared>,
        sources: Vec<Source>,
        options: ProtectOptions,
    ) -> Slots<Protected> {
        let mut outcomes = Vec::with_capacity(sources.len());
        let options = Arc::new(options);
        let chosen = options.clone();
        let (sources, workers) = blocking(move || {
            let workers = Workers::new(&sources, chosen.progress.clone());
            (sources, Arc::new(workers))
        })
        .await;
        let mut sources = sources.into_iter().peekable();
        let (mut is_over, mut asks) = (false, options.registration != Registration::Later);
        while sources.peek().is_some() && !is_over {
            let group = group::next(&mut sources, &options);
            let (with, chosen, by) = (prepared.clone(), options.clone(), workers.clone());
            let (mut written, folders) = blocking(move || {
                let mut folders = Folders::of(group.iter().filter_map(target));
                let mut written = by.write(&with, group, &chosen);
                flush(&mut folders, &mut written);
                (written, folders)
            })
            .await;
            is_over = stop_at_interruption(&mut written);
            let records: Vec<_> = written
                .iter()
                .filter_map(|(_, written)| written.as_ref().ok())
                .map(|written| record(&prepared, written, options.registration))
                .collect();
            let told = match asks {
                true => self.tell(&records, &workers).await,
                false => None,
            };
            // Once it has to be later, nobody waits for it again with every group.
            asks = asks && told.as_ref().is_some_and(|answers| answers.later.is_none());
            let told = told.map_or_else(
                || records.iter().map(|_| Ok(false)).collect(),
                |answers| answers.told,
            );
            outcomes.extend(self.settle(&prepared, written, folders, records, told).await);
        }
        outcomes
    }

    /// Tells the authority of one file that is on disk, and gives it its name.
    pub(super) async fn conclude(
        &self,
        prepared: &Arc<Prepared>,
        source: Source,
        written: Written,
        options: &ProtectOptions,
    ) -> Result<Protected, ProtectError> {
        let records = vec![record(prepared, &written, options.registration)];
        let workers = Workers::new(&[], options.progress.clone());
        let told = match options.registration {
            Registration::Later => None,
            _ => self.tell(&records, &workers).await,
        };
        let told = told.map_or_else(|| vec![Ok(false)], |answers| answers.told);
        let written = vec![(source, Ok(written))];
        let settled = self
            .settle(prepared, written, Folders::default(), records, told)
            .await;
        // One file has one outcome.
        let outcome = settled.into_iter().next();
        outcome.map_or(Err(ProtectError::Interrupted), |(_, outcome)| outcome)
    }

    /// Gives files that are on disk their names, but for those that the authority has refused.
    async fn settle(
        &self,
        prepared: &Arc<Prepared>,
        written: Slots<Written>,
        folders: Folders,
        records: Vec<RegistrationRecord>,
        told: Vec<Result<bool, RequestError>>,
    ) -> Slots<Protected> {
        let (client, prepared) = (self.clone(), prepared.clone());
        blocking(move || {
            let mut told = records.into_iter().zip(told);
            let told: Slots<Told> = each(written, |written| match told.next() {
                Some((record, Ok(registered))) => Ok(Told::new(written, record, registered)),
                Some((_, Err(error))) => Err(error.into()),
                None => Err(ProtectError::Interrupted),
            });
            let named = name(client.profile(), keep(client.profile(), told), folders);
            each(named, |named| Ok(named.protected(&prepared)))
        })
        .await
    }

    /// Tells the authority of files, before they have their names: one that the authority refuses would open for
    /// nobody. `None` when the work is to stop: the files are done, only the authority is not waited for any more.
    async fn tell(&self, records: &[RegistrationRecord], workers: &Workers) -> Option<Answers> {
        let answers = tokio::select! {
            answers = self.register_all(records) => answers,
            () = workers.interruption() => return None,
        };
        if let Some(error) = &answers.later {
            tracing::info!(error = %error, "the authority will be told of files later");
        }
        Some(answers)
    }
}

/// A file of which the authority was told, or will be.
struct Told {
    output: Output,
    facts: Facts,
}

/// A file that has its name.
struct Named {
    path: PathBuf,
    facts: Facts,
}

/// What is told of a file in the end.
struct Facts {
    summary: Summary,
    plaintext_bytes: u64,
    record: RegistrationRecord,
    registered: bool,
}

fn target((_, plan): &(Source, Result<Plan, ProtectError>)) -> Option<&Path> {
    match &plan.as_ref().ok()?.sink {
        Sink::File(target) => Some(target),
        Sink::StandardOutput => None,
    }
}

fn record(prepared: &Prepared, written: &Written, registration: Registration) -> RegistrationRecord {
    let name = written.name.clone();
    RegistrationRecord {
        content_id: written.summary.content_id,
        origin: prepared.authority.origin.clone(),
        publishing_licence: written.publishing_licence.clone(),
        file_name: name.filter(|_| registration != Registration::WithoutName),
    }
}

/// Applies `step` to what went well so far.
fn each<T, U>(slots: Slots<T>, mut step: impl FnMut(T) -> Result<U, ProtectError>) -> Slots<U> {
    slots
        .into_iter()
        .map(|(source, state)| (source, state.and_then(&mut step)))
        .collect()
}

/// Makes the contents last through a power cut. A file for which that fails is not named.
fn flush(folders: &mut Folders, written: &mut Slots<Written>) {
    folders.flush_together(
        written
            .iter()
            .filter_map(|(_, written)| Some(&written.as_ref().ok()?.output)),
    );
    for (_, slot) in written {
        if let Ok(written) = slot
            && let Err(error) = folders.flush(&mut written.output)
        {
            *slot = Err(error.into());
        }
    }
}

/// Leaves out what was not done when the work was stopped, and files that are done but not told of and named: all of
/// them look as if they had not been tried. True when the work was stopped.
fn stop_at_interruption(written: &mut Slots<Written>) -> bool {
    let is_stopped = written
        .iter()
        .any(|(_, state)| matches!(state, Err(ProtectError::Interrupted)));
    let first = |(_, state): &(Source, _)| matches!(state, Ok(_) | Err(ProtectError::Interrupted));
    if is_stopped && let Some(place) = written.iter().position(first) {
        written.truncate(place + 1);
        if let Some((_, last)) = written.last_mut() {
            *last = Err(ProtectError::Interrupted);
        }
    }
    is_stopped
}

/// Writes down what the authority is still to be told of, before any of it can be opened.
fn keep(profile: &Profile, told: Slots<Told>) -> Slots<Told> {
    let pending: Vec<_> = told
        .iter()
        .filter_map(|(_, told)| told.as_ref().ok())
        .filter(|told| !told.facts.registered)
        .map(|told| &told.facts.record)
        .collect();
    if profile.put_registrations(&pending).is_ok() {
        return told;
    }
    // One by one, so that each says for itself how that went.
    each(told, |told| {
        if !told.facts.registered {
            profile.put_registrations(&[&told.facts.record])?;
        }
        Ok(told)
    })
}

/// Gives the files their names. Nobody needs to know of one for which that fails.
fn name(profile: &Profile, told: Slots<Told>, mut folders: Folders) -> Slots<Named> {
    let mut forgotten = Vec::new();
    let placed: Slots<(Placed, Facts)> = each(told, |Told { output, facts }| match output.give_name() {
        Ok(placed) => Ok((placed, facts)),
        Err(error) => Err(forget(&mut forgotten, &facts, error)),
    });
    let named = each(placed, |(placed, facts)| {
        let flushed = folders.flush_name(placed.path());
        match placed.confirm(flushed) {
            Ok(path) => Ok(Named { path, facts }),
            Err(error) => Err(forget(&mut forgotten, &facts, error)),
        }
    });
    if let Err(error) = profile.remove_registrations(&forgotten) {
        tracing::warn!(error = %error, "files that are not there stay among those to tell the authority of");
    }
    named
}

fn forget(forgotten: &mut Vec<ContentId>, facts: &Facts, error: OutputError) -> ProtectError {
    let is_there = matches!(error, OutputError::Unconfirmed { .. });
    if !facts.registered && !is_there {
        forgotten.push(facts.record.content_id);
    }
    error.into()
}

impl Told {
    fn new(written: Written, record: RegistrationRecord, registered: bool) -> Self {
        let facts = Facts {
            summary: written.summary,
            plaintext_bytes: written.plaintext_bytes,
            record,
            registered,
        };
        Self {
            output: written.output,
            facts,
        }
    }
}

impl Named {
    fn protected(self, prepared: &Prepared) -> Protected {
        let Self { path, facts } = self;
        Protected {
            output: path,
            content_id: facts.summary.content_id,
            digest: facts.summary.digest,
            tenant: prepared.account.identity.tenant,
            origin: prepared.authority.origin.clone(),
            plaintext_bytes: facts.plaintext_bytes,
            protected_bytes: facts.summary.file_length,
            registered: facts.registered,
        }
    }
}
