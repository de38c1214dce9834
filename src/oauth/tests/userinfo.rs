//! OpenID Connect Core section 5.3, RFC 6750.

use serde_json::{Map, json as value};

use super::*;
use crate::fakes::{Fault, START};
use crate::oauth::tests::introspect::record;
use crate::ports::RevocationLog;
use crate::revocation::{Entry, Target};
use crate::session::SessionRecord;
use crate::token::SessionId;

/// The record of a person's token that may be used to ask.
fn person() -> SessionRecord {
    let claims = value!({ "email": "ann@example.com", "groups": ["staff"], "sub": "someone-else" });
    SessionRecord {
        scope: "openid orders:read".parse().unwrap(),
        username: Some("ann".to_owned()),
        claims: claims.as_object().unwrap().clone(),
        ..record()
    }
}

impl World {
    fn user_info(&self, authorization: Option<&str>) -> Answer {
        self.send(Request {
            method: "GET",
            ..form_request(Endpoint::UserInfo.path(), authorization, "")
        })
    }

    fn user_info_of(&self, record: &SessionRecord) -> Answer {
        let token = self.plant(record);
        self.user_info(Some(&format!("Bearer {token}")))
    }
}

#[test]
fn a_token_with_openid_says_whose_it_is() {
    let world = world();
    let answer = world.user_info_of(&person());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(
        json(&answer),
        value!({
            "sub": "ann-17",
            "preferred_username": "ann",
            "email": "ann@example.com",
            "groups": ["staff"],
        })
    );
    let own_name = SessionRecord {
        claims: Map::from_iter([("preferred_username".to_owned(), value!("Ann"))]),
        session: SessionId::from_bytes([4; 16]),
        ..person()
    };
    let answer = json(&world.user_info_of(&own_name));
    assert_eq!(
        answer,
        value!({ "sub": "ann-17", "preferred_username": "Ann" })
    );
}

#[test]
fn who_is_told_nothing() {
    let world = world();
    let refused = |answer: &Answer, status, challenge| {
        assert_eq!(answer.status, status, "{}", &*answer.body);
        assert_eq!(answer.header("www-authenticate"), Some(challenge));
        assert!(!answer.body.contains("ann"));
    };
    refused(&world.user_info(None), 401, "Bearer");
    refused(&world.user_info(Some("Basic YTpi")), 401, "Bearer");
    let malformed = "Bearer error=\"invalid_request\"";
    refused(&world.user_info(Some("Bearer a b")), 400, malformed);
    let invalid = "Bearer error=\"invalid_token\"";
    refused(&world.user_info(Some("Bearer x")), 401, invalid);
    let lacking = "Bearer error=\"insufficient_scope\", scope=\"openid\"";
    refused(&world.user_info_of(&record()), 403, lacking);
    let bound = SessionRecord {
        confirmation: Some(Map::from_iter([("jkt".to_owned(), value!("x"))])),
        session: SessionId::from_bytes([4; 16]),
        ..person()
    };
    refused(&world.user_info_of(&bound), 401, invalid);
}

#[test]
fn a_revoked_token_is_refused_at_once_and_an_outage_is_no_no() {
    let world = world();
    assert_eq!(world.user_info_of(&person()).status, 200);
    let target = Target::Session(person().session);
    let until = START.plus(Duration::from_hours(1));
    block_on(world.fakes.append(&Entry::new(&target, until))).unwrap();
    assert_eq!(world.user_info_of(&person()).status, 401);
    world.fakes.calls.since.set_fault(Fault::Before);
    let other = SessionRecord {
        session: SessionId::from_bytes([4; 16]),
        ..person()
    };
    let answer = world.user_info_of(&other);
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").is_some());
}
