//! The repositories in SQL, written once for every engine.
//!
//! Statement texts are portable: numbered parameters, `BIGINT` for numbers, times (microseconds) and truth values,
//! byte strings for identifiers, `TEXT` for words, `ON CONFLICT DO NOTHING` and `RETURNING`, and no function that two
//! engines spell differently. What an engine brings is a [`Session`]: how a statement travels and what its errors mean.

mod session;
mod value;

mod accounts;
mod authority;
mod certificates;
mod challenges;
mod claims;
mod closing;
mod codes;
mod contents;
mod controls;
mod devices;
mod factors;
mod forgetting;
mod groups;
mod licences;
mod limits;
mod log;
mod log_tree;
mod outbox;
mod replays;
mod sessions;
mod signups;
mod templates;
mod tenant_keys;
mod tenants;

pub(crate) use session::{Scope, Session, SqlUnit};
pub(crate) use value::{Bind, Cell, Row, Value, values};
