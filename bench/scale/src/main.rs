//! Simulates the revocation log with many isolates, on a virtual clock.
//!
//! ```text
//! postern-bench-scale [--quick] [--seed N] [--only NAME] [--workerd COUNTS]
//! ```

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times and counts of a simulation are small, and drawn from distributions"
)]

mod compare;
mod executor;
mod isolate;
mod lag;
mod link;
mod log;
mod memory;
mod network;
mod object;
mod outcome;
mod outside;
mod plot;
mod prices;
mod random;
mod relay;
mod report;
mod rows;
mod run;
mod scenario;
mod world;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use outcome::Outcome;

const USAGE: &str =
    "usage: postern-bench-scale [--quick] [--seed N] [--only NAME] [--workerd COUNTS]";

#[derive(Debug)]
struct Arguments {
    is_quick: bool,
    seed: u64,
    only: Option<String>,
    /// The file with the counts of the same on workerd.
    workerd: Option<String>,
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments {
        is_quick: false,
        seed: 1,
        only: None,
        workerd: None,
    };
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let mut value = || given.next().ok_or_else(|| USAGE.to_owned());
        match name.as_str() {
            "--quick" => found.is_quick = true,
            "--seed" => found.seed = value()?.parse().map_err(|_| USAGE.to_owned())?,
            "--workerd" => found.workerd = Some(value()?),
            "--only" => found.only = Some(value()?),
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(found)
}

fn main() -> ExitCode {
    match arguments().and_then(|arguments| simulate(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Where the results go, from the root of the repository.
const PAGE: &str = "bench/SCALE.md";
const PLOT: &str = "bench/SCALE.svg";

fn simulate(arguments: &Arguments) -> Result<(), String> {
    let Arguments {
        is_quick,
        seed,
        only,
        workerd,
    } = arguments;
    let mut outcomes: Vec<Outcome> = Vec::new();
    for scenario in scenario::all(*is_quick) {
        if only.as_ref().is_some_and(|only| !scenario.is_named(only)) {
            continue;
        }
        eprint!("{}: ", scenario.name);
        let outcome = run::run(&scenario, *seed);
        eprintln!("{}", report::line(&outcome));
        outcomes.push(outcome);
    }
    let comparison = match workerd {
        Some(path) => {
            let counts = std::fs::read_to_string(path)
                .map_err(|error| format!("{path} can't be read: {error}"))?;
            Some(compare::compare(&counts, *seed)?)
        }
        None => None,
    };
    if outcomes.is_empty() && comparison.is_none() {
        return Err("no run has that name".to_owned());
    }
    let measured = [10, 10_000, 1_000_000].map(memory::measure);
    let page = report::page(&outcomes, &measured, comparison.as_ref(), *seed);
    if *is_quick || only.is_some() {
        println!("{page}");
    } else {
        let write = |path: &str, text: &str| {
            std::fs::write(path, text).map_err(|error| format!("{path} can't be written: {error}"))
        };
        write(PAGE, &page)?;
        write(PLOT, &plot::svg(&report::panels(&outcomes)))?;
        println!("postern: wrote {PAGE} and {PLOT}");
    }
    match comparison {
        Some(comparison) if !comparison.phases.iter().all(compare::Phase::agrees) => {
            Err("the simulation and workerd do not agree: see the table".to_owned())
        }
        Some(_) | None => Ok(()),
    }
}
