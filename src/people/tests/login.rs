//! Logging in with a password, and the way to a provider.

use super::*;
use crate::accounts::{Accounts, MOST_FROM_ALL, MOST_FROM_ONE, PLACES, RESERVED, Roster};
use crate::fakes::world::{
    PASSWORD, assert_page, authorize, has_session_cookie, leads_to, login_for,
};
use crate::fakes::{ATTEMPTS, Fault, PickCall};

/// Fills in the form for `return_to`.
fn try_login(
    world: &World,
    browser: &Browser,
    return_to: &str,
    name: &str,
    password: &str,
) -> Answer {
    // Whoever is in has to ask for it.
    let page = world.get(browser, &(login_for(return_to) + "&prompt=login"));
    send(world, browser, &page, name, password)
}

fn send(world: &World, browser: &Browser, page: &Answer, name: &str, password: &str) -> Answer {
    let (return_to, token) = (hidden(page, "return_to"), hidden(page, "form_token"));
    let form = [
        ("return_to", return_to.as_str()),
        ("form_token", &token),
        ("username", name),
        ("password", password),
    ];
    world.submit(browser, LOGIN, &form)
}

#[test]
fn the_right_password_logs_the_person_in_and_leads_back() {
    let world = World::new();
    let browser = Browser::default();
    let answer = try_login(
        &world,
        &browser,
        "/reports?year=2026&x=%2F",
        "ann",
        PASSWORD,
    );
    assert_eq!(answer.status, 200);
    assert_eq!(
        leads_to(&answer).as_deref(),
        Some("/reports?year=2026&x=%2F")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-postern-session=pst_st_"));
    for attribute in [
        "; Secure",
        "; HttpOnly",
        "; SameSite=Lax",
        "; Path=/",
        "; Max-Age=86400",
    ] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(world.login_counts(&browser));
    let event = world.last_event();
    assert_eq!(event["event"], "logged_in");
    assert_eq!([&event["subject"], &event["with"]], ["ann", "password"]);
    let ticket = browser.ticket().unwrap();
    let named = browser.cookie("__Host-postern-browser").unwrap();
    world.assert_unlogged(&[&ticket, &named]);
    assert!(!world.fakes.dump().contains("ann"));
}

#[test]
fn a_login_ends_another_persons_login_in_the_same_browser() {
    let world = World::new();
    let browser = Browser::default();
    try_login(&world, &browser, "/", "ann", PASSWORD);
    let (kept, tokens) = (browser.copy(), world.authorized(&browser, "app"));
    // Ann logs in again: what her clients have stays valid.
    try_login(&world, &browser, "/", "ann", PASSWORD);
    assert!(world.login_counts(&kept) && world.counts(&tokens.access));
    let of_ann = browser.copy();
    let answer = try_login(&world, &browser, "/", "bob", PASSWORD);
    assert_eq!(answer.status, 200);
    assert!(world.login_counts(&browser) && !world.login_counts(&of_ann));
    // Ann's first login is in another browser now, and stays.
    assert!(world.login_counts(&kept));
    let events = world.fakes.events().join("\n");
    assert!(events.contains("\"reason\":\"replaced\""), "{events}");
    assert_eq!(world.last_event()["subject"], "bob");
}

#[test]
fn a_login_goes_ahead_even_if_the_one_before_cannot_be_ended() {
    let calls: [PickCall; 3] = [
        |calls| &calls.since,
        |calls| &calls.end,
        |calls| &calls.append,
    ];
    for call in calls {
        for fault in Fault::FAILING {
            let world = World::new();
            let browser = world.logged_in("ann");
            let page = world.get(&browser, &(login_for("/") + "&prompt=login"));
            call(&world.fakes.calls).set_fault(fault);
            let answer = send(&world, &browser, &page, "bob", PASSWORD);
            call(&world.fakes.calls).set_fault(Fault::None);
            assert_eq!(leads_to(&answer).as_deref(), Some("/"), "{fault:?}");
            assert!(has_session_cookie(&answer) && world.login_counts(&browser));
        }
    }
}

#[test]
fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let world = World::new();
    for (name, password) in [
        ("ann", "wr0ng"),
        ("nobody", "wr0ng"),
        ("nobody", PASSWORD),
        ("ann", ""),
    ] {
        let browser = Browser::default();
        let answer = try_login(&world, &browser, "/x", name, password);
        assert_page(&answer, 403);
        assert!(answer.body.contains("Wrong user name or password"));
        assert!(!answer.body.contains("wr0ng"));
        assert!(answer.body.contains(&format!("value=\"{name}\"")));
        assert_eq!(hidden(&answer, "return_to"), "/x");
        assert_eq!(browser.ticket(), None);
        assert_eq!(world.last_event()["reason"], "wrong name or password");
    }
    world.assert_unlogged(&["wr0ng", "nobody"]);
    assert_eq!(world.fakes.calls.open.count(), 0);
}

#[test]
fn after_a_wrong_password_the_same_form_takes_the_right_one() {
    let world = World::new();
    let browser = Browser::default();
    let page = try_login(&world, &browser, "/x", "ann", "wr0ng");
    let answer = send(&world, &browser, &page, "ann", PASSWORD);
    assert_eq!(leads_to(&answer).as_deref(), Some("/x"));
}

#[test]
fn a_form_that_is_not_this_browsers_own_lets_nobody_in() {
    // Otherwise an attacker could log a person in as somebody else (the attack of RFC 6749 section 10.12).
    let world = World::new();
    let browser = Browser::default();
    let page = world.get(&browser, &login_for("/x"));
    let token = hidden(&page, "form_token");
    let form = |return_to: &'static str, token: &str| {
        [
            ("return_to", return_to.to_owned()),
            ("form_token", token.to_owned()),
            ("username", "ann".to_owned()),
            ("password", PASSWORD.to_owned()),
        ]
    };
    let send = |browser: &Browser, headers: &[(&str, &str)], form: &[(&str, String)]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let form = crate::protocol::web_url::encode(&form);
        world.browse(browser, "POST", LOGIN, headers, Some(&form))
    };
    let own = [("origin", crate::fakes::world::ISSUER)];
    let good = form("/x", &token);
    for bad in [
        form("/x", ""),
        form("/x", "x"),
        form("/y", &token),
        form("//evil.example", &token),
    ] {
        assert_page(&send(&browser, &own, &bad), 400);
    }
    for headers in [
        vec![("origin", "https://evil.example")],
        vec![("origin", "null")],
        vec![],
        vec![("sec-fetch-site", "same-site")],
        vec![("origin", "null"), ("sec-fetch-site", "cross-site")],
    ] {
        assert_page(&send(&browser, &headers, &good), 400);
    }
    let other = Browser::default();
    assert_page(&send(&other, &own, &good), 400);
    other.set("__Host-postern-browser", "AAAAAAAAAAAAAAAAAAAAAA");
    assert_page(&send(&other, &own, &good), 400);
    assert_page(&world.browse(&browser, "POST", LOGIN, &own, None), 400);
    assert_eq!(world.fakes.calls.attempt.count(), 0);
    let null = [("origin", "null"), ("sec-fetch-site", "same-origin")];
    let answer = send(&browser, &null, &good);
    assert_eq!(leads_to(&answer).as_deref(), Some("/x"));
    // Open for too long. Whoever has signed in meanwhile is led on.
    world.fakes.advance(std::time::Duration::from_hours(1));
    let answer = send(&browser, &own, &good);
    assert_eq!(leads_to(&answer).as_deref(), Some("/x"));
    assert_eq!(world.fakes.calls.attempt.count(), 1);
    let named = Browser::default();
    let name = "__Host-postern-browser";
    named.set(name, &browser.cookie(name).unwrap());
    assert_page(&send(&named, &own, &good), 400);
}

#[test]
fn nobody_is_led_back_to_another_site() {
    for hostile in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "/%2F/evil.example",
        "/x\r\nset-cookie: a=b",
        "/a/..//evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/_postern/logout",
        "/_postern/login",
        "/%5fpostern/logout",
    ] {
        let world = World::new();
        let browser = Browser::default();
        let page = world.get(&browser, &login_for(hostile));
        assert_eq!(hidden(&page, "return_to"), "/", "{hostile:?}");
        let answer = send(&world, &browser, &page, "ann", PASSWORD);
        assert_eq!(leads_to(&answer).as_deref(), Some("/"));
        // The same in the form's own field.
        let token = hidden(&page, "form_token");
        let form = [
            ("return_to", hostile),
            ("form_token", &token),
            ("username", "ann"),
            ("password", PASSWORD),
        ];
        let answer = world.submit(&browser, LOGIN, &form);
        assert!(
            [Some("/"), None].contains(&leads_to(&answer).as_deref()),
            "{hostile:?}"
        );
    }
    let page = World::new().get(&Browser::default(), &login_for(SESSIONS));
    assert_eq!(hidden(&page, "return_to"), SESSIONS);
}

/// An attempt that comes from `address`.
fn try_from(world: &World, browser: &Browser, address: &str, name: &str, password: &str) -> Answer {
    futures_executor::block_on(trying_from(world, browser, address, name, password))
}

fn trying_from<'a>(
    world: &'a World,
    browser: &Browser,
    address: &'a str,
    name: &str,
    password: &str,
) -> impl Future<Output = Answer> + use<'a> {
    let page = world.get(browser, &(login_for("/") + "&prompt=login"));
    let (return_to, token) = (hidden(&page, "return_to"), hidden(&page, "form_token"));
    let form = [
        ("return_to", return_to.as_str()),
        ("form_token", &token),
        ("username", name),
        ("password", password),
    ];
    let form = crate::protocol::web_url::encode(&form);
    let cookies = browser.header();
    async move {
        let headers = [
            ("origin", crate::fakes::world::ISSUER),
            ("cf-connecting-ip", address),
            ("cookie", cookies.as_str()),
        ];
        world
            .answer(&world.resolver, "POST", LOGIN, &headers, Some(&form))
            .await
    }
}

#[test]
fn a_storm_under_a_name_shuts_out_strangers_and_not_a_browser_that_has_logged_in_before() {
    let world = World::new();
    let owner = Browser::default();
    try_login(&world, &owner, "/", "ann", PASSWORD);
    let stranger = |at: u32, name: &str, password: &str| {
        let address = format!("10.0.{}.{}", at / 256, at % 256);
        try_from(&world, &Browser::default(), &address, name, password)
    };
    for at in 0..MOST_FROM_ALL {
        let name = if at % 2 == 0 { "Ann" } else { "aNN" };
        assert_page(&stranger(at, name, "wr0ng"), 403);
    }
    let checks = world.fakes.checks();
    let refused = stranger(200, "ann", PASSWORD);
    assert_page(&refused, 429);
    assert_eq!(refused.header("retry-after"), Some("360"));
    assert!(refused.body.contains("Wait 6 minutes, then try again."));
    assert_eq!(world.last_event()["reason"], "too many attempts");
    assert_eq!(world.fakes.checks(), checks, "it was not looked at");
    // The owner is let in, from wherever they are, and so is everyone else.
    let answer = try_from(&world, &owner, "192.0.2.77", "ANN", PASSWORD);
    assert_eq!(leads_to(&answer).as_deref(), Some("/"));
    let answer = stranger(201, "bob", PASSWORD);
    assert_eq!(leads_to(&answer).as_deref(), Some("/"));
    // The cookie is of no use without the password, and not for other names.
    let checks = world.fakes.checks();
    let thief = owner.copy();
    for _ in 0..MOST_FROM_ONE {
        world.fakes.advance(std::time::Duration::from_mins(1));
        assert_page(&try_from(&world, &thief, "192.0.2.78", "ann", "wr0ng"), 403);
    }
    world.assert_unlogged(&[&owner.cookie("__Host-postern-known").unwrap()]);
    assert_eq!(world.fakes.checks(), checks + MOST_FROM_ONE);
}

#[test]
fn a_stolen_known_browser_has_ten_attempts_and_no_more() {
    let world = World::new();
    let owner = Browser::default();
    try_login(&world, &owner, "/", "ann", PASSWORD);
    // From many addresses, two a minute: the rate limit has nothing against it.
    for at in 0..MOST_FROM_ONE {
        let address = format!("10.0.0.{at}");
        assert_page(&try_from(&world, &owner, &address, "ann", "wr0ng"), 403);
        if at % 2 == 1 {
            world.fakes.advance(std::time::Duration::from_mins(1));
        }
    }
    let refused = try_from(&world, &owner, "10.0.1.1", "ann", PASSWORD);
    assert_page(&refused, 429);
    // A browser that nobody knows may still try.
    let stranger = Browser::default();
    let answer = try_from(&world, &stranger, "10.0.1.2", "ann", PASSWORD);
    assert_eq!(leads_to(&answer).as_deref(), Some("/"));
}

#[test]
fn a_password_login_makes_the_browser_known_for_ninety_days() {
    let world = World::new();
    let browser = Browser::default();
    let answer = try_login(&world, &browser, "/", "ann", PASSWORD);
    let (_, cookie) = answer
        .headers
        .iter()
        .find(|(_, value)| value.starts_with("__Host-postern-known="))
        .expect("the browser is known from now on");
    for attribute in [
        "; Secure",
        "; HttpOnly",
        "; SameSite=Lax",
        "; Path=/",
        "; Max-Age=7776000",
    ] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    // Of the same length for every name, and without it.
    let value = |browser: &Browser| browser.cookie("__Host-postern-known").unwrap();
    let other = Browser::default();
    try_login(&world, &other, "/", "bob", PASSWORD);
    assert_eq!(value(&browser).len(), value(&other).len());
    assert_ne!(value(&browser), value(&other));
    // A wrong password changes nothing.
    let before = value(&browser);
    try_login(&world, &browser, "/", "ann", "wr0ng");
    assert_eq!(value(&browser), before);
}

#[test]
fn attempts_are_counted_by_source_and_the_right_password_does_not_help() {
    let world = World::new();
    let browser = Browser::default();
    for at in 0..ATTEMPTS {
        // One network, whatever the rest of the address is.
        let (name, address) = (format!("name{at}"), format!("2001:db8:0:1:{at}::"));
        assert_page(&try_from(&world, &browser, &address, &name, "wr0ng"), 403);
    }
    let answer = try_from(&world, &browser, "2001:db8:0:1::9", "ann", PASSWORD);
    assert_page(&answer, 429);
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(world.last_event()["reason"], "too many attempts");
    assert_eq!(world.fakes.calls.open.count(), 0);
    // The object is not asked any more.
    assert_eq!(world.fakes.calls.attempt.count(), ATTEMPTS + 1);
    assert_eq!(world.fakes.calls.check.count(), ATTEMPTS);
    let answer = try_from(&world, &browser, "2001:db8:0:2::9", "ann", PASSWORD);
    assert_eq!(leads_to(&answer).as_deref(), Some("/"));
}

#[test]
fn too_many_at_once_are_told_to_come_back() {
    let world = World::new();
    let browsers: Vec<Browser> = (0..=PLACES - RESERVED)
        .map(|_| Browser::default())
        .collect();
    let addresses: Vec<String> = (0..browsers.len())
        .map(|at| format!("10.0.0.{at}"))
        .collect();
    let all = browsers.iter().zip(&addresses);
    let all = all.map(|(browser, address)| trying_from(&world, browser, address, "ann", "wr0ng"));
    let answers = futures_executor::block_on(futures_util::future::join_all(all));
    let (last, others) = answers.split_last().unwrap();
    for answer in others {
        assert_page(answer, 403);
    }
    assert_page(last, 503);
    assert_eq!(last.header("retry-after"), Some("5"));
    assert!(last.body.contains("Too many people are signing in"));
    let events = world.fakes.events().join("\n");
    assert!(events.contains("too many attempts at once"), "{events}");
}

#[test]
fn an_account_that_this_isolate_does_not_know_yet_is_503() {
    let mut world = World::new();
    let (line, _) = crate::fakes::world::LINES.split_once('\n').unwrap();
    assert!(line.starts_with("ann:"));
    world.config.accounts = Roster::of(&Accounts::parse(line).unwrap());
    let browser = Browser::default();
    assert_page(&try_login(&world, &browser, "/", "bob", PASSWORD), 503);
    assert_eq!(world.last_event()["dependency"], "account object");
    assert_page(&try_login(&world, &browser, "/", "bob", "wr0ng"), 403);
}

#[test]
fn an_attempt_that_cannot_be_counted_checked_or_recorded_logs_nobody_in() {
    let calls: [PickCall; 4] = [
        |calls| &calls.attempt,
        |calls| &calls.check,
        |calls| &calls.open,
        |calls| &calls.record_write,
    ];
    for call in calls {
        for fault in Fault::FAILING {
            let world = World::new();
            let browser = Browser::default();
            call(&world.fakes.calls).set_fault(fault);
            assert_page(&try_login(&world, &browser, "/", "ann", PASSWORD), 503);
            assert_eq!(browser.ticket(), None);
            assert_eq!(world.last_event()["event"], "dependency_unavailable");
            call(&world.fakes.calls).set_fault(Fault::None);
            let answer = try_login(&world, &browser, "/", "ann", PASSWORD);
            assert_eq!(leads_to(&answer).as_deref(), Some("/"));
            assert!(world.login_counts(&browser));
        }
    }
}

#[test]
fn a_login_that_its_index_does_not_know_is_no_login_and_nothing_of_it_stays() {
    for fault in Fault::FAILING {
        let world = World::new();
        let browser = Browser::default();
        world.fakes.calls.index_put.set_fault(fault);
        assert_page(&try_login(&world, &browser, "/", "ann", PASSWORD), 503);
        assert_eq!(browser.ticket(), None);
        assert_eq!(world.fakes.live_records(), [""; 0]);
        world.fakes.calls.index_put.set_fault(Fault::None);
        try_login(&world, &browser, "/", "ann", PASSWORD);
        assert!(world.login_counts(&browser));
    }
}

#[test]
fn each_login_gets_its_own_session_whatever_ticket_the_browser_had() {
    let world = World::new();
    let browser = Browser::default();
    browser.set("__Host-postern-session", "planted");
    try_login(&world, &browser, "/", "ann", PASSWORD);
    let first = browser.copy();
    try_login(&world, &browser, "/", "ann", PASSWORD);
    assert_ne!(first.ticket(), browser.ticket());
    assert!(world.login_counts(&first) && world.login_counts(&browser));
}

#[test]
fn if_nobody_can_log_in_the_page_says_what_to_configure() {
    let mut world = World::new();
    world.config.accounts = Roster::default();
    let answer = world.get(&Browser::default(), LOGIN);
    assert_page(&answer, 404);
    assert!(answer.body.contains("npx postern user"));
}

#[test]
fn with_one_provider_and_no_accounts_the_login_goes_straight_there() {
    let site = Site::new();
    let browser = Browser::default();
    let answer = site.get(
        &browser,
        &format!("{LOGIN}?return_to=/x&login_hint=ann%26&prompt=login"),
    );
    assert_eq!(answer.status, 303);
    let (url, asked) = location(&answer);
    assert_eq!(url, format!("{IDP}/authorize"));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "postern"),
        ("redirect_uri", "https://auth.example.com/_postern/callback"),
        ("code_challenge_method", "S256"),
        ("login_hint", "ann&"),
        ("prompt", "login"),
    ] {
        assert_eq!(asked.get(name), Some(value), "{name}");
    }
    // A sealed cookie of this browser remembers the login, and the page that was wanted for longer.
    let state = asked.get("state").unwrap();
    let name = format!("__Host-postern-login-{}", &state[..8]);
    assert_eq!(browser.names(), [name.as_str()]);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.contains("Max-Age=86400") && cookie.contains("HttpOnly"));
    let sealed = browser.cookie(&name).unwrap();
    for secret in [state, asked.get("nonce").unwrap()] {
        assert!(!sealed.contains(secret));
        site.assert_unlogged(&[secret, &sealed]);
    }
}

#[test]
fn several_ways_to_log_in_are_a_choice() {
    let mut site = Site::new();
    site.world.config.providers.push(provider("other"));
    let page = site.get(
        &Browser::default(),
        &format!("{LOGIN}?return_to=/x&login_hint=a%26b&prompt=login"),
    );
    assert_page(&page, 200);
    for href in [
        "/_postern/login?return_to=/x&amp;provider=acme&amp;login_hint=a%26b&amp;prompt=login",
        "/_postern/login?return_to=/x&amp;provider=other&amp;login_hint=a%26b&amp;prompt=login",
    ] {
        assert!(page.body.contains(href), "{}", page.body);
    }
    assert!(!page.body.contains("type=\"password\""));
    let chosen = site.get(
        &Browser::default(),
        &format!("{LOGIN}?return_to=/x&provider=other"),
    );
    assert_eq!(location(&chosen).0, format!("{IDP}/authorize"));
    assert_page(
        &site.get(&Browser::default(), &format!("{LOGIN}?provider=nobody")),
        200,
    );
    // With accounts, one provider is a choice too.
    site.world.config.providers.pop();
    site.world.config.accounts = World::new().config.accounts;
    let page = site.get(&Browser::default(), LOGIN);
    assert!(page.body.contains("type=\"password\"") && page.body.contains("provider=acme"));
}

#[test]
fn a_provider_that_does_not_answer_is_503() {
    for fault in Fault::FAILING {
        let site = Site::new();
        site.fakes.calls.http.set_fault(fault);
        let answer = site.get(&Browser::default(), LOGIN);
        assert_page(&answer, 503);
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[test]
fn a_query_that_cannot_be_read_still_gets_the_page() {
    let world = World::new();
    for query in ["return_to=/a&return_to=/b", "return_to=%ff", "x"] {
        let page = world.get(&Browser::default(), &format!("{LOGIN}?{query}"));
        assert_eq!(hidden(&page, "return_to"), "/");
    }
}

#[test]
fn head_has_no_body_and_other_methods_are_refused() {
    let world = World::new();
    let browser = Browser::default();
    let head = world.browse(&browser, "HEAD", LOGIN, &[], None);
    assert_eq!((head.status, &*head.body), (200, ""));
    let put = world.browse(&browser, "PUT", LOGIN, &[], None);
    assert_page(&put, 405);
    assert_eq!(put.header("allow"), Some("GET, HEAD, POST"));
    assert!(!has_session_cookie(&put));
}

#[test]
fn the_page_between_a_login_and_an_application_names_the_application() {
    let world = World::new();
    for (target, name) in [
        (authorize("app", &[]), "The App"),
        ("/oauth/authorize?client_id=nobody".to_owned(), "Example"),
        ("/x?client_id=app".to_owned(), "Example"),
    ] {
        let browser = Browser::default();
        let page = world.get(&browser, &login_for(&target));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("; form-action 'self'; "), "{policy}");
        let answer = send(&world, &browser, &page, "ann", PASSWORD);
        assert_eq!(leads_to(&answer), Some(target));
        let taking = format!("Taking you to <strong>{name}</strong>");
        assert!(answer.body.contains(&taking), "{}", answer.body);
    }
}
