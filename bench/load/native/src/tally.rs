//! What came of the requests: answers by status and second, latencies, errors.

use std::collections::BTreeMap;

use hdrhistogram::{CreationError, Histogram};

use crate::plan::{FirstAndLast, LatencySummary, OpenLoopPlan, OpenLoopReport, RequestTimes};

/// A connection closed before the answer was there.
pub const CUT: &str = "connection closed in mid-request";
pub const NOT_AN_ANSWER: &str = "not an answer";
const NEVER_SENT: &str = "never sent";
const NEVER_ANSWERED: &str = "never answered";

/// A request that was sent; times in nanoseconds.
#[derive(Clone, Copy)]
pub struct Asked {
    pub index: usize,
    pub due_ns: u64,
    pub sent_ns: u64,
}

pub struct Tally {
    start_ns: u64,
    answered: usize,
    last_answer_ns: u64,
    by_status: BTreeMap<u16, StatusTally>,
    errors: BTreeMap<&'static str, usize>,
    /// Microseconds, three digits.
    histogram: Histogram<u64>,
    /// By index of the request; made beforehand, so that the load does not wait for memory.
    latencies_us: Option<Vec<i64>>,
}

struct StatusTally {
    per_second: Vec<u64>,
    first_and_last: FirstAndLast,
}

impl Tally {
    pub fn new(plan: &OpenLoopPlan) -> Result<Tally, CreationError> {
        let mut histogram = Histogram::new_with_bounds(1, 120_000_000, 3)?;
        histogram.auto(true);
        Ok(Tally {
            start_ns: 0,
            answered: 0,
            last_answer_ns: 0,
            by_status: BTreeMap::new(),
            errors: BTreeMap::new(),
            histogram,
            latencies_us: plan.keeps_times.then(|| vec![-1; plan.due()]),
        })
    }

    /// From now on there may be answers.
    pub fn start(&mut self, start_ns: u64) {
        self.start_ns = start_ns;
    }

    pub fn answered(&self) -> usize {
        self.answered
    }

    /// Requests that need not be waited for any more.
    pub fn settled(&self) -> usize {
        self.answered + self.count_of(CUT)
    }

    pub fn error(&mut self, kind: &'static str) {
        self.errors_of(kind, 1);
    }

    pub fn answer(&mut self, plan: &OpenLoopPlan, asked: Asked, status: u16, came_ns: u64) {
        let latency_us = ((came_ns.saturating_sub(asked.due_ns) + 500) / 1_000).max(1);
        self.histogram.saturating_record(latency_us);
        if let Some(kept) = self.latencies_us.as_mut().and_then(|all| all.get_mut(asked.index)) {
            *kept = latency_us as i64;
        }
        self.last_answer_ns = self.last_answer_ns.max(came_ns);
        let start_ns = self.start_ns;
        let answered_before = self.answered;
        self.answered += 1;
        let tally = self.by_status.entry(status).or_insert_with(|| StatusTally {
            per_second: vec![0; ((plan.duration_ms + plan.drain_ms) / 1_000.0).ceil() as usize + 2],
            first_and_last: FirstAndLast {
                first_answer_ms: ms_between(start_ns, came_ns),
                answered_before,
                last_sent_ms: 0.0,
            },
        });
        tally.first_and_last.last_sent_ms = ms_between(start_ns, asked.sent_ns);
        let second = (came_ns.saturating_sub(start_ns) / 1_000_000_000) as usize;
        if second >= tally.per_second.len() {
            tally.per_second.resize(second + 1, 0);
        }
        if let Some(count) = tally.per_second.get_mut(second) {
            *count += 1;
        }
    }

    /// All of it, when the load is over; `cpu_ns` is what it took.
    pub fn report(mut self, plan: &OpenLoopPlan, sent: usize, cpu_ns: u64, now_ns: u64) -> OpenLoopReport {
        let due = plan.due();
        self.errors_of(NEVER_SENT, due - sent);
        self.errors_of(NEVER_ANSWERED, sent.saturating_sub(self.settled()));
        let start_ns = self.start_ns;
        OpenLoopReport {
            due,
            sent,
            answered: self.answered,
            statuses: self
                .by_status
                .iter()
                .map(|(status, of)| (*status, of.per_second.iter().sum()))
                .collect(),
            per_second: self.by_status.iter().map(|(status, of)| (*status, of.per_second.clone())).collect(),
            first_and_last: self
                .by_status
                .into_iter()
                .map(|(status, of)| (status, of.first_and_last))
                .collect(),
            errors: self.errors,
            offered_ms: plan.duration_ms,
            elapsed_ms: ms_between(start_ns, self.last_answer_ns),
            latency_us: summary(&self.histogram),
            generator_cpu: cpu_ns as f64 / now_ns.saturating_sub(start_ns) as f64,
            times: self
                .latencies_us
                .map(|latencies_us| RequestTimes { start_ms: start_ns as f64 / 1e6, latencies_us }),
        }
    }

    fn errors_of(&mut self, kind: &'static str, count: usize) {
        if count > 0 {
            *self.errors.entry(kind).or_default() += count;
        }
    }

    fn count_of(&self, kind: &str) -> usize {
        self.errors.get(kind).copied().unwrap_or(0)
    }
}

fn summary(histogram: &Histogram<u64>) -> LatencySummary {
    let at = |percentile: f64| histogram.value_at_percentile(percentile);
    // Evenly spaced where the plot's axis is: 1 - 10^-x, as in ../../open-loop-latency.ts.
    let percentiles = (0..=100).map(|step| 100.0 * (1.0 - 10_f64.powf(-0.05 * f64::from(step))));
    LatencySummary {
        p50: at(50.0),
        p90: at(90.0),
        p99: at(99.0),
        p999: at(99.9),
        max: histogram.max(),
        mean: histogram.mean(),
        curve: percentiles.map(|percentile| (percentile, at(percentile))).collect(),
    }
}

fn ms_between(from_ns: u64, to_ns: u64) -> f64 {
    to_ns.saturating_sub(from_ns) as f64 / 1e6
}
