//! Figures and times as people type and read them.

use clausa_client::Workers;
use clausa_core::seal::SealReport;
use clausa_core::time::Timestamp;
use serde_json::json;

/// Most days that a licence may be used offline (SEC-43).
pub const MAX_OFFLINE_DAYS: u32 = 30;

/// Reads `--offline`: a number of days, or `none`; the answer is in seconds.
pub fn offline(text: &str) -> Result<u32, String> {
    if text == "none" {
        return Ok(0);
    }
    match text.strip_suffix('d').unwrap_or(text).parse::<u32>() {
        Ok(days) if days <= MAX_OFFLINE_DAYS => Ok(days * clausa_core::time::DAY as u32),
        Ok(_) => Err(format!(
            "a licence can be used offline for at most {MAX_OFFLINE_DAYS} days"
        )),
        Err(_) => Err(format!("`{text}` is not a number of days: write 7 or none")),
    }
}

/// Reads `--workers`.
pub fn workers(text: &str) -> Result<Workers, String> {
    let number = text.parse().ok().and_then(Workers::new);
    number.ok_or_else(|| format!("`{text}` is not a number from 1 to {}", Workers::MOST))
}

/// A time as people read it: `2026-12-31 17:00 UTC`.
pub fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => text,
    }
}

/// Who changed a file last: `Changed by p.dover@fabrikam.example on 2026-11-21 10:00 UTC (revision 3)`; `None` for a
/// file that is as it was protected.
pub fn change(seal: &SealReport) -> Option<String> {
    seal.is_changed().then(|| {
        format!(
            "Changed by {} on {} (revision {})",
            seal.sealed_by.address(),
            moment(seal.sealed_at),
            seal.revision
        )
    })
}

/// The same for programs.
pub fn change_value(seal: &SealReport) -> serde_json::Value {
    if !seal.is_changed() {
        return serde_json::Value::Null;
    }
    json!({
        "by": seal.sealed_by.address(),
        "account": seal.sealed_by.account(),
        "at": seal.sealed_at,
        "revision": seal.revision,
    })
}

/// A size as people read it: `512 B`, `1.4 MiB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// Seconds as people read them: `7 days`, `12 hours`, `none`.
pub fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0 => return "none".to_owned(),
        s if s % clausa_core::time::DAY == 0 => (s / clausa_core::time::DAY, "day"),
        s if s % 3600 == 0 => (s / 3600, "hour"),
        s => (s.div_ceil(60), "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{moment, offline, size, span};
    use clausa_core::time::Timestamp;

    #[test]
    fn offline_is_bounded() {
        assert_eq!(offline("none"), Ok(0));
        assert_eq!(offline("7"), Ok(7 * 86_400));
        assert_eq!(offline("30d"), Ok(30 * 86_400));
        assert!(offline("31").is_err());
        assert!(offline("soon").is_err());
    }

    #[test]
    fn figures_read_well() {
        assert_eq!(moment(Timestamp::from_seconds(0)), "1970-01-01 00:00 UTC");
        assert_eq!(
            (size(0), size(1023), size(1536)),
            ("0 B".into(), "1023 B".into(), "1.5 KiB".into())
        );
        assert_eq!(
            (span(0), span(604_800), span(3600)),
            ("none".into(), "7 days".into(), "1 hour".into())
        );
    }
}
