//! Holds every page to what all of them promise, with a small reader of HTML.

use std::collections::HashSet;

use super::*;
use crate::protocol::Answer;
use crate::time::Time;

/// An element's start: its name, and its attributes as they read once decoded.
#[derive(Debug, PartialEq, Eq)]
struct Tag {
    name: String,
    attributes: Vec<(String, Option<String>)>,
    /// The text up to the next tag.
    text: String,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(n, _)| n == name)?;
        Some(value.as_deref().unwrap_or_default())
    }
}

fn decode(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// Every tag of a page, end tags included (`/p`). It takes what our pages have and no more: attributes
/// without a value or with one in double quotes.
fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find([' ', '>']).expect("a tag ends");
        let name = rest[..end].to_owned();
        rest = rest[end..].trim_start();
        let mut attributes = Vec::new();
        while !rest.starts_with('>') {
            let end = rest.find(['=', ' ', '>']).expect("a tag ends");
            let name = rest[..end].to_owned();
            rest = &rest[end..];
            let mut value = None;
            if let Some(quoted) = rest.strip_prefix("=\"") {
                let (text, after) = quoted.split_once('"').expect("a value ends");
                value = Some(decode(text));
                rest = after;
            } else {
                assert!(!rest.starts_with('='), "an unquoted value: {rest}");
            }
            attributes.push((name, value));
            rest = rest.trim_start();
        }
        rest = &rest[1..];
        let text = &rest[..rest.find('<').unwrap_or(rest.len())];
        tags.push(Tag {
            name,
            attributes,
            text: decode(text),
        });
    }
    tags
}

fn plain() -> Brand {
    Brand {
        name: "docs.example.com".to_owned(),
        logo: None,
    }
}

/// Every page, once with as much on it as it can have and once with as little, with `x` wherever
/// anything can be put in.
fn every_page(x: &str, logo: Option<&str>) -> Vec<(String, Answer)> {
    let brand = &Brand {
        name: x.to_owned(),
        logo: logo.map(|logo| logo.parse().unwrap()),
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
        form_targets: &[],
        username,
    };
    let providers = [
        ProviderLink { name: x, href: x },
        ProviderLink { name: x, href: x },
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
            form_targets: &[],
            client: x,
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
        form_targets: &[],
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
    for (sessions, notice) in [(&items[..], Some(x)), (&items[1..], None), (&[], None)] {
        let sessions = Sessions {
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
    put("unavailable", Message::unavailable(brand).answer());
    put("stale form", Message::stale_form(brand, link).answer());
    let message = Message {
        brand,
        status: 404,
        title: x,
        text: x,
        advice: Some(x),
        link,
    };
    put("message", message.answer());
    let onward = Onward {
        brand,
        title: x,
        name: x,
        href: x,
    };
    put("onward", onward.answer());
    pages
}

#[test]
fn whatever_is_put_in_stays_text() {
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'><b>&lt;&amp;&#60;",
        "\" autofocus onfocus=\"alert(1)",
        "</title></main><h1>",
        "<!-- ",
        "javascript:alert(1)//\n<br>",
        "\u{202e}\u{0}é",
    ] {
        let pairs = every_page("benign", None)
            .into_iter()
            .zip(every_page(hostile, None));
        for ((name, benign), (_, answer)) in pairs {
            // The same tags with the same attributes, and in them the text as it was given.
            let (benign, tags) = (tags(&benign.body), tags(&answer.body));
            assert_eq!(
                benign.len(),
                tags.len(),
                "{name}: {hostile:?}\n{}",
                answer.body
            );
            for (expected, tag) in benign.iter().zip(&tags) {
                assert_eq!(expected.name, tag.name, "{name}");
                assert_eq!(tag.text, expected.text.replace("benign", hostile), "{name}");
                for (expected, given) in expected.attributes.iter().zip(&tag.attributes) {
                    let value = expected.1.as_ref().map(|v| v.replace("benign", hostile));
                    assert_eq!((&expected.0, &value), (&given.0, &given.1), "{name}");
                }
                assert_eq!(expected.attributes.len(), tag.attributes.len(), "{name}");
            }
            for (header, value) in &answer.headers {
                assert!(!value.contains(hostile), "{name}: {header}");
            }
        }
    }
}

#[test]
fn no_page_has_a_script_or_a_style_of_its_own() {
    for (name, answer) in every_page("x", Some("/logo.svg")) {
        for tag in tags(&answer.body) {
            assert!(
                !matches!(tag.name.as_str(), "script" | "style" | "iframe" | "base"),
                "{name}"
            );
            for (attribute, _) in &tag.attributes {
                let inline = attribute == "style" || attribute.starts_with("on");
                assert!(!inline, "{name}: {attribute} of {}", tag.name);
            }
        }
    }
}

#[test]
fn every_page_reads_well_aloud() {
    for (name, answer) in every_page("x", None) {
        let tags = tags(&answer.body);
        let all = |wanted: &str| {
            tags.iter()
                .filter(|tag| tag.name == wanted)
                .collect::<Vec<_>>()
        };
        let one = |wanted: &str| {
            let found = all(wanted);
            assert_eq!(found.len(), 1, "{name}: {wanted}");
            found[0]
        };
        assert!(
            answer.body.starts_with("<!DOCTYPE html><html lang=\"en\">"),
            "{name}"
        );
        assert!(!one("h1").text.is_empty(), "{name}");
        assert!(!one("title").text.is_empty(), "{name}");
        one("main");
        one("header");
        let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.get("id")).collect();
        let distinct: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{name}: {ids:?}");
        let labels: Vec<&str> = all("label")
            .iter()
            .filter_map(|tag| tag.get("for"))
            .collect();
        for input in all("input") {
            if input.get("type") == Some("hidden") {
                continue;
            }
            let id = input.get("id").expect("a field has an id");
            assert!(labels.contains(&id), "{name}: no label for {id}");
            assert!(input.get("autocomplete").is_some(), "{name}: {id}");
        }
        for tag in &tags {
            if let Some(described_by) = tag.get("aria-describedby") {
                assert!(distinct.contains(described_by), "{name}: {described_by}");
            }
            if matches!(tag.name.as_str(), "button" | "a" | "label") {
                assert!(!tag.text.is_empty(), "{name}: {tag:?}");
            }
        }
        for button in all("button") {
            assert_eq!(button.get("type"), Some("submit"), "{name}");
        }
        for form in all("form") {
            assert_eq!(form.get("method"), Some("post"), "{name}");
        }
        // What is opened is closed.
        for element in [
            "main", "form", "ul", "li", "p", "div", "span", "a", "button", "time",
        ] {
            let ends = all(&format!("/{element}")).len();
            assert_eq!(all(element).len(), ends, "{name}: {element}");
        }
    }
}

#[test]
fn a_problem_is_announced_and_tied_to_its_fields() {
    for problem in LoginProblem::ALL {
        let login = Login {
            brand: &plain(),
            password: Some(PasswordForm {
                action: "/",
                hidden: &[],
                form_targets: &[],
                username: "ann",
            }),
            providers: &[],
            problem: Some(problem),
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

/// standards.md, Authorization endpoint: no framing, a strict policy, nothing stored.
#[test]
fn every_page_keeps_to_itself() {
    for (name, answer) in every_page("x", None) {
        let referrer = if name == "onward" {
            "no-referrer"
        } else {
            "same-origin"
        };
        let mut expected = vec![
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            (
                "content-security-policy",
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                 frame-ancestors 'none'; base-uri 'none'",
            ),
            ("x-frame-options", "DENY"),
            ("referrer-policy", referrer),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
        ];
        if answer.status == 503 {
            expected.push(("retry-after", "2"));
        }
        let headers: Vec<(&str, &str)> = answer
            .headers
            .iter()
            .map(|(n, v)| (*n, v.as_ref()))
            .collect();
        assert_eq!(headers, expected, "{name}");
    }
}

#[test]
fn the_policy_names_where_a_form_may_lead_and_where_the_logo_is() {
    let target = FormTarget::of("https://app.example.com/cb").unwrap();
    let app = FormTarget::of("com.example.app:/cb").unwrap();
    let brand = Brand {
        name: "Example".to_owned(),
        logo: Some("https://cdn.example.com/logo.svg".parse().unwrap()),
    };
    let consent = Consent {
        brand: &brand,
        action: "/",
        hidden: &[],
        form_targets: &[target, app],
        client: "shop",
        redirect_host: "app.example.com",
        username: "ann",
        scopes: &[],
        other_account: None,
    };
    let answer = consent.answer();
    assert_eq!(
        answer.header("content-security-policy"),
        Some(
            "default-src 'none'; style-src 'self'; img-src 'self' https://cdn.example.com; \
             form-action 'self' https://app.example.com com.example.app:; frame-ancestors 'none'; \
             base-uri 'none'"
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
fn what_the_forms_send_unchanged() {
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
    // The password never has a value to begin with.
    assert_eq!(sent("login None"), expected(&[("username", "")]));
    let decision = [("decision", "allow"), ("decision", "deny")];
    assert_eq!(sent("consent"), expected(&decision));
    assert_eq!(sent("logout"), expected(&[]));
    let ends = [("session", "x"), ("session", "x"), ("all", "yes")];
    assert_eq!(sent("sessions"), expected(&ends));
}

#[test]
fn an_onward_page_goes_on_by_itself() {
    let onward = Onward {
        brand: &plain(),
        title: "You are logged out here",
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

#[test]
fn a_style_sheet_is_kept_for_as_long_as_it_is_the_same() {
    let (path, version) = style::URL.split_once('?').unwrap();
    assert_eq!(path, style::PATH);
    assert_eq!(version.len(), 10);
    let answer = style::answer(Some(version));
    assert_eq!(answer.body, style::STYLE);
    assert_eq!(
        answer.header("content-type"),
        Some("text/css; charset=utf-8")
    );
    assert_eq!(
        answer.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    for query in [None, Some("v=00000000"), Some("")] {
        let answer = style::answer(query);
        assert_eq!(
            answer.header("cache-control"),
            Some("no-cache"),
            "{query:?}"
        );
    }
    for (name, page) in every_page("x", None) {
        assert!(page.body.contains(style::URL), "{name}");
    }
    // The policy lets it load nothing.
    for loads in ["url(", "@import", "expression"] {
        assert!(!style::STYLE.contains(loads));
    }
    assert!(
        style::STYLE.len() < 7 * 1024,
        "{} bytes",
        style::STYLE.len()
    );
}

/// The colours of a scheme, by name.
fn colours(block: &str) -> Vec<(&str, [f64; 3])> {
    let of = |line: &'static str| {
        let (name, value) = line.trim().strip_prefix("--")?.split_once(": #")?;
        let channel = |at: usize| {
            let value = u8::from_str_radix(&value[at..at + 2], 16).expect("two digits");
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        Some((name, [channel(0), channel(2), channel(4)]))
    };
    let start = style::STYLE.find(block).expect("the block is there");
    let text = &style::STYLE[start..];
    text[..text.find('}').expect("it ends")]
        .lines()
        .filter_map(of)
        .collect()
}

/// The contrast of two colours (WCAG 2.2, section 1.4.3).
fn contrast(scheme: &[(&str, [f64; 3])], one: &str, other: &str) -> f64 {
    let luminance = |name: &str| {
        let (_, [r, g, b]) = scheme.iter().find(|(n, _)| *n == name).expect(name);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_text_and_every_edge_stands_out_in_light_and_dark() {
    let light = colours(":root {\n  color-scheme");
    let dark = colours("  :root {\n    --paper");
    assert_eq!(light.len(), 13);
    assert_eq!(light.len(), dark.len());
    for (name, scheme) in [("light", light), ("dark", dark)] {
        for (text, behind) in [
            ("ink", "paper"),
            ("ink", "card"),
            ("ink", "tint"),
            ("soft", "card"),
            ("accent", "card"),
            ("accent", "paper"),
            ("accent", "tint"),
            ("accent-over", "card"),
            ("on-accent", "accent"),
            ("on-accent", "accent-over"),
            ("danger", "card"),
            ("danger", "danger-tint"),
        ] {
            let contrast = contrast(&scheme, text, behind);
            assert!(
                contrast >= 4.5,
                "{name}: {text} on {behind} is {contrast:.2}"
            );
        }
        // What is no text but must be seen (section 1.4.11).
        for (edge, behind) in [("edge", "card"), ("focus", "card"), ("danger", "card")] {
            let contrast = contrast(&scheme, edge, behind);
            assert!(
                contrast >= 3.0,
                "{name}: {edge} on {behind} is {contrast:.2}"
            );
        }
    }
}
