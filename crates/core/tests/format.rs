//! The format from end to end: round trips, damage, forgeries, encodings and sizes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "format/cose.rs"]
mod cose;
#[path = "format/world.rs"]
mod world;

#[path = "format/certificates.rs"]
mod certificates;
#[path = "format/damage.rs"]
mod damage;
#[path = "format/decision.rs"]
mod decision;
#[path = "format/encodings.rs"]
mod encodings;
#[path = "format/endings.rs"]
mod endings;
#[path = "format/forgeries.rs"]
mod forgeries;
#[path = "format/giant.rs"]
mod giant;
#[path = "format/key_sets.rs"]
mod key_sets;
#[path = "format/publishing.rs"]
mod publishing;
#[path = "format/repetition.rs"]
mod repetition;
#[path = "format/revisions.rs"]
mod revisions;
#[path = "format/round_trips.rs"]
mod round_trips;
#[path = "format/signatures.rs"]
mod signatures;
#[path = "format/sizes.rs"]
mod sizes;
#[path = "format/use_licences.rs"]
mod use_licences;
#[path = "format/values.rs"]
mod values;
