//! What is known of one session. [`crate::session::stored`] has the stored form.
//!
//! Job: the data, and the few changes that several transitions make. Not its job: when they are made.

use std::time::Duration;

use super::command::{Beginning, CodeBinding, GrantToken, NewToken, Owner, Reply};
use super::retry::Retry;
use crate::protocol::ClientId;
use crate::session::sealed::SealedRecord;
use crate::time::Time;
use crate::token::{SessionId, TokenDigest, TokenKind};

/// How long a record is kept here after its token was issued. By then the record store, which is
/// eventually consistent, has surely got it.
pub const RECORD_KEPT: Duration = Duration::from_mins(10);

/// How long a request that is told to tell the log may take for that. The log is told that it need not keep the
/// entry for so long only afterwards, because an entry that came later would be kept for the whole time.
pub const ANNOUNCING: Duration = Duration::from_mins(2);

/// What is known of one session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(in crate::session) tokens: Vec<Token>,
    pub(in crate::session) life: Life,
}

/// A token of the session that has a record in the store: an access token or a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct Token {
    pub kind: TokenKind,
    pub digest: TokenDigest,
    pub client: ClientId,
    pub expires_at: Time,
    pub phase: Phase,
}

/// Where a token is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) enum Phase {
    /// Just issued: the record store may not have its record yet.
    Fresh { record: SealedRecord, until: Time },
    /// Issued long enough ago that the record store has its record.
    Settled,
    /// Revoked: its record is to be deleted.
    Deleting { retry: Retry },
}

/// What a session is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::session) enum Life {
    /// Only tokens, or nothing.
    #[default]
    Plain,
    /// A person's: a login, or what a client was authorized to.
    Open(Box<Open>),
    /// Over, with something left to do.
    Ended(Tombstone),
}

/// A session that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct Open {
    pub session: SessionId,
    pub owner: Owner,
    pub ends_at: Time,
    /// The client that was authorized; a login has none.
    pub client: Option<ClientId>,
    pub outstanding: Outstanding,
    /// The sessions that came from this login.
    pub children: Vec<Child>,
    pub touched_at: Time,
    pub logout_note: Vec<u8>,
}

/// A session that came from this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct Child {
    pub session: SessionId,
    /// When it ends by itself at the latest.
    pub until: Time,
}

/// What the client can still exchange for tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) enum Outstanding {
    /// Nothing: this is a login, or the client got no refresh token, or the last one has expired.
    None,
    /// A code that has not been redeemed.
    Code {
        code: GrantToken,
        binding: CodeBinding,
    },
    /// Refresh tokens.
    Refresh {
        newest: GrantToken,
        previous: Option<Previous>,
    },
}

/// The refresh token before the newest one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct Previous {
    pub token: GrantToken,
    pub until: Time,
}

/// What is left of a session that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct Tombstone {
    pub session: SessionId,
    /// Whose it was; a client's own tokens have no owner.
    pub owner: Option<Owner>,
    /// How long the log must know that it ended: by then everything that it gave has expired.
    pub until: Time,
    /// Whether the log has been told.
    pub is_announced: bool,
    /// The sessions that came from it and may not know yet.
    pub children: Vec<SessionId>,
    pub retry: Retry,
    /// From then on no request that was told to tell the log can still be at it.
    pub release_at: Time,
    pub logout_note: Vec<u8>,
}

impl Open {
    /// A session that begins now, and has nothing yet.
    pub fn new(beginning: &Beginning, now: Time) -> Self {
        Self {
            session: beginning.session,
            owner: beginning.owner,
            ends_at: beginning.ends_at,
            client: None,
            outstanding: Outstanding::None,
            children: Vec::new(),
            touched_at: now,
            logout_note: Vec::new(),
        }
    }
}

impl Tombstone {
    /// What is left of a session that ends now and must be known to the log until `until`.
    pub fn new(session: SessionId, until: Time, now: Time) -> Self {
        Self {
            session,
            owner: None,
            until,
            is_announced: false,
            children: Vec::new(),
            retry: Retry::due(now),
            release_at: now,
            logout_note: Vec::new(),
        }
    }

    /// Until when the caller has to tell the log that the session ended; `None` where the log knows.
    pub fn have_announced(&mut self, now: Time) -> Option<Time> {
        if self.is_announced {
            return None;
        }
        self.release_at = now.plus(ANNOUNCING);
        Some(self.until)
    }

    /// The reply to a caller that shows something of this session.
    pub fn reused(&mut self, now: Time) -> Reply {
        self.have_announced(now)
            .map_or(Reply::Unknown, |until| Reply::Reused { until })
    }
}

impl Outstanding {
    /// The code or refresh token with this digest, if it may be used now.
    pub fn find(&self, digest: TokenDigest) -> Option<&GrantToken> {
        let tokens = match self {
            Self::None => [None, None],
            Self::Code { code, .. } => [Some(code), None],
            Self::Refresh { newest, previous } => {
                [Some(newest), previous.as_ref().map(|p| &p.token)]
            }
        };
        tokens
            .into_iter()
            .flatten()
            .find(|token| token.digest == digest)
    }
}

impl State {
    pub(super) fn token(&self, digest: TokenDigest) -> Option<&Token> {
        self.tokens.iter().find(|token| token.digest == digest)
    }

    pub(super) fn token_mut(&mut self, digest: TokenDigest) -> Option<&mut Token> {
        self.tokens.iter_mut().find(|token| token.digest == digest)
    }

    /// Remembers a token that is being issued. Doing so twice is a retry after a lost answer.
    pub(super) fn remember(&mut self, token: NewToken, now: Time) {
        if self.token(token.digest).is_none() {
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

    /// Ends an open session.
    pub(super) fn end_all(&mut self, now: Time) {
        if let Life::Open(open) = std::mem::take(&mut self.life) {
            // An access token may outlive the session's own end by its lifetime.
            let tokens = self.tokens.iter().map(|token| token.expires_at);
            let children = open.children.iter().map(|child| child.until);
            let until = tokens.chain(children).fold(open.ends_at, Time::max);
            let children = open.children.iter().map(|child| child.session);
            self.life = Life::Ended(Tombstone {
                owner: Some(open.owner),
                children: children.collect(),
                logout_note: open.logout_note,
                ..Tombstone::new(open.session, until, now)
            });
        }
        self.delete_tokens(now);
    }

    /// Has the record of every token deleted.
    pub(super) fn delete_tokens(&mut self, now: Time) {
        for token in &mut self.tokens {
            token.phase = Phase::Deleting {
                retry: Retry::due(now),
            };
        }
    }
}
