//! Counting against the rate limits.

use std::fmt::Display;

use clausa_store::StoreError;
use clausa_store::record::limit::{Bucket, Take};
use clausa_store::record::micros::Micros;
use clausa_store::repo::UnitOfWork;

use super::failure::Failure;
use crate::limits::Limited;
use crate::state::AppState;

/// Takes one from a bucket inside a transaction: `None` to go on, or the refusal. Return it as an `Ok` of the
/// transaction, or what was taken is given back.
///
/// # Errors
///
/// The store's failure.
pub async fn take(
    tx: &mut dyn UnitOfWork,
    what: Limited,
    subject: impl Display + Send,
    bucket: Bucket,
    now: Micros,
) -> Result<Option<Failure>, StoreError> {
    Ok(match tx.take(&what.key(subject), bucket, now).await? {
        Take::Allowed => None,
        Take::RetryAfter { micros } => {
            let seconds = micros.div_ceil(Micros::SECOND).max(1);
            Some(Failure::RateLimited {
                seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            })
        }
    })
}

/// Takes one from a bucket in a transaction of its own.
///
/// # Errors
///
/// [`Failure::RateLimited`] when the bucket is empty, or the store's failure.
pub async fn take_one(
    state: &AppState,
    what: Limited,
    subject: impl Display,
    bucket: impl Into<Bucket>,
) -> Result<(), Failure> {
    let input = (what, subject.to_string(), bucket.into(), state.now_micros());
    let refused = state
        .store()
        .transact_with("take from a bucket", input, |(what, subject, bucket, now), tx| {
            Box::pin(async move { Ok::<_, Failure>(take(tx, *what, subject, *bucket, *now).await?) })
        })
        .await?;
    refused.map_or(Ok(()), Err)
}

/// Takes `count` from a bucket, one after the other: for each `None` to go on, or the refusal.
///
/// # Errors
///
/// The store's failure.
pub async fn take_each(
    state: &AppState,
    what: Limited,
    subject: impl Display,
    bucket: impl Into<Bucket>,
    count: usize,
) -> Result<Vec<Option<Failure>>, Failure> {
    let input = (
        what,
        subject.to_string(),
        bucket.into(),
        state.now_micros(),
        count,
    );
    state
        .store()
        .transact_with(
            "take from a bucket",
            input,
            |(what, subject, bucket, now, count), tx| {
                Box::pin(async move {
                    let mut taken = Vec::with_capacity(*count);
                    for _ in 0..*count {
                        taken.push(take(tx, *what, subject, *bucket, *now).await?);
                    }
                    Ok::<_, Failure>(taken)
                })
            },
        )
        .await
}
