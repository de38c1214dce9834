//! An answer that a provider has the browser post to us (OAuth 2.0 Form Post Response Mode). Apple does so where its
//! people's name or address is asked for.
//!
//! The request comes from the provider's page, so the browser leaves out the cookie of the login, which is
//! `SameSite=Lax`. Nothing is decided then. What was posted is sealed into a cookie, and the browser is led to the same
//! place by a GET, which brings both cookies. Its URL has the `state` and nothing else, so no code is in a log or in a
//! history. There is one such cookie, so that no other site can fill this one's cookies.

use std::time::Duration;

use super::endpoint::Endpoint;
use super::services::Services;
use crate::browser::cookies::CookieName;
use crate::browser::sealed::Purpose;
use crate::ports::PersonPorts;
use crate::protocol::web_url::encode;
use crate::protocol::{Answer, Form};
use crate::visitor::see_other;

/// For how long the answer is kept: a GET comes at once, and may be repeated while something is unavailable.
const LIFETIME: Duration = Duration::from_mins(5);

/// A browser takes no cookie of more than 4,096 bytes with its name and its attributes.
const LONGEST: usize = 3_900;

/// The parameters of an answer that are looked at.
const PARAMETERS: [&str; 5] = ["state", "code", "iss", "error", "error_description"];

impl<P: PersonPorts> Services<'_, P> {
    /// Takes what a provider had the browser post.
    pub(super) fn take_posted_answer(&self) -> Answer {
        let providers = &self.config().providers;
        if !providers.iter().any(|provider| provider.form_post) {
            return self.method_not_allowed(Endpoint::Callback);
        }
        let Some(form) = self.form() else {
            return self.lost("what was posted is not a form, or a parameter appears twice");
        };
        let state = form
            .get("state")
            .filter(|state| CookieName::login(state).is_some());
        let Some(state) = state else {
            return self.lost("what was posted has no state");
        };
        let kept: Vec<(&str, &str)> = PARAMETERS
            .iter()
            .filter_map(|name| Some((*name, form.get(name)?)))
            .collect();
        let kept = encode(&kept);
        let (keys, nonce) = (self.visitor.resolver.keys(), self.visitor.nonce());
        let (name, until) = (CookieName::ANSWER, self.ports().now().plus(LIFETIME));
        let sealed = Purpose::Answer.seal(keys, name.as_str(), kept.as_bytes(), until, nonce);
        if sealed.len() > LONGEST {
            return self.lost("what was posted is too long to be kept");
        }
        let cookie = name
            .set(&sealed, Some(LIFETIME))
            .expect("base64url has only cookie-octets");
        let url = format!(
            "{}?{}",
            Endpoint::Callback.path(),
            encode(&[("state", state)])
        );
        see_other(url).with("set-cookie", cookie)
    }

    /// What was posted a moment ago, if `query` has only its `state`.
    pub(super) fn posted_answer(&self, query: &Form) -> Option<Form> {
        let cookies = self.visitor.cookies();
        if query.get("code").or(query.get("error")).is_some() {
            return None;
        }
        let sealed = CookieName::ANSWER.read(&cookies)?;
        let (keys, now) = (self.visitor.resolver.keys(), self.ports().now());
        let kept = Purpose::Answer.open(keys, CookieName::ANSWER.as_str(), sealed, now);
        let form = Form::parse(&kept.ok()?).ok()?;
        (form.get("state") == query.get("state")).then_some(form)
    }
}
