//! Which rules there are, and that the gate lets everyone have what they take.

use postern::config::{BindingKind, Config, Environment, Glob, Origin, Setting};
use postern::gate::{Admission, Policy, RequestHead};
use postern::protocol::Sender;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::rules;

struct Seen;

impl Environment for Seen {
    fn setting(&self, _name: &str) -> Setting {
        Setting::Hidden
    }

    fn has_binding(&self, _name: &str, _kind: BindingKind) -> Option<bool> {
        None
    }

    fn own_origin(&self) -> Option<String> {
        None
    }
}

fn config(routes: &Value) -> Result<Config, String> {
    let table = json!({ "issuer": "https://auth.example.com", "routes": routes });
    Config::read(&table.to_string(), &Seen).map_err(|problems| format!("{problems:?}"))
}

fn of(routes: &Value) -> Vec<String> {
    rules(&config(routes).unwrap())
}

fn public(pattern: &str) -> Value {
    json!({ "match": pattern, "access": "public", "origin": "assets" })
}

fn session(pattern: &str) -> Value {
    json!({ "match": pattern, "access": "session", "origin": "assets" })
}

#[test]
fn what_everyone_may_have_as_it_is_needs_no_worker() {
    let routes = json!([
        public("/about"),
        public("/assets/*"),
        public("/docs/**"),
        session("/*")
    ]);
    assert_eq!(of(&routes), ["/about", "/assets/*", "/docs", "/docs/*"]);
    let with = |key: &str, value: Value| {
        let mut route = public("/a/*");
        route[key] = value;
        json!([route, session("/*")])
    };
    assert_eq!(of(&with("methods", json!(["GET"]))), ["/a/*"]);
    for (key, value) in [
        ("methods", json!(["POST"])),
        ("methods", json!(["HEAD"])),
        ("origin", json!("zone")),
        ("origin", json!("service:API")),
        ("report", json!(true)),
        ("preflight", json!("pass")),
        ("cors_origins", json!(["https://a.example"])),
        ("headers", json!(["accept"])),
        ("authorization", json!("pass")),
    ] {
        assert!(of(&with(key, value)).is_empty(), "{key}");
    }
    assert!(of(&json!([session("/*")])).is_empty());
}

#[test]
fn what_another_route_may_decide_about_comes_to_the_worker() {
    for (routes, expected) in [
        // The usual site: everything may be had, except what is behind the login.
        (json!([session("/private/**"), public("/*")]), vec![]),
        (
            json!([session("/a/b.html"), public("/a/*"), public("/b/*")]),
            vec!["/b/*"],
        ),
        (
            json!([session("/*.pdf"), public("/a/*"), public("/b")]),
            vec!["/b"],
        ),
        // An earlier one of the same kind takes nothing from it.
        (
            json!([public("/a/b/*"), public("/a/*"), session("/*")]),
            vec!["/a/*"],
        ),
        // A later one decides about nothing that this one takes.
        (json!([public("/a/*"), session("/a*")]), vec!["/a/*"]),
        // One that is only tried is to see what comes.
        (
            json!([{ "match": "/a/x", "access": "session", "origin": "assets", "report": true }, public("/a/*"), session("/*")]),
            vec![],
        ),
    ] {
        let found = config(&routes).map(|config| rules(&config));
        assert_eq!(
            found,
            Ok(expected.into_iter().map(str::to_owned).collect()),
            "{routes}"
        );
    }
    let by_method = json!([
        { "match": "/a/*", "access": "public", "origin": "assets", "methods": ["GET"] },
        { "match": "/a/*", "access": "session", "origin": "zone", "methods": ["POST"] },
    ]);
    assert!(of(&by_method).is_empty());
}

#[test]
fn what_postern_answers_itself_comes_to_the_worker() {
    for pattern in [
        "/*",
        "/_*",
        "/oauth/x",
        "/.well-known/security.txt",
        "/oauth*",
        "/_postern/**",
    ] {
        let routes = json!([public(pattern), session("/x")]);
        if let Ok(config) = config(&routes) {
            assert!(rules(&config).is_empty(), "{pattern}");
        }
    }
}

/// A star that is not at the end could take half of an escape, and what is not ASCII is sent encoded.
#[test]
fn what_can_be_read_in_two_ways_comes_to_the_worker() {
    for pattern in ["/a/*41", "/a/*/b/*", "/*.css", "/café/*", "/{x}/*", "/^"] {
        let routes = json!([public(pattern), session("/z/*")]);
        assert!(of(&routes).is_empty(), "{pattern}");
    }
}

/// wrangler takes 100 rules of 100 characters, and none that another one makes needless.
#[test]
fn there_are_no_more_rules_than_wrangler_takes() {
    let long = |length: usize| format!("/{}", "a".repeat(length - 1));
    let routes = json!([public(&long(99)), public(&long(100)), session("/z")]);
    assert_eq!(of(&routes), [long(99)]);
    let mut many: Vec<Value> = (0..200).map(|at| public(&format!("/p{at}"))).collect();
    many.push(session("/*"));
    assert_eq!(of(&Value::Array(many)).len(), 99);
}

/// A request without any header.
struct Bare<'a>(&'a str);

impl RequestHead for Bare<'_> {
    fn method(&self) -> &str {
        self.0
    }

    fn country(&self) -> Option<String> {
        None
    }
}

impl Sender for Bare<'_> {
    fn header(&self, _name: &'static str) -> Option<String> {
        None
    }

    fn place(&self) -> Option<String> {
        None
    }
}

/// As Cloudflare's router does it: any characters for a star, in the path as it was sent.
fn takes(rule: &str, sent: &str) -> bool {
    Glob::new(rule).matches(sent)
}

fn piece() -> impl Strategy<Value = String> {
    "a|b|ab|A|41|x\\.html|index|index\\.html|é|_postern|oauth|\\.\\."
}

fn pattern() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(piece(), 1..4).prop_map(|all| format!("/{}", all.join("/")));
    (pieces, "|/\\*|/\\*\\*|\\*|\\*b|/\\*/b|\\*41|/").prop_map(|(path, end)| format!("{path}{end}"))
}

fn sent() -> impl Strategy<Value = String> {
    let escape = "%2F|%2f|%41|%61|%2E|%2e%2e|%25|%5C|%3B|%zz|%|%C3%A9|;|//|/\\./|~";
    let part = prop_oneof![piece(), escape, Just("/".to_owned())];
    prop::collection::vec(part, 1..7).prop_map(|all| format!("/{}", all.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Whatever is served without the Worker, the gate would have asked the same assets for, on behalf of everyone; or it would
    /// have refused to read the path.
    #[test]
    fn the_gate_gives_everyone_what_is_served_without_it(
        routes in prop::collection::vec((pattern(), 0..5_u8), 1..8),
        sent in sent(),
        method in "GET|HEAD|POST|OPTIONS",
        fill in "|a|b|/b|%41|41|x/b|%2fb",
    ) {
        let routes: Vec<Value> = routes.iter().map(|(pattern, kind)| match kind {
            0..3 => public(pattern),
            3 => session(pattern),
            _ => json!({ "match": pattern, "access": "deny" }),
        }).collect();
        let Ok(config) = config(&Value::Array(routes.clone())) else { return Ok(()) };
        let policy = Policy::new(&config);
        let rules = rules(&config);
        // Paths that begin as a rule does, and those that other routes are for.
        let begun = rules.iter().map(|rule| format!("{}{}", rule.trim_end_matches('*'), &sent[1..]));
        let meant = routes.iter().filter_map(|route| route["match"].as_str());
        let meant = meant.map(|pattern| pattern.replace("/**", "/*").replace('*', &fill));
        let paths: Vec<String> = begun.chain(meant).chain([sent.clone()]).collect();
        for sent in paths {
            if !rules.iter().any(|rule| takes(rule, &sent)) {
                continue;
            }
            let url = format!("https://auth.example.com{sent}");
            match policy.admit(&Bare(&method), &url) {
                Admission::Forward(route) => {
                    prop_assert_eq!(route.origin.as_ref(), Some(&Origin::Assets), "{}", sent);
                }
                Admission::Refused { refusal, .. } => {
                    prop_assert!(matches!(refusal.status(), 400 | 405 | 414), "{} {routes:?}", sent);
                }
                other => prop_assert!(false, "{sent} {other:?}"),
            }
        }
    }
}
