//! The metrics of the process, under the names that they have in every Prometheus client.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Reads the state of the process whenever metrics are asked for. Systems other than Linux tell
/// nothing.
#[derive(Debug)]
pub(crate) struct ProcessCollector;

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(state) = State::read() else { return Ok(()) };
        let cpu = ConstCounter::new(state.cpu_seconds);
        let help = "Total user and system CPU time spent in seconds.";
        cpu.encode(encoder.encode_descriptor("process_cpu_seconds", help, None, cpu.metric_type())?)?;
        for (name, help, value) in [
            ("process_resident_memory_bytes", "Resident memory size in bytes.", state.resident_bytes),
            ("process_virtual_memory_bytes", "Virtual memory size in bytes.", state.virtual_bytes),
            ("process_open_fds", "Number of open file descriptors.", state.open_files),
            ("process_max_fds", "Maximum number of open file descriptors.", state.max_files),
            ("process_threads", "Number of threads in the process.", state.threads),
            (
                "process_start_time_seconds",
                "Start time of the process since unix epoch in seconds.",
                state.started,
            ),
        ] {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}

/// The state of the process, as numbers of Prometheus.
struct State {
    cpu_seconds: f64,
    resident_bytes: f64,
    virtual_bytes: f64,
    open_files: f64,
    max_files: f64,
    threads: f64,
    started: f64,
}

impl State {
    #[cfg(target_os = "linux")]
    fn read() -> Option<Self> {
        use procfs::process::{LimitValue, Process};
        use procfs::{CurrentSI, WithCurrentSystemInfo};

        let process = Process::myself().ok()?;
        let stat = process.stat().ok()?;
        let ticks = procfs::ticks_per_second() as f64;
        let booted = procfs::KernelStats::current().ok()?.btime as f64;
        let max_files = match process.limits().ok()?.max_open_files.soft_limit {
            LimitValue::Value(limit) => limit as f64,
            LimitValue::Unlimited => f64::INFINITY,
        };
        Some(Self {
            cpu_seconds: (stat.utime + stat.stime) as f64 / ticks,
            resident_bytes: stat.rss_bytes().get() as f64,
            virtual_bytes: stat.vsize as f64,
            open_files: process.fd_count().ok()? as f64,
            max_files,
            threads: stat.num_threads as f64,
            started: booted + stat.starttime as f64 / ticks,
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn read() -> Option<Self> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_running_process_has_memory_threads_and_files() {
        let state = State::read().unwrap();
        assert!(state.resident_bytes > 1e5 && state.virtual_bytes >= state.resident_bytes);
        assert!(state.threads >= 1.0 && state.open_files >= 3.0 && state.max_files > state.open_files);
        assert!(state.started > 1e9 && state.cpu_seconds >= 0.0);
    }
}
