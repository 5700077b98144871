//! Several files: each judged for itself, and reported in the order in which they were done.

use clausa_client::{OpenError, Unprotected};
use clausa_core::origin::Origin;
use serde_json::json;

use super::{Plan, told, value};
use crate::cmd::open::{Introductions, of_one};
use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// What has become of them so far.
#[derive(Default)]
struct Report {
    done: Vec<(String, Unprotected)>,
    last_failure: Option<Failure>,
    /// Files about which nothing was done.
    untried: usize,
}

/// Takes protection off all that can be.
pub(super) async fn run(plan: Plan, context: &Context) -> Outcome {
    let client = context.client().await?;
    let what = format!("{} files", plan.sources.len());
    let _busy = context.stop.busy();
    let (mut report, mut introductions) = (Report::default(), Introductions::default());
    let mut left = plan.sources.clone();
    while !left.is_empty() {
        let progress = context.progress(&what);
        let outcomes = client.unprotect_all(left.clone(), plan.options(progress.callback()));
        let outcomes = outcomes.await;
        progress.finish();
        let rest = left.split_off(outcomes.len().min(left.len()));
        let (mut again, mut introduced) = (Vec::new(), None);
        // What ended the work stands with the last file that was tried.
        let mut goes_on = true;
        for (source, outcome) in outcomes {
            let label = source.path().display().to_string();
            match outcome {
                Ok(unprotected) => report.done.push((label, unprotected)),
                Err(error) if introduced.is_some() && of_authority(&error) == introduced.as_ref() => {
                    again.push(source);
                    goes_on = true;
                }
                Err(error) if introductions.may_cure(&error) => {
                    let origin = of_authority(&error).cloned();
                    match introductions.cure(context, &client, error, &label).await {
                        Ok(()) => {
                            introduced = origin;
                            again.push(source);
                            goes_on = true;
                        }
                        Err(failure) => {
                            report.failed(context, failure);
                            goes_on = false;
                        }
                    }
                }
                Err(error) => {
                    goes_on = false;
                    report.failed(context, of_one(error, &label));
                }
            }
        }
        left = again;
        if goes_on || rest.is_empty() {
            left.extend(rest);
        } else {
            report.untried += rest.len();
        }
    }
    report.tell(context)
}

/// The authority that has to be introduced.
fn of_authority(error: &OpenError) -> Option<&Origin> {
    match error {
        OpenError::AuthorityUnknown { origin } | OpenError::SignInRequired { origin, .. } => Some(origin),
        _ => None,
    }
}

impl Report {
    /// The last one is printed where all failures are; those before it here, so that each is seen.
    fn failed(&mut self, context: &Context, failure: Failure) {
        if let Some(earlier) = self.last_failure.replace(failure) {
            context.printer.failure(&earlier);
        }
    }

    fn tell(self, context: &Context) -> Outcome {
        let Self {
            done,
            last_failure,
            untried,
        } = self;
        if !done.is_empty() {
            let values: Vec<_> = done.iter().map(|(label, done)| value(label, done)).collect();
            context
                .printer
                .result(&json!({ "unprotected": values }), |words| {
                    done.iter().try_for_each(|(label, done)| told(words, label, done))
                })?;
        }
        match untried {
            0 => {}
            1 => context.printer.note("Nothing was done about 1 more file."),
            more => context
                .printer
                .note(&format!("Nothing was done about {more} more files.")),
        }
        last_failure.map_or(Ok(()), Err)
    }
}
