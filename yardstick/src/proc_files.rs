//! The facts about a process in `/proc`.

use std::fs;
use std::time::Duration;

use crate::Result;

/// The unit of times in `/proc/PID/stat`, whatever the kernel ticks with.
const TICK: Duration = Duration::from_millis(10);

/// The CPU time that a process has used.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct CpuTime {
    /// That of all threads, those that ended included, in whole ticks.
    coarse: Duration,
    /// That of the threads that live, in nanoseconds.
    fine: Duration,
}

impl CpuTime {
    /// Returns the CPU time that process `pid` has used until now.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let coarse = parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat"))?)
            .ok_or("/proc/PID/stat reads otherwise than expected")?;
        let mut fine = Duration::ZERO;
        for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
            // A thread may end between being listed and being read; the coarse time has it.
            if let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) {
                fine += parse_schedstat(&text).unwrap_or_default();
            }
        }
        Ok(Self { coarse, fine })
    }

    /// Returns the time since `earlier`: to the nanosecond, unless a thread took its time along
    /// when it ended.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        let fine = self.fine.saturating_sub(earlier.fine);
        let coarse = self.coarse.saturating_sub(earlier.coarse);
        if fine + 2 * TICK >= coarse { fine } else { coarse }
    }
}

/// The time in user and in system mode: the 14th and 15th field; the second one, a name, may hold
/// blanks.
fn parse_stat(text: &str) -> Option<Duration> {
    let (_, fields) = text.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(11);
    let ticks = times.next()?.parse::<u32>().ok()?.checked_add(times.next()?.parse().ok()?)?;
    Some(TICK * ticks)
}

/// The time on a CPU: the first field, in nanoseconds.
fn parse_schedstat(text: &str) -> Option<Duration> {
    Some(Duration::from_nanos(text.split_ascii_whitespace().next()?.parse().ok()?))
}

/// The memory that process `pid` holds now, in bytes.
pub(crate) fn resident(pid: u32) -> Result<u64> {
    status(pid, "VmRSS")
}

/// The part of [`resident`] that is not of files, such as the program itself, in bytes.
pub(crate) fn anonymous(pid: u32) -> Result<u64> {
    status(pid, "RssAnon")
}

/// The most memory that process `pid` held since its start or the last [`reset_peak`], in bytes.
pub(crate) fn peak(pid: u32) -> Result<u64> {
    status(pid, "VmHWM")
}

/// Begins a new peak, where the system lets it.
pub(crate) fn reset_peak(pid: u32) {
    // Otherwise the peak is that since the start, which is no less.
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

fn status(pid: u32, name: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    parse_kilobytes(&text, name).ok_or_else(|| format!("/proc/PID/status has no {name}").into())
}

/// The memory of the machine, in bytes.
pub(crate) fn machine_memory() -> Result<u64> {
    let text = fs::read_to_string("/proc/meminfo")?;
    parse_kilobytes(&text, "MemTotal").ok_or_else(|| "/proc/meminfo has no MemTotal".into())
}

/// The line `name:   1234 kB`, in bytes.
fn parse_kilobytes(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_read() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 100 0 0 0 123 45 0 0 20 0 3 0 5 6 7";
        assert_eq!(parse_stat(stat), Some(Duration::from_millis(1_680)));
        assert_eq!(parse_schedstat("1500000000 23 4\n"), Some(Duration::from_millis(1_500)));
        let status = "Name:\ta\nVmHWM:\t    1784 kB\nVmRSS:\t 12 kB\n";
        assert_eq!(parse_kilobytes(status, "VmHWM"), Some(1784 * 1024));
        assert_eq!(parse_kilobytes(status, "VmRSS"), Some(12 * 1024));
        for nonsense in ["", "VmHWM", "VmHWM: many kB", "7 (a) S 1"] {
            assert_eq!((parse_stat(nonsense), parse_kilobytes(nonsense, "VmHWM")), (None, None));
        }
    }

    #[test]
    fn fine_times_count_unless_a_thread_ended() {
        let time = |coarse, fine| CpuTime {
            coarse: Duration::from_millis(coarse),
            fine: Duration::from_millis(fine),
        };
        let used = |from: CpuTime, to: CpuTime| to.since(from).as_millis();
        assert_eq!(used(time(100, 105), time(200, 208)), 103);
        assert_eq!(used(time(100, 105), time(200, 185)), 80);
        assert_eq!(used(time(100, 105), time(200, 115)), 100);
        assert_eq!(used(time(100, 105), time(200, 50)), 100);
    }

    #[test]
    fn this_process_has_time_and_memory() {
        let pid = std::process::id();
        assert!(CpuTime::of(pid).is_ok());
        assert!(resident(pid).unwrap() > 100_000);
        assert!(anonymous(pid).unwrap() > 10_000);
        assert!(peak(pid).unwrap() > 100_000);
        assert!(machine_memory().unwrap() > 1_000_000);
    }
}
