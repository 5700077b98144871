//! `clausa logout`: the end of this device's session.

use serde_json::json;

use crate::context::Context;
use crate::failure::Outcome;

/// Sign out on this device and forget its cached licences
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Signs out.
pub async fn run(_: &Args, context: &Context) -> Outcome {
    let signed_out = context.client().await?.logout().await?;
    context
        .printer
        .result(&json!({ "authority_told": signed_out.authority_told }), |words| {
            words.line(
                "Signed out. Cached licences are gone from this device; its keys stay for the next sign-in.",
            )?;
            if !signed_out.authority_told {
                words.line("The authority could not be reached: the session ends there by itself.")?;
            }
            Ok(())
        })
}
