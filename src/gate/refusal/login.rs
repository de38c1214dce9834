//! What a request gets that needs a login and has none.
//!
//! Job: a person who goes to a page is sent to the login, and comes back to that page; everything else
//! gets 401, because a script would read a login page as data. Not its job: an outage. A session that
//! could not be looked up is neither good nor ended, and sending its person to the login would say "no".
//!
//! The cookie of a session that has ended is left where it is: by the time that this answer arrives,
//! another tab may have logged in, and a new login replaces it anyway.

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
    /// The login session of a request is over, or was none: as where there is none. Nobody learns which.
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
        // What is too long to come back to comes back to the front page.
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
                "This route needs a login, and this request brought none that counts. A person opens \
                 /_postern/login in a browser. A script on a page of this site sends its requests \
                 with cookies, which fetch does by itself, and leads the person there."
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
                "This route needs an access token or a login, and this request brought neither that \
                 counts. A program sends 'Authorization: Bearer TOKEN'; the WWW-Authenticate header \
                 names the metadata that says where to get one. A person opens /_postern/login in a \
                 browser."
            ),
        )
        .with("www-authenticate", self.challenges.bare)
    }

    /// The request came with a login session, and from a page of another site or from nowhere: 403.
    pub(in crate::gate) fn refuse_cross_site() -> Refusal {
        Refusal::new(
            403,
            "cross_site",
            problem!(
                403,
                "Forbidden",
                "With a login session, a request that changes something or opens a WebSocket is taken \
                 from pages of this site alone, and this one does not come from there: its Origin \
                 header, or Sec-Fetch-Site where it has none, has to say so. What is no browser sends \
                 an access token instead, to a route that takes tokens."
            ),
        )
    }
}
