//! When access ends, as a person says it.

use std::str::FromStr;

use clausa_core::policy::Expiry;
use clausa_core::time::{DAY, Timestamp};

use crate::error::ProtectError;

/// When access ends.
///
/// In text: a time (`2026-12-01T18:00:00Z`), a date (`2026-12-01`: the whole day, UTC), a number of days from now
/// (`30d`), or of days from a person's own first use (`first-use+30d`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// At this time; the second itself is still inside.
    Time(Timestamp),
    /// So many days of 86 400 seconds from now.
    Days(u16),
    /// So many days of 86 400 seconds after each person's first use.
    DaysAfterFirstUse(u16),
}

impl Until {
    /// The expiry, for a policy made at `now`.
    ///
    /// # Errors
    ///
    /// [`ProtectError::Validity`] when the time is in the past.
    pub fn expiry(self, now: Timestamp) -> Result<Expiry, ProtectError> {
        match self {
            Self::Time(at) if at <= now => Err(ProtectError::Validity {
                text: at.to_string(),
                rule: "the end of access is in the past",
            }),
            Self::Time(at) => Ok(Expiry::At(at)),
            Self::Days(days) => Ok(Expiry::At(now.plus_days(u64::from(days)))),
            Self::DaysAfterFirstUse(days) => Ok(Expiry::DaysAfterFirstUse(days)),
        }
    }
}

impl FromStr for Until {
    type Err = ProtectError;

    fn from_str(text: &str) -> Result<Self, ProtectError> {
        let refused = || ProtectError::Validity {
            text: text.to_owned(),
            rule: "write a date as 2026-12-01, a time as 2026-12-01T18:00:00Z, days as 30d or first-use+30d",
        };
        let written = text.trim();
        if let Some(rest) = written.strip_prefix("first-use+") {
            return days(rest).map(Self::DaysAfterFirstUse).ok_or_else(refused);
        }
        if let Some(days) = days(written) {
            return Ok(Self::Days(days));
        }
        if let Ok(midnight) = format!("{written}T00:00:00Z").parse::<Timestamp>() {
            return Ok(Self::Time(midnight.plus_seconds(DAY - 1)));
        }
        written.parse().map(Self::Time).map_err(|_| refused())
    }
}

/// `30d`, at least one day.
fn days(text: &str) -> Option<u16> {
    let number = text.strip_suffix('d')?;
    let digits_only = number.bytes().all(|digit| digit.is_ascii_digit());
    number.parse().ok().filter(|days| digits_only && *days > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_days_are_read() {
        let time = |text: &str| Until::Time(text.parse().unwrap());
        assert_eq!(
            "2026-12-01".parse::<Until>().unwrap(),
            time("2026-12-01T23:59:59Z")
        );
        assert_eq!(
            "2026-12-01T18:00:00Z".parse::<Until>().unwrap(),
            time("2026-12-01T18:00:00Z")
        );
        assert_eq!("30d".parse::<Until>().unwrap(), Until::Days(30));
        assert_eq!(
            "first-use+7d".parse::<Until>().unwrap(),
            Until::DaysAfterFirstUse(7)
        );
        for text in [
            "",
            "tomorrow",
            "2026-02-30",
            "0d",
            "-1d",
            "+3d",
            "70000d",
            "2026-12-01 18:00",
            "first-use+",
        ] {
            assert!(text.parse::<Until>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_past_is_refused() {
        let now = Timestamp::from_seconds(1_000_000);
        assert!(Until::Time(now).expiry(now).is_err());
        assert_eq!(Until::Days(2).expiry(now).unwrap(), Expiry::At(now.plus_days(2)));
    }
}
