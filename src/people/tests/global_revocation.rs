//! draft-parecki-oauth-global-token-revocation-06.

use std::time::Duration;

use futures_executor::block_on;

use super::foreign::Foreign;
use super::security_events::site;
use super::*;
use crate::fakes::world::assert_error;
use crate::fakes::{Fault, PickCall};
use crate::fixtures::issuer;
use crate::time::Time;

const PATH: &str = "/_postern/global-token-revocation";
const ENDPOINT: &str = "https://auth.example.com/_postern/global-token-revocation";

impl Site {
    fn revoke(&self, token: Option<&str>, body: &str) -> Answer {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json")];
        if let Some(bearer) = &bearer {
            headers.push(("authorization", bearer));
        }
        block_on(self.answer(&self.resolver, "POST", PATH, &headers, Some(body)))
    }

    fn revoke_subject(&self, token: &str, subject: &Value) -> Answer {
        self.revoke(Some(token), &json!({ "sub_id": subject }).to_string())
    }

    /// As Okta's Universal Logout sends it, with these changes.
    fn proof(&self, kind: &str, more: &Value) -> String {
        let now = self.fakes.now().seconds();
        let mut claims = json!({
            "iss": IDP, "sub": "0oa1", "aud": ENDPOINT, "jti": "1",
            "iat": now, "nbf": now - 300, "exp": now + 300,
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        Self::sign_as(&json!({ "alg": "RS256", "typ": kind }), &claims)
    }
}

const TYPE: &str = "global-token-revocation+jwt";

fn about(sub: &str) -> Value {
    json!({ "format": "iss_sub", "iss": IDP, "sub": sub })
}

#[track_caller]
fn assert_done(answer: &Answer) {
    assert_eq!((answer.status, &*answer.body), (204, ""), "{}", answer.body);
}

#[test]
fn an_administrator_ends_all_of_anybody() {
    for subject in [
        about("7"),
        json!({ "format": "opaque", "id": "acme:7" }),
        json!({ "format": "iss_sub", "iss": "https://auth.example.com", "sub": "acme:7" }),
    ] {
        let site = site();
        let ops = site.client_token("ops");
        let (one, _) = site.person(&json!({ "sid": "s-1" }));
        let (two, _) = site.person(&json!({ "sid": "s-2" }));
        let (eve, _) = site.person(&json!({ "sub": "8" }));
        let tokens = site.authorized(&one, "app");
        let now = Time::from_seconds(site.fakes.now().seconds());
        let foreign = Foreign {
            issuer: IDP,
            subject: "acme:7",
            sid: "s-9",
            jti: "t-1",
            client: "app",
            at: (now, now),
        };
        assert!(foreign.counts(&site));
        assert_done(&site.revoke_subject(&ops, &subject));
        assert!(!site.login_counts(&one) && !site.login_counts(&two));
        assert!(!site.counts(&tokens.access) && !foreign.counts(&site));
        assert!(site.login_counts(&eve));
        // 204 means that whoever logs in again stays.
        let (again, _) = site.person(&json!({}));
        assert!(site.login_counts(&again));
        // A session at the issuer may go on for as long as anything does.
        site.fakes.advance(Duration::from_hours(30));
        block_on(site.fakes.run_alarms());
        assert!(!foreign.counts(&site));
    }
}

#[test]
fn an_account_of_this_site_is_named_as_it_is() {
    let site = site();
    let ops = site.client_token("ops");
    let ann = site.logged_in("ann");
    assert_done(&site.revoke_subject(&ops, &json!({ "format": "opaque", "id": "ann" })));
    assert!(!site.login_counts(&ann));
}

#[test]
fn a_transmitter_ends_its_own_people_and_nobody_else() {
    let site = site();
    let (seven, _) = site.person(&json!({}));
    let ann = site.logged_in("ann");
    let proof = site.proof(TYPE, &json!({}));
    for (subject, status) in [
        (json!({ "format": "opaque", "id": "ann" }), 404),
        (json!({ "format": "opaque", "id": "7" }), 404),
        (
            json!({ "format": "iss_sub", "iss": "https://auth.example.com", "sub": "ann" }),
            404,
        ),
        (
            json!({ "format": "iss_sub", "iss": "https://other.example", "sub": "7" }),
            404,
        ),
        (json!({ "format": "email", "email": "7" }), 404),
        (json!({ "format": "did", "url": "did:example:7" }), 400),
        (
            json!({ "format": "complex", "session": { "format": "opaque", "id": "s-1" } }),
            400,
        ),
        (json!({ "format": "iss_sub", "sub": "7" }), 400),
        (json!({}), 400),
        (json!(7), 400),
    ] {
        let answer = site.revoke_subject(&proof, &subject);
        assert_error(&answer, status, "invalid_request");
    }
    for body in ["", "x", "[]", "{}", &"x".repeat(33 * 1024)] {
        assert_error(&site.revoke(Some(&proof), body), 400, "invalid_request");
    }
    assert!(site.login_counts(&seven) && site.login_counts(&ann));
    assert_eq!(site.fakes.log_entries(), []);
    // What drafts before the third called it.
    let body = json!({ "subject": about("7") }).to_string();
    assert_done(&site.revoke(Some(&proof), &body));
    assert!(!site.login_counts(&seven) && site.login_counts(&ann));
    site.assert_unlogged(&[&proof]);
}

#[test]
fn whoever_asks_must_show_who_they_are() {
    let site = site();
    let (seven, id_token) = site.person(&json!({}));
    let now = site.fakes.now().seconds();
    let body = json!({ "sub_id": about("7") }).to_string();
    let answer = site.revoke(None, &body);
    assert_error(&answer, 401, "invalid_token");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let robot = site.client_token("robot");
    assert_error(&site.revoke(Some(&robot), &body), 403, "insufficient_scope");
    let proof = |more: &Value| site.proof(TYPE, more);
    for bad in [
        "x".to_owned(),
        "a.b.c".to_owned(),
        id_token,
        proof(&json!({ "iss": "https://other.example" })),
        proof(&json!({ "aud": "https://auth.example.com/_postern/events/acme" })),
        proof(&json!({ "aud": "https://auth.example.com" })),
        proof(&json!({ "exp": null })),
        proof(&json!({ "exp": now })),
        proof(&json!({ "exp": now + 3_601 })),
        proof(&json!({ "iat": now + 61 })),
        proof(&json!({ "iat": null })),
        proof(&json!({ "events": {} })),
        site.proof("secevent+jwt", &json!({})),
        site.proof("at+jwt", &json!({})),
        site.proof("logout+jwt", &json!({})),
    ] {
        let answer = site.revoke(Some(&bad), &body);
        assert_error(&answer, 401, "invalid_token");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer"));
    }
    assert!(site.login_counts(&seven));
    assert_eq!(site.fakes.log_entries(), []);
    assert_done(&site.revoke(Some(&site.proof("JWT", &json!({}))), &body));
}

#[test]
fn one_that_fails_is_503_and_can_be_sent_again() {
    let calls: [PickCall; 3] = [
        |calls| &calls.append,
        |calls| &calls.http,
        |calls| &calls.verify,
    ];
    for call in calls {
        let mut site = site();
        let (seven, _) = site.person(&json!({}));
        site.world.transmitters = crate::events::KnownTransmitters::new();
        let proof = site.proof(TYPE, &json!({}));
        call(&site.fakes.calls).set_fault(Fault::Before);
        assert_eq!(
            site.revoke_subject(&proof, &about("7")),
            Answer::unavailable()
        );
        call(&site.fakes.calls).set_fault(Fault::None);
        assert_done(&site.revoke_subject(&proof, &about("7")));
        assert!(!site.login_counts(&seven));
    }
}

#[test]
fn an_email_is_somebody_where_a_provider_names_people_by_it() {
    let mut site = site();
    site.world.config.issuers = vec![issuer("other", "https://other.example")];
    site.world.config.providers[0].subject = "email".to_owned();
    let (ann, _) = site.person(&json!({ "email": "ann@example.com", "email_verified": true }));
    let ops = site.client_token("ops");
    let email = |email: &str| json!({ "format": "email", "email": email });
    let nobody = site.revoke_subject(&ops, &email("eve@example.com"));
    // Whether somebody has an account at the provider is not known here.
    assert_done(&nobody);
    assert!(site.login_counts(&ann));
    assert_done(&site.revoke_subject(&ops, &email("ann@example.com")));
    assert!(!site.login_counts(&ann));
}
