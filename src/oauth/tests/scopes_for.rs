//! `scopes_for`: what a person may get by way of an application; and logins of a class (RFC 9470 section 5).

use std::rc::Rc;

use serde_json::{Value, json};

use crate::config::{Allow, Provider, Require, Rule, ScopeFor, ScopesFor, Test};
use crate::fakes::world::*;
use crate::issue::ticket::LoggedIn;

/// `write` is for staff only.
fn only_staff_write() -> ScopesFor {
    let rule = Rule {
        claim: "groups".to_owned(),
        test: Test::Has("staff".to_owned()),
        tenant: None,
    };
    ScopesFor::new(vec![ScopeFor {
        scope: "write".to_owned(),
        require: Rc::new(Require::new(vec![vec![rule]])),
    }])
}

fn provider() -> Provider {
    Provider {
        id: "acme".parse().unwrap(),
        name: None,
        issuer: "https://id.example.com".parse().unwrap(),
        client_id: "postern".to_owned(),
        client_secret: None,
        scope: "openid".parse().unwrap(),
        subject: "sub".to_owned(),
        subject_prefix: "acme:".to_owned(),
        username: None,
        claims: Vec::new(),
        allow: Allow::Anyone,
        userinfo: false,
        form_post: false,
        logout: true,
    }
}

fn world() -> World {
    let mut world = World::new();
    world.config.scopes_for = only_staff_write();
    world
}

fn person(world: &World, claims: &Value, acr: Option<&str>) -> Browser {
    world.logged_in_as(LoggedIn {
        subject: "acme:ann".to_owned(),
        claims: claims.as_object().unwrap().clone(),
        acr: acr.map(str::to_owned),
        ..LoggedIn::default()
    })
}

#[test]
fn who_may_not_have_a_scope_does_not_get_it() {
    let world = world();
    let staff = person(&world, &json!({ "groups": ["staff"] }), None);
    assert_eq!(world.authorized(&staff, "app").scope, "read write");
    let guest = person(&world, &json!({ "groups": ["guests"] }), None);
    for asked in [vec![("scope", "read write")], vec![("scope", "")]] {
        // They are asked only about what they could give.
        let page = world.get(
            &guest,
            &authorize("app", &[&asked[..], &[("prompt", "consent")]].concat()),
        );
        assert_page(&page, 200);
        assert!(page.body.contains("<code>read</code>"), "{}", page.body);
        assert!(!page.body.contains("<code>write</code>"), "{}", page.body);
        let code = world.code(&guest, "app", &asked);
        let tokens = Tokens::of(&world.redeem("app", &code));
        assert_eq!(tokens.scope, "read");
        // A refresh never brings it back.
        let refreshed = Tokens::of(&world.refresh("app", tokens.refresh(), &[]));
        assert_eq!(refreshed.scope, "read");
        let more = world.refresh("app", refreshed.refresh(), &[("scope", "read write")]);
        assert_error(&more, 400, "invalid_scope");
    }
    let answer = world.get(&guest, &authorize("app", &[("scope", "write")]));
    assert_eq!(location(&answer).1.get("error"), Some("access_denied"));
}

#[test]
fn rules_that_have_become_narrower_count_for_the_next_refresh() {
    let mut world = World::new();
    let guest = person(&world, &json!({}), None);
    let both = world.authorized(&guest, "app");
    assert_eq!(both.scope, "read write");
    let code = world.code(&guest, "app", &[("scope", "write")]);
    let write = Tokens::of(&world.redeem("app", &code));
    world.config.scopes_for = only_staff_write();
    let refreshed = Tokens::of(&world.refresh("app", both.refresh(), &[]));
    assert_eq!(refreshed.scope, "read");
    let answer = world.refresh("app", write.refresh(), &[]);
    assert_error(&answer, 400, "invalid_scope");
}

#[test]
fn programs_are_not_people() {
    let world = world();
    let token = world.client_token("robot");
    assert!(world.counts(&token));
}

#[test]
fn an_application_that_was_challenged_gets_a_token_of_a_stronger_login() {
    let mut world = World::new();
    let weak = person(&world, &json!({}), None);
    let asked = [("acr_values", "phr mfa"), ("max_age", "900")];
    // Here are only passwords.
    let answer = world.get(&weak, &authorize("app", &asked));
    let error = location(&answer).1.get("error").map(str::to_owned);
    assert_eq!(error.as_deref(), Some("unmet_authentication_requirements"));
    world.config.providers = vec![provider()];
    let answer = world.get(&weak, &authorize("app", &asked));
    let expected = login_for(&authorize("app", &[])) + "&max_age=900&acr_values=phr%20mfa";
    assert_eq!(answer.header("location"), Some(&*expected));
    let silent = [&asked[..], &[("prompt", "none")]].concat();
    let answer = world.get(&weak, &authorize("app", &silent));
    assert_eq!(location(&answer).1.get("error"), Some("login_required"));
    let strong = person(&world, &json!({}), Some("mfa"));
    let code = world.code(&strong, "app", &asked);
    let tokens = Tokens::of(&world.redeem("app", &code));
    let told = world.api("/oauth/introspect", "gateway", &[("token", &tokens.access)]);
    assert_eq!(json(&told)["acr"], "mfa");
    for bad in ["a  b", "a\"b", " "] {
        let answer = world.get(&strong, &authorize("app", &[("acr_values", bad)]));
        assert_eq!(
            location(&answer).1.get("error"),
            Some("invalid_request"),
            "{bad:?}"
        );
    }
}
