//! Bytes with their places and meanings.

use std::fmt::Write as _;

use crate::shapes::{Head, Shape, head};

/// Bytes shown on one line.
const ROW: usize = 16;
/// Longest string that is shown whole, in rows.
const ROWS: usize = 6;

pub struct Dump<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    text: String,
}

impl<'a> Dump<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            depth: 0,
            text: String::new(),
        }
    }

    pub fn at(&self) -> usize {
        self.at
    }

    pub fn text(self) -> String {
        self.text
    }

    pub fn heading(&mut self, text: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        writeln!(self.text, "{gap}      {text}").unwrap();
    }

    /// The next bytes, and what they are.
    pub fn bytes(&mut self, length: usize, meaning: &str) {
        let part = &self.bytes[self.at..self.at + length];
        let rows: Vec<&[u8]> = part.chunks(ROW).collect();
        for (number, row) in rows.iter().enumerate() {
            if rows.len() > ROWS && number == 2 {
                writeln!(self.text, "      …").unwrap();
            }
            if rows.len() > ROWS && (2..rows.len() - 1).contains(&number) {
                continue;
            }
            let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02X}")).collect();
            let shown = format!("{}{}", "  ".repeat(self.depth), hex.join(" "));
            let meaning = if number == 0 { meaning } else { "" };
            let line = format!("{:04X}  {shown:<70}  {meaning}", self.at + number * ROW);
            writeln!(self.text, "{}", line.trim_end()).unwrap();
        }
        self.at += length;
    }

    /// The next CBOR item, of this shape.
    pub fn cbor(&mut self, shape: &Shape, meaning: &str) {
        self.item(0, shape, meaning);
    }

    /// `before` bytes, a map's key, belong to the line of the item.
    fn item(&mut self, before: usize, shape: &Shape, meaning: &str) {
        let Head { length, major, value } = head(&self.bytes[self.at + before..]);
        let head_length = before + length;
        match (major, shape) {
            (0, _) => self.bytes(head_length, &format!("{meaning}: {value}")),
            (2, Shape::Inside(inner)) => {
                self.bytes(head_length, &format!("{meaning}, {value} bytes:"));
                let end = self.at + value;
                self.depth += 1;
                self.item(0, inner, "which are");
                self.depth -= 1;
                assert_eq!(self.at, end);
            }
            (2, _) => self.bytes(head_length + value, meaning),
            (3, _) => {
                let start = self.at + head_length;
                let text = String::from_utf8(self.bytes[start..start + value].to_vec()).unwrap();
                self.bytes(head_length + value, &format!("{meaning}: \"{text}\""));
            }
            (4, Shape::List(items)) => {
                self.bytes(head_length, &format!("{meaning}, an array of {value}"));
                self.depth += 1;
                for number in 0..value {
                    let (meaning, shape) = &items[number.min(items.len() - 1)];
                    self.item(0, shape, meaning);
                }
                self.depth -= 1;
            }
            (5, Shape::Map(entries)) => {
                self.bytes(head_length, &format!("{meaning}, a map of {value}"));
                self.depth += 1;
                for _ in 0..value {
                    let key = head(&self.bytes[self.at..]);
                    let entry = entries.iter().find(|(number, ..)| *number == key.value);
                    let (number, meaning, shape) = entry.expect("a key of the specification");
                    self.item(key.length, shape, &format!("{number} {meaning}"));
                }
                self.depth -= 1;
            }
            (5, _) => self.bytes(head_length, meaning),
            other => panic!(
                "{meaning}: an item of major type {} where another belongs",
                other.0
            ),
        }
    }
}
