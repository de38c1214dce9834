//! The sessions of an index: how they come in, are shown, and are cut off.
//!
//! ```text
//! put -- confirm --> shown -- cut off, withdraw, no room --> ending -- chore done --> gone
//! ```
//! Nobody has the ticket or the code of a session that is not here. So a session is in time for a cutoff, and
//! then the cutoff ends it; or it comes after the cutoff, and then it is refused.

use std::time::Duration;

use super::command::{ClientKey, ListedRow, NewSession, Page, Place, Reply};
use super::state::{Cutoff, Phase, Retry, Session, State, Step};
use crate::protocol::sorted::sort;
use crate::revocation::Entry;
use crate::time::Time;
use crate::token::SessionId;

/// How many sessions one index has at most. One more ends the one that was used longest ago; one whose code
/// was not redeemed goes first.
pub const SESSIONS: usize = 1_000;

/// How many sessions that are being ended an index has at most: beyond that nobody logs in until some are.
const ENDING: usize = 1_000;

/// How many sessions a page has.
pub const PAGE: usize = 100;

/// How many sessions the one who takes a consent back ends at once.
pub const ENDED_BY_CALLER: usize = 10;

/// What was seen less than this ago is not written again.
const SEEN_INTERVAL: Duration = Duration::from_mins(1);

impl Session {
    const fn is_ending(&self) -> bool {
        matches!(self.phase, Phase::Ending(_))
    }

    /// Where it stands in the list, the newest first.
    fn place(&self, id: &[u8; 16]) -> (Time, [u8; 16]) {
        (self.since, *id)
    }
}

impl State {
    pub(super) fn put(&mut self, new: NewSession, now: Time) -> Reply {
        if let Some(cutoff) = &self.cutoff
            && new.begun_at < cutoff.entry.not_before()
        {
            return Reply::CutOff;
        }
        let id = *new.session.as_bytes();
        match self.sessions.get(&id) {
            Some(session) if session.is_ending() => return Reply::CutOff,
            // A retry after a lost answer.
            Some(_) => return Reply::Done,
            None => {}
        }
        if new.needs_consent && !self.consents.contains_key(&new.client) {
            return Reply::NoConsent;
        }
        let ending = self.sessions.values().filter(|s| s.is_ending()).count();
        if self.sessions.len() - ending >= SESSIONS {
            if ending >= ENDING {
                return Reply::Full;
            }
            self.make_room(now);
        }
        let phase = match new.redeem_by {
            Some(until) => Phase::Offered { until },
            None => Phase::Live,
        };
        let session = Session {
            client: new.client,
            begun_at: new.begun_at,
            since: new.since,
            seen_at: new.since,
            ends_at: new.ends_at,
            phase,
            shown: new.shown,
        };
        self.sessions.insert(id, session);
        Reply::Done
    }

    /// Ends the session that is missed least.
    fn make_room(&mut self, now: Time) {
        let kept = self.sessions.values_mut().filter(|s| !s.is_ending());
        let missed_least = kept.min_by_key(|session| {
            let is_redeemed = session.phase == Phase::Live;
            (is_redeemed, session.seen_at)
        });
        if let Some(session) = missed_least {
            session.phase = Phase::Ending(Retry::now(now));
        }
    }

    pub(super) fn confirm(
        &mut self,
        session: SessionId,
        redeem_by: Option<Time>,
        now: Time,
    ) -> Reply {
        match self.sessions.get_mut(session.as_bytes()) {
            Some(session) if !session.is_ending() => {
                session.phase = match redeem_by {
                    Some(until) => Phase::Offered { until },
                    None => Phase::Live,
                };
                session.seen_at = now;
                Reply::Done
            }
            Some(_) | None => Reply::Unknown,
        }
    }

    pub(super) fn seen(&mut self, session: SessionId, now: Time) -> Reply {
        match self.sessions.get_mut(session.as_bytes()) {
            Some(session) => {
                if now.since(session.seen_at) >= SEEN_INTERVAL {
                    session.seen_at = now;
                }
                Reply::Done
            }
            None => Reply::Unknown,
        }
    }

    pub(super) fn forget(&mut self, session: SessionId) -> Reply {
        self.sessions.remove(session.as_bytes());
        Reply::Done
    }

    pub(super) fn page(&self, after: Option<Place>) -> Reply {
        let after = after.map(|place| (place.since, *place.session.as_bytes()));
        let shown = self.sessions.iter().filter(|(id, session)| {
            session.phase == Phase::Live && after.is_none_or(|after| session.place(id) < after)
        });
        let mut shown: Vec<(&[u8; 16], &Session)> = shown.collect();
        sort(&mut shown, |one, other| {
            one.1.place(one.0) > other.1.place(other.0)
        });
        let has_more = shown.len() > PAGE;
        shown.truncate(PAGE);
        let row = |(id, session): (&[u8; 16], &Session)| ListedRow {
            session: SessionId::from_bytes(*id),
            since: session.since,
            seen_at: session.seen_at,
            shown: session.shown.clone(),
        };
        Reply::Sessions(Page {
            rows: shown.into_iter().map(row).collect(),
            has_more,
        })
    }

    pub(super) fn cut_off(&mut self, entry: Entry, others_until: Time, now: Time) -> Reply {
        let entry = match &self.cutoff {
            Some(known) => known.entry.joined(&entry),
            None => entry,
        };
        let others_until = self
            .cutoff
            .map_or(others_until, |known| known.others_until.max(others_until));
        self.cutoff = Some(Cutoff {
            entry,
            others_until,
            step: Step::Open(Retry::now(now)),
        });
        let not_before = entry.not_before();
        self.end_where(|session| session.begun_at < not_before, now);
        Reply::Done
    }

    /// Has the sessions of a client ended; some of them are the caller's to end first.
    pub(super) fn end_of_client(&mut self, client: ClientKey, now: Time) -> Reply {
        self.end_where(|session| session.client == client, now);
        let ending = self
            .sessions
            .iter()
            .filter(|(_, session)| session.client == client && session.is_ending());
        let mut ending: Vec<SessionId> = ending.map(|(id, _)| SessionId::from_bytes(*id)).collect();
        let more = ending.len().saturating_sub(ENDED_BY_CALLER);
        ending.truncate(ENDED_BY_CALLER);
        Reply::Withdrawn {
            sessions: ending,
            more: u32::try_from(more).unwrap_or(u32::MAX),
        }
    }

    fn end_where(&mut self, is_meant: impl Fn(&Session) -> bool, now: Time) {
        for session in self.sessions.values_mut() {
            if is_meant(session) && !session.is_ending() {
                session.phase = Phase::Ending(Retry::now(now));
            }
        }
    }
}
