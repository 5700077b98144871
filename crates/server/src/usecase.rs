//! What the authority does: one verb a file. No HTTP and no SQL; the store remembers, the clock and the random
//! generator are parameters, refusals are typed.

pub mod account_log;
pub mod accounts;
pub mod acting;
pub mod addresses;
pub mod authenticate;
pub mod authorization;
pub mod browser;
pub mod change_password;
pub mod check_store;
pub mod claim;
pub mod close_account;
pub mod controls;
pub mod default_templates;
pub mod detach_log;
pub mod devices;
pub mod export;
pub mod factors;
pub mod failure;
pub mod forget;
pub mod groups;
pub mod inspect_log;
pub mod issue_licence;
pub mod limit;
pub mod list_templates;
pub mod log_tree;
pub mod login;
pub mod mailed_code;
pub mod make_tenant;
pub mod notice;
pub mod oneself;
pub mod passkeys;
pub mod passwords;
pub mod people;
pub mod read_content;
pub mod read_identity;
pub mod read_log;
pub mod recovery_codes;
pub mod register_content;
pub mod revoke_content;
pub mod second_factor;
pub mod sessions;
pub mod sign_in;
pub mod signup;
pub mod step_up;
mod succession;
pub mod tenant_keys;
pub mod tokens;
pub mod totp;

mod recognise;

/// How long a mailed code is good, in seconds (`SEC-73`).
pub const CODE_SECONDS: u32 = 900;
