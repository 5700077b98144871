//! Sealing and opening leaf by leaf, on storage that fails as storage does.

use std::io::{self, Cursor, ErrorKind, IoSlice, IoSliceMut, Read};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clausa_core::error::Layer;
use clausa_core::hazmat::body::{LEAF_LENGTH, LEAF_PLAINTEXT_LENGTH};
use clausa_core::hazmat::floe::SEGMENT_PLAINTEXT_LENGTH;
use clausa_core::inner::InnerHeader;
use clausa_core::keys::Suite;
use clausa_core::open::{OpenError, SeekableReader, StreamReader, open_in_memory, read_header};
use clausa_core::protect::{FileSealer, ProtectError};
use clausa_core::random::SystemRandom;

use super::*;
use crate::file::{ReadAt, WriteAt, read_full_at, write_all_at};
use crate::progress::ProgressCallback;
use world::{NOW, WORLD};

#[path = "../../../core/tests/format/world.rs"]
#[allow(
    dead_code,
    missing_docs,
    unexpected_cfgs,
    reason = "shared with the tests of the core"
)]
mod world;

const LEAF: usize = LEAF_PLAINTEXT_LENGTH;
const SEVERAL: usize = 4 * LEAF + 70_000;

/// Bytes in memory, as a file.
struct Memory(Mutex<Vec<u8>>);

impl Memory {
    fn of(bytes: &[u8]) -> Self {
        Self(Mutex::new(bytes.to_vec()))
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

impl Memory {
    fn read(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let bytes = self.0.lock().unwrap();
        let rest = bytes.get(offset as usize..).unwrap_or_default();
        let taken = rest.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&rest[..taken]);
        Ok(taken)
    }
}

impl ReadAt for Memory {
    fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64) -> io::Result<usize> {
        let mut read = 0;
        for buffer in buffers {
            read += self.read(buffer, offset + read as u64)?;
        }
        Ok(read)
    }
}

impl WriteAt for Memory {
    fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        let bytes: Vec<u8> = buffers.iter().flat_map(|buffer| buffer.to_vec()).collect();
        let mut all = self.0.lock().unwrap();
        let (start, end) = (offset as usize, offset as usize + bytes.len());
        if all.len() < end {
            all.resize(end, 0);
        }
        all[start..end].copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

/// A file that goes wrong in ways of its own.
struct Trouble<F>(Memory, F);

impl<F: Fn(&Memory, &mut [u8], u64) -> io::Result<usize> + Sync> ReadAt for Trouble<F> {
    fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64) -> io::Result<usize> {
        (self.1)(&self.0, &mut buffers[0], offset)
    }
}

/// A disk that is full from some place on.
struct Full(Memory, u64);

impl WriteAt for Full {
    fn write_at(&self, buffers: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        let room = self.1.saturating_sub(offset).min(buffers[0].len() as u64) as usize;
        if room == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        self.0.write_at(&[IoSlice::new(&buffers[0][..room])], offset)
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|i| ((i * 7) >> 3) as u8).collect()
}

fn workers(number: u8) -> Workers {
    Workers::new(number).unwrap()
}

fn sealer(length: u64) -> FileSealer {
    let inner = InnerHeader::named("plan.txt").unwrap().with_size(length);
    FileSealer::new(WORLD.publish(Suite::P256), &inner, &mut SystemRandom).unwrap()
}

fn inner_length(length: usize) -> usize {
    sealer(length as u64).inner_header().len()
}

fn sealed_to(
    source: &impl ReadAt,
    length: usize,
    target: &impl WriteAt,
    number: u8,
) -> Result<(), Ended<Unsealed>> {
    let progress = ProgressCallback::default();
    let length = length as u64;
    let body = seal(sealer(length), source, length, target, workers(number), &progress)?;
    let end = body
        .sealer
        .finish(body.plaintext_length, &WORLD.janet.signer, NOW)
        .unwrap();
    let mut parts = [&end.seal, end.leaf_list.as_flattened(), &end.tail].map(IoSlice::new);
    let length: usize = parts.iter().map(|part| part.len()).sum();
    write_all_at(target, &mut parts, body.end).unwrap();
    assert_eq!(end.summary.file_length, body.end + length as u64);
    Ok(())
}

fn sealed(content: &[u8], number: u8) -> Vec<u8> {
    let target = Memory::of(b"");
    sealed_to(&Memory::of(content), content.len(), &target, number).unwrap();
    target.into_bytes()
}

fn reader(file: &[u8]) -> SeekableReader<Cursor<&[u8]>> {
    let header = WORLD.header(file).unwrap();
    let grant = WORLD.grant(&header);
    SeekableReader::open(Cursor::new(file), header, grant).unwrap()
}

fn opened_to(
    file: &[u8],
    source: &impl ReadAt,
    target: &impl WriteAt,
    number: u8,
) -> Result<(), Ended<Unopened>> {
    let reader = reader(file);
    let (_, body) = reader.parts();
    open(
        body,
        source,
        target,
        workers(number),
        &ProgressCallback::default(),
    )
}

fn opened(file: &[u8], number: u8) -> Vec<u8> {
    let target = Memory::of(b"");
    opened_to(file, &Memory::of(file), &target, number).unwrap();
    target.into_bytes()
}

/// Clause 8: around every length at which something changes, with one thread and with several, each reader gets back
/// what went in.
#[test]
fn every_reader_accepts_what_any_number_of_threads_has_sealed() {
    let around = |plaintext: usize| {
        let content = plaintext - inner_length(plaintext);
        [content - 1, content, content + 1]
    };
    let two = [(2 << 20) - 1, 2 << 20, (2 << 20) + 1];
    let edges = [
        around(SEGMENT_PLAINTEXT_LENGTH),
        around(LEAF),
        two,
        around(3 * LEAF),
    ]
    .concat();
    let whole = sample(SEVERAL);
    for length in [0, 1, 1_000, SEVERAL].into_iter().chain(edges) {
        let content = &whole[..length];
        for number in 1..=3 {
            let file = sealed(content, number);
            let header = || WORLD.header(&file).unwrap();
            let grant = || WORLD.grant(&header());
            let in_memory = open_in_memory(&file, header(), grant()).unwrap();
            assert!(*in_memory.plaintext == content, "{length} {number}: in memory");
            let mut stream = &file[..];
            read_header(&mut stream).unwrap();
            let mut stream = StreamReader::new(stream, header(), grant()).unwrap();
            let mut streamed = Vec::new();
            stream.read_to_end(&mut streamed).unwrap();
            stream.finish().unwrap();
            assert!(streamed == content, "{length} {number}: as a stream");
            assert!(opened(&file, number) == content, "{length} {number}: by leaves");
        }
    }
}

/// SEC-21, SEC-53: whoever finds it, nothing of the damaged leaf comes out, and that is what is told.
#[test]
fn a_damaged_leaf_ends_the_work_of_all() {
    let content = sample(SEVERAL);
    let good = sealed(&content, 2);
    let start = reader(&good).parts().1.leaf_place(2).start as usize;
    for number in 1..=3 {
        for place in [start, start + 500_000, start + LEAF_LENGTH - 1] {
            let mut bad = good.clone();
            bad[place] ^= 1;
            let target = Memory::of(&vec![0; content.len()]);
            let outcome = opened_to(&good, &Memory::of(&bad), &target, number);
            assert!(
                matches!(
                    outcome,
                    Err(Ended::Failed(Unopened::Core(OpenError::Altered(Layer::Body))))
                ),
                "{number} {place}: {outcome:?}"
            );
            let written = target.into_bytes();
            let leaf = 2 * LEAF..3 * LEAF - 1_000;
            assert!(written[leaf].iter().all(|byte| *byte == 0), "{number} {place}");
        }
    }
}

#[test]
fn short_and_interrupted_reads_change_nothing() {
    let content = sample(SEVERAL);
    let halting = |bytes: &[u8]| {
        let calls = AtomicU64::new(0);
        Trouble(
            Memory::of(bytes),
            move |memory: &Memory, buffer: &mut [u8], offset| {
                let call = calls.fetch_add(1, Ordering::Relaxed);
                if call.is_multiple_of(3) {
                    return Err(ErrorKind::Interrupted.into());
                }
                let most = buffer.len().min(10_000 + call as usize);
                memory.read(&mut buffer[..most], offset)
            },
        )
    };
    for number in [1, 2] {
        let (file, clear) = (Memory::of(b""), Memory::of(b""));
        sealed_to(&halting(&content), content.len(), &file, number).unwrap();
        let file = file.into_bytes();
        opened_to(&file, &halting(&file), &clear, number).unwrap();
        assert!(clear.into_bytes() == content);
    }
}

/// SEC-60
#[test]
fn a_source_that_changes_its_size_is_refused() {
    let content = sample(SEVERAL);
    let changed = |source: &dyn Fn() -> Memory, shrinks_to: Option<usize>, length: usize| {
        for number in 1..=3 {
            let reads = AtomicU64::new(0);
            let source = Trouble(source(), |memory: &Memory, buffer: &mut [u8], offset| {
                if reads.fetch_add(1, Ordering::Relaxed) == 20
                    && let Some(length) = shrinks_to
                {
                    memory.0.lock().unwrap().truncate(length);
                }
                memory.read(buffer, offset)
            });
            let outcome = sealed_to(&source, length, &Memory::of(b""), number);
            assert!(
                matches!(outcome, Err(Ended::Failed(Unsealed::Changed))),
                "{number}: {outcome:?}"
            );
        }
    };
    let source = || Memory::of(&content);
    // Longer or shorter from the beginning, cut while it is read, and gone altogether.
    changed(&source, None, content.len() - 1);
    changed(&source, None, content.len() + 1);
    changed(&source, None, 0);
    changed(&source, Some(SEVERAL - 1), content.len());
    changed(&source, Some(0), content.len());
}

#[test]
fn a_failing_source_is_told_as_such() {
    let content = sample(SEVERAL);
    for number in 1..=3 {
        let source = Trouble(
            Memory::of(&content),
            |memory: &Memory, buffer: &mut [u8], offset| {
                if offset > 2 * LEAF as u64 {
                    return Err(ErrorKind::PermissionDenied.into());
                }
                memory.read(buffer, offset)
            },
        );
        let outcome = sealed_to(&source, content.len(), &Memory::of(b""), number);
        assert!(
            matches!(&outcome, Err(Ended::Failed(Unsealed::Read(error))) if error.kind() == ErrorKind::PermissionDenied),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_full_disk_is_told_as_such() {
    let content = sample(SEVERAL);
    let file = sealed(&content, 1);
    for number in 1..=3 {
        for room in [0, 100, LEAF_LENGTH as u64 * 2 + 5, file.len() as u64 - 20_000] {
            let outcome = sealed_to(
                &Memory::of(&content),
                content.len(),
                &Full(Memory::of(b""), room),
                number,
            );
            assert!(
                matches!(&outcome, Err(Ended::Failed(Unsealed::Write(error))) if error.kind() == ErrorKind::StorageFull),
                "{room}: {outcome:?}"
            );
            let outcome = opened_to(
                &file,
                &Memory::of(&file),
                &Full(Memory::of(b""), room.min(SEVERAL as u64 - 1)),
                number,
            );
            assert!(
                matches!(&outcome, Err(Ended::Failed(Unopened::Write(error))) if error.kind() == ErrorKind::StorageFull),
                "{room}: {outcome:?}"
            );
        }
    }
}

/// SEC-22: the seal was good when it was checked, and then somebody cut the file.
#[test]
fn a_file_cut_while_it_is_opened_is_refused() {
    let file = sealed(&sample(SEVERAL), 1);
    let start = reader(&file).parts().1.leaf_place(3).start as usize;
    for number in 1..=3 {
        let outcome = opened_to(&file, &Memory::of(&file[..start + 9]), &Memory::of(b""), number);
        assert!(
            matches!(outcome, Err(Ended::Failed(Unopened::Core(OpenError::Unsealed)))),
            "{outcome:?}"
        );
    }
}

#[test]
fn both_ways_can_be_interrupted() {
    let content = sample(SEVERAL);
    let file = sealed(&content, 1);
    let stop = ProgressCallback::new(|progress| {
        if progress.done > 2 << 20 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    for number in 1..=3 {
        let length = content.len() as u64;
        let (source, target) = (Memory::of(&content), Memory::of(b""));
        let outcome = seal(sealer(length), &source, length, &target, workers(number), &stop);
        assert!(matches!(outcome, Err(Ended::Interrupted)));
        let (reader, source) = (reader(&file), Memory::of(&file));
        let outcome = open(reader.parts().1, &source, &target, workers(number), &stop);
        assert!(matches!(outcome, Err(Ended::Interrupted)));
    }
}

#[test]
fn what_is_too_long_for_the_format_is_refused_before_it_is_read() {
    let source = Trouble(Memory::of(b""), |_: &Memory, _: &mut [u8], _| {
        Err(ErrorKind::PermissionDenied.into())
    });
    let length = 17 << 40;
    let progress = ProgressCallback::default();
    let outcome = seal(
        sealer(length),
        &source,
        length,
        &Memory::of(b""),
        workers(1),
        &progress,
    );
    assert!(matches!(
        outcome,
        Err(Ended::Failed(Unsealed::Core(ProtectError::TooLong)))
    ));
    assert!(read_full_at(&source, &mut [IoSliceMut::new(&mut [0])], 0).is_err());
}
