//! The conversation before a dangerous act: showing again that it is you.

use clausa_client::{Client, LoginError};

use crate::context::Context;
use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};
use crate::prompt;

/// Makes sure that this session has a fresh proof of who its person is; asks for one when it has not.
pub async fn ensure(context: &Context, client: &Client) -> Outcome {
    let state = client.step_up_state().await?;
    if state.fresh {
        return Ok(());
    }
    let offers = |way: &str| state.ways.iter().any(|offered| offered == way);
    if offers("totp") {
        context.printer.note("Show again that it is you.");
        let code = prompt::line(
            &context.printer,
            "Code of your authenticator (or a recovery code):",
        )
        .await?;
        client.step_up_with_one_time_code(&code).await?;
        return Ok(());
    }
    if offers("password") {
        context.printer.note("Show again that it is you.");
        let password = prompt::secret(&context.printer, "Your password:").await?;
        client.step_up_with_password(&password).await?;
        return Ok(());
    }
    if offers("mail-code") {
        return by_mail(context, client).await;
    }
    Err(Failure::new(
        Kind::StepUpNeeded,
        "this asks for a proof that cannot be given in a terminal",
    ))
}

async fn by_mail(context: &Context, client: &Client) -> Outcome {
    let proof = client.step_up_by_mail().await?;
    context.printer.note(&format!(
        "Show again that it is you: a mail with a code is on its way to {}.",
        proof.address()
    ));
    loop {
        let code = prompt::line(&context.printer, "Code from the mail:").await?;
        match proof.submit_code(&code).await {
            Ok(_) => return Ok(()),
            Err(error @ LoginError::CodeWrong { .. }) if prompt::is_terminal() => {
                context.printer.failure(&error.into());
            }
            Err(error) => return Err(error.into()),
        }
    }
}
