//! Refusals of requests that need a login and have none.
//!
//! Job: a person who goes to a page is sent to the login and comes back to that page. Everything else gets
//! 401, because a script would read a login page as data. Not its job: an outage. If a session could not be
//! looked up, it is neither valid nor over, and sending its person to the login would say "no".
//!
//! The cookie of a session that is over is not deleted. By the time this answer arrives, another tab may
//! have logged in. A new login replaces the cookie anyway.

use crate::browser::ReturnTo;
use crate::browser::same_site::is_navigation;
use crate::config::Access;
use crate::protocol::Answer;
use crate::resolve::Inactive;

use super::problem::{Refusal, problem};
use crate::gate::path;
use crate::gate::policy::Route;
use crate::gate::request_head::RequestHead;

/// The page that logs people in.
const LOGIN: &str = "/_postern/login";

impl Route {
    /// The login session of a request is over, or its ticket was never valid. The answer is the same as
    /// without a ticket, so nobody learns which.
    #[must_use]
    pub fn refuse_ended<R: RequestHead>(
        &self,
        inactive: Inactive,
        request: &R,
        url: &str,
    ) -> Refusal {
        self.ask_to_log_in(inactive.as_str(), request, url)
    }

    /// Nobody is logged in: 303 to the login for a person, 401 for everything else.
    pub(in crate::gate) fn ask_to_log_in<R: RequestHead>(
        &self,
        reason: &'static str,
        request: &R,
        url: &str,
    ) -> Refusal {
        if is_navigation(request.method(), request) {
            return self.redirect_to_login(reason, url);
        }
        let refusal = match self.access {
            Access::Any => self.refuse_neither(reason),
            Access::Public | Access::Token | Access::Session | Access::Deny => {
                self.refuse_logged_out(reason)
            }
        };
        self.readable(request, refusal)
    }

    fn redirect_to_login(&self, reason: &'static str, url: &str) -> Refusal {
        let (path, query) = path::split(url);
        // If the URL is too long to come back to, the person comes back to the front page.
        let login =
            ReturnTo::of(path, query).map_or_else(|_| LOGIN.to_owned(), |place| place.login());
        let vary = if self.access.takes_tokens() {
            "Authorization, Cookie, Sec-Fetch-Mode, Accept"
        } else {
            "Cookie, Sec-Fetch-Mode, Accept"
        };
        let answer = Answer::new(303)
            .with("location", login)
            .with("cache-control", "no-store")
            .with("vary", vary);
        Refusal { reason, answer }
    }

    fn refuse_logged_out(&self, reason: &'static str) -> Refusal {
        Refusal::new(
            401,
            reason,
            problem!(
                401,
                "Unauthorized",
                "This route needs a login, and this request has none that is valid. A person opens \
                 /_postern/login in a browser. A script on a page of this site sends its requests \
                 with cookies, as fetch does by default, and leads the person there."
            ),
        )
        .with("www-authenticate", self.challenges.login)
    }

    fn refuse_neither(&self, reason: &'static str) -> Refusal {
        Refusal::new(
            401,
            reason,
            problem!(
                401,
                "Unauthorized",
                "This route needs an access token or a login, and this request has neither that is \
                 valid. A program sends 'Authorization: Bearer TOKEN'; the WWW-Authenticate header \
                 names the metadata that says where to get one. A person opens /_postern/login in a \
                 browser."
            ),
        )
        .with("www-authenticate", self.challenges.bare)
    }

    /// The request has a login session, but does not come from a page of this site: 403.
    pub(in crate::gate) fn refuse_cross_site() -> Refusal {
        Refusal::new(
            403,
            "cross_site",
            problem!(
                403,
                "Forbidden",
                "With a login session, requests that change something or open a WebSocket are taken only \
                 from pages of this site, and this one is not from there: its Origin header, or \
                 Sec-Fetch-Site if it has none, has to say so. A client that is not a browser sends \
                 an access token instead, to a route that takes tokens."
            ),
        )
    }
}
