//! The sign-in page of the browser flow (RFC 6749 §4.1): a program on the person's machine opens it, the person signs
//! in here, and the browser carries a code back to the program.
//!
//! The same page signs somebody in at the browser alone, on the way to the pages of his account.
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

use super::account;
use super::passkey::{PasskeyForm, bytes};
use super::refusal::{Wrong, status, stop};
use super::shell::{Frame, page_with_script, page_with_status, see_other};
use super::visitor::Visitor;
use crate::http::{ApiError, ApiForm, ApiQuery, ApiResult};
use crate::request::RequestContext;
use crate::state::AppState;
use crate::texts::Phrase;
use crate::usecase::authorization::{self, AuthorizationError, AuthorizationQuery, AuthorizationRequest};
use crate::usecase::browser;
use crate::usecase::login;
use crate::usecase::passkeys::{self, Asserted};
use crate::usecase::sign_in::{self, ShownCode, SignInError, SignedIn};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .route(paths::AUTHORIZE, get(show).post(send))
        .route(account::SIGN_IN, get(show_alone).post(send_alone))
}

#[derive(Template)]
#[template(path = "pages/authorize.html")]
struct SignIn<'a> {
    frame: Frame,
    /// A program asks for it.
    for_program: bool,
    form_token: String,
    action: &'a str,
    known: Option<String>,
    address: &'a str,
    passkey: Option<PasskeyForm>,
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

#[derive(Template)]
#[template(path = "pages/authorize_second.html")]
struct TypeSecond<'a> {
    frame: Frame,
    form_token: String,
    action: &'a str,
    ticket: &'a str,
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
    /// The code of an authenticator, or a recovery code.
    Second,
    /// A passkey.
    Passkey,
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
    #[serde(default)]
    ticket: String,
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

impl Form {
    fn asserted(self) -> Asserted {
        Asserted {
            credential: bytes(&self.credential),
            user_handle: bytes(&self.user_handle),
            client_data: bytes(&self.client_data),
            authenticator_data: bytes(&self.authenticator_data),
            signature: bytes(&self.signature),
        }
    }
}

/// One request to this page, with everything its answers are made of.
struct Visit<'a> {
    state: &'a AppState,
    frame: Frame,
    visitor: &'a Visitor,
    /// The program that asks; nobody on the way to the account's pages.
    request: Option<AuthorizationRequest>,
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

async fn show_alone(State(state): State<AppState>, frame: Frame, visitor: Visitor) -> ApiResult<Response> {
    let visit = Visit::alone(&state, frame, &visitor);
    let known = visit.known().await?;
    visitor.keep(visit.sign_in_page(known, "", None)?)
}

async fn send_alone(
    State(state): State<AppState>,
    frame: Frame,
    visitor: Visitor,
    context: RequestContext,
    ApiForm(form): ApiForm<Form>,
) -> ApiResult<Response> {
    visitor.check_form(&form.form_token)?;
    let visit = Visit::alone(&state, frame, &visitor);
    visit.step(form, &context).await
}

impl<'a> Visit<'a> {
    /// A sign-in that no program asked for.
    fn alone(state: &'a AppState, frame: Frame, visitor: &'a Visitor) -> Self {
        Self {
            state,
            frame,
            visitor,
            request: None,
            action: account::SIGN_IN.to_owned(),
        }
    }

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
                    request: Some(request),
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
                Some(who) => see_other(&self.way_on(&who).await?),
                None => self.sign_in_page(None, "", None),
            },
            Step::Password => {
                let password = Zeroizing::new(form.password);
                match sign_in::by_password(self.state, &form.address, password, &self.holder(), context).await
                {
                    Ok(who) => self.signed_in(&who, context).await,
                    Err(SignInError::SecondFactor { ticket }) => self.second_page(&ticket, None),
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
                Err(SignInError::SecondFactor { ticket }) => self.second_page(&ticket, None),
                Err(error) => self.code_page(&form.address, &form.login, Some(&told(error))),
            },
            Step::Passkey => {
                let browser = self.visitor.secret.hash();
                match passkeys::sign_in(self.state, browser, form.asserted(), context).await {
                    Ok(who) => self.signed_in(&who, context).await,
                    Err(error) => self.sign_in_page(None, "", Some(&error.into())),
                }
            }
            Step::Second => {
                let code = Zeroizing::new(form.code);
                let ticket = form.ticket;
                match sign_in::by_second_factor(self.state, &ticket, code, &self.holder(), context).await {
                    Ok(who) => self.signed_in(&who, context).await,
                    Err(error @ SignInError::CodeVoid) => self.sign_in_page(None, "", Some(&error.into())),
                    Err(error) => self.second_page(&ticket, Some(&error.into())),
                }
            }
        }
    }

    async fn check_code(&self, form: &Form, context: &RequestContext) -> Result<SignedIn, SignInError> {
        let code = ShownCode::read(&form.login, &self.visitor.secret.verifier(), &form.code)?;
        sign_in::by_mail_code(self.state, code, &self.holder(), context).await
    }

    /// Where a sign-in leads: back to the program with a code, or to the account's pages.
    async fn way_on(&self, who: &SignedIn) -> ApiResult<String> {
        match &self.request {
            Some(request) => Ok(authorization::grant(self.state, request, who).await?),
            None => Ok(account::HOME.to_owned()),
        }
    }

    /// This browser, as whom a sign-in goes on to its second factor.
    fn holder(&self) -> [u8; 32] {
        *self.visitor.secret.hash().as_bytes()
    }

    async fn signed_in(&self, who: &SignedIn, context: &RequestContext) -> ApiResult<Response> {
        let secret = browser::remember_sign_in(self.state, &self.visitor.secret, who, None, context).await?;
        let location = self.way_on(who).await?;
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
            for_program: self.request.is_some(),
            form_token: self.visitor.secret.form_token(),
            action: &self.action,
            known: known.map(|who| who.address.to_string()),
            address,
            passkey: PasskeyForm::of(self.state, self.visitor, &self.action),
            wrong: error.map(|error| Wrong::of(&self.frame, error).at("address")),
        };
        let origin = self.request.as_ref().map(AuthorizationRequest::redirect_origin);
        match template.passkey {
            Some(_) => page_with_script(status(error), &template, origin.as_deref()),
            None => page_with_status(status(error), &template, origin.as_deref()),
        }
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

    fn second_page(&self, ticket: &str, error: Option<&ApiError>) -> ApiResult<Response> {
        let template = TypeSecond {
            frame: self.frame.clone(),
            form_token: self.visitor.secret.form_token(),
            action: &self.action,
            ticket,
            wrong: error.map(|error| Wrong::of(&self.frame, error).at("code")),
        };
        self.render(&template, error)
    }

    fn render(&self, template: &impl Template, error: Option<&ApiError>) -> ApiResult<Response> {
        let origin = self.request.as_ref().map(AuthorizationRequest::redirect_origin);
        page_with_status(status(error), template, origin.as_deref())
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
