//! The body, the seal, the whole file, and damage to its bytes.

use clausa_core::hazmat::body::{LEAF_PLAINTEXT_LENGTH, LeafSealer, LeafTree, leaf_length, plaintext_slots};
use clausa_core::hazmat::floe::FloeHeader;
use clausa_core::hazmat::{backends::sha256, labels};

use crate::licences::Licence;
use crate::maker::{Fault, Made, Maker, Site};
use crate::samples::{FILE_NAMES, MEDIA_TYPES};
use crate::value::Value;

const SEGMENT: usize = 65_536;

/// FLOE header, segments, and the tree over them.
pub struct Body {
    pub header: Vec<u8>,
    pub segments: Vec<u8>,
    pub root: [u8; 32],
    pub leaves: Vec<[u8; 32]>,
}

impl Maker<'_> {
    /// Mostly small, some at the ends of segments, few at the ends of leaves.
    fn plaintext_length(&mut self) -> usize {
        let around = |draw: &mut crate::draw::Draw, place: usize| place - 2 + draw.index(5);
        match self.draw.below(1000) {
            0..=849 => self.draw.index(3_000),
            850..=889 => 0,
            890..=949 => self.draw.index(70_000),
            950..=969 => {
                let segments = 1 + self.draw.index(3);
                around(&mut self.draw, segments * (SEGMENT - 32))
            }
            970..=989 => self.draw.index(400_000),
            990..=994 => around(&mut self.draw, 16 * (SEGMENT - 32)),
            995..=998 => self.draw.index(2_500_000),
            _ => around(&mut self.draw, 32 * (SEGMENT - 32)),
        }
    }

    pub fn content(&mut self) -> Vec<u8> {
        let length = self.plaintext_length();
        self.draw.bytes(length)
    }

    pub fn plaintext(&mut self) -> Vec<u8> {
        let length = self.plaintext_length();
        let mut fields = Vec::new();
        if self.draw.percent(90) {
            fields.push((1, self.sample(&FILE_NAMES, 6)));
        }
        if self.draw.percent(30) {
            fields.push((2, self.sample(&MEDIA_TYPES, 3)));
        }
        if self.draw.percent(30) {
            fields.push((3, Value::Int(self.draw.below(1 << 40))));
        }
        if self.draw.percent(70) {
            fields.push((4, Value::Int(length as u64 + u64::from(self.odd()))));
        }
        let mut inner = self.encode(Site::InnerHeader, Value::map(fields));
        if self.odd() {
            inner.resize(*self.draw.of(&[0, 1, 4_097]), 0);
        }
        let said = if self.odd() {
            self.draw.word() as u32
        } else {
            inner.len() as u32
        };

        [&said.to_be_bytes(), &inner[..], &self.draw.bytes(length)].concat()
    }

    pub fn body(&mut self, licence: &Licence, plaintext: &[u8]) -> Made<Body> {
        let key = labels::derive_body_key(&licence.content_key)?;
        let digest = if self.odd() { [1; 32] } else { licence.digest };
        let sealer = FloeHeader::create(&key, &labels::body_aad(&digest), &mut self.draw)?;
        let mut worker = LeafSealer::new(&sealer);
        let pieces: Vec<_> = plaintext.chunks(LEAF_PLAINTEXT_LENGTH).collect();
        let (mut tree, mut segments, mut leaves) = (LeafTree::new(), Vec::new(), Vec::new());
        for (number, piece) in pieces.iter().enumerate() {
            let mut leaf = vec![0; leaf_length(piece.len())];
            let mut rest = *piece;
            for slot in plaintext_slots(leaf.len()).collect::<Vec<_>>() {
                let (now, later) = rest.split_at(slot.len());
                leaf[slot].copy_from_slice(now);
                rest = later;
            }
            let last = number + 1 == pieces.len();
            let sealed = worker.seal_in_place(number as u64, last, &mut leaf, &mut self.draw)?;
            tree.push(sealed);
            leaves.push(sealed.chaining_value);
            segments.extend(leaf);
        }
        let root = tree.root().ok_or("a body has a segment")?;
        Ok(Body {
            header: sealer.header().as_bytes().to_vec(),
            segments,
            root,
            leaves,
        })
    }

    /// The whole file. `grant` is there when an editor seals it.
    pub fn file(
        &mut self,
        licence: &Licence,
        body: Body,
        sealed: u64,
        grant: Option<Vec<u8>>,
    ) -> Made<Vec<u8>> {
        let world = self.world;
        let signer = if grant.is_some() {
            &world.editor
        } else {
            &world.publisher
        };
        let digest = sha256(&[&licence.head, &body.header]);
        let length = (body.header.len() + body.segments.len()) as u64;
        let mut fields = vec![
            (1, Value::bytes(if self.odd() { [0; 32] } else { digest })),
            (2, Value::bytes(if self.odd() { [0; 32] } else { body.root })),
            (3, Value::Int(length + u64::from(self.odd()))),
            (4, Value::Int(self.draw.below(5))),
            (5, Value::Int(sealed)),
        ];
        fields.extend(grant.map(|grant| (6, Value::Bytes(grant))));
        let object = self.sign(
            (Site::Seal, Site::SealObject),
            "seal",
            Value::map(fields),
            signer,
            false,
        )?;

        let mut leaves = if body.leaves.len() > 1 {
            body.leaves
        } else {
            Vec::new()
        };
        match self.odd().then(|| self.draw.below(4)) {
            Some(0) => leaves.push([7; 32]),
            Some(1) => leaves.reverse(),
            Some(2) => leaves.push(body.root),
            Some(_) => {
                leaves.pop();
            }
            None => {}
        }
        let seal = [object, leaves.concat()].concat();
        let mut said = seal.len() as u64;
        if self.odd() {
            said = *self.draw.of(&[
                0,
                said + 1,
                said - 1,
                u64::MAX,
                said + body.segments.len() as u64,
                said + 33,
            ]);
        }
        let file = [
            &licence.head,
            &body.header,
            &body.segments,
            &seal,
            &said.to_be_bytes()[..],
            b"CLSSEAL1",
        ];
        let mut file = file.concat();
        if self.fault == Fault::Damaged {
            let segments = licence.head.len() + body.header.len();
            let places = [
                16,
                licence.head.len(),
                segments,
                segments + body.segments.len(),
                file.len() - 16,
                file.len(),
            ];
            self.damage(&mut file, &places);
        }
        Ok(file)
    }

    /// `places` are the ends of prefix, licence, FLOE header, segments, seal and tail.
    fn damage(&mut self, file: &mut Vec<u8>, places: &[usize; 6]) {
        let part = self.draw.index(6);
        let begin = if part == 0 { 0 } else { places[part - 1] };
        let place = begin + self.draw.index(places[part] - begin);
        match self.draw.below(11) {
            0..=3 => file[place] ^= 1 << self.draw.below(8),
            4 => file.truncate(place),
            5 => file.insert(place, 0),
            6 => {
                file.remove(place);
            }
            7 => {
                let more = 1 + self.draw.index(40);
                file.extend(self.draw.bytes(more));
            }
            8 => {
                file[12..16].copy_from_slice(&(self.draw.word() as u32 >> self.draw.below(32)).to_be_bytes())
            }
            9 => {
                file.drain(begin..places[part]);
            }
            _ => self.rearrange(file, places[2], places[3]),
        }
    }

    /// Segments in another order, one twice, or one less.
    fn rearrange(&mut self, file: &mut Vec<u8>, begin: usize, end: usize) {
        let whole = (end - begin) / SEGMENT;
        let number = self.draw.index(whole.max(1));
        let (from, to) = (begin + number * SEGMENT, end.min(begin + (number + 1) * SEGMENT));
        let piece = file[from..to].to_vec();
        match self.draw.below(3) {
            0 => {
                file.splice(from..from, piece);
            }
            1 => {
                file.drain(from..to);
            }
            _ => {
                file.drain(from..to);
                file.splice(begin..begin, piece);
            }
        }
    }
}
