//! Who is there: the login of the browser that sends a request.
//!
//! A login counts here only if the revocation log says so now.

use super::request::Visitor;
use crate::browser::cookies::CookieName;
use crate::browser::user_agent;
use crate::issue::Minted;
use crate::listing::{ListedSession, Listing};
use crate::ports::{PersonPorts, Unavailable};
use crate::resolve::{Demand, Resolution};
use crate::session::SessionRecord;
use crate::session::coordinator::Owner;
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
            Resolution::Active(active) => Ok(Some(active.session.record().clone())),
            Resolution::Inactive(_) => Ok(None),
            Resolution::Unavailable(unavailable) => Err(unavailable),
        }
    }

    /// The list of people's sessions.
    #[must_use]
    pub const fn listing(&self) -> Listing<'_, P> {
        Listing::new(self.resolver.keys(), self.ports)
    }

    /// Lists a session that begins with this request. If that fails, the session counts nevertheless, and
    /// the cause is logged.
    pub async fn list(&self, record: &SessionRecord) {
        let sender = self.request.sender;
        let entry = ListedSession {
            session: record.session,
            client: record.client_id.clone(),
            begun_at: record.issued_at,
            seen_at: record.issued_at,
            ends_at: record.ends_at.unwrap_or(record.expires_at),
            place: sender.place(),
            browser: user_agent::describe(&sender.header("user-agent").unwrap_or_default()),
        };
        let owner = Owner::of(&record.subject);
        if let Err(unavailable) = self.listing().put(owner, &entry).await {
            self.ports.emit(unavailable.event());
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
