//! The session coordinator's state machine.
//!
//! Job: what must be decided once for a session, as `apply(state, command, now) -> (state, reply)`.
//! It keeps each record until the record store has surely got it, and the digest of every live token,
//! so that a revocation finds its token whatever the record store says, and the record is deleted
//! however often the delete fails. It decides who redeems the code ([`grant`]), which refresh token is
//! the newest, and that an ended session stays ended ([`ending`]). Not its job: storage, alarms, and
//! what is due; a thin adapter does what [`State::due`] and [`State::wake_at`] say.
//!
//! ```text
//! nothing -- issue --> tokens alone: client credentials
//! nothing -- open ---> a login -- touch, adopt --> a login
//! nothing -- offer --> a code -- redeem --> tokens -- refresh --> tokens
//!                           any of these -- end, reuse --> ended -- all done --> nothing
//! ```

pub mod ending;
pub mod grant;
mod life;

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::sealed::SealedRecord;
use crate::protocol::ClientId;
use crate::time::Time;
use crate::token::{SessionId, TokenDigest, TokenKind};

pub(super) use ending::Ended;
pub use ending::Task;
pub use grant::{Binding, Link};
pub(super) use grant::{Grant, Previous};
pub(super) use life::{Child, Life, Open};

/// How long a record is kept here after its token was issued: by then the record store, which is
/// eventually consistent, has surely got it.
pub const RECORD_KEPT: Duration = Duration::from_mins(10);

/// How long to wait before what failed is tried again.
pub const RETRY: Duration = Duration::from_secs(30);

/// A session is touched no more often than this.
pub const TOUCH_INTERVAL: Duration = Duration::from_mins(1);

/// What is known of one session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(super) tokens: Vec<Token>,
    pub(super) life: Life,
}

/// A token of the session that has a record in the store: an access token or a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) digest: TokenDigest,
    pub(super) client: ClientId,
    pub(super) expires_at: Time,
    pub(super) phase: Phase,
}

/// Where a token is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Just issued: the record store may not have its record yet.
    Fresh { record: SealedRecord, until: Time },
    /// Issued long enough ago that the record store has its record.
    Settled,
    /// Revoked: its record is to be deleted, next at this instant.
    Deleting { retry_at: Time },
}

/// Whose session it is, without saying so: a hash of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Owner([u8; 16]);

impl Owner {
    /// The owner of this `sub`.
    #[must_use]
    pub fn of(subject: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"postern session owner v1\0");
        hash.update(subject.as_bytes());
        let mut owner = [0; 16];
        owner.copy_from_slice(&hash.finalize()[..16]);
        Self(owner)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// An owner that was stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

/// A token that is being issued, with its sealed record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// An access token or a ticket.
    pub kind: TokenKind,
    /// Its digest.
    pub digest: TokenDigest,
    /// The client that it is issued to.
    pub client: ClientId,
    /// When it expires.
    pub expires_at: Time,
    /// Its sealed record.
    pub record: SealedRecord,
}

/// What a session is, when it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// Its own name.
    pub session: SessionId,
    /// Whose it is.
    pub owner: Owner,
    /// When it ends at the latest.
    pub ends_at: Time,
}

/// What a session is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Remember a token that is being issued.
    Issue(NewToken),
    /// Say whose token this is, if it is a live one of this session.
    Find(TokenDigest),
    /// Give the record of a token that was issued a short while ago.
    Read(TokenDigest),
    /// Forget a token that was revoked, and delete its record.
    Forget(TokenDigest),
    /// Begin as a login, with its first ticket.
    Open {
        /// What it is.
        beginning: Beginning,
        /// The ticket.
        ticket: NewToken,
        /// What to give back when it ends, sealed.
        keepsake: Vec<u8>,
    },
    /// The person is still there: remember the next ticket of a login.
    Touch(NewToken),
    /// A session came from this login: end it too when this one is ended.
    Adopt {
        /// The session.
        child: SessionId,
        /// When it ends by itself at the latest.
        until: Time,
    },
    /// Begin as an authorization that is offered to a client by a code.
    Offer {
        /// What it is.
        beginning: Beginning,
        /// The client that may redeem the code.
        client: ClientId,
        /// The code.
        code: Link,
        /// What the redeemer must show.
        binding: Binding,
    },
    /// Give the record of a code or of a refresh token that may be used now; one that was used up
    /// ends the session.
    Present {
        /// The code or the refresh token.
        digest: TokenDigest,
        /// The client that presents it.
        client: ClientId,
    },
    /// Take a code for good, and remember what is given for it.
    Redeem {
        /// The code.
        digest: TokenDigest,
        /// The client that presents it.
        client: ClientId,
        /// What it shows.
        binding: Binding,
        /// The access token.
        access: NewToken,
        /// The first refresh token, where the client gets one.
        refresh: Option<Link>,
    },
    /// Take a refresh token, and remember what is given for it.
    Refresh {
        /// The refresh token.
        digest: TokenDigest,
        /// The client that presents it.
        client: ClientId,
        /// The access token.
        access: NewToken,
        /// The refresh token that follows, if this is the first to ask for one.
        successor: Link,
    },
    /// End the session and everything that it gave.
    End {
        /// Its own name.
        session: SessionId,
        /// Whose it must be; `None` where whoever asks may end any.
        owner: Option<Owner>,
    },
}

/// What a session answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is done, or had been done before.
    Done,
    /// A live token of this session, issued to this client.
    Found(ClientId),
    /// The record of a token.
    Record(SealedRecord),
    /// No such token, no record of it is kept here any more, or no such session.
    Unknown,
    /// The refresh token that follows was made at the first of these instants and expires at the
    /// second.
    Rotated {
        /// When it was made.
        issued_at: Time,
        /// When it expires.
        expires_at: Time,
        /// Its digest.
        digest: TokenDigest,
    },
    /// It had been used up before, or what it belongs to was ended just now. The session is ended: the
    /// log must say so.
    Reused,
    /// It was touched a moment ago: there is another ticket already.
    Recent,
    /// It is ended, and this is what it kept; the log must say so.
    Ended(Vec<u8>),
}

impl State {
    /// Carries out a command. What is over by `now` is dropped first.
    #[must_use]
    pub fn apply(self, command: Command, now: Time) -> (Self, Reply) {
        let mut state = self.settled(now);
        let reply = match command {
            Command::Issue(token) => state.issue(token, now),
            Command::Find(digest) => state.find(digest),
            Command::Read(digest) => state.read(digest),
            Command::Forget(digest) => state.forget(digest, now),
            Command::Open {
                beginning,
                ticket,
                keepsake,
            } => state.open(&beginning, ticket, keepsake, now),
            Command::Touch(ticket) => state.touch(ticket, now),
            Command::Adopt { child, until } => state.adopt(Child {
                session: child,
                until,
            }),
            Command::Offer {
                beginning,
                client,
                code,
                binding,
            } => state.offer(&beginning, client, code, binding, now),
            Command::Present { digest, client } => state.present(digest, &client, now),
            Command::Redeem {
                digest,
                client,
                binding,
                access,
                refresh,
            } => state.redeem(digest, &client, binding, access, refresh, now),
            Command::Refresh {
                digest,
                client,
                access,
                successor,
            } => state.refresh(digest, &client, access, successor, now),
            Command::End { session, owner } => state.end(session, owner, now),
        };
        (state, reply)
    }

    /// The state at `now`: what has expired is dropped, and records that the store has by now.
    #[must_use]
    pub fn settled(mut self, now: Time) -> Self {
        self.tokens
            .retain(|token| !now.has_reached(token.expires_at));
        for token in &mut self.tokens {
            if let Phase::Fresh { until, .. } = token.phase
                && now.has_reached(until)
            {
                token.phase = Phase::Settled;
            }
        }
        self.life = self.life.settled(now);
        if self.tokens.is_empty() && self.life.is_used_up() {
            self.life = Life::Plain;
        }
        self
    }

    fn position(&self, digest: TokenDigest) -> Option<usize> {
        self.tokens.iter().position(|token| token.digest == digest)
    }

    /// An ended session gives nothing any more.
    fn issue(&mut self, token: NewToken, now: Time) -> Reply {
        if matches!(self.life, Life::Ended(_)) {
            return Reply::Unknown;
        }
        self.remember(token, now);
        Reply::Done
    }

    /// Remembering the same token again is a retry of a request whose answer was lost.
    fn remember(&mut self, token: NewToken, now: Time) {
        if self.position(token.digest).is_none() {
            self.tokens.push(Token {
                kind: token.kind,
                digest: token.digest,
                client: token.client,
                expires_at: token.expires_at,
                phase: Phase::Fresh {
                    record: token.record,
                    until: now.plus(RECORD_KEPT),
                },
            });
        }
    }

    fn find(&self, digest: TokenDigest) -> Reply {
        if let Some(at) = self.position(digest) {
            // A token whose record is still to be deleted is found as well: whoever revokes it
            // again must reach the log again, because their first answer may have been lost.
            return Reply::Found(self.tokens[at].client.clone());
        }
        match &self.life {
            Life::Open(open) if open.grant.link(digest).is_some() => {
                open.client.clone().map_or(Reply::Unknown, Reply::Found)
            }
            // As for a token that is being deleted: the log may not have been told yet.
            Life::Ended(ended) if ended.is_unannounced() => Reply::Reused,
            Life::Open(_) | Life::Plain | Life::Ended(_) => Reply::Unknown,
        }
    }

    fn read(&self, digest: TokenDigest) -> Reply {
        if let Some(at) = self.position(digest) {
            return match &self.tokens[at].phase {
                Phase::Fresh { record, .. } => Reply::Record(record.clone()),
                Phase::Settled | Phase::Deleting { .. } => Reply::Unknown,
            };
        }
        match &self.life {
            Life::Open(open) => match open.grant.newest(digest) {
                Some(link) => Reply::Record(link.record.clone()),
                None => Reply::Unknown,
            },
            Life::Plain | Life::Ended(_) => Reply::Unknown,
        }
    }

    fn forget(&mut self, digest: TokenDigest, now: Time) -> Reply {
        if let Some(at) = self.position(digest) {
            self.tokens[at].phase = Phase::Deleting { retry_at: now };
        }
        Reply::Done
    }

    /// When something is to be done next; `None` when nothing more can happen, and the object can
    /// go.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        let tokens = self.tokens.iter().map(|token| match token.phase {
            Phase::Fresh { until, .. } => until.min(token.expires_at),
            Phase::Settled => token.expires_at,
            Phase::Deleting { retry_at } => retry_at.min(token.expires_at),
        });
        let life = self.life.wake_at(self.tokens.is_empty());
        tokens.chain(life).min()
    }
}

#[cfg(test)]
mod tests;
