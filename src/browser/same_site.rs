//! Whether a request comes from a page of this site, and whether a person is waiting for it.
//!
//! Job: `Origin` (RFC 6454 section 7) and the fetch metadata headers, neither of which a page can set
//! itself. Not its job: form tokens, which a form has as well.
//!
//! A browser writes `Origin: null` for a form on a page with `Referrer-Policy: no-referrer` (the Fetch Standard,
//! "append a request `Origin` header"), but also for one in a sandbox or after a redirect by another site. `Sec-Fetch-Site`
//! tells these apart: to a browser, a sandbox is another site than any.

use crate::protocol::Sender;

/// Whether a request was sent by a page of `own_origin`, which is the request's own: its scheme, host
/// and port. Without `Origin`, and where that is `null`, the browser must say so in `Sec-Fetch-Site`. A request with
/// neither was not.
#[must_use]
pub fn is_same_site(sender: &dyn Sender, own_origin: &str) -> bool {
    match sender.header("origin") {
        Some(origin) if origin != "null" => origin == own_origin,
        _ => sender.header("sec-fetch-site").as_deref() == Some("same-origin"),
    }
}

/// Whether a request is a browser navigating to a page. Only these are redirected to the login: a script that
/// asks for data would read the login page as data, and a prefetch would keep it for a person who has signed in since.
#[must_use]
pub fn is_navigation(method: &str, sender: &dyn Sender) -> bool {
    matches!(method, "GET" | "HEAD") && wants_page(sender) && !is_prefetch(sender)
}

/// Whether a browser asks for a page only because somebody may go there soon (Fetch, `Sec-Purpose`; `Purpose` in older
/// browsers). It keeps a success for some minutes, whatever `Cache-Control` says, and throws a refusal away.
#[must_use]
pub fn is_prefetch(sender: &dyn Sender) -> bool {
    let says = |name| {
        let value = sender.header(name).unwrap_or_default();
        let mut words = value.split([',', ';']);
        words.any(|word| word.trim_ascii().eq_ignore_ascii_case("prefetch"))
    };
    says("sec-purpose") || says("purpose")
}

/// Whether what is answered to a request is shown to a person as a page, whatever its method: a browser follows a link,
/// or sends a form.
#[must_use]
pub fn wants_page(sender: &dyn Sender) -> bool {
    match sender.header("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => sender
            .header("accept")
            .is_some_and(|accept| accept.split(',').any(is_html)),
    }
}

/// Whether a media range (RFC 9110 section 12.5.1) names HTML itself.
fn is_html(range: &str) -> bool {
    let media_type = range.split(';').next().unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case("text/html")
}
