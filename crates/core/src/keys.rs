//! Keys by purpose. Every secret is boxed, wiped when dropped, silent in `Debug`, and cannot be cloned or serialised.

mod content;
mod device;
mod p256_point;
mod signing;
mod unwrapping;
mod wrapping;

pub use content::{ContentKey, KeyBlock, PolicyKey};
pub use device::{DeviceDecryptionKey, DeviceEncryptionKey};
pub use signing::{InvalidKey, SignError, Signature, Signer, SoftwareSigner, VerifyingKey};
pub use unwrapping::{KeyUnwrapper, SoftwareUnwrapper, UnwrapFailed};
pub use wrapping::{Suite, UnknownSuite, WrappingPublicKey};
