//! A table of requests, and what must come of each.
//!
//! Job: the comparison, and which routes no case is about. Not its job: reading the table from a file.

use serde::Serialize;

use super::answer::{Explanation, Outcome, Place, Site};
use super::question::Question;

/// A request, and what must come of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What to call it.
    pub name: String,
    /// The request.
    pub question: Question,
    /// What must come of it.
    pub expected: Expected,
}

/// What must come of a request. What is `None` may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// What becomes of it.
    pub outcome: Option<Expect>,
    /// The `match` of the route that decides.
    pub route: Option<String>,
    /// Where it goes, as it is configured.
    pub origin: Option<String>,
    /// Why it is refused, as the log has it.
    pub reason: Option<String>,
    /// What would become of it by the routes that are only tried.
    pub would: Option<Expect>,
}

/// What must become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It goes on to the origin.
    Pass,
    /// It is refused, whatever the status.
    Refuse,
    /// A person is sent to the login.
    Login,
    /// The gate answers with this status.
    Status(u16),
}

/// What came of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Each case.
    pub verdicts: Vec<Verdict>,
    /// The routes that no case is about.
    pub uncovered: Vec<Place>,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What it is called.
    pub name: String,
    /// What is not as expected; empty where all is.
    pub differences: Vec<String>,
    /// What came of the request.
    pub explanation: Explanation,
}

impl Report {
    /// How many cases came out differently.
    #[must_use]
    pub fn failed(&self) -> usize {
        let failed = self.verdicts.iter().filter(|v| !v.differences.is_empty());
        failed.count()
    }
}

/// Asks about each case.
#[must_use]
pub fn test(site: &Site<'_>, cases: &[Case]) -> Report {
    let verdicts: Vec<Verdict> = cases
        .iter()
        .map(|case| {
            let explanation = site.explain(&case.question);
            Verdict {
                name: case.name.clone(),
                differences: differences(&case.expected, &explanation),
                explanation,
            }
        })
        .collect();
    let all = if site.config.tried.is_empty() {
        &site.config.routes
    } else {
        &site.config.tried
    };
    let covered = |place: usize| {
        verdicts.iter().any(|verdict| {
            let would = verdict.explanation.would.as_deref();
            let routes = [Some(&verdict.explanation), would];
            let mut routes = routes
                .into_iter()
                .flatten()
                .filter_map(|e| e.route.as_ref());
            routes.any(|route| route.index == place)
        })
    };
    let uncovered = all
        .iter()
        .filter(|route| !covered(route.place))
        .map(|route| Place {
            index: route.place,
            pattern: route.pattern.to_string(),
        })
        .collect();
    Report {
        verdicts,
        uncovered,
    }
}

fn differences(expected: &Expected, found: &Explanation) -> Vec<String> {
    let mut differences = Vec::new();
    if let Some(outcome) = expected.outcome.filter(|outcome| !fits(*outcome, found)) {
        differences.push(format!(
            "expected {}, and {}: {}",
            asked(outcome),
            came(found),
            found.why
        ));
    }
    let mut compare = |what: &str, expected: &Option<String>, found: Option<&str>| {
        if let Some(expected) = expected
            && found != Some(expected)
        {
            let found = found.map_or_else(|| "none".to_owned(), |found| format!("`{found}`"));
            differences.push(format!(
                "expected the {what} `{expected}`, and it is {found}"
            ));
        }
    };
    let route = found.route.as_ref().map(|route| route.pattern.as_str());
    compare("route", &expected.route, route);
    compare("origin", &expected.origin, found.origin.as_deref());
    compare("reason", &expected.reason, found.reason);
    if let Some(would) = expected.would {
        match found.would.as_deref() {
            Some(found) if fits(would, found) => {}
            Some(found) => differences.push(format!(
                "expected that a route with `report` would say {}, and with it {}: {}",
                asked(would),
                came(found),
                found.why
            )),
            None => differences.push(format!(
                "expected that a route with `report` would say {}, and none is about this request",
                asked(would)
            )),
        }
    }
    differences
}

fn fits(expected: Expect, found: &Explanation) -> bool {
    match expected {
        Expect::Pass => found.outcome == Outcome::Passes,
        Expect::Refuse => found.outcome == Outcome::Refused,
        Expect::Login => found.status == Some(303) && found.outcome == Outcome::Refused,
        Expect::Status(status) => found.status == Some(status),
    }
}

fn asked(expected: Expect) -> String {
    match expected {
        Expect::Pass => "that it passes".to_owned(),
        Expect::Refuse => "that it is refused".to_owned(),
        Expect::Login => "a redirect to the login".to_owned(),
        Expect::Status(status) => status.to_string(),
    }
}

fn came(found: &Explanation) -> String {
    match (found.outcome, found.status) {
        (Outcome::Passes, _) => "it passes".to_owned(),
        (Outcome::Endpoint, _) => "Postern answers".to_owned(),
        (Outcome::Depends, _) => "it depends".to_owned(),
        (_, Some(status)) => format!("it is {status}"),
        (_, None) => "it is refused".to_owned(),
    }
}
