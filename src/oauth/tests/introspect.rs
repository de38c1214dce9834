//! RFC 7662.

use base64ct::Base64UrlUnpadded;
use serde_json::json as value;

use super::*;
use crate::fakes::{Fault, START, Staleness};
use crate::session::{RecordKey, SealedRecord, SessionRecord};
use crate::token::{Pointer, SessionId, TokenDigest, TokenKind};

const INACTIVE: &str = r#"{"active":false}"#;

pub(super) fn record() -> SessionRecord {
    SessionRecord {
        scope: "orders:read".parse().unwrap(),
        audiences: vec![ORDERS.parse().unwrap()],
        ..SessionRecord::new(
            SessionId::from_bytes([3; 16]),
            "reports".parse().unwrap(),
            "ann-17".to_owned(),
            START,
            START.plus(Duration::from_hours(1)),
        )
    }
}

impl World {
    /// A token with this record, in the record store.
    pub(super) fn plant(&self, record: &SessionRecord) -> String {
        let pointer = Pointer {
            session: record.session,
            issued_at: record.issued_at,
            expires_at: record.expires_at,
        };
        let token = keys().seal(TokenKind::Access, &pointer, [5; 24]);
        let sealed = SealedRecord::seal(record, &token, &keys());
        let key = RecordKey::access(TokenDigest::of(&token));
        self.fakes.put_record(&key, sealed.as_bytes().to_vec());
        token.expose().clone()
    }
}

#[track_caller]
fn assert_inactive(answer: &Answer) {
    assert_eq!((answer.status, &*answer.body), (200, INACTIVE));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.headers.len(), 2);
}

#[test]
fn an_active_token_is_described() {
    let world = world();
    let token = world.plant(&record());
    let answer = world.introspect("gateway", &token);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(
        json(&answer),
        value!({
            "active": true,
            "scope": "orders:read",
            "client_id": "reports",
            "token_type": "Bearer",
            "exp": 1_800_003_600,
            "iat": 1_800_000_000,
            "nbf": 1_800_000_000,
            "sub": "ann-17",
            "aud": ORDERS,
            "iss": ISSUER,
            "jti": "PibGO3dgiFh3OMqwvVjRFw",
        })
    );
}

#[test]
fn everything_known_is_said_and_nothing_overrides_the_standard() {
    let world = world();
    let claims = value!({
        "team": "red", "active": false, "sub": "eve", "username": "eve", "cnf": {"jkt": "x"},
    });
    let mut record = SessionRecord {
        username: Some("ann".to_owned()),
        auth_time: Some(crate::time::Time::from_seconds(900)),
        amr: vec!["pwd".to_owned(), "otp".to_owned()],
        acr: Some("2".to_owned()),
        audiences: vec![ORDERS.parse().unwrap(), USERS.parse().unwrap()],
        claims: claims.as_object().unwrap().clone(),
        ..record()
    };
    let body = json(&world.introspect("gateway", &world.plant(&record)));
    assert_eq!(body["active"], true);
    assert_eq!(body["sub"], "ann-17");
    assert_eq!(body["username"], "ann");
    assert_eq!(body["auth_time"], 900);
    assert_eq!(body["amr"], value!(["pwd", "otp"]));
    assert_eq!(body["acr"], "2");
    assert_eq!(body["aud"], value!([ORDERS, USERS]));
    assert_eq!(body["team"], "red");
    assert_eq!(body.get("cnf"), None);

    record.session = SessionId::from_bytes([4; 16]);
    record.username = None;
    record.confirmation = value!({"jkt": "thumbprint"}).as_object().cloned();
    record.audiences.clear();
    record.scope = Scope::default();
    let body = json(&world.introspect("gateway", &world.plant(&record)));
    assert_eq!(body["cnf"], value!({"jkt": "thumbprint"}));
    for absent in ["username", "aud", "scope"] {
        assert_eq!(body.get(absent), None, "{absent}");
    }
}

#[test]
fn a_hint_changes_nothing() {
    let world = world();
    let token = world.token("reports");
    let plain = world.introspect("gateway", &token);
    assert_eq!(json(&plain)["active"], true);
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        let form = format!("token={token}&token_type_hint={hint}");
        assert_eq!(world.post(Endpoint::Introspect, "gateway", &form), plain);
    }
}

#[test]
fn only_clients_that_may_are_answered() {
    let world = world();
    let token = world.token("reports");
    let before = world.fakes.io();
    for token in [token.as_str(), "unknown"] {
        let answer = world.introspect("reports", token);
        assert_error(&answer, 401, "invalid_client");
        let form = format!("token={token}");
        let anonymous = world.send(form_request("/oauth/introspect", None, &form));
        assert_error(&anonymous, 401, "invalid_client");
        let bearer = format!("Bearer {token}");
        let bearer = world.send(form_request("/oauth/introspect", Some(&bearer), &form));
        assert_error(&bearer, 401, "invalid_client");
    }
    assert_eq!(world.fakes.io(), before);
    for form in ["", "token=", "token_type_hint=access_token"] {
        let answer = world.post(Endpoint::Introspect, "gateway", form);
        assert_error(&answer, 400, "invalid_request");
    }
}

#[test]
fn inactive_says_nothing_else() {
    let world = world();
    let good = world.token("reports");
    let mut forged = good.clone();
    forged.replace_range(40..41, if &forged[40..41] == "A" { "B" } else { "A" });
    let refresh = good.replace("pst_at_", "pst_rt_");
    let io = world.fakes.io();
    for bad in [
        "x",
        "mF_9.B5f-4.1JqM",
        &forged,
        &refresh,
        &good[..90],
        "%00",
    ] {
        assert_inactive(&world.introspect("gateway", bad));
    }
    // None of these was worth asking anyone.
    assert_eq!(world.fakes.io(), io);
    let revoked = world.token("reports");
    world.revoke("reports", &revoked);
    assert_inactive(&world.introspect("gateway", &revoked));
    let expired = world.token("reports");
    world.fakes.advance(Duration::from_hours(1));
    assert_inactive(&world.introspect("gateway", &expired));
}

#[test]
fn a_caller_is_told_only_of_tokens_for_its_audiences() {
    let sees = |audiences: &[&str], client: &str| {
        let world = world();
        let record = SessionRecord {
            audiences: audiences.iter().map(|a| a.parse().unwrap()).collect(),
            client_id: client.parse().unwrap(),
            ..record()
        };
        let answer = world.introspect("orders", &world.plant(&record));
        let active = json(&answer)["active"] == true;
        if !active {
            assert_inactive(&answer);
        }
        active
    };
    assert!(sees(&[ORDERS], "reports"));
    assert!(sees(&[USERS, ORDERS], "reports"));
    assert!(sees(&[], "reports"));
    assert!(sees(&[USERS], "orders"));
    assert!(!sees(&[USERS], "reports"));
    assert!(!sees(&["https://api.example.com/orders/"], "reports"));
}

#[test]
fn a_store_that_does_not_answer_is_503_and_never_inactive() {
    let world = world();
    let token = world.token("reports");
    let calls = &world.fakes.calls;
    for (call, dependency) in [
        (&calls.since, "revocation log"),
        (&calls.record_read, "record store"),
    ] {
        for fault in Fault::FAILING {
            call.set_fault(fault);
            let request = format!("token={token}");
            let header = basic("gateway");
            let request = form_request("/oauth/introspect", Some(&header), &request);
            let answer = world.send_to(&isolate(), request);
            assert_eq!(answer, Answer::unavailable());
            assert_eq!(world.last_event()["dependency"], dependency);
        }
        call.set_fault(Fault::None);
    }
    world.fakes.set_staleness(Staleness::MissesWrites);
    calls.read.set_fault(Fault::Before);
    assert_eq!(world.introspect("gateway", &token), Answer::unavailable());
    assert_eq!(world.last_event()["dependency"], "session coordinator");
}

#[test]
fn a_fresh_token_counts_before_the_record_store_knows_it() {
    let world = world();
    let token = world.token("reports");
    world.fakes.set_staleness(Staleness::MissesWrites);
    assert!(world.counts_elsewhere(&token));
}

#[test]
fn the_log_is_asked_each_time_unless_the_client_says_otherwise() {
    let mut world = world();
    let token = world.token("reports");
    for expected in 1..=3 {
        world.introspect("gateway", &token);
        assert_eq!(world.fakes.calls.since.count(), expected);
    }
    world.config.clients[3].introspect_max_staleness = Duration::from_secs(10);
    world.fakes.advance(Duration::from_millis(9_999));
    world.introspect("gateway", &token);
    assert_eq!(world.fakes.calls.since.count(), 3);
    world.fakes.advance(Duration::from_millis(1));
    world.introspect("gateway", &token);
    assert_eq!(world.fakes.calls.since.count(), 4);
}

#[test]
fn a_log_that_went_back_in_time_is_not_believed() {
    let world = world();
    let token = world.token("reports");
    let revoked = world.token("reports");
    world.revoke("reports", &revoked);
    assert_eq!(json(&world.introspect("gateway", &token))["active"], true);
    world.fakes.set_log_answers_up_to(Some(0));
    assert_eq!(world.introspect("gateway", &token), Answer::unavailable());
}

#[test]
fn introspection_tells_no_secret() {
    let world = world();
    let token = world.token("reports");
    world.introspect("reports", &token);
    world.introspect("gateway", &token);
    let events = world.fakes.events().join("\n");
    assert!(!events.contains(&token[7..]) && !events.contains(SECRET));
}

mod refresh_tokens {
    //! RFC 7662 section 2.1: refresh tokens as well, to the client that has them.

    use std::time::Duration;

    use super::super::refresh_token::authorized;
    use crate::fakes::world::*;
    use crate::fakes::{Fault, PickCall, START};
    use crate::protocol::Answer;

    fn introspect(world: &World, client: &str, token: &str) -> Answer {
        world.api("/oauth/introspect", client, &[("token", token)])
    }

    #[test]
    fn its_own_client_is_told() {
        let (world, tokens) = authorized();
        let body = json(&introspect(&world, "app", tokens.refresh()));
        assert_eq!(body["active"], true);
        assert_eq!(body["sub"], "ann");
        assert_eq!(body["scope"], "read write");
        assert_eq!(body["client_id"], "app");
        assert_eq!(body["exp"], START.plus(Duration::from_hours(24)).seconds());
        // RFC 7662 section 2.2: it is of no type of section 5.1 of RFC 6749.
        assert_eq!(body.get("token_type"), None);
        for hint in ["access_token", "refresh_token", "nonsense"] {
            let form = [("token", tokens.refresh()), ("token_type_hint", hint)];
            assert_eq!(json(&world.api("/oauth/introspect", "app", &form)), body);
        }
        world.assert_unlogged(&[tokens.refresh()]);
    }

    #[test]
    fn nobody_else_is_told() {
        let (world, tokens) = authorized();
        super::assert_inactive(&introspect(&world, "gateway", tokens.refresh()));
        for client in ["web", "robot"] {
            assert_error(
                &introspect(&world, client, tokens.refresh()),
                401,
                "invalid_client",
            );
        }
    }

    #[test]
    fn what_is_used_expired_or_ended_is_inactive() {
        let (world, first) = authorized();
        let second = Tokens::of(&world.refresh("app", first.refresh(), &[]));
        super::assert_inactive(&introspect(&world, "app", first.refresh()));
        assert_eq!(
            json(&introspect(&world, "app", second.refresh()))["active"],
            true
        );
        world.api("/oauth/revoke", "app", &[("token", second.refresh())]);
        super::assert_inactive(&introspect(&world, "app", second.refresh()));
        let (world, tokens) = authorized();
        world.fakes.advance(Duration::from_hours(24));
        super::assert_inactive(&introspect(&world, "app", tokens.refresh()));
        let world = World::new();
        let ann = world.logged_in("ann");
        let tokens = world.authorized(&ann, "app");
        let token = hidden(&world.get(&ann, "/_postern/logout"), "form_token");
        world.submit(&ann, "/_postern/logout", &[("form_token", &token)]);
        super::assert_inactive(&introspect(&world, "app", tokens.refresh()));
        // A code is neither of the two.
        let code = world.code(&world.logged_in("ann"), "app", &[]);
        super::assert_inactive(&introspect(&world, "app", &code));
    }

    #[test]
    fn a_store_that_does_not_answer_is_503_and_never_inactive() {
        let calls: [PickCall; 2] = [|calls| &calls.read, |calls| &calls.since];
        for call in calls {
            for fault in Fault::FAILING {
                let (world, tokens) = authorized();
                call(&world.fakes.calls).set_fault(fault);
                assert_eq!(
                    introspect(&world, "app", tokens.refresh()),
                    Answer::unavailable()
                );
            }
        }
    }
}

const SIGNED: &str = "application/token-introspection+jwt";

impl World {
    /// The answer to `client`, who takes what `accept` says.
    fn introspect_as(&self, client: &str, token: &str, accept: &str) -> Answer {
        let (basic, form) = (basic(client), format!("token={token}"));
        let request = form_request("/oauth/introspect", Some(&basic), &form);
        self.send(Request {
            sender: &Headers(&[("accept", accept)]),
            ..request
        })
    }
}

/// Header and claims.
fn parts(answer: &Answer) -> [serde_json::Value; 2] {
    let mut parts = answer.body.split('.');
    [0, 1].map(|_| {
        let part = Base64UrlUnpadded::decode_vec(parts.next().unwrap()).unwrap();
        serde_json::from_slice(&part).unwrap()
    })
}

#[test]
fn whoever_asks_for_it_gets_the_answer_signed() {
    let mut world = world();
    sign_with(&mut world, &[(7, 1)]);
    let token = world.plant(&record());
    let plain = json(&world.introspect("gateway", &token));
    for accept in [
        SIGNED,
        "application/json;q=0.5, Application/Token-Introspection+JWT;q=1",
    ] {
        let answer = world.introspect_as("gateway", &token, accept);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some(SIGNED));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let [header, claims] = parts(&answer);
        assert_eq!(
            header,
            value!({ "alg": "ES256", "kid": "7", "typ": "token-introspection+jwt" })
        );
        assert_eq!(
            claims,
            value!({ "iss": ISSUER, "aud": "gateway", "iat": START.seconds(), "token_introspection": plain })
        );
    }
    let [_, claims] = parts(&world.introspect_as("gateway", "nonsense", SIGNED));
    assert_eq!(claims["token_introspection"], value!({ "active": false }));
    for accept in ["", "*/*", "application/json", "application/jwt"] {
        let answer = world.introspect_as("gateway", &token, accept);
        assert_eq!(json(&answer), plain, "{accept}");
    }
}

#[test]
fn without_a_key_it_is_plain_and_with_one_that_fails_unavailable() {
    let mut world = world();
    let token = world.plant(&record());
    let answer = world.introspect_as("gateway", &token, SIGNED);
    assert_eq!(json(&answer)["active"], true);
    sign_with(&mut world, &[(7, 1)]);
    world.fakes.calls.sign.set_fault(Fault::Before);
    assert_eq!(world.introspect_as("gateway", &token, SIGNED).status, 503);
    assert_eq!(json(&world.introspect("gateway", &token))["active"], true);
}

#[test]
fn what_is_refused_is_never_signed() {
    let mut world = world();
    sign_with(&mut world, &[(7, 1)]);
    let answer = world.introspect_as("reports", "x", SIGNED);
    assert_eq!(answer.status, 401);
    assert_eq!(world.fakes.calls.sign.count(), 0);
}
