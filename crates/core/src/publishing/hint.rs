//! The display hint: what a file says in clear about its terms, where the tenant allows it.

use minicbor::{Decode, Encode};

use crate::id::TemplateId;

/// The template's identifier and label, readable by everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayHint {
    template: TemplateId,
    label: String,
}

/// A label is empty, longer than [`DisplayHint::MAX_LABEL`] bytes or has control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a label has 1 to 128 bytes without control characters")]
pub struct InvalidDisplayHint;

impl DisplayHint {
    /// Longest label in bytes.
    pub const MAX_LABEL: usize = 128;

    /// Puts the two together.
    ///
    /// # Errors
    ///
    /// [`InvalidDisplayHint`] when the label is out of bounds.
    pub fn new(template: TemplateId, label: &str) -> Result<Self, InvalidDisplayHint> {
        if label.is_empty() || label.len() > Self::MAX_LABEL || label.chars().any(char::is_control) {
            return Err(InvalidDisplayHint);
        }
        Ok(Self {
            template,
            label: label.to_owned(),
        })
    }

    /// The template.
    pub const fn template(&self) -> TemplateId {
        self.template
    }

    /// Its name at the time of protection.
    pub fn label(&self) -> &str {
        &self.label
    }
}

/// `[template id, label]`.
impl<C> Encode<C> for DisplayHint {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(2)?
            .encode_with(self.template, ctx)?
            .str(&self.label)?
            .ok()
    }
}

impl<'b, C> Decode<'b, C> for DisplayHint {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        if d.array()? != Some(2) {
            return Err(minicbor::decode::Error::message("display hint"));
        }
        let template = d.decode_with(ctx)?;
        Self::new(template, d.str()?).map_err(|_| minicbor::decode::Error::message("display hint"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clause 3.3.2.
    #[test]
    fn labels_out_of_bounds_are_refused() {
        let read = |label: &[u8]| {
            let head = [0x78, label.len() as u8];
            let template = [&[0x50][..], &[7; 16]].concat();
            minicbor::decode::<DisplayHint>(&[&[0x82], &template[..], &head, label].concat()).is_ok()
        };
        assert!(read(b"Confidential") && read(&[b'a'; 128]) && read("Vertraulich – intern".as_bytes()));
        for label in [
            &b""[..],
            &[b'a'; 129],
            b"two\nlines",
            b"\x7f",
            "\u{85}".as_bytes(),
        ] {
            assert!(!read(label), "{label:?}");
        }
    }
}
