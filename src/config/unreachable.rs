//! Finds routes that no request can reach, and routes that ask for tokens that no client can get.

use super::access::Access;
use super::client::Client;
use super::glob::Glob;
use super::globs::Globs;
use super::implies::Implies;
use super::route::{Place, Route};
use super::table::{Problems, Read, listed};
use crate::protocol::Sorted;

/// The paths that Postern answers itself, whatever the routes say.
const OWN_PATHS: [&str; 8] = [
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
    let mut readable: Vec<(usize, &Place)> = Vec::new();
    let (mut globs, mut patterns) = (Vec::new(), Vec::new());
    for (at, place) in places.iter().enumerate() {
        if let Ok(place) = place {
            globs.push(&place.pattern);
            patterns.push((place.pattern.as_str(), number(readable.len())));
            readable.push((at, place));
        }
    }
    let (globs, patterns) = (Globs::new(&globs), Sorted::new(patterns));
    let own = OWN_PATHS.map(Glob::new);
    for (here, &(at, place)) in readable.iter().enumerate() {
        if own.iter().any(|own| own.covers(&place.pattern)) {
            let message = "is never reached, because Postern answers there itself: leave this \
                           route out";
            problems.add(format!("routes[{at}].match"), message);
            continue;
        }
        let covers = |other: usize| {
            let other = readable[other].1;
            takes_from(other, place)
                && other.pattern != place.pattern
                && other.pattern.covers(&place.pattern)
        };
        // What covers a pattern matches it, read as a path.
        let (path, _) = place.pattern.as_paths();
        let covering = globs.first(path, |other| other < here && covers(other));
        if let Some(first) = covering {
            let (first, other) = readable[first];
            let message = format!(
                "is never reached, because `{}` of routes[{first}] takes all these paths: put this \
                 route before that one",
                other.pattern
            );
            problems.add(format!("routes[{at}].match"), message);
            continue;
        }
        let mut group: Vec<(usize, &Place)> = Vec::new();
        for (_, other) in patterns.of(place.pattern.as_str()) {
            let other = *other as usize;
            if other < here && takes_from(readable[other].1, place) {
                group.push(readable[other]);
            }
        }
        check_methods(at, place, &group, problems);
    }
}

/// Whether what goes to the `earlier` route is lost to this one.
const fn takes_from(earlier: &Place, place: &Place) -> bool {
    place.is_report || !earlier.is_report
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
    implies: &Implies,
    problems: &mut Problems,
) {
    let getting: Vec<&Client> = clients.iter().filter(|c| !c.grants.is_empty()).collect();
    let (mut scopes, mut audiences) = (Vec::new(), Vec::new());
    for (at, client) in getting.iter().enumerate() {
        for token in client.scope.tokens() {
            scopes.push((token, number(at)));
        }
        for audience in &client.audiences {
            audiences.push((audience.as_str(), number(at)));
        }
    }
    let (by_scope, by_audience) = (Sorted::new(scopes), Sorted::new(audiences));
    for &(at, route) in routes {
        // What another issuer's tokens may do, only that issuer knows.
        if !route.access.takes_tokens() || route.accept.takes_foreign() {
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
        let (mut single, mut is_implied) = (true, false);
        // The clients with that of its scopes which the fewest have. Without a scope, each client that may have its audience
        // opens it.
        let mut rarest: Option<&[(&str, u32)]> = None;
        for (index, token) in route.scope.tokens().enumerate() {
            let with_it = by_scope.of(token);
            let mut others = implies.for_token(token).into_iter().peekable();
            if others.peek().is_some() {
                // Whoever has more may open it as well.
                is_implied = true;
                if with_it.is_empty() && others.any(|more| !by_scope.of(more).is_empty()) {
                    continue;
                }
            }
            if rarest.is_none_or(|others| with_it.len() < others.len()) {
                rarest = Some(with_it);
            }
            if with_it.is_empty() {
                single = false;
                let message = format!(
                    "unknown scope: no client may have `{token}`; {}",
                    known("scopes", &by_scope)
                );
                problems.add(format!("routes[{at}].scopes[{index}]"), message);
            }
        }
        if let Some(audience) = &route.audience
            && by_audience.of(audience.as_str()).is_empty()
        {
            single = false;
            let message = format!(
                "unknown audience: no client may get a token for `{audience}`; {}",
                known("audiences", &by_audience)
            );
            let key = if has_own_audience(at) {
                format!("routes[{at}].audience")
            } else {
                "audience".to_owned()
            };
            problems.add(key, message);
        }
        let opens = |client: &Client| {
            implies.covers(&client.scope, &route.scope)
                && route
                    .audience
                    .as_ref()
                    .is_none_or(|a| client.audiences.contains(a))
        };
        let is_opened = if is_implied {
            getting.iter().any(|client| opens(client))
        } else {
            let opens = |(_, number): &(&str, u32)| opens(getting[*number as usize]);
            rarest.is_none_or(|clients| clients.iter().any(opens))
        };
        if single && !is_opened {
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

fn number(place: usize) -> u32 {
    u32::try_from(place).expect("there are at most 5,000 of each")
}

/// What to write instead.
fn known(key: &str, all: &Sorted<'_>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in all.all() {
        if names.len() < 10 && names.last() != Some(name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        format!("add it to the `{key}` of a client")
    } else {
        format!(
            "add it to the `{key}` of a client, or write one of theirs: {}",
            listed(&names)
        )
    }
}
