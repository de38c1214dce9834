//! The tables, for people.

use std::fmt::Write;

use crate::compare::Comparison;
use crate::executor::{MILLISECOND, SECOND};
use crate::memory::Memory;
use crate::outcome::{Load, Outcome};
use crate::plot::{Line, Panel};

/// A Markdown table.
fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("| {} |\n", heads.join(" | "));
    let rules: Vec<&str> = heads
        .iter()
        .enumerate()
        .map(|(at, _)| if at == 0 { "---" } else { "---:" })
        .collect();
    let _ = writeln!(text, "| {} |", rules.join(" | "));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

/// A number of at least a thousand with commas, and a small one with what matters of it.
pub fn number(value: f64) -> String {
    if value < 9.95 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn load(load: Option<&Load>) -> [String; 2] {
    match load {
        Some(load) => [number(load.mean()), number(f64::from(load.peak()))],
        None => [String::new(), String::new()],
    }
}

/// What one run came to, in a line.
pub fn line(outcome: &Outcome) -> String {
    let fields = HEADS.iter().zip(row(outcome)).skip(3);
    let fields = fields.filter(|(_, value)| !value.is_empty());
    let fields: Vec<String> = fields
        .map(|(head, value)| format!("{head} {value}"))
        .collect();
    fields.join(", ")
}

/// The same, as a row of the table.
fn row(outcome: &Outcome) -> Vec<String> {
    let scenario = &outcome.scenario;
    let [log, log_peak] = load(Some(&outcome.log));
    let [relay, relay_peak] = load(outcome.relay.as_ref());
    let median = outcome
        .median_lag
        .map_or_else(String::new, |lag| number((lag / MILLISECOND) as f64));
    let missed: Vec<String> = outcome
        .goals()
        .iter()
        .filter(|goal| !goal.met)
        .map(|goal| format!("NO: {} ({})", goal.name, goal.measured))
        .collect();
    vec![
        scenario.title.clone(),
        number(scenario.isolates as f64),
        number(scenario.revocations as f64),
        number(outcome.cold as f64),
        log,
        log_peak,
        relay,
        relay_peak,
        median,
        number((outcome.worst_lag / MILLISECOND) as f64),
        format!(
            "{:.2}",
            100.0 * outcome.unavailable as f64
                / (outcome.served + outcome.unavailable).max(1) as f64
        ),
        number(outcome.bytes / 1_000.0),
        number(outcome.log_bytes / 1_000.0),
        number(outcome.usage.month()),
        if missed.is_empty() {
            "yes".to_owned()
        } else {
            missed.join(", ")
        },
    ]
}

/// The heads of [`row`].
const HEADS: [&str; 15] = [
    "run",
    "isolates",
    "revoked/h",
    "begun",
    "log/s",
    "peak",
    "relay/s",
    "peak",
    "lag ms",
    "worst",
    "503 %",
    "kB/s",
    "of the log",
    "$/month",
    "goals",
];

/// The table of all runs.
fn runs(outcomes: &[Outcome]) -> String {
    let rows: Vec<Vec<String>> = outcomes.iter().map(row).collect();
    table(&HEADS, &rows)
}

/// The table of memory.
fn memory_table(measured: &[Memory]) -> String {
    let megabytes = |bytes: usize| format!("{:.2}", bytes as f64 / 1e6);
    let rows: Vec<Vec<String>> = measured
        .iter()
        .map(|memory| {
            vec![
                number(memory.entries as f64),
                megabytes(memory.snapshot),
                megabytes(memory.window),
                megabytes(memory.copy),
                megabytes(memory.reading),
                megabytes(memory.answering),
            ]
        })
        .collect();
    let heads = [
        "entries",
        "snapshot, MB",
        "a relay's window, MB",
        "an isolate's copy, MB",
        "at most while it reads",
        "the log at most, while it answers",
    ];
    table(&heads, &rows)
}

/// The table of the same on workerd.
fn workerd(comparison: &Comparison) -> String {
    let rows: Vec<Vec<String>> = comparison
        .phases
        .iter()
        .map(|phase| {
            vec![
                phase.name.clone(),
                number(phase.seconds),
                number(phase.on_workerd),
                number(phase.here),
                if phase.agrees() { "yes" } else { "NO" }.to_owned(),
            ]
        })
        .collect();
    let heads = ["phase", "seconds", "workerd", "simulation", "agree"];
    format!(
        "## The same on workerd\n\n\
         {} isolates with {} requests a second each followed one log on workerd, for a time of the real clock. What \
         they asked, and what they asked in the simulation of the same run. Requests come at random in both, so the \
         counts may be a quarter apart.\n\n{}",
        comparison.isolates,
        number(comparison.rate),
        table(&heads, &rows)
    )
}

/// The page.
pub fn page(
    outcomes: &[Outcome],
    measured: &[Memory],
    comparison: Option<&Comparison>,
    seed: u64,
) -> String {
    let mut sections = vec![
        format!(
            "# The log at scale\n\n\
             `make scale` writes this page. [scale/README.md](scale/README.md) says what is simulated, how, and how \
             to read it. Seed: {seed}.\n\n\
             ![Questions a second at the busiest object](SCALE.svg)\n"
        ),
        format!("## Runs\n\n{}", runs(outcomes)),
        format!("## Memory\n\n{}", memory_table(measured)),
    ];
    sections.extend(comparison.map(workerd));
    sections.join("\n")
}

/// The plot's panels.
pub fn panels(outcomes: &[Outcome]) -> Vec<Panel> {
    [sizes(outcomes), failures(outcomes)]
        .into_iter()
        .flatten()
        .collect()
}

/// The busiest object of a run.
fn busiest(outcome: &Outcome) -> &Load {
    match &outcome.relay {
        Some(relay) if relay.peak() > outcome.log.peak() => relay,
        Some(_) | None => &outcome.log,
    }
}

fn sizes(outcomes: &[Outcome]) -> Option<Panel> {
    let usual = || {
        outcomes
            .iter()
            .filter(|outcome| outcome.scenario.name.starts_with("steady"))
    };
    let mut rates: Vec<u64> = usual()
        .map(|outcome| outcome.scenario.revocations)
        .collect();
    rates.sort_unstable();
    rates.dedup();
    let line = |rate: u64| {
        let of_rate = usual().filter(move |outcome| outcome.scenario.revocations == rate);
        Line {
            label: format!("{} revoked/h", number(rate as f64)),
            points: of_rate
                .map(|outcome| {
                    [
                        outcome.scenario.isolates as f64,
                        f64::from(busiest(outcome).peak()),
                    ]
                })
                .collect(),
        }
    };
    let lines: Vec<Line> = rates.into_iter().map(line).collect();
    (!lines.is_empty()).then(|| Panel {
        title: "Questions in the busiest second, at the busiest object".to_owned(),
        x_label: "isolates".to_owned(),
        is_x_logarithmic: true,
        limit: 500.0,
        lines,
        shaded: None,
    })
}

fn failures(outcomes: &[Outcome]) -> Option<Panel> {
    let troubled: Vec<&Outcome> = outcomes
        .iter()
        .filter(|outcome| outcome.scenario.trouble.is_some() && outcome.scenario.is_large())
        .collect();
    let trouble = troubled
        .iter()
        .find_map(|outcome| outcome.scenario.trouble)?;
    let line = |outcome: &&Outcome| Line {
        label: outcome.scenario.name.clone(),
        points: busiest(outcome)
            .seconds
            .iter()
            .enumerate()
            .skip(10)
            .map(|(second, count)| [second as f64, f64::from(*count)])
            .collect(),
    };
    Some(Panel {
        title: "Questions a second at the busiest object, while the log fails and after".to_owned(),
        x_label: "seconds".to_owned(),
        is_x_logarithmic: false,
        limit: 500.0,
        lines: troubled.iter().take(4).map(line).collect(),
        shaded: Some((
            [trouble.from, trouble.until].map(|time| time as f64 / SECOND as f64),
            "trouble".to_owned(),
        )),
    })
}
