//! In which headers an origin is told who is there, and how they are written.

use proptest::prelude::*;
use serde_json::json;

use crate::config::{Access, Config, Identity};
use crate::fixtures::record;
use crate::gate::forward::{Introducing, identity};
use crate::session::SessionRecord;
use crate::time::Time;

const ISSUER: &str = "https://auth.example.com";

/// The headers of a route whose `identity` is this.
fn read(identity: &serde_json::Value) -> Identity {
    let table = json!({
        "issuer": ISSUER,
        "providers": [{
            "id": "acme", "issuer": "https://id.example.com", "client_id": "x", "allow": "anyone",
            "claims": ["it", "other"],
        }],
        "routes": [{
            "match": "/*", "access": "session", "origin": "https://origin.example", "identity": identity,
        }],
    });
    let config = Config::read(&table.to_string(), &Unseen).expect("it makes sense");
    assert_eq!(config.routes[0].access, Access::Session);
    config.routes[0].identity.clone()
}

struct Unseen;

impl crate::config::Environment for Unseen {
    fn setting(&self, _name: &str) -> crate::config::Setting {
        crate::config::Setting::Hidden
    }

    fn has_binding(&self, _name: &str, _kind: crate::config::BindingKind) -> Option<bool> {
        None
    }
}

/// The value of the header that says `fact`; `None` where there is none.
fn said(fact: &str, record: &SessionRecord) -> Option<String> {
    let lines = identity(&read(&json!({ "x-said": fact })), record, ISSUER);
    let value = lines.strip_prefix("x-said\n");
    assert_eq!(value.is_none(), lines.is_empty());
    value.map(str::to_owned)
}

fn with_claim(value: serde_json::Value) -> SessionRecord {
    let mut record = record();
    record.claims.insert("it".to_owned(), value);
    record
}

#[test]
fn everything_that_can_be_said() {
    let whole = SessionRecord {
        subject: "acme:7".to_owned(),
        username: Some("Zoë".to_owned()),
        auth_time: Some(Time::from_seconds(900)),
        amr: vec!["pwd".to_owned(), "otp".to_owned()],
        acr: Some("urn:x mfa".to_owned()),
        ..with_claim(json!("zoe@example.com"))
    };
    for (fact, expected) in [
        ("subject", "acme:7"),
        ("username", "Zo%C3%AB"),
        ("client", "reports"),
        ("scope", "orders:read orders:list"),
        ("session", "AwMDAwMDAwMDAwMDAwMDAw"),
        ("issuer", ISSUER),
        ("auth_time", "900"),
        ("acr", "urn:x%20mfa"),
        ("amr", "pwd,otp"),
        ("claims.it", "zoe@example.com"),
    ] {
        assert_eq!(said(fact, &whole).as_deref(), Some(expected), "{fact}");
    }
}

#[test]
fn of_what_is_not_known_there_is_no_header() {
    for fact in [
        "username",
        "auth_time",
        "acr",
        "amr",
        "claims.it",
        "claims.other",
    ] {
        assert_eq!(said(fact, &record()), None, "{fact}");
    }
    for nothing in [json!(null), json!([]), json!({})] {
        assert_eq!(said("claims.it", &with_claim(nothing)), None);
    }
    let lines = identity(
        &read(&json!({ "x-a": "acr", "x-b": "client", "x-c": "username" })),
        &record(),
        ISSUER,
    );
    assert_eq!(lines, "x-b\nreports");
    assert_eq!(identity(&read(&json!({})), &record(), ISSUER), "");
}

#[test]
fn a_claim_is_written_by_what_it_is() {
    for (value, expected) in [
        (json!("a b,c"), "a%20b,c"),
        (json!(true), "true"),
        (json!(12), "12"),
        (
            json!(["staff", "a,b", "Zoë", 1, false]),
            "staff,a%2Cb,Zo%C3%AB,1,false",
        ),
        (json!([["x"], null]), "[\"x\"],null"),
        // ZITADEL's roles.
        (
            json!({ "admin": { "1": "acme.example" }, "a,b": {} }),
            "a%2Cb,admin",
        ),
    ] {
        let said = said("claims.it", &with_claim(value.clone()));
        assert_eq!(said.as_deref(), Some(expected), "{value}");
    }
    // A number stays as it was written.
    let long = serde_json::from_str("12345678901234567890.10").unwrap();
    assert_eq!(
        said("claims.it", &with_claim(long)).as_deref(),
        Some("12345678901234567890.10")
    );
}

#[test]
fn what_any_route_says_no_client_says_on_any_route() {
    let table = json!({
        "issuer": ISSUER,
        "routes": [
            { "match": "/a/*", "access": "token", "origin": "https://a.example", "identity": { "X-User": "subject" } },
            { "match": "/b/*", "access": "token", "origin": "https://b.example", "identity": { "My_Mail": "username" } },
            { "match": "/*", "access": "public", "origin": "https://c.example" },
        ],
        "clients": [{ "id": "app", "secret_sha256": "5a".repeat(32), "scopes": ["a"] }],
    });
    let config = Config::read(&table.to_string(), &Unseen).expect("it makes sense");
    let introducing = Introducing::of(&config.routes);
    for name in [
        "x-user", "X-USER", "x_user", "X.User", "x~user", "My-Mail", "my_mail", "my.mail",
    ] {
        assert!(introducing.have(name), "{name}");
    }
    for name in [
        "xuser",
        "x-users",
        "x-use",
        "mymail",
        "x-other",
        "",
        "x-postern-subject",
    ] {
        assert!(!introducing.have(name), "{name}");
    }
}

proptest! {
    #[test]
    fn any_claim_makes_visible_ascii_and_a_list_comes_back(items in prop::collection::vec(any::<String>(), 1..5)) {
        let value = said("claims.it", &with_claim(json!(items)));
        let value = value.unwrap();
        prop_assert!(value.bytes().all(|byte| (0x21..0x7f).contains(&byte)));
        let read: Vec<String> = value
            .split(',')
            .map(|item| percent_encoding::percent_decode_str(item).decode_utf8().unwrap().into_owned())
            .collect();
        prop_assert_eq!(read, items);
    }
}
