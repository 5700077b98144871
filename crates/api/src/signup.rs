//! Sign-up: address, mail proof, profile, account. A sign-up is a stored row that resumes at its next step.
//!
//! The client draws a 32-byte secret, the *verifier*, and sends its SHA-256, the *challenge*, when it begins. Every
//! later step shows the verifier, so a stolen code is worth nothing elsewhere (`SEC-73`).

use clausa_core::address::Address;
use clausa_core::id::{AccountId, ContentId, TenantId};
use serde::{Deserialize, Serialize};

use crate::Bytes;

/// Begins a sign-up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignupRequest {
    /// The work address as typed; the authority makes it canonical or says which rule it breaks.
    #[cfg_attr(feature = "openapi", schema(example = "janet@contoso.example"))]
    pub address: String,
    /// SHA-256 of the verifier, 32 bytes.
    pub challenge: Bytes,
    /// The protected file the person was trying to open, if any; given back at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub waiting: Option<ContentId>,
}

/// Where a sign-up stands and what comes next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignupState {
    /// Names the sign-up in later steps: 32 hex digits. Not a secret: each step needs the verifier too.
    pub id: String,
    /// The canonical address a mail goes to.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub address: Address,
    /// What the person has to do next.
    pub next: SignupStep,
    /// Given back as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub waiting: Option<ContentId>,
}

/// The step a sign-up waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SignupStep {
    /// A mail with a code is on its way: type the code (8 digits).
    MailProof {
        /// When the code stops working, seconds since 1970.
        expires: u64,
        /// Wrong codes that may still be typed.
        tries_left: u8,
    },
    /// The address is proven: say one's name, and a password if wanted.
    Profile,
    /// The account exists.
    Done(SignupDone),
}

/// What a finished sign-up made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignupDone {
    /// The account.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub account: AccountId,
    /// Its organisation.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub tenant: TenantId,
    /// The organisation's name, or `None` for a personal account.
    pub organisation: Option<String>,
    /// True when this sign-up made the organisation, false when the account joined it.
    pub organisation_is_new: bool,
}

/// Shows the verifier alone: state and resend.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifierRequest {
    /// The 32-byte secret whose hash began the sign-up.
    pub verifier: Bytes,
}

/// What leads another client or browser on with a sign-up that waits for its code.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Handover {
    /// Works once, where the sign-up is to go on; the mailed code is asked for there.
    pub token: String,
    /// The page that goes on with it in a browser. Opening it has no effect by itself.
    pub link: String,
    /// When the token stops working, seconds since 1970.
    pub expires: u64,
}

/// Goes on with a sign-up that was handed over.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContinueRequest {
    /// The token, as it was shown where the sign-up began.
    pub token: String,
    /// SHA-256 of the verifier that every step shows from now on, 32 bytes. The earlier one is worth nothing any more.
    pub challenge: Bytes,
}

/// Proves the address.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProofRequest {
    /// The 32-byte secret whose hash began the sign-up.
    pub verifier: Bytes,
    /// The code from the mail: 8 digits; spaces and hyphens are ignored.
    #[cfg_attr(feature = "openapi", schema(example = "4821 9930"))]
    pub code: String,
}

/// "One last thing". Everything is optional for somebody who only wants to read.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProfileRequest {
    /// The 32-byte secret whose hash began the sign-up.
    pub verifier: Bytes,
    /// First name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// A password for signing in without a mailed code: 15 to 128 characters, not a well-known one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}
