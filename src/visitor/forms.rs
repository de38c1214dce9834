//! The forms that a person is shown, and where they are sent on afterwards.
//!
//! A form is shown with a token that belongs to this browser and to what the form is about. What it sends in
//! counts only with that token and from a page of this site.

use super::request::Visitor;
use crate::browser::form_token::{BROWSER_RANDOMNESS, BrowserId, FormUse};
use crate::browser::same_site::is_same_site;
use crate::ports::PersonPorts;
use crate::protocol::Answer;

/// The token of a form that is about to be shown.
pub struct ShownForm {
    /// For the hidden field [`crate::browser::form_token::FIELD`].
    pub token: String,
    /// The cookie that names the browser, if it has none yet.
    cookie: Option<String>,
}

impl ShownForm {
    /// The page with the form, and with the cookie that the form needs.
    #[must_use]
    pub fn with_cookie(self, page: Answer) -> Answer {
        match self.cookie {
            Some(cookie) => page.with("set-cookie", cookie),
            None => page,
        }
    }
}

impl<P: PersonPorts> Visitor<'_, P> {
    /// What is needed to show a form that is about `subject`.
    #[must_use]
    pub fn show_form(&self, form: FormUse, subject: &str) -> ShownForm {
        let known = BrowserId::read(&self.cookies());
        let is_known = known.is_some();
        let browser = known.unwrap_or_else(|| BrowserId::new(self.random::<BROWSER_RANDOMNESS>()));
        let (keys, now) = (self.resolver.keys(), self.ports.now());
        ShownForm {
            token: form.issue(keys, &browser, subject, now, self.nonce()),
            cookie: (!is_known).then(|| browser.set_cookie()),
        }
    }

    /// Whether a form that was sent in was shown to this browser, by a page of this site, about `subject`.
    #[must_use]
    pub fn is_own_form(&self, form: FormUse, subject: &str, token: Option<&str>) -> bool {
        let (Some(browser), Some(token)) = (BrowserId::read(&self.cookies()), token) else {
            return false;
        };
        let (keys, now) = (self.resolver.keys(), self.ports.now());
        is_same_site(self.request.sender, self.config.issuer.as_str())
            && form.check(keys, &browser, subject, token, now).is_ok()
    }
}

/// Sends a browser on with a GET: 303 and not 307, so that no form goes along (RFC 9700 section 4.12).
#[must_use]
pub fn see_other(location: String) -> Answer {
    Answer::new(303)
        .with("location", location)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
}
