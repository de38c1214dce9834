//! OpenID Connect Back-Channel Logout 1.0.

use std::time::Duration;

use futures_executor::block_on;

use super::foreign::Foreign;
use super::*;
use crate::fakes::world::{assert_error, isolate};
use crate::fakes::{Fault, PickCall};
use crate::protocol::web_url::encode;

const PATH: &str = "/_postern/backchannel/acme";

impl Site {
    fn logout_token(&self, change: &Value) -> String {
        let now = self.fakes.now().seconds();
        let mut claims = json!({
            "iss": IDP, "aud": "postern", "iat": now, "exp": now + 120, "jti": "j-1",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        Self::sign(&claims)
    }

    fn tell(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let form = encode(form);
        block_on(self.answer(&self.resolver, "POST", path, &[], Some(&form)))
    }

    fn tell_token(&self, change: &Value) -> Answer {
        self.tell(PATH, &[("logout_token", &self.logout_token(change))])
    }
}

#[track_caller]
fn assert_done(answer: &Answer) {
    // Section 2.8.
    assert_eq!((answer.status, &*answer.body), (200, ""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[test]
fn a_session_at_the_provider_ends_with_all_that_came_from_it() {
    let site = Site::new();
    let (one, _) = site.person(&json!({ "sid": "s-1" }));
    let (two, _) = site.person(&json!({ "sid": "s-2" }));
    let tokens = site.authorized(&one, "app");
    let other = site.authorized(&two, "app");
    let code = site.code(&one, "app", &[]);
    let token = site.logout_token(&json!({ "sid": "s-1", "sub": "7" }));
    assert_done(&site.tell(PATH, &[("logout_token", &token)]));
    assert!(!site.login_counts(&one) && !site.counts(&tokens.access));
    assert_error(&site.redeem("app", &code), 400, "invalid_grant");
    assert_error(
        &site.refresh("app", tokens.refresh(), &[]),
        400,
        "invalid_grant",
    );
    // Section 2.7: only this session.
    assert!(site.login_counts(&two) && site.counts(&other.access));
    site.assert_unlogged(&[&token, "s-1"]);
    let events = site.fakes.events().join("\n");
    assert!(events.contains("\"target\":\"provider_session\",\"reason\":\"provider\""));
    // The same token again is not an error.
    assert_done(&site.tell(PATH, &[("logout_token", &token)]));
}

#[test]
fn without_a_session_in_the_token_the_person_is_logged_out_everywhere() {
    let site = Site::new();
    let (one, _) = site.person(&json!({ "sid": "s-1" }));
    let (two, _) = site.person(&json!({ "sid": "s-2" }));
    let (eve, _) = site.person(&json!({ "sub": "8" }));
    let tokens = site.authorized(&one, "app");
    let token = site.logout_token(&json!({ "sub": "7" }));
    assert_done(&site.tell(PATH, &[("logout_token", &token)]));
    assert!(!site.login_counts(&one) && !site.login_counts(&two));
    assert!(!site.counts(&tokens.access));
    assert!(site.login_counts(&eve));
    // Replayed, it does not end what began afterwards.
    let (again, _) = site.person(&json!({}));
    site.fakes.advance(Duration::from_secs(100));
    assert_done(&site.tell(PATH, &[("logout_token", &token)]));
    assert!(site.login_counts(&again));
}

#[test]
fn an_issuer_of_tokens_logs_out_logins_and_tokens_alike() {
    for (target, others_count) in [
        (json!({ "sid": "s-1" }), true),
        (json!({ "sub": "7" }), false),
    ] {
        let mut site = Site::new();
        // Its id is not the provider's, and its issuer is.
        let mut idp = crate::fixtures::issuer("tokens", IDP);
        idp.subject_prefix = "acme:".to_owned();
        site.world.config.issuers = vec![idp];
        site.world.resolver = isolate().with_issuers(&site.world.config.issuers);
        let (one, _) = site.person(&json!({ "sid": "s-1" }));
        let (two, _) = site.person(&json!({ "sid": "s-2" }));
        let now = crate::time::Time::from_seconds(site.fakes.now().seconds());
        let foreign = Foreign {
            issuer: IDP,
            subject: "acme:7",
            sid: "s-1",
            jti: "t-1",
            client: "app",
            at: (now, now),
        };
        let path = "/_postern/backchannel/tokens";
        let with = |more: &Value| {
            let mut claims = target.clone();
            claims["aud"] = json!("https://api.example.com");
            for (name, value) in more.as_object().unwrap() {
                claims[name] = value.clone();
            }
            site.logout_token(&claims)
        };
        for more in [
            json!({ "aud": "postern" }),
            json!({ "aud": null }),
            json!({ "iss": "https://other.example" }),
            json!({ "nonce": "n" }),
            json!({ "events": {} }),
            json!({ "jti": null }),
            json!({ "sid": null, "sub": null }),
            json!({ "iat": now.seconds() + 61 }),
            json!({ "iat": now.seconds() - 600, "exp": null }),
            json!({ "exp": now.seconds() }),
        ] {
            let answer = site.tell(path, &[("logout_token", &with(&more))]);
            assert_error(&answer, 400, "invalid_request");
        }
        assert!(site.login_counts(&one) && foreign.counts(&site));
        let good = with(&json!({}));
        assert_done(&site.tell(path, &[("logout_token", &good)]));
        assert!(
            !site.login_counts(&one) && !foreign.counts(&site),
            "{target}"
        );
        assert_eq!(site.login_counts(&two), others_count, "{target}");
        // Once alone, and for as long as the issuer may give tokens of that session.
        let entries = site.fakes.log_entries();
        assert_done(&site.tell(path, &[("logout_token", &good)]));
        assert_eq!(site.fakes.log_entries(), entries);
        site.fakes.advance(Duration::from_hours(30));
        block_on(site.fakes.run_alarms());
        assert!(!foreign.counts(&site), "{target}");
    }
}

#[test]
fn a_logout_that_arrives_late_does_not_end_a_login_that_began_after_it() {
    for target in [json!({ "sub": "7" }), json!({ "sid": "s-1" })] {
        let site = Site::new();
        let (before, _) = site.person(&json!({ "sid": "s-1" }));
        let tokens = site.authorized(&before, "app");
        site.fakes.advance(Duration::from_secs(100));
        let token = site.logout_token(&target);
        // The provider's clock may be behind, so what began a moment after it still ends.
        site.fakes.advance(Duration::from_secs(9));
        let (at_once, _) = site.person(&json!({ "sid": "s-1" }));
        site.fakes.advance(Duration::from_secs(1));
        let (after, _) = site.person(&json!({ "sid": "s-1" }));
        site.fakes.advance(Duration::from_secs(50));
        assert_done(&site.tell(PATH, &[("logout_token", &token)]));
        assert!(!site.login_counts(&before) && !site.counts(&tokens.access));
        assert!(!site.login_counts(&at_once), "{target}");
        assert!(site.login_counts(&after), "{target}");
    }
}

#[test]
fn a_provider_whose_clock_is_ahead_ends_nothing_that_begins_later() {
    let site = Site::new();
    let (before, _) = site.person(&json!({}));
    let ahead = site.fakes.now().seconds() + 50;
    assert_done(&site.tell_token(&json!({ "sub": "7", "iat": ahead })));
    assert!(!site.login_counts(&before));
    // It is answered when the second that it ends is over.
    let (after, _) = site.person(&json!({}));
    assert!(site.login_counts(&after));
}

#[test]
fn a_token_that_is_not_a_logout_token_of_this_provider_ends_nothing() {
    let site = Site::new();
    let (browser, id_token) = site.person(&json!({}));
    let good = site.logout_token(&json!({ "sub": "7" }));
    let mut forged = good.clone();
    forged.replace_range(60..61, if &forged[60..61] == "A" { "B" } else { "A" });
    for form in [
        vec![],
        vec![("logout_token", "")],
        vec![("logout_token", "x")],
        vec![("logout_token", &*forged)],
        // An ID token is not a logout token.
        vec![("logout_token", &*id_token)],
        vec![("logout_token", &*good), ("logout_token", &*good)],
    ] {
        assert_error(&site.tell(PATH, &form), 400, "invalid_request");
    }
    for change in [
        json!({}),
        json!({ "sub": "7", "iss": "https://other.example" }),
        json!({ "sub": "7", "aud": "other" }),
        json!({ "sub": "7", "nonce": "n" }),
        json!({ "sub": "7", "events": {} }),
        json!({ "sub": "7", "iat": 1 }),
        json!({ "sub": "7", "exp": 1 }),
    ] {
        let token = site.logout_token(&change);
        let answer = site.tell(PATH, &[("logout_token", &token)]);
        assert_error(&answer, 400, "invalid_request");
        site.assert_unlogged(&[&token]);
    }
    // Not as JSON, and not with a GET.
    let plain = block_on(site.answer(&site.resolver, "POST", PATH, &[], None));
    assert_error(&plain, 400, "invalid_request");
    assert_eq!(site.get(&Browser::default(), PATH).status, 405);
    for path in ["other", "", "acme/", "ACME"] {
        let path = format!("/_postern/backchannel/{path}");
        assert_eq!(site.tell(&path, &[("logout_token", &good)]).status, 404);
    }
    assert!(site.login_counts(&browser));
    assert_eq!(site.fakes.log_entries(), []);
}

#[test]
fn a_logout_that_fails_is_503_and_can_be_sent_again() {
    let calls: [PickCall; 4] = [
        |calls| &calls.index_knows_logout,
        |calls| &calls.append,
        |calls| &calls.http,
        |calls| &calls.verify,
    ];
    for call in calls {
        for fault in Fault::FAILING {
            let mut site = Site::new();
            let (browser, _) = site.person(&json!({}));
            // An isolate that does not know the provider yet.
            site.world.providers = crate::provider::KnownProviders::new();
            call(&site.fakes.calls).set_fault(fault);
            let answer = site.tell_token(&json!({ "sid": "s-1" }));
            assert_eq!(answer, Answer::unavailable());
            call(&site.fakes.calls).set_fault(Fault::None);
            assert_done(&site.tell_token(&json!({ "sid": "s-1" })));
            assert!(!site.login_counts(&browser));
        }
    }
}

#[test]
fn a_logout_token_is_valid_once_for_a_session_that_goes_on_at_the_provider() {
    // Section 2.6.
    let site = Site::new();
    let (browser, _) = site.person(&json!({}));
    let token = site.logout_token(&json!({ "sid": "s-1" }));
    assert_done(&site.tell(PATH, &[("logout_token", &token)]));
    assert!(!site.login_counts(&browser));
    site.fakes.advance(Duration::from_secs(1));
    let (again, _) = site.person(&json!({}));
    assert_done(&site.tell(PATH, &[("logout_token", &token)]));
    assert!(site.login_counts(&again));
    // A token that cannot be remembered still logs people out.
    for fault in Fault::FAILING {
        let site = Site::new();
        let (browser, _) = site.person(&json!({}));
        site.fakes.calls.index_cut_off.set_fault(fault);
        assert_done(&site.tell_token(&json!({ "sid": "s-1" })));
        assert!(!site.login_counts(&browser));
    }
}
