//! A genuine file with everything that is needed to open it, and the judgement of files that were made from it.

use std::fmt::Display;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use clausa_core::inner::InnerHeader;
use clausa_core::keys::{SoftwareSigner, Suite};
use clausa_core::open::{OpenError, OpenGrant, SeekableReader, StreamReader, VerifiedHeader, open_in_memory};
use clausa_core::protect::{FileSealer, ProtectWriter};
use clausa_core::random::SystemRandom;
use clausa_core::use_licence::{UseLicenceDraft, VerifiedUseLicence};

use crate::world::{NOW, Person, WORLD, World, sample};

/// A genuine file.
pub struct Subject {
    pub bytes: Vec<u8>,
    pub plaintext: Vec<u8>,
    pub header: VerifiedHeader,
    licence: VerifiedUseLicence,
    reader: &'static Person,
    /// Where the parts begin: prefix, licence, FLOE header, segments, seal, leaf list, tail; and the end.
    pub parts: [usize; 8],
}

/// Where a damaged file was refused.
pub enum Verdict {
    /// Prefix or publishing licence: no reader of the body can be made.
    Header,
    /// Behind it, after the pipe had let out so many bytes of the true text.
    Body { released: usize },
}

impl Subject {
    /// A file of so many bytes, sealed by its publisher.
    pub fn published(suite: Suite, length: usize) -> Self {
        let plaintext = sample(length);
        Self::of(&WORLD, WORLD.protect(suite, &plaintext), plaintext)
    }

    /// The same licence with another text, sealed by Dover under an edit grant.
    pub fn edited(&self, length: usize) -> Self {
        let grant = WORLD.grant_with(&self.header, "VIEW,EDIT");
        self.revised(&grant, &WORLD.dover.signer, length)
    }

    /// The same licence with another text, sealed by the publisher.
    pub fn republished(&self, length: usize) -> Self {
        let draft = UseLicenceDraft {
            rights: "OWNER".parse().unwrap(),
            ..WORLD.draft(&self.header, &WORLD.janet)
        };
        let licence = WORLD.verified(&draft, &self.header, &WORLD.janet);
        let grant = licence.unseal(&WORLD.janet.decryption).unwrap();
        self.revised(&grant, &WORLD.janet.signer, length)
    }

    fn revised(&self, grant: &OpenGrant, signer: &SoftwareSigner, length: usize) -> Self {
        let plaintext: Vec<u8> = sample(length).iter().map(|byte| byte ^ 0x5a).collect();
        let inner = InnerHeader::named("report.pdf").unwrap();
        let sealer = FileSealer::revise(&self.header, grant, 0, &inner, &mut SystemRandom).unwrap();
        let mut rng = SystemRandom;
        let mut writer = ProtectWriter::with_sealer(sealer, Vec::new(), &mut rng).unwrap();
        writer.write_all(&plaintext).unwrap();
        Self::of(&WORLD, writer.finish(signer, NOW).unwrap().out, plaintext)
    }

    /// Takes a file of some tenant's.
    pub fn of(world: &'static World, bytes: Vec<u8>, plaintext: Vec<u8>) -> Self {
        let header = world.header(&bytes).unwrap();
        let licence = world.verified(&world.draft(&header, &world.dover), &header, &world.dover);
        let (body, tail) = (header.length(), bytes.len() - 16);
        let seal_length = u64::from_be_bytes(bytes[tail..tail + 8].try_into().unwrap()) as usize;
        let seal = tail - seal_length;
        let leaves = (seal - body - 74).div_ceil(1 << 20);
        let list = tail - if leaves > 1 { 32 * leaves } else { 0 };
        let parts = [0, 16, body, body + 74, seal, list, tail, bytes.len()];
        let subject = Self {
            bytes,
            plaintext,
            header,
            licence,
            reader: &world.dover,
            parts,
        };
        assert!(subject.opens(&subject.bytes), "the genuine file opens");
        subject
    }

    pub fn head(&self) -> &[u8] {
        &self.bytes[..self.parts[2]]
    }

    pub fn segments(&self) -> &[u8] {
        &self.bytes[self.parts[3]..self.parts[4]]
    }

    pub fn grant(&self) -> OpenGrant {
        self.licence.clone().unseal(&self.reader.decryption).unwrap()
    }

    /// Whether all three readers give the true text.
    fn opens(&self, file: &[u8]) -> bool {
        let whole = open_in_memory(file, self.header.clone(), self.grant());
        let (streamed, released) = self.stream(file);
        let (seekable, true_bytes) = self.seek(file, &[self]);
        whole.is_ok_and(|whole| *whole.plaintext == self.plaintext)
            && streamed.is_ok()
            && released == self.plaintext
            && seekable
            && true_bytes
    }

    /// Reads as from a pipe, and asks again after an error: what came out in all, and whether it ended well.
    pub fn stream(&self, file: &[u8]) -> (Result<(), OpenError>, Vec<u8>) {
        let mut released = Vec::new();
        let rest = file.get(self.parts[2]..).unwrap_or_default();
        let mut reader = match StreamReader::new(rest, self.header.clone(), self.grant()) {
            Ok(reader) => reader,
            Err(error) => return (Err(error), released),
        };
        let mut piece = [0; 8_191];
        let mut failures = 0;
        loop {
            match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => released.extend_from_slice(&piece[..read]),
                Err(_) if failures < 2 => failures += 1,
                Err(_) => break,
            }
        }
        let finished = reader.finish().map(drop);
        assert!(
            failures == 0 || finished.is_err(),
            "after an error nothing finishes well"
        );
        (finished, released)
    }

    /// Reads at places from the end to the start, going on behind errors, and asking again after each. Whether everything
    /// could be read, and whether all that could was the text of one of the genuine files.
    fn seek(&self, file: &[u8], genuine: &[&Self]) -> (bool, bool) {
        let Ok(mut reader) = SeekableReader::open(Cursor::new(file), self.header.clone(), self.grant())
        else {
            return (false, true);
        };
        let length = reader.plaintext_len() as usize;
        let step = length / 5 + 1;
        let (mut whole, mut truth) = (true, true);
        // The last piece first, which lies in the last leaf alone.
        let last = length - length.min(1_000)..length;
        let pieces = (0..length.max(1))
            .step_by(step)
            .map(|start| start..length.min(start + step));
        for place in pieces.chain([last]).collect::<Vec<_>>().into_iter().rev() {
            let mut piece = vec![0; place.len()];
            for _ in 0..2 {
                reader.seek(SeekFrom::Start(place.start as u64)).unwrap();
                if reader.read_exact(&mut piece).is_ok() {
                    let is_true = |file: &&Self| file.plaintext.get(place.clone()) == Some(&piece[..]);
                    truth &= genuine.iter().any(is_true);
                    break;
                }
                whole = false;
            }
        }
        (whole, truth)
    }

    /// What all readers say of a damaged file that was made from these genuine ones. Panics, naming the case, when one
    /// accepts it or lets out something else than the text of a genuine file.
    ///
    /// A file that begins with a genuine header is read with that header, verified before: reading a header looks at no
    /// byte behind it, so the result would be the same.
    pub fn judge(damaged: &[u8], genuine: &[&Self], case: &dyn Display) -> Verdict {
        assert!(
            genuine.iter().all(|file| file.bytes != damaged),
            "{case}: nothing is damaged"
        );
        let Some(file) = genuine.iter().find(|file| damaged.starts_with(file.head())) else {
            assert!(WORLD.header(damaged).is_err(), "{case}: the header is accepted");
            return Verdict::Header;
        };
        let whole = open_in_memory(damaged, file.header.clone(), file.grant());
        assert!(whole.is_err(), "{case}: accepted in memory");
        let (streamed, released) = file.stream(damaged);
        assert!(streamed.is_err(), "{case}: accepted from a pipe");
        assert!(
            genuine.iter().any(|file| file.plaintext.starts_with(&released)),
            "{case}: a pipe lets out what nobody wrote"
        );
        let (accepted, truth) = file.seek(damaged, genuine);
        assert!(!accepted, "{case}: accepted by the seekable reader");
        assert!(truth, "{case}: the seekable reader lets out what nobody wrote");
        Verdict::Body {
            released: released.len(),
        }
    }
}
