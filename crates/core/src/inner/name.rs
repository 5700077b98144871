//! Harmless file names out of whatever a file says it was called (SEC-19).

/// Longest file name that every common file system takes, in bytes.
const MAX_FILE_NAME: usize = 255;

/// Makes a file name that stays in its folder and means a plain file on every system: the last component, without
/// control, direction and separator characters, without characters that Windows refuses, not reserved there, not
/// hidden from view by trailing dots or blanks, at most 255 bytes. `None` when nothing usable is left.
pub fn safe_file_name(name: &str) -> Option<String> {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = base
        .chars()
        .filter(|c| !is_dropped(*c))
        .map(|c| if is_replaced(c) { '_' } else { c })
        .collect();
    let mut safe = kept.trim_start().to_owned();
    trim_and_shorten(&mut safe);
    if safe.is_empty() {
        return None;
    }
    // What is left after shortening may be reserved, and the underscore may be one byte too many.
    if is_reserved(&safe) {
        safe.insert(0, '_');
        trim_and_shorten(&mut safe);
    }
    Some(safe)
}

/// Shortening may lay bare dots and blanks that stood in the middle, so they are taken away before and after.
fn trim_and_shorten(name: &mut String) {
    let trim = |name: &mut String| {
        let end = name
            .trim_end_matches(|c: char| c == '.' || c.is_whitespace())
            .len();
        name.truncate(end);
    };
    trim(name);
    shorten(name);
    trim(name);
}

/// Characters that show nothing, or change how the rest is shown.
fn is_dropped(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Characters that are separators or wildcards somewhere; a colon would name a stream of another file on Windows.
fn is_replaced(c: char) -> bool {
    matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

/// Device names of Windows, with any extension and in any case.
fn is_reserved(name: &str) -> bool {
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut rest = rest.chars();
            matches!(
                (rest.next(), rest.next()),
                (Some('0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'), None)
            )
        })
    };
    matches!(
        stem.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$"
    ) || numbered("COM")
        || numbered("LPT")
}

/// Cuts in the stem, so that the extension and with it the file's kind stays.
fn shorten(name: &mut String) {
    while name.len() > MAX_FILE_NAME {
        let stem_end = match name.rfind('.') {
            Some(dot) if dot > 0 && name.len() - dot <= 32 => dot,
            _ => name.len(),
        };
        match name[..stem_end].char_indices().next_back() {
            Some((last, _)) => {
                name.remove(last);
            }
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC-19
    /// Clause 8.2.3.
    #[test]
    fn names_become_harmless() {
        for (name, safe) in [
            ("report.pdf", Some("report.pdf")),
            (
                "r\u{e9}sum\u{e9} \u{2013} 2026.docx",
                Some("r\u{e9}sum\u{e9} \u{2013} 2026.docx"),
            ),
            (".bashrc", Some(".bashrc")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Windows\\win.ini", Some("win.ini")),
            ("..", None),
            (".", None),
            ("", None),
            ("/", None),
            ("a/..", None),
            ("a\0b\n\u{7f}\u{85}.txt", Some("ab.txt")),
            ("invoice\u{202e}fdp.exe", Some("invoicefdp.exe")),
            ("con", Some("_con")),
            ("NUL.txt", Some("_NUL.txt")),
            ("com1.tar.gz", Some("_com1.tar.gz")),
            ("lpt\u{b2}", Some("_lpt\u{b2}")),
            ("CONSOLE.txt", Some("CONSOLE.txt")),
            ("a.txt:stream", Some("a.txt_stream")),
            ("a.txt. . ", Some("a.txt")),
            (" a.txt", Some("a.txt")),
            ("what?*.txt", Some("what__.txt")),
        ] {
            assert_eq!(safe_file_name(name).as_deref(), safe, "{name:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        let safe = safe_file_name(&format!("{}.docx", "\u{e4}".repeat(300))).unwrap();
        assert!(
            safe.len() <= 255 && safe.len() >= 253 && safe.ends_with(".docx"),
            "{}",
            safe.len()
        );
        assert_eq!(safe_file_name(&"x".repeat(300)).unwrap().len(), 255);
        assert_eq!(
            safe_file_name(&format!(".{}", "x".repeat(300))).unwrap().len(),
            255
        );
    }

    /// SEC-19: cutting lays nothing bare that was harmless in the middle.
    #[test]
    fn what_shortening_leaves_is_harmless_too() {
        let (x, y) = (|n| "x".repeat(n), "y".repeat(40));
        assert_eq!(safe_file_name(&format!("{} {y}", x(254))), Some(x(254)));
        assert_eq!(safe_file_name(&format!("{}\u{a0}{y}", x(253))), Some(x(253)));
        let blanks = " ".repeat(260);
        assert_eq!(
            safe_file_name(&format!("NUL{blanks}{y}")).as_deref(),
            Some("_NUL")
        );
        assert_eq!(safe_file_name(&format!("NUL.{}", x(251))).unwrap().len(), 255);
    }

    #[test]
    fn making_it_safe_twice_changes_nothing() {
        for name in [
            &format!("{} {}", "x".repeat(254), "y".repeat(40)),
            &format!("NUL{}{}", " ".repeat(260), "y".repeat(40)),
            &format!("COM1.{}.{}", "x".repeat(249), "y".repeat(40)),
            "con.txt.",
            "a/b\\c: d",
            " .x ",
            &"y.".repeat(200),
            "com\u{b9}.",
            "..\u{200b}..",
        ] {
            if let Some(safe) = safe_file_name(name) {
                assert_eq!(safe_file_name(&safe), Some(safe.clone()), "{name:?}");
            }
        }
    }
}
