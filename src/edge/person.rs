//! The index of a person, or of a session at an identity provider, as a Durable Object: a thin adapter around
//! [`crate::person`], with its rows in SQLite.
//!
//! It reads the rows, applies the command, and writes the rows that differ. Nothing is awaited in between, so the three
//! are one step. The alarm does what the index says is due.

use std::cell::Cell;
use std::time::Duration;

use worker::{
    DurableObject, Env, Error, Request, Response, Result, SqlStorageValue, State, Storage,
    durable_object,
};

use super::outside::Outside;
use super::platform;
use crate::issue::index_chores::{self, IndexStore};
use crate::person::{self, Command, Rows};
use crate::time::Time;

/// How long the alarm waits for a coordinator or the log, in milliseconds. Nobody waits for the alarm.
const TIMEOUT: u32 = 10_000;

/// When the alarm rings again after the storage failed.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS rows (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID";

/// The object.
#[durable_object(alarm)]
pub struct Person {
    storage: Storage,
    outside: Outside,
    /// When the alarm rings, as far as it was set since this object was made.
    alarm_at: Cell<Option<Time>>,
}

impl DurableObject for Person {
    fn new(state: State, env: Env) -> Self {
        Self {
            storage: state.storage(),
            outside: Outside::new(env, None, TIMEOUT),
            alarm_at: Cell::default(),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let Some(command) = Command::from_bytes(&request.bytes().await?) else {
            return Response::error("the request is not one that is known", 400);
        };
        let now = platform::now();
        let before = self.read()?;
        let (after, reply) = before.clone().apply(command, now);
        // An alarm that was lost is set again as soon as it is overdue.
        let is_overdue = after.wake_at().is_some_and(|at| now.has_reached(at));
        if after != before || is_overdue {
            self.save(&before, &after).await?;
        }
        Response::from_bytes(reply.to_bytes())
    }

    /// Does what is due. It never fails: the platform gives up an alarm that failed six times.
    async fn alarm(&self) -> Result<Response> {
        self.alarm_at.set(None);
        if index_chores::run(self, &self.outside).await.is_err() {
            self.storage.set_alarm(AFTER_FAILURE).await?;
        }
        Response::empty()
    }
}

impl Person {
    fn execute(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<()> {
        self.storage.sql().exec(statement, values).map(drop)
    }

    /// Whether anything was ever stored. Asking an index that nobody has stores nothing.
    fn has_rows(&self) -> Result<bool> {
        let sql = self.storage.sql();
        let tables = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'rows'";
        let mut found = sql.exec(tables, Vec::new())?.raw();
        found.next().transpose().map(|row| row.is_some())
    }

    fn read(&self) -> Result<person::State> {
        if !self.has_rows()? {
            return Ok(person::State::default());
        }
        let sql = self.storage.sql();
        let mut rows = Rows::new();
        for row in sql.exec("SELECT key, value FROM rows", Vec::new())?.raw() {
            let [SqlStorageValue::Blob(key), SqlStorageValue::Blob(value)] = &row?[..] else {
                return Err(broken());
            };
            rows.insert(key.clone(), value.clone());
        }
        let rows = rows.iter().map(|(key, value)| (&key[..], &value[..]));
        person::State::from_rows(rows).ok_or_else(broken)
    }

    fn write(&self, before: &Rows, after: &Rows) -> Result<()> {
        let blob = |bytes: &Vec<u8>| SqlStorageValue::Blob(bytes.clone());
        self.execute(SCHEMA, Vec::new())?;
        for key in before.keys().filter(|key| !after.contains_key(*key)) {
            self.execute("DELETE FROM rows WHERE key = ?", vec![blob(key)])?;
        }
        for (key, value) in after {
            if before.get(key) != Some(value) {
                let put = "INSERT INTO rows (key, value) VALUES (?, ?)
                           ON CONFLICT (key) DO UPDATE SET value = excluded.value";
                self.execute(put, vec![blob(key), blob(value)])?;
            }
        }
        Ok(())
    }
}

impl IndexStore for Person {
    type Error = Error;

    async fn load(&self) -> Result<person::State> {
        self.read()
    }

    /// Where it asks for no alarm, nothing is left: all that is stored is deleted.
    async fn save(&self, before: &person::State, after: &person::State) -> Result<()> {
        let Some(wake_at) = after.wake_at() else {
            self.alarm_at.set(None);
            if before == after {
                return Ok(());
            }
            self.storage.delete_alarm().await?;
            return self.storage.delete_all().await;
        };
        self.write(&before.to_rows(), &after.to_rows())?;
        if self.alarm_at.get() != Some(wake_at) {
            let wait = wake_at.since(platform::now());
            self.storage.set_alarm(wait).await?;
            self.alarm_at.set(Some(wake_at));
        }
        Ok(())
    }
}

fn broken() -> Error {
    "the stored index is not one that is known".into()
}
