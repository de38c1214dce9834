//! The same run on workerd and here, side by side.

use serde_json::Value;

use crate::executor::{Micros, SECOND};
use crate::object::{Kind, Trouble};
use crate::outcome::Outcome;
use crate::run::run;
use crate::scenario::Scenario;

/// How far the counts may lie apart: so many of a hundred, and a few beyond that where there are hardly any.
const APART: f64 = 25.0;
const FEW: f64 = 12.0;

/// A phase of the run.
#[derive(Clone, Debug)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// How long it was, in seconds.
    pub seconds: f64,
    /// Questions that isolates asked on workerd.
    pub on_workerd: f64,
    /// Questions that they asked here.
    pub here: f64,
}

impl Phase {
    /// Whether both agree.
    pub fn agrees(&self) -> bool {
        let apart = (self.on_workerd - self.here).abs();
        apart <= self.here * APART / 100.0 + FEW
    }
}

/// What was run, and what was counted.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// How many isolates there were.
    pub isolates: usize,
    /// Requests a second of each.
    pub rate: f64,
    /// The phases that count: isolates begin in the first one, which takes workerd a while.
    pub phases: Vec<Phase>,
}

/// Runs what was run on workerd, whose counts these are.
pub fn compare(counts: &str, seed: u64) -> Result<Comparison, String> {
    let counts: Value = serde_json::from_str(counts).map_err(|error| error.to_string())?;
    let wrong = || "the counts of workerd are not what run.mjs writes".to_owned();
    let number = |value: &Value| value.as_f64().ok_or_else(wrong);
    let isolates = number(&counts["isolates"])? as usize;
    let rate = number(&counts["rate"])?;
    let mut phases = Vec::new();
    for phase in counts["phases"].as_array().ok_or_else(wrong)? {
        phases.push(Phase {
            name: phase["name"].as_str().ok_or_else(wrong)?.to_owned(),
            seconds: number(&phase["seconds"])?,
            on_workerd: number(&phase["asked"])?,
            here: 0.0,
        });
    }
    let outcome = run(&scenario(isolates, rate, &phases), seed);
    let mut begun = 0.0;
    for phase in &mut phases {
        phase.here = questions(&outcome, begun, begun + phase.seconds);
        begun += phase.seconds;
    }
    phases.remove(0);
    Ok(Comparison {
        isolates,
        rate,
        phases,
    })
}

fn scenario(isolates: usize, rate: f64, phases: &[Phase]) -> Scenario {
    let mut trouble = None;
    let mut begun = 0.0;
    for phase in phases {
        if phase.name == "silent" {
            trouble = Some(Trouble {
                from: micros(begun),
                until: micros(begun + phase.seconds),
                kind: Kind::Silent,
            });
        }
        begun += phase.seconds;
    }
    Scenario {
        trouble,
        requests: [rate, rate],
        lifetime: 1_000_000 * SECOND,
        length: micros(begun),
        is_local: true,
        relays: false,
        whole: 0,
        // One in a while: on workerd nothing is revoked.
        ..Scenario::steady(isolates, 1)
    }
}

fn micros(seconds: f64) -> Micros {
    (seconds * SECOND as f64) as Micros
}

/// The questions between two moments. A second that is only partly in it counts in part.
fn questions(outcome: &Outcome, from: f64, until: f64) -> f64 {
    let seconds = outcome.asked.iter().enumerate();
    seconds
        .map(|(second, count)| {
            let begun = second as f64;
            let part = (until.min(begun + 1.0) - from.max(begun)).max(0.0);
            part * f64::from(*count)
        })
        .sum()
}
