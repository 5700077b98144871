//! Names that people give themselves.

/// Longest first or last name, in characters.
const MAX_NAME: usize = 100;

/// First and last name as one, without superfluous spaces; `None` when neither is given. `Err` for names that are too
/// long or have characters that would make a list of people unreadable: controls, and what turns the writing around.
pub(in crate::usecase) fn display_name(
    first: Option<&str>,
    last: Option<&str>,
) -> Result<Option<String>, ()> {
    let mut words = Vec::new();
    for name in [first, last].into_iter().flatten() {
        if name.chars().count() > MAX_NAME || name.chars().any(is_unfit) {
            return Err(());
        }
        words.extend(name.split_whitespace());
    }
    Ok((!words.is_empty()).then(|| words.join(" ")))
}

fn is_unfit(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '<' | '>')
}

#[cfg(test)]
mod tests {
    use super::display_name;

    #[test]
    fn names_are_joined_and_tidied() {
        assert_eq!(
            display_name(Some(" Janet "), Some("Q.  Public")),
            Ok(Some("Janet Q. Public".to_owned()))
        );
        assert_eq!(display_name(Some("Ngũgĩ"), None), Ok(Some("Ngũgĩ".to_owned())));
        assert_eq!(display_name(Some("  "), None), Ok(None));
        assert_eq!(display_name(None, None), Ok(None));
        for unfit in ["a\u{202e}b", "a\nb", "<b>", &"x".repeat(101)] {
            assert_eq!(display_name(Some(unfit), None), Err(()), "{unfit:?}");
        }
    }
}
