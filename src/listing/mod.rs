//! What is remembered of people for showing it to them: their sessions, and what they agreed to.
//!
//! ```text
//! session = "se:" owner ":" session     ; each base64url; the item is a JSON object, sealed
//! consent = "co:" hash of owner and client
//! logout  = "lo:" hash of a provider's logout token that was taken, without content
//! ```
//! Job: items in the list store, sealed, under a hash of the subject. Not its job: what is ended. The store
//! is eventually consistent, so nothing that lets anyone in rests on it: a new session is listed within a
//! minute, and a consent that was just given may be asked for once more.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::browser::sealed::Purpose;
use crate::ports::{Clock, ListStore, Randomness, Unavailable};
use crate::protocol::{ClientId, Scope, json as text};
use crate::session::coordinator::Owner;
use crate::time::Time;
use crate::token::seal::SEAL_RANDOMNESS;
use crate::token::{KeyRing, SessionId};

/// How long a consent is remembered.
const CONSENT_KEPT: Duration = Duration::from_hours(24 * 365);

/// How much of a place or a browser is kept, in bytes.
const LONGEST_TEXT: usize = 80;

/// A session, as a person recognises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSession {
    /// Its name.
    pub session: SessionId,
    /// What it is with; [`ClientId::site`] for a login on this site.
    pub client: ClientId,
    /// When it began.
    pub begun_at: Time,
    /// When it was last used, as far as that is known.
    pub seen_at: Time,
    /// When it ends at the latest.
    pub ends_at: Time,
    /// About where it began.
    pub place: Option<String>,
    /// The browser that it began in, in a few words.
    pub browser: String,
}

/// What one issuer remembers.
pub struct Listing<'a, P> {
    keys: &'a KeyRing,
    ports: &'a P,
}

impl<'a, P: ListStore + Clock + Randomness> Listing<'a, P> {
    /// The listing in this store.
    #[must_use]
    pub const fn new(keys: &'a KeyRing, ports: &'a P) -> Self {
        Self { keys, ports }
    }

    /// Lists a session, or what is new about it.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was. It is not listed then.
    pub async fn put(&self, owner: Owner, listed: &ListedSession) -> Result<(), Unavailable> {
        let key = session_key(owner, listed.session);
        let item = json!({
            "c": listed.client.as_str(),
            "b": listed.begun_at.seconds(),
            "s": listed.seen_at.seconds(),
            "e": listed.ends_at.seconds(),
            "p": listed.place.as_deref().map(cut),
            "u": cut(&listed.browser),
        });
        self.write(Purpose::Session, &key, &item, listed.ends_at)
            .await
    }

    /// The session was used just now.
    ///
    /// # Errors
    /// [`Unavailable`] as [`Self::put`].
    pub async fn seen(&self, owner: Owner, session: SessionId) -> Result<(), Unavailable> {
        let key = session_key(owner, session);
        let Some(item) = self.ports.read_item(&key).await? else {
            return Ok(());
        };
        match self.listed(&key, &item) {
            Some(listed) => {
                let seen_at = self.ports.now();
                self.put(owner, &ListedSession { seen_at, ..listed }).await
            }
            None => Ok(()),
        }
    }

    /// The sessions of a person, the newest first. What cannot be read is left out.
    ///
    /// # Errors
    /// [`Unavailable`] where the store did not answer.
    pub async fn sessions(&self, owner: Owner) -> Result<Vec<ListedSession>, Unavailable> {
        let items = self.ports.list_items(&owner_prefix(owner)).await?;
        let mut sessions: Vec<ListedSession> = Vec::new();
        for (key, item) in &items {
            if let Some(listed) = self.listed(key, item) {
                let at = sessions.partition_point(|other| other.begun_at >= listed.begun_at);
                sessions.insert(at, listed);
            }
        }
        Ok(sessions)
    }

    /// Forgets a session.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was. It is listed until it would have ended.
    pub async fn forget(&self, owner: Owner, session: SessionId) -> Result<(), Unavailable> {
        self.ports.delete_item(&session_key(owner, session)).await
    }

    /// What a person has agreed that a client may have.
    ///
    /// # Errors
    /// [`Unavailable`] where the store did not answer.
    pub async fn consent(&self, owner: Owner, client: &ClientId) -> Result<Scope, Unavailable> {
        let key = consent_key(owner, client);
        let Some(item) = self.ports.read_item(&key).await? else {
            return Ok(Scope::default());
        };
        let agreed = self.open(Purpose::Consent, &key, &item);
        let scope = agreed.and_then(|item| item.get("s")?.as_str()?.parse().ok());
        Ok(scope.unwrap_or_default())
    }

    /// Whether a person has agreed to anything with this client, even to no scope at all.
    ///
    /// # Errors
    /// [`Unavailable`] where the store did not answer.
    pub async fn has_agreed(
        &self,
        owner: Owner,
        client: &ClientId,
        scope: &Scope,
    ) -> Result<bool, Unavailable> {
        let key = consent_key(owner, client);
        let item = self.ports.read_item(&key).await?;
        let agreed = item.and_then(|item| self.open(Purpose::Consent, &key, &item));
        Ok(agreed.is_some_and(|item| {
            let agreed = item.get("s").and_then(Value::as_str).unwrap_or_default();
            scope.is_empty()
                || agreed
                    .parse()
                    .is_ok_and(|agreed: Scope| agreed.covers(scope))
        }))
    }

    /// A person agrees that a client may have this too.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was written. It is asked for again then.
    pub async fn agree(
        &self,
        owner: Owner,
        client: &ClientId,
        scope: &Scope,
    ) -> Result<(), Unavailable> {
        let all = self.consent(owner, client).await?.union(scope);
        let key = consent_key(owner, client);
        let item = json!({ "s": all.to_string() });
        let until = self.ports.now().plus(CONSENT_KEPT);
        self.write(Purpose::Consent, &key, &item, until).await
    }

    /// Whether a provider's logout token of this name was taken before.
    ///
    /// # Errors
    /// [`Unavailable`] where the store did not answer.
    pub async fn knows_logout_token(&self, id: &[u8; 16]) -> Result<bool, Unavailable> {
        Ok(self.ports.read_item(&logout_key(id)).await?.is_some())
    }

    /// Remembers that a provider's logout token of this name was taken.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it is remembered.
    pub async fn remember_logout_token(
        &self,
        id: &[u8; 16],
        until: Time,
    ) -> Result<(), Unavailable> {
        self.ports.write_item(&logout_key(id), &[1], until).await
    }

    async fn write(
        &self,
        purpose: Purpose,
        key: &str,
        item: &Value,
        expires_at: Time,
    ) -> Result<(), Unavailable> {
        let mut nonce = [0; SEAL_RANDOMNESS];
        self.ports.fill(&mut nonce);
        let payload = text::write(item).into_bytes();
        let sealed = purpose.seal_stored(self.keys, key, &payload, expires_at, nonce);
        self.ports.write_item(key, &sealed, expires_at).await
    }

    fn open(&self, purpose: Purpose, key: &str, item: &[u8]) -> Option<Map<String, Value>> {
        let payload = purpose
            .open_stored(self.keys, key, item, self.ports.now())
            .ok()?;
        match text::read(&payload)? {
            Value::Object(item) => Some(item),
            _ => None,
        }
    }

    fn listed(&self, key: &str, item: &[u8]) -> Option<ListedSession> {
        let (_, session) = key.rsplit_once(':')?;
        let item = self.open(Purpose::Session, key, item)?;
        let time = |name| item.get(name)?.as_u64().map(Time::from_seconds);
        let string = |name| item.get(name)?.as_str().map(str::to_owned);
        Some(ListedSession {
            session: SessionId::from_base64url(session)?,
            client: string("c")?.parse().ok()?,
            begun_at: time("b")?,
            seen_at: time("s")?,
            ends_at: time("e")?,
            place: string("p"),
            browser: string("u")?,
        })
    }
}

fn owner_prefix(owner: Owner) -> String {
    let owner = Base64UrlUnpadded::encode_string(owner.as_bytes());
    format!("se:{owner}:")
}

fn session_key(owner: Owner, session: SessionId) -> String {
    owner_prefix(owner) + &session.to_base64url()
}

fn logout_key(id: &[u8; 16]) -> String {
    format!("lo:{}", Base64UrlUnpadded::encode_string(id))
}

fn consent_key(owner: Owner, client: &ClientId) -> String {
    let mut hash = Sha256::new();
    hash.update(b"postern consent v1\0");
    hash.update(owner.as_bytes());
    hash.update(client.as_str().as_bytes());
    let hash = Base64UrlUnpadded::encode_string(&hash.finalize()[..24]);
    format!("co:{hash}")
}

/// As much of a text as is kept.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests;
