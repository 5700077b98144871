//! `clausa templates`: the organisation's ready-made terms.

use clausa_client::Freshness;
use serde_json::json;

use crate::context::Context;
use crate::failure::Outcome;
use crate::terms;

/// List your organisation's templates: ready-made terms to protect with
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Lists them.
pub async fn run(_: &Args, context: &Context) -> Outcome {
    let answer = context.client().await?.templates(Freshness::Recent).await?;
    let value = json!({ "authority": answer.origin, "templates": answer.templates, "kept": answer.kept });
    context.printer.result(&value, |words| {
        if answer.templates.is_empty() {
            return words
                .line("There are no templates for you. Protect for named people with --to and --level.");
        }
        for (index, template) in answer.templates.iter().enumerate() {
            if index > 0 {
                words.gap()?;
            }
            words.heading(&template.slug)?;
            words.field("  name", &template.name)?;
            for grant in &template.grants {
                words.field("  who", &grant.who)?;
                words.field("  rights", &grant.rights.to_string().replace(',', " "))?;
            }
            words.field("  offline", &terms::span(u64::from(template.offline_seconds)))?;
        }
        Ok(())
    })
}
