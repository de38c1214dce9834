//! Every page, for the tests.

mod every_page;
mod forms;
mod html;
mod style;

use super::*;
use crate::protocol::Answer;
use crate::time::Time;

fn plain() -> Brand {
    Brand {
        name: "docs.example.com".to_owned(),
        logo: None,
        home: Home::Open,
        has_icon: false,
    }
}

/// The script elements of a page.
fn scripts_in(page: &Answer) -> Vec<&str> {
    let starts = page.body.match_indices("<script");
    starts
        .map(|(at, _)| {
            let rest = &page.body[at..];
            &rest[..rest.find("</script>").expect("it ends") + "</script>".len()]
        })
        .collect()
}

/// Every page, once with as much on it as possible and once with as little, with `x` for every value.
fn every_page(x: &str, logo: Option<&str>) -> Vec<(String, Answer)> {
    let brand = &Brand {
        name: x.to_owned(),
        logo: logo.map(|logo| logo.parse().unwrap()),
        home: Home::Open,
        has_icon: false,
    };
    let mut pages = logins(x, brand);
    pages.extend(other_pages(x, brand));
    pages
}

fn logins(x: &str, brand: &Brand) -> Vec<(String, Answer)> {
    let hidden: &[Hidden<'_>] = &[("form_token", x), ("return_to", x)];
    let mut pages = Vec::new();
    let form = |username| PasswordForm {
        action: x,
        hidden,
        username,
    };
    let providers = [
        ProviderLink {
            name: x,
            href: x,
            is_other_account: false,
        },
        ProviderLink {
            name: x,
            href: x,
            is_other_account: true,
        },
    ];
    for problem in LoginProblem::ALL.map(Some).into_iter().chain([None]) {
        for (password, providers) in [
            (Some(form("")), &[][..]),
            (Some(form(x)), &providers[..]),
            (None, &providers[..1]),
        ] {
            let login = Login {
                brand,
                password,
                providers,
                problem,
                known_as: problem.map(|_| x),
            };
            pages.push((format!("login {problem:?}"), login.answer()));
        }
    }
    pages
}

fn other_pages(x: &str, brand: &Brand) -> Vec<(String, Answer)> {
    let hidden: &[Hidden<'_>] = &[("form_token", x), ("return_to", x)];
    let link = Some(Link { label: x, href: x });
    let mut pages = Vec::new();
    let mut put = |name: &str, answer| pages.push((name.to_owned(), answer));
    let scopes = [Some(x), None].map(|description| AskedScope {
        token: x,
        description,
    });
    for (scopes, other_account) in [(&scopes[..], Some(x)), (&[], None)] {
        let consent = Consent {
            brand,
            action: x,
            hidden,
            client: x,
            logo: None,
            redirect_host: x,
            username: x,
            scopes,
            other_account,
        };
        put("consent", consent.answer());
    }
    let logout = Logout {
        brand,
        action: x,
        hidden,
        username: x,
        sessions: x,
    };
    put("logout", logout.answer());
    put("logged out", LoggedOut { brand, link }.answer());
    let session = |is_this, client| SessionItem {
        id: x,
        client,
        browser: x,
        place: client,
        begun: Time::from_seconds(1_795_527_959),
        seen: client.map(|_| Time::from_seconds(1_795_528_000)),
        is_this,
    };
    let items = [
        session(true, None),
        session(false, Some(x)),
        session(false, None),
    ];
    let consents = ["read", ""].map(|scope| ConsentItem {
        id: x,
        client: x,
        scope,
        agreed: Time::from_seconds(1_795_527_959),
    });
    for (sessions, notice) in [(&items[..], Some(x)), (&items[1..], None), (&[], None)] {
        let sessions = Sessions {
            older: notice,
            consents: if sessions.is_empty() { &[] } else { &consents },
            brand,
            action: x,
            hidden,
            username: x,
            logout: x,
            sessions,
            notice,
        };
        put("sessions", sessions.answer());
    }
    put("unavailable", Message::unavailable(brand));
    put("stale form", Message::stale_form(brand, link));
    let message = Message {
        brand,
        status: 404,
        title: x,
        text: x,
        advice: Some(x),
        link,
    };
    put("message", message.answer());
    for again in [Some(x), None] {
        let refused = Refused {
            brand,
            status: 404,
            told: &Told {
                title: "Page not found",
                text: "There is none.".into(),
                advice: "Look elsewhere.",
            },
            problems: &[x.to_owned()],
            again,
            reference: again,
            is_front_page: again.is_none(),
        };
        put("refused", refused.answer());
    }
    let onward = Onward {
        brand,
        title: x,
        name: x,
        href: x,
    };
    put("onward", onward.answer());
    pages
}
