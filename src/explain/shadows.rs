//! Routes that are only tried: which other routes decide about their requests meanwhile.

use super::answer::Place;
use super::witness::{fresh, intersections};
use crate::config::{Config, Glob, Route};
use crate::gate::{Decision, Policy, Trial};

/// A route that is only tried, and who decides in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shadow {
    /// The route that is only tried.
    pub tried: Place,
    /// The routes that decide about its requests, in their order.
    pub decide: Vec<Place>,
    /// Whether some of its requests are refused meanwhile, because no route takes them.
    pub some_are_refused: bool,
}

/// Each of them.
#[must_use]
pub fn shadows(config: &Config) -> Vec<Shadow> {
    let Some(trial) = Trial::of(config) else {
        return Vec::new();
    };
    let policy = Policy::new(config);
    let globs: Vec<&Glob> = config.tried.iter().map(|route| &route.pattern).collect();
    let fresh = fresh(&globs);
    let tried = config.tried.iter().filter(|route| route.is_report());
    tried
        .map(|tried| {
            let mut decide: Vec<Place> = Vec::new();
            let mut some_are_refused = false;
            for path in paths(tried, config, &fresh) {
                for method in methods(tried, config) {
                    if decides(trial.policy(), &config.tried, &method, &path) != Some(tried.place) {
                        continue;
                    }
                    match decides(&policy, &config.routes, &method, &path) {
                        None => some_are_refused = true,
                        Some(place) if decide.iter().any(|known| known.index == place) => {}
                        Some(place) => decide.push(Place {
                            index: place,
                            pattern: pattern_of(config, place),
                        }),
                    }
                }
            }
            decide.sort_by_key(|place| place.index);
            Shadow {
                tried: Place {
                    index: tried.place,
                    pattern: tried.pattern.to_string(),
                },
                decide,
                some_are_refused,
            }
        })
        .collect()
}

/// Paths at which other routes may decide: its own, and those that it has in common with each of them.
fn paths(tried: &Route, config: &Config, fresh: &str) -> Vec<String> {
    let mut patterns = vec![tried.pattern.clone()];
    for route in &config.routes {
        patterns.extend(intersections(&tried.pattern, &route.pattern));
    }
    let mut paths = Vec::new();
    for pattern in patterns {
        let (one, more) = pattern.plain();
        for plain in [Some(one), more].into_iter().flatten() {
            paths.push(plain.as_str().replace('*', fresh));
        }
    }
    paths
}

fn methods(tried: &Route, config: &Config) -> Vec<String> {
    if let Some(methods) = &tried.methods {
        return methods.clone();
    }
    let routes = config.routes.iter();
    let named = routes.flat_map(|route| route.methods.iter().flatten());
    named
        .cloned()
        .chain(["any other method".to_owned()])
        .collect()
}

fn decides(policy: &Policy, routes: &[Route], method: &str, path: &str) -> Option<usize> {
    match policy.decide(method, path) {
        Decision::Route(route) => {
            let at = usize::try_from(route.index).ok()?;
            routes.get(at).map(|route| route.place)
        }
        Decision::MethodNotAllowed { .. } | Decision::NotFound => None,
    }
}

fn pattern_of(config: &Config, place: usize) -> String {
    let mut routes = config.routes.iter();
    let route = routes.find(|route| route.place == place);
    route.map_or_else(String::new, |route| route.pattern.to_string())
}
