//! `[[routes]]`.

use super::*;
use crate::config::{HeaderPattern, Origin};
use crate::protocol::ResourceUri;

/// Sets `key` of the route that asks for a token.
fn route(key: &str, value: Value) -> Vec<Problem> {
    set("/routes/0", key, value)
}

/// What is wrong with public routes of these patterns and methods (none: all).
fn places(places: &[(&str, &[&str])]) -> Vec<Problem> {
    let routes = places.iter().map(|(pattern, methods)| {
        let mut route = json!({ "match": pattern, "access": "public", "origin": "assets" });
        if !methods.is_empty() {
            route["methods"] = json!(methods);
        }
        route
    });
    set("", "routes", routes.collect())
}

#[test]
fn the_pattern() {
    let found = remove("/routes/0", "match");
    assert_problem(&found, "routes[0].match", &["missing", "`/api/*`"]);
    let found = route("match", json!("api/*"));
    assert_problem(&found, "routes[0].match", &["begin with `/`"]);
}

#[test]
fn methods() {
    for bad in ["get", "", "GE T", "G\u{c9}T"] {
        let found = route("methods", json!([bad]));
        assert_problem(&found, "routes[0].methods[0]", &["in capitals"]);
    }
    let found = route("methods", json!(["*"]));
    assert_problem(&found, "routes[0].methods[0]", &["leave `methods` out"]);
    assert_problem(
        &route("methods", json!([])),
        "routes[0].methods",
        &["empty"],
    );
    let found = route("methods", json!("GET"));
    assert_problem(&found, "routes[0].methods", &["`[\"GET\"]`"]);
    assert_eq!(route("methods", json!(["GET", "M-SEARCH"])), []);
}

#[test]
fn access() {
    let found = remove("/routes/0", "access");
    assert_problem(&found, "routes[0].access", &["missing", "`token`"]);
    for unknown in ["sessions", "all", "Token", ""] {
        let found = route("access", json!(unknown));
        let words = ["`public`, `token`, `session`, `any`, `deny`"];
        assert_problem(&found, "routes[0].access", &words);
    }
    let found = problems(|table| {
        table["routes"][0]["access"] = json!("any");
        table["providers"] = provider();
    });
    assert_eq!(found, []);
}

#[test]
fn keys_that_mean_nothing_under_this_access() {
    for (key, value) in [
        ("scopes", json!(["a"])),
        ("audience", json!("urn:x")),
        ("max_staleness", json!(1)),
        ("on_outage", json!("deny")),
        ("cut_streams", json!(true)),
    ] {
        let found = set("/routes/1", key, value.clone());
        let place = format!("routes[1].{key}");
        assert_problem(
            &found,
            &place,
            &["no token is asked for", "`access = \"token\"`"],
        );
        let found = problems(|table| {
            table["routes"][1] = json!({ "match": "/*", "access": "deny" });
            table["routes"][1][key] = value;
        });
        assert_problem(&found, &place, &["no token is asked for"]);
    }
    for (key, value) in [("scopes", json!(["a"])), ("audience", json!("urn:x"))] {
        let found = problems(|table| {
            table["routes"][1]["access"] = json!("session");
            table["routes"][1][key] = value;
        });
        let words = ["a login session", "`access = \"any\"`"];
        assert_problem(&found, &format!("routes[1].{key}"), &words);
    }
    for (key, value) in [
        ("origin", json!("assets")),
        ("preflight", json!("pass")),
        ("paths", json!("as-sent")),
        ("authorization", json!("pass")),
        ("keep", json!(true)),
    ] {
        let found = problems(|table| {
            table["routes"][1] = json!({ "match": "/*", "access": "deny" });
            table["routes"][1][key] = value;
        });
        assert_problem(&found, &format!("routes[1].{key}"), &["forwards nothing"]);
    }
}

/// The second route, with this access and origin and this key.
fn second(access: &str, origin: &str, key: &str, value: &Value) -> Vec<Problem> {
    problems(|table| {
        table["routes"][1] = json!({ "match": "/x/*", "access": access, "origin": origin });
        table["routes"][1][key] = value.clone();
        table["providers"] = provider();
    })
}

#[test]
fn the_choices_of_a_route() {
    let api = "https://origin.example.com";
    let yes = json!(true);
    for access in ["session", "any"] {
        assert_eq!(second(access, "assets", "keep", &yes), []);
    }
    for access in ["public", "token"] {
        let found = second(access, "assets", "keep", &yes);
        assert_problem(&found, "routes[1].keep", &["no login is taken"]);
    }
    let pass = json!("pass");
    assert_eq!(second("public", api, "authorization", &pass), []);
    for access in ["token", "session", "any"] {
        let found = second(access, api, "authorization", &pass);
        assert_problem(
            &found,
            "routes[1].authorization",
            &["`access = \"public\"`"],
        );
    }
    let found = second("public", api, "authorization", &yes);
    assert_problem(&found, "routes[1].authorization", &["must be text"]);
    let found = second("public", api, "authorization", &json!("keep"));
    assert_problem(&found, "routes[1].authorization", &["`stop`, `pass`"]);
    let sent = json!("as-sent");
    for access in ["public", "token", "session", "any"] {
        assert_eq!(second(access, api, "paths", &sent), []);
    }
    assert_eq!(second("public", api, "paths", &json!("unambiguous")), []);
    let found = second("public", "assets", "paths", &sent);
    assert_problem(&found, "routes[1].paths", &["no file has such a path"]);
}

#[test]
fn a_binding_with_a_url_of_its_own() {
    let found = |origin: &str, url: &str| second("token", origin, "origin_url", &json!(url));
    for url in [
        "https://host",
        "https://host:8443",
        "http://db.internal",
        "http://10.0.0.7:80",
    ] {
        assert_eq!(found("service:API", url), [], "{url}");
    }
    for url in [
        "host",
        "https://host/",
        "https://Host",
        "ftp://host",
        "https://host/path",
        "https://u@host",
        "",
    ] {
        assert_problem(
            &found("service:API", url),
            "routes[1].origin_url",
            &["`https://host`"],
        );
    }
    let missing = found("service:NOTHING", "https://host");
    assert_problem(
        &missing,
        "routes[1].origin",
        &["NOTHING", "[[mtls_certificates]]"],
    );
    for origin in ["assets", "zone", "https://host"] {
        let problem = found(origin, "https://host");
        assert_problem(
            &problem,
            "routes[1].origin_url",
            &["`origin = \"service:BINDING\"`"],
        );
    }
    let alone = problems(|table| {
        table["routes"][1] =
            json!({ "match": "/x/*", "access": "public", "origin_url": "https://host" });
    });
    assert_problem(&alone, "routes[1].origin", &["missing"]);
}

#[test]
fn sessions_have_staleness_and_outages_as_well() {
    for access in ["session", "any"] {
        let found = problems(|table| {
            let route = &mut table["routes"][1];
            route["access"] = json!(access);
            route["max_staleness"] = json!(0);
            route["on_outage"] = json!("allow_cached");
            table["providers"] = provider();
        });
        assert_eq!(found, []);
    }
}

#[test]
fn the_default_audience_is_only_for_tokens() {
    for (access, expected) in [
        ("public", None),
        ("session", None),
        ("token", Some("https://api.example.com")),
        ("any", Some("https://api.example.com")),
    ] {
        let mut table = small();
        table["audience"] = json!("https://api.example.com");
        table["routes"][1]["access"] = json!(access);
        table["providers"] = provider();
        let config = Config::read(&table.to_string(), &Worker::complete()).unwrap();
        let audience = config.routes[1].audience.as_ref();
        assert_eq!(audience.map(ResourceUri::as_str), expected, "{access}");
    }
}

#[test]
fn a_login_is_possible_where_one_is_asked_for() {
    for access in ["session", "any"] {
        let table = |providers: Value| {
            let mut table = small();
            table["routes"][1]["access"] = json!(access);
            table["providers"] = providers;
            table.to_string()
        };
        let found = Config::read(&table(json!([])), &Worker::complete()).unwrap_err();
        let words = ["nobody can log in", "providers", "POSTERN_USERS"];
        assert_problem(&found, "routes[1].access", &words);
        // There may be accounts that can't be seen from here.
        assert!(Config::read(&table(json!([])), &Unseen).is_ok());
        assert!(Config::read(&table(provider()), &Worker::complete()).is_ok());
    }
}

/// Somebody with whom people log in.
fn provider() -> Value {
    json!([{
        "id": "acme",
        "issuer": "https://id.example.com",
        "client_id": "postern",
        "allow": "anyone",
    }])
}

#[test]
fn staleness_and_outages() {
    let found = route("max_staleness", json!(301));
    assert_problem(&found, "routes[0].max_staleness", &["from 0 to 300"]);
    let found = route("on_outage", json!("allow"));
    assert_problem(&found, "routes[0].on_outage", &["`deny`, `allow_cached`"]);
}

#[test]
fn origins() {
    let key = "routes[0].origin";
    let found = remove("/routes/0", "origin");
    assert_problem(&found, key, &["missing", "`service:BINDING`"]);
    for (bad, words) in [
        ("", "is not an origin"),
        ("asset", "`assets`, `app`, `service:BINDING`"),
        ("service:", "does not name a binding"),
        ("service:A-B", "`service:API`"),
        ("service:OTHER", "`binding = \"OTHER\"`"),
        ("http://api.example.com", "`http` is for localhost"),
        ("https://api.example.com/v1", "nothing after it"),
    ] {
        assert_problem(&route("origin", json!(bad)), key, &[words]);
    }
    assert_eq!(route("origin", json!("http://localhost:9000")), []);
}

#[test]
fn preflights_and_web_origins() {
    let found = route("preflight", json!("allow"));
    assert_problem(
        &found,
        "routes[0].preflight",
        &["`refuse`, `pass`, `answer`"],
    );
    for none in [json!(null), json!([])] {
        let found = problems(|table| {
            table["routes"][0]["preflight"] = json!("answer");
            if none.is_array() {
                table["routes"][0]["cors_origins"] = none;
            }
        });
        assert_problem(&found, "routes[0].cors_origins", &["needed", "answer"]);
    }
    let found = route("cors_origins", json!(["*"]));
    assert_problem(&found, "routes[0].cors_origins[0]", &["must not be `*`"]);
    for bad in ["null", "https://app.example.com/", "app.example.com"] {
        let found = route("cors_origins", json!([bad]));
        assert_problem(&found, "routes[0].cors_origins[0]", &["`https://host`"]);
    }
}

#[test]
fn scopes_and_audiences_that_no_client_may_have() {
    let found = route("scopes", json!(["a", "c"]));
    let key = "routes[0].scopes[1]";
    assert_problem(&found, key, &["unknown scope", "`c`", "`a`, `b`"]);
    let found = route("audience", json!("urn:x"));
    let words = ["unknown audience", "`urn:x`", "`https://api.example.com`"];
    assert_problem(&found, "routes[0].audience", &words);
    let found = set("", "audience", json!("urn:x"));
    assert_problem(&found, "audience", &["unknown audience"]);
    let found = remove("/clients/0", "audiences");
    assert_eq!(found, []);
    let found = problems(|table| {
        table["routes"][0]["scopes"] = json!(["a", "c"]);
        let other = json!({ "id": "b", "secret_sha256": DIGEST, "scopes": ["c"] });
        table["clients"].as_array_mut().unwrap().push(other);
    });
    assert_problem(&found, "routes[0]", &["no client may have all"]);
    let found = remove("", "clients");
    assert_problem(
        &found,
        "routes[0].access",
        &["no client", "npx postern client"],
    );
}

#[test]
fn a_route_for_tokens_and_sessions_takes_tokens_that_a_client_may_have() {
    let any = |change: fn(&mut Value)| {
        problems(|table| {
            table["routes"][0]["access"] = json!("any");
            table["providers"] = provider();
            change(table);
        })
    };
    let found = any(|table| table["routes"][0]["scopes"] = json!(["c"]));
    assert_problem(&found, "routes[0].scopes[0]", &["unknown scope"]);
    let found = any(|table| {
        table.as_object_mut().unwrap().remove("clients");
    });
    let words = ["no client", "`access = \"session\"`", "npx postern client"];
    assert_problem(&found, "routes[0].access", &words);
}

#[test]
fn nothing_is_said_of_scopes_while_a_client_cannot_be_read() {
    let found = problems(|table| {
        table["clients"][0]["id"] = json!("");
        table["routes"][0]["scopes"] = json!(["c"]);
    });
    assert_problem(&found, "clients[0].id", &["empty"]);
}

#[test]
fn a_route_behind_a_wider_pattern() {
    let found = places(&[("/*", &[]), ("/a/*", &[])]);
    let words = ["never reached", "`/*` of routes[0]", "before"];
    assert_problem(&found, "routes[1].match", &words);
    // The first pattern decides, whatever its methods are.
    let found = places(&[("/a*", &["GET"]), ("/b", &[]), ("/a/b", &["POST"])]);
    assert_problem(&found, "routes[2].match", &["`/a*` of routes[0]"]);
    assert_eq!(places(&[("/a/*", &[]), ("/a", &[]), ("/*", &[])]), []);
    let found = problems(|table| {
        table["routes"][0]["match"] = json!("/*");
        table["routes"][0]["access"] = json!("typo");
        table["routes"][1]["match"] = json!("/x");
    });
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(found[1].key, "routes[1].match");
}

#[test]
fn a_route_whose_methods_are_taken() {
    let found = places(&[("/a", &[]), ("/b", &[]), ("/a", &["GET"])]);
    let words = ["routes[0]", "the same `match`", "every method"];
    assert_problem(&found, "routes[2].match", &words);
    assert_eq!(
        places(&[("/a", &["GET"]), ("/b", &[]), ("/a", &["POST"])]),
        []
    );
    assert_eq!(
        places(&[("/a", &["GET"]), ("/a", &["POST"]), ("/a", &[])]),
        []
    );
    let found = places(&[("/a", &["GET"]), ("/a", &["POST", "HEAD"])]);
    let words = ["routes[0]", "takes HEAD already"];
    assert_problem(&found, "routes[1].methods[1]", &words);
    assert_eq!(places(&[("/a", &["HEAD"]), ("/a", &["GET"])]), []);
}

#[test]
fn routes_for_what_postern_answers() {
    for own in [
        "/oauth/authorize",
        "/oauth/token",
        "/oauth/introspect",
        "/oauth/revoke",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/api",
        "/_postern/*",
        "/_postern/health",
    ] {
        let found = places(&[(own, &[])]);
        assert_problem(&found, "routes[0].match", &["Postern answers there itself"]);
    }
    for other in [
        "/oauth/*",
        "/_postern",
        "/.well-known/oauth-protected-resources",
    ] {
        assert_eq!(places(&[(other, &[])]), []);
    }
}

#[test]
fn headers() {
    let read = |value: Value| {
        let mut table = small();
        table["routes"][0]["headers"] = value;
        let config = Config::read(&table.to_string(), &Worker::complete()).unwrap();
        config.routes[0].headers.clone()
    };
    let name = |text: &str| HeaderPattern::Name(text.to_owned());
    let family = |text: &str| HeaderPattern::Family(text.to_owned());
    assert_eq!(read(json!([])), Some(Vec::new()));
    assert_eq!(
        read(json!(["X-App-Version", "Traceparent", "X-Team-*"])),
        Some(vec![
            name("x-app-version"),
            name("traceparent"),
            family("x-team-")
        ])
    );
    for bad in [
        "",
        "x app",
        "x-app:",
        "x*",
        "x-*-y",
        "-*",
        "x-team-**",
        "caf\u{e9}",
    ] {
        let found = route("headers", json!([bad]));
        assert_problem(&found, "routes[0].headers[0]", &["`x-app-*`"]);
    }
    let found = route("headers", json!(["*"]));
    assert_problem(&found, "routes[0].headers[0]", &["leave `headers` out"]);
    let found = route("headers", json!("x-app"));
    assert_problem(&found, "routes[0].headers", &["`[\"x-app-version\"]`"]);
    let found = set("/routes/1", "headers", json!(["x-app"]));
    assert_eq!(found, [], "a public route has an origin too");
    let found = problems(|table| {
        table["routes"][0] = json!({ "match": "/api/*", "access": "deny", "headers": [] });
    });
    assert_problem(&found, "routes[0].headers", &["leave it out"]);
}

#[test]
fn app_is_the_handler_of_a_worker_of_ones_own() {
    let mut table = small();
    table["routes"][0]["origin"] = json!("app");
    let mut own = Worker::complete();
    own.bindings.push(("app".to_owned(), BindingKind::Handler));
    let config = Config::read(&table.to_string(), &own).unwrap();
    assert_eq!(config.routes[0].origin, Some(Origin::App));
    // What only the Worker's code says is no problem of a file.
    assert!(Config::read(&table.to_string(), &Unseen).is_ok());
    let problems = Config::read(&table.to_string(), &Worker::complete()).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "routes[0].origin: is the handler of a Worker of your own, and there is none: write `export default \
         protect(config, handler)` with `protect` from \"postern\" in place of `worker(config)`"
    );
}
