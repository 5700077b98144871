//! Telling the authority of protected files, so that their owner sees them in the log before anybody opens them.

use std::collections::HashSet;
use std::time::Duration;

use clausa_api::content::{
    MAX_REGISTRATIONS, RegisterContentRequest, RegisterContentsAnswer, RegisterContentsRequest,
};
use clausa_api::paths;
use clausa_core::id::ContentId;
use clausa_core::origin::Origin;

use crate::background::blocking;
use crate::client::Client;
use crate::error::{AccountError, RequestError};
use crate::profile::{PendingGroup, RegistrationRecord};
use crate::transport::Call;

/// A file that was protected just now does not wait long for the authority: it can be told later.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of licences in one request: written as text they stay well below what the authority takes.
const MOST_BYTES: usize = 1 << 20;

/// What came of telling the authority of several files, in their order.
#[derive(Debug)]
pub(crate) struct Answers {
    /// True when it was told, false when it has to be told later; the error when it will never take the file.
    pub(crate) told: Vec<Result<bool, RequestError>>,
    /// Why some have to be told later.
    pub(crate) later: Option<RequestError>,
}

impl Client {
    /// Tells the authority of files that were protected offline. Other verbs do it by themselves when they reach the
    /// authority. Returns how many were told.
    ///
    /// # Errors
    ///
    /// [`AccountError`] when the authority cannot be reached, or refuses one.
    pub async fn register_pending(&self) -> Result<usize, AccountError> {
        let origin = self.authority().await?.origin;
        self.signed_in_at(&origin).await?;
        Ok(self.register_pending_at(&origin).await?)
    }

    pub(crate) async fn register_pending_at(&self, origin: &Origin) -> Result<usize, RequestError> {
        let client = self.clone();
        let mut groups = blocking(move || client.profile().pending_groups())
            .await?
            .into_iter()
            .peekable();
        let mut told = 0;
        while groups.peek().is_some() {
            // Small groups are put together, so that a hundred files protected one by one are one request too.
            let mut some: Vec<PendingGroup> = Vec::new();
            let mut count = 0;
            while let Some(group) =
                groups.next_if(|group| some.is_empty() || count + group.records.len() <= MAX_REGISTRATIONS)
            {
                count += group.records.len();
                some.push(group);
            }
            let of_origin = |record: &&RegistrationRecord| &record.origin == origin;
            let records = some.iter().flat_map(|group| &group.records);
            let records: Vec<_> = records.filter(of_origin).cloned().collect();
            let answers = self.register_all(&records).await;
            let (mut done, mut refused) = (HashSet::<ContentId>::new(), None);
            for (record, answer) in records.iter().zip(answers.told) {
                match answer {
                    Ok(true) => {
                        told += 1;
                        done.insert(record.content_id);
                    }
                    Ok(false) => {}
                    // It will never be taken; keeping it would fail every later call too.
                    Err(error) if is_final(&error) => {
                        tracing::warn!(error = %error, content = %record.content_id, "a registration was refused");
                        done.insert(record.content_id);
                    }
                    Err(error) => refused = Some(error),
                }
            }
            let client = self.clone();
            blocking(move || {
                some.iter()
                    .try_for_each(|group| client.profile().settle_group(group, |id| done.contains(id)))
            })
            .await?;
            if let Some(error) = refused.or(answers.later) {
                return Err(error);
            }
        }
        Ok(told)
    }

    /// As part of another verb, which does not fail because of it.
    pub(crate) async fn register_pending_quietly(&self, origin: &Origin) {
        if let Err(error) = self.register_pending_at(origin).await {
            tracing::info!(error = %error, "files protected offline could not be registered yet");
        }
    }

    /// Tells the authority of files; all of them are at one. The first licence for an identifier wins, so doing it
    /// again is harmless.
    pub(crate) async fn register_all(&self, records: &[RegistrationRecord]) -> Answers {
        let mut answers = Answers {
            told: Vec::with_capacity(records.len()),
            later: None,
        };
        for batch in batches(records) {
            let whole = match batch {
                [] | [_] => None,
                _ => Some(self.register_batch(batch).await),
            };
            match whole {
                Some(Ok(told)) => told.into_iter().for_each(|told| answers.add(told)),
                Some(Err(error)) if error.kind().is_retryable() => answers.add(Err(error)),
                // One by one, so that each gets an answer of its own.
                None | Some(Err(_)) => {
                    for record in batch {
                        answers.add(self.register(record).await);
                        if answers.later.is_some() {
                            break;
                        }
                    }
                }
            }
            if answers.later.is_some() {
                break;
            }
        }
        // Whoever is not asked for now is told later.
        answers.told.truncate(records.len());
        while answers.told.len() < records.len() {
            answers.told.push(Ok(false));
        }
        answers
    }

    async fn register_batch(
        &self,
        batch: &[RegistrationRecord],
    ) -> Result<Vec<Result<(), RequestError>>, RequestError> {
        let Some(first) = batch.first() else {
            return Ok(Vec::new());
        };
        let request = RegisterContentsRequest {
            contents: batch.iter().map(request).collect(),
        };
        let call = Call::post(paths::CONTENTS_BATCH, &request)?
            .idempotent()
            .patience(PATIENCE);
        let answer: RegisterContentsAnswer = self.call_as_account(&first.origin, &call).await?;
        if answer.results.len() != batch.len() {
            return Err(RequestError::BadAnswer {
                origin: first.origin.clone(),
                detail: "it answers for another number of files".to_owned(),
            });
        }
        let refused = |problem| RequestError::Refused {
            origin: first.origin.clone(),
            problem: Box::new(problem),
        };
        let results = answer.results.into_iter();
        Ok(results
            .map(|result| result.problem.map_or(Ok(()), |problem| Err(refused(problem))))
            .collect())
    }

    async fn register(&self, record: &RegistrationRecord) -> Result<(), RequestError> {
        let call = Call::post(paths::CONTENTS, &request(record))?
            .idempotent()
            .patience(PATIENCE);
        self.call_as_account_for_nothing(&record.origin, &call).await
    }
}

impl Answers {
    fn add(&mut self, told: Result<(), RequestError>) {
        self.told.push(match told {
            Ok(()) => Ok(true),
            Err(error) if error.kind().is_retryable() => {
                self.later = Some(error);
                Ok(false)
            }
            Err(error) => Err(error),
        });
    }
}

fn request(record: &RegistrationRecord) -> RegisterContentRequest {
    RegisterContentRequest {
        publishing_licence: record.publishing_licence.clone(),
        file_name: record.file_name.clone(),
    }
}

/// Splits into what fits into one request each.
fn batches(mut records: &[RegistrationRecord]) -> impl Iterator<Item = &[RegistrationRecord]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |record: &&RegistrationRecord| {
            bytes += record.publishing_licence.0.len();
            bytes <= MOST_BYTES
        };
        let count = records
            .iter()
            .take(MAX_REGISTRATIONS)
            .take_while(fits)
            .count()
            .max(1);
        let (batch, rest) = records.split_at_checked(count)?;
        records = rest;
        Some(batch)
    })
}

/// True for a refusal that the same request will meet again.
fn is_final(error: &RequestError) -> bool {
    use clausa_api::ProblemType as T;
    matches!(
        error.problem_type(),
        Some(T::InvalidRequest | T::LicenceInvalid | T::ContentConflict | T::TooLarge | T::NotPermitted)
    )
}
