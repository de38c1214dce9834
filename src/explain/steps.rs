//! How the route of a request is found, step by step.

use super::question::Question;
use super::readings::two;
use crate::config::{self, Paths};
use crate::gate::path;
use crate::gate::readings;
use crate::gate::{Decision, Policy};

/// How many earlier routes are named one by one.
const NAMED: usize = 12;

/// The readings of the path, and the routes that were looked at.
pub(super) fn of_path(
    policy: &Policy,
    routes: &[config::Route],
    question: &Question,
) -> Vec<String> {
    let mut steps = Vec::new();
    let raw = path::split(&question.url).0;
    let decoded = match path::normalise(raw) {
        Ok(decoded) => {
            if decoded != raw {
                steps.push(format!("`{raw}` is `{decoded}` once it is decoded"));
            }
            decoded.into_owned()
        }
        Err(ambiguous) => {
            if let Some((one, other)) = two(raw, ambiguous) {
                steps.push(format!(
                    "`{raw}` has two readings: `{one}` as it was sent, and `{other}`"
                ));
            }
            let takes_any = routes.iter().any(|route| route.paths == Paths::AsSent);
            let all = if takes_any {
                readings::readings(raw).unwrap_or_default()
            } else {
                Vec::new()
            };
            let shown = match two(raw, ambiguous) {
                _ if !all.is_empty() => all,
                Some((one, other)) => vec![one, other],
                None => {
                    steps.push("such a path is refused, whatever the route".to_owned());
                    Vec::new()
                }
            };
            for reading in &shown {
                steps.push(led(routes, reading));
            }
            return steps;
        }
    };
    let first = routes
        .iter()
        .position(|route| route.pattern.matches(&decoded));
    let before = &routes[..first.unwrap_or(routes.len())];
    let left_out = before.len().saturating_sub(NAMED);
    if left_out > 0 {
        steps.push(format!("the first {left_out} routes do not fit"));
    }
    for route in &before[left_out..] {
        steps.push(format!(
            "routes[{}] `{}` does not fit",
            route.place, route.pattern
        ));
    }
    let Some(first) = first.and_then(|at| routes.get(at)) else {
        return steps;
    };
    steps.push(format!(
        "routes[{}] `{}` fits: it is the first that does",
        first.place, first.pattern
    ));
    of_group(policy, routes, first, question, &decoded, &mut steps);
    steps
}

/// Where a reading of a path leads.
fn led(routes: &[config::Route], reading: &str) -> String {
    let first = routes.iter().find(|route| route.pattern.matches(reading));
    let led = first.map_or_else(
        || "no route".to_owned(),
        |route| format!("routes[{}] `{}`", route.place, route.pattern),
    );
    format!("read as `{reading}` it leads to {led}")
}

/// Among the routes with the same `match`, the method decides.
fn of_group(
    policy: &Policy,
    routes: &[config::Route],
    first: &config::Route,
    question: &Question,
    path: &str,
    steps: &mut Vec<String>,
) {
    let group: Vec<&config::Route> = routes
        .iter()
        .filter(|route| route.pattern == first.pattern)
        .collect();
    if group.iter().all(|route| route.methods.is_none()) {
        return;
    }
    for route in group {
        let takes = match &route.methods {
            None => "every method".to_owned(),
            Some(methods) => methods.join(", "),
        };
        steps.push(format!("routes[{}] takes {takes}", route.place));
    }
    if let Decision::Route(route) = policy.decide(&question.method, path) {
        let at = usize::try_from(route.index).ok();
        if let Some(route) = at.and_then(|at| routes.get(at)) {
            let method = &question.method;
            steps.push(format!("{method} goes to routes[{}]", route.place));
        }
    }
}
