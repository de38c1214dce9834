//! Finds routes that no request can reach, and routes that ask for tokens that no client can get.

use super::access::Access;
use super::client::Client;
use super::glob::Glob;
use super::route::{Place, Route};
use super::table::{Problems, Read, listed};
use crate::protocol::ResourceUri;

/// The paths that Postern answers itself, whatever the routes say.
const OWN_PATHS: &[&str] = &[
    "/oauth/authorize",
    "/oauth/token",
    "/oauth/introspect",
    "/oauth/revoke",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/*",
    "/_postern/*",
];

/// Reports each route that is never reached.
///
/// The first pattern that matches a path decides. Routes with the very same pattern form a group
/// and are told apart by their methods, the first one with the method deciding. A route with `report`
/// takes nothing from the others.
pub(super) fn check_places(places: &[Read<Place>], problems: &mut Problems) {
    for (at, place) in places.iter().enumerate() {
        let Ok(place) = place else { continue };
        if OWN_PATHS
            .iter()
            .any(|path| Glob::new(path).covers(&place.pattern))
        {
            let message = "is never reached, because Postern answers there itself: leave this \
                           route out";
            problems.add(format!("routes[{at}].match"), message);
            continue;
        }
        let earlier: Vec<(usize, &Place)> = places[..at]
            .iter()
            .enumerate()
            .filter_map(|(at, place)| place.as_ref().ok().map(|place| (at, place)))
            .filter(|(_, other)| place.is_report || !other.is_report)
            .collect();
        let covering = earlier.iter().find(|(_, other)| {
            other.pattern != place.pattern && other.pattern.covers(&place.pattern)
        });
        if let Some((first, other)) = covering {
            let message = format!(
                "is never reached, because `{}` of routes[{first}] takes all these paths: put this \
                 route before that one",
                other.pattern
            );
            problems.add(format!("routes[{at}].match"), message);
            continue;
        }
        let group: Vec<(usize, &Place)> = earlier
            .into_iter()
            .filter(|(_, other)| other.pattern == place.pattern)
            .collect();
        check_methods(at, place, &group, problems);
    }
}

fn check_methods(at: usize, place: &Place, group: &[(usize, &Place)], problems: &mut Problems) {
    if let Some((first, _)) = group.iter().find(|(_, other)| other.methods.is_none()) {
        let message = format!(
            "is never reached, because routes[{first}] has the same `match` and takes every \
             method: put this route before that one, or give that one `methods`"
        );
        problems.add(format!("routes[{at}].match"), message);
        return;
    }
    for (index, method) in place.methods.iter().flatten().enumerate() {
        let taken = |other: &Place| {
            let methods = other.methods.as_deref().unwrap_or_default();
            let get_admits_it = method == "HEAD" && methods.iter().any(|m| m == "GET");
            get_admits_it || methods.contains(method)
        };
        if let Some((first, _)) = group.iter().find(|(_, other)| taken(other)) {
            let message = format!(
                "is never reached, because routes[{first}] has the same `match` and takes {method} \
                 already: name the method in one of them"
            );
            problems.add(format!("routes[{at}].methods[{index}]"), message);
        }
    }
}

/// Reports each route whose tokens no client can get.
pub(super) fn check_tokens(
    routes: &[(usize, &Route)],
    has_own_audience: impl Fn(usize) -> bool,
    clients: &[Client],
    problems: &mut Problems,
) {
    let getting: Vec<&Client> = clients.iter().filter(|c| !c.grants.is_empty()).collect();
    for &(at, route) in routes {
        if !route.access.takes_tokens() {
            continue;
        }
        if getting.is_empty() {
            let message = if route.access == Access::Any {
                "takes tokens, which no client can get: write `access = \"session\"`, or add a \
                 `[[clients]]` (`npx postern client ID` prints one)"
            } else {
                "asks for a token, which no client can get: add a `[[clients]]` \
                 (`npx postern client ID` prints one)"
            };
            problems.add(format!("routes[{at}].access"), message);
            continue;
        }
        let mut single = true;
        for (index, token) in route.scope.tokens().enumerate() {
            if !getting.iter().any(|c| c.scope.contains(token)) {
                single = false;
                let message = format!(
                    "unknown scope: no client may have `{token}`; {}",
                    known("scopes", getting.iter().flat_map(|c| c.scope.tokens()))
                );
                problems.add(format!("routes[{at}].scopes[{index}]"), message);
            }
        }
        if let Some(audience) = &route.audience
            && !getting.iter().any(|c| c.audiences.contains(audience))
        {
            single = false;
            let all = getting.iter().flat_map(|c| &c.audiences);
            let message = format!(
                "unknown audience: no client may get a token for `{audience}`; {}",
                known("audiences", all.map(ResourceUri::as_str))
            );
            let key = if has_own_audience(at) {
                format!("routes[{at}].audience")
            } else {
                "audience".to_owned()
            };
            problems.add(key, message);
        }
        let opens = |c: &&Client| {
            c.scope.covers(&route.scope)
                && route
                    .audience
                    .as_ref()
                    .is_none_or(|a| c.audiences.contains(a))
        };
        if single && !getting.iter().any(opens) {
            let message = "no client may have all of its scopes in one token for its audience: \
                           give a client all of them";
            problems.add(format!("routes[{at}]"), message);
        }
    }
}

/// Reports each route that asks for a login, because nobody can log in.
pub(super) fn check_logins(routes: &[Route], problems: &mut Problems) {
    for (at, route) in routes.iter().enumerate() {
        if route.access.takes_sessions() {
            let message = "asks for a login, and nobody can log in: add a \
                           `[[providers]]`, or accounts in the secret POSTERN_USERS \
                           (`npx postern user NAME` prints one)";
            problems.add(format!("routes[{at}].access"), message);
        }
    }
}

/// What to write instead.
fn known<'a>(key: &str, all: impl Iterator<Item = &'a str>) -> String {
    // Put where they belong one by one: the library's sort would be three kilobytes of the Worker.
    let mut names: Vec<&str> = Vec::new();
    for name in all {
        if let Err(at) = names.binary_search(&name) {
            names.insert(at, name);
        }
    }
    names.truncate(10);
    if names.is_empty() {
        format!("add it to the `{key}` of a client")
    } else {
        format!(
            "add it to the `{key}` of a client, or write one of theirs: {}",
            listed(&names)
        )
    }
}
