//! The icon of the pages: the little gate, for sites that have none.

use maud::{Markup, PreEscaped, html};

use crate::protocol::Answer;

/// Its path.
pub const PATH: &str = "/_postern/icon.svg";

/// Where browsers ask by themselves for the icon of a site.
pub const WELL_KNOWN: &str = "/favicon.ico";

/// The little gate, in a box of 24 by 24.
const GATE: &str = "M4 22V10a8 8 0 0 1 16 0v12h-5v-9.5a3 3 0 0 0-6 0V22z";

const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\">\
     <style>path{fill:#175c4b}@media(prefers-color-scheme:dark){path{fill:#83d6ba}}</style>\
     <path fill-rule=\"evenodd\" d=\"M4 22V10a8 8 0 0 1 16 0v12h-5v-9.5a3 3 0 0 0-6 0V22z\"/></svg>";

/// The answer to a request for it. It is kept for an hour only, because a site may get an icon of its own.
#[must_use]
pub fn answer() -> Answer {
    let mut answer = Answer::new(200)
        .with("content-type", "image/svg+xml")
        .with("cache-control", "private, max-age=3600")
        .with(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'",
        )
        .with("x-content-type-options", "nosniff");
    answer.body = ICON.into();
    answer
}

/// The little gate in a page.
pub(super) fn mark() -> Markup {
    html! {
        svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" focusable="false" {
            path fill="currentColor" fill-rule="evenodd" d=(PreEscaped(GATE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_gate_that_the_pages_show() {
        assert!(ICON.contains(GATE));
        assert_eq!(answer().header("content-type"), Some("image/svg+xml"));
    }
}
