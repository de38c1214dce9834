//! RFC 6749 section 4.1, RFC 7636, RFC 9207, and OpenID Connect Core section 3.1.2.

use std::time::Duration;

use futures_executor::block_on;

use crate::fakes::world::*;
use crate::fakes::{Fault, PickCall};
use crate::issue::ending::end_session;
use crate::ports::Clock;
use crate::protocol::Answer;
use crate::token::TokenKind;

const PATH: &str = "/oauth/authorize";

/// Asserts that the client is told of an error, and where.
#[track_caller]
fn assert_fault(answer: &Answer, error: &str) {
    assert!([200, 303].contains(&answer.status), "{}", answer.body);
    let (uri, parameters) = location(answer);
    assert_eq!(uri, CALLBACK);
    assert_eq!(parameters.get("error"), Some(error));
    assert_eq!(parameters.get("state"), Some("st&te"));
    // RFC 9207 section 2: in error responses as well.
    assert_eq!(parameters.get("iss"), Some(ISSUER));
    assert!(parameters.get("error_description").is_some());
    assert_eq!(parameters.get("code"), None);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
}

#[track_caller]
fn assert_code(answer: &Answer) -> String {
    assert!([200, 303].contains(&answer.status), "{}", answer.body);
    let (uri, parameters) = location(answer);
    assert_eq!(uri, CALLBACK);
    assert_eq!(parameters.get("error"), None);
    assert_eq!(parameters.get("state"), Some("st&te"));
    assert_eq!(parameters.get("iss"), Some(ISSUER));
    parameters.get("code").expect("a code").to_owned()
}

#[track_caller]
fn assert_consent(answer: &Answer) {
    assert_page(answer, 200);
    assert!(answer.body.contains("Allow access?"), "{}", answer.body);
}

/// The answer to `app`, for which `ann` is logged in and has agreed.
fn ask(change: &[(&str, &str)]) -> Answer {
    let world = World::new();
    let ann = world.logged_in("ann");
    world.code(&ann, "app", &[]);
    world.get(&ann, &authorize("app", change))
}

#[test]
fn nobody_is_sent_to_an_address_that_is_not_registered() {
    // RFC 6749 section 4.1.2.1.
    for change in [
        [("client_id", "")],
        [("client_id", "nobody")],
        [("client_id", "APP")],
        // A client that sends no people here.
        [("client_id", "robot")],
        [("redirect_uri", "")],
        [("redirect_uri", "https://evil.example/cb")],
        [("redirect_uri", "https://app.example.com/cb/")],
        [("redirect_uri", "https://app.example.com/cb?x=y")],
        [("redirect_uri", "https://app.example.com/CB")],
        [("redirect_uri", "https://app.example.com/cb#")],
        [("redirect_uri", "http://127.0.0.1/cb")],
    ] {
        assert_page(&ask(&change), 400);
    }
}

#[test]
fn a_parameter_twice_or_not_utf8_is_a_page() {
    // RFC 6749 section 3.1: it is not certain whose redirect URI that is.
    let world = World::new();
    let ann = world.logged_in("ann");
    let good = authorize("app", &[]);
    for bad in [
        format!("{good}&state=x"),
        format!("{good}&client_id=app"),
        format!("{good}&redirect_uri={CALLBACK}"),
        format!("{good}&x&x"),
        format!("{good}&%ff=1"),
        PATH.to_owned(),
        format!("{PATH}?"),
    ] {
        assert_page(&world.get(&ann, &bad), 400);
    }
    // Unknown ones are ignored (section 3.1).
    assert_consent(&world.get(&ann, &format!("{good}&x=1&y=2")));
}

#[test]
fn every_fault_goes_back_to_the_client() {
    for (change, error) in [
        (("response_type", ""), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (
            ("response_type", "code id_token"),
            "unsupported_response_type",
        ),
        (("response_mode", "fragment"), "invalid_request"),
        (("response_mode", "form_post"), "invalid_request"),
        // RFC 7636 section 4.4.1.
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("code_challenge", &"+".repeat(43)), "invalid_request"),
        (
            ("code_challenge", &format!("{}=", challenge())),
            "invalid_request",
        ),
        (("code_challenge_method", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", "s256"), "invalid_request"),
        (("scope", "read admin"), "invalid_scope"),
        (("scope", "read\twrite"), "invalid_scope"),
        (("scope", " "), "invalid_scope"),
        (("scope", "a\"b"), "invalid_scope"),
        // RFC 8707 section 2.
        (("resource", "https://other.example"), "invalid_target"),
        (("resource", "orders"), "invalid_target"),
        (("resource", &format!("{ORDERS}#x")), "invalid_target"),
        (("max_age", "soon"), "invalid_request"),
        (("max_age", "-1"), "invalid_request"),
        (("max_age", "1.5"), "invalid_request"),
        (("prompt", "create"), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
        (("prompt", "consent none"), "invalid_request"),
        (("prompt", "login\tconsent"), "invalid_request"),
        (("prompt", "none  login"), "invalid_request"),
        // OpenID Connect Core section 3.1.2.6.
        (("request", "x.y.z"), "request_not_supported"),
        (
            ("request_uri", "https://app.example.com/r"),
            "request_uri_not_supported",
        ),
    ] {
        assert_fault(&ask(&[change]), error);
    }
}

#[test]
fn a_redirect_uri_with_a_query_keeps_it() {
    // RFC 6749 section 3.1.2.
    let world = World::new();
    let ann = world.logged_in("ann");
    let uri = "https://app.example.com/cb?tenant=1";
    let fault = world.get(
        &ann,
        &authorize("app", &[("redirect_uri", uri), ("scope", "x")]),
    );
    assert!(
        fault
            .header("location")
            .unwrap()
            .starts_with(&format!("{uri}&error=invalid_scope&"))
    );
    let page = world.get(&ann, &authorize("app", &[("redirect_uri", uri)]));
    let answer = world.agree(&ann, &page);
    assert!(
        leads_to(&answer)
            .unwrap()
            .starts_with(&format!("{uri}&code=pst_ac_"))
    );
}

#[test]
fn a_loopback_port_and_a_private_scheme_are_led_back_to() {
    // RFC 8252 sections 7.1 and 7.3.
    let world = World::new();
    let ann = world.logged_in("ann");
    for uri in [
        "http://127.0.0.1:5100/cb",
        "http://127.0.0.1:61000/cb",
        "com.example.app:/cb",
    ] {
        let code = world.code(&ann, "spa", &[("redirect_uri", uri), ("prompt", "consent")]);
        let answer = world.redeem_with("spa", &code, &[("redirect_uri", uri)]);
        assert_eq!(answer.status, 200, "{uri}");
    }
    let uri = "http://127.0.0.1:5100/cb/";
    assert_page(
        &world.get(&ann, &authorize("spa", &[("redirect_uri", uri)])),
        400,
    );
}

#[test]
fn without_state_the_answer_has_no_state() {
    let answer = ask(&[("state", ""), ("scope", "x")]);
    assert_eq!(location(&answer).1.get("state"), None);
}

#[test]
fn who_is_not_logged_in_comes_back_to_the_same_request() {
    let world = World::new();
    let browser = Browser::default();
    for (change, rest, behind) in [
        (vec![], vec![], ""),
        (vec![("scope", "read")], vec![("scope", "read")], ""),
        (vec![("login_hint", "a&b")], vec![], "&login_hint=a%26b"),
        (vec![("prompt", "login")], vec![], "&prompt=login"),
        (vec![("prompt", "select_account")], vec![], "&prompt=login"),
        (vec![("max_age", "60")], vec![], "&max_age=60"),
        (vec![("prompt", "consent")], vec![("prompt", "consent")], ""),
        (
            vec![("prompt", "login consent"), ("max_age", "0")],
            vec![("prompt", "consent")],
            "&prompt=login&max_age=0",
        ),
    ] {
        let answer = world.get(&browser, &authorize("app", &change));
        assert_eq!(answer.status, 303, "{}", answer.body);
        let expected = login_for(&authorize("app", &rest)) + behind;
        assert_eq!(answer.header("location"), Some(&*expected));
    }
}

#[test]
fn an_encoded_name_does_not_keep_prompt_in_the_request() {
    // Else the login would be asked for again and again.
    let world = World::new();
    let target = format!("{}&pr%6Fmpt=login&max%5Fage=0", authorize("app", &[]));
    let answer = world.get(&Browser::default(), &target);
    let expected = login_for(&authorize("app", &[])) + "&prompt=login&max_age=0";
    assert_eq!(answer.header("location"), Some(&*expected));
}

#[test]
fn a_whole_login_leads_back_to_the_request_and_to_a_code() {
    let world = World::new();
    let browser = Browser::default();
    let answer = world.get(
        &browser,
        &authorize("app", &[("prompt", "login"), ("login_hint", "ann")]),
    );
    let page = world.get(&browser, answer.header("location").unwrap());
    assert_page(&page, 200);
    assert!(page.body.contains("value=\"ann\""));
    let (return_to, form_token) = (hidden(&page, "return_to"), hidden(&page, "form_token"));
    let answer = world.submit(
        &browser,
        "/_postern/login",
        &[
            ("return_to", &return_to),
            ("form_token", &form_token),
            ("username", "ann"),
            ("password", PASSWORD),
        ],
    );
    let target = leads_to(&answer).unwrap();
    assert_eq!(target, authorize("app", &[]));
    let page = world.get(&browser, &target);
    assert_consent(&page);
    let code = assert_code(&world.agree(&browser, &page));
    let tokens = Tokens::of(&world.redeem("app", &code));
    assert!(world.counts(&tokens.access));
    world.assert_unlogged(&[
        &code,
        &tokens.access,
        tokens.refresh(),
        &form_token,
        "st&te",
    ]);
    world.assert_unlogged(&[&browser.ticket().unwrap()]);
    assert!(
        !world
            .fakes
            .events()
            .iter()
            .any(|line| line.contains("\"password\":"))
    );
}

#[test]
fn what_is_too_long_to_come_back_to_is_told_to_the_client() {
    let world = World::new();
    let ann = world.logged_in("ann");
    world.code(&ann, "app", &[]);
    // What works with a login works without one too, and what does not, does not.
    let of = |length: usize| {
        let rest = authorize("app", &[("x", "y")]).len() - 1;
        authorize("app", &[("x", &"y".repeat(length - rest))])
    };
    assert_eq!(of(8_000).len(), 8_000);
    assert_code(&world.get(&ann, &of(8_000)));
    let led = world.get(&Browser::default(), &of(8_000));
    assert_eq!(location(&led).0, "/_postern/login");
    for browser in [&ann, &Browser::default()] {
        assert_fault(&world.get(browser, &of(8_001)), "invalid_request");
    }
}

/// A form may have characters that no URL has, and a query some that few people expect.
#[test]
fn what_works_with_a_login_works_without_one() {
    let world = World::new();
    let ann = world.logged_in("ann");
    world.code(&ann, "app", &[]);
    for odd in [
        "&x=a b",
        "&x=\u{e9}#y",
        "&x=\t\u{7f}",
        "&x=\\d",
        "&x",
        "&=&&y=%",
    ] {
        let form = format!("{}{odd}", request("app", &[]));
        let post = |browser: &Browser| world.browse(browser, "POST", PATH, &[], Some(&form));
        assert_code(&post(&ann));
        let (path, led) = location(&post(&Browser::default()));
        assert_eq!(path, "/_postern/login", "{odd}");
        // Whoever comes back from the login has the same request.
        assert_code(&world.get(&ann, led.get("return_to").unwrap()));
    }
}

#[test]
fn without_a_page_there_is_a_code_or_the_reason_why_not() {
    // OpenID Connect Core section 3.1.2.1.
    let world = World::new();
    let none = authorize("app", &[("prompt", "none")]);
    assert_fault(&world.get(&Browser::default(), &none), "login_required");
    let ann = world.logged_in("ann");
    assert_fault(&world.get(&ann, &none), "consent_required");
    world.code(&ann, "app", &[]);
    assert_code(&world.get(&ann, &none));
    world.fakes.advance(std::time::Duration::from_secs(61));
    let aged = authorize("app", &[("prompt", "none"), ("max_age", "60")]);
    assert_fault(&world.get(&ann, &aged), "login_required");
}

#[test]
fn a_login_may_be_as_old_as_the_client_says() {
    let world = World::new();
    let ann = world.logged_in("ann");
    world.code(&ann, "app", &[]);
    let age = |seconds: &str| world.get(&ann, &authorize("app", &[("max_age", seconds)]));
    let is_login = |answer: &Answer| location(answer).0 == "/_postern/login";
    assert!(is_login(&age("0")));
    world.fakes.advance(std::time::Duration::from_mins(1));
    assert_code(&age("60"));
    assert_code(&age("18446744073709551615"));
    world.fakes.advance(std::time::Duration::from_millis(1));
    assert!(is_login(&age("60")));
    assert_code(&age("61"));
    for prompt in ["login", "select_account", "login consent"] {
        assert!(is_login(
            &world.get(&ann, &authorize("app", &[("prompt", prompt)]))
        ));
    }
}

/// The request goes through the person's browser, who can take `prompt` and `max_age` out. The client sees it all the same.
#[test]
fn who_goes_round_a_new_login_has_the_time_of_the_old_one() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let logged_in_at = world.fakes.now().seconds();
    world.code(&ann, "app", &[]);
    world.fakes.advance(std::time::Duration::from_mins(10));
    for change in [("prompt", "login"), ("max_age", "60")] {
        let to_login = world.get(&ann, &authorize("app", &[change]));
        let (path, parameters) = location(&to_login);
        assert_eq!(path, "/_postern/login");
        // By hand, without the login.
        let answer = world.get(&ann, parameters.get("return_to").unwrap());
        let code = location(&answer).1.get("code").unwrap().to_owned();
        let token = Tokens::of(&world.redeem("app", &code)).access;
        let meaning = world.api("/oauth/introspect", "gateway", &[("token", &token)]);
        assert_eq!(json(&meaning)["auth_time"], logged_in_at);
    }
}

#[test]
fn consent_is_asked_for_once_for_each_scope() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let page = world.get(&ann, &authorize("app", &[("scope", "read")]));
    assert_consent(&page);
    for shown in ["The App", "app.example.com", "<code>read</code>", "ann"] {
        assert!(page.body.contains(shown), "{shown}");
    }
    assert!(!page.body.contains("<code>write</code>"));
    assert_eq!(
        hidden(&page, "request"),
        request("app", &[("scope", "read")])
    );
    assert_code(&world.agree(&ann, &page));
    assert_code(&world.get(&ann, &authorize("app", &[("scope", "read")])));
    // More than that is asked for again; another person's answer is their own.
    let page = world.get(&ann, &authorize("app", &[]));
    assert_consent(&page);
    world.agree(&ann, &page);
    assert_code(&world.get(&ann, &authorize("app", &[("scope", "write")])));
    assert_consent(&world.get(
        &world.logged_in("bob"),
        &authorize("app", &[("scope", "read")]),
    ));
    // Another login of hers knows it.
    assert_code(&world.get(&world.logged_in("ann"), &authorize("app", &[])));
    // prompt=consent asks all the same, and again.
    for _ in 0..2 {
        let page = world.get(&ann, &authorize("app", &[("prompt", "consent")]));
        assert_consent(&page);
        assert_code(&world.agree(&ann, &page));
    }
}

#[test]
fn a_client_of_the_site_itself_is_not_asked_about() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let answer = world.get(&ann, &authorize("web", &[]));
    assert!(location(&answer).1.get("code").is_some());
    assert_consent(&world.get(&ann, &authorize("web", &[("prompt", "consent")])));
}

/// Any program on a person's machine may listen on a port there, or register the scheme, and say that it is the client: RFC
/// 8252 section 8.6.
#[test]
fn where_any_program_could_be_the_client_consent_is_asked_for_each_time() {
    for is_first_party in [false, true] {
        let mut world = World::new();
        let spa = world.client_mut("spa");
        spa.is_first_party = is_first_party;
        let page = "https://spa.example.com/cb";
        spa.redirect_uris.push(page.parse().unwrap());
        spa.redirect_uris
            .push("http://localhost:5/cb".parse().unwrap());
        let ann = world.logged_in("ann");
        for uri in [
            "http://127.0.0.1:5100/cb",
            "http://localhost:5/cb",
            "com.example.app:/cb",
        ] {
            let target = |prompt| authorize("spa", &[("redirect_uri", uri), ("prompt", prompt)]);
            for _ in 0..2 {
                let page = world.get(&ann, &target(""));
                assert_consent(&page);
                assert!(location(&world.agree(&ann, &page)).1.get("code").is_some());
            }
            let silent = location(&world.get(&ann, &target("none"))).1;
            assert_eq!(silent.get("error"), Some("consent_required"), "{uri}");
        }
        // Nobody else can be at that host, so what was agreed to counts there.
        let answer = world.get(&ann, &authorize("spa", &[("redirect_uri", page)]));
        assert!(location(&answer).1.get("code").is_some());
        // Without the secret, a code is of no use to another program.
        let spa = world.client_mut("spa");
        spa.is_public = false;
        let answer = world.get(&ann, &authorize("spa", &[]));
        assert!(location(&answer).1.get("code").is_some());
    }
}

#[test]
fn a_person_who_says_no_gives_nothing() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let page = world.get(&ann, &authorize("app", &[]));
    for decision in ["deny", "maybe"] {
        assert_fault(&world.decide(&ann, &page, decision), "access_denied");
    }
    assert_eq!(world.fakes.calls.offer.count(), 0);
    assert_consent(&world.get(&ann, &authorize("app", &[])));
}

#[test]
fn a_consent_from_another_browser_does_not_count() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let page = world.get(&ann, &authorize("app", &[]));
    let (request, token) = (hidden(&page, "request"), hidden(&page, "form_token"));
    let wide = crate::fakes::world::request("app", &[("scope", "write")]);
    let form = |request: &str, token: &str| {
        [
            ("request", request.to_owned()),
            ("form_token", token.to_owned()),
            ("decision", "allow".to_owned()),
        ]
    };
    let send = |browser: &Browser, origin: &str, form: &[(&str, String)]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        world.submit_from(browser, origin, PATH, &form)
    };
    let good = form(&request, &token);
    let other_page = world.get(&ann, &authorize("app", &[("scope", "read")]));
    let other_token = hidden(&other_page, "form_token");
    let logout = hidden(&world.get(&ann, "/_postern/logout"), "form_token");
    for bad in [
        form(&request, ""),
        form(&request, "x"),
        form(&request, &other_token),
        form(&request, &logout),
        form(&wide, &token),
        form(&format!("{request}&x=1"), &token),
    ] {
        assert_page(&send(&ann, ISSUER, &bad), 403);
    }
    for origin in [
        "https://evil.example",
        "null",
        "https://auth.example.com:443",
        "",
    ] {
        assert_page(&send(&ann, origin, &good), 403);
    }
    // Another browser with the same login: the form's cookie is not there, or is another.
    let other = world.logged_in("ann");
    assert_page(&send(&other, ISSUER, &good), 403);
    let other = ann.copy();
    other.set("__Host-postern-browser", "AAAAAAAAAAAAAAAAAAAAAA");
    assert_page(&send(&other, ISSUER, &good), 403);
    // Another person in the same browser.
    let other = ann.copy();
    other.set(
        "__Host-postern-session",
        &world.logged_in("bob").ticket().unwrap(),
    );
    assert_page(&send(&other, ISSUER, &good), 403);
    // Nobody: they are to log in first.
    let other = ann.copy();
    other.set("__Host-postern-session", "x");
    assert_eq!(location(&send(&other, ISSUER, &good)).0, "/_postern/login");
    // Open for too long.
    world.fakes.advance(std::time::Duration::from_hours(1));
    assert_page(&send(&ann, ISSUER, &good), 403);
    assert_eq!(world.fakes.calls.offer.count(), 0);
    // And nothing of it was remembered.
    assert_consent(&world.get(&ann, &authorize("app", &[])));
}

#[test]
fn a_code_counts_only_for_its_client_and_its_request() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let code = world.code(&ann, "app", &[]);
    assert!(
        keys()
            .open(TokenKind::Code, &code, world.fakes.now())
            .is_ok()
    );
    let wrong = "a".repeat(43);
    for change in [
        [("code_verifier", wrong.as_str())],
        [("redirect_uri", "https://app.example.com/cb?tenant=1")],
        [("redirect_uri", "https://evil.example/")],
    ] {
        assert_error(
            &world.redeem_with("app", &code, &change),
            400,
            "invalid_grant",
        );
    }
    assert_error(&world.redeem("spa", &code), 400, "invalid_grant");
    assert_error(&world.redeem("web", &code), 400, "invalid_grant");
    Tokens::of(&world.redeem("app", &code));
}

#[test]
fn a_login_that_ends_in_between_gives_nothing() {
    let world = World::new();
    let ann = world.logged_in("ann");
    world.code(&ann, "app", &[]);
    let login = keys()
        .open(TokenKind::Ticket, &ann.ticket().unwrap(), world.fakes.now())
        .unwrap()
        .session;
    // The log was asked, and then it ended.
    world.fakes.calls.index_consent.set_delay(1);
    world.fakes.calls.adopt.set_delay(1);
    let target = authorize("app", &[]);
    let cookie = format!("__Host-postern-session={}", ann.ticket().unwrap());
    let headers = [("cookie", cookie.as_str())];
    let asked = world.answer(&world.resolver, "GET", &target, &headers, None);
    let ended = async {
        let elsewhere = isolate();
        end_session(login, None, &elsewhere, &world.fakes).await
    };
    let (answer, ended) = block_on(futures_util::future::join(asked, ended));
    ended.unwrap();
    assert_fault(&answer, "login_required");
    assert_eq!(world.fakes.calls.adopt.count(), 2);
}

#[test]
fn an_outage_gives_no_code() {
    let calls: [PickCall; 6] = [
        |calls| &calls.record_read,
        |calls| &calls.since,
        |calls| &calls.index_consent,
        |calls| &calls.index_put,
        |calls| &calls.adopt,
        |calls| &calls.offer,
    ];
    for call in calls {
        for fault in Fault::FAILING {
            let mut world = World::new();
            let ann = world.logged_in("ann");
            world.code(&ann, "app", &[]);
            // Another isolate, which knows nothing of this login yet.
            world.resolver = isolate();
            let failing = call(&world.fakes.calls);
            failing.set_fault(fault);
            assert_fault(
                &world.get(&ann, &authorize("app", &[])),
                "temporarily_unavailable",
            );
            let events = world.fakes.events();
            assert!(
                events.iter().any(|e| e.contains("dependency_unavailable")),
                "{events:?}"
            );
            call(&world.fakes.calls).set_fault(Fault::None);
            let code = assert_code(&world.get(&ann, &authorize("app", &[])));
            assert!(world.counts(&Tokens::of(&world.redeem("app", &code)).access));
        }
    }
}

#[test]
fn a_consent_that_cannot_be_remembered_gives_no_code_and_is_asked_for_again() {
    for fault in Fault::FAILING {
        let world = World::new();
        let ann = world.logged_in("ann");
        let page = world.get(&ann, &authorize("app", &[]));
        world.fakes.calls.index_agree.set_fault(fault);
        assert_fault(&world.agree(&ann, &page), "temporarily_unavailable");
        world.fakes.calls.index_agree.set_fault(Fault::None);
        assert_code(&world.agree(&ann, &page));
    }
}

#[test]
fn the_request_may_be_posted() {
    // RFC 6749 section 3.1.
    let world = World::new();
    let ann = world.logged_in("ann");
    world.code(&ann, "app", &[]);
    let post = |browser: &Browser, form: &str| {
        world.browse(
            browser,
            "POST",
            PATH,
            &[("origin", "https://app.example.com")],
            Some(form),
        )
    };
    assert_code(&post(&ann, &request("app", &[])));
    // SameSite=Lax: from another site it comes without the cookie, and the login leads back with a GET.
    let answer = post(&Browser::default(), &request("app", &[]));
    assert_eq!(
        answer.header("location"),
        Some(&*login_for(&authorize("app", &[])))
    );
    assert_page(
        &post(&ann, &format!("{}&state=2", request("app", &[]))),
        400,
    );
    let large = format!("{}&x={}", request("app", &[]), "y".repeat(32 * 1024));
    assert_page(&post(&ann, &large), 413);
    assert_page(&world.browse(&ann, "POST", PATH, &[], None), 400);
    let put = world.browse(&ann, "PUT", PATH, &[], None);
    assert_eq!((put.status, put.header("allow")), (405, Some("GET, POST")));
}

#[test]
fn the_token_is_for_the_requested_scope_and_resources() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let code = world.code(&ann, "app", &[("scope", "write"), ("resource", USERS)]);
    let tokens = Tokens::of(&world.redeem("app", &code));
    assert_eq!(tokens.scope, "write");
    let body = json(&world.api("/oauth/introspect", "gateway", &[("token", &tokens.access)]));
    assert_eq!(body["aud"], USERS);
    assert_eq!(body["sub"], "ann");
    assert_eq!(body["username"], "ann");
    assert_eq!(body["client_id"], "app");
    assert_eq!(body["amr"], serde_json::json!(["pwd"]));
    assert_eq!(body["auth_time"], crate::fakes::START.seconds());
}

#[test]
fn a_login_goes_on_while_only_applications_use_it() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let first = ann.ticket().unwrap();
    let mut renewed = 0;
    for hour in 1..=50 {
        world.fakes.advance(Duration::from_hours(1));
        let before = ann.ticket();
        let answer = world.get(&ann, &authorize("web", &[("prompt", "none")]));
        let (_, parameters) = location(&answer);
        assert!(
            parameters.get("code").is_some(),
            "after {hour} h: {answer:?}"
        );
        renewed += u32::from(ann.ticket() != before);
    }
    // Half of a day is over four times in 50 hours.
    assert_eq!(renewed, 4);
    // But not beyond `session_lifetime`, whatever is asked.
    let mut last = None;
    for hour in 51..=200 {
        world.fakes.advance(Duration::from_hours(1));
        let answer = world.get(&ann, &authorize("web", &[("prompt", "none")]));
        if location(&answer).1.get("code").is_some() {
            last = Some(hour);
        }
    }
    assert_eq!(last, Some(167));
    let refused = world.get(&ann, &authorize("web", &[("prompt", "none")]));
    assert_eq!(location(&refused).1.get("error"), Some("login_required"));
    world.assert_unlogged(&[&first]);
}

#[test]
fn what_keeps_a_ticket_from_being_renewed_keeps_nobody_from_a_code() {
    let calls: [PickCall; 2] = [|calls| &calls.record_write, |calls| &calls.touch];
    for call in calls {
        for fault in Fault::FAILING {
            let world = World::new();
            let ann = world.logged_in("ann");
            let before = ann.ticket();
            world.fakes.advance(world.config.session_idle / 2);
            call(&world.fakes.calls).set_fault(fault);
            let answer = world.get(&ann, &authorize("web", &[("prompt", "none")]));
            assert!(location(&answer).1.get("code").is_some());
            assert_eq!(ann.ticket(), before);
        }
    }
}

#[test]
fn what_follows_the_form_for_consent_is_a_page_that_goes_on() {
    // Chromium holds a form to `form-action` through every redirect, and the page says 'self'.
    let world = World::new();
    let ann = world.logged_in("ann");
    for (decision, title) in [
        ("allow", "You allowed access"),
        ("deny", "You did not allow access"),
    ] {
        let page = world.get(&ann, &authorize("app", &[("prompt", "consent")]));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("; form-action 'self'; "), "{policy}");
        let answer = world.decide(&ann, &page, decision);
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body.contains(title), "{}", answer.body);
        assert_eq!(location(&answer).0, CALLBACK);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    }
    // Without a form, nothing is in between.
    assert_eq!(world.get(&ann, &authorize("app", &[])).status, 303);
}
