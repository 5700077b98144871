//! What the kernel knows of a process: processor time and memory, from `/proc`.

use std::time::Duration;

/// Ticks a second in `/proc/PID/stat` (`USER_HZ`): 100 on every Linux that Rust runs on.
const TICKS: u64 = 100;

/// What a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Processor time, its own and the kernel's for it.
    pub processor: Duration,
    /// Memory in bytes that is present now.
    pub memory: u64,
    /// The most memory in bytes that ever was.
    pub most_memory: u64,
}

impl Usage {
    /// Of a process; `None` where there is no `/proc`.
    pub fn of(id: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        Some(Self {
            processor: processor(&stat)?,
            memory: kibibytes(&status, "VmRSS:")? * 1024,
            most_memory: kibibytes(&status, "VmHWM:")? * 1024,
        })
    }

    /// Of this process.
    pub fn own() -> Option<Self> {
        Self::of(std::process::id())
    }
}

/// Fields 14 and 15; the second, the program's name, may hold spaces and brackets.
fn processor(stat: &str) -> Option<Duration> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Duration::from_millis((user + system) * 1000 / TICKS))
}

fn kibibytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 120 0 0 0 31 12 0 0 20 0 5 0 100 1000 50";
        assert_eq!(super::processor(stat), Some(Duration::from_millis(430)));
        assert_eq!(
            super::kibibytes("Name:\tx\nVmHWM:\t  2048 kB\n", "VmHWM:"),
            Some(2048)
        );
    }
}
