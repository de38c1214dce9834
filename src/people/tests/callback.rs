//! Coming back from another provider (OpenID Connect Core section 3.1.2.5).

use std::time::Duration;

use super::*;
use crate::config::{Rule, Test};
use crate::fakes::world::{assert_page, isolate, json as body};
use crate::fakes::{Fault, PickCall, START};
use crate::resolve::{Demand, Resolution};
use crate::session::SessionRecord;
use crate::token::TokenKind;

fn record(site: &Site, browser: &Browser) -> SessionRecord {
    let ticket = browser.ticket().expect("there is a login");
    let strong = Demand::STRONG;
    let meaning = isolate();
    let meaning = meaning.resolve(&site.fakes, TokenKind::Ticket, &ticket, &strong);
    match futures_executor::block_on(meaning) {
        Resolution::Active(active) => active.session.record().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_code_logs_the_person_in() {
    let site = Site::new();
    let browser = Browser::default();
    let asked = site.begin(&browser, "/reports%3Fa%3Db");
    let id_token = site.give(
        &asked,
        &json!({ "amr": ["otp"], "acr": "2", "team": "red", "secret": "x", "auth_time": 1_799_999_990,
                 "preferred_username": "ann" }),
    );
    let answer = site.come_back(&browser, &asked, "code=c0de");
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(answer.header("location"), Some("/reports?a=b"));
    // The login's own cookie only says that it is over.
    assert_eq!(browser.names().len(), 2);
    assert!(site.login_counts(&browser));
    let record = record(&site, &browser);
    assert_eq!(record.subject, "acme:7");
    assert_eq!(record.username.as_deref(), Some("ann"));
    assert_eq!(record.amr, ["otp"]);
    assert_eq!(record.acr.as_deref(), Some("2"));
    assert_eq!(json!(record.claims), json!({ "team": "red" }));
    assert_eq!(record.auth_time.unwrap().seconds(), START.seconds() - 10);
    assert!(record.provider_session.is_some());
    let event = site.last_event();
    assert_eq!([&event["event"], &event["with"]], ["logged_in", "acme"]);
    let ticket = browser.ticket().unwrap();
    site.assert_unlogged(&[&ticket, &id_token, "c0de", "pr0vider-s3cret"]);
    let nonce = asked.get("nonce").unwrap();
    site.assert_unlogged(&[asked.get("state").unwrap(), nonce]);
    assert!(!site.fakes.dump().contains(&id_token));
    // A client's token has the same claims.
    let tokens = site.authorized(&browser, "app");
    let described = body(&site.api("/oauth/introspect", "gateway", &[("token", &tokens.access)]));
    assert_eq!(described["sub"], "acme:7");
    assert_eq!(described["team"], "red");
    assert_eq!(described["acr"], "2");
}

#[test]
fn an_answer_that_this_browser_did_not_ask_for_lets_nobody_in() {
    // OpenID Connect Core section 3.1.2.7, RFC 6749 section 10.12.
    let site = Site::new();
    let victim = Browser::default();
    let attacker = Browser::default();
    let asked = site.begin(&attacker, "/");
    site.give(&asked, &json!({}));
    let sent = site.fakes.sent().len();
    // The cookie is another browser's.
    assert_page(&site.come_back(&victim, &asked, "code=c0de"), 400);
    let state = asked.get("state").unwrap();
    for query in [
        String::new(),
        "?".to_owned(),
        "?code=c0de".to_owned(),
        "?state=x&code=c0de".to_owned(),
        "?state=AAAAAAAAAAAAAAAAAAAAAA&code=c0de".to_owned(),
        format!("?state={state}&code=a&code=b"),
    ] {
        assert_page(
            &site.get(&attacker, &format!("/_postern/callback{query}")),
            400,
        );
    }
    // A state with the same first eight characters: the whole state is compared.
    let other = format!("{}{}", &state[..8], "A".repeat(14));
    let answer = site.get(
        &attacker.copy(),
        &format!("/_postern/callback?state={other}&code=c0de"),
    );
    assert_page(&answer, 400);
    // A cookie that was moved under another login's name.
    let moved = Browser::default();
    let name = |state: &str| format!("__Host-postern-login-{}", &state[..8]);
    moved.set(&name("AAAAAAAAAA"), &attacker.cookie(&name(state)).unwrap());
    let answer = site.get(
        &moved,
        "/_postern/callback?state=AAAAAAAAAAAAAAAAAAAAAA&code=c0de",
    );
    assert_page(&answer, 400);
    assert_eq!(site.fakes.sent().len(), sent, "the provider was asked");
    assert_eq!(site.fakes.calls.open.count(), 0);
    // The login itself was valid all that time.
    assert_eq!(site.come_back(&attacker, &asked, "code=c0de").status, 303);
}

#[test]
fn a_login_lasts_an_hour_and_is_for_one_answer() {
    let site = Site::new();
    let browser = Browser::default();
    let asked = site.begin(&browser, "/x%3Fa%3Db");
    site.fakes.advance(Duration::from_hours(1));
    site.give(&asked, &json!({}));
    let sent = site.fakes.sent().len();
    let answer = site.come_back(&browser, &asked, "code=c0de");
    assert_page(&answer, 400);
    assert!(answer.body.contains("took too long"));
    // The page that was wanted is not lost.
    assert!(
        answer.body.contains("return_to=/x%3Fa%3Db&amp;provider="),
        "{}",
        answer.body
    );
    assert_eq!(site.fakes.sent().len(), sent, "the provider was asked");
    let asked = site.begin(&browser, "/x");
    site.give(&asked, &json!({}));
    site.fakes.advance(Duration::from_mins(59));
    site.give(&asked, &json!({}));
    assert_eq!(site.come_back(&browser, &asked, "code=c0de").status, 303);
    assert!(site.login_counts(&browser));
}

#[test]
fn whoever_is_in_and_comes_back_once_more_is_led_to_the_page_that_they_wanted() {
    let site = Site::new();
    let browser = Browser::default();
    let late = site.begin(&browser, "/late");
    site.fakes.advance(Duration::from_hours(1));
    let asked = site.begin(&browser, "/x%3Fa%3Db&fragment=part");
    site.give(&asked, &json!({}));
    let answer = site.come_back(&browser, &asked, "code=c0de");
    assert_eq!(answer.header("location"), Some("/x?a=b#part"));
    let sent = site.fakes.sent().len();
    let ticket = browser.ticket();
    // Going back at a provider that redirects by itself, or a reload.
    for query in ["code=c0de", "error=access_denied", ""] {
        let answer = site.come_back(&browser, &asked, query);
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(answer.header("location"), Some("/x?a=b#part"));
    }
    let answer = site.come_back(&browser, &late, "code=c0de");
    assert_eq!(answer.header("location"), Some("/late"));
    let answer = site.get(&browser, "/_postern/callback?state=AAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(answer.header("location"), Some("/"));
    assert_eq!(site.fakes.sent().len(), sent, "the provider was asked");
    assert_eq!(browser.ticket(), ticket);
    // Nobody is in any more: the same leads to the login for the same page.
    browser.set("__Host-postern-session", "x");
    let answer = site.come_back(&browser, &asked, "code=c0de");
    assert_page(&answer, 400);
    assert!(
        answer
            .body
            .contains("return_to=/x%3Fa%3Db&amp;provider=acme&amp;fragment=part"),
        "{}",
        answer.body
    );
}

#[test]
fn a_browser_keeps_the_newest_twenty_logins() {
    let site = Site::new();
    let browser = Browser::default();
    for _ in 0..25 {
        site.begin(&browser, "/x");
    }
    assert_eq!(browser.names().len(), 20);
    // Long URLs make long cookies, and a request's head has an end.
    let long = format!("/x%3F{}", "a".repeat(7_000));
    for _ in 0..20 {
        site.begin(&browser, &long);
        assert!(browser.header().len() < 40_000);
    }
}

#[test]
fn somebody_whom_no_rule_lets_in_is_named_and_may_use_another_account() {
    let mut site = Site::new();
    site.world.config.providers[0].allow = Allow::AnyOf(vec![
        Rule {
            claim: "team".to_owned(),
            test: Test::Is("red".to_owned()),
            tenant: None,
        },
        Rule {
            claim: "email".to_owned(),
            test: Test::Domain("example.com".to_owned()),
            tenant: None,
        },
    ]);
    let browser = Browser::default();
    let mut asked = site.begin(&browser, "/x");
    // At a provider that does not say what it knows, the second way is another login.
    for prompt in ["select_account", "login", "select_account"] {
        site.give(
            &asked,
            &json!({ "team": "blue", "preferred_username": "dave", "email": "d@example.com" }),
        );
        let answer = site.come_back(&browser, &asked, "code=c0de");
        assert_page(&answer, 403);
        assert!(
            answer
                .body
                .contains("You signed in as <strong>dave</strong>. ")
        );
        assert!(answer.body.contains("Use another ACME account"));
        let event = site.last_event();
        assert_eq!(event["event"], "login_refused");
        assert_eq!([&event["provider"], &event["subject"]], ["acme", "acme:7"]);
        let rules = json!([
            "team is red: it is something else",
            "email domain example.com: it is not verified"
        ]);
        assert_eq!(event["rules"], rules);
        site.assert_unlogged(&["blue", "d@example.com"]);
        let href = format!("{LOGIN}?return_to=/x&provider=acme&prompt={prompt}");
        assert!(
            answer.body.contains(&href.replace('&', "&amp;")),
            "{}",
            answer.body
        );
        asked = location(&site.get(&browser, &href)).1;
        assert_eq!(asked.get("prompt"), Some(prompt));
    }
    // Where the provider refuses to let people choose, it is asked for another login at once.
    let href = format!("{LOGIN}?return_to=/x&provider=acme&prompt=select_account");
    let asked = location(&site.get(&browser, &href)).1;
    let answer = site.come_back(&browser, &asked, "error=invalid_request");
    let (url, again) = location(&answer);
    assert_eq!(url, format!("{IDP}/authorize"));
    assert_eq!(again.get("prompt"), Some("login"));
    // That was the last way, so the person is told.
    let answer = site.come_back(&browser, &again, "error=invalid_request");
    assert_page(&answer, 502);
}

#[test]
fn logins_in_two_tabs_do_not_disturb_each_other() {
    let site = Site::new();
    let browser = Browser::default();
    let (one, two) = (site.begin(&browser, "/one"), site.begin(&browser, "/two"));
    site.give(&two, &json!({}));
    let answer = site.come_back(&browser, &two, "code=c0de");
    assert_eq!(answer.header("location"), Some("/two"));
    site.give(&one, &json!({}));
    let answer = site.come_back(&browser, &one, "code=c0de");
    assert_eq!(answer.header("location"), Some("/one"));
}

#[test]
fn a_refusal_by_the_provider_is_told_in_words() {
    for (query, status, text) in [
        (
            "error=access_denied&error_description=%3Cevil%3E",
            400,
            "did not finish signing in",
        ),
        ("error=login_required", 400, "did not finish signing in"),
        (
            "error=invalid_scope",
            502,
            "Something went wrong while signing you in",
        ),
        (
            "error=evil",
            502,
            "Something went wrong while signing you in",
        ),
        ("", 502, "Something went wrong while signing you in"),
        (
            "code=c0de&iss=https://other.example",
            502,
            "Something went wrong while signing you in",
        ),
    ] {
        // With an account there is a login page, which can show the problem.
        let mut site = Site::new();
        site.world.config.accounts = World::new().config.accounts;
        let browser = Browser::default();
        let answer = site.get(&browser, &format!("{LOGIN}?return_to=/x&provider=acme"));
        let asked = location(&answer).1;
        let answer = site.come_back(&browser, &asked, query);
        assert_page(&answer, status);
        assert!(answer.body.contains(text), "{query}: {}", answer.body);
        assert!(!answer.body.contains("evil"));
        assert_eq!(hidden(&answer, "return_to"), "/x");
        assert_eq!(browser.ticket(), None);
        assert!(!site.fakes.events().join("").contains("evil"));
    }
}

#[test]
fn a_token_that_lets_nobody_in_is_told_in_words() {
    let mut site = Site::new();
    site.world.config.providers[0].allow = Allow::AnyOf(vec![Rule {
        claim: "team".to_owned(),
        test: Test::Is("red".to_owned()),
        tenant: None,
    }]);
    for (claims, status, text) in [
        (json!({ "team": "blue" }), 403, "does not have access"),
        (
            json!({ "team": "red", "nonce": "other" }),
            502,
            "Something went wrong while signing you in",
        ),
        (
            json!({ "team": "red", "aud": "other" }),
            502,
            "Something went wrong while signing you in",
        ),
        (
            json!({ "team": "red", "exp": 1 }),
            502,
            "Something went wrong while signing you in",
        ),
    ] {
        let browser = Browser::default();
        let asked = site.begin(&browser, "/");
        site.give(&asked, &claims);
        let answer = site.come_back(&browser, &asked, "code=c0de");
        assert_page(&answer, status);
        assert!(answer.body.contains(text), "{}", answer.body);
        assert_eq!(browser.ticket(), None);
    }
    assert_eq!(site.fakes.calls.open.count(), 0);
}

#[test]
fn a_provider_or_store_that_fails_is_503_and_can_be_tried_again() {
    let calls: [PickCall; 4] = [
        |calls| &calls.http,
        |calls| &calls.verify,
        |calls| &calls.open,
        |calls| &calls.record_write,
    ];
    for call in calls {
        for fault in Fault::FAILING {
            let site = Site::new();
            let browser = Browser::default();
            let asked = site.begin(&browser, "/x");
            site.give(&asked, &json!({}));
            call(&site.fakes.calls).set_fault(fault);
            assert_page(&site.come_back(&browser, &asked, "code=c0de"), 503);
            assert_eq!(browser.ticket(), None);
            call(&site.fakes.calls).set_fault(Fault::None);
            // The page says to try again: the login is still known.
            let answer = site.come_back(&browser, &asked, "code=c0de");
            assert_eq!(answer.header("location"), Some("/x"));
            assert!(site.login_counts(&browser));
        }
    }
    let site = Site::new();
    let browser = Browser::default();
    let asked = site.begin(&browser, "/");
    *site.token.borrow_mut() = (500, "no".to_owned());
    assert_page(&site.come_back(&browser, &asked, "code=c0de"), 503);
    assert_page(
        &site.come_back(&browser, &asked, "error=temporarily_unavailable"),
        503,
    );
}

/// RFC 9110 section 4.1. No browser takes a cookie that long, so it comes in pieces.
#[test]
fn a_page_with_a_long_url_is_come_back_to() {
    for length in [2_048, 3_000, 8_000] {
        let site = Site::new();
        let browser = Browser::default();
        let wanted = format!("/reports?q=\\d+&x={}", "y".repeat(length - 17));
        assert_eq!(wanted.len(), length);
        let asked = site.begin(&browser, &crate::protocol::web_url::encode_one(&wanted));
        for name in browser.names() {
            assert!(name.len() + browser.cookie(&name).unwrap().len() <= 4_096);
        }
        site.give(&asked, &json!({}));
        let answer = site.come_back(&browser, &asked, "code=c0de");
        assert_eq!(answer.header("location"), Some(&*wanted), "{}", answer.body);
        // Nothing is left of a long one.
        assert_eq!(browser.names().len(), 1 + usize::from(length <= 2_048));
    }
}
