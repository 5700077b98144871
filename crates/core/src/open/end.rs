//! The end of a file: where the seal lies, and whether its signature holds. No content key is needed.

use std::io::{BufReader, Read, Seek, SeekFrom};

use super::{OpenError, VerifiedHeader};
use crate::body::BodyLayout;
use crate::error::{Layer, Malformed};
use crate::floe::{FloeHeader, HEADER_LENGTH};
use crate::seal::{self, MAX_OBJECT_LENGTH, SealReport, TAIL_LENGTH, TrustedLeaves};

/// What can be said of a file's seal without the content key: whose signature it carries, and how long the parts are.
///
/// The leaf list agrees with the signed root; whether each leaf agrees with the list shows when the body is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealOutline {
    /// Who sealed.
    pub report: SealReport,
    /// Bytes of prefix and publishing licence.
    pub header_length: u64,
    /// Bytes of the encrypted body.
    pub body_length: u64,
    /// Bytes of seal, leaf list and tail.
    pub seal_length: u64,
}

/// Verifies the signature of a file's seal, and that the file ends exactly where the seal says.
///
/// # Errors
///
/// [`OpenError`], the first thing that is wrong.
pub fn outline_seal<R: Read + Seek>(mut file: R, header: &VerifiedHeader) -> Result<SealOutline, OpenError> {
    let header_length = header.length() as u64;
    file.seek(SeekFrom::Start(header_length))?;
    let mut bytes = [0; HEADER_LENGTH];
    file.read_exact(&mut bytes)?;
    let end = VerifiedEnd::read(&mut file, header, &FloeHeader::parse(&bytes)?)?;
    let body_length = end.layout.body_length();
    let file_length = file.seek(SeekFrom::End(0))?;
    let seal_length = file_length.saturating_sub(header_length + body_length);
    Ok(SealOutline {
        report: end.report,
        header_length,
        body_length,
        seal_length,
    })
}

/// A seal whose signature and leaf list hold, and the places it fixes.
pub(super) struct VerifiedEnd {
    pub(super) report: SealReport,
    pub(super) layout: BodyLayout,
    pub(super) leaves: TrustedLeaves,
    /// Where in the file the leaf list begins.
    pub(super) list_start: u64,
}

impl VerifiedEnd {
    pub(super) fn read<R: Read + Seek>(
        file: &mut R,
        header: &VerifiedHeader,
        floe_header: &FloeHeader,
    ) -> Result<Self, OpenError> {
        let floe_start = header.length() as u64;
        let file_length = file.seek(SeekFrom::End(0))?;
        let tail_start = file_length
            .checked_sub(TAIL_LENGTH as u64)
            .filter(|start| *start >= floe_start + HEADER_LENGTH as u64)
            .ok_or(OpenError::Unsealed)?;
        file.seek(SeekFrom::Start(tail_start))?;
        let mut tail = [0; TAIL_LENGTH];
        file.read_exact(&mut tail)?;
        let seal_length = seal::parse_tail(&tail).map_err(|_| OpenError::Unsealed)?;
        let seal_start = tail_start
            .checked_sub(seal_length)
            .filter(|start| *start >= floe_start)
            .ok_or(Malformed::new(Layer::Seal, "the seal's length is out of bounds"))?;
        let layout = BodyLayout::new(seal_start - floe_start)?;

        file.seek(SeekFrom::Start(seal_start))?;
        let mut object = Vec::new();
        file.by_ref()
            .take(seal_length.min(MAX_OBJECT_LENGTH as u64))
            .read_to_end(&mut object)?;
        let seal = seal::verify(&object, header, floe_header)?;
        let list_start = seal_start + seal.object_length as u64;
        if tail_start - list_start != seal::leaf_list_length(layout.leaves()) {
            return Err(Malformed::new(Layer::Seal, "the leaf list has not one value for each leaf").into());
        }
        if seal.body_length != layout.body_length() {
            return Err(OpenError::Altered(Layer::Body));
        }
        file.seek(SeekFrom::Start(list_start))?;
        let mut list = BufReader::new(file.take(tail_start - list_start));
        let leaves = TrustedLeaves::read(&mut list, layout.leaves(), &seal.report.root)?;
        Ok(Self {
            report: seal.report,
            layout,
            leaves,
            list_start,
        })
    }
}
