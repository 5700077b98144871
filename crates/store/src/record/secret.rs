//! Secret bytes on their way into or out of a sealed column.

use std::fmt;

use zeroize::Zeroizing;

/// Bytes that stand sealed in the database: whoever learns them learns a key, a password's hash or a mail's text.
/// Wiped when dropped; `Debug` shows the length alone.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: impl Into<Zeroizing<Vec<u8>>>) -> Self {
        Self(bytes.into())
    }

    /// Lends the bytes to whoever needs the secret itself.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret([redacted], {} B)", self.0.len())
    }
}
