//! Secret bytes: boxed so that a move leaves no copy behind, wiped on drop, silent in `Debug`.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::random::{Randomness, RandomnessFailed};

/// `N` secret bytes on the heap. There is no equality, no `Clone` and no serialisation on purpose.
///
/// Key types wrap this one, one newtype for each purpose, usually through `define_secret!`.
pub struct SecretBytes<const N: usize>(Box<[u8; N]>);

impl<const N: usize> SecretBytes<N> {
    /// Draws a new secret.
    ///
    /// # Errors
    ///
    /// [`RandomnessFailed`] when the source cannot deliver.
    pub fn generate(rng: &mut dyn Randomness) -> Result<Self, RandomnessFailed> {
        let mut secret = Self::zeroed();
        rng.fill(secret.expose_mut())?;
        Ok(secret)
    }

    /// Copies a secret that already exists. The caller wipes the original.
    pub fn from_bytes(bytes: &[u8; N]) -> Self {
        let mut secret = Self::zeroed();
        secret.0.copy_from_slice(bytes);
        secret
    }

    /// Copies a secret from a slice; `None` when the length is not `N`.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut secret = Self::zeroed();
        (bytes.len() == N).then(|| {
            secret.0.copy_from_slice(bytes);
            secret
        })
    }

    /// `N` zero bytes, to be filled in place through [`expose_mut`](Self::expose_mut).
    pub fn zeroed() -> Self {
        Self(Box::new([0; N]))
    }

    /// Lends the bytes.
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// Lends the bytes for filling in place.
    pub fn expose_mut(&mut self) -> &mut [u8; N] {
        &mut self.0
    }
}

impl<const N: usize> Drop for SecretBytes<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for SecretBytes<N> {}

impl<const N: usize> fmt::Debug for SecretBytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

/// Defines a secret key type: a newtype over [`SecretBytes`] with `generate`, `from_bytes` and a crate-private
/// `expose`.
///
/// `define_secret! { /// Encrypts the policy. pub struct PolicyKey(32); }`
macro_rules! define_secret {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident($length:literal);) => {
        $(#[$meta])*
        $visibility struct $name($crate::secret::SecretBytes<$length>);

        impl $name {
            /// Draws a new key.
            ///
            /// # Errors
            ///
            /// [`RandomnessFailed`](crate::random::RandomnessFailed) when the source cannot deliver.
            #[allow(dead_code)]
            pub fn generate(
                rng: &mut dyn $crate::random::Randomness,
            ) -> Result<Self, $crate::random::RandomnessFailed> {
                $crate::secret::SecretBytes::generate(rng).map(Self)
            }

            /// Takes over a key that already exists. The caller wipes the original.
            #[allow(dead_code)]
            pub fn from_bytes(bytes: &[u8; $length]) -> Self {
                Self($crate::secret::SecretBytes::from_bytes(bytes))
            }

            #[allow(dead_code)]
            pub(crate) fn expose(&self) -> &[u8; $length] {
                self.0.expose()
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}
pub(crate) use define_secret;

#[cfg(test)]
mod tests {
    use super::*;

    define_secret! {
        /// A key for these tests.
        struct TestKey(4);
    }

    #[test]
    fn debug_says_nothing() {
        // SEC-30
        assert_eq!(
            format!("{:?}", SecretBytes::from_bytes(&[7; 3])),
            "SecretBytes(..)"
        );
        assert_eq!(format!("{:?}", TestKey::from_bytes(&[7; 4])), "TestKey(..)");
    }

    #[test]
    fn only_the_exact_length_is_taken() {
        assert!(SecretBytes::<4>::from_slice(&[0; 3]).is_none());
        assert!(SecretBytes::<4>::from_slice(&[0; 5]).is_none());
        assert_eq!(
            SecretBytes::<4>::from_slice(&[1, 2, 3, 4]).map(|s| *s.expose()),
            Some([1, 2, 3, 4])
        );
    }
}
