//! A path that has more than one reading: which two.

use crate::gate::path::Ambiguous;

/// Two things that servers take this path for; `None` where no two readings can be shown.
pub(super) fn two(raw: &str, ambiguous: Ambiguous) -> Option<(String, String)> {
    let other = match ambiguous {
        Ambiguous::EncodedSlash => resolved(&replaced(raw, &["%2f", "%2F"], "/")),
        Ambiguous::Backslash => resolved(&replaced(raw, &["\\", "%5c", "%5C"], "/")),
        Ambiguous::EmptySegment => merged(raw),
        Ambiguous::Semicolon => without_parameters(&replaced(raw, &["%3b", "%3B"], ";")),
        Ambiguous::Delimiter => {
            let decoded = replaced(raw, &["%3f", "%3F"], "?");
            let decoded = replaced(&decoded, &["%23"], "#");
            let end = decoded.find(['?', '#']).unwrap_or(decoded.len());
            decoded[..end].to_owned()
        }
        Ambiguous::DotSegment => {
            let decoded = replaced(raw, &["%2e", "%2E"], ".");
            resolved(&replaced(&decoded, &["%20"], " "))
        }
        Ambiguous::DoubleEncoding => replaced(raw, &["%25"], "%"),
        Ambiguous::NotAbsolute
        | Ambiguous::TooLong
        | Ambiguous::BadCharacter
        | Ambiguous::Control
        | Ambiguous::BadEscape
        | Ambiguous::NotUtf8 => return None,
    };
    (other != raw).then(|| (raw.to_owned(), other))
}

fn replaced(text: &str, these: &[&str], by: &str) -> String {
    these
        .iter()
        .fold(text.to_owned(), |text, this| text.replace(this, by))
}

fn merged(path: &str) -> String {
    let mut merged = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !merged.ends_with('/') {
            merged.push(c);
        }
    }
    merged
}

fn without_parameters(path: &str) -> String {
    let segments: Vec<&str> = path
        .split('/')
        .map(|segment| segment.split(';').next().unwrap_or_default())
        .collect();
    segments.join("/")
}

/// With the dot segments taken out (RFC 3986 section 5.2.4).
fn resolved(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment.trim_matches(' ') {
            "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::path::normalise;

    #[test]
    fn the_two_readings_of_a_path() {
        for (raw, other) in [
            ("/public%2Fadmin", Some("/public/admin")),
            ("/public\\admin", Some("/public/admin")),
            ("/public%2F..%2Fadmin", Some("/admin")),
            ("/public%5cadmin", Some("/public/admin")),
            ("//admin", Some("/admin")),
            ("/a;b/c", Some("/a/c")),
            ("/a%3Bb/c", Some("/a/c")),
            ("/admin%3Fx", Some("/admin")),
            ("/admin%23", Some("/admin")),
            ("/public/../admin", Some("/admin")),
            ("/public/%2e%2e/admin", Some("/admin")),
            ("/a/./b", Some("/a/b")),
            ("/a/..%20/b", Some("/b")),
            ("/a/%252e", Some("/a/%2e")),
            ("/a%00", None),
            ("/a%zz", None),
        ] {
            let ambiguous = normalise(raw).expect_err(raw);
            let found = two(raw, ambiguous);
            let expected = other.map(|other| (raw.to_owned(), other.to_owned()));
            assert_eq!(found, expected, "{raw}");
        }
    }
}
