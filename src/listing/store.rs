//! Asks the indexes, and seals what they keep.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value};

use crate::browser::sealed::Purpose;
use crate::person::{ClientKey, Command, Index, Reply};
use crate::ports::{Dependency, PersonIndex, Ports, Unavailable};
use crate::protocol::json as text;
use crate::resolve::Resolver;
use crate::session::coordinator::Owner;
use crate::time::Time;
use crate::token::SessionId;
use crate::token::seal::SEAL_RANDOMNESS;

/// What one issuer remembers of people.
pub struct Listing<'a, P: Ports> {
    pub(super) resolver: &'a Resolver<P::Attachment>,
    pub(super) ports: &'a P,
}

impl<'a, P: Ports + PersonIndex> Listing<'a, P> {
    /// What the indexes behind these ports remember.
    #[must_use]
    pub const fn new(resolver: &'a Resolver<P::Attachment>, ports: &'a P) -> Self {
        Self { resolver, ports }
    }

    pub(super) async fn ask(&self, index: Index, command: Command) -> Result<Reply, Unavailable> {
        self.ports.ask_index(index, command).await
    }

    pub(super) fn seal(&self, purpose: Purpose, key: &str, item: &Value, until: Time) -> Vec<u8> {
        let mut nonce = [0; SEAL_RANDOMNESS];
        self.ports.fill(&mut nonce);
        let payload = text::write(item).into_bytes();
        purpose.seal_stored(self.resolver.keys(), key, &payload, until, nonce)
    }

    pub(super) fn open(
        &self,
        purpose: Purpose,
        key: &str,
        item: &[u8],
    ) -> Option<Map<String, Value>> {
        let payload = purpose
            .open_stored(self.resolver.keys(), key, item, self.ports.now())
            .ok()?;
        match text::read(&payload)? {
            Value::Object(item) => Some(item),
            _ => None,
        }
    }
}

pub(super) fn session_key(owner: Owner, session: SessionId) -> String {
    let owner = Base64UrlUnpadded::encode_string(owner.as_bytes());
    format!("se:{owner}:{}", session.to_base64url())
}

pub(super) fn consent_key(owner: Owner, client: ClientKey) -> String {
    let owner = Base64UrlUnpadded::encode_string(owner.as_bytes());
    let client = Base64UrlUnpadded::encode_string(client.as_bytes());
    format!("co:{owner}:{client}")
}

/// An index gave a reply that its command cannot have.
pub(super) fn unexpected_reply() -> Unavailable {
    let cause = "it answered with another command's reply";
    Unavailable::new(Dependency::PersonIndex, cause)
}
