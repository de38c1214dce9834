//! What all pages promise.

use std::collections::HashSet;

use super::html::tags;
use super::{every_page, scripts_in};
use crate::pages::script::Script;

#[test]
fn every_value_stays_text() {
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
            // The same tags with the same attributes, and the same text in them.
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
fn no_page_has_a_style_of_its_own() {
    for (name, answer) in every_page("x", Some("/logo.svg")) {
        for tag in tags(&answer.body) {
            assert!(
                !matches!(tag.name.as_str(), "style" | "iframe" | "base"),
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
            // What needs a script is not there without it.
            let needs_script = button.get("type") == Some("button");
            assert!(
                needs_script || button.get("type") == Some("submit"),
                "{name}"
            );
            assert_eq!(needs_script, button.get("hidden").is_some(), "{name}");
        }
        for form in all("form") {
            assert_eq!(form.get("method"), Some("post"), "{name}");
        }
        // Every element is closed.
        for element in [
            "main", "form", "ul", "li", "p", "div", "span", "a", "button", "time",
        ] {
            let ends = all(&format!("/{element}")).len();
            assert_eq!(all(element).len(), ends, "{name}: {element}");
        }
    }
}

/// No framing (RFC 9700 section 4.16), nothing stored, and a strict policy: it allows each page its own scripts to the
/// letter and no others.
#[test]
fn every_page_keeps_to_itself() {
    for (name, answer) in every_page("x", None) {
        let referrer = if name == "onward" {
            "no-referrer"
        } else {
            "same-origin"
        };
        let mut policy = "default-src 'none'; style-src 'self'; img-src 'self'".to_owned();
        for (at, text) in scripts_in(&answer).into_iter().enumerate() {
            let known = Script::ALL
                .into_iter()
                .find(|script| script.element().into_string() == text);
            policy += if at == 0 { "; script-src " } else { " " };
            policy += &known.expect("a script of ours").source();
        }
        policy += "; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        let mut expected = vec![
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("content-security-policy", policy.as_str()),
            ("x-frame-options", "DENY"),
            ("referrer-policy", referrer),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
        ];
        let wait = match name.as_str() {
            "login Some(TooManyAttempts(60s))" => Some("60"),
            "login Some(Busy)" => Some("5"),
            _ => (answer.status == 503).then_some("2"),
        };
        expected.extend(wait.map(|seconds| ("retry-after", seconds)));
        let headers: Vec<(&str, &str)> = answer
            .headers
            .iter()
            .map(|(n, v)| (*n, v.as_ref()))
            .collect();
        assert_eq!(headers, expected, "{name}");
    }
}
