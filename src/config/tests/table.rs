//! The table as a whole, the keys at its top, and the bindings.

use std::time::Duration;

use super::*;
use crate::config::{Access, Grant, Introspect, OnOutage, Origin, Preflight, Route};
use crate::pages::{Home, Logo};

#[test]
fn a_full_table_reads_into_the_expected_configuration() {
    let table = json!({
        "issuer": "https://auth.example.com",
        "name": "Example & Søn",
        "logo": "https://cdn.example.com/logo.svg",
        "audience": "https://api.example.com",
        "outage_grace": 0,
        "cache_bytes": 65536,
        "store_timeout_ms": 50,
        "log_refusals": true,
        "log_requests": true,
        "run_worker_first": true,
        "clients": [
            {
                "id": "app",
                "secret_sha256": ["env:APP_DIGEST", "11".repeat(32)],
                "grants": ["client_credentials"],
                "scopes": ["orders:read", "orders:write"],
                "audiences": ["https://api.example.com", "urn:other"],
                "token_lifetime": 30,
                "introspect": ["urn:other"],
                "introspect_max_staleness": 300,
            },
            { "id": "api", "secret_sha256": DIGEST, "grants": [], "introspect": true },
        ],
        "routes": [
            {
                "match": "/api/*",
                "methods": ["GET"],
                "access": "token",
                "scopes": ["orders:read"],
                "max_staleness": 0,
                "on_outage": "allow_cached",
                "origin": "service:API",
                "preflight": "answer",
                "cors_origins": ["https://app.example.com", "http://localhost:3000"],
            },
            { "match": "/api/*", "access": "token", "audience": "urn:other", "origin": "zone" },
            { "match": "/old/*", "access": "deny" },
            { "match": "/*", "access": "public", "origin": "https://site.example.com:8443" },
        ],
    });
    let config = Config::read(&table.to_string(), &Worker::complete()).unwrap();
    assert_eq!(config.issuer.as_str(), "https://auth.example.com");
    assert_eq!(config.brand.name, "Example & Søn");
    let logo = config.brand.logo.as_ref().map(Logo::as_str);
    assert_eq!(logo, Some("https://cdn.example.com/logo.svg"));
    assert!(config.keys.is_some());
    assert_eq!(config.outage_grace, Duration::ZERO);
    assert_eq!(config.cache_bytes, 65_536);
    assert_eq!(config.store_timeout, Duration::from_millis(50));
    assert!(config.log_refusals && config.log_requests && config.run_worker_first);

    let [app, api] = &config.clients[..] else {
        panic!("two clients")
    };
    let digests: Vec<[u8; 32]> = app.secret_digests.iter().map(|d| *d.0.expose()).collect();
    let counting = std::array::from_fn(|at| u8::try_from(at).unwrap());
    assert_eq!(digests, [counting, [0x11; 32]]);
    assert_eq!(app.id.as_str(), "app");
    assert_eq!(app.grants, [Grant::ClientCredentials]);
    assert_eq!(app.scope, "orders:read orders:write".parse().unwrap());
    assert_eq!(app.audiences.len(), 2);
    assert_eq!(app.token_lifetime, Duration::from_secs(30));
    let introspected = vec!["urn:other".parse().unwrap()];
    assert_eq!(app.introspect, Introspect::Audiences(introspected));
    assert_eq!(app.introspect_max_staleness, Duration::from_mins(5));
    assert_eq!(api.introspect, Introspect::All);
    assert!(api.grants.is_empty());

    let [read, other, old, site] = config.routes.as_slice() else {
        panic!("four routes")
    };
    assert_eq!(read.pattern.as_str(), "/api/*");
    assert_eq!(read.methods.as_deref(), Some(["GET".to_owned()].as_slice()));
    assert_eq!(read.access, Access::Token);
    assert_eq!(read.scope, "orders:read".parse().unwrap());
    let audience = |route: &Route| route.audience.as_ref().map(ToString::to_string);
    assert_eq!(audience(read).as_deref(), Some("https://api.example.com"));
    assert_eq!(read.max_staleness, Duration::ZERO);
    assert_eq!(read.on_outage, OnOutage::AllowCached);
    assert_eq!(read.origin, Some(Origin::Service("API".to_owned())));
    assert_eq!(read.preflight, Preflight::Answer);
    assert_eq!(read.cors_origins.len(), 2);
    assert_eq!(audience(other).as_deref(), Some("urn:other"));
    assert_eq!(other.methods, None);
    assert_eq!(other.max_staleness, Duration::from_secs(5));
    assert_eq!(other.on_outage, OnOutage::Deny);
    assert_eq!(other.preflight, Preflight::Refuse);
    assert_eq!(other.origin, Some(Origin::Zone));
    assert_eq!(old.access, Access::Deny);
    assert_eq!(old.origin, None);
    assert_eq!(audience(old), None);
    assert_eq!(audience(site), None);
    assert_eq!(
        site.origin,
        Some(Origin::Url("https://site.example.com:8443".to_owned()))
    );
}

#[test]
fn defaults() {
    let config = Config::read(&small().to_string(), &Worker::complete()).unwrap();
    assert_eq!(config.brand.name, "auth.example.com");
    assert_eq!(config.brand.logo, None);
    assert_eq!(config.outage_grace, Duration::from_mins(1));
    assert_eq!(config.cache_bytes, 16 << 20);
    assert_eq!(config.store_timeout, Duration::from_secs(2));
    assert!(!config.log_refusals && !config.log_requests && !config.run_worker_first);
    assert_eq!(config.clients[0].grants, [Grant::ClientCredentials]);
    assert_eq!(config.clients[0].token_lifetime, Duration::from_hours(1));
    assert_eq!(config.clients[0].introspect, Introspect::No);
    assert_eq!(config.clients[0].introspect_max_staleness, Duration::ZERO);
    assert_eq!(config.routes[0].audience, None);
}

#[test]
fn what_cannot_be_seen_is_not_a_problem() {
    let mut table = small();
    table["clients"][0]["secret_sha256"] = json!("env:ELSEWHERE");
    let config = Config::read(&table.to_string(), &Unseen).unwrap();
    assert!(config.keys.is_none());
    assert!(config.clients[0].secret_digests.is_empty());
}

#[test]
fn all_problems_are_found_at_once() {
    let table = json!({
        "isuer": "https://auth.example.com",
        "cache_bytes": 1,
        "clients": [{ "id": "a b", "secret_sha256": "x" }, 7],
        "routes": [
            { "match": "/*", "access": "open", "origin": "assets" },
            { "match": "/a", "acess": "token", "max_staleness": -1 },
        ],
    });
    let nothing = Worker {
        settings: HashMap::new(),
        bindings: Vec::new(),
    };
    let found = Config::read(&table.to_string(), &nothing).unwrap_err();
    let mut keys: Vec<&str> = found.iter().map(|p| p.key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "POSTERN_COORDINATORS",
            "POSTERN_KEYS",
            "POSTERN_PEOPLE",
            "POSTERN_REVOCATION_LOG",
            "POSTERN_SESSIONS",
            "cache_bytes",
            "clients[0].id",
            "clients[0].secret_sha256",
            "clients[1]",
            "issuer",
            "isuer",
            "routes[0].access",
            "routes[0].origin",
            "routes[1].access",
            "routes[1].acess",
            "routes[1].match",
            "routes[1].max_staleness",
        ]
    );
}

#[test]
fn the_table_itself() {
    for json in ["", "null", "{"] {
        let found = Config::read(json, &Worker::complete()).unwrap_err();
        assert_problem(&found, "postern.toml", &["missing", "`routes`"]);
    }
    for json in ["[]", "7", "\"{}\""] {
        let found = Config::read(json, &Worker::complete()).unwrap_err();
        assert_problem(&found, "postern.toml", &["must be a table"]);
    }
}

#[test]
fn unknown_keys_get_a_suggestion() {
    let found = set("", "outage-grace", json!(1));
    assert_problem(&found, "outage-grace", &["did you mean `outage_grace`?"]);
    let found = set("/clients/0", "scope", json!(["a"]));
    assert_problem(&found, "clients[0].scope", &["did you mean `scopes`?"]);
    let found = set("/routes/1", "colour", json!(1));
    assert_problem(&found, "routes[1].colour", &["its keys are `match`, `m"]);
}

#[test]
fn wrong_shapes() {
    for (key, value, words) in [
        ("issuer", json!(1), "must be text"),
        ("audience", json!(["urn:x"]), "must be text"),
        ("audience", json!("api"), "absolute URI"),
        ("log_refusals", json!("yes"), "`true` or `false`"),
        ("log_requests", json!(1), "`true` or `false`"),
        ("outage_grace", json!(3601), "seconds from 0 to 3600"),
        ("outage_grace", json!(1.5), "whole number"),
        ("outage_grace", json!("60"), "whole number"),
        ("outage_grace", json!(null), "whole number"),
        ("cache_bytes", json!(65535), "bytes from 65536 to 67108864"),
        ("cache_bytes", json!(67_108_865), "67108864"),
        (
            "store_timeout_ms",
            json!(49),
            "milliseconds from 50 to 30000",
        ),
        ("store_timeout_ms", json!(30_001), "30000"),
        ("clients", json!({}), "[[clients]]"),
        ("routes", json!("/*"), "[[routes]]"),
        ("routes", json!([]), "is empty, so every request"),
    ] {
        assert_problem(&set("", key, value), key, &[words]);
    }
    assert_problem(&set("", "routes", json!([7])), "routes[0]", &["a table"]);
    for key in ["routes", "clients", "providers"] {
        let found = set("", key, vec![json!({}); 5_001].into());
        assert_problem(&found, key, &["has 5001 tables, and 5000 are the most"]);
    }
}

#[test]
fn the_issuer() {
    assert_problem(&remove("", "issuer"), "issuer", &["missing", "https://"]);
    let found = set("", "issuer", json!("https://auth.example.com/"));
    assert_problem(&found, "issuer", &["nothing after it"]);
}

#[test]
fn bindings() {
    for (name, words) in [
        ("POSTERN_SESSIONS", "[[kv_namespaces]]"),
        (
            "POSTERN_COORDINATORS",
            "class_name = \"SessionCoordinator\"",
        ),
        ("POSTERN_PEOPLE", "class_name = \"Person\""),
        ("POSTERN_REVOCATION_LOG", "class_name = \"RevocationLog\""),
    ] {
        let mut worker = Worker::complete();
        worker.bindings.retain(|(n, _)| n != name);
        let found = Config::read(&small().to_string(), &worker).unwrap_err();
        assert_problem(&found, name, &[words]);
    }
    for (name, key, words) in [
        ("ASSETS", "routes[1].origin", "run_worker_first = true"),
        (
            "API",
            "routes[0].origin",
            "`[[services]]` with `binding = \"API\"`",
        ),
    ] {
        let mut worker = Worker::complete();
        worker.bindings.retain(|(n, _)| n != name);
        let found = Config::read(&small().to_string(), &worker).unwrap_err();
        assert_problem(&found, key, &[words]);
    }
}

#[test]
fn keys_say_how_to_make_them_and_are_never_repeated() {
    let mut worker = Worker::complete();
    worker.settings.remove("POSTERN_KEYS");
    let found = Config::read(&small().to_string(), &worker).unwrap_err();
    let advice = [
        "missing",
        "npx postern keys",
        "wrangler secret put POSTERN_KEYS",
    ];
    assert_problem(&found, "POSTERN_KEYS", &advice);

    let worker = worker.with("POSTERN_KEYS", "1:hunter2");
    let found = Config::read(&small().to_string(), &worker).unwrap_err();
    assert_problem(&found, "POSTERN_KEYS", &["pair 1", "npx postern keys"]);
    assert!(!format!("{found:?}").contains("hunter2"));

    let mut table = small();
    table["issuer"] = json!("x");
    let found = Config::read(&table.to_string(), &worker).unwrap_err();
    assert_eq!(found.len(), 2, "the form is checked without an issuer too");
}

#[test]
fn a_name_is_a_line_and_a_logo_an_address() {
    let long = "a".repeat(65);
    for name in ["", " ", "a\nb", long.as_str()] {
        let found = set("", "name", name.into());
        assert_problem(&found, "name", &["one line of 1 to 64 characters"]);
    }
    for logo in ["logo.svg", "http://cdn.example.com/x", "//x/y", "data:x"] {
        let found = set("", "logo", logo.into());
        assert_problem(&found, "logo", &["`/logo.svg`", "`https://host/path`"]);
    }
}

#[test]
fn where_the_objects_are() {
    let read = |jurisdiction: Value, hint: Value| {
        let mut table = small();
        table["jurisdiction"] = jurisdiction;
        table["log_location_hint"] = hint;
        Config::read(&table.to_string(), &Worker::complete()).map(|config| config.place)
    };
    for jurisdiction in ["eu", "us", "fedramp"] {
        for hint in [
            "wnam", "enam", "sam", "weur", "eeur", "apac", "oc", "afr", "me",
        ] {
            let place = read(json!(jurisdiction), json!(hint)).unwrap();
            assert_eq!(place.jurisdiction, Some(jurisdiction));
            assert_eq!(place.log_hint, Some(hint));
        }
    }
    let config = Config::read(&small().to_string(), &Worker::complete()).unwrap();
    assert_eq!(config.place, crate::config::Place::default());
    let found = set("", "jurisdiction", json!("EU"));
    assert_problem(&found, "jurisdiction", &["`eu`, `us`, `fedramp`"]);
    let found = set("", "log_location_hint", json!("fra"));
    assert_problem(&found, "log_location_hint", &["`weur`"]);
}

#[test]
fn what_scopes_mean() {
    let scopes = |value: Value| set("", "scopes", value);
    assert!(scopes(json!({ "a": "See your orders", "b": "é".repeat(120) })).is_empty());
    for bad in [json!("a"), json!(["a"]), json!(7)] {
        assert_problem(&scopes(bad), "scopes", &["table", "[scopes]"]);
    }
    for bad in [
        json!(""),
        json!(" "),
        json!("a\nb"),
        json!("a".repeat(121)),
        json!(7),
    ] {
        assert_problem(
            &scopes(json!({ "a": bad })),
            "scopes.a",
            &["one line", "120"],
        );
    }
    let found = scopes(json!({ "c": "See" }));
    assert_problem(&found, "scopes.c", &["no client may have"]);
}

/// The pages lead back to it, and leave the icon to it.
#[test]
fn what_the_site_has_itself() {
    let brand = |routes: Value| {
        let mut table = small();
        table["routes"] = routes;
        table["providers"] = json!([{ "id": "x", "issuer": "https://x.example", "client_id": "x", "allow": "anyone" }]);
        let config = Config::read(&table.to_string(), &Worker::complete());
        config.unwrap().brand
    };
    let route = |pattern: &str, access: &str| match access {
        "deny" => json!({ "match": pattern, "access": access }),
        _ => json!({ "match": pattern, "access": access, "origin": "assets" }),
    };
    for (access, home) in [
        ("public", Home::Open),
        ("session", Home::SignedIn),
        ("any", Home::SignedIn),
        ("token", Home::Closed),
        ("deny", Home::Closed),
    ] {
        let found = brand(json!([route("/*", access)]));
        assert_eq!(found.home, home);
        assert_eq!(found.has_icon, access == "public");
    }
    // The first pattern that matches decides, and then the method.
    let found = brand(json!([route("/", "session"), route("/*", "public")]));
    assert_eq!((found.home, found.has_icon), (Home::SignedIn, true));
    let found = brand(json!([
        { "match": "/*", "methods": ["POST"], "access": "public", "origin": "assets" },
        { "match": "/*", "methods": ["GET"], "access": "session", "origin": "assets" },
    ]));
    assert_eq!((found.home, found.has_icon), (Home::SignedIn, false));
    assert_eq!(brand(json!([route("/x", "public")])).home, Home::Closed);
}
