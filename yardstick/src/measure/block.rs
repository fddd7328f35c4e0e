//! One measurement: load on one process for a while, and its cost.

use crate::Result;
use crate::load::Load;
use crate::proc_files::{self, CpuTime};
use crate::setup::{Setup, Subject};
use crate::statistics::{median, percentile};

/// The cost of one answer, and the number of answers in a second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub(crate) answers: f64,
    pub(crate) answers_a_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) cpu_ms: f64,
    pub(crate) peak_mb: f64,
    pub(crate) calls: f64,
    pub(crate) handshakes: f64,
}

impl Block {
    /// Puts `load` on the process.
    pub(crate) async fn measure(setup: &Setup, subject: &Subject, load: &Load) -> Result<Self> {
        proc_files::reset_peak(subject.pid());
        let (counts, cpu) = (setup.counts()?, CpuTime::of(subject.pid())?);
        let mut outcome = load.run().await?;
        let cpu = CpuTime::of(subject.pid())?.since(cpu);
        let (before, counts) = (counts, setup.counts()?);
        let answers = outcome.latencies.len() as f64;
        let mut at = |share| {
            percentile(&mut outcome.latencies, share).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
        };
        Ok(Self {
            answers,
            answers_a_second: answers / outcome.elapsed.as_secs_f64(),
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            cpu_ms: cpu.as_secs_f64() * 1e3 / answers,
            peak_mb: proc_files::peak(subject.pid())? as f64 / 1e6,
            calls: counts.calls.saturating_sub(before.calls) as f64 / answers,
            handshakes: counts.handshakes.saturating_sub(before.handshakes) as f64 / answers,
        })
    }

    /// The median of each number.
    pub(crate) fn median(blocks: &[Self]) -> Self {
        let of = |number: fn(&Self) -> f64| median(blocks.iter().map(number).collect());
        Self {
            answers: of(|block| block.answers),
            answers_a_second: of(|block| block.answers_a_second),
            p50_ms: of(|block| block.p50_ms),
            p99_ms: of(|block| block.p99_ms),
            cpu_ms: of(|block| block.cpu_ms),
            peak_mb: of(|block| block.peak_mb),
            calls: of(|block| block.calls),
            handshakes: of(|block| block.handshakes),
        }
    }
}
