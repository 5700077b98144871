//! Test vectors: one scenario a file, a text header and the raw bytes of a protected file.
//!
//! The header is lines of `key: value`, ended by an empty line; `testdata/vectors/README.md` lists the keys. A line that
//! is not understood fails loudly, so that a misspelt key cannot make a vector pass.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clausa_core::certificate::TrustAnchors;
use clausa_core::id::{AccountId, DeviceThumbprint};
use clausa_core::keys::{DeviceDecryptionKey, SoftwareUnwrapper, Suite, VerifyingKey};
use clausa_core::rights::Rights;
use clausa_core::time::Timestamp;
use clausa_core::use_licence::Expected;

/// One scenario.
#[derive(Debug)]
pub struct Vector {
    /// The file it was read from.
    pub name: String,
    /// Which mistake of an implementation it would catch.
    pub comment: String,
    /// The requirement it shows, such as `SEC-14`.
    pub requirement: Option<String>,
    /// `opens`, or the layer that refuses.
    pub expect: String,
    /// What a file that opens gives.
    pub opened: Option<OpenedExpectation>,
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
    pub name: String,
    /// Bytes of content.
    pub length: u64,
    /// SHA-256 of the content.
    pub plaintext: [u8; 32],
}

/// Who reads, with what, and when.
#[derive(Debug)]
pub struct VectorReader {
    anchors: TrustAnchors,
    subject: AccountId,
    device: DeviceThumbprint,
    device_key: Vec<u8>,
    nonce: Option<[u8; 16]>,
    minimum_epoch: u64,
    clock_floor: Timestamp,
    now: Timestamp,
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
    /// Reads every vector of a folder, in the order of their names. Dropping a file in adds a test.
    ///
    /// # Panics
    ///
    /// When one cannot be read; the message names it.
    pub fn all(folder: &Path) -> Vec<Self> {
        let entries = std::fs::read_dir(folder).expect("the folder of vectors is there");
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.expect("a readable folder").path())
            .collect();
        paths.sort();
        paths
            .iter()
            .map(|path| {
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default();
                let bytes = std::fs::read(path).expect("a readable vector");
                Self::parse(&name, &bytes).unwrap_or_else(|error| panic!("vector {name}: {error}"))
            })
            .collect()
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// What is wrong with the header, for people.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, String> {
        let end = bytes
            .windows(2)
            .position(|pair| pair == b"\n\n")
            .ok_or("there is no empty line")?;
        let text = std::str::from_utf8(&bytes[..end]).map_err(|_| "the header is not text")?;
        let mut header = Header::parse(text)?;
        let expect = header.take("expect")?;
        let opened = (expect == "opens")
            .then(|| OpenedExpectation::take(&mut header))
            .transpose()?;
        let vector = Self {
            name: name.to_owned(),
            comment: header.take("comment")?,
            requirement: header.find("requirement"),
            expect,
            opened,
            reader: VectorReader::take(&mut header)?,
            file: bytes[end + 2..].to_vec(),
        };
        header.finish()?;
        Ok(vector)
    }
}

impl OpenedExpectation {
    fn take(header: &mut Header<'_>) -> Result<Self, String> {
        Ok(Self {
            rights: header.take_parsed("rights")?,
            name: header.take("name")?,
            length: header.take_parsed("length")?,
            plaintext: exactly(&unhex(&header.take("plaintext")?)?)?,
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
            wrapping_keys.push((suite, unhex(secret)?));
        }
        let nonce = header
            .find("nonce")
            .map(|nonce| exactly(&unhex(&nonce)?))
            .transpose()?;
        Ok(Self {
            anchors: TrustAnchors::new(root),
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

/// The lines that have not been taken yet.
struct Header<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Header<'a> {
    fn parse(text: &'a str) -> Result<Self, String> {
        let split = |line: &'a str| line.split_once(": ").ok_or(format!("no `key: value`: {line}"));
        text.lines().map(split).collect::<Result<_, _>>().map(Self)
    }

    /// The first line with this key.
    fn find(&mut self, key: &str) -> Option<String> {
        let place = self.0.iter().position(|(found, _)| *found == key)?;
        Some(self.0.remove(place).1.to_owned())
    }

    fn take(&mut self, key: &str) -> Result<String, String> {
        self.find(key).ok_or(format!("{key} is missing"))
    }

    fn take_parsed<T: FromStr>(&mut self, key: &str) -> Result<T, String> {
        self.take(key)?
            .parse()
            .map_err(|_| format!("{key} cannot be read"))
    }

    /// Nothing may be left: neither a key that is not known nor a second line of one.
    fn finish(self) -> Result<(), String> {
        match self.0.first() {
            Some((key, _)) => Err(format!("{key} is not known, or comes twice")),
            None => Ok(()),
        }
    }
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], String> {
    bytes.try_into().map_err(|_| format!("{N} bytes were expected"))
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let pair = |at: usize| {
        text.get(at..at + 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    (0..text.len())
        .step_by(2)
        .map(pair)
        .collect::<Option<_>>()
        .ok_or("not hexadecimal".to_owned())
}
