//! The style sheet: how long it is kept, and the contrast of its colours.

use super::every_page;
use crate::pages::style;

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
    // The policy does not let it load anything.
    for loads in ["url(", "@import", "expression"] {
        assert!(!style::STYLE.contains(loads));
    }
    assert!(
        style::STYLE.len() < 8 * 1024,
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
        // What is not text but must be seen (section 1.4.11).
        for (edge, behind) in [("edge", "card"), ("focus", "card"), ("danger", "card")] {
            let contrast = contrast(&scheme, edge, behind);
            assert!(
                contrast >= 3.0,
                "{name}: {edge} on {behind} is {contrast:.2}"
            );
        }
    }
}
