//! Gives a client its code (RFC 6749 section 4.1.2).
//!
//! An authorization is a session of its own. Its record names the login that it came from, and the
//! login's coordinator knows it, so that ending the login ends it too.

use futures_util::future;

use super::fault::Fault;
use super::parameters::{Destination, RequestedParameters};
use super::services::Services;
use crate::config::CODE_LIFETIME;
use crate::issue::{self, Minted};
use crate::listing::{Begun, Taken};
use crate::oauth::code_binding::binding;
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::Answer;
use crate::session::SessionRecord;
use crate::session::coordinator::{Beginning, Command, Owner, Reply};
use crate::token::TokenKind;

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn offer(
        &self,
        destination: &Destination<'_>,
        requested: &RequestedParameters<'_>,
        login: &SessionRecord,
    ) -> Result<Answer, Unavailable> {
        let client = destination.client;
        let session = issue::new_session(self.visitor.ports);
        let (issued_at, ends_at) =
            issue::times(client.authorization_lifetime(), self.visitor.ports);
        let (_, expires_at) = issue::times(CODE_LIFETIME, self.visitor.ports);
        let record = SessionRecord {
            session,
            client_id: client.id.clone(),
            scope: requested.scope.clone(),
            audiences: requested.audiences.clone(),
            issued_at,
            expires_at,
            login: Some(login.session),
            ends_at: Some(ends_at),
            ..login.clone()
        };
        let owner = Owner::of(&login.subject);
        let code = Minted::new(
            TokenKind::Code,
            record,
            self.visitor.resolver.keys(),
            self.visitor.ports,
        );
        let offer = Command::Offer {
            beginning: Beginning {
                session,
                owner,
                ends_at,
            },
            client: client.id.clone(),
            code: code.to_grant_token(),
            binding: binding(destination.redirect_uri, &requested.challenge),
        };
        let adopt = Command::Adopt {
            child: session,
            until: ends_at,
        };
        let (adopted, offered) = future::join(
            self.visitor.ports.ask(login.session, adopt),
            self.visitor.ports.ask(session, offer),
        )
        .await;
        match (adopted?, offered?) {
            (Reply::Done, Reply::Done) => {}
            // The login was ended in the meantime.
            (Reply::Unknown, _) => return Ok(self.fault(destination, Fault::LoginRequired)),
            _ => return Err(issue::unexpected_reply()),
        }
        // A cutoff that the index hears of ends the session at its coordinator, which knows it by now.
        let begun = Begun {
            redeem_by: Some(expires_at),
            needs_consent: !client.is_first_party,
        };
        let (listing, device) = (self.visitor.listing(), self.visitor.device());
        let taken = listing.take_in(code.record(), &device, begun);
        match taken.await? {
            Taken::Yes => {}
            Taken::CutOff => return Ok(self.fault(destination, Fault::LoginRequired)),
            Taken::NoConsent => return Ok(self.fault(destination, Fault::ConsentRequired)),
        }
        // Exposed to its client, by way of the browser.
        let parameters = [("code", code.token.expose().as_str())];
        Ok(self.send_back(destination, &parameters, "You allowed access"))
    }
}
