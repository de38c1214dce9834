//! Who is there: the login of the browser that sends a request.
//!
//! A login counts here only if the revocation log says so now. Whatever is answered to it keeps it going.

use super::request::Visitor;
use crate::browser::cookies::CookieName;
use crate::browser::user_agent;
use crate::issue::ticket::Lifetimes;
use crate::issue::{Minted, renewal};
use crate::listing::{Device, Listing};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::Answer;
use crate::resolve::{Demand, Resolution};
use crate::session::SessionRecord;
use crate::token::TokenKind;

impl<P: PersonPorts> Visitor<'_, P> {
    /// The record of this browser's login, if it counts now.
    ///
    /// # Errors
    /// [`Unavailable`] if that could not be found out.
    pub async fn login(&self) -> Result<Option<SessionRecord>, Unavailable> {
        let cookies = self.cookies();
        let Some(ticket) = CookieName::SESSION.read(&cookies) else {
            return Ok(None);
        };
        let meaning = self
            .resolver
            .resolve(self.ports, TokenKind::Ticket, ticket, &Demand::STRONG);
        match meaning.await {
            Resolution::Active(active) => {
                let session = self.seen.get_or_init(|| active.session);
                Ok(Some(session.record().clone()))
            }
            Resolution::Inactive(_) => Ok(None),
            Resolution::Unavailable(unavailable) => Err(unavailable),
        }
    }

    /// The answer, with the next ticket of the login that the request came with, if that has used up half of its
    /// time. So a login goes on however it is used. An answer that gives or takes the cookie itself, or that says
    /// that something is down, stays as it is.
    pub async fn prolong(&self, answer: Answer) -> Answer {
        let Some(session) = self.seen.get() else {
            return answer;
        };
        let mut cookies = answer
            .headers
            .iter()
            .filter(|(name, _)| *name == "set-cookie");
        if answer.status >= 500
            || cookies.any(|(_, value)| CookieName::SESSION.is_set_by(value))
            || !renewal::begin_renewal(session, self.ports.now())
        {
            return answer;
        }
        let (record, lifetimes) = (session.record(), Lifetimes::of(self.config));
        match renewal::renew_beside(record, lifetimes, self.resolver, self.ports).await {
            Some(ticket) => answer.with("set-cookie", session_cookie(&ticket)),
            None => answer,
        }
    }

    /// What is remembered of people.
    #[must_use]
    pub const fn listing(&self) -> Listing<'_, P> {
        Listing::new(self.resolver, self.ports)
    }

    /// What a session begins with that begins with this request.
    #[must_use]
    pub fn device(&self) -> Device {
        let sender = self.request.sender;
        Device {
            place: sender.place(),
            browser: user_agent::describe(&sender.header("user-agent").unwrap_or_default()),
        }
    }
}

/// The cookie that holds a ticket, for as long as the ticket lasts.
#[must_use]
pub fn session_cookie(ticket: &Minted) -> String {
    CookieName::SESSION
        // Exposed to the browser that it is for.
        .set(ticket.token.expose(), Some(ticket.lifetime()))
        .expect("a token has only cookie-octets")
}

/// What a person is called on a page.
#[must_use]
pub fn shown_name(login: &SessionRecord) -> &str {
    login.username.as_deref().unwrap_or(&login.subject)
}
