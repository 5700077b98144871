//! One vector: what it expects, what the reader has, and the file.

use std::error::Error;
use std::fmt::Write as _;

use clausa_core::certificate::TrustAnchors;
use clausa_core::hazmat::backends::sha256;
use clausa_core::inner::InnerHeader;
use clausa_core::keys::{KeyBlock, Signer as _};
use clausa_core::protect::protect;
use clausa_core::publishing::Published;

use crate::world::World;

pub struct Vector {
    pub name: &'static str,
    pub file: Vec<u8>,
    comment: &'static str,
    requirement: Option<&'static str>,
    expect: &'static str,
    reader: String,
    opened: String,
}

impl Vector {
    /// A good file of this world.
    pub fn of(world: &World, file_name: &str, content: &[u8]) -> Result<Self, Box<dyn Error>> {
        let published = world.publish()?;
        let keys = unwrap(world, &published)?;
        let use_licence = world.issue(published.licence().digest(), &published, &keys)?;
        let inner = InnerHeader::named(file_name)?.with_size(content.len() as u64);
        let file = protect(
            published,
            &inner,
            content,
            &world.publisher,
            world.sealed_at(),
            &mut *world.rng.borrow_mut(),
        )?;
        Self::new(world, file, &use_licence, file_name, content)
    }

    /// A file and the licence for it.
    pub fn new(
        world: &World,
        file: Vec<u8>,
        use_licence: &[u8],
        file_name: &str,
        content: &[u8],
    ) -> Result<Self, Box<dyn Error>> {
        let root = if world.pin_other_root {
            &world.other_root
        } else {
            &world.root
        };
        let mut reader = String::new();
        let mut line = |key: &str, value: &str| writeln!(reader, "{key}: {value}");
        line("root", &hex(root.verifying_key().as_bytes()))?;
        line("now", &world.opened_at.to_string())?;
        line("clock-floor", &world.clock_floor.to_string())?;
        line("minimum-epoch", &world.minimum_epoch.to_string())?;
        line("subject", &world.reader.to_string())?;
        line("device", &world.device.to_string())?;
        line("device-key", &hex(&world.device_key.expose_secret_for_sealing()))?;
        if let Some(nonce) = world.expected_nonce {
            line("nonce", &hex(&nonce))?;
        }
        line("tenant-certificate", &hex(world.licence_certificate.as_bytes()))?;
        line("use-licence", &hex(use_licence))?;
        let suite = world.unwrapper.public().suite().number();
        let secret = hex(&world.unwrapper.expose_secret_for_sealing()?);
        line("wrapping-key", &format!("{suite} {secret}"))?;

        let mut opened = String::new();
        writeln!(opened, "rights: {}", world.rights)?;
        writeln!(opened, "name: {file_name}")?;
        writeln!(opened, "length: {}", content.len())?;
        writeln!(opened, "plaintext: {}", hex(&sha256(&[content])))?;
        Ok(Self {
            name: world.name,
            file,
            comment: "",
            requirement: None,
            expect: "opens",
            reader,
            opened,
        })
    }

    pub fn comment(mut self, comment: &'static str) -> Self {
        self.comment = comment;
        self
    }

    pub fn requirement(mut self, requirement: &'static str) -> Self {
        self.requirement = Some(requirement);
        self
    }

    pub fn expect(mut self, expect: &'static str) -> Self {
        self.expect = expect;
        self
    }

    /// The text header, an empty line, the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("comment: {}\n", self.comment);
        if let Some(requirement) = self.requirement {
            text += &format!("requirement: {requirement}\n");
        }
        text += &format!("expect: {}\n", self.expect);
        text += &self.reader;
        if self.expect == "opens" {
            text += &self.opened;
        }
        [text.as_bytes(), b"\n", &self.file].concat()
    }
}

/// The keys inside a licence, as the authority gets at them.
pub fn unwrap(world: &World, published: &Published) -> Result<KeyBlock, Box<dyn Error>> {
    let licence = published
        .licence()
        .clone()
        .verify(&TrustAnchors::new(world.root.verifying_key()))?;
    Ok(licence.unwrap_keys(&[&world.unwrapper])?)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
