//! A login that must be of a certain class (`acr_values`).

use super::*;
use crate::fakes::world::{PASSWORD, assert_page};

const WANTED: &str = "/_postern/login?return_to=/vault&acr_values=phr%20mfa";

#[test]
fn a_person_is_led_to_a_stronger_login_and_back() {
    let site = Site::new();
    let (browser, _) = site.person(&json!({ "acr": "pwd" }));
    let (url, asked) = location(&site.get(&browser, &format!("{WANTED}&provider=acme")));
    assert_eq!(url, format!("{IDP}/authorize"));
    assert_eq!(asked.get("acr_values"), Some("phr mfa"));
    site.give(&asked, &json!({ "acr": "mfa" }));
    let answer = site.come_back(&browser, &asked, "code=c0de");
    assert_eq!(answer.header("location"), Some("/vault"));
    // Whoever has it is led on at once.
    let again = site.get(&browser, WANTED);
    assert_eq!(again.header("location"), Some("/vault"));
}

#[test]
fn who_still_lacks_it_gets_a_page_and_is_not_sent_in_a_circle() {
    let site = Site::new();
    let (browser, _) = site.person(&json!({ "acr": "pwd" }));
    let before = browser.ticket();
    let target = format!("{WANTED}&provider=acme");
    let (_, asked) = location(&site.get(&browser, &target));
    site.give(&asked, &json!({ "acr": "pwd" }));
    let answer = site.come_back(&browser, &asked, "code=c0de");
    assert_page(&answer, 403);
    assert!(
        answer.body.contains("needs a stronger sign-in"),
        "{}",
        answer.body
    );
    let (_, asked) = location(&site.get(&browser, &target));
    let answer = site.come_back(&browser, &asked, "error=unmet_authentication_requirements");
    assert_page(&answer, 403);
    // The login that was there is still there.
    assert_eq!(browser.ticket(), before);
    assert!(site.login_counts(&browser));
}

#[test]
fn a_password_is_not_asked_for_where_it_would_not_do() {
    let mut site = Site::new();
    site.world.config.accounts = World::new().config.accounts;
    let page = site.get(&Browser::default(), LOGIN);
    assert!(page.body.contains("name=\"password\""), "{}", page.body);
    let browser = Browser::default();
    let page = site.get(&browser, &format!("{LOGIN}?acr_values=mfa"));
    let led = location(&page);
    assert_eq!(led.0, format!("{IDP}/authorize"));
    // Where there is nothing else, it is said.
    let world = World::new();
    assert_page(
        &world.get(&browser, &format!("{LOGIN}?acr_values=mfa")),
        403,
    );
    // Nor is it taken.
    let token = hidden(&world.get(&browser, LOGIN), "form_token");
    let form = [
        ("form_token", token.as_str()),
        ("return_to", "/"),
        ("acr_values", "mfa"),
        ("username", "ann"),
        ("password", PASSWORD),
    ];
    assert_page(&world.submit(&browser, LOGIN, &form), 403);
    assert_eq!(browser.ticket(), None);
}
