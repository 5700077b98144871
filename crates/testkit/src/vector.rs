//! Test vectors: one scenario a file, a text header and the raw bytes of a protected file.
//!
//! The header is lines of `key: value`, ended by an empty line; `testdata/vectors/README.md` lists the keys. A line that
//! is not understood fails loudly, so that a misspelt key cannot make a vector pass.

use std::path::{Path, PathBuf};

use clausa_core::certificate::TrustAnchors;
use clausa_core::id::{AccountId, DeviceThumbprint};
use clausa_core::keys::{DeviceDecryptionKey, SoftwareUnwrapper, Suite, VerifyingKey};
use clausa_core::origin::Origin;
use clausa_core::rights::Rights;
use clausa_core::time::Timestamp;
use clausa_core::use_licence::Expected;

mod content;
mod header;

pub use content::VectorContent;
use header::{Header, exactly, unhex};

/// One scenario.
#[derive(Debug)]
pub struct Vector {
    /// Folder and file name, such as `prefix/major_2`.
    pub name: String,
    /// Which mistake of an implementation it would catch.
    pub comment: String,
    /// The requirement it shows, such as `SEC-14`.
    pub requirement: String,
    /// The clause of the specification.
    pub clause: String,
    /// `opens`, or the verdict.
    pub expect: String,
    /// The exit code of `clausa open`.
    pub exit: u8,
    /// What a reader in one pass says.
    pub stream: String,
    /// What the authority says of the publishing licence: `accepts`, or the verdict.
    pub authority: String,
    /// SHA-256 of the policy's encoding, where the authority accepts.
    pub policy: Option<[u8; 32]>,
    /// What a file that opens gives.
    pub opened: Option<OpenedExpectation>,
    /// The content, and how much of it may come out.
    pub content: VectorContent,
    /// The reader.
    pub reader: VectorReader,
    /// The protected file.
    pub file: Vec<u8>,
}

/// What a file that opens gives.
#[derive(Debug)]
pub struct OpenedExpectation {
    /// The reader's rights.
    pub rights: Rights,
    /// The name inside.
    pub name: Option<String>,
    /// The media type inside.
    pub media_type: Option<String>,
    /// The time of the last change inside.
    pub modified: Option<Timestamp>,
    /// `publisher` or `editor`, and the address.
    pub sealed_by: String,
    /// When.
    pub sealed_at: Timestamp,
    /// How many changes were saved.
    pub revision: u64,
}

/// Who reads, with what, and when.
#[derive(Debug)]
pub struct VectorReader {
    anchors: TrustAnchors,
    /// The origin that the root is pinned for.
    pub origin: Origin,
    /// The account.
    pub subject: AccountId,
    /// The device.
    pub device: DeviceThumbprint,
    /// Its private decryption key.
    pub device_key: Vec<u8>,
    /// The nonce of a request of this moment; `None` for a kept licence.
    pub nonce: Option<[u8; 16]>,
    /// The highest epoch seen.
    pub minimum_epoch: u64,
    /// The latest time that the device knows of.
    pub clock_floor: Timestamp,
    /// The device's clock.
    pub now: Timestamp,
    /// The tenant's certificate for the key that signed the use licence.
    pub tenant_certificate: Vec<u8>,
    /// The use licence.
    pub use_licence: Vec<u8>,
    /// The tenant's wrapping keys: suite and secret.
    wrapping_keys: Vec<(Suite, Vec<u8>)>,
}

impl VectorReader {
    /// The pinned root.
    pub fn anchors(&self) -> &TrustAnchors {
        &self.anchors
    }

    /// What the reader expects of the use licence.
    pub fn expected(&self) -> Expected<'_> {
        Expected {
            anchors: &self.anchors,
            device: self.device,
            subject: self.subject,
            nonce: self.nonce,
            minimum_epoch: self.minimum_epoch,
            clock_floor: self.clock_floor,
            now: self.now,
        }
    }

    /// The device's decryption key.
    pub fn device_key(&self) -> DeviceDecryptionKey {
        DeviceDecryptionKey::from_secret_bytes(&self.device_key).expect("a valid device key")
    }

    /// The tenant's wrapping keys, as the authority has them.
    pub fn unwrappers(&self) -> Vec<SoftwareUnwrapper> {
        let unwrapper = |(suite, secret): &(Suite, Vec<u8>)| {
            SoftwareUnwrapper::from_secret_bytes(*suite, secret).expect("a valid wrapping key")
        };
        self.wrapping_keys.iter().map(unwrapper).collect()
    }
}

impl Vector {
    /// Reads every vector below a folder, in the order of their names. Dropping a file in adds a test.
    ///
    /// # Panics
    ///
    /// When one cannot be read; the message names it.
    pub fn all(folder: &Path) -> Vec<Self> {
        let read = |name: &str| std::fs::read(folder.join(name)).expect("a readable vector");
        let other = |name: &str| Some(split(&read(name)).ok()?.1.to_vec());
        let parse = |name: String| {
            Self::parse_with(&name, &read(&name), &other)
                .unwrap_or_else(|error| panic!("vector {name}: {error}"))
        };
        names(folder).into_iter().map(parse).collect()
    }

    /// Reads one that shares nothing with another.
    ///
    /// # Errors
    ///
    /// What is wrong with the header, for people.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, String> {
        Self::parse_with(name, bytes, &|_| None)
    }

    fn parse_with(name: &str, bytes: &[u8], other: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Self, String> {
        let (text, own) = split(bytes)?;
        let mut header = Header::parse(text)?;
        let expect = header.take("expect")?;
        let opens = expect == "opens";
        let authority = header.take("authority")?;
        let policy = (authority == "accepts")
            .then(|| header.take_digest("policy"))
            .transpose()?;
        let reader = VectorReader::take(&mut header)?;
        let vector = Self {
            name: name.to_owned(),
            comment: header.take("comment")?,
            requirement: header.take("requirement")?,
            clause: header.take("clause")?,
            exit: header.take_parsed("exit")?,
            stream: header.find("stream").unwrap_or_else(|| expect.clone()),
            authority,
            policy,
            content: VectorContent::take(&mut header, opens)?,
            opened: opens.then(|| OpenedExpectation::take(&mut header)).transpose()?,
            expect,
            reader,
            file: content::assemble(&mut header, own, other)?,
        };
        header.finish()?;
        Ok(vector)
    }
}

/// The header's text and the bytes behind the empty line.
fn split(bytes: &[u8]) -> Result<(&str, &[u8]), String> {
    let end = bytes
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .ok_or("there is no empty line")?;
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| "the header is not text")?;
    Ok((text, &bytes[end + 2..]))
}

/// `folder/name` of every file in the folders of `root`.
fn names(root: &Path) -> Vec<String> {
    let list = |folder: &Path| -> Vec<(String, PathBuf)> {
        let entries = std::fs::read_dir(folder).expect("the folder of vectors is there");
        let paths = entries.map(|entry| entry.expect("a readable folder").path());
        let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
        paths
            .map(|path| (name(&path).unwrap_or_default(), path))
            .collect()
    };
    let folders = list(root).into_iter().filter(|(_, path)| path.is_dir());
    let mut names: Vec<_> = folders
        .flat_map(|(folder, path)| {
            list(&path)
                .into_iter()
                .map(move |(name, _)| format!("{folder}/{name}"))
        })
        .collect();
    names.sort();
    names
}

impl OpenedExpectation {
    fn take(header: &mut Header<'_>) -> Result<Self, String> {
        Ok(Self {
            rights: header.take_parsed("rights")?,
            name: header.find("name"),
            media_type: header.find("media-type"),
            modified: header.find_parsed("modified")?,
            sealed_by: header.take("sealed-by")?,
            sealed_at: header.take_parsed("sealed-at")?,
            revision: header.take_parsed("revision")?,
        })
    }
}

impl VectorReader {
    fn take(header: &mut Header<'_>) -> Result<Self, String> {
        let root = VerifyingKey::from_bytes(&unhex(&header.take("root")?)?).map_err(|_| "root: no key")?;
        let mut wrapping_keys = Vec::new();
        while let Some(value) = header.find("wrapping-key") {
            let (suite, secret) = value.split_once(' ').ok_or("wrapping-key: suite and secret")?;
            let number: u16 = suite.parse().map_err(|_| "wrapping-key: no suite")?;
            let suite = Suite::try_from(number).map_err(|_| "wrapping-key: unknown suite")?;
            wrapping_keys.push((suite, wrapping_secret(suite, secret)?));
        }
        let nonce = header
            .find("nonce")
            .map(|nonce| exactly(&unhex(&nonce)?))
            .transpose()?;
        if header.find("online").as_deref() != nonce.map(|_| "yes") {
            return Err("online and nonce go together".to_owned());
        }
        Ok(Self {
            anchors: TrustAnchors::new(root),
            origin: header.take_parsed("origin")?,
            subject: header.take_parsed("subject")?,
            device: header.take_parsed("device")?,
            device_key: unhex(&header.take("device-key")?)?,
            nonce,
            minimum_epoch: header.take_parsed("minimum-epoch")?,
            clock_floor: header.take_parsed("clock-floor")?,
            now: header.take_parsed("now")?,
            tenant_certificate: unhex(&header.take("tenant-certificate")?)?,
            use_licence: unhex(&header.take("use-licence")?)?,
            wrapping_keys,
        })
    }
}

/// Those of suite 1 are files, because they are long.
fn wrapping_secret(suite: Suite, secret: &str) -> Result<Vec<u8>, String> {
    if suite == Suite::RsaOaep {
        let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/keys");
        return std::fs::read(keys.join(secret)).map_err(|_| format!("there is no key {secret}"));
    }
    unhex(secret)
}
