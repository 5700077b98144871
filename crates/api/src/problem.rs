//! Refusals: problem documents (RFC 9457) with a closed list of types.

use serde::{Deserialize, Serialize};

/// Media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// What every type's URI begins with.
const TYPE_PREFIX: &str = "urn:clausa:problem:";

macro_rules! problem_types {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)*) => {
        /// Why a request was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ProblemType {
            $($(#[$doc])* $name,)*
        }

        impl ProblemType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Short name, stable: the end of the type's URI, and the `result` in the log.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// Short text for people; the same for every occurrence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

problem_types! {
    /// The request cannot be read, or a field breaks a rule.
    InvalidRequest = "invalid-request", 400, "The request is not valid";
    /// The address is not one that mail could be sent to.
    AddressInvalid = "address-invalid", 422, "This is not an address we can use";
    /// The address or its domain is not accepted for sign-up.
    AddressRefused = "address-refused", 422, "This address cannot sign up here";
    /// The organisation does not accept new accounts by self-service.
    JoiningRefused = "joining-refused", 403, "This organisation does not accept new accounts";
    /// The account exists: sign in.
    AccountExists = "account-exists", 409, "There is already an account with this address";
    /// The password breaks a rule.
    PasswordRefused = "password-refused", 422, "This password cannot be used";
    /// The code is wrong.
    CodeWrong = "code-wrong", 403, "The code is not right";
    /// The code was wrong too often, or is too old: ask for a new mail.
    CodeVoid = "code-void", 403, "The code no longer works";
    /// The step does not fit the state of the sign-up.
    StepOutOfOrder = "step-out-of-order", 409, "Another step comes first";
    /// Nobody is signed in, or the session has ended.
    NotSignedIn = "not-signed-in", 401, "Sign in first";
    /// Address, password, code or token is not right; which one is not said.
    SignInRefused = "sign-in-refused", 401, "Signing in did not work";
    /// The proof of possession is missing, old, used before or not for this request.
    ProofInvalid = "proof-invalid", 401, "The proof of possession is not valid";
    /// The first factor was right; the account asks for a second.
    SecondFactorNeeded = "second-factor-needed", 403, "A second factor is needed";
    /// The act asks that one has shown within the last minutes who one is (`SEC-83`).
    StepUpNeeded = "step-up-needed", 403, "Show again that it is you";
    /// The device is not enrolled, or was removed.
    DeviceUnknown = "device-unknown", 403, "This device is not enrolled";
    /// The caller may not do this.
    NotPermitted = "not-permitted", 403, "You are not permitted to do this";
    /// The policy does not name the caller.
    NotNamed = "not-named", 403, "The owner has not given you access to this file";
    /// The policy names the caller but not with the right that is needed.
    RightMissing = "right-missing", 403, "The owner has not given you this right";
    /// The policy is not valid yet.
    NotYetValid = "not-yet-valid", 403, "This file cannot be opened yet";
    /// The policy has expired.
    AccessExpired = "access-expired", 403, "Access to this file has expired";
    /// The owner has revoked the file.
    AccessRevoked = "access-revoked", 403, "The owner has revoked access to this file";
    /// The publishing licence cannot be verified or unwrapped; why is not said (`SEC-28`).
    LicenceInvalid = "licence-invalid", 422, "This file's licence is not valid";
    /// The content id is registered with another licence.
    ContentConflict = "content-conflict", 409, "Another file is registered under this identifier";
    /// The claim to administer one's organisation cannot begin or go on; what stands in the way is told.
    ClaimRefused = "claim-refused", 409, "This claim cannot go on";
    /// The record that proves a claim is not seen, or not from everywhere.
    ClaimUnproven = "claim-unproven", 409, "The record is not seen yet";
    /// The organisation asks for a second factor: add one.
    FactorNeeded = "factor-needed", 403, "Your organisation asks for a second factor";
    /// The organisation's administrator does not let the caller protect this.
    ProtectingRefused = "protecting-refused", 403, "Your organisation does not let you protect this";
    /// The organisation's administrator gives its files to nobody of a domain.
    ReceivingRefused = "receiving-refused", 403, "The organisation does not give its files to this domain";
    /// Somebody has to be left who administers the organisation.
    LastAdministrator = "last-administrator", 409, "Somebody has to administer the organisation";
    /// The account cannot be closed like this.
    ClosingRefused = "closing-refused", 409, "The account cannot be closed like this";
    /// There is nothing here for the caller.
    NotFound = "not-found", 404, "Not found";
    /// The method is not served at this path.
    MethodNotAllowed = "method-not-allowed", 405, "This method is not served here";
    /// The body is too large.
    TooLarge = "too-large", 413, "The request is too large";
    /// The body is of another media type than the path takes.
    MediaTypeUnsupported = "media-type-unsupported", 415, "This media type is not taken here";
    /// The request was sent to another host name than the authority's own.
    WrongHost = "wrong-host", 421, "This authority serves under another name";
    /// Too many requests: wait.
    RateLimited = "rate-limited", 429, "Too many requests";
    /// The authority failed; only a request id is told.
    Internal = "internal", 500, "The authority could not answer";
    /// The authority is overloaded or stopping: try again.
    Unavailable = "unavailable", 503, "The authority is busy";
}

impl ProblemType {
    /// The type's URI.
    pub fn uri(self) -> String {
        format!("{TYPE_PREFIX}{}", self.code())
    }

    /// Reads the type's URI.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let code = uri.strip_prefix(TYPE_PREFIX)?;
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// True when the same request may work later.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable | Self::Internal)
    }
}

/// A problem document (RFC 9457) with the members this contract adds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// URI of the type, `urn:clausa:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short text, the same for every occurrence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened this time and what to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The request's id, also in the authority's own records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Whom to ask: the file's owner or the organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The right that was missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
    /// Seconds since 1970 from which or until which access was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
    /// Wrong codes that may still be typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u8>,
    /// Names the sign-in that waits for its second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Seconds to wait before trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem of `kind` that says nothing particular.
    pub fn new(kind: ProblemType) -> Self {
        Self {
            kind: kind.uri(),
            title: kind.title().to_owned(),
            status: kind.status(),
            detail: None,
            instance: None,
            contact: None,
            right: None,
            at: None,
            tries_left: None,
            ticket: None,
            retry_after: None,
        }
    }

    /// Adds what happened this time and what to do next.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The type, or `None` for one this version does not know.
    pub fn problem_type(&self) -> Option<ProblemType> {
        ProblemType::from_uri(&self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::{Problem, ProblemType};

    #[test]
    fn every_type_is_told_apart_and_read_back() {
        for (index, kind) in ProblemType::ALL.iter().enumerate() {
            assert_eq!(ProblemType::from_uri(&kind.uri()), Some(*kind));
            assert!((400..600).contains(&kind.status()));
            assert!(
                ProblemType::ALL[..index]
                    .iter()
                    .all(|other| other.code() != kind.code())
            );
        }
        assert_eq!(ProblemType::from_uri("about:blank"), None);
    }

    #[test]
    fn empty_members_are_left_out() {
        let json = serde_json::to_string(&Problem::new(ProblemType::NotFound)).unwrap();
        assert_eq!(
            json,
            r#"{"type":"urn:clausa:problem:not-found","title":"Not found","status":404}"#
        );
    }
}
