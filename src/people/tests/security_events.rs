//! Security events that are pushed (RFC 8935, Shared Signals Framework 1.0).

use std::time::Duration;

use futures_executor::block_on;

use super::foreign::Foreign;
use super::*;
use crate::config::{Names, PushAuthorization, Transmitter};
use crate::fakes::{Fault, PickCall};
use crate::fixtures::issuer;
use crate::time::Time;

pub(super) const PATH: &str = "/_postern/events/acme";
pub(super) const ENDPOINT: &str = "https://auth.example.com/_postern/events/acme";
pub(super) const REVOKED: &str =
    "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
pub(super) const CHANGED: &str =
    "https://schemas.openid.net/secevent/caep/event-type/credential-change";
pub(super) const SECRET: &str = "Bearer a-l0ng-s3cret";

/// A site with the provider `acme`, which is an issuer of tokens too, and pushes its events.
pub(super) fn site() -> Site {
    let mut site = Site::new();
    let config = &mut site.world.config;
    config.issuers = vec![issuer("acme", IDP)];
    let names = Names::of(IDP, &config.providers, &config.issuers).unwrap();
    config.transmitters = vec![Transmitter {
        id: "acme".parse().unwrap(),
        issuer: IDP.parse().unwrap(),
        audience: ENDPOINT.to_owned(),
        jwks_uri: None,
        authorization: PushAuthorization::Secret(Some(Secret::new(SECRET.to_owned()))),
        names,
    }];
    site
}

/// A token of `acme`'s for person 7 in session s-1, whose login began now.
fn token(site: &Site) -> Foreign<'static> {
    let now = Time::from_seconds(site.fakes.now().seconds());
    Foreign {
        issuer: IDP,
        subject: "acme:7",
        sid: "s-1",
        jti: "t-1",
        client: "app",
        at: (now, now),
    }
}

pub(super) fn about(sub: &str) -> Value {
    json!({ "format": "iss_sub", "iss": IDP, "sub": sub })
}

impl Site {
    /// A token with these events, about `subject`.
    pub(super) fn set(&self, jti: &str, subject: &Value, events: &Value) -> String {
        self.set_with(jti, &json!({ "sub_id": subject, "events": events }))
    }

    pub(super) fn set_with(&self, jti: &str, more: &Value) -> String {
        let now = self.fakes.now().seconds();
        let mut claims = json!({ "iss": IDP, "aud": ENDPOINT, "iat": now, "jti": jti });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        Self::sign_as(&json!({ "alg": "RS256", "typ": "secevent+jwt" }), &claims)
    }

    pub(super) fn push(&self, token: &str) -> Answer {
        self.push_with(token, &[("authorization", SECRET)])
    }

    pub(super) fn push_with(&self, token: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("content-type", "application/secevent+jwt")];
        all.splice(0..0, headers.iter().copied());
        block_on(self.answer(&self.resolver, "POST", PATH, &all, Some(token)))
    }
}

#[track_caller]
pub(super) fn assert_taken(answer: &Answer) {
    // RFC 8935 section 2.2.
    assert_eq!((answer.status, &*answer.body), (202, ""), "{}", answer.body);
}

#[test]
fn a_revoked_session_ends_with_all_that_came_from_it_here_and_there() {
    let site = site();
    let (one, _) = site.person(&json!({ "sid": "s-1" }));
    let (two, _) = site.person(&json!({ "sid": "s-2" }));
    let tokens = site.authorized(&one, "app");
    let foreign = token(&site);
    let other = Foreign {
        sid: "s-2",
        ..token(&site)
    };
    let subject = json!({
        "format": "complex",
        "user": about("7"),
        "session": { "format": "opaque", "id": "s-1" },
        "tenant": { "format": "opaque", "id": "t" },
    });
    let event = site.set("1", &subject, &json!({ REVOKED: {} }));
    assert_taken(&site.push(&event));
    assert!(!site.login_counts(&one) && !site.counts(&tokens.access));
    assert!(!foreign.counts(&site));
    assert!(site.login_counts(&two) && other.counts(&site));
    assert_eq!(site.last_event()["became"], "ended");
    assert_eq!(site.last_event()["transmitter"], "acme");
    site.assert_unlogged(&[&event, "s-1", SECRET]);
}

#[test]
fn each_event_about_a_person_ends_all_of_them_and_of_nobody_else() {
    let risc = |name: &str| format!("https://schemas.openid.net/secevent/risc/event-type/{name}");
    let update = json!({ "credential_type": "password", "change_type": "update" });
    for (kind, event) in [
        (REVOKED.to_owned(), json!({})),
        (CHANGED.to_owned(), update),
        (risc("account-disabled"), json!({ "reason": "hijacking" })),
        (risc("account-purged"), json!({})),
        (risc("credential-compromise"), json!({})),
        (risc("sessions-revoked"), json!({})),
    ] {
        let site = site();
        let (ann, _) = site.person(&json!({}));
        let (eve, _) = site.person(&json!({ "sub": "77" }));
        let tokens = site.authorized(&ann, "app");
        let foreign = token(&site);
        let of_eve = Foreign {
            subject: "acme:77",
            ..token(&site)
        };
        assert_taken(&site.push(&site.set("1", &about("7"), &json!({ &kind: event }))));
        assert!(
            !site.login_counts(&ann) && !site.counts(&tokens.access),
            "{kind}"
        );
        assert!(!foreign.counts(&site), "{kind}");
        assert!(site.login_counts(&eve), "{kind}");
        assert!(of_eve.counts(&site) || kind == REVOKED, "{kind}");
        // Whoever logs in again may stay, and the log keeps what it must for the tokens of the issuer.
        let (again, _) = site.person(&json!({}));
        site.fakes.advance(Duration::from_hours(30));
        block_on(site.fakes.run_alarms());
        assert!(
            !foreign.counts(&site),
            "{kind}: a session at the issuer may go on"
        );
        drop(again);
    }
}

#[test]
fn the_same_subject_in_the_forms_of_drafts() {
    for subject in [
        about("7"),
        json!({ "subject_type": "iss-sub", "iss": IDP, "sub": "7" }),
        json!({ "user": about("7"), "device": { "format": "opaque", "id": "d" } }),
        json!({ "format": "aliases", "identifiers": [
            { "format": "email", "email": "ann@example.com" }, about("7"),
        ] }),
        json!({ "format": "iss_sub", "iss": "https://auth.example.com", "sub": "acme:7" }),
        json!({ "format": "opaque", "id": "7" }),
    ] {
        for claims in [
            json!({ "sub_id": subject, "events": { REVOKED: {} } }),
            json!({ "events": { REVOKED: { "subject": subject } } }),
        ] {
            let site = site();
            let (ann, _) = site.person(&json!({}));
            assert_taken(&site.push(&site.set_with("1", &claims)));
            assert!(!site.login_counts(&ann), "{claims}");
        }
    }
}

#[test]
fn whoever_cannot_be_found_by_name_is_nobody() {
    for subject in [
        json!({ "format": "email", "email": "7" }),
        json!({ "format": "phone_number", "phone_number": "+15550100" }),
        json!({ "format": "account", "uri": "acct:7@example.com" }),
        json!({ "format": "did", "url": "did:example:7" }),
        json!({ "format": "iss_sub", "iss": "https://other.example", "sub": "7" }),
        json!({ "format": "iss_sub", "iss": "https://auth.example.com", "sub": "ann" }),
        json!({ "format": "complex", "tenant": { "format": "opaque", "id": "7" } }),
        json!({ "format": "complex", "device": { "format": "opaque", "id": "7" } }),
        json!({ "format": "complex", "user": { "format": "email", "email": "7" } }),
        json!({ "format": "jwt_id", "iss": "https://other.example", "jti": "t-1" }),
    ] {
        let site = site();
        let (ann, _) = site.person(&json!({}));
        assert_taken(&site.push(&site.set("1", &subject, &json!({ REVOKED: {} }))));
        assert_eq!(site.last_event()["became"], "nobody_here", "{subject}");
        assert!(site.login_counts(&ann), "{subject}");
        assert_eq!(site.fakes.log_entries(), []);
    }
}

#[test]
fn an_email_names_somebody_only_where_subjects_are_emails() {
    let mut site = site();
    let config = &mut site.world.config;
    config.providers[0].subject = "email".to_owned();
    config.issuers.clear();
    let names = Names::of(IDP, &config.providers, &[]).unwrap();
    config.transmitters[0].names = names;
    let claims = json!({ "email": "ann@example.com", "email_verified": true });
    let (ann, _) = site.person(&claims);
    let email = |email: &str| json!({ "format": "email", "email": email });
    let events = json!({ CHANGED: { "change_type": "revoke" } });
    // What the provider calls her is no name here.
    assert_taken(&site.push(&site.set("1", &about("7"), &events)));
    assert_taken(&site.push(&site.set("2", &email("ann@example.co"), &events)));
    assert!(site.login_counts(&ann));
    assert_taken(&site.push(&site.set("3", &email("ann@example.com"), &events)));
    assert!(!site.login_counts(&ann));
}

#[test]
fn one_token_of_an_issuer_can_be_named() {
    let site = site();
    let foreign = token(&site);
    let other = Foreign {
        jti: "t-2",
        ..token(&site)
    };
    let subject = json!({ "format": "jwt_id", "iss": IDP, "jti": "t-1" });
    assert_taken(&site.push(&site.set("1", &subject, &json!({ REVOKED: {} }))));
    assert!(!foreign.counts(&site) && other.counts(&site));
}

#[test]
fn what_takes_nothing_away_ends_nothing() {
    let ssf = |name: &str| format!("https://schemas.openid.net/secevent/ssf/event-type/{name}");
    let stream = json!({ "format": "opaque", "id": "stream-1" });
    for (subject, kind, event, became) in [
        (
            stream.clone(),
            ssf("verification"),
            json!({ "state": "x" }),
            "taken",
        ),
        (
            stream,
            ssf("stream-updated"),
            json!({ "status": "paused" }),
            "taken",
        ),
        (
            about("7"),
            CHANGED.to_owned(),
            json!({ "change_type": "create" }),
            "ends_nothing",
        ),
        (
            about("7"),
            "https://example.com/unknown".to_owned(),
            json!({}),
            "unknown_type",
        ),
    ] {
        let site = site();
        let (ann, _) = site.person(&json!({}));
        assert_taken(&site.push(&site.set("1", &subject, &json!({ &kind: event }))));
        assert_eq!(site.last_event()["became"], became, "{kind}");
        assert!(site.login_counts(&ann));
        assert_eq!(site.fakes.log_entries(), []);
    }
}

#[test]
fn what_began_after_the_event_goes_on_and_a_replay_ends_nothing() {
    let site = site();
    let (before, _) = site.person(&json!({}));
    let happened = site.fakes.now().seconds();
    site.fakes.advance(Duration::from_secs(9));
    let (at_once, _) = site.person(&json!({}));
    site.fakes.advance(Duration::from_secs(2));
    let (after, _) = site.person(&json!({}));
    site.fakes.advance(Duration::from_mins(5));
    let events = json!({ REVOKED: { "event_timestamp": happened } });
    let late = site.set("1", &about("7"), &events);
    assert_taken(&site.push(&late));
    assert!(!site.login_counts(&before) && !site.login_counts(&at_once));
    assert!(site.login_counts(&after));
    let entries = site.fakes.log_entries();
    assert_taken(&site.push(&late));
    assert_eq!(site.last_event()["became"], "known");
    assert_eq!(site.fakes.log_entries(), entries);

    // In milliseconds, or of the far future: no later than the token itself.
    for (at, event_timestamp) in [(2, happened * 1_000), (3, u64::MAX)] {
        let events = json!({ REVOKED: { "event_timestamp": event_timestamp } });
        let ahead = site.set(&at.to_string(), &about("7"), &events);
        assert_taken(&site.push(&ahead));
        site.fakes.advance(Duration::from_secs(1));
        let (again, _) = site.person(&json!({}));
        site.fakes.advance(Duration::from_hours(2));
        // Another isolate, and an index that has forgotten the token.
        assert_taken(&site.push(&ahead));
        let other = site.set("never before", &about("77"), &events);
        assert_taken(&site.push(&other));
        assert!(site.login_counts(&again), "{event_timestamp}");
    }
}

#[test]
fn a_push_that_fails_is_503_and_can_be_sent_again() {
    let calls: [PickCall; 4] = [
        |calls| &calls.index_knows_logout,
        |calls| &calls.append,
        |calls| &calls.http,
        |calls| &calls.verify,
    ];
    for call in calls {
        for fault in Fault::FAILING {
            let mut site = site();
            let (ann, _) = site.person(&json!({}));
            site.world.transmitters = crate::events::KnownTransmitters::new();
            let event = site.set("1", &about("7"), &json!({ REVOKED: {} }));
            call(&site.fakes.calls).set_fault(fault);
            assert_eq!(site.push(&event), Answer::unavailable());
            call(&site.fakes.calls).set_fault(Fault::None);
            assert_taken(&site.push(&event));
            assert!(!site.login_counts(&ann));
        }
    }
}
