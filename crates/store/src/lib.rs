//! What the authority remembers: records, the traits of its repositories, sealed columns, and SQLite beneath them.
//!
//! A [`Store`] runs named transactions ([`Store::transact`]) and consistent reads ([`Store::read`]). Inside, a
//! [`UnitOfWork`] offers every repository of [`repo`]. What belongs to a tenant is reached only with a [`Permit`],
//! the proof that [`permit::authorise`] said yes, and the tenant always comes from the permit, never from a request
//! (`SEC-92`, `SEC-95`).
//!
//! "Not found" is `Ok(None)`, and everything that can lose a race (a taken address, a second licence for a content
//! id, a wrong code) is a typed outcome, not an error: a job whose answer is an error is rolled back, a job whose
//! answer is an outcome is kept.
//!
//! No rule of the product lives here, and no HTTP.

pub mod error;
mod migration;
pub mod permit;
pub mod record;
pub mod repo;
pub mod sealed;
mod sql;
mod sqlite;
pub mod store;

pub use error::StoreError;
pub use permit::{Actor, Denied, Permit, SystemAct, authorise};
pub use repo::UnitOfWork;
pub use sealed::{KeyEncryptionKey, Sealer};
pub use store::{BoxFuture, Statistics, Store};
