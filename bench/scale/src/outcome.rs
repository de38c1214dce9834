//! What came of a run, and whether it is what was aimed at.

use crate::executor::{MILLISECOND, Micros, SECOND};
use crate::object::Object;
use crate::prices::Usage;
use crate::scenario::{SETTLING, Scenario};
use crate::world::World;

/// The most that an object may be asked in a second.
const MOST_QUESTIONS: u32 = 500;
/// The longest that something revoked may pass while stores answer.
const LONGEST_LAG: Micros = 5 * SECOND;
/// How long after a failure the load may be more than [`STORM`] times what is normal.
const CALMED: Micros = 10 * SECOND;
const STORM: f64 = 2.0;
/// So many questions a second are no storm: of a few, twice as many come by chance.
const LIGHT: u32 = 50;

/// How much one object was asked.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// In each second of the run.
    pub seconds: Vec<u32>,
}

impl Load {
    /// Of this object.
    pub fn of(object: &Object, length: Micros) -> Self {
        let mut seconds = object.questions();
        seconds.resize(whole_seconds(length), 0);
        Self { seconds }
    }

    fn total(&self) -> u32 {
        self.seconds.iter().sum()
    }

    fn between(&self, from: Micros, until: Micros) -> &[u32] {
        &self.seconds[whole_seconds(from)..whole_seconds(until).min(self.seconds.len())]
    }

    /// Questions a second, on average, after the run has settled.
    pub fn mean(&self) -> f64 {
        mean(self.between(SETTLING, Micros::MAX))
    }

    /// Questions in the busiest second.
    pub fn peak(&self) -> u32 {
        let settled = self.between(SETTLING, Micros::MAX);
        settled.iter().copied().max().unwrap_or(0)
    }
}

fn mean(seconds: &[u32]) -> f64 {
    let total: f64 = seconds.iter().copied().map(f64::from).sum();
    total / seconds.len().max(1) as f64
}

fn whole_seconds(time: Micros) -> usize {
    usize::try_from(time / SECOND).unwrap_or(usize::MAX)
}

/// One of the goals.
#[derive(Clone, Debug)]
pub struct Goal {
    /// What it is about.
    pub name: &'static str,
    /// What was measured, for people.
    pub measured: String,
    /// Whether it is met.
    pub met: bool,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was run.
    pub scenario: Scenario,
    /// How much the log was asked.
    pub log: Load,
    /// How much the busiest relay was asked.
    pub relay: Option<Load>,
    /// Bytes a second that the log sent.
    pub log_bytes: f64,
    /// Questions that isolates asked in each second.
    pub asked: Vec<u32>,
    /// Half of the lags are at most this.
    pub median_lag: Option<Micros>,
    /// The longest.
    pub worst_lag: Micros,
    /// Requests that passed.
    pub served: u64,
    /// Requests that got 503.
    pub unavailable: u64,
    /// Isolates that began cold.
    pub cold: u64,
    /// Bytes a second that isolates were sent.
    pub bytes: f64,
    /// Revoked tokens that isolates were tried with, and how many of them passed.
    pub tried: [u64; 2],
    /// What is billed.
    pub usage: Usage,
}

impl Outcome {
    /// Of a run that has just ended.
    pub fn of(scenario: &Scenario, world: &World) -> Self {
        let length = scenario.length;
        let log = Load::of(&world.log.object, length);
        let seconds = length as f64 / SECOND as f64;
        let tally = &world.tally;
        let (rows_read, rows_written) = world.log.rows();
        let relays: Vec<Load> = world
            .relays
            .iter()
            .map(|relay| Load::of(&relay.object, length))
            .collect();
        let questions: u32 = log.total() + relays.iter().map(Load::total).sum::<u32>();
        let objects = world.relays.iter().map(|relay| &relay.object);
        let active: Micros = objects.chain([&world.log.object]).map(Object::active).sum();
        let usage = Usage {
            seconds,
            requests: f64::from(questions),
            active: active as f64 / SECOND as f64,
            rows_read: rows_read as f64,
            rows_written: rows_written as f64,
            kv_reads: tally.snapshots_read.get() as f64,
            kv_writes: world.log.snapshots.get() as f64,
        };
        Self {
            scenario: scenario.clone(),
            log,
            relay: relays.into_iter().max_by_key(Load::peak),
            log_bytes: tally.log_bytes.get() as f64 / seconds,
            asked: tally.asked.borrow().clone(),
            median_lag: world.lags.median(),
            worst_lag: world.lags.worst(),
            served: tally.served.get(),
            unavailable: tally
                .unavailable
                .borrow()
                .iter()
                .copied()
                .map(u64::from)
                .sum(),
            cold: tally.cold.get(),
            bytes: tally.bytes.get() as f64 / seconds,
            tried: [tally.tried.get(), tally.let_through.get()],
            usage,
        }
    }

    /// When the log works again, in runs in which something goes wrong.
    fn trouble(&self) -> Option<(Micros, Micros)> {
        let trouble = self.scenario.trouble;
        let deploy = self.scenario.deploy;
        trouble
            .map(|trouble| (trouble.from, trouble.until))
            .or(deploy.map(|deploy| (deploy, deploy + 30 * SECOND)))
    }

    /// The goals.
    pub fn goals(&self) -> Vec<Goal> {
        let loads = || [Some(&self.log), self.relay.as_ref()].into_iter().flatten();
        let peak = loads().map(Load::peak).max().unwrap_or(0);
        let mut goals = vec![
            Goal {
                name: "no object above 500 questions a second",
                measured: format!("{peak}/s"),
                met: peak <= MOST_QUESTIONS,
            },
            Goal {
                name: "no lag above 5 s",
                measured: format!("{} ms", self.worst_lag / MILLISECOND),
                met: self.worst_lag <= LONGEST_LAG,
            },
            Goal {
                name: "nothing passes that the copy knows to be revoked",
                measured: format!("{} of {}", self.tried[1], self.tried[0]),
                met: self.tried[1] == 0,
            },
        ];
        if self.scenario.trouble.is_none() {
            let share = self.unavailable as f64 / (self.served + self.unavailable).max(1) as f64;
            goals.push(Goal {
                name: "less than 1 % of requests get 503 while the log works",
                measured: format!("{:.0} %", share * 100.0),
                met: share < 0.01,
            });
        }
        if let Some((from, until)) = self.trouble() {
            let times = |load: &Load| {
                let normal = mean(load.between(SETTLING, from));
                let after = load.between(until + CALMED, Micros::MAX);
                let busiest = after.iter().copied().max().unwrap_or(0);
                if busiest > LIGHT {
                    f64::from(busiest) / normal
                } else {
                    0.0
                }
            };
            let storm = loads().map(times).fold(0.0, f64::max);
            goals.push(Goal {
                name: "under twice the usual load within 10 s after a failure",
                measured: format!("{storm:.1} times"),
                met: storm < STORM,
            });
        }
        goals
    }
}
