//! Months, as `2026-11`, in UTC.

use std::str::FromStr;

/// A month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month {
    year: u64,
    /// 1 to 12.
    month: u64,
}

const DAY_MICROS: u64 = 86_400 * 1_000_000;

impl Month {
    /// The month in which a moment lies, in microseconds since 1970.
    pub(super) fn of(micros: u64) -> Self {
        let mut month = Self { year: 1970, month: 1 };
        let day = micros / DAY_MICROS;
        // 400 years have 146 097 days.
        month.year += day / 146_097 * 400;
        while month.next().first_day() <= day {
            month = month.next();
        }
        month
    }

    /// The one after it.
    pub(super) fn next(self) -> Self {
        match self.month {
            12 => Self {
                year: self.year + 1,
                month: 1,
            },
            month => Self {
                month: month + 1,
                ..self
            },
        }
    }

    /// Its first moment, in microseconds since 1970.
    pub(super) fn begins(self) -> u64 {
        self.first_day() * DAY_MICROS
    }

    /// Days from 1970-01-01 to its first.
    fn first_day(self) -> u64 {
        let years = self.year - 1;
        let leap_days = |years: u64| years / 4 - years / 100 + years / 400;
        let is_leap =
            self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let lengths = [
            31,
            if is_leap { 29 } else { 28 },
            31,
            30,
            31,
            30,
            31,
            31,
            30,
            31,
            30,
            31,
        ];
        let before: u64 = lengths.iter().take(self.month as usize - 1).sum();
        (self.year - 1970) * 365 + leap_days(years) - leap_days(1969) + before
    }
}

impl FromStr for Month {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || "a month is written as 2026-11".to_owned();
        let (year, month) = text.split_once('-').ok_or_else(refused)?;
        let digits = year.len() == 4 && month.len() == 2 && !text.contains('+');
        match (year.parse(), month.parse()) {
            (Ok(year @ 1970..), Ok(month @ 1..=12)) if digits => Ok(Self { year, month }),
            _ => Err(refused()),
        }
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::Month;

    #[test]
    fn months_are_told_apart() {
        for (text, begins) in [
            ("1970-01", 0),
            ("1970-02", 31 * 86_400),
            ("2000-03", 951_868_800),
            ("2024-03", 1_709_251_200),
            ("2026-11", 1_793_491_200),
            ("2100-03", 4_107_542_400),
        ] {
            let month: Month = text.parse().unwrap();
            assert_eq!(month.begins(), begins * 1_000_000, "{text}");
            assert_eq!(Month::of(month.begins()), month);
            assert_eq!(Month::of(month.next().begins() - 1), month);
            assert_eq!(month.to_string(), text);
        }
        for wrong in [
            "2026",
            "2026-13",
            "2026-0",
            "26-11",
            "2026-1",
            "1969-12",
            "+026-11",
            "2026-11-01",
        ] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }
}
