//! Load: several callers who each ask as soon as they have their answer.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Result;
use crate::caller::{Caller, Question};

/// The question of callers, and its end.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) caller: Caller,
    pub(crate) question: Question,
    /// A text that every answer must hold.
    pub(crate) expected: &'static str,
    /// Callers at once.
    pub(crate) callers: usize,
    pub(crate) until: Until,
}

/// The end of a load.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// After this time, but not before so many answers each.
    Time(Duration, usize),
    /// After so many answers in all.
    Answers(usize),
}

/// The result of a load.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) elapsed: Duration,
    pub(crate) latencies: Vec<Duration>,
}

impl Load {
    /// Asks until it is time to stop, and checks every answer.
    pub(crate) async fn run(&self) -> Result<Outcome> {
        let start = Instant::now();
        let mut callers = JoinSet::new();
        for number in 0..self.callers {
            let load = self.clone();
            callers.spawn(async move { load.run_one(number, start).await });
        }
        let mut latencies = Vec::new();
        while let Some(caller) = callers.join_next().await {
            latencies.extend(caller??);
        }
        Ok(Outcome { elapsed: start.elapsed(), latencies })
    }

    async fn run_one(&self, number: usize, start: Instant) -> Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        while self.goes_on(number, latencies.len(), start) {
            let asked = self.question.fresh();
            let sent = Instant::now();
            let answer = self.caller.ask(&asked).await?;
            latencies.push(sent.elapsed());
            answer.check(self.expected)?;
        }
        Ok(latencies)
    }

    fn goes_on(&self, number: usize, answers: usize, start: Instant) -> bool {
        match self.until {
            Until::Time(time, least) => answers < least || start.elapsed() < time,
            Until::Answers(all) => answers < share(all, self.callers, number),
        }
    }
}

/// The part of `all` that falls to caller `number` of `callers`.
fn share(all: usize, callers: usize, number: usize) -> usize {
    let remainder = all.checked_rem(callers).unwrap_or_default();
    all.checked_div(callers).unwrap_or_default() + usize::from(number < remainder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_answers_are_shared_out() {
        for (all, callers) in [(10, 3), (1, 4), (12, 4), (0, 2)] {
            assert_eq!((0..callers).map(|number| share(all, callers, number)).sum::<usize>(), all);
        }
        assert_eq!([0, 1, 2].map(|number| share(10, 3, number)), [4, 3, 3]);
    }
}
