//! The one way out: everything the program says goes through a [`Printer`].
//!
//! Results go to the standard output, in words or, with `--json`, as one JSON document. Notes, progress and failures go
//! to the standard error. Every text is made harmless for the terminal first ([`neutral`]); colour is added afterwards,
//! and only for a terminal.

pub mod neutral;

use std::io::{self, IsTerminal as _, Write};

use serde::Serialize;

use crate::failure::{Failure, Outcome};

/// How to print.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Results as JSON.
    pub json: bool,
    /// No notes and no progress, only results and failures.
    pub quiet: bool,
    /// No progress bars.
    pub no_progress: bool,
}

/// Prints results, notes and failures.
#[derive(Clone, Debug)]
pub struct Printer {
    style: Style,
    colour_out: bool,
    colour_err: bool,
}

impl Printer {
    /// A printer on the process's own output. `NO_COLOR` (no-color.org) and a dumb terminal are respected.
    pub fn new(style: Style) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self {
            style,
            colour_out: wanted && io::stdout().is_terminal(),
            colour_err: wanted && io::stderr().is_terminal(),
        }
    }

    /// True with `--json`.
    pub fn is_json(&self) -> bool {
        self.style.json
    }

    /// True when a progress bar may be drawn: a terminal, words wanted, not switched off.
    pub fn draws_progress(&self) -> bool {
        !self.style.quiet && !self.style.json && !self.style.no_progress && io::stderr().is_terminal()
    }

    /// The result of a command: `value` with `--json`, otherwise what `words` prints.
    pub fn result<T: Serialize>(
        &self,
        value: &T,
        words: impl FnOnce(&mut Words<'_>) -> io::Result<()>,
    ) -> Outcome {
        let out = io::stdout();
        let mut out = io::BufWriter::new(out.lock());
        let done = if self.style.json {
            serde_json::to_writer(&mut out, value)
                .map_err(io::Error::from)
                .and_then(|()| out.write_all(b"\n"))
        } else {
            words(&mut Words {
                out: &mut out,
                colour: self.colour_out,
            })
        };
        done.and_then(|()| out.flush())
            .map_err(|error| Failure::output(&error))
    }

    /// Words on the standard output that have no JSON form: the story of `demo`, what `serve` announces.
    pub fn tell(&self, words: impl FnOnce(&mut Words<'_>) -> io::Result<()>) -> Outcome {
        let out = io::stdout();
        let mut out = io::BufWriter::new(out.lock());
        words(&mut Words {
            out: &mut out,
            colour: self.colour_out,
        })
        .and_then(|()| out.flush())
        .map_err(|error| Failure::output(&error))
    }

    /// A remark on the standard error that `--quiet` leaves out. A failure to print it changes nothing.
    pub fn note(&self, text: &str) {
        if !self.style.quiet {
            let _ = writeln!(io::stderr().lock(), "{}", neutral::lines(text));
        }
    }

    /// A question on the standard error; the cursor stays behind it.
    pub fn question(&self, text: &str) -> Outcome {
        let mut err = io::stderr().lock();
        write!(err, "{} ", neutral::line(text))
            .and_then(|()| err.flush())
            .map_err(|error| Failure::output(&error))
    }

    /// What happened, and on the next line what to do.
    pub fn failure(&self, failure: &Failure) {
        if failure.is_closed_pipe() {
            return;
        }
        let mut err = io::stderr().lock();
        if self.style.json {
            let report = serde_json::json!({ "error": {
                "kind": failure.kind().name(),
                "exit_code": failure.exit_code(),
                "message": failure.what(),
                "advice": failure.advice(),
            }});
            let _ = writeln!(err, "{report}");
            return;
        }
        let label = paint(self.colour_err, "1;31", "error:");
        let _ = writeln!(err, "{label} {}", neutral::lines(failure.what()));
        let _ = writeln!(err, "{}", neutral::lines(failure.advice()));
    }

    /// What the argument parser says: help and version as a result, mistakes as a failure.
    pub fn usage(&self, error: &clap::Error) -> u8 {
        if self.style.json && error.use_stderr() {
            let text = error.to_string();
            let what = text.lines().next().unwrap_or_default();
            let failure = Failure::usage(what.strip_prefix("error: ").unwrap_or(what));
            self.failure(&failure);
            return failure.exit_code();
        }
        let text = error.render();
        let done = if error.use_stderr() {
            let text = if self.colour_err {
                text.ansi().to_string()
            } else {
                text.to_string()
            };
            io::stderr().lock().write_all(text.as_bytes())
        } else {
            let text = if self.colour_out {
                text.ansi().to_string()
            } else {
                text.to_string()
            };
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        };
        match done {
            Err(failed) if !error.use_stderr() => Failure::output(&failed).exit_code(),
            _ => u8::try_from(error.exit_code()).unwrap_or(crate::exit_codes::USAGE),
        }
    }

    /// A document's own bytes on the standard output, as they are. Only for output that was asked for in clear.
    pub fn clear_bytes(&self) -> impl Write + use<> {
        io::stdout().lock()
    }

    /// A document's text on the terminal, made harmless.
    pub fn document_text(&self, text: &str) -> Outcome {
        let mut out = io::stdout().lock();
        out.write_all(neutral::lines(text).as_bytes())
            .map_err(|error| Failure::output(&error))
    }
}

/// Writes words: one method a shape. Texts are made harmless here.
pub struct Words<'a> {
    out: &'a mut dyn Write,
    colour: bool,
}

impl Words<'_> {
    /// One line.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", neutral::line(text))
    }

    /// An empty line.
    pub fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A heading.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", paint(self.colour, "1", &neutral::line(text)))
    }

    /// A command as a person would type it.
    pub fn command(&mut self, text: &str) -> io::Result<()> {
        writeln!(
            self.out,
            "   {}",
            paint(self.colour, "36", &format!("$ {}", neutral::line(text)))
        )
    }

    /// A command as `who` would type it.
    #[cfg(feature = "server")]
    pub fn command_of(&mut self, who: &str, text: &str) -> io::Result<()> {
        let line = format!("{}$ {}", neutral::line(who), neutral::line(text));
        writeln!(self.out, "   {}", paint(self.colour, "36", &line))
    }

    /// A line of lesser weight, indented.
    pub fn aside(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "   {}", neutral::line(text))
    }

    /// A label and what belongs to it; labels of one answer line up.
    pub fn field(&mut self, label: &str, text: &str) -> io::Result<()> {
        let label = format!("{label}:");
        writeln!(
            self.out,
            "{} {}",
            paint(self.colour, "1", &format!("{label:<13}")),
            neutral::line(text)
        )
    }

    /// Rows with columns as wide as their widest cell; the first row is the heading.
    pub fn table(&mut self, rows: &[Vec<String>]) -> io::Result<()> {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| neutral::line(cell)).collect())
            .collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                rows.iter()
                    .filter_map(|row| row.get(column))
                    .map(|c| c.chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for (index, row) in rows.iter().enumerate() {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(&format!("{cell:<width$}  "));
            }
            let line = line.trim_end();
            if index == 0 {
                writeln!(self.out, "{}", paint(self.colour, "1", line))?;
            } else {
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }
}

/// Puts `text` between a colour and its end (SGR, ECMA-48 §8.3.117), or leaves it.
fn paint(colour: bool, code: &str, text: &str) -> String {
    if colour {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    fn written(colour: bool, words: impl FnOnce(&mut Words<'_>)) -> String {
        let mut out = Vec::new();
        words(&mut Words {
            out: &mut out,
            colour,
        });
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_line_up_and_lines_end_without_spaces() {
        let text = written(false, |words| {
            words
                .table(&[
                    vec!["NAME".into(), "AGE".into()],
                    vec!["a long name".into(), "1".into()],
                ])
                .unwrap();
        });
        assert_eq!(text, "NAME         AGE\na long name  1\n");
    }

    #[test]
    fn a_hostile_text_cannot_colour_or_break_a_line() {
        let text = written(true, |words| words.line("x\x1b[31m\ny").unwrap());
        assert_eq!(text, "x\u{241b}[31m\u{240a}y\n");
    }
}
