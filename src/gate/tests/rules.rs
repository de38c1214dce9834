//! What the rules of a route let pass, and what the others are told.

use serde_json::{Value, json};

use super::super::{Admission, Credential, Policy, Refusal};
use super::{Request, described};
use crate::config::{BindingKind, Config, Environment, Setting};
use crate::protocol::ClientId;
use crate::session::SessionRecord;
use crate::time::Time;
use crate::token::SessionId;

const URL: &str = "https://auth.example.com/page?x=1";
const NOW: Time = Time::from_seconds(1_000_000);
const TICKET: Credential = Credential::Ticket { renewable: true };

struct Unseen;

impl Environment for Unseen {
    fn setting(&self, _name: &str) -> Setting {
        Setting::Hidden
    }

    fn has_binding(&self, _name: &str, _kind: BindingKind) -> Option<bool> {
        None
    }
}

/// A site with one route, which has these keys beside others.
pub(super) fn site(keys: &Value) -> Config {
    let mut route = json!({ "match": "/*", "access": "any", "origin": "assets" });
    for (key, value) in keys.as_object().unwrap() {
        route[key] = value.clone();
    }
    let provider = |id: &str, issuer: &str| {
        json!({
            "id": id, "issuer": issuer, "client_id": "x", "allow": "anyone",
            "claims": ["groups", "email", "hd"],
        })
    };
    let table = json!({
        "issuer": "https://auth.example.com",
        "clients": [{ "id": "app", "public": true, "grants": ["authorization_code"],
                      "redirect_uris": ["https://app.example.com/"], "scopes": ["read", "write"] }],
        "implies": { "write": ["read"] },
        "providers": [
            provider("acme", "https://id.example.com"),
            provider("google", "https://accounts.google.com"),
        ],
        "routes": [route],
    });
    Config::read(&table.to_string(), &Unseen).unwrap()
}

/// Somebody who logged in ten minutes ago, with these claims.
pub(super) fn person(subject: &str, claims: &Value) -> SessionRecord {
    SessionRecord {
        auth_time: Some(Time::from_seconds(NOW.seconds() - 600)),
        acr: claims.get("acr").and_then(Value::as_str).map(str::to_owned),
        claims: claims.as_object().unwrap().clone(),
        ..SessionRecord::new(
            SessionId::from_bytes([1; 16]),
            ClientId::site(),
            subject.to_owned(),
            NOW,
            NOW.plus(std::time::Duration::from_hours(1)),
        )
    }
}

/// What becomes of a request of somebody.
fn asked(config: &Config, credential: Credential, record: &SessionRecord) -> Result<(), Refusal> {
    let navigates = [("sec-fetch-mode", "navigate"), ("accept", "text/html")];
    let headers = match credential {
        Credential::Ticket { .. } => &navigates[..],
        Credential::Token => &[],
    };
    let policy = Policy::new(config);
    let route = policy.route(0).unwrap();
    route.authorise(credential, record, &Request::new("GET", headers), URL, NOW)
}

fn reason(result: &Result<(), Refusal>) -> &'static str {
    result
        .as_ref()
        .map_or_else(|refusal| refusal.reason, |()| "passes")
}

#[test]
fn one_of_the_rules_must_fit_and_all_that_stand_together() {
    let config = site(&json!({ "require": [
        { "claim": "groups", "has": "staff" },
        { "all": [
            { "claim": "email", "domain": "example.com" },
            { "claim": "iss", "is": "https://id.example.com" },
        ] },
        { "claim": "sub", "is": "root" },
    ] }));
    for (subject, claims, expected) in [
        ("acme:a", json!({ "groups": ["x", "staff"] }), "passes"),
        ("acme:a", json!({ "groups": { "staff": {} } }), "passes"),
        ("acme:a", json!({ "groups": "staff" }), "rule_unmet"),
        ("acme:a", json!({}), "rule_unmet"),
        ("acme:a", json!({ "email": "a@example.com" }), "passes"),
        (
            "acme:a",
            json!({ "email": "a@example.com.evil.example" }),
            "rule_unmet",
        ),
        // The domain fits, and it is another issuer that says so.
        (
            "google:a",
            json!({ "email": "a@example.com", "hd": "example.com" }),
            "rule_unmet",
        ),
        ("root", json!({}), "passes"),
        ("acme:root", json!({}), "rule_unmet"),
    ] {
        let record = person(subject, &claims);
        for credential in [TICKET, Credential::Token] {
            let result = asked(&config, credential, &record);
            assert_eq!(
                reason(&result),
                expected,
                "{subject} {claims} {credential:?}"
            );
        }
    }
}

#[test]
fn an_address_at_google_counts_with_its_hosted_domain() {
    let config = site(&json!({ "require": [{ "claim": "email", "domain": "example.com" }] }));
    for (claims, expected) in [
        (json!({ "email": "a@example.com" }), "rule_unmet"),
        (
            json!({ "email": "a@example.com", "hd": "Example.com" }),
            "passes",
        ),
        (
            json!({ "email": "a@example.com", "hd": "other.example" }),
            "rule_unmet",
        ),
    ] {
        let result = asked(&config, TICKET, &person("google:a", &claims));
        assert_eq!(reason(&result), expected, "{claims}");
    }
}

/// RFC 9470 section 3.
#[test]
fn whose_login_is_too_old_or_too_weak_steps_up() {
    let config = site(&json!({ "max_auth_age": 600, "acr": ["phr", "mfa"] }));
    let good = person("acme:a", &json!({ "acr": "mfa" }));
    assert_eq!(asked(&config, TICKET, &good), Ok(()));
    assert_eq!(asked(&config, Credential::Token, &good), Ok(()));
    let older = SessionRecord {
        auth_time: Some(Time::from_seconds(NOW.seconds() - 601)),
        ..good.clone()
    };
    let unknown = SessionRecord {
        auth_time: None,
        ..good.clone()
    };
    let weak = SessionRecord {
        acr: None,
        ..good.clone()
    };
    for (record, expected) in [
        (&older, "login_too_old"),
        (&unknown, "login_too_old"),
        (&weak, "login_too_weak"),
    ] {
        let led = asked(&config, TICKET, record);
        assert_eq!(reason(&led), expected);
        let led = led.unwrap_err();
        assert_eq!(led.status(), 303);
        assert_eq!(
            led.answer.header("location"),
            Some("/_postern/login?return_to=/page%3Fx%3D1&acr_values=phr%20mfa&max_age=600")
        );
        let told = asked(&config, Credential::Token, record).unwrap_err();
        assert_eq!((told.status(), told.reason), (401, expected));
        assert_eq!(
            told.answer.header("www-authenticate"),
            Some(
                "Bearer error=\"insufficient_user_authentication\", \
                 resource_metadata=\"https://auth.example.com/.well-known/oauth-protected-resource\", \
                 acr_values=\"phr mfa\", max_age=\"600\""
            )
        );
        assert!(
            told.answer
                .body
                .contains("\"error\":\"insufficient_user_authentication\"")
        );
    }
}

#[test]
fn a_form_leads_to_the_login_and_back_to_its_page() {
    let policy = Policy::new(&site(&json!({ "access": "session", "max_auth_age": 120 })));
    let route = policy.route(0).unwrap();
    let record = person("acme:a", &json!({}));
    let sent = |headers: &[(&str, &str)]| {
        let request = Request::new("POST", headers);
        let refusal = route
            .authorise(TICKET, &record, &request, URL, NOW)
            .unwrap_err();
        let header = |name| refusal.answer.header(name).map(str::to_owned);
        (
            refusal.status(),
            header("location"),
            header("postern-step-up"),
        )
    };
    let form = [
        ("sec-fetch-mode", "navigate"),
        ("referer", "https://auth.example.com/form"),
    ];
    let back = "/_postern/login?return_to=/form&max_age=120".to_owned();
    assert_eq!(sent(&form), (303, Some(back), None));
    let nowhere = "/_postern/login?max_age=120".to_owned();
    assert_eq!(sent(&form[..1]), (303, Some(nowhere.clone()), None));
    assert_eq!(
        sent(&[("sec-fetch-mode", "cors")]),
        (401, None, Some(nowhere))
    );
}

/// Whom the route is not for is not sent to a login that would change nothing.
#[test]
fn whom_it_is_for_comes_before_how_they_logged_in() {
    let config = site(&json!({
        "require": [{ "claim": "groups", "has": "staff" }], "acr": ["mfa"],
    }));
    let refusal = asked(&config, TICKET, &person("acme:a", &json!({}))).unwrap_err();
    assert_eq!((refusal.status(), refusal.reason), (403, "rule_unmet"));
    let staff = person("acme:a", &json!({ "groups": ["staff"] }));
    assert_eq!(reason(&asked(&config, TICKET, &staff)), "login_too_weak");
}

/// What becomes of a request with these headers, before anybody looks at its credential.
fn admitted(keys: &Value, method: &str, headers: &[(&str, &str)]) -> String {
    let policy = Policy::new(&site(keys));
    let request = Request::new(method, headers);
    let admission = policy.admit(&request, URL);
    if let Admission::Refused { refusal, .. } = &admission {
        assert_eq!(
            *request.read.borrow(),
            request.read.borrow()[..1],
            "{}",
            refusal.reason
        );
    }
    described(&admission)
}

#[test]
fn where_a_request_comes_from_decides_before_its_credential() {
    let keys = json!({ "access": "public", "networks": ["192.0.2.0/24", "2001:db8::/32"] });
    for (address, expected) in [
        ("192.0.2.9", "forward /*"),
        ("2001:db8::9", "forward /*"),
        ("::ffff:192.0.2.9", "forward /*"),
        ("192.0.3.9", "403 other_network"),
        ("192.0.2.9, 192.0.2.9", "403 other_network"),
        ("192.0.2.9 ", "403 other_network"),
        ("", "403 other_network"),
    ] {
        let headers = [("cf-connecting-ip", address)];
        assert_eq!(admitted(&keys, "GET", &headers), expected, "{address}");
    }
    // Headers that a client can set say nothing.
    let claims = [("x-forwarded-for", "192.0.2.9"), ("x-real-ip", "192.0.2.9")];
    assert_eq!(admitted(&keys, "GET", &claims), "403 other_network");
    let keys = json!({ "access": "token", "countries": ["DE"] });
    for (country, expected) in [
        ("DE", "401 no_credentials"),
        ("FR", "403 other_country"),
        ("de", "403 other_country"),
        ("T1", "403 other_country"),
    ] {
        let policy = Policy::new(&site(&keys));
        let headers = [("test-country", country)];
        let request = Request::new("GET", &headers);
        assert_eq!(
            described(&policy.admit(&request, URL)),
            expected,
            "{country}"
        );
    }
    assert_eq!(admitted(&keys, "GET", &[]), "403 other_country");
}

#[test]
fn a_preflight_is_no_way_around_a_network() {
    let headers = |address| {
        [
            ("origin", "https://app.example"),
            ("access-control-request-method", "GET"),
            ("cf-connecting-ip", address),
        ]
    };
    for (preflight, inside) in [("pass", "preflight /*"), ("answer", "204 answered")] {
        let keys = json!({
            "preflight": preflight, "cors_origins": ["https://app.example"],
            "networks": ["192.0.2.0/24"],
        });
        let policy = Policy::new(&site(&keys));
        for (address, expected) in [("192.0.2.1", inside), ("192.0.3.1", "403 other_network")] {
            let headers = headers(address);
            let request = Request::new("OPTIONS", &headers);
            let admission = policy.admit(&request, URL);
            assert_eq!(described(&admission), expected, "{preflight} {address}");
        }
    }
}

#[test]
fn a_route_without_rules_reads_nothing_for_them() {
    let policy = Policy::new(&site(&json!({ "access": "public" })));
    let request = Request::new("GET", &[]);
    assert_eq!(described(&policy.admit(&request, URL)), "forward /*");
    assert!(request.read.borrow().is_empty());
}

#[test]
fn what_a_scope_implies_opens_a_route() {
    let config = site(&json!({ "access": "token", "scopes": ["read"] }));
    for (scope, expected) in [
        ("read", "passes"),
        ("write", "passes"),
        ("other", "insufficient_scope"),
    ] {
        let record = SessionRecord {
            scope: scope.parse().unwrap(),
            ..person("app", &json!({}))
        };
        let result = asked(&config, Credential::Token, &record);
        assert_eq!(reason(&result), expected, "{scope}");
    }
    let config = site(&json!({ "access": "token", "scopes": ["write"] }));
    let record = SessionRecord {
        scope: "read".parse().unwrap(),
        ..person("app", &json!({}))
    };
    assert_eq!(
        reason(&asked(&config, Credential::Token, &record)),
        "insufficient_scope"
    );
}

#[test]
fn the_page_of_what_is_not_there_is_nobodys_where_a_rule_is() {
    let of = |keys| Policy::new(&site(&keys)).own_not_found();
    let public = json!({ "match": "/404.html", "access": "public" });
    assert!(of(public).is_some());
    let closed = json!({ "match": "/404.html", "access": "public", "countries": ["DE"] });
    assert_eq!(of(closed), None);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Rules, each of which may be there.
    fn rules() -> impl Strategy<Value = Value> {
        let rule = prop_oneof![
            Just(json!({ "claim": "groups", "has": "staff" })),
            Just(json!({ "claim": "email", "domain": "example.com" })),
            Just(json!({ "claim": "iss", "is": "https://id.example.com" })),
            Just(json!({ "claim": "acr", "is": "mfa" })),
        ];
        let all = prop::collection::vec(rule.clone(), 2..4).prop_map(|all| json!({ "all": all }));
        let require = prop::collection::vec(prop_oneof![rule, all], 1..4);
        let networks =
            prop::sample::subsequence(vec!["192.0.2.0/24", "192.0.2.128/25", "::/0"], 1..3);
        let countries = prop::sample::subsequence(vec!["DE", "FR", "T1"], 1..3);
        let acr = prop::sample::subsequence(vec!["mfa", "phr"], 1..2);
        (
            prop::option::of(require),
            prop::option::of(prop::sample::select(vec![120, 600, 3_600])),
            prop::option::of(acr),
            prop::option::of(networks),
            prop::option::of(countries),
        )
            .prop_map(|(require, age, acr, networks, countries)| {
                let mut keys = json!({});
                let all = [
                    ("require", json!(require)),
                    ("max_auth_age", json!(age)),
                    ("acr", json!(acr)),
                    ("networks", json!(networks)),
                    ("countries", json!(countries)),
                ];
                for (key, value) in all.into_iter().filter(|(_, value)| !value.is_null()) {
                    keys[key] = value;
                }
                keys
            })
    }

    fn somebody() -> impl Strategy<Value = SessionRecord> {
        let groups = prop::sample::subsequence(vec!["staff", "guests"], 0..=2);
        let email = prop::sample::select(vec!["a@example.com", "a@other.example"]);
        let acr = prop::option::of(prop::sample::select(vec!["mfa", "phr", "pwd"]));
        let subject = prop::sample::select(vec!["acme:a", "google:a", "root"]);
        let age = prop::option::of(0_u64..4_000);
        (groups, email, acr, subject, age).prop_map(|(groups, email, acr, subject, age)| {
            let claims = json!({ "groups": groups, "email": email, "acr": acr });
            SessionRecord {
                auth_time: age.map(|age| Time::from_seconds(NOW.seconds() - age)),
                ..person(subject, &claims)
            }
        })
    }

    /// Whether a request gets through to the origin.
    fn passes(config: &Config, record: &SessionRecord, headers: &[(&str, &str)]) -> bool {
        let policy = Policy::new(config);
        let request = Request::new("GET", headers);
        match policy.admit(&request, URL) {
            Admission::Forward(_) | Admission::ForwardPreflight(_) => true,
            Admission::Refused { .. } | Admission::Answered(_) => false,
            Admission::Authenticate {
                route, credential, ..
            } => route
                .authorise(credential, record, &request, URL, NOW)
                .is_ok(),
        }
    }

    proptest! {
        /// Whatever rules a route has, one more of them lets nobody in who was not let in before.
        #[test]
        fn a_further_rule_never_opens_a_route(
            own in rules(),
            further in rules(),
            access in prop::sample::select(vec!["public", "token", "session", "any"]),
            record in somebody(),
            address in prop::sample::select(vec!["192.0.2.1", "192.0.2.200", "203.0.113.1", "2001:db8::1", "x"]),
            country in prop::sample::select(vec!["DE", "FR", "US", "T1", ""]),
            by_token: bool,
        ) {
            let is_public = access == "public";
            let fit = |keys: &Value| {
                let mut keys = keys.clone();
                keys["access"] = json!(access);
                if is_public {
                    for key in ["require", "max_auth_age", "acr"] {
                        keys.as_object_mut().unwrap().remove(key);
                    }
                }
                keys
            };
            let own = fit(&own);
            let mut more = own.clone();
            for (key, value) in fit(&further).as_object().unwrap() {
                // A key that is there already stays: another list is another rule, and no further one.
                if more.get(key).is_none() {
                    more[key] = value.clone();
                }
            }
            let credential = if by_token {
                ("authorization", "Bearer pst_at_x")
            } else {
                ("cookie", "__Host-postern-session=pst_st_x")
            };
            let headers = [
                credential,
                ("cf-connecting-ip", address),
                ("test-country", country),
                ("sec-fetch-mode", "navigate"),
            ];
            let before = passes(&site(&own), &record, &headers);
            let after = passes(&site(&more), &record, &headers);
            prop_assert!(before || !after, "{own} {more}");
        }

        /// Of two lists, `covers` says that the first takes all of the second only if it does.
        #[test]
        fn what_covers_lets_everyone_in(one in rules(), other in rules(), record in somebody()) {
            let config = |keys: &Value| site(&json!({ "require": keys["require"] }));
            if one.get("require").is_none() || other.get("require").is_none() {
                return Ok(());
            }
            let (one, other) = (config(&one), config(&other));
            let issuers = one.issuers_of();
            let require = |config: &Config| {
                config.routes[0].rules.as_ref().and_then(|rules| rules.require.clone()).unwrap()
            };
            let (one, other) = (require(&one), require(&other));
            if one.covers(&other) && other.fits(&record, &issuers) {
                prop_assert!(one.fits(&record, &issuers));
            }
        }
    }
}
