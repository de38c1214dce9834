//! The credential of a request: an access token in `Authorization` (RFC 6750 section 2.1), or the
//! ticket of a person's login session in its cookie.
//!
//! Job: which of the two counts, from where it may come, and whether it is enough for the route. A browser
//! sends a cookie with every request, whichever page causes it. A request that changes something or opens a
//! WebSocket must therefore come from a page of this site (cross-site request forgery, cross-site WebSocket
//! hijacking). A header is set on purpose, so it may come from anywhere. If there is one, the cookie is not
//! read.

use percent_encoding::percent_decode_str;

use crate::browser::CookieName;
use crate::browser::same_site::is_same_site;
use crate::config::Access;
use crate::protocol::credentials::{Authorization, authorization};
use crate::session::SessionRecord;
use crate::time::Time;
use crate::token::{PlainToken, TokenKind};

use super::path;
use super::policy::Route;
use super::refusal::Refusal;
use super::request_head::RequestHead;

/// What a request presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// An access token.
    Token,
    /// The ticket of a login session.
    Ticket {
        /// Whether the answer can bring a new ticket. The answer to a WebSocket handshake cannot.
        renewable: bool,
    },
}

impl Credential {
    /// The kind that its token must be of.
    #[must_use]
    pub const fn kind(self) -> TokenKind {
        match self {
            Self::Token => TokenKind::Access,
            Self::Ticket { .. } => TokenKind::Ticket,
        }
    }
}

impl Route {
    /// The access token of a request, if it has one.
    #[must_use]
    pub fn token<R: RequestHead>(&self, request: &R, url: &str) -> Option<PlainToken> {
        match self.credential(request, url) {
            Ok((Credential::Token, token)) => Some(token),
            Ok((Credential::Ticket { .. }, _)) | Err(_) => None,
        }
    }

    /// The credential of a request for `url`, not yet verified.
    pub(super) fn credential<R: RequestHead>(
        &self,
        request: &R,
        url: &str,
    ) -> Result<(Credential, PlainToken), Refusal> {
        if self.access.takes_tokens() {
            let token = self
                .bearer(request, url)
                .and_then(|bearer| match self.token_from {
                    None => Ok(bearer),
                    Some(from) => self.token_from(from, bearer, request, url),
                });
            match token.map_err(|refusal| self.readable(request, refusal))? {
                Some(token) => return Ok((Credential::Token, token)),
                None if self.access == Access::Token => {
                    let refusal = self.refuse_unauthenticated("no_credentials", url);
                    return Err(self.readable(request, refusal));
                }
                None => {}
            }
        }
        self.ticket(request, url)
    }

    /// The bearer token of a request; `None` where it has no `Authorization`.
    fn bearer<R: RequestHead>(
        &self,
        request: &R,
        url: &str,
    ) -> Result<Option<PlainToken>, Refusal> {
        // Refused with and without an `Authorization` header. With one, there would be two credentials.
        if path::split(url).1.is_some_and(has_access_token) {
            return Err(self.refuse_token_in_query(url));
        }
        let Some(mut value) = request.header("authorization") else {
            return Ok(None);
        };
        let scheme_ends = match authorization(&value) {
            Authorization::Bearer(token) => value.len() - token.len(),
            Authorization::MalformedBearer => return Err(self.refuse_malformed(url)),
            Authorization::Other => return Err(self.refuse_unauthenticated("other_scheme", url)),
        };
        // The token is the end of the value, so this leaves the token, without a second copy.
        value.drain(..scheme_ends);
        Ok(Some(PlainToken::new(value)))
    }

    /// The ticket of a request. A request without one may come from another site: it does no harm.
    fn ticket<R: RequestHead>(
        &self,
        request: &R,
        url: &str,
    ) -> Result<(Credential, PlainToken), Refusal> {
        let [cookies, upgrade] = request.two_headers(["cookie", "upgrade"]);
        let ticket = cookies.as_deref().and_then(|c| CookieName::SESSION.read(c));
        let Some(ticket) = ticket else {
            return Err(self.ask_to_log_in("no_session", request, url));
        };
        let is_ambient = upgrade.is_some() || !is_safe(request.method());
        if is_ambient && !is_same_site(request, path::origin(url)) {
            return Err(Self::refuse_cross_site());
        }
        let credential = Credential::Ticket {
            renewable: upgrade.is_none(),
        };
        Ok((credential, PlainToken::new(ticket.to_owned())))
    }

    /// Whether a valid credential is enough for a request for `url` at `now`. `scopes` and `audience` are only about
    /// tokens: a login session has every right that its person has. The rules are about both.
    ///
    /// # Errors
    /// A [`Refusal`]: 401 `invalid_token` if the token is bound to a key or not meant for the route's
    /// audience, 403 `insufficient_scope` if its scope lacks something, 403 if the route is not for them, and 303 or 401
    /// `insufficient_user_authentication` if their login is too old or too weak.
    pub fn authorise<R: RequestHead>(
        &self,
        credential: Credential,
        record: &SessionRecord,
        request: &R,
        url: &str,
        now: Time,
    ) -> Result<(), Refusal> {
        if credential == Credential::Token {
            self.authorise_token(record, url)?;
        }
        match &self.rules {
            None => Ok(()),
            Some(rules) => self.obey(rules, credential, record, (request, url), now),
        }
    }

    fn authorise_token(&self, record: &SessionRecord, url: &str) -> Result<(), Refusal> {
        if record.confirmation.is_some() {
            return Err(self.refuse_key_bound(url));
        }
        if let Some(audience) = &self.audience
            && !record.audiences.contains(audience)
            && !self.has_other_audiences(record)
        {
            return Err(self.refuse_audience(url));
        }
        if !record.scope.covers(&self.scope) && self.lacking(&record.scope).next().is_some() {
            return Err(self.refuse_scope(url));
        }
        Ok(())
    }
}

impl Route {
    /// Whether it was decided already what a token is meant for: its issuer's list in the configuration does not have the
    /// route's audience.
    #[cold]
    fn has_other_audiences(&self, record: &SessionRecord) -> bool {
        let client = record.client_id.as_str();
        let mut others = self.other_audiences.iter();
        others.any(|prefix| client.starts_with(prefix.as_str()))
    }
}

/// Whether a method is safe: it asks for no change (RFC 9110 section 9.2.1). `TRACE` is left out, because
/// nobody needs it.
pub(super) fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Whether a query has a parameter `access_token`, however its name is written.
fn has_access_token(query: &str) -> bool {
    query.split('&').any(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        // A name is never longer decoded than encoded.
        name.len() >= NAME.len() && percent_decode_str(name).eq(NAME.bytes())
    })
}

/// RFC 6750 section 2.3.
const NAME: &str = "access_token";
