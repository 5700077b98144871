//! Every path of the authority. A `{name}` is a path parameter.

/// Service description: origin, roots, version. Public.
pub const WELL_KNOWN: &str = "/.well-known/clausa";
/// The process runs. Public.
pub const HEALTH_LIVE: &str = "/health/live";
/// The process can serve: its database takes writes. Public.
pub const HEALTH_READY: &str = "/health/ready";
/// OpenAPI description of this contract. Public.
pub const OPENAPI: &str = "/openapi.json";

/// `POST` begins a sign-up.
pub const SIGNUPS: &str = "/v1/signups";
/// `POST {verifier}` reads a sign-up's state, so that it can be resumed.
pub const SIGNUP_STATE: &str = "/v1/signups/{id}/state";
/// `POST` proves the address with the mailed code.
pub const SIGNUP_PROOF: &str = "/v1/signups/{id}/proof";
/// `POST` sends the mail again.
pub const SIGNUP_MAIL: &str = "/v1/signups/{id}/mail";
/// `POST` fills in "one last thing" and makes the account.
pub const SIGNUP_PROFILE: &str = "/v1/signups/{id}/profile";
/// `POST` draws the token by which another client or browser goes on with a sign-up.
pub const SIGNUP_HANDOVER: &str = "/v1/signups/{id}/handover";
/// `POST` goes on with a sign-up that was handed over.
pub const SIGNUPS_CONTINUE: &str = "/v1/signups:continue";

/// `POST` asks for a sign-in code by mail.
pub const LOGINS: &str = "/v1/logins";
/// `GET` the sign-in page of the authorisation code flow with PKCE (RFC 6749 §4.1, RFC 7636).
pub const AUTHORIZE: &str = "/oauth/authorize";
/// `POST` form: exchanges a grant for tokens bound to the caller's key (RFC 6749 §3.2, RFC 9449).
pub const TOKEN: &str = "/oauth/token";
/// `POST` form: ends a session (RFC 7009).
pub const TOKEN_REVOKE: &str = "/oauth/revoke";

/// `GET` who is signed in.
pub const ME: &str = "/v1/me";
/// `GET` everything about oneself, as JSON Lines ([`ExportLine`](crate::export::ExportLine)).
pub const ME_EXPORT: &str = "/v1/me/export";
/// `POST` closes one's own account.
pub const ME_CLOSE: &str = "/v1/me/close";
/// `GET` lists one's sessions; `DELETE` ends all but the caller's own.
pub const SESSIONS: &str = "/v1/sessions";
/// `DELETE` ends one of one's sessions.
pub const SESSION: &str = "/v1/sessions/{id}";
/// `GET` how fresh the session's last proof is, and how to show again who one is; `POST` shows it.
pub const STEP_UP: &str = "/v1/step-up";
/// `PUT` sets or changes one's password; `DELETE` takes it away.
pub const PASSWORD: &str = "/v1/password";
/// `GET` lists one's factors beside a mailed code.
pub const FACTORS: &str = "/v1/factors";
/// `POST` begins an authenticator.
pub const FACTORS_TOTP: &str = "/v1/factors/totp";
/// `DELETE` removes a factor.
pub const FACTOR: &str = "/v1/factors/{id}";
/// `POST` shows the first code of an authenticator.
pub const FACTOR_CONFIRMATION: &str = "/v1/factors/{id}/confirmation";
/// `POST` draws new recovery codes.
pub const RECOVERY_CODES: &str = "/v1/recovery-codes";
/// `POST` enrols this device or renews its certificate; `GET` lists one's devices.
pub const DEVICES: &str = "/v1/devices";
/// `DELETE` removes a device and ends its sessions.
pub const DEVICE: &str = "/v1/devices/{thumbprint}";
/// `GET` the signed key set of the caller's tenant.
pub const KEYS: &str = "/v1/keys";
/// `GET` the templates the caller may choose.
pub const TEMPLATES: &str = "/v1/templates";
/// `POST` registers a published file.
pub const CONTENTS: &str = "/v1/contents";
/// `POST` registers several published files.
pub const CONTENTS_BATCH: &str = "/v1/contents:batch";
/// `GET` what the authority knows of a file; for its owner.
pub const CONTENT: &str = "/v1/contents/{id}";
/// `POST` revokes a file; for its owner.
pub const CONTENT_REVOCATION: &str = "/v1/contents/{id}/revocation";
/// `POST` asks for a use licence.
pub const LICENCES: &str = "/v1/licences";
/// `POST` asks for use licences of several files.
pub const LICENCES_BATCH: &str = "/v1/licences:batch";
/// `GET` lists claims to administer one's organisation; `POST` begins one.
pub const CLAIMS: &str = "/v1/claims";
/// `DELETE` gives up one's claim.
pub const CLAIM: &str = "/v1/claims/{id}";
/// `POST` looks for the record of one's claim.
pub const CLAIM_CHECK: &str = "/v1/claims/{id}/check";
/// `POST` objects to somebody else's claim.
pub const CLAIM_DISPUTE: &str = "/v1/claims/{id}/dispute";
/// `GET` lists the organisation's people; for its administrator.
pub const ACCOUNTS: &str = "/v1/accounts";
/// `PUT` says who administers the organisation; for its administrator.
pub const ACCOUNT_ROLE: &str = "/v1/accounts/{id}/role";
/// `GET` what the organisation's administrator has set for everybody in it; `PATCH` sets it. For the administrator.
pub const CONTROLS: &str = "/v1/controls";
/// `POST` tries out who would protect files.
pub const CONTROLS_PREVIEW: &str = "/v1/controls/preview";
/// `GET` the log entries the caller may see.
pub const LOG: &str = "/v1/log";
/// `GET` the signed checkpoint of the tree over the tenant's log (c2sp.org/tlog-checkpoint), as text.
pub const LOG_CHECKPOINT: &str = "/v1/log/checkpoint";
/// `GET` the hashes of a tile of that tree, one after another. It has the name of a [`TileName`](crate::tile::TileName), such
/// as `0/x001/067` (c2sp.org/tlog-tiles).
pub const LOG_TILE: &str = "/v1/log/tile/{*tile}";
/// `GET` the leaves' data of a bundle of entries, for whoever may see all of them. It has the name of a
/// [`TileIndex`](crate::tile::TileIndex), such as `x001/067`.
pub const LOG_BUNDLE: &str = "/v1/log/tile/entries/{*bundle}";
/// `GET` the log entries the caller may see, with what their leaves are computed from.
pub const LOG_ENTRIES: &str = "/v1/log/entries";

/// Fills the path parameter of `path` with `value`, which must not need percent-encoding (identifiers do not).
pub fn fill(path: &str, value: &str) -> String {
    match (path.find('{'), path.find('}')) {
        (Some(start), Some(end)) if start < end => {
            format!("{}{}{}", &path[..start], value, &path[end + 1..])
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn fill_replaces_the_parameter() {
        assert_eq!(
            super::fill(super::CONTENT_REVOCATION, "abc"),
            "/v1/contents/abc/revocation"
        );
        assert_eq!(super::fill(super::ME, "abc"), "/v1/me");
    }
}
