//! Showing again who one is, on the way to something dangerous.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use clausa_store::record::proof::Factor;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use zeroize::Zeroizing;

use super::{AUTHENTICATOR, CLOSE, CONFIRM, EXPORT, HOME, PASSKEY, PASSWORD, oneself};
use crate::http::{ApiError, ApiForm, ApiQuery, ApiResult};
use crate::pages::organisation;
use crate::pages::passkey::{PasskeyForm, bytes};
use crate::pages::refusal::{Wrong, status};
use crate::pages::shell::{Frame, page_with_script, page_with_status, see_other};
use crate::pages::visitor::Visitor;
use crate::request::RequestContext;
use crate::state::AppState;
use crate::usecase::failure::Failure;
use crate::usecase::login;
use crate::usecase::oneself::Oneself;
use crate::usecase::passkeys::{self, Asserted};
use crate::usecase::sign_in::{ShownCode, SignInError};
use crate::usecase::step_up::{self, Shown};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(CONFIRM, get(show).post(send))
}

#[derive(Template)]
#[template(path = "pages/account_confirm.html")]
struct Confirm<'a> {
    frame: Frame,
    form_token: String,
    next: &'static str,
    by_password: bool,
    by_mail: bool,
    by_authenticator: bool,
    /// The mailed code that waits to be typed.
    login: Option<&'a str>,
    passkey: Option<PasskeyForm>,
    wrong: Option<Wrong>,
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Step {
    Password,
    Mail,
    Code,
    OneTimeCode,
    Passkey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
    step: Step,
    #[serde(default)]
    password: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    credential: String,
    #[serde(default)]
    user_handle: String,
    #[serde(default)]
    client_data: String,
    #[serde(default)]
    authenticator_data: String,
    #[serde(default)]
    signature: String,
}

/// One request to this page.
struct Visit<'a> {
    state: &'a AppState,
    frame: Frame,
    visitor: &'a Visitor,
    who: Oneself,
    next: &'static str,
}

async fn show(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
    ApiQuery(query): ApiQuery<Query>,
) -> ApiResult<Response> {
    let who = match oneself(&state, &visitor, &context).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let visit = Visit {
        state: &state,
        frame,
        visitor: &visitor,
        who,
        next: next(&query.next),
    };
    visit.page(None, None).await
}

async fn send(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
    ApiQuery(query): ApiQuery<Query>,
    ApiForm(form): ApiForm<Form>,
) -> ApiResult<Response> {
    visitor.check_form(&form.form_token)?;
    let who = match oneself(&state, &visitor, &context).await? {
        Ok(who) => who,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let visit = Visit {
        state: &state,
        frame,
        visitor: &visitor,
        who,
        next: next(&query.next),
    };
    visit.step(form, &context).await
}

/// Only our own pages, by name: nobody is sent anywhere else from here.
fn next(text: &str) -> &'static str {
    [
        PASSWORD,
        AUTHENTICATOR,
        PASSKEY,
        EXPORT,
        CLOSE,
        organisation::HOME,
        organisation::CONTROLS,
    ]
    .into_iter()
    .find(|known| *known == text)
    .unwrap_or(HOME)
}

impl Visit<'_> {
    async fn step(self, form: Form, context: &RequestContext) -> ApiResult<Response> {
        let shown = match form.step {
            Step::Mail => return self.mail(context).await,
            Step::Passkey => return self.passkey(form).await,
            Step::Password => Ok(Shown::Password(Zeroizing::new(form.password))),
            Step::OneTimeCode => Ok(Shown::OneTimeCode(Zeroizing::new(form.code))),
            Step::Code => {
                let verifier = self.visitor.secret.verifier();
                ShownCode::read(&form.login, &verifier, &form.code).map(Shown::MailCode)
            }
        };
        let outcome = match shown {
            Ok(shown) => step_up::show(self.state, &self.who, shown).await.map(drop),
            Err(error) => Err(error),
        };
        let login = Some(form.login.as_str()).filter(|login| !login.is_empty());
        match outcome {
            Ok(()) => see_other(self.next),
            Err(error @ SignInError::CodeVoid) => self.page(None, Some(&error.into())).await,
            Err(error) => self.page(login, Some(&error.into())).await,
        }
    }

    async fn passkey(self, form: Form) -> ApiResult<Response> {
        let shown = Asserted {
            credential: bytes(&form.credential),
            user_handle: bytes(&form.user_handle),
            client_data: bytes(&form.client_data),
            authenticator_data: bytes(&form.authenticator_data),
            signature: bytes(&form.signature),
        };
        match passkeys::step_up(self.state, &self.who, shown).await {
            Ok(()) => see_other(self.next),
            Err(error) => self.page(None, Some(&error.into())).await,
        }
    }

    async fn mail(self, context: &RequestContext) -> ApiResult<Response> {
        let who = self.who.clone();
        let address = self
            .state
            .store()
            .read_with("confirm.address", who, |who, tx| {
                Box::pin(async move { Ok::<_, Failure>(who.addresses(tx).await?.swap_remove(0)) })
            })
            .await?;
        let challenge = self.visitor.secret.challenge();
        match login::request_login(self.state, address.as_str(), challenge, context).await {
            Ok(login) => self.page(Some(&login.id), None).await,
            Err(error) => self.page(None, Some(&error.into())).await,
        }
    }

    async fn page(self, login: Option<&str>, error: Option<&ApiError>) -> ApiResult<Response> {
        let ways = step_up::standing(self.state, &self.who).await?.ways;
        let action = format!("{CONFIRM}?next={}", self.next);
        let template = Confirm {
            form_token: self.visitor.secret.form_token(),
            next: self.next,
            by_password: ways.contains(&Factor::Password),
            by_mail: ways.contains(&Factor::MailCode),
            by_authenticator: ways.contains(&Factor::Totp),
            login,
            passkey: ways
                .contains(&Factor::Passkey)
                .then(|| PasskeyForm::of(self.state, self.visitor, &action))
                .flatten(),
            wrong: error.map(|error| Wrong::of(&self.frame, error)),
            frame: self.frame,
        };
        match template.passkey {
            Some(_) => page_with_script(status(error), &template, None),
            None => page_with_status(status(error), &template, None),
        }
    }
}
