//! One vector as it is written: header, empty line, bytes.

use std::fmt::Write as _;

use clausa_core::hazmat::backends::sha256;
use clausa_core::hazmat::hpke::Kem;
use clausa_core::id::AccountId;
use clausa_core::rights::Rights;
use clausa_core::time::Timestamp;

use crate::assemble::Assembled;
use crate::recipe::{Content, Recipe};

pub struct Vector {
    pub name: String,
    header: String,
    pub file: Vec<u8>,
}

/// What the authority finds wrong as well, because it reads the publishing licence before anything else.
const SHARED: [&str; 4] = ["magic", "version", "prefix", "publishing-licence"];
/// Of these a reader in one pass may have released everything.
const AFTER_THE_BODY: [&str; 3] = ["altered-seal", "sealer", "unsealed"];

impl Recipe {
    /// The vector, and what is not as it says.
    pub fn vector(self) -> (Vector, Vec<String>) {
        let made = self.assemble();
        self.finish(made)
    }

    /// The same of a file that was made otherwise.
    pub fn finish(self, made: Assembled) -> (Vector, Vec<String>) {
        let failures = self.check(&made);
        let policy = self.authority() == "accepts";
        let mut header = self.describe();
        let mut line = |key: &str, value: &str| writeln!(header, "{key}: {value}").expect("text grows");
        line("tenant-certificate", &hex(&made.tenant_certificate));
        line("use-licence", &hex(&made.use_licence));
        if policy {
            line("policy", &hex(&sha256(&[&made.policy])));
        }
        let vector = Vector {
            name: self.name,
            header,
            file: made.file,
        };
        (vector, failures)
    }

    /// How much content a reader in one pass may release.
    pub fn allowed(&self) -> usize {
        let all = self.expect == "opens" || AFTER_THE_BODY.contains(&self.expect);
        self.released.unwrap_or(if all { self.content.length } else { 0 })
    }

    pub fn authority(&self) -> &'static str {
        let shared = SHARED.contains(&self.expect);
        let usual = if shared { self.expect } else { "accepts" };
        verdict_and_exit(self.authority.unwrap_or(usual)).0
    }

    fn describe(&self) -> String {
        let (world, reader) = (&self.world, &self.reader);
        let mut text = String::new();
        let mut line = |key: &str, value: &str| writeln!(text, "{key}: {value}").expect("text grows");
        line("comment", &self.comment);
        line("requirement", &format!("SEC-{}", self.requirement));
        line("clause", self.clause);
        let (expect, exit) = verdict_and_exit(self.expect);
        line("expect", expect);
        line("exit", &exit.to_string());
        if let Some(stream) = self.stream {
            line("stream", stream);
        }
        line("authority", self.authority());
        if reader.nonce.is_some() {
            line("online", "yes");
        }
        line("origin", &reader.origin);
        line("root", &hex(world.key(reader.root).as_bytes()));
        line("now", &time(reader.now));
        line("clock-floor", &time(reader.floor));
        line("minimum-epoch", &reader.minimum_epoch.to_string());
        line(
            "subject",
            &AccountId::from_bytes(world.draw(reader.subject)).to_string(),
        );
        let device = world
            .key(reader.device)
            .thumbprint()
            .expect("a point of the curve");
        line("device", &device.to_string());
        line(
            "device-key",
            &hex(world.hpke(reader.device_key, Kem::P256).expose_bytes()),
        );
        if let Some(nonce) = reader.nonce {
            line("nonce", &hex(&nonce));
        }
        let mut written = Vec::new();
        for wrap in self.wraps.iter().filter(|wrap| wrap.known) {
            if !written.contains(&wrap.key) {
                written.push(wrap.key);
                let secret = match wrap.suite {
                    1 => wrap.key.to_owned(),
                    _ => hex(self.wrapping_secret(wrap).expose_bytes()),
                };
                line("wrapping-key", &format!("{} {secret}", wrap.suite));
            }
        }
        text + &self.describe_content()
    }

    fn describe_content(&self) -> String {
        let mut text = String::new();
        let Content { repeat, length } = &self.content;
        let mut line = |key: &str, value: String| writeln!(text, "{key}: {value}").expect("text grows");
        let digest = |length: usize| hex(&sha256(&[&self.content.first(length)]));
        if self.expect == "opens" {
            let rights = u16::try_from(self.rights).ok().and_then(Rights::from_bits);
            line("rights", rights.expect("rights of the closed set").to_string());
            line("content", hex(repeat));
            line("length", length.to_string());
            line("plaintext", digest(*length));
            for (key, value) in self.told() {
                line(key, value);
            }
            return text;
        }
        let released = self.allowed();
        if released > 0 {
            line("content", hex(repeat));
            line("released-length", released.to_string());
            line("released", digest(released));
        }
        text
    }
}

impl Vector {
    /// The header, an empty line, the file; of a file that shares much with `base`, what it does not share.
    pub fn to_bytes(&self, base: Option<&Self>) -> Vec<u8> {
        let mut header = self.header.clone();
        let mut own = self.file.clone();
        if let Some(base) = base.filter(|base| base.name != self.name) {
            own.clear();
            for part in parts(&self.file, &base.file) {
                match part {
                    Piece::Own(range) => {
                        let from = own.len();
                        own.extend_from_slice(&self.file[range]);
                        writeln!(header, "part: - {from} {}", own.len()).expect("text grows");
                    }
                    Piece::Base(range) => {
                        writeln!(header, "part: {} {} {}", base.name, range.start, range.end)
                            .expect("text grows");
                    }
                }
            }
        }
        [header.as_bytes(), b"\n", &own].concat()
    }
}

/// The verdict of clause 14.1 and the program's exit code for a verdict of the tables, some of which are finer.
pub fn verdict_and_exit(verdict: &'static str) -> (&'static str, u8) {
    match verdict {
        "opens" => (verdict, 0),
        "magic" => ("prefix", 10),
        "version" => ("prefix", 13),
        "origin" => (verdict, 14),
        "unsealed" => (verdict, 11),
        "expired" => ("use-licence", 22),
        "use-licence" | "unwrap" => (verdict, 30),
        _ => (verdict, 12),
    }
}

enum Piece {
    Own(std::ops::Range<usize>),
    Base(std::ops::Range<usize>),
}

/// Shared runs shorter than this are not worth a line.
const WORTH: usize = 256;

/// Finds in `base` what `file` is made of: at the place where the last run ended, or where a segment or the end begins.
fn parts(file: &[u8], base: &[u8]) -> Vec<Piece> {
    let licence = base[12..16].iter().fold(0, |n, byte| n << 8 | usize::from(*byte));
    let body = 16 + licence;
    let mut places = vec![0, body];
    // Behind the length field too: that of one segment is that of another.
    let segments = (body + 74..base.len()).step_by(65_536);
    places.extend(segments.flat_map(|start| [start, start + 4]));
    let run = |at: usize, from: usize| {
        let pairs = file[at..].iter().zip(base.get(from..).unwrap_or_default());
        pairs.take_while(|(a, b)| a == b).count()
    };
    let (mut pieces, mut at, mut own, mut offset) = (Vec::new(), 0, 0, 0_isize);
    while at < file.len() {
        let resumed = usize::try_from(at as isize + offset).ok();
        let best = resumed
            .into_iter()
            .chain(places.iter().copied())
            .map(|from| (run(at, from), from))
            .max_by_key(|(length, from)| (*length, Some(*from) == resumed));
        match best {
            Some((length, from)) if length >= WORTH => {
                if own < at {
                    pieces.push(Piece::Own(own..at));
                }
                pieces.push(Piece::Base(from..from + length));
                offset = from as isize - at as isize;
                at += length;
                own = at;
            }
            _ => at += 1,
        }
    }
    if own < at {
        pieces.push(Piece::Own(own..at));
    }
    pieces
}

pub fn time(seconds: u64) -> String {
    Timestamp::from_seconds(seconds).to_string()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
