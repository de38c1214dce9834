//! The session coordinator's state machine.
//!
//! Job: what must be decided once for a session, as `apply(state, command, now) -> (state, reply)`.
//! It keeps each access record until the record store has surely got it, and the digest of every
//! live token, so that a revocation finds its token whatever the record store says, and the record
//! is deleted however often the delete fails. Not its job: storage, alarms and the deletes
//! themselves; a thin adapter does what [`State::due`] and [`State::wake_at`] say.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};

use super::sealed::SealedRecord;
use crate::protocol::ClientId;
use crate::time::Time;
use crate::token::TokenDigest;

/// How long a record is kept here after its token was issued: by then the record store, which is
/// eventually consistent, has surely got it.
pub const RECORD_KEPT: Duration = Duration::from_mins(10);

/// How long to wait before a record's delete is tried again.
pub const DELETE_RETRY: Duration = Duration::from_secs(30);

/// What is known of one session. It is stored as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    tokens: Vec<Token>,
}

/// An access token of the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    digest: String,
    client: String,
    /// In seconds.
    expires_at: u64,
    phase: Phase,
}

/// Where a token is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Phase {
    /// Just issued: the record store may not have its record yet. `until` in seconds.
    Fresh { record: String, until: u64 },
    /// Issued long enough ago that the record store has its record.
    Settled,
    /// Revoked: its record is to be deleted, next at `retry_at` (seconds).
    Deleting { retry_at: u64 },
}

/// What a session is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Remember a token that is being issued, and its sealed record.
    Issue {
        /// base64url of its digest.
        digest: String,
        /// The client that it is issued to.
        client: String,
        /// When it expires, in seconds.
        expires_at: u64,
        /// base64url of its sealed record.
        record: String,
    },
    /// Say whose token this is, if it is a live one of this session.
    Find {
        /// base64url of its digest.
        digest: String,
    },
    /// Give the record of a token that was issued a short while ago.
    Read {
        /// base64url of its digest.
        digest: String,
    },
    /// Forget a token that was revoked, and delete its record.
    Forget {
        /// base64url of its digest.
        digest: String,
    },
}

/// What a session answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// It is done, or had been done before.
    Done,
    /// A live token of this session.
    Found {
        /// The client that it was issued to.
        client: String,
        /// When it expires, in seconds.
        expires_at: u64,
    },
    /// The record of a token.
    Record {
        /// base64url of the sealed record.
        record: String,
    },
    /// No such token, or no record of it is kept here any more.
    Unknown,
}

impl Command {
    /// Remember a token that is being issued.
    #[must_use]
    pub fn issue(
        digest: TokenDigest,
        client: &ClientId,
        expires_at: Time,
        record: &SealedRecord,
    ) -> Self {
        Self::Issue {
            digest: digest.to_base64url(),
            client: client.as_str().to_owned(),
            expires_at: expires_at.seconds(),
            record: Base64UrlUnpadded::encode_string(record.as_bytes()),
        }
    }

    /// Say whose token this is.
    #[must_use]
    pub fn find(digest: TokenDigest) -> Self {
        Self::Find {
            digest: digest.to_base64url(),
        }
    }

    /// Give the record of this token.
    #[must_use]
    pub fn read(digest: TokenDigest) -> Self {
        Self::Read {
            digest: digest.to_base64url(),
        }
    }

    /// Forget this token.
    #[must_use]
    pub fn forget(digest: TokenDigest) -> Self {
        Self::Forget {
            digest: digest.to_base64url(),
        }
    }
}

impl Reply {
    /// The sealed record in this reply; `None` where it has none or it is not base64url.
    #[must_use]
    pub fn record(&self) -> Option<SealedRecord> {
        match self {
            Self::Record { record } => Base64UrlUnpadded::decode_vec(record)
                .ok()
                .map(SealedRecord::from_store),
            Self::Done | Self::Found { .. } | Self::Unknown => None,
        }
    }
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
            } => state.issue(digest, client, expires_at, record, now),
            Command::Find { digest } => state.find(&digest),
            Command::Read { digest } => state.read(&digest),
            Command::Forget { digest } => state.forget(&digest, now),
        };
        (state, reply)
    }

    /// The state at `now`: expired tokens dropped, records dropped that the store has by now.
    #[must_use]
    pub fn settled(mut self, now: Time) -> Self {
        self.tokens
            .retain(|token| !now.has_reached(Time::from_seconds(token.expires_at)));
        for token in &mut self.tokens {
            if let Phase::Fresh { until, .. } = token.phase
                && now.has_reached(Time::from_seconds(until))
            {
                token.phase = Phase::Settled;
            }
        }
        self
    }

    fn position(&self, digest: &str) -> Option<usize> {
        self.tokens.iter().position(|token| token.digest == digest)
    }

    fn issue(
        &mut self,
        digest: String,
        client: String,
        expires_at: u64,
        record: String,
        now: Time,
    ) -> Reply {
        // Issuing the same token again is a retry of a request whose answer was lost.
        if self.position(&digest).is_none() {
            self.tokens.push(Token {
                digest,
                client,
                expires_at,
                phase: Phase::Fresh {
                    record,
                    until: now.plus(RECORD_KEPT).seconds(),
                },
            });
        }
        Reply::Done
    }

    fn find(&self, digest: &str) -> Reply {
        match self.position(digest) {
            // A token whose record is still to be deleted is found as well: whoever revokes it
            // again must reach the log again, because their first answer may have been lost.
            Some(at) => Reply::Found {
                client: self.tokens[at].client.clone(),
                expires_at: self.tokens[at].expires_at,
            },
            None => Reply::Unknown,
        }
    }

    fn read(&self, digest: &str) -> Reply {
        match self.position(digest).map(|at| &self.tokens[at].phase) {
            Some(Phase::Fresh { record, .. }) => Reply::Record {
                record: record.clone(),
            },
            Some(Phase::Settled | Phase::Deleting { .. }) | None => Reply::Unknown,
        }
    }

    fn forget(&mut self, digest: &str, now: Time) -> Reply {
        if let Some(at) = self.position(digest) {
            self.tokens[at].phase = Phase::Deleting {
                retry_at: now.seconds(),
            };
        }
        Reply::Done
    }

    /// The digests (base64url) of the tokens whose records are to be deleted by `now`.
    #[must_use]
    pub fn due(&self, now: Time) -> Vec<String> {
        let due = |token: &&Token| match token.phase {
            Phase::Deleting { retry_at } => now.has_reached(Time::from_seconds(retry_at)),
            Phase::Fresh { .. } | Phase::Settled => false,
        };
        self.tokens
            .iter()
            .filter(due)
            .map(|token| token.digest.clone())
            .collect()
    }

    /// The record of `digest` was deleted: the session knows it no more.
    #[must_use]
    pub fn deleted(mut self, digest: &str) -> Self {
        self.tokens.retain(|token| {
            token.digest != digest || !matches!(token.phase, Phase::Deleting { .. })
        });
        self
    }

    /// The record of `digest` could not be deleted: try again later.
    #[must_use]
    pub fn delete_failed(mut self, digest: &str, now: Time) -> Self {
        if let Some(at) = self.position(digest)
            && let Phase::Deleting { retry_at } = &mut self.tokens[at].phase
        {
            *retry_at = now.plus(DELETE_RETRY).seconds();
        }
        self
    }

    /// When something is to be done next; `None` when nothing more can happen, and the object can
    /// go.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        self.tokens
            .iter()
            .map(|token| match &token.phase {
                Phase::Fresh { until, .. } => (*until).min(token.expires_at),
                Phase::Settled => token.expires_at,
                Phase::Deleting { retry_at } => (*retry_at).min(token.expires_at),
            })
            .min()
            .map(Time::from_seconds)
    }
}

#[cfg(test)]
#[path = "coordinator_tests.rs"]
mod tests;
