//! `cors_origins` of a route.

use crate::protocol::issuer::is_web_origin;

/// Reads one.
pub(super) fn origin(text: &str) -> Result<String, &'static str> {
    match text {
        "*" => Err(
            "must not be `*`: name the web origins whose scripts may read the answers, such as \
             `https://app.example.com`",
        ),
        _ if is_web_origin(text) => Ok(text.to_owned()),
        _ => Err(
            "must be `https://host` or `https://host:port` in lower case with nothing after it, as \
             browsers send it in `Origin` (`http` is for localhost, 127.0.0.1 and [::1] only)",
        ),
    }
}
