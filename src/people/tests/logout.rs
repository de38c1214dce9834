//! Logging out, here and at the provider (OpenID Connect RP-Initiated Logout 1.0).

use super::*;
use crate::fakes::world::{assert_error, assert_page, has_session_cookie, isolate};
use crate::fakes::{Fault, PickCall};

/// Whether an answer takes the cookie away.
fn clears(answer: &Answer) -> bool {
    let mut headers = answer.headers.iter();
    headers.any(|(n, v)| {
        *n == "set-cookie" && v.starts_with("__Host-postern-session=;") && v.contains("Max-Age=0")
    })
}

#[test]
fn a_get_asks_and_ends_nothing() {
    let world = World::new();
    let ann = world.logged_in("ann");
    for method in ["GET", "HEAD"] {
        let page = world.browse(&ann, method, LOGOUT, &[], None);
        assert_page(&page, 200);
    }
    let page = world.get(
        &ann,
        &format!("{LOGOUT}?id_token_hint=x&post_logout_redirect_uri=https://evil.example"),
    );
    assert!(page.body.contains("Sign out?") && !page.body.contains("evil"));
    assert!(world.login_counts(&ann));
    assert_eq!(world.fakes.calls.end.count(), 0);
}

#[test]
fn a_logout_clears_what_the_site_has_stored_where_that_is_wanted() {
    let mut world = World::new();
    world.config.clear_storage_at_logout = true;
    let ann = world.logged_in("ann");
    let answer = send_form(&world, &ann, LOGOUT, &[]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let header = answer.header("clear-site-data");
    assert_eq!(header, Some("\"cache\", \"storage\""));
}

#[test]
fn logging_out_ends_everything_that_came_from_the_login() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let (elsewhere, bob) = (world.logged_in("ann"), world.logged_in("bob"));
    let kept = ann.copy();
    let code = world.code(&ann, "app", &[]);
    let tokens = world.authorized(&ann, "app");
    let public = world.authorized(&ann, "spa");
    let other = world.authorized(&elsewhere, "app");
    let answer = send_form(&world, &ann, LOGOUT, &[]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains("You are signed out") && clears(&answer));
    assert_eq!(answer.header("clear-site-data"), Some("\"cache\""));
    assert_eq!(ann.ticket(), None);
    // A copy of the ticket is not valid any more.
    assert!(!world.login_counts(&kept));
    assert!(!world.counts(&tokens.access) && !world.counts(&public.access));
    assert_error(&world.redeem("app", &code), 400, "invalid_grant");
    assert_error(
        &world.refresh("app", tokens.refresh(), &[]),
        400,
        "invalid_grant",
    );
    // Nobody else is affected.
    assert!(world.login_counts(&elsewhere) && world.login_counts(&bob));
    assert!(world.counts(&other.access));
    let events = world.fakes.events().join("\n");
    assert!(
        events.contains("\"event\":\"session_ended\"") && events.contains("\"reason\":\"logout\"")
    );
    world.assert_unlogged(&[&kept.ticket().unwrap(), &code, &tokens.access]);
    // Pressed twice.
    let again = world.submit(&kept, LOGOUT, &[]);
    assert_eq!(again.status, 200);
}

#[test]
fn a_form_that_is_not_this_browsers_own_ends_nothing() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let token = hidden(&world.get(&ann, LOGOUT), "form_token");
    let sessions = hidden(&world.get(&ann, SESSIONS), "form_token");
    for bad in ["", "x", &sessions] {
        assert_page(&world.submit(&ann, LOGOUT, &[("form_token", bad)]), 403);
    }
    assert_page(&world.submit(&ann, LOGOUT, &[]), 403);
    for origin in ["https://evil.example", "null"] {
        assert_page(
            &world.submit_from(&ann, origin, LOGOUT, &[("form_token", &token)]),
            403,
        );
    }
    let other = world.logged_in("ann");
    assert_page(
        &world.submit(&other, LOGOUT, &[("form_token", &token)]),
        403,
    );
    // The same browser, in another login.
    let later = ann.copy();
    later.set("__Host-postern-session", &other.ticket().unwrap());
    assert_page(
        &world.submit(&later, LOGOUT, &[("form_token", &token)]),
        403,
    );
    assert_eq!(world.fakes.calls.end.count(), 0);
    assert!(world.login_counts(&ann) && world.login_counts(&other));
}

#[test]
fn without_a_login_the_page_says_that_you_are_signed_out() {
    let world = World::new();
    let browser = Browser::default();
    for ticket in ["x", "pst_st_x"] {
        browser.set("__Host-postern-session", ticket);
        let answer = world.get(&browser, LOGOUT);
        assert_eq!(answer.status, 200);
        assert!(clears(&answer));
    }
    // A form of another site sends no cookie (SameSite=Lax), and removes none.
    let answer = world.submit_from(&browser, "https://evil.example", LOGOUT, &[]);
    assert_eq!(answer.status, 200);
    assert!(!has_session_cookie(&answer));
    assert_eq!(answer.header("clear-site-data"), None);
}

#[test]
fn a_logout_that_fails_is_503_and_keeps_the_cookie_for_another_try() {
    let calls: [(&str, PickCall); 3] = [
        ("since", |calls| &calls.since),
        ("end", |calls| &calls.end),
        ("append", |calls| &calls.append),
    ];
    for (name, call) in calls {
        for fault in Fault::FAILING {
            // The second try may reach another isolate, which knows nothing of the login.
            for same_isolate in [true, false] {
                let mut world = World::new();
                let ann = world.logged_in("ann");
                let kept = ann.copy();
                let tokens = world.authorized(&ann, "app");
                let warm = isolate();
                let counts_there = |world: &World| {
                    let form = [("token", tokens.access.as_str())];
                    let answer = world.api_in(&warm, "/oauth/introspect", "gateway", &form);
                    answer.body.contains("\"active\":true")
                };
                assert!(counts_there(&world));
                let token = hidden(&world.get(&ann, LOGOUT), "form_token");
                call(&world.fakes.calls).set_fault(fault);
                let answer = world.submit(&ann, LOGOUT, &[("form_token", &token)]);
                assert_page(&answer, 503);
                assert!(!has_session_cookie(&answer));
                call(&world.fakes.calls).set_fault(Fault::None);
                if !same_isolate {
                    world.resolver = isolate();
                }
                let answer = world.submit(&ann, LOGOUT, &[("form_token", &token)]);
                assert_eq!(answer.status, 200, "{name} {fault:?}");
                assert!(clears(&answer));
                let case = format!("{name} {fault:?} same isolate: {same_isolate}");
                assert!(!world.login_counts(&kept), "{case}");
                assert!(!world.counts(&tokens.access), "{case}");
                assert!(!counts_there(&world), "{case}");
            }
        }
    }
}

#[test]
fn a_session_with_a_provider_goes_on_to_log_out_there() {
    let site = Site::new();
    let (browser, id_token) = site.person(&json!({}));
    let answer = send_form(&site, &browser, LOGOUT, &[]);
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("You are signed out here") && answer.body.contains("ACME"));
    assert!(
        answer
            .body
            .contains(&format!("{IDP}/logout?client_id=postern&amp;"))
    );
    assert!(answer.body.contains(&format!("id_token_hint={id_token}")));
    assert!(
        answer
            .body
            .contains("post_logout_redirect_uri=https%3A%2F%2Fauth.example.com%2F")
    );
    assert!(clears(&answer));
    assert_eq!(browser.ticket(), None);
    site.assert_unlogged(&[&id_token]);
}

#[test]
fn a_provider_that_cannot_log_out_keeps_nobody_logged_in_here() {
    // The provider has no logout endpoint, may not be asked, is not configured any more, or does not answer.
    for case in 0..4 {
        let mut site = Site::new();
        *site.has_logout.borrow_mut() = case != 0;
        let (browser, _) = site.person(&json!({}));
        let kept = browser.copy();
        match case {
            1 => site.world.config.providers[0].logout = false,
            2 => site.world.config.providers.clear(),
            3 => {
                site.world.providers = crate::provider::KnownProviders::new();
                site.fakes.calls.http.set_fault(Fault::Before);
            }
            _ => {}
        }
        let answer = send_form(&site, &browser, LOGOUT, &[]);
        assert_eq!(answer.status, 200);
        assert!(
            answer.body.contains("You are signed out<"),
            "{case}: {}",
            answer.body
        );
        assert!(clears(&answer) && !site.login_counts(&kept));
    }
}

#[test]
fn a_login_that_expired_leaves_no_cookie_behind() {
    let world = World::new();
    let ann = world.logged_in("ann");
    world.fakes.advance(world.config.session_idle);
    let answer = world.get(&ann, LOGOUT);
    assert!(answer.status == 200 && clears(&answer));
}
