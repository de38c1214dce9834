//! RFC 8414 and RFC 9728.

use serde_json::json as value;

use super::*;
use crate::config::{Clients, Names, PushAuthorization, Transmitter};
use crate::fakes::Fault;

const SERVER: &str = "/.well-known/oauth-authorization-server";
const RESOURCE: &str = "/.well-known/oauth-protected-resource";

#[test]
fn the_server_lists_what_works() {
    let world = world();
    let answer = world.get(SERVER);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(
        answer.body,
        concat!(
            r#"{"issuer":"https://auth.example.com","#,
            r#""token_endpoint":"https://auth.example.com/oauth/token","#,
            r#""token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],"#,
            r#""introspection_endpoint":"https://auth.example.com/oauth/introspect","#,
            r#""introspection_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],"#,
            r#""revocation_endpoint":"https://auth.example.com/oauth/revoke","#,
            r#""revocation_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],"#,
            r#""grant_types_supported":["client_credentials"],"#,
            r#""response_types_supported":[],"#,
            r#""scopes_supported":["orders:read","orders:list","orders:write"]}"#,
        )
    );
    assert_eq!(world.fakes.io(), 0);
}

#[test]
fn a_server_without_scopes_lists_none() {
    let mut world = world();
    let bare = world.config.client("bare").unwrap().clone();
    world.config.clients = vec![bare].into();
    assert!(json(&world.get(SERVER)).get("scopes_supported").is_none());
}

#[test]
fn global_token_revocation_is_listed_where_somebody_may_use_it() {
    const ENDPOINT: &str = "global_token_revocation_endpoint";
    const METHODS: &str = "global_token_revocation_endpoint_auth_methods_supported";
    let mut world = world();
    let metadata = json(&world.get(SERVER));
    assert!(metadata.get(ENDPOINT).is_none() && metadata.get(METHODS).is_none());
    let mut ops = world.config.client("bare").unwrap().clone();
    ops.scope = "postern:admin".parse().unwrap();
    world.config.clients = vec![ops].into();
    let metadata = json(&world.get(SERVER));
    let url = "https://auth.example.com/_postern/global-token-revocation";
    assert_eq!(metadata[ENDPOINT], url);
    assert_eq!(metadata[METHODS], serde_json::json!(["Bearer"]));
    world.config.clients = Clients::default();
    world.config.transmitters = vec![transmitter()];
    let metadata = json(&world.get(SERVER));
    assert_eq!(metadata[ENDPOINT], url);
    assert_eq!(metadata[METHODS], serde_json::json!(["private_key_jwt"]));
}

fn transmitter() -> Transmitter {
    Transmitter {
        id: "events".parse().unwrap(),
        issuer: "https://id.example.com".parse().unwrap(),
        audience: "here".to_owned(),
        jwks_uri: None,
        authorization: PushAuthorization::None,
        names: Names {
            issuer: "https://id.example.com".to_owned(),
            people: Vec::new(),
        },
    }
}

fn with_routes(routes: Vec<Route>) -> World {
    let mut world = world();
    world.config.routes = routes;
    world
}

#[test]
fn each_audience_has_its_own_metadata() {
    let world = with_routes(vec![
        route(None, "site"),
        route(Some(ORDERS), "orders:read"),
        route(Some(USERS), ""),
        route(Some(ORDERS), "orders:read orders:write"),
        route(Some("urn:example:api"), "urn"),
    ]);
    let at_api = |path: &str| world.get_at("https://api.example.com", &format!("{RESOURCE}{path}"));
    let answer = at_api("/orders");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(
        answer.body,
        concat!(
            r#"{"resource":"https://api.example.com/orders","#,
            r#""authorization_servers":["https://auth.example.com"],"#,
            r#""scopes_supported":["orders:read","orders:write"],"#,
            r#""bearer_methods_supported":["header"]}"#,
        )
    );
    let users = json(&at_api("/users"));
    assert_eq!(users["resource"], USERS);
    assert!(users.get("scopes_supported").is_none());
    // No audience is the root: it is the issuer's own.
    let root = json(&world.get(RESOURCE));
    assert_eq!(root["resource"], ISSUER);
    assert_eq!(root["scopes_supported"], serde_json::json!(["site"]));
    for unknown in ["", "/", "/order", "/orders/", "/orders/1", "/ORDERS"] {
        assert_error(&at_api(unknown), 404, "not_found");
    }
}

#[test]
fn an_audience_without_a_path_is_the_root() {
    for audience in ["https://api.example.com", "https://api.example.com/"] {
        let world = with_routes(vec![route(None, "site"), route(Some(audience), "all")]);
        let root = json(&world.get_at("https://api.example.com", RESOURCE));
        assert_eq!(root["resource"], audience);
        assert_eq!(root["scopes_supported"], serde_json::json!(["all"]));
    }
}

/// RFC 9728 section 3.3: a client must not use what names another resource than the one it asked.
#[test]
fn one_document_names_one_host_and_path() {
    let world = with_routes(vec![
        route(None, "site"),
        route(Some("https://api.example.com"), "api"),
        route(Some("https://other.example.com"), "other"),
        route(Some("https://other.example.com/v2"), "v2"),
        route(Some("urn:example:api"), "urn"),
    ]);
    for (origin, path, resource) in [
        ("https://api.example.com", "", "https://api.example.com"),
        ("https://other.example.com", "", "https://other.example.com"),
        (
            "https://OTHER.example.com",
            "/v2",
            "https://other.example.com/v2",
        ),
        ("http://api.example.com", "", "https://api.example.com"),
        (ISSUER, "", ISSUER),
    ] {
        let answer = world.get_at(origin, &format!("{RESOURCE}{path}"));
        assert_eq!(json(&answer)["resource"], resource, "{origin}{path}");
    }
    for (origin, path) in [
        ("https://api.example.com", "/v2"),
        ("https://api.example.com:8443", ""),
        ("https://third.example.com", ""),
        (ISSUER, "/v2"),
        ("", ""),
    ] {
        let answer = world.get_at(origin, &format!("{RESOURCE}{path}"));
        assert_error(&answer, 404, "not_found");
    }
    // The issuer's own root can be an audience as well, and then it has that one's scopes.
    let own = with_routes(vec![
        route(None, "site"),
        route(Some("https://auth.example.com/"), "own"),
    ]);
    let root = json(&own.get(RESOURCE));
    assert_eq!(root["resource"], "https://auth.example.com/");
    assert_eq!(root["scopes_supported"], serde_json::json!(["own"]));
}

#[test]
fn without_routes_the_root_is_the_issuer() {
    let root = json(&world().get(RESOURCE));
    assert_eq!(root["resource"], ISSUER);
    assert_eq!(root["authorization_servers"][0], ISSUER);
}

#[test]
fn what_is_for_people_is_listed_where_there_are_codes() {
    use crate::fakes::world;
    let site = world::World::new();
    let metadata = json(&site.get(&world::Browser::default(), SERVER));
    let list = |name: &str| metadata[name].to_string();
    assert_eq!(
        metadata["authorization_endpoint"],
        format!("{ISSUER}/oauth/authorize")
    );
    assert_eq!(list("response_types_supported"), r#"["code"]"#);
    assert_eq!(list("response_modes_supported"), r#"["query"]"#);
    // RFC 8414 section 2: its absence says that there is no PKCE.
    assert_eq!(list("code_challenge_methods_supported"), r#"["S256"]"#);
    assert_eq!(
        list("grant_types_supported"),
        r#"["authorization_code","client_credentials","refresh_token"]"#
    );
    // RFC 9207 section 3.
    assert_eq!(
        metadata["authorization_response_iss_parameter_supported"],
        true
    );
    for (endpoint, has_none) in [
        ("token", true),
        ("revocation", true),
        ("introspection", false),
    ] {
        let methods = list(&format!("{endpoint}_endpoint_auth_methods_supported"));
        assert_eq!(methods.contains("\"none\""), has_none, "{endpoint}");
    }
}

#[test]
fn a_resource_names_the_issuers_whose_tokens_its_routes_take() {
    let issuer = |id: &str, url: &str| value!({ "id": id, "issuer": url, "tokens": "jwt", "audiences": ["x"] });
    let route = |path: &str, audience: &str, accept: &[&str]| {
        value!({ "match": path, "access": "token", "audience": audience, "accept": accept,
            "origin": "https://origin.example.com" })
    };
    let table = value!({
        "issuer": ISSUER,
        "clients": [{ "id": "app", "secret_sha256": "5a".repeat(32), "audiences": [ORDERS, USERS] }],
        "issuers": [issuer("one", "https://one.example"), issuer("two", "https://two.example/")],
        "routes": [
            route("/orders/a", ORDERS, &["postern", "one"]),
            route("/orders/b", ORDERS, &["two"]),
            route("/users", USERS, &["two"]),
        ],
    });
    let world = with_config(&table);
    let servers = |path: &str| {
        let answer = world.get_at("https://api.example.com", &format!("{RESOURCE}{path}"));
        json(&answer)["authorization_servers"].clone()
    };
    let all = value!([ISSUER, "https://one.example", "https://two.example/"]);
    assert_eq!(servers("/orders"), all);
    assert_eq!(servers("/users"), value!(["https://two.example/"]));
    assert_eq!(
        json(&world.get(RESOURCE))["authorization_servers"],
        value!([ISSUER])
    );
}

/// A world with this configuration.
fn with_config(table: &Value) -> World {
    let config = Config::read(&table.to_string(), &fixtures::config::Unseen);
    let mut world = world();
    world.config = config.unwrap();
    world
}

const KEYS: &str = "/.well-known/jwks.json";

#[test]
fn keys_are_named_and_published_where_there_are_some() {
    let mut world = world();
    let without = json(&world.get(SERVER));
    assert!(without.get("jwks_uri").is_none());
    assert!(
        without
            .get("introspection_signing_alg_values_supported")
            .is_none()
    );
    assert!(!Endpoint::Jwks.is_there(&world.config));
    assert_error(&world.get(KEYS), 404, "not_found");
    sign_with(&mut world, &[(7, 1), (3, 2)]);
    assert!(Endpoint::Jwks.is_there(&world.config));
    let with = json(&world.get(SERVER));
    assert_eq!(with["jwks_uri"], format!("{ISSUER}{KEYS}"));
    let algorithms = &with["introspection_signing_alg_values_supported"];
    assert_eq!(*algorithms, serde_json::json!(["ES256"]));
    for _ in 0..2 {
        let answer = world.get(KEYS);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let ids: Vec<_> = json(&answer)["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["kid"].clone())
            .collect();
        assert_eq!(ids, ["7", "3"]);
    }
    assert_eq!(world.fakes.calls.public_jwk.count(), 2);
}

#[test]
fn keys_that_the_platform_does_not_give_are_unavailable() {
    let mut world = world();
    sign_with(&mut world, &[(7, 1)]);
    world.fakes.calls.public_jwk.set_fault(Fault::Before);
    assert_eq!(world.get(KEYS).status, 503);
    world.fakes.calls.public_jwk.set_fault(Fault::None);
    assert_eq!(world.get(KEYS).status, 200);
}
