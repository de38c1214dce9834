//! Who is led on without signing in, and to where exactly.

use std::time::Duration;

use super::*;
use crate::fakes::Fault;
use crate::fakes::world::{PASSWORD, assert_page, leads_to, login_for};

#[test]
fn whoever_is_in_has_no_use_for_the_login_page() {
    let world = World::new();
    let ann = world.logged_in("ann");
    for (query, target) in [
        ("", "/"),
        ("?return_to=/x%3Fa%3Db", "/x?a=b"),
        ("?return_to=/x&fragment=part", "/x#part"),
        ("?return_to=/x&provider=acme", "/x"),
        ("?return_to=//evil.example", "/"),
        ("?return_to=/x&max_age=60", "/x"),
    ] {
        let answer = world.get(&ann, &format!("{LOGIN}{query}"));
        assert_eq!(answer.status, 303, "{query}");
        assert_eq!(answer.header("location"), Some(target), "{query}");
    }
    // A new login was asked for, or this one is too old.
    for query in [
        "?prompt=login",
        "?prompt=select_account",
        "?max_age=0",
        "?return_to=/x&max_age=59",
    ] {
        world.fakes.advance(Duration::from_mins(1));
        assert_page(&world.get(&ann, &format!("{LOGIN}{query}")), 200);
    }
    // Whether somebody is in could not be found out.
    world.fakes.calls.since.set_fault(Fault::Before);
    assert_page(&world.get(&ann, LOGIN), 503);
    assert_page(&world.get(&Browser::default(), LOGIN), 200);
    world.fakes.calls.since.set_fault(Fault::None);
    // Their login was ended.
    send_form(&world, &ann.copy(), LOGOUT, &[]);
    assert_page(&world.get(&ann, LOGIN), 200);
}

#[test]
fn the_fragment_of_a_page_comes_back_and_leads_nowhere_else() {
    for (fragment, target) in [
        ("second", "/x?a=b#second"),
        ("/orders/42?tab=a&b", "/x?a=b#/orders/42?tab=a&b"),
        ("//evil.example", "/x?a=b#//evil.example"),
        ("a b", "/x?a=b"),
        ("a\r\nset-cookie: x=y", "/x?a=b"),
        ("", "/x?a=b"),
    ] {
        let world = World::new();
        let browser = Browser::default();
        let page = world.get(&browser, &login_for("/x?a=b"));
        assert_eq!(hidden(&page, "fragment"), "");
        let (return_to, token) = (hidden(&page, "return_to"), hidden(&page, "form_token"));
        let form = |password| {
            [
                ("return_to", return_to.as_str()),
                ("fragment", fragment),
                ("form_token", token.as_str()),
                ("username", "ann"),
                ("password", password),
            ]
        };
        // The page after a mistake has it still: its own URL has none.
        let again = world.submit(&browser, LOGIN, &form("wr0ng"));
        let kept = target.split_once('#').map_or("", |(_, fragment)| fragment);
        assert_eq!(hidden(&again, "fragment"), kept);
        let answer = world.submit(&browser, LOGIN, &form(PASSWORD));
        assert_eq!(leads_to(&answer).as_deref(), Some(target));
    }
}

#[test]
fn nobody_gets_a_page_in_advance_that_may_be_another_one_later() {
    let site = Site::new();
    let browser = Browser::default();
    let asked = site.begin(&browser, "/x");
    site.give(&asked, &json!({}));
    let state = asked.get("state").unwrap();
    let callback = format!("/_postern/callback?state={state}&code=c0de");
    for (name, value) in [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("sec-purpose", "prefetch;anonymous-client-ip"),
        ("purpose", "prefetch"),
    ] {
        for path in [
            LOGIN,
            LOGOUT,
            SESSIONS,
            "/oauth/authorize?client_id=app",
            &callback,
        ] {
            let answer = site.browse(&browser, "GET", path, &[(name, value)], None);
            assert_eq!(answer.status, 403, "{path}");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("set-cookie"), None);
        }
    }
    // Nothing of the login was used up.
    assert_eq!(site.get(&browser, &callback).status, 303);
}
