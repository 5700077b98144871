//! The two keys of a protected file and the block in which they travel to the tenant (clause 4.2).

use zeroize::Zeroizing;

use super::UnwrapFailed;
use crate::crypto;
use crate::random::{Randomness, RandomnessFailed};
use crate::secret::define_secret;

define_secret! {
    /// Encrypts one file's body. Whoever has it reads that file; every licensed reader has it. Made at protection,
    /// kept nowhere in clear, dies with the reader or writer.
    pub struct ContentKey(32);
}

define_secret! {
    /// Encrypts one file's policy, once. Only the authority gets it, so readers never see who else may read.
    pub struct PolicyKey(32);
}

/// What a wrap carries: content key and policy key.
#[derive(Debug)]
pub struct KeyBlock {
    /// Opens the body.
    pub content_key: ContentKey,
    /// Opens the policy.
    pub policy_key: PolicyKey,
}

impl KeyBlock {
    /// Bytes of an encoded block: version, two keys, `bind`.
    pub const LENGTH: usize = 97;

    const VERSION: u8 = 1;

    /// Draws both keys. They are new for every licence (SEC-31).
    pub(crate) fn generate(rng: &mut dyn Randomness) -> Result<Self, RandomnessFailed> {
        Ok(Self {
            content_key: ContentKey::generate(rng)?,
            policy_key: PolicyKey::generate(rng)?,
        })
    }

    /// `01 || CEK || PK || bind`.
    pub(crate) fn to_bytes(&self, bind: &[u8; 32]) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::LENGTH));
        bytes.push(Self::VERSION);
        bytes.extend_from_slice(self.content_key.expose());
        bytes.extend_from_slice(self.policy_key.expose());
        bytes.extend_from_slice(bind);
        bytes
    }

    /// Reads a decrypted block and compares its `bind` in constant time (SEC-7). For implementations of
    /// [`KeyUnwrapper`](super::KeyUnwrapper).
    ///
    /// # Errors
    ///
    /// [`UnwrapFailed`], whatever is wrong (SEC-28).
    pub fn parse(bytes: &[u8], bind: &[u8; 32]) -> Result<Self, UnwrapFailed> {
        let (version, rest) = bytes.split_first().ok_or(UnwrapFailed)?;
        let (content_key, rest) = rest.split_first_chunk::<32>().ok_or(UnwrapFailed)?;
        let (policy_key, rest) = rest.split_first_chunk::<32>().ok_or(UnwrapFailed)?;
        let bound = crypto::constant_time_eq(rest, bind);
        if *version != Self::VERSION || !bound {
            return Err(UnwrapFailed);
        }
        Ok(Self {
            content_key: ContentKey::from_bytes(content_key),
            policy_key: PolicyKey::from_bytes(policy_key),
        })
    }

    /// True when both keys are the same, in constant time (SEC-8).
    pub(crate) fn same_keys(&self, other: &Self) -> bool {
        crypto::constant_time_eq(self.content_key.expose(), other.content_key.expose())
            & crypto::constant_time_eq(self.policy_key.expose(), other.policy_key.expose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> KeyBlock {
        KeyBlock {
            content_key: ContentKey::from_bytes(&[1; 32]),
            policy_key: PolicyKey::from_bytes(&[2; 32]),
        }
    }

    #[test]
    fn literal_encoding() {
        let bytes = block().to_bytes(&[3; 32]);
        assert_eq!(**bytes, [&[1][..], &[1; 32], &[2; 32], &[3; 32]].concat());
        assert!(KeyBlock::parse(&bytes, &[3; 32]).unwrap().same_keys(&block()));
    }

    /// SEC-7, SEC-28
    #[test]
    fn every_fault_gives_the_same_error() {
        let bytes = block().to_bytes(&[3; 32]).to_vec();
        assert!(KeyBlock::parse(&bytes, &[4; 32]).is_err());
        for length in 0..bytes.len() {
            assert!(KeyBlock::parse(&bytes[..length], &[3; 32]).is_err());
        }
        let mut other_version = bytes.clone();
        other_version[0] = 2;
        assert!(KeyBlock::parse(&other_version, &[3; 32]).is_err());
        assert!(KeyBlock::parse(&[&bytes[..], &[0]].concat(), &[3; 32]).is_err());
    }

    /// SEC-30
    #[test]
    fn debug_says_nothing() {
        assert_eq!(
            format!("{:?}", block()),
            "KeyBlock { content_key: ContentKey(..), policy_key: PolicyKey(..) }"
        );
    }
}
