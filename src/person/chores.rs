//! What an index has left to do after a cutoff: end the sessions, then let the log forget the cutoff.
//!
//! Each chore is tried again until it works, later each time, and never all at the same moment.

use std::time::Duration;

use super::state::{Phase, Retry, Session, State, Step};
use crate::protocol::sorted::sort;
use crate::revocation::{Entry, KEPT_AFTER_DELETE};
use crate::session::coordinator::random_wait;
use crate::time::Time;
use crate::token::SessionId;

/// How many sessions one alarm ends. What is left is for the next one, which rings at once.
pub const AT_ONCE: usize = 16;

/// How long to wait after the first failure, and twice as long after each further one.
const FIRST_RETRY: Duration = Duration::from_secs(30);
/// The longest wait between two tries.
const LONGEST_RETRY: Duration = Duration::from_hours(1);

/// Something that the adapter has to do. It reports how that went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chore {
    /// End this session.
    End(SessionId),
    /// Every session is ended: the log need not keep this entry for longer than it says.
    Release(Entry),
}

impl Retry {
    /// The next try, after one more that failed. `random` decides where in the second half of the wait it is.
    fn later(self, now: Time, random: u8) -> Self {
        let doubled = FIRST_RETRY.saturating_mul(1 << self.failed.min(10));
        Self {
            at: now.plus(random_wait(doubled.min(LONGEST_RETRY), random)),
            failed: self.failed.saturating_add(1),
        }
    }
}

impl Session {
    const fn retry(&self) -> Option<Retry> {
        match self.phase {
            Phase::Ending(retry) => Some(retry),
            Phase::Offered { .. } | Phase::Live => None,
        }
    }
}

impl State {
    /// What is to be done by `now`: at most [`AT_ONCE`] chores, those first that have failed least.
    #[must_use]
    pub fn due(&self, now: Time) -> Vec<Chore> {
        let ending = self.sessions.iter().filter_map(|(id, session)| {
            let retry = session.retry()?;
            Some((retry, SessionId::from_bytes(*id)))
        });
        let ending: Vec<(Retry, SessionId)> = ending.collect();
        if ending.is_empty() {
            return self.release(now).into_iter().collect();
        }
        let due = ending
            .into_iter()
            .filter(|(retry, _)| now.has_reached(retry.at));
        let mut due: Vec<(Retry, SessionId)> = due.collect();
        let place = |(retry, id): &(Retry, SessionId)| (retry.failed, retry.at, *id.as_bytes());
        sort(&mut due, |one, other| place(one) < place(other));
        due.truncate(AT_ONCE);
        due.into_iter().map(|(_, id)| Chore::End(id)).collect()
    }

    fn release(&self, now: Time) -> Option<Chore> {
        let cutoff = self.cutoff?;
        match cutoff.step {
            Step::Open(retry) if now.has_reached(retry.at) => {
                let keep_until = now.plus(KEPT_AFTER_DELETE).max(cutoff.others_until);
                Some(Chore::Release(cutoff.entry.kept_until(keep_until)))
            }
            Step::Open(_) | Step::Released { .. } => None,
        }
    }

    /// A chore is done.
    #[must_use]
    pub fn done(mut self, chore: Chore) -> Self {
        match chore {
            Chore::End(session) => {
                self.sessions.remove(session.as_bytes());
            }
            Chore::Release(entry) => {
                // A cutoff that came meanwhile is not released by this.
                if let Some(cutoff) = &mut self.cutoff
                    && cutoff.entry.not_before() == entry.not_before()
                {
                    cutoff.step = Step::Released {
                        forget_at: entry.keep_until(),
                    };
                }
            }
        }
        self
    }

    /// A chore failed: it is tried again later. `random` is any byte.
    #[must_use]
    pub fn failed(mut self, chore: Chore, now: Time, random: u8) -> Self {
        match chore {
            Chore::End(session) => {
                if let Some(session) = self.sessions.get_mut(session.as_bytes())
                    && let Phase::Ending(retry) = &mut session.phase
                {
                    *retry = retry.later(now, random);
                }
            }
            Chore::Release(_) => {
                if let Some(cutoff) = &mut self.cutoff
                    && let Step::Open(retry) = &mut cutoff.step
                {
                    *retry = retry.later(now, random);
                }
            }
        }
        self
    }

    /// When the next chore is due, if there is one.
    pub(super) fn next_chore(&self) -> Option<Time> {
        let ending = self.sessions.values().filter_map(Session::retry);
        let next = ending.map(|retry| retry.at).min();
        next.or_else(|| match self.cutoff?.step {
            Step::Open(retry) => Some(retry.at),
            Step::Released { .. } => None,
        })
    }
}
