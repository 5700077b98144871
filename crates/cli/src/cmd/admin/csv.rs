//! Tables as text (RFC 4180): commas, quotes, one record a line, the first one the heading. What is written cannot be taken
//! for a formula by a program that shows tables.

/// Longest table that is read, in bytes.
pub const MAX_LENGTH: u64 = 64 << 20;

/// Why a text is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// A quoted cell does not end.
    #[error("line {line}: the quotes are not closed")]
    Unclosed {
        /// Where it begins.
        line: usize,
    },
    /// Something stands behind closing quotes, or quotes inside a cell without any.
    #[error("line {line}: quotes stand around a whole cell, and twice inside it")]
    Quotes {
        /// Where.
        line: usize,
    },
}

/// A record and the line on which it begins, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The line.
    pub line: usize,
    /// The cells, without what guarded them.
    pub cells: Vec<String>,
}

/// Reads a table; empty lines are left out.
///
/// # Errors
///
/// [`CsvError`].
pub fn read(text: &str) -> Result<Vec<Record>, CsvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rest = text.chars().peekable();
    let (mut records, mut line) = (Vec::new(), 1);
    while rest.peek().is_some() {
        let begin = line;
        let mut cells = Vec::new();
        loop {
            let (cell, end) = cell(&mut rest, &mut line)?;
            cells.push(unguarded(cell));
            if end {
                break;
            }
        }
        if cells.iter().any(|cell| !cell.is_empty()) {
            records.push(Record { line: begin, cells });
        }
    }
    Ok(records)
}

type Characters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// The next cell, and whether it is its record's last.
fn cell(rest: &mut Characters<'_>, line: &mut usize) -> Result<(String, bool), CsvError> {
    let mut cell = String::new();
    let is_quoted = rest.next_if_eq(&'"').is_some();
    if is_quoted {
        let begin = *line;
        loop {
            match rest.next() {
                None => return Err(CsvError::Unclosed { line: begin }),
                Some('"') if rest.next_if_eq(&'"').is_some() => cell.push('"'),
                Some('"') => break,
                Some(character) => {
                    *line += usize::from(character == '\n');
                    cell.push(character);
                }
            }
        }
    }
    loop {
        match rest.next() {
            None => return Ok((cell, true)),
            Some(',') => return Ok((cell, false)),
            Some('\r') if rest.peek() == Some(&'\n') => {}
            Some('\n') => {
                *line += 1;
                return Ok((cell, true));
            }
            Some(character) if is_quoted || character == '"' => return Err(CsvError::Quotes { line: *line }),
            Some(character) => cell.push(character),
        }
    }
}

/// Writes a record with its line's end.
pub fn write(cells: &[&str], to: &mut String) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            to.push(',');
        }
        let cell = guarded(cell);
        if cell.contains(['"', ',', '\n', '\r']) {
            to.push('"');
            to.push_str(&cell.replace('"', "\"\""));
            to.push('"');
        } else {
            to.push_str(&cell);
        }
    }
    to.push_str("\r\n");
}

/// With what programs that show tables take for a formula, or for our guard.
const GUARDED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

fn guarded(cell: &str) -> String {
    if cell.starts_with(GUARDED) {
        return format!("'{cell}");
    }
    cell.to_owned()
}

fn unguarded(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(GUARDED) => rest.to_owned(),
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::{CsvError, read, write};

    fn cells(text: &str) -> Vec<Vec<String>> {
        read(text)
            .unwrap()
            .into_iter()
            .map(|record| record.cells)
            .collect()
    }

    #[test]
    fn what_is_written_is_read_back_and_is_no_formula() {
        let rows = [
            vec!["=1+1", "+1", "-1", "@x", "\tx"],
            vec!["'", "''", "'=x", "'x", "'-'"],
            vec!["a,b", "a\"b", "two\r\nlines", "", "é"],
        ];
        let mut text = String::new();
        rows.iter().for_each(|row| write(row, &mut text));
        assert_eq!(cells(&text), rows);
        for cell in text.split([',', '\n']) {
            assert!(
                !cell.trim_start_matches('"').starts_with(['=', '+', '@', '\t']),
                "{cell}"
            );
        }
    }

    #[test]
    fn lines_are_counted_as_people_see_them() {
        let text = "\u{feff}a,b\n\n\"two\nlines\",c\r\nd";
        let lines: Vec<usize> = read(text).unwrap().iter().map(|record| record.line).collect();
        assert_eq!(lines, [1, 3, 5]);
        assert_eq!(cells(text)[1], ["two\nlines", "c"]);
        assert_eq!(read("a\n\"b\nc"), Err(CsvError::Unclosed { line: 2 }));
        for wrong in ["a\nb\"c\"", "a\n\"b\"c"] {
            assert_eq!(read(wrong), Err(CsvError::Quotes { line: 2 }), "{wrong}");
        }
    }
}
