//! The session coordinator's state machine.
//!
//! Job: what must be decided once for a session, as `apply(state, command, now) -> (state, reply)`.
//! It keeps each access record until the record store has surely got it, and the digest of every
//! live token, so that a revocation finds its token whatever the record store says, and the record
//! is deleted however often the delete fails. Not its job: storage, alarms and the deletes
//! themselves; a thin adapter does what [`State::due`] and [`State::wake_at`] say.

use std::time::Duration;

use super::sealed::SealedRecord;
use crate::protocol::ClientId;
use crate::time::Time;
use crate::token::TokenDigest;

/// How long a record is kept here after its token was issued: by then the record store, which is
/// eventually consistent, has surely got it.
pub const RECORD_KEPT: Duration = Duration::from_mins(10);

/// How long to wait before a record's delete is tried again.
pub const DELETE_RETRY: Duration = Duration::from_secs(30);

/// What is known of one session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(super) tokens: Vec<Token>,
}

/// An access token of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
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

/// What a session is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Remember a token that is being issued, and its sealed record.
    Issue {
        /// Its digest.
        digest: TokenDigest,
        /// The client that it is issued to.
        client: ClientId,
        /// When it expires.
        expires_at: Time,
        /// Its sealed record.
        record: SealedRecord,
    },
    /// Say whose token this is, if it is a live one of this session.
    Find(TokenDigest),
    /// Give the record of a token that was issued a short while ago.
    Read(TokenDigest),
    /// Forget a token that was revoked, and delete its record.
    Forget(TokenDigest),
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
    /// No such token, or no record of it is kept here any more.
    Unknown,
}

impl State {
    /// Carries out a command. What is over by `now` is dropped first.
    #[must_use]
    pub fn apply(self, command: Command, now: Time) -> (Self, Reply) {
        let mut state = self.settled(now);
        let reply = match command {
            Command::Issue {
                digest,
                client,
                expires_at,
                record,
            } => {
                let until = now.plus(RECORD_KEPT);
                let phase = Phase::Fresh { record, until };
                state.issue(Token {
                    digest,
                    client,
                    expires_at,
                    phase,
                })
            }
            Command::Find(digest) => state.find(digest),
            Command::Read(digest) => state.read(digest),
            Command::Forget(digest) => state.forget(digest, now),
        };
        (state, reply)
    }

    /// The state at `now`: expired tokens dropped, records dropped that the store has by now.
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
        self
    }

    fn position(&self, digest: TokenDigest) -> Option<usize> {
        self.tokens.iter().position(|token| token.digest == digest)
    }

    fn issue(&mut self, token: Token) -> Reply {
        // Issuing the same token again is a retry of a request whose answer was lost.
        if self.position(token.digest).is_none() {
            self.tokens.push(token);
        }
        Reply::Done
    }

    fn find(&self, digest: TokenDigest) -> Reply {
        match self.position(digest) {
            // A token whose record is still to be deleted is found as well: whoever revokes it
            // again must reach the log again, because their first answer may have been lost.
            Some(at) => Reply::Found(self.tokens[at].client.clone()),
            None => Reply::Unknown,
        }
    }

    fn read(&self, digest: TokenDigest) -> Reply {
        match self.position(digest).map(|at| &self.tokens[at].phase) {
            Some(Phase::Fresh { record, .. }) => Reply::Record(record.clone()),
            Some(Phase::Settled | Phase::Deleting { .. }) | None => Reply::Unknown,
        }
    }

    fn forget(&mut self, digest: TokenDigest, now: Time) -> Reply {
        if let Some(at) = self.position(digest) {
            self.tokens[at].phase = Phase::Deleting { retry_at: now };
        }
        Reply::Done
    }

    /// The tokens whose records are to be deleted by `now`.
    #[must_use]
    pub fn due(&self, now: Time) -> Vec<TokenDigest> {
        let due = |token: &&Token| match token.phase {
            Phase::Deleting { retry_at } => now.has_reached(retry_at),
            Phase::Fresh { .. } | Phase::Settled => false,
        };
        self.tokens
            .iter()
            .filter(due)
            .map(|token| token.digest)
            .collect()
    }

    /// The record of `digest` was deleted: the session knows it no more.
    #[must_use]
    pub fn deleted(mut self, digest: TokenDigest) -> Self {
        self.tokens.retain(|token| {
            token.digest != digest || !matches!(token.phase, Phase::Deleting { .. })
        });
        self
    }

    /// The record of `digest` could not be deleted: try again later.
    #[must_use]
    pub fn delete_failed(mut self, digest: TokenDigest, now: Time) -> Self {
        if let Some(at) = self.position(digest)
            && let Phase::Deleting { retry_at } = &mut self.tokens[at].phase
        {
            *retry_at = now.plus(DELETE_RETRY);
        }
        self
    }

    /// When something is to be done next; `None` when nothing more can happen, and the object can
    /// go.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        self.tokens
            .iter()
            .map(|token| match token.phase {
                Phase::Fresh { until, .. } => until.min(token.expires_at),
                Phase::Settled => token.expires_at,
                Phase::Deleting { retry_at } => retry_at.min(token.expires_at),
            })
            .min()
    }
}

#[cfg(test)]
#[path = "coordinator_tests.rs"]
mod tests;
