//! From the verification of logs to failures.

use clausa_client::LogVerifyError;

use super::Failure;
use super::client::{of_error, sentence};

impl From<LogVerifyError> for Failure {
    fn from(error: LogVerifyError) -> Self {
        let kind = of_error(error.kind());
        let what = match error {
            LogVerifyError::Account(error) => return error.into(),
            LogVerifyError::Checkpoint(fault) => fault.to_string(),
            LogVerifyError::Shrunk { before, now } => {
                format!(
                    "the log was cut: it had {before} entries when you last verified it, and has {now} now"
                )
            }
            LogVerifyError::Forked { before } => format!(
                "the log was rewritten: its first {before} entries are not those that you last verified"
            ),
            LogVerifyError::Altered { sequence, fault } => match fault {
                Some(fault) => format!("entry {sequence} was altered: {fault}"),
                None => format!("entry {sequence} is not the one that was signed for"),
            },
            LogVerifyError::Disordered { after } => {
                format!("the log's entries are out of order after number {after}")
            }
            LogVerifyError::TreeDamaged => {
                "hashes of the log's tree are missing or are not those that were signed for".to_owned()
            }
            other => sentence(&other),
        };
        Self::new(kind, what)
    }
}
