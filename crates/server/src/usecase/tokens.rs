//! Tokens: one grant a file. Every token is opaque, bound to the key that signed the request's proof, shown once and
//! stored as its hash.

mod authorization_code;
mod mail_code;
mod password;
mod plain;
mod refresh;
mod revoke;
mod second_factor;
mod session;
mod signup;

pub use authorization_code::{RedeemCode, by_authorization_code};
pub use mail_code::by_mail_code;
pub use password::by_password;
pub use plain::{AccessToken, AuthorizationCode, RefreshToken, Ticket};
pub use refresh::refresh;
pub use revoke::revoke;
pub use second_factor::by_second_factor;
pub use session::{ACCESS_SECONDS, Issued};
pub use signup::by_signup;

pub(crate) use session::{NewSession, REFRESH_SECONDS};
pub(crate) use signup::redeem as redeem_signup;
