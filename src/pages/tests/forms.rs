//! What the forms say and send, and where they lead.

use super::html::{Tag, tags};
use super::{every_page, plain};
use crate::pages::{Brand, Consent, Login, LoginProblem, Onward, PasswordForm};
use crate::protocol::Answer;

#[test]
fn a_problem_is_announced_and_tied_to_its_fields() {
    for problem in LoginProblem::ALL {
        let login = Login {
            brand: &plain(),
            password: Some(PasswordForm {
                action: "/",
                hidden: &[],
                username: "ann",
            }),
            providers: &[],
            problem: Some(problem),
            known_as: None,
        };
        let answer = login.answer();
        assert!((400..600).contains(&answer.status));
        let tags = tags(&answer.body);
        let alert = tags
            .iter()
            .find(|t| t.get("role") == Some("alert"))
            .unwrap();
        assert!(alert.text.ends_with('.'));
        let fields: Vec<&Tag> = tags.iter().filter(|t| t.name == "input").collect();
        assert_eq!(fields.len(), 2);
        for field in fields {
            assert_eq!(field.get("aria-describedby"), alert.get("id"));
            let is_invalid = field.get("aria-invalid") == Some("true");
            assert_eq!(is_invalid, problem == LoginProblem::WrongPassword);
        }
    }
}

#[test]
fn a_form_may_lead_only_to_this_site_and_the_policy_names_where_the_logo_is() {
    let brand = Brand {
        name: "Example".to_owned(),
        logo: Some("https://cdn.example.com/logo.svg".parse().unwrap()),
        ..plain()
    };
    let consent = Consent {
        brand: &brand,
        action: "/",
        hidden: &[],
        client: "shop",
        logo: Some(&"https://shop.example.com/logo.png".parse().unwrap()),
        redirect_host: "app.example.com",
        username: "ann",
        scopes: &[],
        other_account: None,
    };
    let answer = consent.answer();
    assert_eq!(
        answer.header("content-security-policy"),
        Some(
            "default-src 'none'; style-src 'self'; img-src 'self' https://cdn.example.com \
             https://shop.example.com; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
    );
    let tags = tags(&answer.body);
    let logo = tags.iter().find(|tag| tag.name == "img").unwrap();
    assert_eq!(logo.get("src"), Some("https://cdn.example.com/logo.svg"));
    assert_eq!(logo.get("alt"), Some("Example"));
}

/// The names and values of the fields and buttons of a page: what its form sends.
fn sent(answer: &Answer) -> Vec<(String, String)> {
    let pair = |tag: &Tag| Some((tag.get("name")?.to_owned(), tag.get("value")?.to_owned()));
    let tags = tags(&answer.body);
    let fields = tags
        .iter()
        .filter(|t| matches!(t.name.as_str(), "input" | "button"));
    fields.filter_map(pair).collect()
}

#[test]
fn what_the_forms_send_format_unchanged() {
    let pages = every_page("x", None);
    let sent = |name: &str| {
        let mut pages = pages.iter().filter(|(n, _)| n == name);
        sent(&pages.next().unwrap().1)
    };
    let expected = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let hidden = [("form_token", "x"), ("return_to", "x")];
        let all = hidden.iter().chain(pairs);
        all.map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect()
    };
    // The password field is always empty at first.
    assert_eq!(sent("login None"), expected(&[("username", "")]));
    let decision = [("decision", "allow"), ("decision", "deny")];
    assert_eq!(sent("consent"), expected(&decision));
    assert_eq!(sent("logout"), expected(&[]));
    let ends = [
        ("session", "x"),
        ("session", "x"),
        ("withdraw", "x"),
        ("withdraw", "x"),
        ("all", "yes"),
    ];
    assert_eq!(sent("sessions"), expected(&ends));
}

#[test]
fn an_onward_page_goes_on_by_itself() {
    let onward = Onward {
        brand: &plain(),
        title: "You are signed out here",
        name: "Example ID",
        href: "https://id.example/logout?a=b&c=d",
    };
    let answer = onward.answer();
    let tags = tags(&answer.body);
    let refresh = tags.iter().find(|t| t.get("http-equiv").is_some()).unwrap();
    assert_eq!(refresh.get("http-equiv"), Some("refresh"));
    assert_eq!(
        refresh.get("content"),
        Some("0; url=https://id.example/logout?a=b&c=d")
    );
    let link = tags.iter().find(|t| t.name == "a").unwrap();
    assert_eq!(link.get("href"), Some("https://id.example/logout?a=b&c=d"));
}
