//! The vectors, room by room. A room is a folder.

mod body;
mod cbor;
mod chain;
mod large;
mod licence;
mod order;
mod policy;
mod prefix;
mod seal;
mod signed;
mod use_licence;
mod wraps;
mod writer;

use crate::recipe::Recipe;
use crate::vector::Vector;

/// The one file of three leaves; those like it are written as what they do not share with it.
pub const LARGE: &str = "opens/large";

/// Whether a vector is one like the large file.
pub fn shares_with_large(name: &str) -> bool {
    name.starts_with("large/")
}

/// Every vector, and what is not as it says.
pub fn all() -> Vec<(Vector, Vec<String>)> {
    let rooms = [
        prefix::vectors(),
        cbor::vectors(),
        signed::vectors(),
        chain::vectors(),
        licence::vectors(),
        wraps::vectors(),
        policy::vectors(),
        body::vectors(),
        seal::vectors(),
        use_licence::vectors(),
        order::vectors(),
        large::vectors(),
    ];
    let made = rooms.into_iter().flatten().map(Recipe::vector);
    made.chain(writer::vectors()).collect()
}

/// Name, verdict, requirement, clause, comment, and what is done to a good file.
type Row = (
    &'static str,
    &'static str,
    u32,
    &'static str,
    &'static str,
    fn(&mut Recipe),
);

fn table(room: &str, rows: &[Row]) -> Vec<Recipe> {
    let recipe = |row: &Row| {
        let (name, expect, requirement, clause, comment, change) = *row;
        Recipe::new(format!("{room}/{name}"))
            .says(expect, requirement, clause, comment)
            .change(change)
    };
    rows.iter().map(recipe).collect()
}
