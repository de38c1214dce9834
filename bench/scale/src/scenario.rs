//! What is simulated.

use crate::executor::{MILLISECOND, Micros, SECOND};
use crate::object::{Kind, Trouble};

/// One run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name, for `--only` and for the plot.
    pub name: String,
    /// What it is, for people.
    pub title: String,
    /// Isolates at any moment.
    pub isolates: usize,
    /// Places that they are in.
    pub places: usize,
    /// The busiest place has so many times as many as the quietest.
    pub skew: f64,
    /// Whether each place has a relay.
    pub relays: bool,
    /// Revocations an hour. The log begins with those of the last hour.
    pub revocations: u64,
    /// Requests a second of an isolate: between these two, each factor as likely as any other.
    pub requests: [f64; 2],
    /// The share of requests on strong routes.
    pub strong: f64,
    /// How long an isolate lives, on average.
    pub lifetime: Micros,
    /// When a new version is deployed: then all isolates are replaced within half a minute.
    pub deploy: Option<Micros>,
    /// What goes wrong with the log.
    pub trouble: Option<Trouble>,
    /// How many isolates keep a copy, and are tried with tokens that were revoked.
    pub whole: usize,
    /// How long it lasts, the first ten seconds of which are not counted.
    pub length: Micros,
    /// Everything is on one machine.
    pub is_local: bool,
}

/// What is not counted, at the beginning.
pub const SETTLING: Micros = 10 * SECOND;
/// From so many isolates on, there are relays.
const RELAYED: usize = 1_000;
/// When things go wrong, and for how long.
const TROUBLE: [Micros; 2] = [30 * SECOND, 60 * SECOND];
/// How long a run is in which something goes wrong.
const TROUBLED: Micros = 90 * SECOND;

impl Scenario {
    /// A usual day.
    pub fn steady(isolates: usize, revocations: u64) -> Self {
        Self {
            name: format!("steady-{isolates}-{revocations}"),
            title: "a usual day".to_owned(),
            isolates,
            places: 300,
            skew: 3.0,
            relays: isolates >= RELAYED,
            revocations,
            requests: [0.2, 5.0],
            strong: 0.0,
            lifetime: 1_800 * SECOND,
            deploy: None,
            trouble: None,
            whole: 10,
            length: 70 * SECOND,
            is_local: false,
        }
    }

    /// Whether it is one of the largest.
    pub const fn is_large(&self) -> bool {
        self.isolates >= 100_000
    }

    /// Whether this is its name, or the first part of it.
    pub fn is_named(&self, name: &str) -> bool {
        let rest = self.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    fn named(mut self, name: &str, title: &str) -> Self {
        self.name = format!("{name}-{}", self.isolates);
        title.clone_into(&mut self.title);
        self
    }

    /// What is asked of one object.
    fn without_relays() -> Self {
        Self {
            relays: false,
            ..Self::steady(1_000, 10_000)
        }
        .named("direct", "a usual day, without relays")
    }

    /// Many requests that wait for a log that is silent.
    fn busy() -> Self {
        Self {
            requests: [20.0, 500.0],
            ..Self::steady(1_000, 10_000)
        }
        .with_trouble(
            "busy",
            "20 to 500 requests a second each; the log is silent for half a minute",
            Kind::Silent,
            TROUBLE[1],
        )
    }

    fn strong(isolates: usize) -> Self {
        Self {
            strong: 0.1,
            ..Self::steady(isolates, 10_000)
        }
        .named("strong", "one request in ten is strong")
    }

    fn with_trouble(mut self, name: &str, title: &str, kind: Kind, until: Micros) -> Self {
        let [from, _] = TROUBLE;
        self.trouble = Some(Trouble { from, until, kind });
        self.length = TROUBLED;
        self.named(name, title)
    }
}

/// All of them, or those of a short run.
pub fn all(is_quick: bool) -> Vec<Scenario> {
    let sizes: &[usize] = if is_quick {
        &[100, 1_000]
    } else {
        &[100, 1_000, 10_000, 100_000]
    };
    let mut all = Vec::new();
    for &isolates in sizes {
        for revocations in [10, 10_000, 1_000_000] {
            all.push(Scenario::steady(isolates, revocations));
        }
    }
    all.push(Scenario::without_relays());
    all.push(Scenario::busy());
    all.push(Scenario::strong(if is_quick { 1_000 } else { 10_000 }));
    let troubled: &[usize] = if is_quick {
        &[1_000]
    } else {
        &[1_000, 100_000]
    };
    for &isolates in troubled {
        all.extend(failures(isolates));
    }
    all
}

fn failures(isolates: usize) -> Vec<Scenario> {
    let steady = || Scenario::steady(isolates, 10_000);
    let [from, until] = TROUBLE;
    let mut deployed = Scenario::steady(isolates, 1_000_000);
    deployed.deploy = Some(from);
    deployed.length = TROUBLED;
    let mut skewed = steady();
    skewed.skew = 100.0;
    vec![
        steady().with_trouble(
            "slow",
            "the log answers a second later, for half a minute",
            Kind::Slow(1_000 * MILLISECOND),
            until,
        ),
        steady().with_trouble(
            "silent",
            "the log is silent for half a minute",
            Kind::Silent,
            until,
        ),
        steady().with_trouble(
            "overloaded",
            "the log can do a twentieth of its work, for half a minute",
            Kind::Busy(20),
            until,
        ),
        steady().with_trouble(
            "restarted",
            "the log is started anew, and away for three seconds",
            Kind::Restarted,
            from + 3 * SECOND,
        ),
        deployed.named(
            "deployed",
            "all isolates and relays begin anew within half a minute",
        ),
        skewed.named(
            "skewed",
            "the busiest place has 100 times the isolates of the quietest",
        ),
    ]
}
