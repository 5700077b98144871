//! What each fuzz target does with its input. `crates/core/tests/corpus.rs` includes this file too and replays the
//! corpora, so an input that once failed is tested for good.
//!
//! The rule for all: no panic, and what is accepted is its own encoding. Each says whether it accepted its input.

use std::io::{Cursor, Read};
use std::sync::LazyLock;

use clausa_core::certificate::{
    LicensorChain, SignedEditGrant, SignedLicensorCertificate, SignedTenantCertificate, SignedTenantKeySet,
    TrustAnchors,
};
use clausa_core::keys::{DeviceDecryptionKey, VerifyingKey};
use clausa_core::open::{OpenGrant, SeekableReader, StreamReader, VerifiedHeader, read_header};
use clausa_core::policy::{Policy, TemplateVersion};
use clausa_core::prefix::{PREFIX_LENGTH, Prefix};
use clausa_core::publishing::PublishingLicence;
use clausa_core::time::Timestamp;
use clausa_core::use_licence::{Expected, UseLicence, VerifiedUseLicence};

pub fn prefix(bytes: &[u8]) -> bool {
    let _ = read_header(bytes);
    let Some(Ok(prefix)) = bytes.first_chunk::<PREFIX_LENGTH>().map(Prefix::parse) else {
        return false;
    };
    assert_eq!(prefix.to_bytes()[..], bytes[..PREFIX_LENGTH]);
    true
}

pub fn publishing_licence(bytes: &[u8]) -> bool {
    let Ok(licence) = PublishingLicence::parse(bytes) else {
        return false;
    };
    assert_eq!(licence.bytes(), bytes);
    assert_eq!(PublishingLicence::parse(licence.bytes()).as_ref(), Ok(&licence));
    assert!(
        licence
            .chain()
            .to_bytes()
            .iter()
            .all(|certificate| contains(bytes, certificate))
    );
    assert!(contains(bytes, licence.content_id().as_bytes()));
    // Only the one licence of the scenario is signed by somebody under its root.
    let is_genuine = bytes == SCENARIO.header.licence().bytes();
    assert_eq!(licence.verify(&SCENARIO.anchors).is_ok(), is_genuine);
    true
}

pub fn policy(bytes: &[u8]) -> bool {
    let policy = Policy::parse(bytes).map(|policy| assert_eq!(policy.to_bytes(), bytes));
    let template = TemplateVersion::parse(bytes).map(|template| assert_eq!(template.to_bytes(), bytes));
    policy.is_ok() || template.is_ok()
}

pub fn use_licence(bytes: &[u8]) -> bool {
    let is_genuine = bytes == SCENARIO.use_licence;
    assert_eq!(
        SCENARIO.verify(bytes).is_some(),
        is_genuine,
        "only the tenant's key signs use licences"
    );
    is_genuine
}

pub fn certificate(bytes: &[u8]) -> bool {
    let encoded = [
        SignedTenantCertificate::parse(bytes).map(|object| minicbor::to_vec(object.claims())),
        SignedLicensorCertificate::parse(bytes).map(|object| minicbor::to_vec(object.claims())),
        SignedTenantKeySet::parse(bytes).map(|object| minicbor::to_vec(object.claims())),
        SignedEditGrant::parse(bytes).map(|object| minicbor::to_vec(object.claims())),
    ];
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let _ = LicensorChain::parse(&[first, second]);
    let accepted: Vec<_> = encoded.into_iter().flatten().collect();
    assert!(
        accepted
            .iter()
            .all(|claims| contains(bytes, claims.as_ref().unwrap()))
    );
    !accepted.is_empty()
}

/// The input stands behind a genuine header: it is body, seal and tail.
pub fn open(bytes: &[u8]) -> bool {
    let header = &SCENARIO.header;
    let file = [&SCENARIO.file[..header.length()], bytes].concat();
    let is_genuine = file == SCENARIO.file;
    let mut content = Vec::new();
    let seekable = SeekableReader::open(Cursor::new(&file), header.clone(), SCENARIO.grant())
        .is_ok_and(|mut reader| reader.read_to_end(&mut content).is_ok());
    let mut streamed = Vec::new();
    let stream = StreamReader::new(bytes, header.clone(), SCENARIO.grant())
        .is_ok_and(|mut reader| reader.read_to_end(&mut streamed).is_ok() && reader.finish().is_ok());
    assert_eq!(
        (seekable, stream),
        (is_genuine, is_genuine),
        "only the publisher's own bytes open"
    );
    if is_genuine {
        assert_eq!(content, streamed);
    }
    is_genuine
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A file, its reader and its use licence, out of a test vector.
struct Scenario {
    anchors: TrustAnchors,
    header: VerifiedHeader,
    file: Vec<u8>,
    use_licence: Vec<u8>,
    certificate: Vec<u8>,
    fields: Vec<(String, String)>,
}

static SCENARIO: LazyLock<Scenario> = LazyLock::new(|| {
    let vector = include_bytes!("../testdata/vectors/container/opens_suite_2");
    let end = vector.windows(2).position(|window| window == b"\n\n").unwrap();
    let text = std::str::from_utf8(&vector[..end]).unwrap();
    let fields: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let file = vector[end + 2..].to_vec();
    let root = VerifyingKey::from_bytes(&hex(field(&fields, "root"))).unwrap();
    let anchors = TrustAnchors::new(root);
    let header = read_header(&file[..]).unwrap().verify(&anchors).unwrap();
    let use_licence = hex(field(&fields, "use-licence"));
    let certificate = hex(field(&fields, "tenant-certificate"));
    Scenario {
        anchors,
        header,
        file,
        use_licence,
        certificate,
        fields,
    }
});

impl Scenario {
    fn verify(&self, use_licence: &[u8]) -> Option<VerifiedUseLicence> {
        let time = |key| field(&self.fields, key).parse::<Timestamp>().unwrap();
        let expected = Expected {
            anchors: &self.anchors,
            device: field(&self.fields, "device").parse().unwrap(),
            subject: field(&self.fields, "subject").parse().unwrap(),
            nonce: Some(hex(field(&self.fields, "nonce")).try_into().unwrap()),
            minimum_epoch: field(&self.fields, "minimum-epoch").parse().unwrap(),
            clock_floor: time("clock-floor"),
            now: time("now"),
        };
        UseLicence::parse_verify(use_licence, &self.certificate, &self.header, &expected).ok()
    }

    fn grant(&self) -> OpenGrant {
        let device = DeviceDecryptionKey::from_secret_bytes(&hex(field(&self.fields, "device-key"))).unwrap();
        self.verify(&self.use_licence).unwrap().unseal(&device).unwrap()
    }
}

fn field<'a>(fields: &'a [(String, String)], key: &str) -> &'a str {
    fields
        .iter()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value.as_str())
        .unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
        .collect()
}
