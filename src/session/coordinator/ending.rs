//! How a session ends, and the chores that remain.
//!
//! The log is told, the records of the session's tokens are deleted, and the sessions that came from it are
//! ended. Each chore is tried again until it works. When all are done, and no request can still be telling the
//! log, the log may forget the session early, and nothing of it is left here.

use super::command::{Owner, Reply};
use super::retry::Retry;
use super::state::{Life, Phase, State, Tombstone};
use crate::time::Time;
use crate::token::{SessionId, TokenDigest, TokenKind};

/// Something that the adapter has to do. It reports how that went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chore {
    /// Delete the record of a token.
    Delete(TokenKind, TokenDigest),
    /// Tell the log that this session has ended, and until when it must know that.
    Announce(SessionId, Time),
    /// End this session too.
    End(SessionId),
    /// Everything is done: its owner's index need not list it, and the log need not know it for longer than
    /// other deletes take.
    Release(SessionId, Option<Owner>),
}

impl State {
    pub(super) fn end(&mut self, session: SessionId, owner: Option<Owner>, now: Time) -> Reply {
        match &mut self.life {
            Life::Open(open) if owner.is_some_and(|owner| owner != open.owner) => {
                return Reply::Unknown;
            }
            Life::Ended(tombstone) if owner.is_some() && owner != tombstone.owner => {
                return Reply::Unknown;
            }
            // Only a client's own tokens have no owner.
            Life::Plain if self.tokens.is_empty() || owner.is_some() => return Reply::Unknown,
            Life::Plain => {
                let until = self.tokens.iter().map(|token| token.expires_at).max();
                self.life = Life::Ended(Tombstone::new(session, until.unwrap_or(now), now));
                self.delete_tokens(now);
            }
            Life::Open(_) => self.end_all(now),
            Life::Ended(_) => {}
        }
        let Life::Ended(tombstone) = &mut self.life else {
            return Reply::Unknown;
        };
        Reply::Ended {
            announce_until: tombstone.have_announced(now),
            logout_note: tombstone.logout_note.clone(),
        }
    }

    /// What is to be done by `now`.
    #[must_use]
    pub fn due(&self, now: Time) -> Vec<Chore> {
        let deletes = self.tokens.iter().filter_map(|token| match token.phase {
            Phase::Deleting { retry } if now.has_reached(retry.at) => {
                Some(Chore::Delete(token.kind, token.digest))
            }
            Phase::Deleting { .. } | Phase::Fresh { .. } | Phase::Settled => None,
        });
        let mut due: Vec<Chore> = deletes.collect();
        if let Life::Ended(tombstone) = &self.life
            && now.has_reached(tombstone.retry.at)
        {
            if !tombstone.is_announced {
                due.insert(0, Chore::Announce(tombstone.session, tombstone.until));
            }
            due.extend(tombstone.children.iter().map(|child| Chore::End(*child)));
            if tombstone.is_announced
                && tombstone.children.is_empty()
                && self.tokens.is_empty()
                && now.has_reached(tombstone.release_at)
            {
                due.push(Chore::Release(tombstone.session, tombstone.owner));
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
            Chore::Release(..) => {
                if matches!(self.life, Life::Ended(_)) {
                    self.life = Life::Plain;
                }
            }
        }
        self
    }

    /// A chore failed: it is tried again later. `jitter` is random.
    #[must_use]
    pub fn failed(mut self, chore: Chore, now: Time, jitter: u8) -> Self {
        let again = |retry: &mut Retry| *retry = retry.failed(now, jitter);
        match chore {
            Chore::Delete(_, digest) => {
                if let Some(token) = self.token_mut(digest)
                    && let Phase::Deleting { retry } = &mut token.phase
                {
                    again(retry);
                }
            }
            Chore::Announce(..) | Chore::End(_) | Chore::Release(..) => {
                if let Life::Ended(tombstone) = &mut self.life {
                    again(&mut tombstone.retry);
                }
            }
        }
        self
    }
}
