//! What the programs are told and what they report, as JSON. The fields are those of `../../open-loop-types.ts` and
//! `../../connection-storm.ts`, which say what each means.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Write, stdout};

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenLoopPlan {
    pub port: u16,
    pub request: String,
    pub each_file: Option<String>,
    pub rate_rps: f64,
    pub duration_ms: f64,
    pub burst: usize,
    pub connections: usize,
    pub drain_ms: f64,
    #[serde(default)]
    pub keeps_times: bool,
}

impl OpenLoopPlan {
    /// How many requests are due in all.
    pub fn due(&self) -> usize {
        self.burst + (self.rate_rps * self.duration_ms / 1_000.0) as usize
    }

    /// Nanoseconds from the start of the load until a request is due.
    pub fn due_after_ns(&self, index: usize) -> u64 {
        (index.saturating_sub(self.burst) as f64 * 1e9 / self.rate_rps) as u64
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenLoopReport {
    pub due: usize,
    pub sent: usize,
    pub answered: usize,
    pub statuses: BTreeMap<u16, u64>,
    pub per_second: BTreeMap<u16, Vec<u64>>,
    pub first_and_last: BTreeMap<u16, FirstAndLast>,
    pub errors: BTreeMap<&'static str, usize>,
    pub offered_ms: f64,
    pub elapsed_ms: f64,
    pub latency_us: LatencySummary,
    pub generator_cpu: f64,
    pub times: Option<RequestTimes>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstAndLast {
    pub first_answer_ms: f64,
    pub answered_before: usize,
    pub last_sent_ms: f64,
}

#[derive(Serialize)]
pub struct LatencySummary {
    pub p50: u64,
    pub p90: u64,
    pub p99: u64,
    pub p999: u64,
    pub max: u64,
    pub mean: f64,
    pub curve: Vec<(f64, u64)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestTimes {
    pub start_ms: f64,
    pub latencies_us: Vec<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenLoopProgress {
    pub seconds_past: u64,
    pub answered: usize,
}

#[derive(Deserialize)]
pub struct StormPlan {
    pub port: u16,
    /// The bytes of the handshake.
    pub head: String,
    pub seconds: f64,
    pub opening: usize,
    pub open: usize,
}

#[derive(Serialize)]
pub struct StormReport {
    pub opened: u64,
    pub failed: u64,
    pub seconds: f64,
}

/// The bytes of latin1 text.
pub fn latin1(text: &str) -> Vec<u8> {
    text.encode_utf16().map(|unit| unit as u8).collect()
}

pub fn print_line(value: &impl Serialize) -> Result<(), Box<dyn Error>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    let mut output = stdout();
    output.write_all(&line)?;
    output.flush()?;
    Ok(())
}
