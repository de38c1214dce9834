//! Tokens that come in a header or a cookie of another name (`token_from`), for those who migrate.
//!
//! Job: which credential counts, and what becomes of two. A client must not send its token in more than one way (RFC 6750
//! section 2). Both headers are set on purpose, so `Authorization` beside the other one is refused (section 3.1,
//! `invalid_request`). A browser sends a cookie by itself, so there `Authorization` decides, as it does beside a login; and
//! what a browser sends by itself must come from this site, as with a login. Nothing is ever read from a query.

use super::credential::is_safe;
use super::forward::cookie_of;
use super::path;
use super::policy::Route;
use super::refusal::Refusal;
use super::request_head::RequestHead;
use crate::browser::same_site::is_same_site;
use crate::config::TokenFrom;
use crate::protocol::credentials::is_b64token;
use crate::token::PlainToken;

impl Route {
    /// The token of a request with this `Authorization`, or in the place that the route names beside that.
    pub(super) fn token_from<R: RequestHead>(
        &self,
        from: &'static TokenFrom,
        bearer: Option<PlainToken>,
        request: &R,
        url: &str,
    ) -> Result<Option<PlainToken>, Refusal> {
        let token = match from {
            TokenFrom::Header(name) => match (request.header(name), &bearer) {
                (Some(_), Some(_)) => return Err(self.refuse_two_tokens(url)),
                (header, _) => header,
            },
            TokenFrom::Cookie(_) if bearer.is_some() => None,
            TokenFrom::Cookie(name) => {
                let [cookies, upgrade] = request.two_headers(["cookie", "upgrade"]);
                let cookie = cookies.as_deref().and_then(|all| cookie_of(all, name));
                let is_ambient = upgrade.is_some() || !is_safe(request.method());
                if cookie.is_some() && is_ambient && !is_same_site(request, path::origin(url)) {
                    return Err(Self::refuse_cross_site());
                }
                cookie.map(str::to_owned)
            }
        };
        match token {
            None => Ok(bearer),
            Some(token) if is_b64token(&token) => Ok(Some(PlainToken::new(token))),
            Some(_) => Err(self.refuse_malformed(url)),
        }
    }

    /// Whether the header `name` (lower case) is where its tokens may be, in any spelling that a server could take for it.
    #[must_use]
    pub fn is_token_header(&self, name: &str) -> bool {
        let Some(TokenFrom::Header(own)) = self.token_from else {
            return false;
        };
        let letters = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        letters(own) == letters(name)
    }

    /// The cookie in which its tokens may be.
    #[must_use]
    pub const fn token_cookie(&self) -> Option<&'static str> {
        match self.token_from {
            Some(TokenFrom::Cookie(name)) => Some(name.as_str()),
            Some(TokenFrom::Header(_)) | None => None,
        }
    }

    /// Whether a header is where its tokens may be.
    #[must_use]
    pub const fn has_token_header(&self) -> bool {
        matches!(self.token_from, Some(TokenFrom::Header(_)))
    }
}
