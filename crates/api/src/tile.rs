//! How tiles of a log's tree and bundles of its entries are named (c2sp.org/tlog-tiles, "Merkle Tree" and "Log entries").

use std::fmt;
use std::str::FromStr;

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;
/// Highest level that has a name.
const MAX_LEVEL: u8 = 63;

/// `<N>[.p/<W>]`: a tile within its level, or a bundle; with its width when it is a partial one.
///
/// ```
/// use clausa_api::tile::TileIndex;
///
/// let name: TileIndex = "x001/x234/067.p/8".parse()?;
/// assert_eq!((name.number(), name.width()), (1_234_067, 8));
/// # Ok::<(), clausa_api::tile::NoTile>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileIndex {
    number: u64,
    width: u16,
}

/// `<L>/<N>[.p/<W>]`: a tile of hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileName {
    level: u8,
    index: TileIndex,
}

/// No tile has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTile;

impl fmt::Display for NoTile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no tile has this name")
    }
}

impl std::error::Error for NoTile {}

impl TileIndex {
    /// The tile `number`, as wide as it is when its level has `size` hashes (or the log `size` entries); none when it
    /// would be empty.
    pub fn at_size(number: u64, size: u64) -> Option<Self> {
        let begin = number.checked_mul(TILE_WIDTH.into())?;
        let width = size.saturating_sub(begin).min(TILE_WIDTH.into());
        let width = u16::try_from(width).ok().filter(|width| *width > 0)?;
        Some(Self { number, width })
    }

    /// Counted from zero.
    pub fn number(self) -> u64 {
        self.number
    }

    /// Hashes or entries in it, from 1 to [`TILE_WIDTH`].
    pub fn width(self) -> u16 {
        self.width
    }
}

impl TileName {
    /// The tile `number` of `level`, as wide as it is in a tree of `size` leaves; none when it would be empty.
    pub fn in_tree(level: u8, number: u64, size: u64) -> Option<Self> {
        let hashes = size.checked_shr(u32::from(level) * 8).unwrap_or(0);
        Some(Self {
            level,
            index: TileIndex::at_size(number, hashes)?,
        })
    }

    /// Level; leaves are on level 0.
    pub fn level(self) -> u8 {
        self.level
    }

    /// Which one of its level.
    pub fn index(self) -> TileIndex {
        self.index
    }
}

impl fmt::Display for TileIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.number.to_string();
        let groups = digits.len().div_ceil(3);
        let padded = format!("{digits:0>width$}", width = groups * 3);
        for (position, group) in padded.as_bytes().chunks(3).enumerate() {
            let is_last = position + 1 == groups;
            let group = std::str::from_utf8(group).unwrap_or_default();
            match is_last {
                true => f.write_str(group)?,
                false => write!(f, "x{group}/")?,
            }
        }
        match self.width {
            TILE_WIDTH => Ok(()),
            width => write!(f, ".p/{width}"),
        }
    }
}

impl FromStr for TileIndex {
    type Err = NoTile;

    fn from_str(text: &str) -> Result<Self, NoTile> {
        let (number, width) = match text.split_once(".p/") {
            Some((number, width)) => (number, width.parse().map_err(|_| NoTile)?),
            None => (text, TILE_WIDTH),
        };
        let digits: String = number
            .chars()
            .filter(|letter| !matches!(letter, 'x' | '/'))
            .collect();
        let index = Self {
            number: digits.parse().map_err(|_| NoTile)?,
            width,
        };
        // One name each: what is written otherwise names nothing.
        let is_width = (1..=TILE_WIDTH).contains(&width);
        (is_width && index.to_string() == text)
            .then_some(index)
            .ok_or(NoTile)
    }
}

impl fmt::Display for TileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.level, self.index)
    }
}

impl FromStr for TileName {
    type Err = NoTile;

    fn from_str(text: &str) -> Result<Self, NoTile> {
        let (level, index) = text.split_once('/').ok_or(NoTile)?;
        let name = Self {
            level: level.parse().map_err(|_| NoTile)?,
            index: index.parse()?,
        };
        let is_level = name.level <= MAX_LEVEL && name.level.to_string() == level;
        is_level.then_some(name).ok_or(NoTile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the specification.
    #[test]
    fn names_are_those_of_the_specification() {
        let text = |number, size| TileIndex::at_size(number, size).unwrap().to_string();
        assert_eq!(text(1_234_067, u64::MAX), "x001/x234/067");
        assert_eq!(text(0, 256), "000");
        assert_eq!(text(999, 1 << 40), "999");
        assert_eq!(text(1_000, 1 << 40), "x001/000");
        // A tree of 70 000: 273 full tiles of leaves and one of 112, one full tile above and one of 17, one of 1.
        let tile = |level, number| TileName::in_tree(level, number, 70_000).map(|name| name.to_string());
        assert_eq!(tile(0, 272).unwrap(), "0/272");
        assert_eq!(tile(0, 273).unwrap(), "0/273.p/112");
        assert_eq!(tile(1, 0).unwrap(), "1/000");
        assert_eq!(tile(1, 1).unwrap(), "1/001.p/17");
        assert_eq!(tile(2, 0).unwrap(), "2/000.p/1");
        for (level, number) in [(0, 274), (1, 2), (2, 1), (3, 0), (8, 0), (63, 0)] {
            assert_eq!(tile(level, number), None);
        }
        // A tree of 256 has a full tile and a partial one above it.
        let small = |level| TileName::in_tree(level, 0, 256).unwrap().to_string();
        assert_eq!((small(0), small(1)), ("0/000".to_owned(), "1/000.p/1".to_owned()));
    }

    #[test]
    fn a_name_is_read_as_it_is_written_and_in_no_other_way() {
        for number in [0, 1, 255, 999, 1_000, 999_999, 1_000_000, u64::MAX / 256] {
            for width in [1, 17, 255, 256] {
                let index = TileIndex { number, width };
                assert_eq!(index.to_string().parse(), Ok(index));
            }
        }
        for wrong in [
            "0",
            "00",
            "0000",
            "x000/001",
            "001/x000",
            "001/002",
            "x001/2",
            "x001/x002",
            "X001/002",
            "000.p/0",
            "000.p/256",
            "000.p/257",
            "000.p/01",
            "000.p/+1",
            "000.p/",
            "000.p",
            "-01",
            "+01",
            "0x1",
            "000/",
            "/000",
            "",
            "000 ",
            "x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(wrong.parse::<TileIndex>(), Err(NoTile), "{wrong}");
        }
        for wrong in [
            "000", "64/000", "00/000", "+1/000", "256/000", "/000", "0/", "0-0", "a/000", "0/1/000",
        ] {
            assert_eq!(wrong.parse::<TileName>(), Err(NoTile), "{wrong}");
        }
        assert_eq!("63/000".parse::<TileName>().unwrap().level(), 63);
    }
}
