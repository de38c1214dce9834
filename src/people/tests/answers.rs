//! A provider's answers that are not a code in a URL: one in a form, one that says to try again, and errors.

use super::*;
use crate::fakes::world::assert_page;

const CALLBACK: &str = "/_postern/callback";
const ANSWER: &str = "__Host-postern-answer";
const FORGOTTEN: &str = "error=temporarily_unavailable&error_description=authentication_expired";

fn form_post() -> Site {
    let mut site = Site::new();
    site.world.config.providers[0].form_post = true;
    site
}

/// The browser posts from the provider's page: without the cookies of this site, which are `SameSite=Lax`. Then it goes
/// where the answer leads.
fn post(site: &Site, browser: &Browser, form: &[(&str, &str)]) -> (Answer, String) {
    let bare = Browser::default();
    let posted = site.submit_from(&bare, IDP, CALLBACK, form);
    if let Some(cookie) = bare.cookie(ANSWER) {
        browser.set(ANSWER, &cookie);
    }
    let url = posted.header("location").unwrap_or_default().to_owned();
    (posted, url)
}

#[test]
fn an_answer_in_a_form_logs_the_person_in() {
    let site = form_post();
    let browser = Browser::default();
    let asked = site.begin(&browser, "/reports%3Fa%3Db");
    assert_eq!(asked.get("response_mode"), Some("form_post"));
    site.give(&asked, &json!({}));
    let state = asked.get("state").unwrap();
    let user = r#"{"name":{"firstName":"Ann"}}"#;
    let form = [("state", state), ("code", "c0de"), ("user", user)];
    let (posted, url) = post(&site, &browser, &form);
    assert_eq!(posted.status, 303, "{}", posted.body);
    // Nothing secret in the URL, and the cookie can't be read.
    assert_eq!(url, format!("{CALLBACK}?state={state}"));
    let cookie = browser.cookie(ANSWER).unwrap();
    assert!(!cookie.contains("c0de") && !cookie.contains("Ann"));
    let answer = site.get(&browser, &url);
    assert_eq!(answer.header("location"), Some("/reports?a=b"));
    assert!(site.login_counts(&browser));
    // The answer is gone, and the login's cookie only says that it is over.
    let names = browser.names();
    assert!(!names.iter().any(|name| name == "__Host-postern-answer"));
    assert_eq!(names.len(), 2);
    site.assert_unlogged(&["c0de", "Ann"]);
}

#[test]
fn an_answer_in_a_form_is_as_strict_as_one_in_a_url() {
    let site = form_post();
    let (victim, attacker) = (Browser::default(), Browser::default());
    let asked = site.begin(&attacker, "/");
    site.give(&asked, &json!({}));
    let state = asked.get("state").unwrap().to_owned();
    // Login CSRF: the attacker's answer, posted in the victim's browser.
    let form = [("state", state.as_str()), ("code", "c0de")];
    let (_, url) = post(&site, &victim, &form);
    assert_page(&site.get(&victim, &url), 400);
    assert!(victim.ticket().is_none());
    // Another login's answer, while this one is under way.
    let mine = site.begin(&victim, "/");
    let other = format!("{CALLBACK}?state={}", mine.get("state").unwrap());
    assert_page(&site.get(&victim, &other), 502);
    assert!(victim.ticket().is_none());
    for form in [
        &[("code", "c0de")][..],
        &[("state", "x"), ("code", "c0de")],
        &[("state", "AAAAAAA\r\n"), ("code", "c0de")],
        &[("state", &state), ("code", "a"), ("code", "b")],
        &[("state", &state), ("code", &"x".repeat(4_000))],
        &[],
    ] {
        let (posted, _) = post(&site, &Browser::default(), form);
        assert_page(&posted, 400);
        assert!(
            posted
                .header("set-cookie")
                .is_none_or(|c| !c.contains(ANSWER))
        );
    }
    assert_eq!(site.fakes.calls.open.count(), 0);
    // What was made up is none.
    attacker.set(ANSWER, "AAAA");
    let url = format!("{CALLBACK}?state={state}");
    assert_page(&site.get(&attacker.copy(), &url), 502);
}

#[test]
fn an_error_in_a_form_is_told_and_a_long_wait_ends_it() {
    let site = form_post();
    let browser = Browser::default();
    let asked = site.begin(&browser, "/x");
    let state = asked.get("state").unwrap();
    let form = [("state", state), ("error", "user_cancelled_authorize")];
    let (_, url) = post(&site, &browser, &form);
    let page = site.get(&browser, &url);
    assert_page(&page, 400);
    assert!(page.body.contains("did not finish signing in"));
    assert!(page.body.contains("return_to=/x"));
    let asked = site.begin(&browser, "/x");
    site.give(&asked, &json!({}));
    let form = [("state", asked.get("state").unwrap()), ("code", "c0de")];
    let (_, url) = post(&site, &browser, &form);
    site.fakes.advance(std::time::Duration::from_mins(5));
    assert_page(&site.get(&browser, &url), 502);
}

#[test]
fn nothing_is_taken_from_a_form_that_nobody_asked_for() {
    let site = Site::new();
    let browser = Browser::default();
    let asked = site.begin(&browser, "/");
    assert_eq!(asked.get("response_mode"), None);
    let form = [("state", asked.get("state").unwrap()), ("code", "c0de")];
    let (posted, _) = post(&site, &browser, &form);
    assert_page(&posted, 405);
    assert_eq!(browser.cookie(ANSWER), None);
}

#[test]
fn a_login_that_the_provider_forgot_is_begun_again_once() {
    // Keycloak, where somebody logged in in another tab meanwhile.
    let site = Site::new();
    let browser = Browser::default();
    let login = format!("{LOGIN}?return_to=/deep%3Fx%3D1&provider=acme&prompt=login&max_age=600");
    let first = location(&site.get(&browser, &login)).1;
    let again = site.come_back(&browser, &first, FORGOTTEN);
    assert_eq!(again.status, 303, "{}", again.body);
    let (url, second) = location(&again);
    assert_eq!(url, format!("{IDP}/authorize"));
    assert_ne!(second.get("state"), first.get("state"));
    // What was asked for is asked for again.
    assert_eq!(second.get("prompt"), Some("login"));
    assert_eq!(second.get("max_age"), Some("540"));
    // The first login is over, and the second leads where the first did.
    assert_page(&site.come_back(&browser, &first, "code=c0de"), 400);
    let now = site.fakes.now().seconds();
    let id_token = site.give(&second, &json!({ "auth_time": now }));
    let other = browser.copy();
    let answer = site.come_back(&browser, &second, "code=c0de");
    assert_eq!(
        answer.header("location"),
        Some("/deep?x=1"),
        "{}",
        answer.body
    );
    site.assert_unlogged(&[&id_token]);
    // The same once more is no circle.
    let page = site.come_back(&other, &second, FORGOTTEN);
    assert_page(&page, 400);
    assert!(
        page.body
            .contains("return_to=/deep%3Fx%3D1&amp;provider=acme"),
        "{}",
        page.body
    );
    let event = site.last_event();
    assert_eq!(
        event["reason"],
        "the provider said authentication_expired, twice"
    );
}

#[test]
fn where_the_provider_fails_there_is_a_link_to_the_page_that_was_wanted() {
    let site = Site::new();
    for error in ["temporarily_unavailable", "server_error"] {
        let browser = Browser::default();
        let asked = site.begin(&browser, "/deep%3Fx%3D1");
        let page = site.come_back(
            &browser,
            &asked,
            &format!("error={error}&error_description=evil"),
        );
        assert_page(&page, 503);
        assert_eq!(page.header("retry-after"), Some("2"));
        let link = "href=\"/_postern/login?return_to=/deep%3Fx%3D1&amp;provider=acme\"";
        assert!(page.body.contains(link), "{}", page.body);
        let event = site.last_event();
        let cause = event["cause"].as_str().unwrap();
        assert!(cause.contains("acme") && cause.contains(error), "{event}");
    }
    let browser = Browser::default();
    let asked = site.begin(&browser, "/deep");
    *site.token.borrow_mut() = (500, "evil".to_owned());
    let page = site.come_back(&browser, &asked, "code=c0de");
    assert_page(&page, 503);
    assert!(page.body.contains("return_to=/deep&amp;provider=acme"));
    assert!(!site.fakes.events().join("").contains("evil"));
}

#[test]
fn whoever_is_in_too_many_groups_gets_in_with_what_fits() {
    let site = Site::new();
    let browser = Browser::default();
    let asked = site.begin(&browser, "/");
    let groups: Vec<String> = (0..300).map(|at| format!("{at:036}")).collect();
    site.give(&asked, &json!({ "team": groups }));
    assert_eq!(site.come_back(&browser, &asked, "code=c0de").status, 303);
    let events = site.fakes.events();
    let event = events.iter().find(|e| e.contains("claims_left_out"));
    let event: Value = serde_json::from_str(event.unwrap()).unwrap();
    assert_eq!([&event["claim"], &event["subject"]], ["team", "acme:7"]);
    assert_eq!([&event["kept"], &event["of"]], [104, 300]);
    let advice = event["advice"].as_str().unwrap();
    assert!(advice.contains("only the groups or roles that this site needs"));
    // What can't be divided is told on a page, and trying again does not help.
    let browser = Browser::default();
    let asked = site.begin(&browser, "/");
    site.give(&asked, &json!({ "team": "x".repeat(5_000) }));
    let page = site.come_back(&browser, &asked, "code=c0de");
    assert_page(&page, 403);
    assert!(
        page.body.contains("Trying again does not help"),
        "{}",
        page.body
    );
    let reason = site.last_event()["reason"].to_string();
    assert!(reason.contains("there is no room for team"), "{reason}");
}
