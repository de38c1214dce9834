//! The indexes of people: the real state machine, with its rows in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;

use crate::issue::index_chores::IndexStore;
use crate::person::{Command, Index, Reply, Rows, State};
use crate::time::Time;

/// All indexes. One in which nothing is left is gone.
#[derive(Debug, Default)]
pub(super) struct FakePeople(RefCell<BTreeMap<Index, Rows>>);

fn read(rows: &Rows) -> State {
    let rows = rows.iter().map(|(key, value)| (&key[..], &value[..]));
    State::from_rows(rows).expect("it was written here")
}

impl FakePeople {
    pub(super) fn state(&self, index: Index) -> State {
        let indexes = self.0.borrow();
        indexes.get(&index).map(read).unwrap_or_default()
    }

    fn keep(&self, index: Index, state: &State) {
        let mut indexes = self.0.borrow_mut();
        match state.wake_at() {
            Some(_) => indexes.insert(index, state.to_rows()),
            None => indexes.remove(&index),
        };
    }

    /// Commands and replies travel as they do to the real one.
    pub(super) fn apply(&self, index: Index, command: &Command, now: Time) -> Reply {
        let command = Command::from_bytes(&command.to_bytes()).expect("it reads what it wrote");
        let (state, reply) = self.state(index).apply(command, now);
        self.keep(index, &state);
        Reply::from_bytes(&reply.to_bytes()).expect("it reads what it wrote")
    }

    fn alarms(&self) -> Vec<(Index, Time)> {
        let indexes = self.0.borrow();
        let alarms = indexes
            .iter()
            .filter_map(|(index, rows)| Some((*index, read(rows).wake_at()?)));
        alarms.collect()
    }

    /// The alarm that rings first, if it does by `until`.
    pub(super) fn next_alarm(&self, until: Time) -> Option<(Index, Time)> {
        let alarms = self.alarms().into_iter();
        alarms
            .filter(|(_, at)| until.has_reached(*at))
            .min_by_key(|(_, at)| *at)
    }

    /// Whose alarms should have rung by now.
    pub(super) fn ringing(&self, now: Time) -> Vec<Index> {
        self.alarms()
            .into_iter()
            .filter(|(_, at)| now.has_reached(*at))
            .map(|(index, _)| index)
            .collect()
    }

    pub(super) fn dump(&self) -> String {
        let indexes = self.0.borrow();
        let rows = indexes.values().flatten();
        rows.map(|(key, value)| {
            String::from_utf8_lossy(key).into_owned() + &String::from_utf8_lossy(value)
        })
        .collect()
    }

    /// Where the alarm of `index` finds it.
    pub(super) const fn store(&self, index: Index) -> Kept<'_> {
        Kept {
            people: self,
            index,
        }
    }
}

/// One index.
#[derive(Debug)]
pub(super) struct Kept<'a> {
    people: &'a FakePeople,
    index: Index,
}

impl IndexStore for Kept<'_> {
    type Error = Infallible;

    async fn load(&self) -> Result<State, Infallible> {
        Ok(self.people.state(self.index))
    }

    async fn save(&self, before: &State, after: &State) -> Result<(), Infallible> {
        assert_eq!(
            *before,
            self.people.state(self.index),
            "nothing came between"
        );
        self.people.keep(self.index, after);
        Ok(())
    }
}
