use serde_json::json;

use super::{API, ann, deny, program, public, session, token, with, with_routes};
use crate::config::Config;
use crate::explain::{
    Case, Expect, Expected, Explanation, Inactive, Outcome, Question, Site, Standing, Who, test,
};

fn site() -> Config {
    let mut only_get = token("/api/orders/**", &["read"]);
    only_get["methods"] = json!(["GET"]);
    only_get["audience"] = json!(API);
    let mut writing = token("/api/orders/**", &["read", "write"]);
    writing["methods"] = json!(["POST"]);
    let mut cors = token("/api/shop/*", &[]);
    cors["preflight"] = json!("answer");
    cors["cors_origins"] = json!(["https://shop.example.com"]);
    let mut cached = session("/cached/*");
    cached["on_outage"] = json!("allow_cached");
    let mut strong = session("/account/*");
    strong["max_staleness"] = json!(0);
    let mut sent = public("/npm/*");
    sent["paths"] = json!("as-sent");
    sent["origin"] = json!("https://registry.example.com");
    with_routes(json!([
        only_get,
        writing,
        cors,
        cached,
        strong,
        deny("/npm/-/admin/*"),
        sent,
        deny("/admin/**"),
        { "match": "/trial/*", "access": "session", "origin": "assets", "report": true },
        session("/private/**"),
        public("/*"),
    ]))
}

fn ask(config: &Config, method: &str, target: &str, who: Who) -> Explanation {
    let site = Site::new(config);
    let question = Question::new(method, &site.url(target), who);
    site.explain(&question)
}

/// In one line: what becomes of it, by which route.
fn line(answer: &Explanation) -> String {
    let route = answer.route.as_ref();
    let route = route.map(|place| format!(" routes[{}] {}", place.index, place.pattern));
    let status = answer.status.map(|status| format!(" {status}"));
    let outcome = match answer.outcome {
        Outcome::Passes => "passes",
        Outcome::Refused => "refused",
        Outcome::Answered => "answered",
        Outcome::Endpoint => "endpoint",
        Outcome::Depends => "depends",
    };
    format!(
        "{outcome}{}{}",
        status.unwrap_or_default(),
        route.unwrap_or_default()
    )
}

#[test]
fn what_becomes_of_a_request() {
    let config = site();
    for (method, target, who, expected, why) in [
        (
            "GET",
            "/",
            Who::Nobody,
            "passes routes[10] /*",
            "open to everyone",
        ),
        (
            "GET",
            "/private/",
            Who::Nobody,
            "refused 303 routes[9] /private/**",
            "sent to the login",
        ),
        (
            "GET",
            "/private",
            ann(),
            "passes routes[9] /private/**",
            "`acme:ann` is enough",
        ),
        (
            "POST",
            "/private/form",
            ann(),
            "passes routes[9] /private/**",
            "enough",
        ),
        (
            "GET",
            "/private/",
            program("read"),
            "refused 401 routes[9] /private/**",
            "script or a program gets 401",
        ),
        (
            "GET",
            "/admin",
            ann(),
            "refused 403 routes[7] /admin/**",
            "closed to everyone",
        ),
        (
            "GET",
            "/api/orders/7",
            program("read"),
            "passes routes[0] /api/orders/**",
            "a token of `app` is all",
        ),
        (
            "POST",
            "/api/orders",
            program("read"),
            "refused 403 routes[1] /api/orders/**",
            "lacks the scope `write`",
        ),
        (
            "DELETE",
            "/api/orders",
            program("read"),
            "refused 405",
            "has no route for DELETE, only for GET, HEAD, POST",
        ),
        (
            "GET",
            "/api/orders",
            Who::Nobody,
            "refused 401 routes[0] /api/orders/**",
            "brings no access token",
        ),
        (
            "GET",
            "/api/orders",
            ann(),
            "refused 401 routes[0] /api/orders/**",
            "a login is none",
        ),
        (
            "GET",
            "/oauth/token",
            Who::Nobody,
            "endpoint",
            "itself, whatever the routes say",
        ),
        ("GET", "/_postern/x", Who::Nobody, "endpoint", "itself"),
        (
            "GET",
            "/a%2Fb",
            Who::Nobody,
            "refused 400",
            "two readings: some servers take it for `/a%2Fb`, others for `/a/b`",
        ),
        (
            "GET",
            "/a%zz",
            Who::Nobody,
            "refused 400",
            "percent sign without two",
        ),
        (
            "GET",
            "/npm/@a%2fb",
            Who::Nobody,
            "passes routes[6] /npm/*",
            "open",
        ),
        (
            "GET",
            "/npm/-%2fadmin/x",
            Who::Nobody,
            "refused 400",
            "two readings",
        ),
        (
            "GET",
            "http://other.example.com/private/",
            Who::Nobody,
            "refused 303 routes[9] /private/**",
            "people log in at https://docs.example.com only",
        ),
    ] {
        let answer = ask(&config, method, target, who);
        assert_eq!(line(&answer), expected, "{method} {target}");
        assert!(
            answer.why.contains(why),
            "{method} {target}: {}",
            answer.why
        );
    }
    let wrong = Who::Token {
        person: None,
        client: "app".parse().unwrap(),
        scope: "read".parse().unwrap(),
        audiences: vec!["https://other.example.com".parse().unwrap()],
    };
    let answer = ask(&config, "GET", "/api/orders", wrong);
    assert_eq!(answer.reason, Some("wrong_audience"));
    assert!(answer.why.contains(API), "{}", answer.why);
    let answer = ask(&config, "GET", "/private/a?b=c", Who::Nobody);
    let login = "/_postern/login?return_to=/private/a%3Fb%3Dc";
    assert_eq!(answer.location.as_deref(), Some(login));
    let answer = ask(&config, "GET", "/npm/x", Who::Nobody);
    assert_eq!(
        answer.origin.as_deref(),
        Some("https://registry.example.com")
    );
}

#[test]
fn other_senders_and_other_times() {
    let config = site();
    let site = Site::new(&config);
    let question =
        |method: &str, target: &str, who: Who| Question::new(method, &site.url(target), who);
    let line = |question: &Question| {
        let answer = site.explain(question);
        let status = match (answer.status, answer.outcome) {
            (Some(status), _) => status.to_string(),
            (None, Outcome::Passes) => "passes".to_owned(),
            (None, other) => format!("{other:?}"),
        };
        (status, answer.why)
    };
    let is = |question: Question, expected: &str, why: &str| {
        let (status, words) = line(&question);
        assert_eq!(status, expected, "{question:?}");
        assert!(words.contains(why), "{words}");
    };
    let page = question("GET", "/private/", Who::Nobody);
    is(page.by_a_script(), "401", "not a person who opens a page");
    let form = question("POST", "/private/x", ann());
    let form = form.from_page_of("https://evil.example");
    is(form, "403", "a page of another site");
    let socket = question("GET", "/private/ws", ann()).websocket();
    is(socket.clone(), "passes", "enough");
    is(
        socket.from_page_of("https://evil.example"),
        "403",
        "WebSocket",
    );
    let shop =
        question("POST", "/api/shop/x", program("")).from_page_of("https://shop.example.com");
    is(shop.preflight(), "204", "answers those itself");
    let other = question("POST", "/api/shop/x", program("")).from_page_of("https://evil.example");
    is(other.preflight(), "403", "cors_origins");
    let mut late = question("GET", "/private/", ann());
    late.standing = Standing::Ended(Inactive::Revoked);
    is(late, "303", "its login is over, so the person");
    let mut late = question("GET", "/api/orders", program("read"));
    late.standing = Standing::Ended(Inactive::Revoked);
    is(late, "401", "was revoked");
    let mut outage = question("GET", "/private/", ann());
    outage.standing = Standing::Unknown;
    is(outage, "503", "nobody knows");
    let mut outage = question("GET", "/cached/", ann());
    outage.standing = Standing::Unknown;
    is(outage, "passes", "for 1 minute");
    let strong = site.explain(&question("GET", "/account/x", ann()));
    assert!(strong.notes[0].contains("at once"), "{:?}", strong.notes);
    let mut cookie = question("GET", "/private/", Who::Nobody);
    cookie.set("Cookie", "__Host-postern-session=pst_st_unknown");
    is(cookie, "Depends", "cannot be seen from here");
}

#[test]
fn a_route_that_is_only_tried_is_said_beside_it() {
    let answer = ask(&site(), "GET", "/trial/x", Who::Nobody);
    assert_eq!(line(&answer), "passes routes[10] /*");
    let would = answer.would.expect("one is about it");
    assert_eq!(line(&would), "refused 303 routes[8] /trial/*");
    assert_eq!(ask(&site(), "GET", "/x", Who::Nobody).would, None);
}

#[test]
fn how_it_was_found() {
    let steps = ask(&site(), "POST", "/api/orders", program("read")).steps;
    assert_eq!(
        steps,
        [
            "routes[0] `/api/orders/**` fits: it is the first that does",
            "routes[0] takes GET",
            "routes[1] takes POST",
            "POST goes to routes[1]",
            "that route asks for an access token with the scopes `read` and `write`",
            "the request brings a token of `app`",
            "so the answer is 403: the token lacks the scope `write`",
        ]
    );
    let steps = ask(&site(), "GET", "/caf%C3%A9", Who::Nobody).steps;
    assert_eq!(steps[0], "`/caf%C3%A9` is `/café` once it is decoded");
    assert_eq!(steps[1], "routes[0] `/api/orders/**` does not fit");
    assert_eq!(steps.len(), 13);
    let steps = ask(&site(), "GET", "/npm/-%2fadmin/x", Who::Nobody).steps;
    assert_eq!(
        steps[..3],
        [
            "`/npm/-%2fadmin/x` has two readings: `/npm/-%2fadmin/x` as it was sent, and `/npm/-/admin/x`",
            "read as `/npm/-%2fadmin/x` it leads to routes[6] `/npm/*`",
            "read as `/npm/-/admin/x` it leads to routes[5] `/npm/-/admin/*`",
        ]
    );
}

#[test]
fn many_routes_are_not_all_named() {
    let mut routes: Vec<_> = (0..1_000).map(|n| deny(&format!("/closed/{n}"))).collect();
    routes.push(public("/*"));
    let config = with(json!({ "routes": routes }));
    let steps = ask(&config, "GET", "/x", Who::Nobody).steps;
    assert_eq!(steps[0], "the first 988 routes do not fit");
    assert!(steps.len() < 20);
}

#[test]
fn a_table_of_requests_and_what_must_come_of_them() {
    let config = site();
    let site = Site::new(&config);
    let case = |method: &str, target: &str, who: Who, expected: Expected| Case {
        name: format!("{method} {target}"),
        question: Question::new(method, &site.url(target), who),
        expected,
    };
    let outcome = |outcome| Expected {
        outcome: Some(outcome),
        ..Expected::default()
    };
    let report = test(
        &site,
        &[
            case("GET", "/", Who::Nobody, outcome(Expect::Pass)),
            case("GET", "/private/", Who::Nobody, outcome(Expect::Login)),
            case(
                "GET",
                "/private/",
                Who::Nobody,
                outcome(Expect::Status(303)),
            ),
            case("GET", "/admin/", ann(), outcome(Expect::Refuse)),
            case(
                "GET",
                "/trial/",
                Who::Nobody,
                Expected {
                    would: Some(Expect::Login),
                    origin: Some("assets".to_owned()),
                    ..outcome(Expect::Pass)
                },
            ),
            case("GET", "/private/", ann(), outcome(Expect::Status(401))),
            case(
                "GET",
                "/",
                Who::Nobody,
                Expected {
                    route: Some("/private/**".to_owned()),
                    would: Some(Expect::Pass),
                    ..Expected::default()
                },
            ),
        ],
    );
    let differences: Vec<&[String]> = report
        .verdicts
        .iter()
        .map(|verdict| verdict.differences.as_slice())
        .collect();
    assert_eq!(report.failed(), 2);
    assert!(
        differences[..5].iter().all(|list| list.is_empty()),
        "{differences:#?}"
    );
    assert_eq!(
        differences[5],
        [
            "expected 401, and it passes: the login of `acme:ann` is enough, because a login has every right that its person has"
        ]
    );
    assert_eq!(
        differences[6],
        [
            "expected the route `/private/**`, and it is `/*`",
            "expected that a route with `report` would say that it passes, and none is about this request",
        ]
    );
    let uncovered: Vec<usize> = report.uncovered.iter().map(|place| place.index).collect();
    assert_eq!(uncovered, [0, 1, 2, 3, 4, 5, 6]);
}
