//! What was found in a database, told.

use std::path::Path;

use clausa_server::upkeep::Examination;
use serde_json::json;

use crate::context::Context;
use crate::failure::Outcome;

/// An examination's result.
pub(super) struct Examined<'a>(pub(super) &'a Examination);

impl Examined<'_> {
    /// Prints it; `label` says what `folder` is.
    pub(super) fn print(&self, folder: &Path, label: &str, context: &Context) -> Outcome {
        let found = self.0;
        let value = json!({
            "folder": folder,
            "schema": found.schema,
            "pending_migrations": found.pending,
            "tenants": found.tenants,
            "log_entries": found.log_entries,
            "sealed_values": found.sealed_values,
            "problems": found.problems,
        });
        context.printer.result(&value, |words| {
            words.field(label, &folder.display().to_string())?;
            for problem in &found.problems {
                words.field("problem", problem)?;
            }
            let schema = match found.pending {
                0 => found.schema.to_string(),
                pending => format!("{}, {pending} to come: clausa admin migrate", found.schema),
            };
            words.field("schema", &schema)?;
            if found.problems.is_empty() {
                words.field("tenants", &found.tenants.to_string())?;
                words.field("log entries", &found.log_entries.to_string())?;
                words.field("sealed values", &format!("{}, all open", found.sealed_values))?;
            }
            Ok(())
        })
    }
}
