//! Refusals of requests that need a login and have none.
//!
//! Job: a person who goes to a page is sent to the login and comes back to that page. Whose form comes after the session
//! was over is sent there too, and comes back to the page with the form. At another address than the
//! issuer's, where nobody can log in, they are led to the same page at the issuer's. Everything else gets 401, because a
//! script would read a login page as data. Not its job: an outage. If a session could not be
//! looked up, it is neither valid nor over, and sending its person to the login would say "no".
//!
//! The cookie of a session that is over is not deleted. By the time this answer arrives, another tab may
//! have logged in. A new login replaces the cookie anyway.

use crate::browser::same_site::{is_navigation, wants_page};
use crate::browser::{Elsewhere, ReturnTo};
use crate::config::Access;
use crate::protocol::Answer;
use crate::resolve::Inactive;

use super::problem::{Refusal, problem};
use super::told;
use crate::gate::path;
use crate::gate::policy::Route;
use crate::gate::request_head::RequestHead;

/// The page that logs people in.
pub(super) const LOGIN: &str = "/_postern/login";

/// Tells a script that its request was refused for want of a login, and where that is: a page that a script has built
/// can then lead its person there. Where a route takes tokens too, a 401 alone does not say so.
pub(super) const LOGIN_HEADER: &str = "postern-login";

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
        self.lead_to_login(reason, request, url, "")
            .unwrap_or_else(|| {
                let refusal = match Elsewhere::of(&self.issuer, path::origin(url)) {
                    Some(_) => self.refuse_elsewhere(reason, url),
                    None => self.refuse_here(reason, url),
                };
                self.readable(request, refusal)
            })
    }

    /// 303 to the login for a person who navigates, or who has sent a form; `None` for everything else. `needed` is what the
    /// login is asked for, as parameters.
    pub(super) fn lead_to_login<R: RequestHead>(
        &self,
        reason: &'static str,
        request: &R,
        url: &str,
        needed: &str,
    ) -> Option<Refusal> {
        if !is_form(request) && !is_navigation(request.method(), request) {
            return None;
        }
        let place = self.place_to_return(request, url);
        let location = match Elsewhere::of(&self.issuer, path::origin(url)) {
            // Without a page to come back to, such as one with too long a URL, the person comes back to the front page.
            None => {
                let (mut login, separator) = match place {
                    Some(place) => (place.login(), '&'),
                    None => (LOGIN.to_owned(), '?'),
                };
                if !needed.is_empty() {
                    login.push(separator);
                    login.push_str(needed);
                }
                login
            }
            Some(Elsewhere::Led) => self.issuer.url(place.unwrap_or_default().as_str()),
            Some(Elsewhere::Apart) => return None,
        };
        Some(self.redirect(reason, location))
    }

    /// The page to which a person comes back: the one that they went to, or the one with the form that they sent.
    #[expect(
        clippy::unused_self,
        reason = "it is asked of the route like all that is about its refusals"
    )]
    pub(super) fn place_to_return<R: RequestHead>(
        &self,
        request: &R,
        url: &str,
    ) -> Option<ReturnTo> {
        if is_form(request) {
            return page_of_form(request, path::origin(url));
        }
        let (path, query) = path::split(url);
        ReturnTo::of(path, query).ok()
    }

    fn refuse_here(&self, reason: &'static str, url: &str) -> Refusal {
        match self.access {
            Access::Any => self.refuse_neither(reason, url),
            Access::Public | Access::Token | Access::Session | Access::Deny => {
                self.refuse_logged_out(reason, url)
            }
        }
    }

    fn redirect(&self, reason: &'static str, location: String) -> Refusal {
        let vary = if self.access.takes_tokens() {
            "Authorization, Cookie, Sec-Fetch-Mode, Accept"
        } else {
            "Cookie, Sec-Fetch-Mode, Accept"
        };
        let answer = Answer::new(303)
            .with("location", location)
            .with("cache-control", "no-store")
            .with("vary", vary);
        Refusal::redirect(reason, answer)
    }

    fn refuse_logged_out(&self, reason: &'static str, url: &str) -> Refusal {
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
        .with("www-authenticate", self.challenges(url).login)
        .with(LOGIN_HEADER, LOGIN)
    }

    /// The request came to another address than the issuer's.
    fn refuse_elsewhere(&self, reason: &'static str, url: &str) -> Refusal {
        let (challenge, token) = if self.access.takes_tokens() {
            let token = " A program sends 'Authorization: Bearer TOKEN', to this address or to that \
                         one; the WWW-Authenticate header says where to get one.";
            (self.challenges(url).bare, token)
        } else {
            (self.challenges(url).login, "")
        };
        // An issuer has no characters that JSON escapes.
        let body = format!(
            "{{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401,\"detail\":\"This \
             route needs a login. People log in at {}, and only there, and this request came to \
             another address: open the page there.{token}\"}}",
            self.issuer.as_str()
        );
        Refusal::new(401, reason, body)
            .telling(self.elsewhere)
            .with("www-authenticate", challenge)
            .with(LOGIN_HEADER, self.issuer.url(LOGIN))
    }

    fn refuse_neither(&self, reason: &'static str, url: &str) -> Refusal {
        Refusal::new(
            401,
            reason,
            problem!(
                401,
                "Unauthorized",
                "This route needs an access token or a login, and this request has neither that is \
                 valid. A program sends 'Authorization: Bearer TOKEN'; the WWW-Authenticate header \
                 says where to get one. A person opens /_postern/login in a \
                 browser."
            ),
        )
        .with("www-authenticate", self.challenges(url).bare)
        .with(LOGIN_HEADER, LOGIN)
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
                 Sec-Fetch-Site if it has none or null, has to say so. A client that is not a browser sends \
                 an access token instead, to a route that takes tokens."
            ),
        )
        .telling(&told::OTHER_SITE)
    }
}

/// Whether a person has sent a form.
fn is_form<R: RequestHead>(request: &R) -> bool {
    request.method() == "POST" && wants_page(request)
}

/// The page that a form was on, if it is one of this site, `origin`: the browser says so in `Referer` (RFC 9110 section
/// 10.1.3), which no page can make up.
fn page_of_form<R: RequestHead>(request: &R, origin: &str) -> Option<ReturnTo> {
    let page = request.header("referer")?;
    if path::origin(&page) != origin {
        return None;
    }
    let (path, query) = path::split(&page);
    ReturnTo::of(path, query).ok()
}
