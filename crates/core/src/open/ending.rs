//! How a file ends that does not end with a tail: cut, or with something behind it. No key is needed, and nothing here
//! proves anything; it is for telling a person what happened (clause 14.3).

use std::io::{self, Read, Seek, SeekFrom};

use crate::body::BodyLayout;
use crate::cose::{self, Kind};
use crate::floe::{HEADER_LENGTH, SEGMENT_LENGTH, SEGMENT_OVERHEAD};
use crate::seal::{self, MAX_OBJECT_LENGTH, TAIL_LENGTH};

/// How a protected file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With the last bytes of a tail, as it must.
    Sealed,
    /// Before its seal is complete: it was cut, or its writer never finished.
    Cut,
    /// Its seal and tail are there, and bytes follow them.
    Extended {
        /// How many.
        bytes: u64,
    },
    /// It is as long as its parts say, but they do not fit together.
    Altered,
}

/// Most segments that are walked over, one small read each: a body of 64 GiB. Longer ones count as cut.
const MAX_WALK: u64 = 1 << 20;

/// Looks how a file ends whose header has this length.
///
/// # Errors
///
/// When reading fails.
pub fn find_ending<R: Read + Seek>(mut file: R, header_length: u64) -> io::Result<Ending> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut tail = [0; TAIL_LENGTH];
    if !read_at(&mut file, length.saturating_sub(TAIL_LENGTH as u64), &mut tail)? {
        return Ok(Ending::Cut);
    }
    if seal::ends_with_tail(&tail) {
        return Ok(Ending::Sealed);
    }
    let body_start = header_length.saturating_add(HEADER_LENGTH as u64);
    let seal_start = match walk(&mut file, body_start)? {
        Walk::End(seal_start) => seal_start,
        Walk::Cut => return Ok(Ending::Cut),
        Walk::Impossible => return Ok(Ending::Altered),
    };
    let Some(tail_start) = tail_start(&mut file, header_length, seal_start)? else {
        let is_short = length.saturating_sub(seal_start) < MAX_OBJECT_LENGTH as u64;
        return Ok(if is_short { Ending::Cut } else { Ending::Altered });
    };
    if !read_at(&mut file, tail_start, &mut tail)? {
        return Ok(Ending::Cut);
    }
    let bytes = length.saturating_sub(tail_start + TAIL_LENGTH as u64);
    Ok(match seal::parse_tail(&tail) {
        Ok(seal_length) if seal_length == tail_start - seal_start && bytes > 0 => Ending::Extended { bytes },
        _ => Ending::Altered,
    })
}

enum Walk {
    /// Where the last segment ends.
    End(u64),
    Cut,
    Impossible,
}

/// Goes from length field to length field up to the last segment's.
fn walk<R: Read + Seek>(file: &mut R, body_start: u64) -> io::Result<Walk> {
    let mut position = body_start;
    for _ in 0..MAX_WALK {
        let mut field = [0; 4];
        if !read_at(file, position, &mut field)? {
            return Ok(Walk::Cut);
        }
        match u32::from_be_bytes(field) {
            u32::MAX => position += SEGMENT_LENGTH as u64,
            last if last as usize > SEGMENT_OVERHEAD && last as usize <= SEGMENT_LENGTH => {
                return Ok(Walk::End(position + u64::from(last)));
            }
            _ => return Ok(Walk::Impossible),
        }
    }
    Ok(Walk::Cut)
}

/// Where the tail of a seal that begins at `seal_start` must begin; `None` when no whole signed object is there.
fn tail_start<R: Read + Seek>(file: &mut R, header_length: u64, seal_start: u64) -> io::Result<Option<u64>> {
    let mut object = Vec::new();
    file.seek(SeekFrom::Start(seal_start))?;
    file.by_ref()
        .take(MAX_OBJECT_LENGTH as u64)
        .read_to_end(&mut object)?;
    let Ok((_, rest)) = cose::parse_first(Kind::SEAL, &object) else {
        return Ok(None);
    };
    let Ok(layout) = BodyLayout::new(seal_start - header_length) else {
        return Ok(None);
    };
    let object_length = (object.len() - rest.len()) as u64;
    Ok(Some(
        seal_start + object_length + seal::leaf_list_length(layout.leaves()),
    ))
}

/// Fills the buffer from a place in the file; false when the file is too short for it.
fn read_at<R: Read + Seek>(file: &mut R, position: u64, buffer: &mut [u8]) -> io::Result<bool> {
    file.seek(SeekFrom::Start(position))?;
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
