//! The routes as a whole: which of them decide, and whether each of them can be reached.

use super::client::Client;
use super::implies::Implies;
use super::route::{Route, RouteRead};
use super::table::{Problems, Read, Table};
use super::unreachable;

/// Those that decide, and, where one is only tried, all.
pub(super) struct Routes {
    pub(super) routes: Vec<Route>,
    pub(super) tried: Vec<Route>,
}

/// Checks the routes against each other and against the clients, where those are known.
pub(super) fn check(
    table: &Table<'_>,
    routes: Vec<RouteRead>,
    clients: Option<&[Client]>,
    implies: Option<&Implies>,
    problems: &mut Problems,
) -> Read<Routes> {
    let (places, routes): (Vec<_>, Vec<_>) = routes
        .into_iter()
        .map(|RouteRead { place, route }| (place, route))
        .unzip();
    unreachable::check_places(&places, problems);
    if let (Some(clients), Some(implies)) = (clients, implies) {
        let readable: Vec<(usize, &Route)> = routes
            .iter()
            .enumerate()
            .filter_map(|(at, route)| route.as_ref().ok().map(|route| (at, route)))
            .collect();
        let has_own_audience = |at: usize| {
            let route = table.value("routes").and_then(|routes| routes.get(at));
            route.is_some_and(|route| route.get("audience").is_some())
        };
        unreachable::check_tokens(&readable, has_own_audience, clients, implies, problems);
    }
    let all: Vec<Route> = routes.into_iter().collect::<Read<_>>()?;
    if !all.iter().any(Route::is_report) {
        return Ok(Routes {
            routes: all,
            tried: Vec::new(),
        });
    }
    let routes: Vec<Route> = all.iter().filter(|r| !r.is_report()).cloned().collect();
    if routes.is_empty() {
        let message = "are all with `report = true`, which decides nothing, so every request would be refused: \
                       take `report` out of one, or add a route without it";
        return Err(problems.add(table.key("routes"), message));
    }
    Ok(Routes { routes, tried: all })
}
