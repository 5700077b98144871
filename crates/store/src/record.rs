//! Plain structs: one for each thing the authority remembers, without behaviour.

pub mod account;
pub mod authority;
pub mod certificate;
pub mod challenge;
pub mod claim;
pub mod code;
pub mod content;
pub mod controls;
pub mod device;
pub mod factor;
pub mod group;
pub mod hash;
pub mod ident;
pub mod licence;
pub mod limit;
pub mod log;
pub mod log_tree;
pub mod mail;
pub mod micros;
pub mod proof;
pub mod secret;
pub mod session;
pub mod signup;
pub mod succession;
pub mod template;
pub mod tenant;
pub mod tenant_key;

/// An enum whose variants stand in a column as short words.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every variant.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word that stands in the column.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads the word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}
pub(crate) use words;
