//! Refusals of paths that have more than one reading.

use super::problem::{Refusal, problem};
use super::told;
use crate::gate::path::Ambiguous;

impl Refusal {
    /// The path has more than one reading: 400, or 414 where it is too long.
    #[must_use]
    pub fn path(ambiguous: Ambiguous) -> Self {
        let status = match ambiguous {
            Ambiguous::TooLong => 414,
            _ => 400,
        };
        let told = match ambiguous {
            Ambiguous::TooLong => &told::TOO_LONG,
            _ => &told::BAD_ADDRESS,
        };
        Self::new(status, ambiguous.as_str(), path_body(ambiguous)).telling(told)
    }
}

fn path_body(ambiguous: Ambiguous) -> &'static str {
    match ambiguous {
        Ambiguous::NotAbsolute => {
            problem!(400, "Bad Request", "The path must begin with a slash.")
        }
        Ambiguous::TooLong => {
            problem!(414, "URI Too Long", "The path is longer than 8192 bytes.")
        }
        Ambiguous::BadCharacter => problem!(
            400,
            "Bad Request",
            "The path has a space, a control character or a character outside ASCII: \
             percent-encode it."
        ),
        Ambiguous::Control => problem!(
            400,
            "Bad Request",
            "The path has a percent-encoded control character, which no path may have here."
        ),
        Ambiguous::Backslash => problem!(
            400,
            "Bad Request",
            "The path has a backslash, which some servers take for a slash, so no path may have one \
             here."
        ),
        Ambiguous::EncodedSlash => problem!(
            400,
            "Bad Request",
            "The path has a percent-encoded slash, which some servers take for a separator, so no \
             path may have one here."
        ),
        Ambiguous::Semicolon => problem!(
            400,
            "Bad Request",
            "The path has a semicolon, after which some servers cut a segment off, so no path may \
             have one here."
        ),
        Ambiguous::Delimiter => problem!(
            400,
            "Bad Request",
            "The path has a question mark or a number sign, at which some servers cut it off, so no \
             path may have one here, even percent-encoded."
        ),
        Ambiguous::EmptySegment => problem!(
            400,
            "Bad Request",
            "The path has two slashes in a row, which some servers take for one: write one."
        ),
        Ambiguous::DotSegment => problem!(
            400,
            "Bad Request",
            "The path has a dot segment, or one of dots and spaces, which some servers take for one: \
             write the path that it stands for."
        ),
        Ambiguous::BadEscape => problem!(
            400,
            "Bad Request",
            "The path has a percent sign without two hexadecimal digits after it: write %25 for the \
             sign itself."
        ),
        Ambiguous::DoubleEncoding => problem!(
            400,
            "Bad Request",
            "The path is percent-encoded twice: encode it once."
        ),
        Ambiguous::NotUtf8 => problem!(
            400,
            "Bad Request",
            "The path is not UTF-8 once it is percent-decoded."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_refusal_is_a_problem_document() {
        for ambiguous in Ambiguous::ALL {
            let refusal = Refusal::path(ambiguous);
            let body: serde_json::Value = serde_json::from_str(&refusal.answer.body).unwrap();
            assert_eq!(body["status"], refusal.status());
            assert_eq!(refusal.reason, ambiguous.as_str());
            assert!(!body["detail"].as_str().unwrap().contains("  "), "{body}");
        }
    }
}
