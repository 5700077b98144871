//! `clausa revoke`: no licence for a file any more.

use clausa_client::ContentReference;
use clausa_core::time::Timestamp;
use serde_json::json;

use crate::cmd::log::reference;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::terms;

/// Revoke a file that you own: nobody gets a licence for it any more
///
/// Takes effect at once for everybody who is online. A licence that somebody already has on a device works there until its offline window ends.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The protected file or its content id
    #[arg(value_name = "FILE|ID")]
    content: String,
    /// Bind yourself too: you cannot open it any more either
    #[arg(long)]
    including_owner: bool,
}

/// What to do.
pub struct Plan {
    label: String,
    content: ContentReference,
    including_owner: bool,
}

impl Args {
    /// An identifier is one by its form; anything else names a file.
    pub fn resolve(self) -> Outcome<Plan> {
        Ok(Plan {
            content: reference(&self.content),
            label: self.content,
            including_owner: self.including_owner,
        })
    }
}

/// Revokes.
pub async fn run(plan: Plan, context: &Context) -> Outcome {
    let client = context.client().await?;
    let content = client
        .revoke(&plan.content, plan.including_owner)
        .await
        .map_err(|error| Failure::from(error).about(&plan.label))?;
    context.printer.result(&json!({ "revoked": content }), |words| {
        let name = content
            .file_name
            .clone()
            .unwrap_or_else(|| content.id.to_string());
        let at = content
            .revoked_at
            .map(Timestamp::from_seconds)
            .map(terms::moment)
            .unwrap_or_default();
        words.line(&format!("{name} is revoked as of {at}."))?;
        words.line("Licences that are already on a device work there until their offline window ends.")
    })
}
