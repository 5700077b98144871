//! The sign-in page of the browser flow (RFC 6749 §4.1): a program on the person's machine opens it, the person signs
//! in here, and the browser carries a code back to the program.
//!
//! The program's request travels as the query of every form's action and is checked again each time, so nothing of it
//! is kept between two requests.

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use axum::routing::get;
use clausa_api::paths;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use zeroize::Zeroizing;

use super::refusal::{Wrong, status, stop};
use super::shell::{Frame, page_with_status, see_other};
use super::visitor::Visitor;
use crate::http::{ApiError, ApiForm, ApiQuery, ApiResult};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::texts::Phrase;
use crate::usecase::authorization::{self, AuthorizationError, AuthorizationQuery, AuthorizationRequest};
use crate::usecase::browser;
use crate::usecase::login;
use crate::usecase::sign_in::{self, ShownCode, SignInError, SignedIn};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().route(paths::AUTHORIZE, get(show).post(send))
}

#[derive(Template)]
#[template(path = "pages/authorize.html")]
struct SignIn<'a> {
    frame: Frame,
    form_token: String,
    action: &'a str,
    known: Option<String>,
    address: &'a str,
    wrong: Option<Wrong>,
}

#[derive(Template)]
#[template(path = "pages/authorize_code.html")]
struct TypeCode<'a> {
    frame: Frame,
    form_token: String,
    action: &'a str,
    address: &'a str,
    login: &'a str,
    wrong: Option<Wrong>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Step {
    /// Go on as the person who is signed in at this browser.
    Continue,
    /// Address and password.
    Password,
    /// Mail a code.
    Mail,
    /// The mailed code.
    Code,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    form_token: String,
    step: Step,
    #[serde(default)]
    address: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    code: String,
}

/// One request to this page, with everything its answers are made of.
struct Visit<'a> {
    state: &'a AppState,
    frame: Frame,
    visitor: &'a Visitor,
    request: AuthorizationRequest,
    action: String,
}

async fn show(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    uri: Uri,
    ApiQuery(query): ApiQuery<AuthorizationQuery>,
) -> ApiResult<Response> {
    let visit = match Visit::open(&state, frame, &visitor, &uri, &query)? {
        Ok(visit) => visit,
        Err(response) => return Ok(response),
    };
    let known = visit.known().await?;
    visitor.keep(visit.sign_in_page(known, "", None)?)
}

async fn send(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
    uri: Uri,
    ApiQuery(query): ApiQuery<AuthorizationQuery>,
    ApiForm(form): ApiForm<Form>,
) -> ApiResult<Response> {
    let visit = match Visit::open(&state, frame, &visitor, &uri, &query)? {
        Ok(visit) => visit,
        Err(response) => return Ok(response),
    };
    visitor.check_form(&form.form_token)?;
    visit.step(form, &context).await
}

impl<'a> Visit<'a> {
    /// Checks the program's request. One that cannot be trusted to name a place on this machine gets a page, and the
    /// browser is sent nowhere.
    fn open(
        state: &'a AppState,
        frame: Frame,
        visitor: &'a Visitor,
        uri: &Uri,
        query: &AuthorizationQuery,
    ) -> ApiResult<Result<Self, Response>> {
        let text = match AuthorizationRequest::read(query) {
            Ok(request) => {
                let query = uri.query().unwrap_or_default();
                return Ok(Ok(Self {
                    state,
                    frame,
                    visitor,
                    request,
                    action: format!("{}?{query}", paths::AUTHORIZE),
                }));
            }
            Err(AuthorizationError::Tell(url)) => return Ok(Err(see_other(&url)?)),
            Err(AuthorizationError::Client) => "signin-stop-client",
            Err(AuthorizationError::Redirect) => "signin-stop-redirect",
        };
        Ok(Err(stop(frame, "signin-stop-title", text)))
    }

    async fn known(&self) -> ApiResult<Option<SignedIn>> {
        match self.visitor.session(self.state).await? {
            Some(session) => Ok(browser::signed_in(self.state, &session).await?),
            None => Ok(None),
        }
    }

    async fn step(&self, form: Form, context: &RequestContext) -> ApiResult<Response> {
        match form.step {
            Step::Continue => match self.known().await? {
                Some(who) => see_other(&authorization::grant(self.state, &self.request, &who).await?),
                None => self.sign_in_page(None, "", None),
            },
            Step::Password => {
                let password = Zeroizing::new(form.password);
                match sign_in::by_password(self.state, &form.address, password, context).await {
                    Ok(who) => self.signed_in(&who, context).await,
                    Err(error) => self.sign_in_page(None, &form.address, Some(&error.into())),
                }
            }
            Step::Mail => {
                let challenge = self.visitor.secret.challenge();
                match login::request_login(self.state, &form.address, challenge, context).await {
                    Ok(login) => self.code_page(&form.address, &login.id, None),
                    Err(error) => self.sign_in_page(None, &form.address, Some(&error.into())),
                }
            }
            Step::Code => match self.check_code(&form, context).await {
                Ok(who) => self.signed_in(&who, context).await,
                Err(error) => self.code_page(&form.address, &form.login, Some(&told(error))),
            },
        }
    }

    async fn check_code(&self, form: &Form, context: &RequestContext) -> Result<SignedIn, SignInError> {
        let code = ShownCode::read(&form.login, &self.visitor.secret.verifier(), &form.code)?;
        sign_in::by_mail_code(self.state, code, context).await
    }

    async fn signed_in(&self, who: &SignedIn, context: &RequestContext) -> ApiResult<Response> {
        let secret = browser::remember_sign_in(self.state, &self.visitor.secret, who, None, context).await?;
        let location = authorization::grant(self.state, &self.request, who).await?;
        self.visitor.replace(see_other(&location)?, &secret)
    }

    fn sign_in_page(
        &self,
        known: Option<SignedIn>,
        address: &str,
        error: Option<&ApiError>,
    ) -> ApiResult<Response> {
        let template = SignIn {
            frame: self.frame.clone(),
            form_token: self.visitor.secret.form_token(),
            action: &self.action,
            known: known.map(|who| who.address.to_string()),
            address,
            wrong: error.map(|error| Wrong::of(&self.frame, error).at("address")),
        };
        self.render(&template, error)
    }

    fn code_page(&self, address: &str, login: &str, error: Option<&ApiError>) -> ApiResult<Response> {
        let template = TypeCode {
            frame: self.frame.clone(),
            form_token: self.visitor.secret.form_token(),
            action: &self.action,
            address,
            login,
            wrong: error.map(|error| Wrong::of(&self.frame, error).at("code")),
        };
        self.render(&template, error)
    }

    fn render(&self, template: &impl Template, error: Option<&ApiError>) -> ApiResult<Response> {
        page_with_status(status(error), template, Some(&self.request.redirect_origin()))
    }
}

/// What was typed into the code page, where a malformed field can only be the code.
fn told(error: SignInError) -> ApiError {
    let is_malformed = matches!(error, SignInError::Malformed(_));
    let error = ApiError::from(error);
    match is_malformed {
        true => error.told(Phrase::new("refused-code-malformed")),
        false => error,
    }
}
