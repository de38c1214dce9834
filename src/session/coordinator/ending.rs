//! How a session ends, and the chores that remain.
//!
//! The log is told, the records of the session's tokens are deleted, and the sessions that came from it are
//! ended. Each chore is tried again until it works. When all are done, the log may forget the session early,
//! and nothing of it is left here.

use std::time::Duration;

use super::command::{Owner, Reply};
use super::state::{Life, Phase, State, Tombstone};
use crate::time::Time;
use crate::token::{SessionId, TokenDigest, TokenKind};

/// How long to wait before a failed chore is tried again.
pub const RETRY: Duration = Duration::from_secs(30);

/// Something that the adapter has to do. It reports how that went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chore {
    /// Delete the record of a token.
    Delete(TokenKind, TokenDigest),
    /// Tell the log that this session has ended, and until when it must know that.
    Announce(SessionId, Time),
    /// End this session too.
    End(SessionId),
    /// Everything is done: the log need not know this session for longer than other deletes take.
    Release(SessionId),
}

impl State {
    pub(super) fn end(&mut self, session: SessionId, owner: Option<Owner>, now: Time) -> Reply {
        match &self.life {
            Life::Open(open) if owner.is_some_and(|owner| owner != open.owner) => Reply::Unknown,
            Life::Ended(tombstone) => Reply::Ended(tombstone.logout_note.clone()),
            // Only a client's own tokens have no owner.
            Life::Plain if self.tokens.is_empty() || owner.is_some() => Reply::Unknown,
            Life::Plain => {
                let until = self.tokens.iter().map(|token| token.expires_at).max();
                self.life = Life::Ended(Tombstone {
                    session,
                    until: until.unwrap_or(now),
                    is_announced: false,
                    children: Vec::new(),
                    retry_at: now,
                    logout_note: Vec::new(),
                });
                self.delete_tokens(now);
                Reply::Ended(Vec::new())
            }
            Life::Open(open) => {
                let logout_note = open.logout_note.clone();
                self.end_all(now);
                Reply::Ended(logout_note)
            }
        }
    }

    /// What is to be done by `now`.
    #[must_use]
    pub fn due(&self, now: Time) -> Vec<Chore> {
        let deletes = self.tokens.iter().filter_map(|token| match token.phase {
            Phase::Deleting { retry_at } if now.has_reached(retry_at) => {
                Some(Chore::Delete(token.kind, token.digest))
            }
            Phase::Deleting { .. } | Phase::Fresh { .. } | Phase::Settled => None,
        });
        let mut due: Vec<Chore> = deletes.collect();
        if let Life::Ended(tombstone) = &self.life
            && now.has_reached(tombstone.retry_at)
        {
            if !tombstone.is_announced {
                due.insert(0, Chore::Announce(tombstone.session, tombstone.until));
            }
            due.extend(tombstone.children.iter().map(|child| Chore::End(*child)));
            if tombstone.is_announced && tombstone.children.is_empty() && self.tokens.is_empty() {
                due.push(Chore::Release(tombstone.session));
            }
        }
        due
    }

    /// A chore is done.
    #[must_use]
    pub fn done(mut self, chore: Chore) -> Self {
        match chore {
            Chore::Delete(_, digest) => self.tokens.retain(|token| {
                token.digest != digest || !matches!(token.phase, Phase::Deleting { .. })
            }),
            Chore::Announce(..) => {
                if let Life::Ended(tombstone) = &mut self.life {
                    tombstone.is_announced = true;
                }
            }
            Chore::End(child) => {
                if let Life::Ended(tombstone) = &mut self.life {
                    tombstone.children.retain(|other| *other != child);
                }
            }
            Chore::Release(_) => {
                if matches!(self.life, Life::Ended(_)) {
                    self.life = Life::Plain;
                }
            }
        }
        self
    }

    /// A chore failed: it is tried again later.
    #[must_use]
    pub fn failed(mut self, chore: Chore, now: Time) -> Self {
        let later = now.plus(RETRY);
        match chore {
            Chore::Delete(_, digest) => {
                if let Some(token) = self.token_mut(digest)
                    && let Phase::Deleting { retry_at } = &mut token.phase
                {
                    *retry_at = later;
                }
            }
            Chore::Announce(..) | Chore::End(_) | Chore::Release(_) => {
                if let Life::Ended(tombstone) = &mut self.life {
                    tombstone.retry_at = later;
                }
            }
        }
        self
    }
}
