//! What the authority remembers: records, the traits of its repositories, sealed columns, and SQLite or PostgreSQL beneath
//! them.
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
//! ```
//! use clausa_core::random::SystemRandom;
//! use clausa_store::record::limit::{Bucket, Take};
//! use clausa_store::record::micros::Micros;
//! use clausa_store::{KeyEncryptionKey, Sealer, Store, StoreError};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let key = KeyEncryptionKey::new(1, [7; 32].into()); // from a file that only the authority reads
//! let sealer = Sealer::new(vec![key], SystemRandom)?;
//! let store = Store::open_sqlite(&folder.path().join("authority.db"), sealer).await?;
//!
//! let (bucket, now) = (Bucket::per(1, 60), Micros(1_795_000_000_000_000));
//! for expected in [Take::Allowed, Take::RetryAfter { micros: 60_000_000 }] {
//!     let answer = store
//!         .transact("login.limit", move |tx| {
//!             Box::pin(async move { Ok::<_, StoreError>(tx.take("login.ip:192.0.2.0", bucket, now).await?) })
//!         })
//!         .await?;
//!     assert_eq!(answer, expected);
//! }
//! store.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! Another engine is a sibling of these two: migrations, a way to run a statement, a way to run transactions. The
//! repositories' SQL is written once for all of them, and the suite in `tests/conformance` says what an engine owes.
//!
//! No rule of the product lives here, and no HTTP.

pub mod error;
mod migration;
pub mod permit;
mod postgres;
pub mod record;
pub mod repo;
pub mod sealed;
mod sql;
mod sqlite;
pub mod store;
mod tree;
pub mod upkeep;
mod whole;

pub use error::StoreError;
pub use permit::{Actor, Denied, Permit, SystemAct, authorise};
pub use repo::UnitOfWork;
pub use sealed::{KeyEncryptionKey, Sealer};
pub use store::{BoxFuture, Statistics, Store};
