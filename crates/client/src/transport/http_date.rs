//! The `Date` header (RFC 9110 §5.6.7), in its one current form.

use clausa_core::time::Timestamp;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Reads `Sat, 21 Nov 2026 09:00:00 GMT`.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let rest = text.strip_suffix(" GMT")?.split_once(", ")?.1;
    let [day, month, year, time] = rest.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    format!("{year}-{month:02}-{day}T{time}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_current_form_is_read_and_no_other() {
        let parsed = super::parse("Sat, 21 Nov 2026 09:00:00 GMT").unwrap();
        assert_eq!(parsed.to_string(), "2026-11-21T09:00:00Z");
        for text in [
            "",
            "Sat, 21 Nov 2026 09:00:00 CET",
            "Saturday, 21-Nov-26 09:00:00 GMT",
            "Sat, 31 Feb 2026 09:00:00 GMT",
        ] {
            assert_eq!(super::parse(text), None, "{text}");
        }
    }
}
