use proptest::prelude::*;
use serde_json::{Value, json};

use super::{client, deny, public, session, token, with, with_routes};
use crate::config::{Access, Config, Glob};
use crate::explain::{Change, Effect, Outcome, Question, Site, Who, plan};
use crate::token::KeyRing;

/// Each change in one line.
fn lines(old: &Config, new: &Config) -> Vec<String> {
    let line = |change: &Change| {
        let Change {
            effect,
            about,
            before,
            after,
            paths: _,
        } = change;
        format!("{effect:?} {about}: {before} -> {after}")
    };
    plan(old, new).iter().map(line).collect()
}

#[track_caller]
fn assert_routes(old: Value, new: Value, expected: &[&str]) {
    assert_eq!(lines(&with_routes(old), &with_routes(new)), expected);
}

#[test]
fn nothing_changes() {
    let routes = json!([session("/private/**"), public("/*")]);
    assert_routes(routes.clone(), routes, &[]);
    // In another order that decides nothing.
    assert_routes(
        json!([session("/a/*"), deny("/b"), public("/*")]),
        json!([deny("/b"), session("/a/*"), public("/*")]),
        &[],
    );
}

#[test]
fn a_route_that_becomes_public() {
    assert_routes(
        json!([session("/private/**"), public("/*")]),
        json!([public("/*")]),
        &["Opens /private/**: a login -> public (routes[0])"],
    );
    assert_routes(
        json!([session("/private/**"), public("/*")]),
        json!([deny("/private/**"), public("/*")]),
        &["Closes /private/**: a login -> closed (routes[0])"],
    );
}

#[test]
fn a_wider_pattern_put_before_a_narrower_one_is_seen() {
    assert_routes(
        json!([session("/docs/internal/*"), public("/docs/*")]),
        json!([
            public("/docs/*/open/*"),
            session("/docs/internal/*"),
            public("/docs/*")
        ]),
        &["Opens /docs/internal/open/* and /docs/internal/*/open/*: a login -> public (routes[0])"],
    );
    // Only where both patterns fit.
    assert_routes(
        json!([session("/private/*"), public("/*")]),
        json!([public("/*.css"), session("/private/*"), public("/*")]),
        &["Opens /private/*.css: a login -> public (routes[0])"],
    );
}

#[test]
fn routes_that_vanish_and_methods() {
    let mut reading = token("/api/*", &["read"]);
    reading["methods"] = json!(["GET"]);
    let mut writing = token("/api/*", &["write"]);
    writing["methods"] = json!(["POST"]);
    assert_routes(
        json!([reading, writing]),
        json!([reading]),
        &[
            "Closes /api/* (POST): an access token with the scope `write` -> refused: no route for the method (405)",
        ],
    );
    assert_routes(
        json!([public("/a"), public("/b")]),
        json!([public("/a")]),
        &["Closes /b: public -> refused: no route (404)"],
    );
}

#[test]
fn what_a_token_needs_and_where_requests_go() {
    let mut less = token("/api/*", &["read"]);
    less["origin"] = json!("https://api.example.net");
    assert_routes(
        json!([token("/api/*", &["read", "write"])]),
        json!([less]),
        &[
            "Opens /api/*: an access token with the scopes `read` and `write` -> an access token with the scope `read` (routes[0])",
            "Changes /api/*: origin: service:API -> https://api.example.net",
        ],
    );
    // Others get in: that opens.
    assert_routes(
        json!([{ "match": "/x", "access": "token", "origin": "assets" }]),
        json!([session("/x")]),
        &["Opens /x: an access token -> a login (routes[0])"],
    );
    let mut slower = session("/x");
    slower["max_staleness"] = json!(60);
    slower["on_outage"] = json!("allow_cached");
    assert_routes(
        json!([session("/x")]),
        json!([slower]),
        &[
            "Opens /x: on_outage: deny -> allow_cached",
            "Changes /x: max_staleness: revoked within 5 seconds -> revoked within 1 minute",
        ],
    );
}

#[test]
fn a_route_that_is_only_tried_opens_and_closes_nothing() {
    let mut tried = deny("/private/*");
    tried["report"] = json!(true);
    assert_routes(
        json!([public("/*")]),
        json!([tried, public("/*")]),
        &[
            "Changes /private/* (report: closed): not tried -> tried: it decides nothing, and the log says what it would do",
        ],
    );
}

#[test]
fn clients_and_providers() {
    let mut other = client("app");
    other["scopes"] = json!(["read"]);
    other["audiences"] = json!(["https://api.example.com", "https://third.example.com"]);
    other["token_lifetime"] = json!(600);
    other["introspect"] = json!(true);
    let old = with(json!({ "clients": [client("app"), client("gone")] }));
    let new = with(json!({ "clients": [other, client("new")] }));
    assert_eq!(
        lines(&old, &new),
        [
            "Opens client `app`: audiences: https://api.example.com and https://other.example.com -> also https://third.example.com",
            "Opens client `app`: introspect: no token -> every token",
            "Opens client `new`: there is none -> new: grants client_credentials; scopes read write",
            "Closes client `app`: scopes: `read` and `write` -> without `write`",
            "Closes client `app`: audiences: https://api.example.com and https://other.example.com -> without https://other.example.com",
            "Closes client `gone`: there is one -> removed: it gets no token any more. Access tokens that it has pass for up to 1 hour; to end them now, post client_id=gone to /_postern/admin/sessions",
            "Changes client `app`: token_lifetime: 1 hour -> 10 minutes",
        ]
    );
    let provider = |allow: Value, prefix: &str| {
        with(json!({ "providers": [{
            "id": "acme", "issuer": "https://id.example.com", "client_id": "postern",
            "allow": allow, "subject_prefix": prefix,
        }] }))
    };
    let staff = json!({ "claim": "groups", "has": "staff" });
    let old = provider(json!([staff]), "acme:");
    let new = provider(
        json!([staff, { "claim": "email", "domain": "example.com" }]),
        "a:",
    );
    assert_eq!(
        lines(&old, &new),
        [
            "Opens provider `acme`: allow: whose `groups` has `staff` -> also whose `email` is at `example.com`",
            "Ends provider `acme`: subject_prefix: `acme:` -> `a:`, another: people come under other names (`sub`), so what they agreed to and their list of sessions begin anew",
        ]
    );
    let open = provider(json!("anyone"), "acme:");
    assert_eq!(
        lines(&old, &open),
        [
            "Opens provider `acme`: allow: those whose `groups` has `staff` -> anyone with an account there"
        ]
    );
    assert!(lines(&open, &old)[0].starts_with("Closes provider `acme`: allow"));
}

#[test]
fn what_ends_sessions() {
    let new = with(
        json!({ "issuer": "https://new.example.com", "jurisdiction": "eu", "session_idle": 3600 }),
    );
    let found = plan(&with(json!({})), &new);
    let effects: Vec<(Effect, &str)> = found.iter().map(|c| (c.effect, c.about.as_str())).collect();
    assert_eq!(
        effects,
        [
            (Effect::Ends, "issuer"),
            (Effect::Ends, "jurisdiction"),
            (Effect::Changes, "session_idle")
        ]
    );
    assert!(found[0].after.contains("every token and every login ends"));
}

#[test]
fn keys_that_are_gone_end_what_they_sealed() {
    let with_keys = |text: &str| {
        let mut config = with(json!({}));
        config.keys = KeyRing::parse(text, config.issuer.as_str()).ok();
        config
    };
    let (one, two) = (
        KeyRing::write_pair(1, &[1; 32]),
        KeyRing::write_pair(2, &[2; 32]),
    );
    let both = with_keys(&format!("{two},{one}"));
    assert_eq!(lines(&with_keys(&one), &both), [""; 0]);
    let gone = "gone: every token and login that was sealed with it ends";
    assert_eq!(
        lines(&both, &with_keys(&two)),
        [format!("Ends POSTERN_KEYS: key 1 -> {gone}")]
    );
    let other = KeyRing::write_pair(1, &[3; 32]);
    assert_eq!(
        lines(&with_keys(&one), &with_keys(&other)),
        [format!("Ends POSTERN_KEYS: key 1 -> {gone}")]
    );
}

#[test]
fn a_thousand_routes_are_compared() {
    let routes = |open: &str| {
        let mut routes: Vec<Value> = (0..999).map(|n| session(&format!("/team/{n}/*"))).collect();
        routes.insert(500, public(open));
        with(json!({ "routes": routes }))
    };
    let found = lines(&routes("/x"), &routes("/team/*/open"));
    assert_eq!(
        found,
        [
            "Opens /team/*/open: refused: no route (404) -> public (routes[500])",
            "Opens /team/500/open, /team/500/*/open, /team/501/open, /team/501/*/open, /team/502/open and 993 more: a login -> public (routes[500])",
            "Closes /x: public -> refused: no route (404)",
        ]
    );
}

/// The gate itself is asked who gets in by each of two routes. The plan must say that it opens if there is somebody who gets in
/// by the new one alone, and that it closes if there is nobody like that, and somebody who gets in by the old one alone.
#[test]
fn what_opens_is_what_the_gate_lets_in() {
    let others = "https://other.example.com";
    let mut routes = vec![public("/x"), session("/x"), deny("/x")];
    for access in ["token", "any"] {
        for scopes in [json!([]), json!(["read"]), json!(["read", "write"])] {
            for audience in [None, Some(super::API), Some(others)] {
                let mut route = token("/x", &[]);
                route["access"] = json!(access);
                route["scopes"] = scopes.clone();
                if let Some(audience) = audience {
                    route["audience"] = json!(audience);
                }
                routes.push(route);
            }
        }
    }
    let mut senders = vec![Who::Nobody, super::ann()];
    for scopes in ["", "read", "write", "read write"] {
        for audience in [super::API, others] {
            senders.push(Who::Token {
                person: None,
                client: "app".parse().unwrap(),
                scope: scopes.parse().unwrap_or_default(),
                audiences: vec![audience.parse().unwrap()],
            });
        }
    }
    let configs: Vec<Config> = routes
        .iter()
        .map(|route| with_routes(json!([route])))
        .collect();
    let passing = |config: &Config| -> Vec<bool> {
        let site = Site::new(config);
        let passes = |who: &Who| {
            let question = Question::new("GET", &site.url("/x"), who.clone());
            site.explain(&question).outcome == Outcome::Passes
        };
        senders.iter().map(passes).collect()
    };
    let passing: Vec<Vec<bool>> = configs.iter().map(passing).collect();
    let mut looked_at = 0;
    for (old, old_passing) in configs.iter().zip(&passing) {
        for (new, new_passing) in configs.iter().zip(&passing) {
            let pairs = || old_passing.iter().zip(new_passing);
            let expected = if pairs().any(|(old, new)| *new && !old) {
                Some(Effect::Opens)
            } else if pairs().any(|(old, new)| *old && !new) {
                Some(Effect::Closes)
            } else {
                None
            };
            let plan = plan(old, new);
            let found = plan.iter().find(|change| change.about == "/x");
            assert_eq!(found.map(|change| change.effect), expected, "{plan:#?}");
            looked_at += 1;
        }
    }
    assert_eq!(looked_at, 21 * 21);
}

/// Patterns that overlap in many ways.
fn patterns() -> impl Strategy<Value = Vec<(String, u8)>> {
    let pattern = prop_oneof![
        "/[ab]{0,2}(\\*[ab]{0,2}){0,2}",
        "/[ab]{1,2}/\\*\\*",
        "/[ab]{1,2}/\\*",
    ];
    prop::collection::vec((pattern, 0..4_u8), 1..4)
}

fn config(routes: &[(String, u8)]) -> Option<Config> {
    let routes: Vec<Value> = routes
        .iter()
        .map(|(pattern, access)| match access {
            0 => public(pattern),
            1 => session(pattern),
            2 => token(pattern, &["read"]),
            _ => deny(pattern),
        })
        .collect();
    let mut table = json!({
        "issuer": "https://docs.example.com",
        "clients": [client("app")],
        "providers": [{ "id": "acme", "issuer": "https://id.example.com", "client_id": "p", "allow": "anyone" }],
    });
    table["routes"] = json!(routes);
    Config::read(&table.to_string(), &super::Unseen).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Wherever two policies let others in, the plan says so of these paths, with what was asked for and what will be.
    #[test]
    fn every_difference_is_found(
        old in patterns(),
        new in patterns(),
        path in "/[ab]{0,3}(/[ab]{0,3})?",
    ) {
        let (Some(old), Some(new)) = (config(&old), config(&new)) else {
            return Ok(());
        };
        let (before, after) = (asked(&old, &path), asked(&new, &path));
        let fits = |change: &Change| {
            let mut globs = change.paths.iter().map(|path| Glob::new(path));
            globs.any(|glob| glob.matches(&path))
                && change.before == before
                && change.after.starts_with(after)
        };
        let found = plan(&old, &new);
        prop_assert_eq!(
            found.iter().any(fits),
            before != after,
            "{} {} {}: {:#?}", path, before, after, found
        );
    }
}

/// What a policy asks for at a path, by its first pattern.
fn asked(config: &Config, path: &str) -> &'static str {
    let mut routes = config.routes.iter();
    let first = routes.find(|route| route.pattern.matches(path));
    match first.map(|route| route.access) {
        None => "refused: no route (404)",
        Some(Access::Public) => "public",
        Some(Access::Deny) => "closed",
        Some(Access::Session) => "a login",
        Some(_) => "an access token with the scope `read`",
    }
}

#[test]
fn what_an_origin_is_told() {
    let to = |more: Value| {
        let mut route = session("/a/*");
        route["origin"] = json!("https://a.example.com");
        let object = route.as_object_mut().unwrap();
        object.extend(more.as_object().unwrap().clone());
        json!([route])
    };
    assert_routes(
        to(json!({ "identity": { "X-User": "username", "X-Since": "auth_time" } })),
        to(json!({ "identity": {}, "assertion": true })),
        &[
            "Changes /a/*: identity: x-since (auth_time) and x-user (username) -> no header says who is there",
            "Changes /a/*: assertion: no signed statement -> a signed statement for https://a.example.com",
        ],
    );
}
