//! The session coordinators: the real state machine, with its state in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::issue::chores::StateStore;
use crate::session::coordinator::{Command, Reply, State};
use crate::time::Time;
use crate::token::SessionId;

/// All coordinators. One that has nothing to wait for is gone.
#[derive(Debug, Default)]
pub(super) struct FakeCoordinators(RefCell<BTreeMap<[u8; 16], State>>);

impl FakeCoordinators {
    pub(super) fn state(&self, session: SessionId) -> State {
        let states = self.0.borrow();
        states.get(session.as_bytes()).cloned().unwrap_or_default()
    }

    fn keep(&self, session: SessionId, state: &State) {
        let mut states = self.0.borrow_mut();
        match state.wake_at() {
            Some(_) => states.insert(*session.as_bytes(), state.clone()),
            None => states.remove(session.as_bytes()),
        };
    }

    pub(super) fn apply(&self, session: SessionId, command: Command, now: Time) -> Reply {
        let (state, reply) = self.state(session).apply(command, now);
        self.keep(session, &state);
        reply
    }

    /// The alarm that rings first, if it does by `until`.
    pub(super) fn next_alarm(&self, until: Time) -> Option<(SessionId, Time)> {
        let states = self.0.borrow();
        let alarms = states.iter().filter_map(|(session, state)| {
            let at = state.wake_at().filter(|at| until.has_reached(*at))?;
            Some((SessionId::from_bytes(*session), at))
        });
        alarms.min_by_key(|(_, at)| *at)
    }

    /// Whose alarms should have rung by now.
    pub(super) fn ringing(&self, now: Time) -> Vec<SessionId> {
        let states = self.0.borrow();
        let ringing = states
            .iter()
            .filter(|(_, state)| state.wake_at().is_some_and(|at| now.has_reached(at)));
        ringing
            .map(|(session, _)| SessionId::from_bytes(*session))
            .collect()
    }

    pub(super) fn dump(&self) -> String {
        let states = self.0.borrow();
        let texts = states
            .values()
            .map(|state| String::from_utf8_lossy(&state.to_bytes()).into_owned());
        texts.collect()
    }

    /// Where the alarm of `session` finds its state.
    pub(super) const fn store(&self, session: SessionId) -> Kept<'_> {
        Kept {
            coordinators: self,
            session,
        }
    }
}

/// The state of one coordinator.
#[derive(Debug)]
pub(super) struct Kept<'a> {
    coordinators: &'a FakeCoordinators,
    session: SessionId,
}

impl StateStore for Kept<'_> {
    type Error = Infallible;

    async fn load(&self) -> Result<State, Infallible> {
        Ok(self.coordinators.state(self.session))
    }

    async fn save(&self, state: &State) -> Result<(), Infallible> {
        self.coordinators.keep(self.session, state);
        Ok(())
    }
}
