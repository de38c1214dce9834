//! What an index knows. [`super::stored`] has the stored form.
//!
//! Job: the data, and what goes by itself. Not its job: what commands do with it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::command::{ClientKey, Command, Reply};
use crate::revocation::Entry;
use crate::time::Time;

/// How long after something has expired it may stay stored. It counts for nothing meanwhile.
const SWEPT_AFTER: Duration = Duration::from_hours(1);

/// What an index knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(super) sessions: BTreeMap<[u8; 16], Session>,
    pub(super) consents: BTreeMap<ClientKey, Consent>,
    /// Logout tokens that were taken, and until when each counts.
    pub(super) logouts: BTreeMap<[u8; 16], Time>,
    pub(super) cutoff: Option<Cutoff>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub client: ClientKey,
    pub begun_at: Time,
    pub since: Time,
    pub seen_at: Time,
    pub ends_at: Time,
    pub phase: Phase,
    pub shown: Vec<u8>,
}

/// Where a session is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It has a code, which was not redeemed yet.
    Offered { until: Time },
    /// It is shown.
    Live,
    /// It is over, and its coordinator may not know.
    Ending(Retry),
}

/// When something is tried next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retry {
    pub at: Time,
    /// How often it has failed.
    pub failed: u8,
}

impl Retry {
    pub const fn now(now: Time) -> Self {
        Self { at: now, failed: 0 }
    }
}

/// What was agreed to with a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Consent {
    pub agreed_at: Time,
    pub until: Time,
    pub note: Vec<u8>,
}

/// The newest cutoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cutoff {
    pub entry: Entry,
    /// By when nothing is alive that the entry ends and no index knows of.
    pub others_until: Time,
    pub step: Step,
}

/// How far a cutoff has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The log keeps it until its sessions are ended.
    Open(Retry),
    /// The log may forget it. It is remembered until then, for requests that are still under way.
    Released { forget_at: Time },
}

impl Session {
    /// From when on it need not be known.
    fn gone_at(&self) -> Time {
        match self.phase {
            Phase::Offered { until } => until.min(self.ends_at),
            Phase::Live | Phase::Ending(_) => self.ends_at,
        }
    }
}

impl Cutoff {
    fn gone_at(&self) -> Time {
        match self.step {
            Step::Open(_) => self.entry.keep_until(),
            Step::Released { forget_at } => forget_at,
        }
    }
}

impl State {
    /// Carries out a command. What is over by `now` is dropped first.
    #[must_use]
    pub fn apply(self, command: Command, now: Time) -> (Self, Reply) {
        let mut state = self.settled(now);
        let reply = match command {
            Command::Put(session) => state.put(session, now),
            Command::Confirm { session, redeem_by } => state.confirm(session, redeem_by, now),
            Command::Seen(session) => state.seen(session, now),
            Command::Forget(session) => state.forget(session),
            Command::Sessions(place) => state.page(place),
            Command::CutOff {
                entry,
                others_until,
                logout,
            } => {
                if let Some((id, until)) = logout {
                    state.remember_logout(id, until);
                }
                state.cut_off(entry, others_until, now)
            }
            Command::KnowsLogout(id) => state.knows_logout(&id),
            Command::Consent(client) => state.consent(client),
            Command::Consents => state.all_consents(),
            Command::Agree {
                consent,
                until,
                known,
            } => state.agree(consent, until, known, now),
            Command::Withdraw(client) => state.withdraw(client, now),
        };
        (state, reply)
    }

    /// The state at `now`: without what has expired.
    #[must_use]
    pub fn settled(mut self, now: Time) -> Self {
        self.sessions
            .retain(|_, session| !now.has_reached(session.gone_at()));
        self.consents
            .retain(|_, consent| !now.has_reached(consent.until));
        self.logouts.retain(|_, until| !now.has_reached(*until));
        self.cutoff = self
            .cutoff
            .filter(|cutoff| !now.has_reached(cutoff.gone_at()));
        self
    }

    /// When something is to be done next: a chore, or dropping what has expired. `None` means that nothing
    /// is left.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        let sessions = self.sessions.values().map(Session::gone_at);
        let consents = self.consents.values().map(|consent| consent.until);
        let logouts = self.logouts.values().copied();
        let cutoff = self.cutoff.as_ref().map(Cutoff::gone_at);
        let expiries = sessions.chain(consents).chain(logouts).chain(cutoff);
        let sweep = expiries.min().map(|at| at.plus(SWEPT_AFTER));
        self.next_chore().into_iter().chain(sweep).min()
    }
}
