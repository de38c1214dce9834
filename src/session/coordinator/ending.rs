//! How a session ends, and what is left to do then.
//!
//! The log is told, the records of its tokens are deleted, and the sessions that came from it are
//! ended. Each is tried again until it works; when all of it is done the log may let go of the session
//! sooner, and nothing is left.

use super::life::Life;
use super::{Owner, Phase, RETRY, Reply, State};
use crate::time::Time;
use crate::token::{SessionId, TokenDigest, TokenKind};

/// What is left of a session that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct Ended {
    pub(in crate::session) session: SessionId,
    /// When nothing that it gave can be alive any more: how long the log must know it.
    pub(in crate::session) until: Time,
    pub(in crate::session) is_announced: bool,
    /// The sessions that came from it and may not know yet.
    pub(in crate::session) children: Vec<SessionId>,
    pub(in crate::session) retry_at: Time,
    pub(in crate::session) keepsake: Vec<u8>,
}

/// Something that the adapter has to do, and to tell the outcome of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Delete the record of a token.
    Delete(TokenKind, TokenDigest),
    /// Tell the log that this session is ended, and until when it must know.
    Announce(SessionId, Time),
    /// Have this session end as well.
    End(SessionId),
    /// All is done: the log need not know this session for longer than other deletes take.
    Release(SessionId),
}

impl Ended {
    pub(super) const fn is_unannounced(&self) -> bool {
        !self.is_announced
    }

    /// What is left of it at `now`.
    pub(super) fn settled(self, now: Time) -> Option<Self> {
        (!now.has_reached(self.until)).then_some(self)
    }

    /// When it has something to do itself; the deletes have times of their own.
    pub(super) fn wake_at(&self, are_deletes_done: bool) -> Time {
        if self.is_unannounced() || !self.children.is_empty() || are_deletes_done {
            self.retry_at.min(self.until)
        } else {
            self.until
        }
    }
}

impl State {
    pub(super) fn end(&mut self, session: SessionId, owner: Option<Owner>, now: Time) -> Reply {
        match &self.life {
            Life::Open(open) if owner.is_some_and(|owner| owner != open.owner) => Reply::Unknown,
            Life::Ended(ended) => Reply::Ended(ended.keepsake.clone()),
            // Client credentials belong to nobody.
            Life::Plain if self.tokens.is_empty() || owner.is_some() => Reply::Unknown,
            Life::Plain => {
                let until = self.tokens.iter().map(|token| token.expires_at).max();
                self.life = Life::Ended(Ended {
                    session,
                    until: until.unwrap_or(now),
                    is_announced: false,
                    children: Vec::new(),
                    retry_at: now,
                    keepsake: Vec::new(),
                });
                self.delete_all(now);
                Reply::Ended(Vec::new())
            }
            Life::Open(_) => {
                self.end_all(now);
                match &self.life {
                    Life::Ended(ended) => Reply::Ended(ended.keepsake.clone()),
                    Life::Plain | Life::Open(_) => Reply::Unknown,
                }
            }
        }
    }

    /// Ends an open session.
    pub(super) fn end_all(&mut self, now: Time) {
        if let Life::Open(open) = std::mem::take(&mut self.life) {
            // An access token may outlive the session's own end by its lifetime.
            let tokens = self.tokens.iter().map(|token| token.expires_at);
            let children = open.children.iter().map(|child| child.until);
            let until = tokens.chain(children).fold(open.ends_at, Time::max);
            self.life = Life::Ended(Ended {
                session: open.session,
                until,
                is_announced: false,
                children: open.children.iter().map(|child| child.session).collect(),
                retry_at: now,
                keepsake: open.keepsake,
            });
        }
        self.delete_all(now);
    }

    fn delete_all(&mut self, now: Time) {
        for token in &mut self.tokens {
            token.phase = Phase::Deleting { retry_at: now };
        }
    }

    /// What is to be done by `now`.
    #[must_use]
    pub fn due(&self, now: Time) -> Vec<Task> {
        let deletes = self.tokens.iter().filter_map(|token| match token.phase {
            Phase::Deleting { retry_at } if now.has_reached(retry_at) => {
                Some(Task::Delete(token.kind, token.digest))
            }
            Phase::Deleting { .. } | Phase::Fresh { .. } | Phase::Settled => None,
        });
        let mut due: Vec<Task> = deletes.collect();
        if let Life::Ended(ended) = &self.life
            && now.has_reached(ended.retry_at)
        {
            if ended.is_unannounced() {
                due.insert(0, Task::Announce(ended.session, ended.until));
            }
            due.extend(ended.children.iter().map(|child| Task::End(*child)));
            if ended.is_announced && ended.children.is_empty() && self.tokens.is_empty() {
                due.push(Task::Release(ended.session));
            }
        }
        due
    }

    /// A task is done.
    #[must_use]
    pub fn done(mut self, task: Task) -> Self {
        match task {
            Task::Delete(_, digest) => self.tokens.retain(|token| {
                token.digest != digest || !matches!(token.phase, Phase::Deleting { .. })
            }),
            Task::Announce(..) => {
                if let Life::Ended(ended) = &mut self.life {
                    ended.is_announced = true;
                }
            }
            Task::End(child) => {
                if let Life::Ended(ended) = &mut self.life {
                    ended.children.retain(|other| *other != child);
                }
            }
            Task::Release(_) => {
                if matches!(self.life, Life::Ended(_)) {
                    self.life = Life::Plain;
                }
            }
        }
        self
    }

    /// A task failed: try it again later.
    #[must_use]
    pub fn failed(mut self, task: Task, now: Time) -> Self {
        let later = now.plus(RETRY);
        match task {
            Task::Delete(_, digest) => {
                if let Some(at) = self.position(digest)
                    && let Phase::Deleting { retry_at } = &mut self.tokens[at].phase
                {
                    *retry_at = later;
                }
            }
            Task::Announce(..) | Task::End(_) | Task::Release(_) => {
                if let Life::Ended(ended) = &mut self.life {
                    ended.retry_at = later;
                }
            }
        }
        self
    }
}
