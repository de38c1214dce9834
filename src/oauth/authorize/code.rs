//! Gives a client its code (RFC 6749 section 4.1.2).
//!
//! What a client was authorized to is a session of its own. Its record names the login that it came
//! from, and the login knows it: ending the login ends it.

use std::time::Duration;

use futures_util::future;

use super::parameters::{Asked, Destination, Fault};
use super::{Desk, see_other};
use crate::browser::user_agent;
use crate::config::Grant;
use crate::directory::{Directory, Entry};
use crate::issue::{self, Minted};
use crate::oauth::token::binding;
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::Answer;
use crate::session::SessionRecord;
use crate::session::coordinator::{Beginning, Command, Owner, Reply};
use crate::token::TokenKind;

/// How long a code lasts.
const CODE_LIFETIME: Duration = Duration::from_mins(1);

impl<P: PersonPorts> Desk<'_, P> {
    pub(super) async fn offer(
        &self,
        destination: &Destination<'_>,
        asked: &Asked<'_>,
        login: &SessionRecord,
    ) -> Result<Answer, Unavailable> {
        let client = destination.client;
        let lifetime = if client.grants.contains(&Grant::RefreshToken) {
            client.refresh_lifetime
        } else {
            CODE_LIFETIME + client.token_lifetime
        };
        let session = issue::new_session(self.ports);
        let (issued_at, ends_at) = issue::times(lifetime, self.ports);
        let (_, expires_at) = issue::times(CODE_LIFETIME, self.ports);
        let record = SessionRecord {
            session,
            client_id: client.id.clone(),
            scope: asked.scope.clone(),
            audiences: asked.audiences.clone(),
            issued_at,
            expires_at,
            login: Some(login.session),
            ends_at: Some(ends_at),
            ..login.clone()
        };
        let owner = Owner::of(&login.subject);
        let code = Minted::new(TokenKind::Code, record, self.resolver.keys(), self.ports);
        let offer = Command::Offer {
            beginning: Beginning {
                session,
                owner,
                ends_at,
            },
            client: client.id.clone(),
            code: code.to_link(),
            binding: binding(destination.redirect_uri, &asked.challenge),
        };
        let adopt = Command::Adopt {
            child: session,
            until: ends_at,
        };
        let (adopted, offered) = future::join(
            self.ports.ask(login.session, adopt),
            self.ports.ask(session, offer),
        )
        .await;
        match (adopted?, offered?) {
            (Reply::Done, Reply::Done) => {}
            // The login was ended while this was going on.
            (Reply::Unknown, _) => return Ok(self.fault(destination, Fault::LoginRequired)),
            _ => return Err(issue::unexpected_reply()),
        }
        self.note(owner, code.record()).await;
        // Exposed to the client that it is for, by way of the browser.
        let parameters = [("code", code.token.expose().as_str())];
        Ok(see_other(destination.location(&parameters, self.config)))
    }

    /// Has the session listed. Where that fails it is a session all the same.
    async fn note(&self, owner: Owner, record: &SessionRecord) {
        let sender = self.request.sender;
        let entry = Entry {
            session: record.session,
            client: record.client_id.clone(),
            begun_at: record.issued_at,
            seen_at: record.issued_at,
            ends_at: record.ends_at.unwrap_or(record.expires_at),
            place: sender.place(),
            browser: user_agent::describe(&sender.header("user-agent").unwrap_or_default()),
        };
        let directory = Directory::new(self.resolver.keys(), self.ports);
        if let Err(unavailable) = directory.note(owner, &entry).await {
            self.ports.emit(unavailable.event());
        }
    }
}
