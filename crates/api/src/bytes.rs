//! Byte strings in JSON.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A byte string that travels as base64url without padding (RFC 4648 §5).
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "AAECAwQFBgcICQoLDA0ODw"))]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The text form.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }

    /// Reads the text form; `None` when it is not base64url without padding.
    pub fn from_text(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok().map(Self)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Only the length: what travels here may be a licence or a proof.
impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({} B)", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text).ok_or_else(|| serde::de::Error::custom("expected base64url without padding"))
    }
}

#[cfg(test)]
mod tests {
    use super::Bytes;

    #[test]
    fn text_is_base64url_without_padding() {
        let bytes = Bytes(vec![0xfb, 0xff, 0x00, 0x01]);
        assert_eq!(bytes.to_text(), "-_8AAQ");
        assert_eq!(Bytes::from_text("-_8AAQ"), Some(bytes));
        assert_eq!(
            Bytes::from_text("-_8AAQ=="),
            None,
            "padding is another encoding of the same bytes"
        );
        assert_eq!(Bytes::from_text("+/8AAQ"), None);
    }
}
