//! A vector before it is put together: everything as it should be, and what is done to it on the way.

use std::collections::BTreeMap;

use crate::cose::Cose;
use crate::floe::{Body, Floe};
use crate::item::Item;
use crate::world::{DAY, NOW, Who, World};

/// A part of a scenario that can be changed while it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Prefix,
    /// The tenant certificate of the key that signs licensor certificates.
    Issuer,
    /// The publisher's licensor certificate.
    Licensor,
    Policy,
    /// The policy's encoding with its padding.
    Padded,
    /// The policy's ciphertext.
    PolicySealed,
    Core,
    Wraps,
    /// The publishing licence: the array of core and wraps, and the signed object.
    Licence,
    Inner,
    /// The plaintext stream: length, inner header, content.
    Stream,
    Seal,
    LeafList,
    Tail,
    /// The tenant certificate of the key that signs edit grants, the grant, and the pair of both.
    EditIssuer,
    EditGrant,
    EditPair,
    /// The tenant certificate of the key that signs use licences.
    LicenceIssuer,
    /// The use licence before the content key is sealed under what it says, and after.
    UseLicenceDraft,
    UseLicence,
    File,
}

/// A change to something of this kind.
pub type Change<T> = Box<dyn Fn(&mut T, &World)>;

/// What is done to a part, and when.
pub enum Hook {
    /// To the structure, before it is encoded.
    Item(Change<Item>),
    /// To its encoding.
    Bytes(Change<Vec<u8>>),
    /// To what is signed and how.
    Cose(Change<Cose>),
    /// To the signed object's bytes.
    Object(Change<Vec<u8>>),
}

/// One wrap of the key block.
#[derive(Clone)]
pub struct Wrap {
    pub suite: u64,
    /// Which key of the tenant's.
    pub key: &'static str,
    /// Whether the authority has that key.
    pub known: bool,
    pub info: &'static [u8],
    /// Changes the key block.
    pub block: Option<fn(&mut Vec<u8>)>,
    /// Changes `bind` where it is the additional data.
    pub aad: Option<fn(&mut [u8; 32])>,
    /// Changes the ciphertext.
    pub ciphertext: Option<fn(&mut Vec<u8>)>,
}

impl Wrap {
    pub fn new(suite: u64, key: &'static str) -> Self {
        Self {
            suite,
            key,
            known: true,
            info: b"clausa/v1/wrap",
            block: None,
            aad: None,
            ciphertext: None,
        }
    }
}

/// Who reads, with what, and when.
pub struct Reader {
    pub origin: String,
    pub root: Who,
    pub now: u64,
    pub floor: u64,
    pub minimum_epoch: u64,
    /// Accounts, devices and device keys by the name they are drawn under.
    pub subject: &'static str,
    pub device: Who,
    pub device_key: &'static str,
    pub nonce: Option<[u8; 16]>,
}

/// Content: some bytes over and over.
#[derive(Clone)]
pub struct Content {
    pub repeat: Vec<u8>,
    pub length: usize,
}

impl Content {
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            repeat: bytes.to_vec(),
            length: bytes.len(),
        }
    }

    pub fn zeros(length: usize) -> Self {
        Self {
            repeat: vec![0],
            length,
        }
    }

    pub fn first(&self, length: usize) -> Vec<u8> {
        self.repeat.iter().copied().cycle().take(length).collect()
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.first(self.length)
    }
}

type BodyHook = Box<dyn Fn(&mut Body, &Floe)>;

pub struct Recipe {
    pub name: String,
    pub expect: &'static str,
    /// What a reader in one pass says, where that differs.
    pub stream: Option<&'static str>,
    /// What the authority says of the publishing licence; `None` for what follows from `expect`.
    pub authority: Option<&'static str>,
    pub requirement: u32,
    pub clause: &'static str,
    pub comment: String,
    pub world: World,
    pub reader: Reader,
    pub wraps: Vec<Wrap>,
    pub content: Content,
    /// How much a reader in one pass may release of a file that is refused; `None` for what follows from `expect`.
    pub released: Option<usize>,
    pub hooks: Vec<(Part, Hook)>,
    pub floe: Option<fn(&mut Floe)>,
    /// Plaintext bytes in each segment; `None` for the division of clause 8.1.
    pub division: Option<Vec<usize>>,
    /// Changes the body before, and after, it is sealed.
    pub before_sealing: Option<BodyHook>,
    pub after_sealing: Option<BodyHook>,
    /// Sealed by the reader, with an edit grant.
    pub edited: bool,
    /// Whether the use licence carries the grant too, as that of an editor does.
    pub grant_in_use_licence: bool,
    pub rights: u64,
    /// The device key to which the content key is sealed, and which content key that is.
    pub sealed_to: &'static str,
    pub sealed_content_key: &'static str,
    /// What is told of a file that opens, where it differs from the usual; an empty text is not told.
    pub facts: BTreeMap<&'static str, String>,
}

impl Recipe {
    /// A good file, opened with a kept licence within its offline window.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            world: World::new(&name),
            name,
            expect: "opens",
            stream: None,
            authority: None,
            requirement: 0,
            clause: "",
            comment: String::new(),
            reader: Reader {
                origin: "https://rights.contoso.example".to_owned(),
                root: Who::Root,
                now: NOW + 60,
                floor: NOW,
                minimum_epoch: 7,
                subject: "reader",
                device: Who::Reader,
                device_key: "device",
                nonce: None,
            },
            wraps: vec![Wrap::new(2, "wrapping")],
            content: Content::of(b"The rent stays as it is.\n"),
            released: None,
            hooks: Vec::new(),
            floe: None,
            division: None,
            before_sealing: None,
            after_sealing: None,
            edited: false,
            grant_in_use_licence: false,
            rights: 1 | 1 << 8,
            sealed_to: "device",
            sealed_content_key: "content key",
            facts: BTreeMap::new(),
        }
    }

    /// Draws everything from another vector's seed.
    pub fn seeded(mut self, seed: &str) -> Self {
        self.world = World::new(seed);
        self
    }

    pub fn says(
        mut self,
        expect: &'static str,
        requirement: u32,
        clause: &'static str,
        comment: impl Into<String>,
    ) -> Self {
        (self.expect, self.requirement, self.clause) = (expect, requirement, clause);
        self.comment = comment.into();
        self
    }

    pub fn change(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Changes a structure before it is encoded.
    pub fn item(&mut self, part: Part, change: impl Fn(&mut Item) + 'static) -> &mut Self {
        self.item_in(part, move |item, _| change(item))
    }

    pub fn item_in(&mut self, part: Part, change: impl Fn(&mut Item, &World) + 'static) -> &mut Self {
        self.hooks.push((part, Hook::Item(Box::new(change))));
        self
    }

    /// Changes an encoding.
    pub fn bytes(&mut self, part: Part, change: impl Fn(&mut Vec<u8>) + 'static) -> &mut Self {
        self.hooks
            .push((part, Hook::Bytes(Box::new(move |encoded, _| change(encoded)))));
        self
    }

    /// Changes how something is signed.
    pub fn cose(&mut self, part: Part, change: impl Fn(&mut Cose, &World) + 'static) -> &mut Self {
        self.hooks.push((part, Hook::Cose(Box::new(change))));
        self
    }

    /// Changes a signed object after it was signed.
    pub fn object(&mut self, part: Part, change: impl Fn(&mut Vec<u8>) + 'static) -> &mut Self {
        self.hooks
            .push((part, Hook::Object(Box::new(move |object, _| change(object)))));
        self
    }

    pub fn before_sealing(&mut self, change: impl Fn(&mut Body, &Floe) + 'static) -> &mut Self {
        self.before_sealing = Some(Box::new(change));
        self
    }

    pub fn after_sealing(&mut self, change: impl Fn(&mut Body, &Floe) + 'static) -> &mut Self {
        self.after_sealing = Some(Box::new(change));
        self
    }

    /// Sealed by the reader, who has EDIT and a grant for a week.
    pub fn edited(&mut self) -> &mut Self {
        self.edited = true;
        self.rights = 1 | 1 << 1;
        self
    }

    /// Tells something of a file that opens.
    pub fn fact(&mut self, key: &'static str, value: impl Into<String>) -> &mut Self {
        self.facts.insert(key, value.into());
        self
    }

    /// What is told of a file that opens, in the order in which it is written.
    pub fn told(&self) -> Vec<(&'static str, String)> {
        let sealer = if self.edited {
            "editor p.dover@fabrikam.example"
        } else {
            "publisher janet@contoso.example"
        };
        let usual = [
            ("name", "letter.md".to_owned()),
            ("media-type", String::new()),
            ("modified", String::new()),
            ("sealed-by", sealer.to_owned()),
            ("sealed-at", crate::vector::time(Self::sealed_at())),
            ("revision", u8::from(self.edited).to_string()),
        ];
        let told = usual
            .into_iter()
            .map(|(key, value)| (key, self.facts.get(key).cloned().unwrap_or(value)));
        told.filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The answer to a request of this moment instead of a kept licence.
    pub fn online(&mut self) -> &mut Self {
        self.reader.nonce = Some(self.world.draw("nonce"));
        self.reader.now = NOW;
        self
    }

    /// When the publisher, or the reader, seals.
    pub fn sealed_at() -> u64 {
        NOW + 1
    }

    pub fn grant_expires() -> u64 {
        NOW + 7 * DAY
    }
}
