//! Client credentials (RFC 6749 section 4.4): a session of its own for each token.

use super::error::Error;
use super::request::TokenRequest;
use crate::issue;
use crate::ports::PersonPorts;
use crate::protocol::Answer;
use crate::session::SessionRecord;
use crate::session::coordinator::{Command, Reply};
use crate::token::TokenKind;

impl<'c, P: PersonPorts> TokenRequest<'_, 'c, P> {
    pub(super) async fn client_credentials(&self) -> Result<Answer, Error<'c>> {
        let client = self.client;
        let scope = self.scope(&client.scope)?;
        let audiences = self.audiences(&client.audiences)?;
        let (issued_at, expires_at) = issue::times(client.token_lifetime, self.ports);
        let record = SessionRecord {
            scope,
            audiences,
            ..SessionRecord::new(
                issue::new_session(self.ports),
                client.id.clone(),
                client.id.as_str().to_owned(),
                issued_at,
                expires_at,
            )
        };
        let access = self.mint(TokenKind::Access, record);
        let command = Command::Issue(access.to_command());
        match access.store(command, self.ports).await? {
            Reply::Done => Ok(self.issued(&access, None)),
            _ => Err(issue::unexpected_reply().into()),
        }
    }
}
