//! What a reader with a program of his own can do: get the content key out of his use licence, encrypt segments with it
//! (clause 8.1, written out here), and put together files and seals.

use clausa_core::certificate::Purpose;
use clausa_core::hazmat::backends::{portable, sha256};
use clausa_core::hazmat::body::{LeafTree, digest_leaf};
use clausa_core::hazmat::hpke::{self, HpkePrivateKey, Kem};
use clausa_core::hazmat::labels;
use clausa_core::id::KeyId;
use clausa_core::keys::{ContentKey, KeyBlock, SoftwareSigner, Suite};
use clausa_core::open::{OpenGrant, VerifiedHeader};
use clausa_core::publishing::PublishingLicence;
use clausa_core::random::SystemRandom;
use clausa_core::use_licence::UseLicence;
use minicbor::Decoder;
use minicbor::bytes::ByteVec;

use crate::cose::{payload, sign};
use crate::world::{NOW, WORLD};

const SEGMENT_PLAINTEXT: usize = 65_504;

/// The payload of a seal (clause 8.3).
#[derive(Clone, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Seal {
    #[n(1)]
    pub header_digest: ByteVec,
    #[n(2)]
    pub root: ByteVec,
    #[n(3)]
    pub body_length: u64,
    #[n(4)]
    pub revision: u64,
    #[n(5)]
    pub sealed_at: u64,
    #[n(6)]
    pub edit_grant: Option<ByteVec>,
}

/// The content key of a file, as Dover's program gets it out of his use licence (clause 9.4).
pub fn content_key_of_a_reader(header: &VerifiedHeader) -> [u8; 32] {
    let dover = &WORLD.dover;
    let payload = payload(&WORLD.issue(&WORLD.draft(header, dover), header, dover));
    // The additional data is the digest of the map without it.
    let (sealed, place) = sealed_key(&payload);
    let mut rest = [&payload[..place.start], &payload[place.end..]].concat();
    rest[0] -= 1;
    let scalar = dover.decryption.expose_secret_for_sealing();
    let key = HpkePrivateKey::from_bytes(Kem::P256, scalar.as_slice().try_into().unwrap()).unwrap();
    let opened = hpke::open(&key, labels::USE_LICENCE_SEAL, &sha256(&[&rest]), &sealed).unwrap();
    opened.as_slice().try_into().unwrap()
}

/// The sealed content key of a use licence's payload, its key 14, and where that stands.
pub fn sealed_key(payload: &[u8]) -> (Vec<u8>, std::ops::Range<usize>) {
    let mut decoder = Decoder::new(payload);
    let entries = decoder.map().unwrap().unwrap();
    let (mut sealed, mut place) = (Vec::new(), 0..0);
    for _ in 0..entries {
        let start = decoder.position();
        if decoder.u8().unwrap() == 14 {
            sealed = decoder.bytes().unwrap().to_vec();
            place = start..decoder.position();
        } else {
            decoder.skip().unwrap();
        }
    }
    (sealed, place)
}

/// The key block of a licence of suite 2, as the authority has it: version, content key, policy key, `bind`.
pub fn key_block(licence: &PublishingLicence) -> Vec<u8> {
    let [core, wraps]: [ByteVec; 2] = minicbor::decode(&payload(licence.bytes())).unwrap();
    let [(_, _, sealed)]: [(KeyId, u16, ByteVec); 1] = minicbor::decode(&wraps).unwrap();
    let secret = WORLD
        .tenant
        .unwrapper(Suite::P256)
        .expose_secret_for_sealing()
        .unwrap();
    let key = HpkePrivateKey::from_bytes(Kem::P256, secret.as_slice().try_into().unwrap()).unwrap();
    hpke::open(&key, labels::WRAP, &labels::derive_bind(&core), &sealed)
        .unwrap()
        .to_vec()
}

/// The bytes as a content key: there is no other way to bring one in than as a key block (SEC-31).
pub fn as_content_key(key: &[u8; 32]) -> ContentKey {
    let block = [&[1][..], key, &[0; 32], &[0; 32]].concat();
    KeyBlock::parse(&block, &[0; 32]).unwrap().content_key
}

/// A grant with a content key of somebody's choice, signed by the tenant.
pub fn grant_with_key(header: &VerifiedHeader, key: &[u8; 32]) -> OpenGrant {
    let dover = &WORLD.dover;
    let (signer, certificate) = (
        WORLD.tenant.signer(Purpose::Licence),
        WORLD.tenant.certificate(Purpose::Licence),
    );
    let bytes = WORLD
        .draft(header, dover)
        .issue(
            &as_content_key(key),
            &dover.decryption.public(),
            signer,
            &mut SystemRandom,
        )
        .unwrap();
    UseLicence::parse_verify(&bytes, certificate.as_bytes(), header, &WORLD.expected(dover))
        .unwrap()
        .unseal(&dover.decryption)
        .unwrap()
}

/// A FLOE message whose key somebody has.
pub struct Message {
    iv: [u8; 32],
    aad: Vec<u8>,
    key: [u8; 32],
}

impl Message {
    /// The body of a licence under a content key, with this IV.
    pub fn new(header: &VerifiedHeader, content_key: &[u8; 32], iv: [u8; 32]) -> Self {
        let mut key = [0; 32];
        portable::hkdf_expand_sha384(content_key, &[b"clausa/v1/body-key"], &mut key).unwrap();
        let aad = [b"clausa/v1/body".as_slice(), header.digest().as_bytes()].concat();
        Self { iv, aad, key }
    }

    /// The body of a genuine file.
    pub fn of(file: &[u8], header: &VerifiedHeader, content_key: &[u8; 32]) -> Self {
        let start = header.length() + 10;
        let message = Self::new(header, content_key, file[start..start + 32].try_into().unwrap());
        assert_eq!(message.header(), file[header.length()..header.length() + 74]);
        message
    }

    fn derive(&self, key: &[u8], purpose: &[&[u8]], out: &mut [u8]) {
        let parameters = [0, 0, 0, 1, 0, 0, 0, 0, 0, 32];
        let info = [&[&parameters[..], &self.iv], purpose, &[&self.aad]].concat();
        portable::hkdf_expand_sha384(key, &info, out).unwrap();
    }

    pub fn header(&self) -> [u8; 74] {
        let mut header = [0; 74];
        header[..10].copy_from_slice(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 32]);
        header[10..42].copy_from_slice(&self.iv);
        let mut tag = [0; 32];
        self.derive(&self.key, &[b"HEADER_TAG:"], &mut tag);
        header[42..].copy_from_slice(&tag);
        header
    }

    /// The key of the 2^20 segments that begin at `first`.
    fn key_at(&self, first: u64) -> [u8; 32] {
        let (mut message_key, mut key) = ([0; 48], [0; 32]);
        self.derive(&self.key, &[b"MESSAGE_KEY:"], &mut message_key);
        self.derive(&message_key, &[b"DEK:", &first.to_be_bytes()], &mut key);
        key
    }

    /// The key of the first segments.
    pub fn segment_key(&self) -> [u8; 32] {
        self.key_at(0)
    }

    /// All segments of a plaintext stream.
    pub fn seal(&self, stream: &[u8]) -> Vec<u8> {
        self.seal_from(0, true, stream)
    }

    /// The segments of one leaf.
    pub fn seal_leaf(&self, index: u64, is_last: bool, text: &[u8]) -> Vec<u8> {
        self.seal_from(16 * index as usize, is_last, text)
    }

    fn seal_from(&self, first: usize, is_last: bool, stream: &[u8]) -> Vec<u8> {
        let key = portable::AeadKey::new(&self.key_at(first as u64 >> 20 << 20)).unwrap();
        let last = first + stream.len().div_ceil(SEGMENT_PLAINTEXT) - 1;
        let segments = stream
            .chunks(SEGMENT_PLAINTEXT)
            .enumerate()
            .flat_map(|(number, part)| {
                let (number, mut part) = (first + number, part.to_vec());
                let is_last = is_last && number == last;
                let nonce = std::array::from_fn(|i| (number + i) as u8);
                let tag = key
                    .seal_in_place(&nonce, &position(number, is_last), &mut part)
                    .unwrap();
                let field = if is_last { part.len() as u32 + 32 } else { u32::MAX };
                [&field.to_be_bytes()[..], &nonce, &part, &tag].concat()
            });
        segments.collect()
    }
}

/// The additional data of a segment.
pub fn position(number: usize, is_last: bool) -> [u8; 9] {
    let mut aad = [u8::from(is_last); 9];
    aad[..8].copy_from_slice(&(number as u64).to_be_bytes());
    aad
}

/// Inner header and content.
pub fn stream(content: &[u8]) -> Vec<u8> {
    // {1: "a"}
    [&[0, 0, 0, 4, 0xa1, 1, 0x61, b'a'][..], content].concat()
}

/// Root and leaf list of segments (clauses 8.4 and 8.5).
pub fn tree(segments: &[u8]) -> ([u8; 32], Vec<u8>) {
    let mut tree = LeafTree::new();
    let mut list = Vec::new();
    for (index, leaf) in segments.chunks(1 << 20).enumerate() {
        let digest = digest_leaf(index as u64, leaf);
        list.extend_from_slice(&digest.chaining_value);
        tree.push(digest);
    }
    list.truncate(if tree.count() == 1 { 0 } else { list.len() });
    (tree.root().unwrap(), list)
}

/// The parts of a genuine file: up to the FLOE header, FLOE header, segments, signed object of the seal.
pub fn parts<'a>(file: &'a [u8], header: &VerifiedHeader) -> [&'a [u8]; 4] {
    let (start, tail) = (header.length(), file.len() - 16);
    let length = u64::from_be_bytes(file[tail..tail + 8].try_into().unwrap()) as usize;
    let seal = tail - length;
    let leaves = (seal - start - 74).div_ceil(1 << 20);
    let list = if leaves > 1 { 32 * leaves } else { 0 };
    [
        &file[..start],
        &file[start..start + 74],
        &file[start + 74..seal],
        &file[seal..tail - list],
    ]
}

/// A file out of a head, FLOE header and segments, with this signed object and everything that is not signed made to
/// fit.
pub fn assemble(head: &[u8], floe_header: &[u8], segments: &[u8], object: &[u8]) -> Vec<u8> {
    let list = tree(segments).1;
    let length = ((object.len() + list.len()) as u64).to_be_bytes();
    [head, floe_header, segments, object, &list, &length, b"CLSSEAL1"].concat()
}

/// The signed object of a seal that says the truth about these parts, without an edit grant.
pub fn seal_over(head: &[u8], floe_header: &[u8], segments: &[u8], signer: &SoftwareSigner) -> Vec<u8> {
    let seal = Seal {
        header_digest: sha256(&[head, floe_header]).to_vec().into(),
        root: tree(segments).0.to_vec().into(),
        body_length: (floe_header.len() + segments.len()) as u64,
        revision: 0,
        sealed_at: NOW.seconds(),
        edit_grant: None,
    };
    sign(&minicbor::to_vec(&seal).unwrap(), labels::SEAL, signer, false)
}
