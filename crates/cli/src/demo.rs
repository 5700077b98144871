//! The demonstration: a stage (authority, mail, folder), a cast (people with a profile each), and the story.

mod document;
mod person;
mod stage;
pub mod story;

pub use document::Document;
pub use person::Person;
pub use stage::Stage;
