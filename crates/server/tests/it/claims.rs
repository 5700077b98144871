//! Taking over the administration of an organisation.

mod files;
mod sight;
mod story;
