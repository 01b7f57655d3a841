//! Puts load on servers on 127.0.0.1. The counterpart of `../open-loop.ts` and `../connection-storm.ts`: the same plans,
//! the same reports, at a fraction of the CPU time, which on a small machine is taken from the server under test.
//!
//! ```text
//! sluice-load open-loop '{"port":...}'    prints progress lines, then one line with the report
//! sluice-load storm '{"port":...}'        prints one line with the report
//! ```

mod answer;
mod line;
mod open_loop;
mod plan;
mod request;
mod storm;
mod sys;
mod tally;

use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [subcommand, plan] = arguments.as_slice() else {
        eprintln!("usage: sluice-load open-loop|storm PLAN");
        return ExitCode::from(2);
    };
    match run(subcommand, plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sluice-load {subcommand}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(subcommand: &str, plan: &str) -> Result<(), Box<dyn Error>> {
    sys::allow_many_files();
    sys::wake_on_time();
    match subcommand {
        "open-loop" => open_loop::run(serde_json::from_str(plan)?),
        "storm" => plan::print_line(&storm::run(&serde_json::from_str(plan)?)?),
        _ => Err(format!("no load of this kind: expected open-loop or storm, not {subcommand:?}").into()),
    }
}
