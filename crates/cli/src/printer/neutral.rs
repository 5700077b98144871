//! Text from outside made harmless for a terminal.
//!
//! A file's name, an authority's answer or a document's content may hold escape sequences that move the cursor, change
//! the window's title or put text into the clipboard, and direction marks that make one text look like another. Each
//! such character is shown as a visible one instead.

/// One line: every control character becomes visible, line ends and tabs too.
pub fn line(text: &str) -> String {
    text.chars()
        .map(|c| if is_harmless(c) { Shown::Plain(c) } else { shown(c) })
        .map(Shown::into_text)
        .collect()
}

/// Several lines: line ends and tabs are kept, every other control character becomes visible.
pub fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' | '\t' => out.push(c),
            // The line ends of other systems; a lone carriage return would let later text cover earlier text.
            '\r' if rest.peek() == Some(&'\n') => {}
            c if is_harmless(c) => out.push(c),
            c => out.push_str(&shown(c).into_text()),
        }
    }
    out
}

enum Shown {
    Plain(char),
    Escaped(u32),
}

impl Shown {
    fn into_text(self) -> String {
        match self {
            Self::Plain(c) => c.to_string(),
            Self::Escaped(code) => format!("<U+{code:04X}>"),
        }
    }
}

fn shown(c: char) -> Shown {
    match c {
        // Unicode has a visible picture for each of the 32 ASCII control characters and for delete.
        '\0'..='\x1f' => Shown::Plain(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
        '\x7f' => Shown::Plain('\u{2421}'),
        _ => Shown::Escaped(c as u32),
    }
}

/// Direction marks, embeddings, overrides and isolates ("Trojan Source"), line separators, tag characters and the
/// invisible byte order mark are not harmless; joiners are, because scripts and emoji need them.
fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(
            c,
            '\u{061c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    #[test]
    fn escape_sequences_are_shown_and_not_obeyed() {
        assert_eq!(super::line("a\x1b[2Jb"), "a\u{241b}[2Jb");
        assert_eq!(
            super::line("\x1b]52;c;ZXZpbA==\x07"),
            "\u{241b}]52;c;ZXZpbA==\u{2407}"
        );
        assert_eq!(
            super::line("\u{9b}31m"),
            "<U+009B>31m",
            "the one-character form of ESC ["
        );
    }

    #[test]
    fn direction_marks_are_shown() {
        assert_eq!(super::line("invoice\u{202e}fdp.exe"), "invoice<U+202E>fdp.exe");
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(super::line("one\ntwo\tthree"), "one\u{240a}two\u{2409}three");
    }

    #[test]
    fn lines_keep_their_ends_and_lose_lone_returns() {
        assert_eq!(super::lines("one\r\ntwo\tx\n"), "one\ntwo\tx\n");
        assert_eq!(super::lines("safe\rEVIL"), "safe\u{240d}EVIL");
    }

    #[test]
    fn letters_of_every_script_pass() {
        let text = "Grüße, 密封, שלום, 👩‍🚀";
        assert_eq!(super::lines(text), text);
    }
}
