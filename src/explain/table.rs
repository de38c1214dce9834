//! The policy as a table: what is open first, and what nobody reaches.

use serde::Serialize;

use super::{issuers, needs, words};
use crate::config::{Access, Config, Glob, Paths, Preflight, Route};
use crate::gate::{Decision, Policy};

/// The policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its routes: what is open to everyone first.
    pub rows: Vec<Row>,
    /// What nobody gets, in words.
    pub closed: Vec<String>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its place in the configuration.
    pub index: usize,
    /// `match`.
    pub pattern: String,
    /// The methods; empty for all.
    pub methods: Vec<String>,
    /// `access`, as it is written.
    pub access: &'static str,
    /// What it asks for.
    pub needs: String,
    /// Where its requests go.
    pub origin: Option<String>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
}

/// The policy as a table.
#[must_use]
pub fn table(config: &Config) -> Table {
    let policy = Policy::new(config);
    let all = if config.tried.is_empty() {
        &config.routes
    } else {
        &config.tried
    };
    let mut rows: Vec<Row> = all.iter().map(|route| row(config, route)).collect();
    for row in &mut rows {
        let route = all.iter().find(|route| route.place == row.index);
        if let Some(route) = route.filter(|route| !route.is_report())
            && !is_reached(&policy, config, route)
        {
            row.notes
                .push("earlier routes take all of it: it decides nothing".to_owned());
        }
    }
    rows.sort_by_key(|row| (order(row.access), row.index));
    Table {
        rows,
        closed: closed(&policy, config),
    }
}

fn order(access: &str) -> u8 {
    match access {
        "public" => 0,
        "any" => 1,
        "session" => 2,
        "token" => 3,
        _ => 4,
    }
}

const fn access(access: Access) -> &'static str {
    match access {
        Access::Public => "public",
        Access::Token => "token",
        Access::Session => "session",
        Access::Any => "any",
        Access::Deny => "deny",
    }
}

fn row(config: &Config, route: &Route) -> Row {
    let mut notes = Vec::new();
    if route.is_report() {
        notes.push("only tried (report): it decides nothing".to_owned());
    }
    if route.max_staleness.is_zero() {
        notes.push("asks the revocation log each time".to_owned());
    }
    if route.paths == Paths::AsSent {
        notes.push("paths as sent".to_owned());
    }
    notes.extend(issuers::whose(config, route));
    if route.token_from.is_some() {
        notes.push(format!("a token may be {}", issuers::from(route)));
    }
    if route.passes_authorization {
        notes.push("the origin gets Authorization".to_owned());
    }
    match route.preflight {
        Preflight::Refuse => {}
        Preflight::Pass => notes.push("the origin answers CORS preflights".to_owned()),
        Preflight::Answer => notes.push(format!(
            "answers CORS preflights of {}",
            words::and(&route.cors_origins)
        )),
    }
    Row {
        index: route.place,
        pattern: route.pattern.to_string(),
        methods: route.methods.clone().unwrap_or_default(),
        access: access(route.access),
        needs: needs::shortly(route),
        origin: route.origin.as_ref().map(words::origin),
        notes,
    }
}

/// Whether it decides about some request.
fn is_reached(policy: &Policy, config: &Config, route: &Route) -> bool {
    let globs: Vec<&Glob> = config.routes.iter().map(|route| &route.pattern).collect();
    let fresh = super::witness::fresh(&globs);
    let method = match route.methods.as_deref() {
        Some([first, ..]) => first.as_str(),
        Some([]) | None => "any other method",
    };
    let (one, more) = route.pattern.plain();
    [Some(one), more].into_iter().flatten().any(|plain| {
        let path = plain.as_str().replace('*', &fresh);
        let decides = match policy.decide(method, &path) {
            Decision::Route(other) => usize::try_from(other.index)
                .ok()
                .and_then(|at| config.routes.get(at)),
            Decision::MethodNotAllowed { .. } | Decision::NotFound => None,
        };
        decides.is_some_and(|other| other.place == route.place)
    })
}

/// What nobody gets.
fn closed(policy: &Policy, config: &Config) -> Vec<String> {
    let mut closed = Vec::new();
    let mut seen: Vec<&Glob> = Vec::new();
    for route in &config.routes {
        if seen.contains(&&route.pattern) {
            continue;
        }
        seen.push(&route.pattern);
        let group = config.routes.iter().filter(|r| r.pattern == route.pattern);
        let mut methods: Vec<&str> = Vec::new();
        let mut takes_all = false;
        for one in group {
            takes_all |= one.methods.is_none();
            methods.extend(one.methods.iter().flatten().map(String::as_str));
        }
        if !takes_all {
            closed.push(format!(
                "`{}` with other methods than {}: 405",
                route.pattern,
                words::and(&methods)
            ));
        }
    }
    let globs: Vec<&Glob> = config.routes.iter().map(|route| &route.pattern).collect();
    let path = format!("/{}", super::witness::fresh(&globs));
    if matches!(policy.decide("GET", &path), Decision::NotFound) {
        closed.push("every path that no `match` fits: 404".to_owned());
    }
    closed
}
