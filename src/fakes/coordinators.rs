//! The session coordinators: the real state machine, with its state in memory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;

use crate::issue::state_store::StateStore;
use crate::session::coordinator::State;
use crate::time::Time;
use crate::token::SessionId;

/// The state of one, and its alarm.
#[derive(Clone, Debug, Default)]
struct Object {
    state: State,
    alarm: Option<Time>,
}

/// All coordinators. One that has nothing to wait for is gone.
#[derive(Debug, Default)]
pub(super) struct FakeCoordinators {
    objects: RefCell<BTreeMap<[u8; 16], Object>>,
    /// How many of the next attempts to read or write a state fail.
    failing: Cell<u32>,
}

/// A state could not be read or written.
#[derive(Debug)]
pub(super) struct StorageFailed;

impl fmt::Display for StorageFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the storage failed")
    }
}

impl FakeCoordinators {
    pub(super) fn state(&self, session: SessionId) -> State {
        self.object(session).state
    }

    fn object(&self, session: SessionId) -> Object {
        let objects = self.objects.borrow();
        objects.get(session.as_bytes()).cloned().unwrap_or_default()
    }

    fn keep(&self, session: SessionId, object: Object) {
        let is_empty = object.alarm.is_none() && object.state == State::default();
        let mut objects = self.objects.borrow_mut();
        if is_empty {
            objects.remove(session.as_bytes());
        } else {
            objects.insert(*session.as_bytes(), object);
        }
    }

    /// When the alarm of this one is to ring.
    pub(super) fn alarm(&self, session: SessionId) -> Option<Time> {
        self.object(session).alarm
    }

    /// The alarm of this one is not set any more, whatever its state is: it rings, or it was lost.
    pub(super) fn take_alarm(&self, session: SessionId) {
        let object = self.object(session);
        self.keep(
            session,
            Object {
                alarm: None,
                ..object
            },
        );
    }

    /// This one has lost all that it knew.
    pub(super) fn lose(&self, session: SessionId) {
        self.keep(session, Object::default());
    }

    /// The next attempts to read or write a state fail, this many.
    pub(super) fn set_failing(&self, times: u32) {
        self.failing.set(times);
    }

    fn access(&self) -> Result<(), StorageFailed> {
        match self.failing.get() {
            0 => Ok(()),
            times => {
                self.failing.set(times - 1);
                Err(StorageFailed)
            }
        }
    }

    /// The alarm that rings first, if it does by `until`.
    pub(super) fn next_alarm(&self, until: Time) -> Option<(SessionId, Time)> {
        let objects = self.objects.borrow();
        let alarms = objects.iter().filter_map(|(session, object)| {
            let at = object.alarm.filter(|at| until.has_reached(*at))?;
            Some((SessionId::from_bytes(*session), at))
        });
        alarms.min_by_key(|(_, at)| *at)
    }

    /// Whose alarms should have rung by now.
    pub(super) fn ringing(&self, now: Time) -> Vec<SessionId> {
        let objects = self.objects.borrow();
        let ringing = objects
            .iter()
            .filter(|(_, object)| object.alarm.is_some_and(|at| now.has_reached(at)));
        ringing
            .map(|(session, _)| SessionId::from_bytes(*session))
            .collect()
    }

    pub(super) fn dump(&self) -> String {
        let objects = self.objects.borrow();
        let texts = objects
            .values()
            .map(|object| String::from_utf8_lossy(&object.state.to_bytes()).into_owned());
        texts.collect()
    }

    /// Where the coordinator of `session` finds its state.
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
    type Error = StorageFailed;

    async fn load(&self) -> Result<State, StorageFailed> {
        self.coordinators.access()?;
        Ok(self.coordinators.state(self.session))
    }

    async fn save(&self, state: &State) -> Result<(), StorageFailed> {
        self.coordinators.access()?;
        let object = Object {
            alarm: state.wake_at(),
            state: state.clone(),
        };
        self.coordinators.keep(self.session, object);
        Ok(())
    }

    async fn alarm(&self) -> Result<Option<Time>, StorageFailed> {
        Ok(self.coordinators.alarm(self.session))
    }

    async fn set_alarm(&self, at: Time) -> Result<(), StorageFailed> {
        let object = Object {
            alarm: Some(at),
            state: self.coordinators.state(self.session),
        };
        self.coordinators.keep(self.session, object);
        Ok(())
    }
}
