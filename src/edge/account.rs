//! The object that checks passwords as a Durable Object: a thin adapter around [`crate::accounts::Desk`], with
//! the counts in SQLite.
//!
//! Nothing else in the Worker checks a password. Each statement is synchronous, so everything between two awaits is one
//! step, and the platform holds every answer back until what it rests on is on disk. The alarm takes out what is over; when
//! nothing is left, all that is stored is deleted.

use std::cell::{Cell, OnceCell};
use std::time::Duration;

use worker::{
    Delay, DurableObject, Env, Request, Response, Result, SqlCursor, SqlStorage, SqlStorageValue,
    State, Storage, durable_object,
};

use super::environment::Bindings;
use super::platform;
use crate::accounts::{Accounts, Attempt, Counts, Desk, DeskObject, NameMark};
use crate::config::{Environment, Setting, names};
use crate::secret::Secret;
use crate::time::Time;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS counts (
        name BLOB PRIMARY KEY,
        over_at INTEGER NOT NULL,
        counts BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS counts_by_end ON counts (over_at);";

/// How long what is over stays stored at most.
const CLEANED_EVERY: Duration = Duration::from_hours(1);

/// The object.
#[durable_object(alarm)]
pub struct Account {
    storage: Storage,
    sql: SqlStorage,
    env: Env,
    desk: Desk,
    accounts: OnceCell<Accounts>,
    /// Whether an alarm will take out what is over.
    has_alarm: Cell<bool>,
}

impl DurableObject for Account {
    fn new(state: State, env: Env) -> Self {
        let storage = state.storage();
        Self {
            sql: storage.sql(),
            storage,
            env,
            desk: Desk::default(),
            accounts: OnceCell::new(),
            has_alarm: Cell::new(false),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let body = Secret::new(request.bytes().await?);
        let Some(attempt) = Attempt::from_bytes(&body) else {
            return Response::error("the request is not one that is known", 400);
        };
        drop(body);
        self.ensure_alarm().await?;
        let reply = self.desk.answer(&attempt, self).await?;
        Response::from_bytes(reply.to_bytes())
    }

    /// Takes out what is over.
    async fn alarm(&self) -> Result<Response> {
        // If this fails too often the platform gives up. Then the next attempt sets the alarm again.
        self.has_alarm.set(false);
        let now = platform::now();
        let over = vec![integer(now)];
        self.execute("DELETE FROM counts WHERE over_at <= ?", over)?;
        let left = self.execute("SELECT 1 FROM counts LIMIT 1", Vec::new())?;
        let is_empty = left.raw().next().is_none();
        if is_empty && self.desk.is_idle(now) {
            self.storage.delete_all().await?;
        } else {
            self.storage.set_alarm(CLEANED_EVERY).await?;
        }
        Response::empty()
    }
}

impl Account {
    /// Before anything is stored it is certain that it will be taken out. The alarm is asked for once in the object's
    /// life: it may be there from an earlier one.
    async fn ensure_alarm(&self) -> Result<()> {
        if !self.has_alarm.get() {
            if self.storage.get_alarm().await?.is_none() {
                self.storage.set_alarm(CLEANED_EVERY).await?;
            }
            self.has_alarm.set(true);
        }
        Ok(())
    }

    fn execute(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<SqlCursor> {
        self.sql.exec(SCHEMA, Vec::new())?;
        self.sql.exec(statement, values)
    }

    fn accounts(&self) -> Result<&Accounts> {
        if let Some(known) = self.accounts.get() {
            return Ok(known);
        }
        let bindings = Bindings {
            env: &self.env,
            own_origin: None,
        };
        let Setting::Value(text) = bindings.setting(names::USERS) else {
            return Err("it has no POSTERN_USERS".into());
        };
        // Exposed to the parser.
        let accounts = Accounts::parse(text.expose())
            .map_err(|_| worker::Error::from("its POSTERN_USERS has a bad line"))?;
        Ok(self.accounts.get_or_init(|| accounts))
    }
}

impl DeskObject for Account {
    type Error = worker::Error;

    fn now(&self) -> Time {
        platform::now()
    }

    fn load(&self, name: NameMark) -> Result<Counts> {
        let statement = "SELECT counts FROM counts WHERE name = ?";
        let found = self.execute(statement, vec![blob(&name.0)])?;
        let Some(row) = found.raw().next() else {
            return Ok(Counts::default());
        };
        match row?.as_slice() {
            [SqlStorageValue::Blob(bytes)] => Counts::from_bytes(bytes),
            _ => None,
        }
        .ok_or_else(|| "the stored counts are not ones that are known".into())
    }

    fn save(&self, name: NameMark, counts: &Counts) -> Result<()> {
        let over_at = integer(counts.over_at());
        let row = vec![blob(&name.0), over_at, blob(&counts.to_bytes())];
        self.execute(
            "INSERT INTO counts (name, over_at, counts) VALUES (?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET
                over_at = excluded.over_at,
                counts = excluded.counts",
            row,
        )
        .map(drop)
    }

    fn is_right(&self, attempt: &Attempt) -> Result<bool> {
        // Exposed to find the account.
        let (name, accounts) = (attempt.name.expose(), self.accounts()?);
        Ok(accounts.check(name, &attempt.password).is_some())
    }

    /// What has arrived is delivered before the next timer.
    async fn let_others_in(&self) {
        Delay::from(Duration::ZERO).await;
    }
}

/// A column that is an instant.
const fn integer(time: Time) -> SqlStorageValue {
    SqlStorageValue::Integer(time.millis().cast_signed())
}

/// A column that is bytes.
fn blob(bytes: &[u8]) -> SqlStorageValue {
    SqlStorageValue::Blob(bytes.to_vec())
}
