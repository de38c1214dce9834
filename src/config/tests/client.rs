//! `[[clients]]`.

use std::time::Duration;

use super::*;

fn client(key: &str, value: Value) -> Vec<Problem> {
    set("/clients/0", key, value)
}

#[test]
fn the_id() {
    let found = remove("/clients/0", "id");
    assert_problem(&found, "clients[0].id", &["missing", "`my-app`"]);
    let found = client("id", json!("a b"));
    assert_problem(&found, "clients[0].id", &["A-Z a-z 0-9 - _"]);
    let found = client("id", json!("postern"));
    assert_problem(&found, "clients[0].id", &["take another"]);
    let found = problems(|table| {
        let first = table["clients"][0].clone();
        table["clients"] = json!([first, first]);
    });
    assert_problem(&found, "clients[1].id", &["clients[0]", "its own"]);
}

#[test]
fn an_id_that_is_there_twice_is_found_in_broken_clients_too() {
    let found = set("", "clients", json!([{ "id": "a" }, { "id": "a" }]));
    let keys: Vec<&str> = found.iter().map(|p| p.key.as_str()).collect();
    let expected = [
        "clients[0].secret_sha256",
        "clients[1].secret_sha256",
        "clients[1].id",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn the_digest_of_the_secret() {
    let key = "clients[0].secret_sha256";
    let found = remove("/clients/0", "secret_sha256");
    assert_problem(&found, key, &["missing", "npx postern client"]);
    for bad in [
        "",
        "abc",
        &DIGEST[1..],
        &format!("{DIGEST}0"),
        &DIGEST.replace('0', "g"),
    ] {
        let found = client("secret_sha256", json!(bad));
        assert_problem(&found, key, &["64 hexadecimal digits", "`env:NAME`"]);
    }
    for bad in [json!(7), json!([]), json!([DIGEST, DIGEST, DIGEST])] {
        let found = client("secret_sha256", bad);
        assert_problem(&found, key, &["one or two"]);
    }
    let found = client("secret_sha256", json!([DIGEST, "x"]));
    assert_problem(&found, "clients[0].secret_sha256[1]", &["64 hexadecimal"]);
    let found = client("secret_sha256", json!([7]));
    assert_problem(&found, "clients[0].secret_sha256[0]", &["must be text"]);
    let empty = "E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let found = client("secret_sha256", json!(empty));
    assert_problem(&found, key, &["empty text"]);
}

#[test]
fn a_digest_in_a_secret_of_the_worker() {
    let key = "clients[0].secret_sha256";
    assert_eq!(client("secret_sha256", json!("env:APP_DIGEST")), []);
    for bad in ["env:", "env:A-B", "env:1A", "env:A B"] {
        let found = client("secret_sha256", json!(bad));
        assert_problem(&found, key, &["the name of the secret"]);
    }
    let found = client("secret_sha256", json!("env:GONE"));
    assert_problem(&found, key, &["`GONE`", "wrangler secret put GONE"]);
    let mut table = small();
    table["clients"][0]["secret_sha256"] = json!("env:APP_DIGEST");
    for (text, words) in [
        ("hunter2", "is not 64 hexadecimal digits"),
        ("pst_cs_hunter2", "is the client's secret itself"),
    ] {
        let worker = Worker::complete().with("APP_DIGEST", text);
        let found = Config::read(&table.to_string(), &worker).unwrap_err();
        assert_problem(&found, key, &["`APP_DIGEST`", words]);
        assert!(!found[0].message.contains("hunter2"), "{found:?}");
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    for text in ["pst_cs_hunter2", "env:pst_cs_hunter2", "hunter2"] {
        for key in [
            "secret_sha256",
            "id",
            "grants",
            "scopes",
            "audiences",
            "introspect",
        ] {
            for value in [json!(text), json!([text, text, " "])] {
                let found = client(key, value);
                assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
            }
        }
    }
    let found = client("secret_sha256", json!("pst_cs_x"));
    assert_problem(&found, "clients[0].secret_sha256", &["is a secret itself"]);
}

#[test]
fn grants_and_what_needs_one() {
    let found = client("grants", json!(["password"]));
    assert_problem(&found, "clients[0].grants[0]", &["`client_credentials`"]);
    let found = client("grants", json!("client_credentials"));
    assert_problem(&found, "clients[0].grants", &["`[\"client_credentials\"]`"]);
    let useless = |extra: &str, value: Value| {
        problems(|table| {
            table["routes"][0]["access"] = json!("public");
            table["clients"] = json!([{ "id": "a", "secret_sha256": DIGEST, "grants": [] }]);
            table["clients"][0][extra] = value;
        })
    };
    let found = useless("introspect", json!(false));
    assert_problem(
        &found,
        "clients[0]",
        &["can do nothing", "`introspect = true`"],
    );
    assert_eq!(useless("introspect", json!(true)), []);
    for (key, value) in [
        ("scopes", json!(["a"])),
        ("audiences", json!(["urn:x"])),
        ("token_lifetime", json!(60)),
    ] {
        let found = problems(|table| {
            table["routes"][0]["access"] = json!("public");
            table["clients"] = json!([{ "id": "a", "secret_sha256": DIGEST, "grants": [],
                "introspect": true }]);
            table["clients"][0][key] = value;
        });
        assert_problem(&found, &format!("clients[0].{key}"), &["without a grant"]);
    }
}

#[test]
fn scopes_audiences_and_lifetimes() {
    let found = client("scopes", json!("a b"));
    assert_problem(&found, "clients[0].scopes", &["must be a list"]);
    let found = client("scopes", json!(["a", "b c"]));
    assert_problem(&found, "clients[0].scopes[1]", &["a text of its own"]);
    let found = client("scopes", json!(["a", "b", "a"]));
    assert_problem(&found, "clients[0].scopes[2]", &["twice"]);
    let found = client("audiences", json!(["api"]));
    assert_problem(&found, "clients[0].audiences[0]", &["absolute URI"]);
    let found = client("audiences", json!([7]));
    assert_problem(&found, "clients[0].audiences[0]", &["must be text"]);
    for value in [29, 86_401] {
        let found = client("token_lifetime", json!(value));
        assert_problem(&found, "clients[0].token_lifetime", &["from 30 to 86400"]);
    }
    assert_eq!(client("token_lifetime", json!(86_400)), []);
}

#[test]
fn introspection() {
    for bad in [json!("yes"), json!([]), json!(1)] {
        let found = client("introspect", bad);
        assert_problem(&found, "clients[0].introspect", &["`true`", "one audience"]);
    }
    let found = client("introspect_accept", json!(["postern"]));
    let words = ["may not introspect", "`introspect = true`"];
    assert_problem(&found, "clients[0].introspect_accept", &words);
    let found = problems(|table| {
        table["clients"][0]["introspect"] = json!(true);
        table["clients"][0]["introspect_accept"] = json!(["nobody"]);
    });
    assert_problem(
        &found,
        "clients[0].introspect_accept[0]",
        &["`postern`", "`[[issuers]]`"],
    );
    let found = client("introspect", json!(["api"]));
    assert_problem(&found, "clients[0].introspect[0]", &["absolute URI"]);
    let found = client("introspect_max_staleness", json!(5));
    let key = "clients[0].introspect_max_staleness";
    assert_problem(&found, key, &["may not introspect"]);
    let found = problems(|table| {
        table["clients"][0]["introspect"] = json!(true);
        table["clients"][0]["introspect_max_staleness"] = json!(301);
    });
    assert_problem(&found, key, &["from 0 to 300"]);
}

/// What is wrong with this one client, after the small table's.
fn second(client: Value) -> Vec<Problem> {
    problems(|table| table["clients"].as_array_mut().unwrap().push(client))
}

fn web_application() -> Value {
    json!({
        "id": "web",
        "public": true,
        "name": "The web application",
        "first_party": true,
        "grants": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://web.example.com/cb", "http://127.0.0.1/cb"],
        "refresh_idle": 3_600,
        "refresh_lifetime": 86_400,
        "refresh_grace": 0,
    })
}

#[test]
fn a_client_that_sends_people() {
    let mut table = small();
    table["clients"]
        .as_array_mut()
        .unwrap()
        .push(web_application());
    let config = Config::read(&table.to_string(), &Worker::complete()).unwrap();
    let web = config.client("web").unwrap();
    assert!(web.is_public && web.is_first_party && web.secret_digests.is_empty());
    assert_eq!(web.shown_name(), "The web application");
    assert_eq!(web.redirect_uris.len(), 2);
    assert_eq!(web.refresh_idle, Duration::from_hours(1));
    assert_eq!(web.refresh_lifetime, Duration::from_hours(24));
    assert_eq!(web.refresh_grace, Duration::ZERO);
    let app = config.client("app").unwrap();
    assert_eq!(app.refresh_grace, Duration::from_secs(30));
    assert_eq!(config.client("app").unwrap().shown_name(), "app");
    assert!(config.client("nobody").is_none());
}

#[test]
fn the_grace_is_between_nothing_and_a_minute() {
    for (grace, fits) in [
        (json!(0), true),
        (json!(60), true),
        (json!(61), false),
        (json!(-1), false),
    ] {
        let mut client = web_application();
        client["refresh_grace"] = grace;
        let found = second(client);
        let problem = "must be a whole number of seconds from 0 to 60";
        if fits {
            assert_eq!(found, []);
        } else {
            assert_problem(&found, "clients[1].refresh_grace", &[problem]);
        }
    }
}

/// People are asked each time, so that `first_party` changes nothing.
#[test]
fn a_public_client_that_any_program_could_be_is_not_first_party() {
    let with = |redirect_uris: Value, is_public: bool| {
        problems(|table| {
            let mut web = web_application();
            web["redirect_uris"] = redirect_uris;
            if !is_public {
                web["public"] = json!(false);
                web["secret_sha256"] = json!(DIGEST);
            }
            table["clients"].as_array_mut().unwrap().push(web);
        })
    };
    for uris in [
        json!(["http://127.0.0.1/cb"]),
        json!(["http://localhost:3000/cb", "com.example.app:/cb"]),
    ] {
        let found = with(uris.clone(), true);
        assert_problem(
            &found,
            "clients[1].first_party",
            &["asked each time", "leave it out"],
        );
        assert_eq!(with(uris, false), []);
    }
    assert_eq!(with(json!(["https://web.example.com/cb"]), true), []);
}

#[test]
fn only_a_life_that_can_exist_counts() {
    const WEEK: Duration = Duration::from_hours(7 * 24);
    let life = |client: Value| {
        let mut table = small();
        table["clients"].as_array_mut().unwrap().push(client);
        let config = Config::read(&table.to_string(), &Worker::complete()).unwrap();
        config.longest_life()
    };
    // 90 days are the default of a refresh token's life, and the small configuration has no refresh tokens.
    let config = Config::read(&small().to_string(), &Worker::complete()).unwrap();
    assert_eq!(config.longest_life(), WEEK);
    assert_eq!(life(web_application()), WEEK);
    let mut client = web_application();
    client["refresh_lifetime"] = json!(30 * 86_400);
    assert_eq!(life(client), Duration::from_hours(30 * 24));
    let mut client = web_application();
    client.as_object_mut().unwrap().remove("refresh_lifetime");
    assert_eq!(life(client.clone()), Duration::from_hours(90 * 24));
    client.as_object_mut().unwrap().remove("refresh_grace");
    client.as_object_mut().unwrap().remove("refresh_idle");
    client["grants"] = json!(["authorization_code"]);
    assert_eq!(life(client), WEEK);
}

#[test]
fn a_client_has_tokens_without_a_session_only_with_the_grant() {
    let mut table = small();
    table["clients"]
        .as_array_mut()
        .unwrap()
        .push(web_application());
    let config = Config::read(&table.to_string(), &Worker::complete()).unwrap();
    assert_eq!(config.life_without_session("app"), Duration::from_hours(1));
    assert_eq!(config.life_without_session("web"), Duration::ZERO);
    assert_eq!(config.life_without_session("ann"), Duration::ZERO);
}

#[test]
fn what_a_public_client_cannot_have() {
    let with = |key: &str, value: Value| {
        let mut client = web_application();
        client[key] = value;
        second(client)
    };
    assert_eq!(second(web_application()), []);
    let found = with("secret_sha256", json!(DIGEST));
    assert_problem(
        &found,
        "clients[1].secret_sha256",
        &["leave one of the two out"],
    );
    let found = with("introspect", json!(true));
    assert_problem(&found, "clients[1].introspect", &["takes a secret"]);
    let all = json!(["authorization_code", "refresh_token", "client_credentials"]);
    let found = with("grants", all);
    assert_problem(&found, "clients[1].grants", &["takes a secret"]);
    let found = with("public", json!("yes"));
    assert!(found.iter().any(|p| p.key == "clients[1].public"));
}

#[test]
fn administration_is_for_programs() {
    // Whoever agreed would be an administrator.
    for grants in [
        json!(["authorization_code"]),
        json!(["client_credentials", "authorization_code"]),
    ] {
        let mut client = web_application();
        client["public"] = json!(false);
        client["secret_sha256"] = json!(DIGEST);
        client["grants"] = grants;
        for key in ["refresh_idle", "refresh_lifetime", "refresh_grace"] {
            client.as_object_mut().unwrap().remove(key);
        }
        client["scopes"] = json!(["read", "postern:admin"]);
        assert_problem(
            &second(client),
            "clients[1].scopes",
            &["`postern:admin`", "a client of its own"],
        );
    }
    let program = json!({ "id": "ops", "secret_sha256": DIGEST, "scopes": ["postern:admin"] });
    assert_eq!(second(program), []);
}

#[test]
fn grants_that_need_each_other() {
    let with = |grants: Value| {
        let mut client = json!({ "id": "web", "secret_sha256": DIGEST });
        client["grants"] = grants;
        second(client)
    };
    let found = with(json!(["authorization_code"]));
    assert_problem(&found, "clients[1].redirect_uris", &["is missing"]);
    let found = with(json!(["client_credentials", "refresh_token"]));
    assert_problem(
        &found,
        "clients[1].grants",
        &["without `authorization_code`"],
    );
    for key in [
        "redirect_uris",
        "first_party",
        "name",
        "refresh_idle",
        "refresh_lifetime",
        "refresh_grace",
    ] {
        let mut client = json!({ "id": "web", "secret_sha256": DIGEST });
        client[key] = web_application()[key].clone();
        let found = second(client);
        assert_problem(&found, &format!("clients[1].{key}"), &["leave it out"]);
    }
    for bad in [
        "http://web.example.com/cb",
        "https://web.example.com/#x",
        "javascript:x",
    ] {
        let mut client = web_application();
        client["redirect_uris"] = json!([bad]);
        let found = second(client);
        assert_problem(
            &found,
            "clients[1].redirect_uris[0]",
            &["is not a redirect URI"],
        );
    }
    for bad in ["", " ", "a\nb", &"x".repeat(65)] {
        let mut client = web_application();
        client["name"] = json!(bad);
        assert_problem(&second(client), "clients[1].name", &["1 to 64 characters"]);
    }
}

#[test]
fn the_logo() {
    let found = client("logo", json!("/logo.svg"));
    assert_problem(&found, "clients[0].logo", &["authorization_code"]);
    let found = problems(|table| {
        table["clients"][0]["grants"] = json!(["authorization_code"]);
        table["clients"][0]["redirect_uris"] = json!(["https://app.example.com/cb"]);
        table["clients"][0]["logo"] = json!("javascript:alert(1)");
    });
    assert_problem(&found, "clients[0].logo", &["a path of this site"]);
}
