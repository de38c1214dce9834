//! A token and its record, sealed together, and where they are put.

use std::time::Duration;

use crate::ports::{Dependency, Ports, Unavailable};
use crate::session::coordinator::{Command, GrantToken, NewToken, Reply};
use crate::session::{RecordKey, SealedRecord, SessionRecord};
use crate::time::Time;
use crate::token::seal::SEAL_RANDOMNESS;
use crate::token::{KeyRing, PlainToken, Pointer, SessionId, TokenDigest, TokenKind};

/// A token and its record, both sealed. Nobody has the token yet.
pub struct Minted {
    /// The token.
    pub token: PlainToken,
    kind: TokenKind,
    digest: TokenDigest,
    record: SessionRecord,
    sealed: SealedRecord,
}

impl Minted {
    /// A new token for `record`.
    #[must_use]
    pub fn new<P: Ports>(
        kind: TokenKind,
        record: SessionRecord,
        keys: &KeyRing,
        ports: &P,
    ) -> Self {
        let mut nonce = [0; SEAL_RANDOMNESS];
        ports.fill(&mut nonce);
        let token = keys.seal(kind, &pointer(&record), nonce);
        Self::sealed(kind, token, record, keys)
    }

    /// The refresh tokens that can follow `presented`, always the same ones for the same times: first the one
    /// that this isolate would make, then those of isolates that seal with another key of the ring.
    pub fn successors(
        presented: &PlainToken,
        record: &SessionRecord,
        keys: &KeyRing,
    ) -> impl Iterator<Item = Self> {
        let kind = TokenKind::Refresh;
        let tokens = keys.seal_successors(kind, presented, pointer(record));
        tokens.map(move |token| Self::sealed(kind, token, record.clone(), keys))
    }

    fn sealed(kind: TokenKind, token: PlainToken, record: SessionRecord, keys: &KeyRing) -> Self {
        Self {
            kind,
            digest: TokenDigest::of(&token),
            sealed: SealedRecord::seal(&record, &token, keys),
            record,
            token,
        }
    }

    /// Its digest.
    #[must_use]
    pub const fn digest(&self) -> TokenDigest {
        self.digest
    }

    /// Its record.
    #[must_use]
    pub const fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// How long it lasts from its issue.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.record.expires_at.since(self.record.issued_at)
    }

    /// What its coordinator is told of an access token or a ticket.
    #[must_use]
    pub fn to_command(&self) -> NewToken {
        NewToken {
            kind: self.kind,
            digest: self.digest,
            client: self.record.client_id.clone(),
            expires_at: self.record.expires_at,
            record: self.sealed.clone(),
        }
    }

    /// What its coordinator is told of a code or a refresh token.
    #[must_use]
    pub fn to_grant_token(&self) -> GrantToken {
        GrantToken {
            digest: self.digest,
            issued_at: self.record.issued_at,
            expires_at: self.record.expires_at,
            record: self.sealed.clone(),
        }
    }

    /// Writes its record to the record store.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was written: the token must not be given out.
    pub async fn write<P: Ports>(&self, ports: &P) -> Result<(), Unavailable> {
        let key = RecordKey::new(self.kind, self.digest);
        ports
            .write(&key, &self.sealed, self.record.expires_at)
            .await
    }

    /// Puts its record into the record store, and then has its coordinator carry out `command`. In this order: a
    /// coordinator that knows a token deletes its record when the session ends, and a write that came after that
    /// would bring the token back.
    ///
    /// # Errors
    /// [`Unavailable`] where one of the two did not answer: the token must not be given out.
    pub async fn store<P: Ports>(&self, command: Command, ports: &P) -> Result<Reply, Unavailable> {
        self.write(ports).await?;
        ports.ask(self.record.session, command).await
    }
}

fn pointer(record: &SessionRecord) -> Pointer {
    Pointer {
        session: record.session,
        issued_at: record.issued_at,
        expires_at: record.expires_at,
    }
}

/// A name for a new session.
#[must_use]
pub fn new_session<P: Ports>(ports: &P) -> SessionId {
    let mut session = [0; 16];
    ports.fill(&mut session);
    SessionId::from_bytes(session)
}

/// This moment in whole seconds, as records and tokens have it, and the one `lifetime` later.
#[must_use]
pub fn times<P: Ports>(lifetime: Duration, ports: &P) -> (Time, Time) {
    let issued_at = Time::from_seconds(ports.now().seconds());
    let expires_at = Time::from_seconds(issued_at.plus(lifetime).seconds());
    (issued_at, expires_at)
}

/// A coordinator gave a reply that its command cannot have.
#[must_use]
pub fn unexpected_reply() -> Unavailable {
    Unavailable::new(
        Dependency::Coordinator,
        "it answered with another command's reply",
    )
}
