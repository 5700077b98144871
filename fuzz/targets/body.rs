//! Bodies: whole files, and FLOE messages taken apart and put together anew.

use std::io::{Cursor, Read};
use std::sync::LazyLock;

use clausa_core::hazmat::floe::{
    FloeHeader, FloeKey, HEADER_LENGTH, Position, SEGMENT_LENGTH, SEGMENT_PAYLOAD_OFFSET, SecretBytes,
};
use clausa_core::open::{SeekableReader, StreamReader, read_header};

use super::keys::{CONTENT, Counter};
use super::scenario::SCENARIO;

/// The input is body, seal and tail behind a genuine header; and it is a whole file.
pub fn open(bytes: &[u8]) -> bool {
    let header = &SCENARIO.header;
    whole(bytes);
    let file = [&SCENARIO.file[..header.length()], bytes].concat();
    whole(&file)
}

/// Reads a file in every way; all must come to the same verdict, and only the publisher's own bytes open.
fn whole(file: &[u8]) -> bool {
    let is_genuine = file == SCENARIO.file;
    let mut input = file;
    let header = read_header(&mut input).and_then(|header| header.verify(&SCENARIO.anchors));
    let Ok(header) = header else {
        assert!(!is_genuine);
        return false;
    };
    assert_eq!(header.digest(), SCENARIO.header.digest(), "one licence is signed");
    let mut content = Vec::new();
    let seekable = SeekableReader::open(Cursor::new(file), header.clone(), SCENARIO.grant())
        .is_ok_and(|mut reader| reader.read_to_end(&mut content).is_ok());
    let mut streamed = Vec::new();
    let stream = StreamReader::new(input, header, SCENARIO.grant())
        .is_ok_and(|mut reader| reader.read_to_end(&mut streamed).is_ok() && reader.finish().is_ok());
    assert_eq!(
        (seekable, stream),
        (is_genuine, is_genuine),
        "only the publisher's own bytes open"
    );
    // Whatever was released is of the content, in its place.
    assert!(CONTENT.starts_with(&streamed) && CONTENT.starts_with(&content));
    is_genuine
}

/// The input is a recipe for damaging a message of three segments: operations of four bytes each.
pub fn floe(bytes: &[u8]) -> bool {
    let mut message = MESSAGE.bytes.clone();
    for operation in bytes.chunks_exact(4).take(16) {
        let [kind, a, b, c] = *operation else { break };
        apply(&mut message, kind, a, b, c);
    }
    let is_genuine = message == MESSAGE.bytes;
    let plaintext = read(&mut message);
    // A message reads to its end only if nothing was changed, and what came before the first damage is the plaintext.
    assert!(MESSAGE.plaintext.starts_with(&plaintext.bytes));
    assert_eq!(plaintext.is_complete, is_genuine);
    is_genuine
}

struct Message {
    bytes: Vec<u8>,
    plaintext: Vec<u8>,
    key: FloeKey,
}

struct Plaintext {
    bytes: Vec<u8>,
    is_complete: bool,
}

const AAD: &[u8] = b"a message for the fuzzer";
/// The last of the three segments.
const LAST_SEGMENT: usize = 1_000;

static MESSAGE: LazyLock<Message> = LazyLock::new(|| {
    let key = FloeKey::new(SecretBytes::from_slice(&[7; 32]).unwrap());
    let mut rng = Counter::default();
    let sealer = FloeHeader::create(&key, AAD, &mut rng).unwrap();
    let mut worker = sealer.worker();
    let mut message = Message {
        bytes: sealer.header().as_bytes().to_vec(),
        plaintext: Vec::new(),
        key,
    };
    for (position, length) in [
        (Position::inner(0), SEGMENT_LENGTH),
        (Position::inner(1), SEGMENT_LENGTH),
        (Position::last(2), LAST_SEGMENT),
    ] {
        let mut segment: Vec<u8> = (0..length).map(|i| (i * 7 + length) as u8).collect();
        let payload = SEGMENT_PAYLOAD_OFFSET..length - 16;
        message.plaintext.extend_from_slice(&segment[payload]);
        worker
            .seal_segment_in_place(position, &mut segment, &mut rng)
            .unwrap();
        message.bytes.extend_from_slice(&segment);
    }
    message
});

/// One operation: on a byte anywhere, on whole segments, or on the length.
fn apply(message: &mut Vec<u8>, kind: u8, a: u8, b: u8, c: u8) {
    let place = u32::from_be_bytes([0, a, b, c]) as usize;
    let segment = |number: u8| {
        let start = HEADER_LENGTH + usize::from(number % 3) * SEGMENT_LENGTH;
        start.min(message.len())..(start + SEGMENT_LENGTH).min(message.len())
    };
    match kind % 8 {
        0 if !message.is_empty() => {
            let at = place % message.len();
            message[at] ^= 1 << (kind >> 5);
        }
        1 => {
            let length = message.len().saturating_sub(place % 70_000);
            message.truncate(length);
        }
        2 => message.extend_from_slice(&[a, b, c]),
        3 if message.len() < 1 << 18 => {
            let copy = message[segment(a)].to_vec();
            let at = segment(b).start;
            message.splice(at..at, copy);
        }
        4 => {
            message.drain(segment(a));
        }
        5 => {
            let (copy, target) = (message[segment(a)].to_vec(), segment(b));
            message.splice(target, copy);
        }
        6 => {
            let at = place.min(message.len());
            message.insert(at, kind);
        }
        7 if !message.is_empty() => {
            let at = place % message.len();
            message.remove(at);
        }
        _ => {}
    }
}

/// Reads as a reader of a pipe would: header first, then each segment when it is there, the last at the end.
fn read(message: &mut [u8]) -> Plaintext {
    let mut plaintext = Plaintext {
        bytes: Vec::new(),
        is_complete: false,
    };
    let Some((header, segments)) = message.split_first_chunk_mut::<HEADER_LENGTH>() else {
        return plaintext;
    };
    let Ok(opener) = FloeHeader::parse(header).and_then(|header| header.verify(&MESSAGE.key, AAD)) else {
        return plaintext;
    };
    let mut worker = opener.worker();
    let count = segments.len().div_ceil(SEGMENT_LENGTH);
    for (index, segment) in segments.chunks_mut(SEGMENT_LENGTH).enumerate() {
        let is_last = index + 1 == count;
        let position = Position {
            index: index as u64,
            is_last,
        };
        let Ok(range) = worker.open_segment_in_place(position, segment) else {
            return plaintext;
        };
        plaintext.bytes.extend_from_slice(&segment[range]);
        plaintext.is_complete = is_last;
    }
    plaintext
}
