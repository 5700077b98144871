//! The lines of a vector's header.

use std::str::FromStr;

/// The lines that have not been taken yet.
pub(super) struct Header<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Header<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let split = |line: &'a str| line.split_once(": ").ok_or(format!("no `key: value`: {line}"));
        text.lines().map(split).collect::<Result<_, _>>().map(Self)
    }

    /// The first line with this key.
    pub(super) fn find(&mut self, key: &str) -> Option<String> {
        let place = self.0.iter().position(|(found, _)| *found == key)?;
        Some(self.0.remove(place).1.to_owned())
    }

    pub(super) fn find_parsed<T: FromStr>(&mut self, key: &str) -> Result<Option<T>, String> {
        let parse = |text: String| text.parse().map_err(|_| format!("{key} cannot be read"));
        self.find(key).map(parse).transpose()
    }

    pub(super) fn take(&mut self, key: &str) -> Result<String, String> {
        self.find(key).ok_or(format!("{key} is missing"))
    }

    pub(super) fn take_parsed<T: FromStr>(&mut self, key: &str) -> Result<T, String> {
        self.find_parsed(key)?.ok_or(format!("{key} is missing"))
    }

    /// 32 bytes.
    pub(super) fn take_digest(&mut self, key: &str) -> Result<[u8; 32], String> {
        exactly(&unhex(&self.take(key)?)?)
    }

    /// Nothing may be left: neither a key that is not known nor a second line of one.
    pub(super) fn finish(self) -> Result<(), String> {
        match self.0.first() {
            Some((key, _)) => Err(format!("{key} is not known, comes twice, or has no place here")),
            None => Ok(()),
        }
    }
}

pub(super) fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], String> {
    bytes.try_into().map_err(|_| format!("{N} bytes were expected"))
}

pub(super) fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let pair = |at: usize| {
        text.get(at..at + 2)
            .and_then(|pair| u8::from_str_radix(pair, 16).ok())
    };
    (0..text.len())
        .step_by(2)
        .map(pair)
        .collect::<Option<_>>()
        .ok_or("not hexadecimal".to_owned())
}
