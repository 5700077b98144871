//! What a document is and how its text reaches a terminal.

use std::io::{self, Read};

use crate::failure::{Failure, Outcome};
use crate::printer::Printer;
use crate::stop::Stop;

/// How much of the beginning decides whether a document is text.
const SNIFF_LENGTH: usize = 8 * 1024;
/// How much text is made harmless and printed at once.
const CHUNK_LENGTH: usize = 64 * 1024;

/// The beginning of a document, read to see what it is.
#[derive(Debug)]
pub struct Beginning {
    bytes: Vec<u8>,
}

impl Beginning {
    /// Reads the beginning.
    pub fn read(reader: &mut impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        reader.take(SNIFF_LENGTH as u64).read_to_end(&mut bytes)?;
        Ok(Self { bytes })
    }

    /// True for UTF-8 text without NUL. The declared media type is not asked: it may say anything.
    pub fn is_text(&self) -> bool {
        let valid = match std::str::from_utf8(&self.bytes) {
            Ok(_) => true,
            // A character cut by the end of the piece is no mistake.
            Err(error) => error.error_len().is_none() && self.bytes.len() == SNIFF_LENGTH,
        };
        valid && !self.bytes.contains(&0)
    }

    /// What the content looks like, by its first bytes.
    pub fn looks_like(&self) -> &'static str {
        const SIGNATURES: [(&[u8], &str); 12] = [
            (b"%PDF-", "a PDF document"),
            (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
            (b"\xff\xd8\xff", "a JPEG picture"),
            (b"GIF8", "a GIF picture"),
            (b"PK\x03\x04", "an office document or ZIP archive"),
            (b"\xd0\xcf\x11\xe0", "an old office document"),
            (b"\x1f\x8b", "gzip-compressed data"),
            (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
            (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
            (b"SQLite format 3\0", "a SQLite database"),
            (b"\x7fELF", "a program"),
            (b"\x89CLS", "a protected Clausa file"),
        ];
        if self.is_text() {
            return "text";
        }
        SIGNATURES
            .iter()
            .find(|(start, _)| self.bytes.starts_with(start))
            .map_or("binary data", |(_, name)| name)
    }
}

/// Prints text on the terminal as it is read, with every control character made visible.
pub fn print_text(printer: &Printer, reader: &mut impl Read, stop: &Stop) -> Outcome {
    let mut pending = Vec::with_capacity(CHUNK_LENGTH);
    let mut ends_with_newline = true;
    loop {
        stop.check().map_err(|_| Failure::interrupted())?;
        let read = reader
            .by_ref()
            .take(CHUNK_LENGTH as u64)
            .read_to_end(&mut pending)
            .map_err(|error| Failure::from_document(&error))?;
        let whole = if read == 0 {
            pending.len()
        } else {
            whole_characters(&pending)
        };
        let text = String::from_utf8_lossy(&pending[..whole]).into_owned();
        if !text.is_empty() {
            ends_with_newline = text.ends_with('\n');
            printer.document_text(&text)?;
        }
        pending.drain(..whole);
        if read == 0 {
            break;
        }
    }
    if ends_with_newline {
        Ok(())
    } else {
        printer.document_text("\n")
    }
}

/// How much of `bytes` can be printed now: not a character that goes on in the next piece, nor a carriage return whose
/// line feed may follow.
fn whole_characters(bytes: &[u8]) -> usize {
    let cut = match std::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        // Not text after all: the last three bytes may begin a character, the rest cannot go on.
        Err(_) => bytes.len() - trailing_start(bytes),
    };
    if cut > 0 && bytes[cut - 1] == b'\r' {
        cut - 1
    } else {
        cut
    }
}

/// Number of bytes at the end that begin a character without finishing it.
fn trailing_start(bytes: &[u8]) -> usize {
    (1..=3.min(bytes.len()))
        .find(|back| bytes[bytes.len() - back] >= 0xc0)
        .filter(|back| {
            std::str::from_utf8(&bytes[bytes.len() - back..]).is_err_and(|error| error.error_len().is_none())
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Beginning, SNIFF_LENGTH, whole_characters};

    fn beginning(bytes: &[u8]) -> Beginning {
        Beginning::read(&mut &bytes[..]).unwrap()
    }

    #[test]
    fn text_is_told_from_binary() {
        assert!(beginning("Grüße\n".as_bytes()).is_text());
        assert!(beginning(b"").is_text());
        assert!(!beginning(b"a\0b").is_text());
        assert!(!beginning(b"\xff\xfeh\0i\0").is_text());
        assert!(
            !beginning(b"cut \xc3").is_text(),
            "the document itself ends inside a character"
        );
        let mut long = vec![b'a'; SNIFF_LENGTH - 1];
        long.extend("ü".as_bytes());
        assert!(
            beginning(&long).is_text(),
            "only the piece ends inside a character"
        );
    }

    #[test]
    fn binary_is_described() {
        assert_eq!(
            beginning(b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n").looks_like(),
            "a PDF document"
        );
        assert_eq!(beginning(b"\x89PNG\r\n\x1a\n\0").looks_like(), "a PNG picture");
        assert_eq!(beginning(&[0; 10]).looks_like(), "binary data");
    }

    #[test]
    fn a_cut_character_or_line_end_waits_for_the_next_piece() {
        assert_eq!(whole_characters(b"ab"), 2);
        assert_eq!(whole_characters(b"a\xc3"), 1);
        assert_eq!(whole_characters(b"a\r"), 1);
        assert_eq!(whole_characters(b"\xffab\xe2\x82"), 3);
        assert_eq!(whole_characters(b"\xffab"), 3);
    }
}
