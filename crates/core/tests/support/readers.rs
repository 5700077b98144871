//! Every way of reading a protected file, for runners of test vectors: each says its verdict in the vectors' words, and
//! hands over each piece of content it released and where it belongs.

use std::io::{Cursor, Read, Seek, SeekFrom};

use clausa_core::certificate::TrustAnchors;
use clausa_core::error::Layer;
use clausa_core::hazmat::backends::sha256;
use clausa_core::hazmat::body::plaintext_slots;
use clausa_core::keys::{DeviceDecryptionKey, KeyUnwrapper, SoftwareUnwrapper};
use clausa_core::open::{
    OpenError, OpenGrant, SeekableReader, StreamReader, VerifiedHeader, open_in_memory, read_header,
};
use clausa_core::prefix::PrefixError;
use clausa_core::use_licence::{Expected, UseLicence, UseLicenceError};

/// Who reads, and with which licence.
pub struct Identity<'a> {
    pub origin: &'a str,
    pub expected: Expected<'a>,
    pub tenant_certificate: &'a [u8],
    pub use_licence: &'a [u8],
    pub device_key: DeviceDecryptionKey,
}

/// Where a piece of content belongs, and its bytes.
pub type Piece = (u64, Vec<u8>);

/// Reads the whole file; the pieces are those released, also when reading fails in the end.
pub type Way = fn(&[u8], &Identity<'_>, &mut Vec<Piece>) -> Result<(), Refusal>;

/// Ways at random places: all of them check seal, end and leaf list first.
pub const RANDOM: [(&str, Way); 4] = [
    ("in memory", in_memory),
    ("seekable", seekable),
    ("seekable, backwards", backwards),
    ("leaf by leaf", leaf_by_leaf),
];
/// Ways in one pass.
pub const ONE_PASS: [(&str, Way); 2] = [("stream", stream), ("stream, byte by byte", byte_by_byte)];

/// Why a file is refused.
pub enum Refusal {
    Origin,
    Error(OpenError),
}

impl<E: Into<OpenError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

fn in_memory(file: &[u8], identity: &Identity<'_>, released: &mut Vec<Piece>) -> Result<(), Refusal> {
    let (header, grant) = unlock(file, identity)?;
    let opened = open_in_memory(file, header, grant)?;
    released.push((0, opened.plaintext.to_vec()));
    Ok(())
}

fn seekable(file: &[u8], identity: &Identity<'_>, released: &mut Vec<Piece>) -> Result<(), Refusal> {
    let (header, grant) = unlock(file, identity)?;
    let reader = SeekableReader::open(Cursor::new(file), header, grant)?;
    drain(reader, released)
}

/// Piece by piece from the end, as a viewer might.
fn backwards(file: &[u8], identity: &Identity<'_>, released: &mut Vec<Piece>) -> Result<(), Refusal> {
    const PIECE: u64 = 300_011;
    let (header, grant) = unlock(file, identity)?;
    let mut reader = SeekableReader::open(Cursor::new(file), header, grant)?;
    let length = reader.plaintext_len();
    for number in (0..length.div_ceil(PIECE)).rev() {
        let start = number * PIECE;
        reader.seek(SeekFrom::Start(start))?;
        let mut piece = vec![0; (length - start).min(PIECE) as usize];
        reader.read_exact(&mut piece)?;
        released.push((start, piece));
    }
    Ok(())
}

/// As several threads would: each takes a leaf of its own.
fn leaf_by_leaf(file: &[u8], identity: &Identity<'_>, released: &mut Vec<Piece>) -> Result<(), Refusal> {
    let (header, grant) = unlock(file, identity)?;
    let (_, body) = SeekableReader::open(Cursor::new(file), header, grant)?.into_parts();
    let open = |index: u64| -> Result<Vec<u8>, OpenError> {
        let place = body.leaf_place(index);
        let mut leaf = file[place.start as usize..place.end as usize].to_vec();
        let list = body.leaf_list_place(index).unwrap_or(0..0);
        let (list, _) = file[list.start as usize..list.end as usize].as_chunks::<32>();
        body.open_leaf(&mut body.leaf_opener(), index, &mut leaf, list)?;
        Ok(plaintext_slots(leaf.len())
            .flat_map(|slot| leaf[slot].to_vec())
            .collect())
    };
    let leaves: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..body.leaves())
            .map(|index| scope.spawn(move || open(index)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    let mut position = 0;
    for leaf in leaves {
        let mut leaf = leaf?;
        if position == 0 {
            leaf.drain(..body.inner_length() as usize);
        }
        position += leaf.len() as u64;
        released.push((position - leaf.len() as u64, leaf));
    }
    Ok(())
}

/// A pipe: read once, and nothing counts until `finish`.
fn stream(file: &[u8], identity: &Identity<'_>, released: &mut Vec<Piece>) -> Result<(), Refusal> {
    one_pass(file, identity, released)
}

/// A pipe that gives one byte at a time.
fn byte_by_byte(file: &[u8], identity: &Identity<'_>, released: &mut Vec<Piece>) -> Result<(), Refusal> {
    struct Dripping<'a>(&'a [u8]);
    impl Read for Dripping<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let length = out.len().min(1);
            self.0.read(&mut out[..length])
        }
    }
    one_pass(Dripping(file), identity, released)
}

fn one_pass(mut input: impl Read, identity: &Identity<'_>, released: &mut Vec<Piece>) -> Result<(), Refusal> {
    let (header, grant) = unlock(&mut input, identity)?;
    let mut reader = StreamReader::new(input, header, grant)?;
    drain(&mut reader, released)?;
    reader.finish()?;
    Ok(())
}

fn drain(mut reader: impl Read, released: &mut Vec<Piece>) -> Result<(), Refusal> {
    let mut position = 0;
    let mut buffer = vec![0; 100_003];
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        released.push((position, buffer[..read].to_vec()));
        position += read as u64;
    }
}

/// Steps 1 to 8 of clause 10.
pub fn unlock(file: impl Read, identity: &Identity<'_>) -> Result<(VerifiedHeader, OpenGrant), Refusal> {
    let header = read_header(file)?;
    if header.licence().origin().as_str() != identity.origin {
        return Err(Refusal::Origin);
    }
    let header = header.verify(identity.expected.anchors)?;
    let (licence, certificate) = (identity.use_licence, identity.tenant_certificate);
    let licence = UseLicence::parse_verify(licence, certificate, &header, &identity.expected)?;
    let grant = licence.unseal(&identity.device_key)?;
    Ok((header, grant))
}

/// What the authority says of the publishing licence, with some of the tenant's keys; and of one that it accepts,
/// SHA-256 of the policy.
pub fn authority(
    file: &[u8],
    anchors: &TrustAnchors,
    keys: &[SoftwareUnwrapper],
) -> (&'static str, Option<[u8; 32]>) {
    let header = match read_header(file).and_then(|header| header.verify(anchors)) {
        Ok(header) => header,
        Err(error) => return (verdict(&Refusal::Error(error)), None),
    };
    let licence = header.verified_licence();
    let unwrappers: Vec<&dyn KeyUnwrapper> = keys.iter().map(|key| key as &dyn KeyUnwrapper).collect();
    let read = || {
        licence
            .policy(&licence.unwrap_keys(&unwrappers).ok()?.policy_key)
            .ok()
    };
    match read() {
        Some(policy) => ("accepts", Some(sha256(&[&policy.to_bytes()]))),
        None => ("policy", None),
    }
}

/// A refusal in the words of clause 14.1.
pub fn verdict(refusal: &Refusal) -> &'static str {
    let Refusal::Error(error) = refusal else {
        return "origin";
    };
    let layer = match error {
        OpenError::Prefix(_) => return "prefix",
        OpenError::Licence(_) => return "publishing-licence",
        OpenError::UseLicence(_) => return "use-licence",
        OpenError::Unwrap(_) => return "unwrap",
        OpenError::Unsealed => return "unsealed",
        OpenError::Sealer(_) => return "sealer",
        OpenError::Altered(layer) => layer,
        OpenError::Malformed(malformed) => &malformed.layer,
        _ => return "no verdict",
    };
    match layer {
        Layer::Body => "altered-body",
        Layer::Seal => "altered-seal",
        Layer::InnerHeader => "inner-header",
        _ => "no verdict",
    }
}

/// The exit code of the program: finer than the verdict for the prefix and for times.
pub fn exit_code(refusal: &Refusal) -> u8 {
    match refusal {
        Refusal::Origin => 14,
        Refusal::Error(error) => match error {
            OpenError::Prefix(PrefixError::NotProtected) => 10,
            OpenError::Prefix(PrefixError::UnknownVersion { .. }) => 13,
            OpenError::Unsealed => 11,
            OpenError::UseLicence(UseLicenceError::Expired { .. }) => 22,
            OpenError::UseLicence(_) | OpenError::Unwrap(_) => 30,
            _ => 12,
        },
    }
}
