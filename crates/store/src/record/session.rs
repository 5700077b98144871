//! Sessions, their tokens, and browser sessions of the pages.

use clausa_core::address::Address;
use clausa_core::id::{AccountId, DeviceThumbprint, TenantId};

use super::account::Role;
use super::hash::{AccessTokenHash, CookieHash, RefreshTokenHash};
use super::ident::{SessionId, SignupId};
use super::micros::Micros;
use super::proof::Proof;
use super::secret::Secret;
use crate::permit::Actor;

/// An account signed in with one key; an account has at most one session per key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Who.
    pub account: AccountId,
    /// The account's tenant.
    pub tenant: TenantId,
    /// Thumbprint of the key that every proof must be signed with.
    pub key: DeviceThumbprint,
    /// When it began.
    pub created_at: Micros,
    /// Set when it has ended: none of its tokens works any more.
    pub ended_at: Option<Micros>,
    /// When its person last showed who he is, and by what.
    pub proof: Proof,
    /// The client's description of itself when it began.
    pub client: Option<String>,
}

/// A session that has not ended, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// The session.
    pub session: Session,
    /// When its newest refresh token stops working.
    pub expires_at: Micros,
    /// The name of the device, when its key is that of an enrolled one.
    pub device_name: Option<String>,
}

/// Names a session of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionRef {
    /// That of a client.
    Client(SessionId),
    /// That of a browser.
    Browser(CookieHash),
}

/// A new pair of tokens of a session.
#[derive(Clone, Copy, Debug)]
pub struct TokenPair {
    /// The access token.
    pub access: AccessTokenHash,
    /// When it stops working.
    pub access_expires_at: Micros,
    /// The refresh token.
    pub refresh: RefreshTokenHash,
    /// When it stops working.
    pub refresh_expires_at: Micros,
}

/// What came of a refresh token. Every variant is an answer to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The old pair is replaced.
    Rotated(Session),
    /// The token had been used before, so somebody else may hold it: the session has been ended.
    Reused(Session),
    /// Unknown, too old, of an ended session or of another key.
    Refused,
}

/// The person behind an access token, with all that is needed to authorise a call: one query per request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The session.
    pub session: SessionId,
    /// Key that the call's proof must be signed with.
    pub key: DeviceThumbprint,
    /// The account; it is active.
    pub account: AccountId,
    /// Its tenant.
    pub tenant: TenantId,
    /// What it may do there.
    pub role: Role,
    /// True when an administrator has proven the tenant's domain.
    pub managed: bool,
    /// True when the tenant is that of one consumer address.
    pub personal: bool,
    /// True when the tenant asks for two factors and the session was begun with one.
    pub needs_factor: bool,
    /// When the sign-in is over by what the tenant's administrator has set.
    pub ends_at: Option<Micros>,
    /// The device, once enrolled and unless removed.
    pub device: Option<DeviceThumbprint>,
    /// The device's last call, to the hour.
    pub device_last_seen: Option<Micros>,
    /// The key to which licences for the device are sealed, as it was enrolled.
    pub decryption_key: Option<Vec<u8>>,
    /// The account's proven addresses, the one that people see first.
    pub addresses: Vec<Address>,
}

impl Caller {
    /// Who acts, for [`crate::permit::authorise`].
    pub fn actor(&self) -> Actor {
        Actor {
            account: self.account,
            tenant: self.tenant,
            role: self.role,
            managed: self.managed,
            personal: self.personal,
            needs_factor: self.needs_factor,
            device: self.device,
        }
    }
}

/// A browser that has one of the pages open, before or after its person has signed in.
#[derive(Clone, Debug)]
pub struct BrowserSession {
    /// Hash of its cookie.
    pub cookie: CookieHash,
    /// Who is signed in.
    pub signed_in: Option<(TenantId, AccountId)>,
    /// The sign-up it is in the middle of.
    pub signup: Option<SignupId>,
    /// What the pages keep between two requests; sealed in the database.
    pub state: Option<Secret>,
    /// When it began.
    pub created_at: Micros,
    /// When it is forgotten.
    pub expires_at: Micros,
    /// When its person last showed who he is, and by what.
    pub proof: Proof,
    /// The browser's description of itself when somebody signed in.
    pub client: Option<String>,
}
