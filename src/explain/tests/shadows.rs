use serde_json::json;

use super::{deny, public, session, token, with_routes};
use crate::explain::shadows;

#[test]
fn who_decides_in_place_of_a_route_that_is_only_tried() {
    let report = |mut route: serde_json::Value| {
        route["report"] = json!(true);
        route
    };
    let mut get = token("/api/*", &[]);
    get["methods"] = json!(["GET"]);
    let config = with_routes(json!([
        report(deny("/private/old/*")),
        session("/private/**"),
        report(session("/*.pdf")),
        public("/docs/*"),
        get,
        report(deny("/api/*")),
    ]));
    let found: Vec<String> = shadows(&config)
        .iter()
        .map(|shadow| {
            let decide: Vec<usize> = shadow.decide.iter().map(|place| place.index).collect();
            let tried = &shadow.tried;
            format!(
                "{} {}: {decide:?} {}",
                tried.index, tried.pattern, shadow.some_are_refused
            )
        })
        .collect();
    // A path of /private/**.pdf is that of routes[1] in both.
    assert_eq!(
        found,
        [
            "0 /private/old/*: [1] false",
            "2 /*.pdf: [3, 4] true",
            "5 /api/*: [] true",
        ]
    );
    assert!(shadows(&with_routes(json!([public("/*")]))).is_empty());
}
