//! The requests about which two policies decide differently.

use super::answer::endpoint;
use super::change::{Change, Effect};
use super::entry::{self, Entry};
use super::issuers;
use super::witness::{fresh, intersections};
use super::words;
use crate::config::{Config, Glob, Implies, OnOutage, Paths, Preflight, Route};
use crate::gate::{Decision, Policy};

/// What one of the policies says of a method and a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// The route at this place among those that decide.
    Route(usize),
    /// The pattern has no route for the method.
    NoMethod,
    /// No pattern fits.
    Nothing,
}

/// Requests for which the same two routes decide.
struct Found {
    said: [Said; 2],
    patterns: Vec<Glob>,
    methods: Vec<String>,
}

/// Every difference.
pub(super) fn of_routes(old: &Config, new: &Config) -> Vec<Change> {
    let policies = [Policy::new(old), Policy::new(new)];
    let methods = methods(old, new);
    let mut found: Vec<Found> = Vec::new();
    for (pattern, path) in places(old, new) {
        let mut here: Vec<([Said; 2], Vec<String>)> = Vec::new();
        for method in &methods {
            let said = [&policies[0], &policies[1]].map(|policy| said(policy, method, &path));
            match here.iter_mut().find(|(other, _)| *other == said) {
                Some((_, all)) => all.push(method.clone()),
                None => here.push((said, vec![method.clone()])),
            }
        }
        for (said, methods) in here {
            let same = |found: &&mut Found| found.said == said && found.methods == methods;
            match found.iter_mut().find(same) {
                // What another pattern of these takes as well need not be named.
                Some(found) => {
                    if !found.patterns.iter().any(|other| other.covers(&pattern)) {
                        found.patterns.retain(|other| !pattern.covers(other));
                        found.patterns.push(pattern.clone());
                    }
                }
                None => found.push(Found {
                    said,
                    patterns: vec![pattern.clone()],
                    methods,
                }),
            }
        }
    }
    let mut merged: Vec<(Difference, Vec<Glob>, Vec<String>)> = Vec::new();
    for one in found {
        for difference in compare(one.said, (old, new)) {
            let same = |(other, _, methods): &&mut (Difference, Vec<Glob>, Vec<String>)| {
                *other == difference && *methods == one.methods
            };
            match merged.iter_mut().find(same) {
                Some((_, patterns, _)) => patterns.extend(one.patterns.clone()),
                None => merged.push((difference, one.patterns.clone(), one.methods.clone())),
            }
        }
    }
    let all = methods.len();
    let change = |(difference, patterns, methods): (Difference, Vec<Glob>, Vec<String>)| {
        let Difference {
            effect,
            key,
            before,
            after,
        } = difference;
        let about = about(&patterns, &methods, methods.len() == all);
        let about = key.map_or_else(|| about.clone(), |key| format!("{about}: {key}"));
        Change {
            paths: whole(&patterns),
            ..Change::new(effect, about, before, after)
        }
    };
    merged.into_iter().map(change).collect()
}

/// One thing that two routes do differently.
#[derive(PartialEq, Eq)]
struct Difference {
    effect: Effect,
    /// What it is, where it is not who gets in.
    key: Option<&'static str>,
    before: String,
    after: String,
}

/// Patterns that together take whatever the two policies may decide differently about, each with a path.
fn places(old: &Config, new: &Config) -> Vec<(Glob, String)> {
    let mut patterns: Vec<Glob> = Vec::new();
    let mut add = |pattern: Glob| {
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    };
    let own = |config: &Config| -> Vec<Glob> {
        let mut all: Vec<Glob> = Vec::new();
        for route in &config.routes {
            if !all.contains(&route.pattern) {
                all.push(route.pattern.clone());
            }
        }
        all
    };
    let (olds, news) = (own(old), own(new));
    for pattern in olds.iter().chain(&news) {
        add(pattern.clone());
    }
    for one in &olds {
        for other in news.iter().filter(|other| *other != one) {
            for both in intersections(one, other) {
                add(both);
            }
        }
    }
    let all: Vec<&Glob> = olds.iter().chain(&news).collect();
    let fresh = fresh(&all);
    let mut places = Vec::new();
    for pattern in &patterns {
        let (one, more) = pattern.plain();
        for plain in [Some(one), more].into_iter().flatten() {
            let path = plain.as_str().replace('*', &fresh);
            if endpoint(&path).is_none() {
                places.push((plain, path));
            }
        }
    }
    places
}

/// `/a/**` in place of `/a` and `/a/*`.
fn whole(patterns: &[Glob]) -> Vec<String> {
    let has = |text: &str| patterns.iter().any(|pattern| pattern.as_str() == text);
    let mut texts = Vec::new();
    for pattern in patterns.iter().map(Glob::as_str) {
        match pattern.strip_suffix("/*") {
            Some(path) if !path.is_empty() && !path.contains('*') && has(path) => {
                texts.push(format!("{path}/**"));
            }
            _ if has(&format!("{pattern}/*")) && !pattern.contains('*') => {}
            _ => texts.push(pattern.to_owned()),
        }
    }
    texts
}

/// A name for all methods that neither policy names.
const OTHERS: &str = "other methods";

/// The methods to ask about.
fn methods(old: &Config, new: &Config) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for route in old.routes.iter().chain(&new.routes) {
        for method in route.methods.iter().flatten() {
            if !all.contains(method) {
                all.push(method.clone());
            }
        }
    }
    if all.iter().any(|method| method == "GET") && !all.iter().any(|method| method == "HEAD") {
        all.push("HEAD".to_owned());
    }
    all.push(OTHERS.to_owned());
    all
}

fn said(policy: &Policy, method: &str, path: &str) -> Said {
    match policy.decide(method, path) {
        Decision::Route(route) => Said::Route(usize::try_from(route.index).unwrap_or(usize::MAX)),
        Decision::MethodNotAllowed { .. } => Said::NoMethod,
        Decision::NotFound => Said::Nothing,
    }
}

/// How many patterns are named.
const NAMED: usize = 5;

/// `/a/* and /b (GET, POST)`
fn about(patterns: &[Glob], methods: &[String], are_all: bool) -> String {
    let mut patterns = whole(patterns);
    if patterns.len() > NAMED + 1 {
        let more = patterns.len() - NAMED;
        patterns.truncate(NAMED);
        patterns.push(format!("{more} more"));
    }
    let patterns = words::and(&patterns);
    if are_all {
        return patterns;
    }
    // HEAD goes where GET goes.
    let has_get = methods.iter().any(|method| method == "GET");
    let methods: Vec<&str> = methods
        .iter()
        .map(String::as_str)
        .filter(|method| *method != "HEAD" || !has_get)
        .collect();
    format!("{patterns} ({})", methods.join(", "))
}

fn route(said: Said, config: &Config) -> Option<&Route> {
    match said {
        Said::Route(at) => config.routes.get(at),
        Said::NoMethod | Said::Nothing => None,
    }
}

fn entry<'r>(said: Said, route: Option<&'r Route>, implies: &'r Implies) -> Entry<'r> {
    match (route, said) {
        (Some(route), _) => Entry::of(route, implies),
        (None, Said::NoMethod) => Entry::NoOne("refused: no route for the method (405)"),
        (None, _) => Entry::NoOne("refused: no route (404)"),
    }
}

/// What is different between what two policies say.
fn compare(said: [Said; 2], (old, new): (&Config, &Config)) -> Vec<Difference> {
    let mut differences = Vec::new();
    let (before, after) = (route(said[0], old), route(said[1], new));
    let entries = [
        entry(said[0], before, &old.implies),
        entry(said[1], after, &new.implies),
    ];
    let effect = match entries[0].change(&entries[1]) {
        entry::Change::More | entry::Change::Others => Some(Effect::Opens),
        entry::Change::Fewer => Some(Effect::Closes),
        // Refused for another reason.
        entry::Change::None if entries[0] != entries[1] => Some(Effect::Changes),
        entry::Change::None => None,
    };
    if let Some(effect) = effect {
        differences.push(Difference {
            effect,
            key: None,
            before: entry::words(&entries[0], before),
            after: placed(entry::words(&entries[1], after), after),
        });
    }
    if let (Some(before), Some(after)) = (before, after) {
        for (effect, key, before, after) in issuers::compared((old, before), (new, after)) {
            let key = Some(key);
            differences.push(Difference {
                effect,
                key,
                before,
                after,
            });
        }
        compare_rest(before, after, &mut differences);
    }
    differences
}

/// With the route that says so.
fn placed(words: String, route: Option<&Route>) -> String {
    match route {
        Some(route) => format!("{words} (routes[{}])", route.place),
        None => words,
    }
}

/// What two routes do beside letting somebody in.
fn compare_rest(old: &Route, new: &Route, differences: &mut Vec<Difference>) {
    let mut say = |effect, key: &'static str, before: String, after: String| {
        if before != after {
            differences.push(Difference {
                effect,
                key: Some(key),
                before,
                after,
            });
        }
    };
    let origin = |route: &Route| match &route.origin {
        Some(origin) => words::origin(origin),
        None => "nowhere".to_owned(),
    };
    if old.origin.is_some() && new.origin.is_some() {
        say(Effect::Changes, "origin", origin(old), origin(new));
    }
    let stricter = |is_looser: bool| {
        if is_looser {
            Effect::Opens
        } else {
            Effect::Closes
        }
    };
    let cors = |route: &Route| match route.preflight {
        Preflight::Refuse => "preflights are refused".to_owned(),
        Preflight::Pass => "the origin answers preflights".to_owned(),
        Preflight::Answer => "preflights are answered".to_owned(),
    };
    let is_more = old.preflight == Preflight::Refuse;
    say(stricter(is_more), "preflight", cors(old), cors(new));
    let origins = |route: &Route| match route.cors_origins.as_slice() {
        [] => "no web origin".to_owned(),
        all => words::and(all),
    };
    let is_more = new
        .cors_origins
        .iter()
        .any(|origin| !old.cors_origins.contains(origin));
    say(
        stricter(is_more),
        "cors_origins",
        origins(old),
        origins(new),
    );
    let passes = |is: bool| if is { "the origin gets it" } else { "it stops" }.to_owned();
    say(
        stricter(new.passes_authorization),
        "authorization",
        passes(old.passes_authorization),
        passes(new.passes_authorization),
    );
    let paths = |route: &Route| match route.paths {
        Paths::Unambiguous => "unambiguous".to_owned(),
        Paths::AsSent => "as-sent".to_owned(),
    };
    say(
        stricter(new.paths == Paths::AsSent),
        "paths",
        paths(old),
        paths(new),
    );
    let asks = |route: &Route| route.access.takes_tokens() || route.access.takes_sessions();
    if asks(old) && asks(new) {
        let outage = |route: &Route| match route.on_outage {
            OnOutage::Deny => "deny".to_owned(),
            OnOutage::AllowCached => "allow_cached".to_owned(),
        };
        let is_looser = new.on_outage == OnOutage::AllowCached;
        say(stricter(is_looser), "on_outage", outage(old), outage(new));
        let after = |route: &Route| match route.max_staleness.as_secs() {
            0 => "revoked at once".to_owned(),
            seconds => format!("revoked within {}", words::lasting(seconds)),
        };
        say(Effect::Changes, "max_staleness", after(old), after(new));
        let yes = |is: bool| if is { "true" } else { "false" }.to_owned();
        let cut = (yes(old.cut_streams), yes(new.cut_streams));
        say(Effect::Changes, "cut_streams", cut.0, cut.1);
        let told = (words::told(&old.identity), words::told(&new.identity));
        say(Effect::Changes, "identity", told.0, told.1);
        let signed = (words::signed(old), words::signed(new));
        say(Effect::Changes, "assertion", signed.0, signed.1);
        say(Effect::Changes, "keep", yes(old.keep), yes(new.keep));
    }
    let headers = |route: &Route| match &route.headers {
        None => "all but some".to_owned(),
        Some(list) => format!("{} in the allow list", list.len()),
    };
    if old.headers != new.headers {
        let (before, mut after) = (headers(old), headers(new));
        if before == after {
            after.push_str(", others");
        }
        say(Effect::Changes, "headers", before, after);
    }
}
