//! What an administrator ends of other issuers.

use std::time::Duration;

use futures_executor::block_on;

use super::foreign::Foreign;
use super::*;
use crate::fakes::world::{assert_error, json as body};
use crate::fakes::{Fault, PickCall};
use crate::fixtures::issuer;
use crate::protocol::web_url::encode;
use crate::time::Time;

const PATH: &str = "/_postern/admin/sessions";
/// An issuer that is no provider.
const OTHER: &str = "https://tokens.example";

/// A site with the provider and issuer `acme` and the issuer `idp`.
fn site() -> Site {
    let mut site = Site::new();
    site.world.config.issuers = vec![issuer("acme", IDP), issuer("idp", OTHER)];
    site
}

fn end(site: &Site, form: &[(&str, &str)]) -> Answer {
    let bearer = format!("Bearer {}", site.client_token("ops"));
    let headers = [("authorization", bearer.as_str())];
    block_on(site.answer(&site.resolver, "POST", PATH, &headers, Some(&encode(form))))
}

/// Of `idp`, issued now, from a login a minute ago.
fn token(site: &Site) -> Foreign<'static> {
    let now = Time::from_seconds(site.fakes.now().seconds());
    Foreign {
        issuer: OTHER,
        subject: "idp:7",
        sid: "s-1",
        jti: "t-1",
        client: "app",
        at: (now.minus(Duration::from_mins(1)), now),
    }
}

#[test]
fn each_way_to_name_what_an_issuer_gave() {
    let text = token(&site()).text();
    let ways: [(&[(&str, &str)], &str); 9] = [
        (&[("token", &text)], "token"),
        (&[("issuer", "idp"), ("jti", "t-1")], "token"),
        (&[("issuer", OTHER), ("jti", "t-1")], "token"),
        (&[("issuer", "idp"), ("sid", "s-1")], "session"),
        (&[("issuer", "idp"), ("sub", "7")], "subject"),
        (&[("sub", "idp:7")], "subject"),
        (&[("issuer", "idp"), ("client_id", "app")], "client"),
        (&[("issuer", OTHER)], "issuer"),
        (&[("everything", "true")], "everything"),
    ];
    for (form, ended) in ways {
        let site = site();
        let foreign = token(&site);
        let later = |sid, jti, at: (Time, Time)| Foreign {
            sid,
            jti,
            at,
            ..token(&site)
        };
        let another = Foreign {
            issuer: IDP,
            subject: "acme:7",
            client: "other",
            ..token(&site)
        };
        assert!(foreign.counts(&site) && another.counts(&site));
        let answer = end(&site, form);
        assert_eq!(answer.status, 200, "{form:?} {}", answer.body);
        assert_eq!(body(&answer)["ended"], ended, "{form:?}");
        assert!(!foreign.counts(&site), "{form:?}");
        assert_eq!(another.counts(&site), ended != "everything", "{form:?}");
        // What the issuer gives later from the same session, and from a new login.
        let now = Time::from_seconds(site.fakes.now().seconds() + 5);
        let renewed = later("s-1", "t-2", (foreign.at.0, now));
        let is_spared = matches!(ended, "token" | "client");
        assert_eq!(renewed.counts(&site), is_spared, "{form:?}");
        let anew = later("s-2", "t-3", (now, now));
        assert!(anew.counts(&site), "{form:?}");
        // For as long as it could be given anew.
        site.fakes.advance(Duration::from_hours(23));
        block_on(site.fakes.run_alarms());
        assert!(!foreign.counts(&site), "{form:?}");
        site.assert_unlogged(&[&text, "t-1", "s-1"]);
    }
}

#[test]
fn a_session_without_a_time_of_login_stays_ended_whatever_the_issuer_gives() {
    let site = site();
    assert_eq!(end(&site, &[("issuer", "idp"), ("sid", "s-1")]).status, 200);
    site.fakes.advance(Duration::from_hours(100));
    let now = Time::from_seconds(site.fakes.now().seconds());
    let later = Foreign {
        at: (now, now),
        ..token(&site)
    };
    assert!(!later.counts(&site));
}

#[test]
fn a_session_at_a_provider_ends_logins_as_well() {
    let mut site = site();
    let (one, _) = site.person(&json!({ "sid": "s-1" }));
    let (two, _) = site.person(&json!({ "sid": "s-2" }));
    let foreign = Foreign {
        issuer: IDP,
        subject: "acme:7",
        ..token(&site)
    };
    // Also where it is no issuer of tokens.
    site.world.config.issuers.truncate(0);
    let answer = end(&site, &[("issuer", "acme"), ("sid", "s-1")]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!site.login_counts(&one) && site.login_counts(&two));
    assert!(!foreign.counts(&site));
    let answer = end(&site, &[("issuer", IDP), ("sub", "7")]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!site.login_counts(&two));
    for form in [
        &[("issuer", "acme")][..],
        &[("issuer", "acme"), ("jti", "t-1")],
        &[("issuer", "acme"), ("client_id", "app")],
    ] {
        assert_error(&end(&site, form), 400, "invalid_request");
    }
}

#[test]
fn the_answer_has_the_digest_that_ends_the_same_token() {
    let (one, two) = (site(), site());
    let foreign = token(&one);
    let answer = body(&end(&one, &[("token", &foreign.text())]));
    let digest = answer["token_digest"].as_str().unwrap();
    assert!(foreign.counts(&two));
    assert_eq!(end(&two, &[("token_digest", digest)]).status, 200);
    assert!(!foreign.counts(&two));
}

#[test]
fn a_token_of_ours_can_be_pasted_too() {
    let site = site();
    let (ann, _) = site.person(&json!({}));
    let tokens = site.authorized(&ann, "app");
    let other = site.authorized(&ann, "app");
    let answer = end(&site, &[("token", &tokens.access)]);
    assert_eq!(body(&answer)["ended"], "token", "{}", answer.body);
    assert!(!site.counts(&tokens.access) && site.counts(&other.access));
    let answer = end(&site, &[("token", other.refresh())]);
    assert_eq!(body(&answer)["was_open"], true, "{}", answer.body);
    assert!(!site.counts(&other.access) && site.login_counts(&ann));
    let answer = end(&site, &[("token", &ann.ticket().unwrap())]);
    assert_eq!(body(&answer)["was_open"], true, "{}", answer.body);
    assert!(!site.login_counts(&ann));
    // What is none of ours ends nothing.
    let entries = site.fakes.log_entries();
    assert_eq!(end(&site, &[("token", "pst_at_x")]).status, 200);
    assert_eq!(site.fakes.log_entries(), entries);
    site.assert_unlogged(&[&tokens.access, other.refresh()]);
}

#[test]
fn a_session_id_as_origins_are_told_ends_a_foreign_session() {
    let site = site();
    let foreign = token(&site);
    let name = crate::revocation::foreign::session(OTHER, "s-1");
    let id = crate::token::SessionId::from_bytes(name).to_base64url();
    let answer = end(&site, &[("session", &id)]);
    assert_eq!(body(&answer)["was_open"], false, "{}", answer.body);
    assert!(!foreign.counts(&site));
}

#[test]
fn what_names_nothing_or_too_much_is_refused() {
    let site = site();
    for form in [
        &[("issuer", "nobody")][..],
        &[("issuer", "https://tokens.example/")],
        &[("issuer", "idp"), ("jti", "a"), ("sid", "b")],
        &[("issuer", "idp"), ("client_id", "a\n")],
        &[("issuer", "idp"), ("token", "x")],
        &[("token", "x"), ("token_digest", "x")],
        &[("token_digest", "x")],
        &[("jti", "t-1")],
        &[("sid", "s-1")],
    ] {
        assert_error(&end(&site, form), 400, "invalid_request");
    }
    assert_eq!(site.fakes.log_entries(), []);
}

#[test]
fn one_that_fails_is_503_and_can_be_sent_again() {
    let append: PickCall = |calls| &calls.append;
    for form in [
        &[("issuer", "idp"), ("jti", "t-1")][..],
        &[("issuer", "idp"), ("sid", "s-1")],
        &[("issuer", "idp")],
        &[("token", "abc")],
    ] {
        for fault in Fault::FAILING {
            let site = site();
            let bearer = format!("Bearer {}", site.client_token("ops"));
            let headers = [("authorization", bearer.as_str())];
            let form = encode(form);
            let send =
                || block_on(site.answer(&site.resolver, "POST", PATH, &headers, Some(&form)));
            append(&site.fakes.calls).set_fault(fault);
            assert_eq!(send(), Answer::unavailable());
            append(&site.fakes.calls).set_fault(Fault::None);
            assert_eq!(send().status, 200);
        }
    }
}
