//! KV: keys that go when they expire, and answers that lag behind.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use crate::time::Time;

/// KV takes no expiration that is sooner than this.
const SHORTEST: Duration = Duration::from_mins(1);

/// How the record store's answers lag behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Staleness {
    /// They do not.
    #[default]
    None,
    /// It says that there is no record, although one was written.
    MissesWrites,
    /// It gives a record although that was deleted.
    KeepsDeleted,
}

#[derive(Debug)]
struct Value {
    bytes: Vec<u8>,
    expires_at: Time,
    is_deleted: bool,
}

/// Keys and values.
#[derive(Debug, Default)]
pub(super) struct FakeKv {
    values: RefCell<BTreeMap<String, Value>>,
    staleness: Cell<Staleness>,
}

impl FakeKv {
    pub(super) fn set_staleness(&self, staleness: Staleness) {
        self.staleness.set(staleness);
    }

    pub(super) fn get(&self, key: &str, now: Time) -> Option<Vec<u8>> {
        let values = self.values.borrow();
        let value = values
            .get(key)
            .filter(|value| !now.has_reached(value.expires_at))?;
        let is_seen = match self.staleness.get() {
            Staleness::None => !value.is_deleted,
            Staleness::MissesWrites => false,
            Staleness::KeepsDeleted => true,
        };
        is_seen.then(|| value.bytes.clone())
    }

    pub(super) fn put(&self, key: &str, bytes: &[u8], expires_at: Time, now: Time) {
        let value = Value {
            bytes: bytes.to_vec(),
            expires_at: expires_at.max(now.plus(SHORTEST)),
            is_deleted: false,
        };
        self.values.borrow_mut().insert(key.to_owned(), value);
    }

    /// Puts these bytes in the place of what is there, or where there is nothing.
    pub(super) fn replace(&self, key: &str, bytes: Vec<u8>, otherwise: Time) {
        let mut values = self.values.borrow_mut();
        let expires_at = values.get(key).map_or(otherwise, |value| value.expires_at);
        let value = Value {
            bytes,
            expires_at,
            is_deleted: false,
        };
        values.insert(key.to_owned(), value);
    }

    pub(super) fn delete(&self, key: &str) {
        if let Some(value) = self.values.borrow_mut().get_mut(key) {
            value.is_deleted = true;
        }
    }

    /// What was neither deleted nor has expired, under the keys that begin with `prefix`.
    pub(super) fn list(&self, prefix: &str, now: Time) -> Vec<(String, Vec<u8>)> {
        let values = self.values.borrow();
        let live = values.iter().filter(|(key, value)| {
            key.starts_with(prefix) && !value.is_deleted && !now.has_reached(value.expires_at)
        });
        live.map(|(key, value)| (key.clone(), value.bytes.clone()))
            .collect()
    }

    /// Every key and value that it ever held.
    pub(super) fn dump(&self) -> String {
        let values = self.values.borrow();
        let texts = values
            .iter()
            .map(|(key, value)| key.clone() + &String::from_utf8_lossy(&value.bytes));
        texts.collect()
    }
}
