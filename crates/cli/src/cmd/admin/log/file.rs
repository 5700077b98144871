//! Detached parts of a log: gzip of lines of JSON, the first of which holds what the others are verified with.
//!
//! ```text
//! {"clausa_log":1,"log":…,"tenant":…,"first":…,"last":…,"peaks":[…],"checkpoint":…,"proof":[…],"certificates":[…],"roots":[…]}
//! {"entry":{…},"account":…,"salts":…}                                                        a line for each entry
//! ```
//!
//! `peaks` are the roots of the complete subtrees of the log before `first`. They and the entries give the root over the
//! first `last` entries, and `proof` (RFC 6962, 2.1.2) leads from there to the signed checkpoint. Two files of the same
//! entries and checkpoint are the same bytes.

use std::io::{BufRead as _, BufReader, Read, Write};

use clausa_api::Bytes;
use clausa_api::log::LogEvidence;
use clausa_client::log_verify::{Checkpoint, Hash, RootBuilder, leaf_hash, verify_consistency};
use clausa_core::certificate::{Purpose, SignedTenantCertificate, TrustAnchors};
use clausa_core::id::TenantId;
use clausa_core::keys::VerifyingKey;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use crate::exit_codes::Kind;
use crate::failure::{Failure, Outcome};

/// The version of this form.
const VERSION: u32 = 1;
/// No line comes near this many bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    /// The version.
    pub(super) clausa_log: u32,
    /// The log's name.
    pub(super) log: String,
    /// The tenant.
    pub(super) tenant: TenantId,
    /// The first entry's number.
    pub(super) first: u64,
    /// The last entry's number.
    pub(super) last: u64,
    /// Roots of the complete subtrees of all entries before, largest first.
    pub(super) peaks: Vec<Bytes>,
    /// The signed checkpoint.
    pub(super) checkpoint: String,
    /// From `last` entries to the checkpoint's size.
    pub(super) proof: Vec<Bytes>,
    /// Certificates of the keys that sign checkpoints, by a root.
    pub(super) certificates: Vec<Bytes>,
    /// The authority's roots at that time.
    pub(super) roots: Vec<Bytes>,
}

impl Header {
    /// A header of this version with what is in it.
    pub(super) fn version() -> u32 {
        VERSION
    }
}

/// Writes a file line by line.
pub(super) struct Writer<W: Write>(GzEncoder<W>);

impl<W: Write> Writer<W> {
    /// Begins with the header.
    pub(super) fn begin(output: W, header: &Header) -> std::io::Result<Self> {
        // Neither a name nor a time goes into the gzip header, so that the same entries give the same bytes.
        let mut writer = Self(GzEncoder::new(output, Compression::best()));
        writer.line(header)?;
        Ok(writer)
    }

    /// Adds an entry.
    pub(super) fn entry(&mut self, evidence: &LogEvidence) -> std::io::Result<()> {
        self.line(evidence)
    }

    /// Ends the file.
    pub(super) fn finish(self) -> std::io::Result<W> {
        self.0.finish()
    }

    fn line(&mut self, value: &impl Serialize) -> std::io::Result<()> {
        serde_json::to_writer(&mut self.0, value)?;
        self.0.write_all(b"\n")
    }
}

/// Reads a file to its end and verifies every entry of it; gives each to `each`. `roots` are those that must have signed;
/// without any, the file's own are taken at their word.
pub(super) fn read(
    input: impl Read,
    roots: &[VerifyingKey],
    mut each: impl FnMut(&LogEvidence) -> Outcome,
) -> Outcome<Header> {
    let wrong = |what: &str| Failure::new(Kind::LogRewritten, format!("this part of a log {what}"));
    let mut lines = BufReader::new(GzDecoder::new(input));
    let header = first_line(&mut lines)?;
    let checkpoint = checkpoint(&header, roots)?;
    let peaks = hashes(&header.peaks)?;
    let before = header
        .first
        .checked_sub(1)
        .and_then(|before| RootBuilder::resume(before, peaks));
    let mut tree = before.ok_or_else(|| not_a_part("its header contradicts itself"))?;
    while let Some(evidence) = next::<LogEvidence>(&mut lines)? {
        let number = tree.size() + 1;
        if evidence.entry.sequence != number || number > header.last {
            return Err(wrong(&format!("has another entry where number {number} must be")));
        }
        let leaf = leaf_hash(header.tenant, &evidence)
            .map_err(|fault| wrong(&format!("was altered at entry {number}: {fault}")))?;
        tree.push(leaf);
        each(&evidence)?;
    }
    if tree.size() != header.last {
        return Err(wrong(&format!(
            "ends after entry {} of {}",
            tree.size(),
            header.last
        )));
    }
    let proof = hashes(&header.proof)?;
    if verify_consistency(
        header.last,
        &tree.root(),
        checkpoint.size,
        &checkpoint.root,
        &proof,
    ) {
        Ok(header)
    } else {
        Err(wrong("is not what was signed for"))
    }
}

/// Reads the first line; nothing of it is verified.
pub(super) fn header(input: impl Read) -> Outcome<Header> {
    first_line(&mut BufReader::new(GzDecoder::new(input)))
}

fn first_line(lines: &mut impl std::io::BufRead) -> Outcome<Header> {
    let header: Header = next(lines)?.ok_or_else(|| not_a_part("it is empty"))?;
    if header.clausa_log != VERSION {
        return Err(Failure::new(
            Kind::VersionUnknown,
            "this part of a log was written by a newer version",
        ));
    }
    Ok(header)
}

fn checkpoint(header: &Header, roots: &[VerifyingKey]) -> Outcome<Checkpoint> {
    let wrong = |what: &str| Failure::new(Kind::LogRewritten, what.to_owned());
    let own: Vec<VerifyingKey> = header
        .roots
        .iter()
        .filter_map(|root| VerifyingKey::from_bytes(&root.0).ok())
        .collect();
    let anchors = TrustAnchors {
        roots: if roots.is_empty() { own } else { roots.to_vec() },
    };
    let keys: Vec<VerifyingKey> = header
        .certificates
        .iter()
        .filter_map(|bytes| {
            let certificate = SignedTenantCertificate::parse(&bytes.0).ok()?;
            let at = certificate.claims().not_before;
            let claims = certificate.verify(&anchors, Purpose::Checkpoint, at).ok()?;
            (claims.tenant == header.tenant).then_some(claims.key)
        })
        .collect();
    if !header.log.ends_with(&format!("/log/{}", header.tenant)) {
        return Err(not_a_part("its header contradicts itself"));
    }
    Checkpoint::open(&header.checkpoint, &header.log, &keys).map_err(|fault| wrong(&fault.to_string()))
}

fn hashes(texts: &[Bytes]) -> Outcome<Vec<Hash>> {
    let read = texts.iter().map(|bytes| bytes.0.as_slice().try_into().ok());
    read.collect::<Option<Vec<Hash>>>()
        .ok_or_else(|| not_a_part("a hash has not 32 bytes"))
}

/// The next line, if there is one.
fn next<T: serde::de::DeserializeOwned>(lines: &mut impl std::io::BufRead) -> Outcome<Option<T>> {
    let mut line = Vec::new();
    let read = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
    match read {
        Ok(0) => Ok(None),
        Ok(_) => match serde_json::from_slice(&line) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(not_a_part(&error.to_string())),
        },
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(Failure::from_document(&error))
        }
        Err(error) => Err(not_a_part(&error.to_string())),
    }
}

fn not_a_part(why: &str) -> Failure {
    Failure::new(
        Kind::InputUnreadable,
        format!("the file is no part of a log, or damaged: {why}"),
    )
}
