//! The revocation log as a Durable Object: a thin adapter around [`crate::revocation::log`], with its
//! rows in SQLite.
//!
//! Each statement is synchronous, so everything between two awaits is one step. The platform holds every answer back until
//! what it rests on is on disk. There is one object: a cutoff must reach everyone, and isolates ask only once per
//! `max_staleness`.
//!
//! Every strong check of the gate asks it, so its `fetch` is raw. Declared with `#[durable_object]`, with the requests,
//! responses and executor of the `worker` crate, a strong check took 12 % more instructions (969 thousand against 868). The
//! storage is the crate's.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};
use worker::wasm_bindgen_futures::future_to_promise;
use worker::worker_sys::DurableObjectState;
use worker::{
    Env, Error, Result, SqlCursor, SqlCursorRawIterator, SqlStorage, SqlStorageValue, State,
    Storage,
};

use super::outside::Outside;
use super::{host, platform, task};
use crate::ports::{Unavailable, Waits};
use crate::revocation::entry::{Entry, TargetId};
use crate::revocation::log::{Head, Log, Row, Rows, SnapshotMade};
use crate::revocation::{Change, LogId, Position, Question, Snapshot};
use crate::time::Time;

/// No message to the log is nearly as long, in bytes.
const BODY_LIMIT: u32 = 1 << 20;

/// How long the alarm waits for KV, in milliseconds. Nobody waits for the alarm.
const TIMEOUT: u32 = 30_000;

/// How soon a snapshot is made that is wanted. More changes may come meanwhile.
const SOON: Duration = Duration::from_secs(1);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS log (
        id BLOB NOT NULL,
        head INTEGER NOT NULL,
        longest_life INTEGER NOT NULL,
        snapshot INTEGER NOT NULL,
        snapshot_digest BLOB NOT NULL,
        snapshot_len INTEGER NOT NULL,
        snapshot_before INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS entries (
        mark BLOB PRIMARY KEY,
        sequence INTEGER NOT NULL UNIQUE,
        not_before INTEGER NOT NULL,
        keep_until INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS entries_by_end ON entries (keep_until);";

/// The object.
#[wasm_bindgen]
pub struct RevocationLog(Rc<Kept>);

struct Kept {
    log: RefCell<Log<Sql>>,
    storage: Storage,
    /// The storage as the platform gives it, for what the crate does not offer.
    platform: JsValue,
    /// Where snapshots are kept.
    outside: Outside,
    /// Whether a snapshot is wanted and the alarm has been set for it.
    is_wanted: Cell<bool>,
}

#[wasm_bindgen]
impl RevocationLog {
    /// Made by the platform.
    ///
    /// # Errors
    /// Where the object has no storage.
    #[wasm_bindgen(constructor)]
    pub fn new(state: DurableObjectState, env: Env) -> std::result::Result<Self, JsValue> {
        let platform = state.storage()?.into();
        let storage = State::from(state).storage();
        let sql = storage.sql();
        Ok(Self(Rc::new(Kept {
            log: RefCell::new(Log::new(Sql {
                sql,
                is_set_up: false,
            })),
            storage,
            platform,
            outside: Outside::new(env, None, TIMEOUT),
            is_wanted: Cell::new(false),
        })))
    }

    /// Answers a request; called by the platform.
    #[must_use]
    pub fn fetch(&self, request: Request) -> JsValue {
        let kept = Rc::clone(&self.0);
        task::run(async move {
            let body = task::wait(host::body(&request, BODY_LIMIT)).await?;
            let body = host::bytes_of(&body).unwrap_or_default();
            match kept.answer(&request.url(), &body)? {
                Some(answer) => {
                    let answer = Uint8Array::from(answer.as_slice());
                    Response::new_with_opt_js_u8_array(Some(&answer)).map(JsValue::from)
                }
                None => Ok(host::answer(400, "", "the request is not one that is known").into()),
            }
        })
        .into_value()
    }

    /// Makes the snapshot that is wanted; called by the platform.
    #[must_use]
    pub fn alarm(&self) -> JsValue {
        let kept = Rc::clone(&self.0);
        future_to_promise(async move {
            kept.make_snapshot().await?;
            kept.is_wanted.set(false);
            Ok(JsValue::UNDEFINED)
        })
        .into()
    }
}

impl Kept {
    /// `None` where no version so far asks that.
    fn answer(self: &Rc<Self>, url: &str, body: &[u8]) -> Result<Option<Vec<u8>>> {
        if url.ends_with("/since") {
            let Some(question) = Question::from_bytes(body) else {
                return Ok(None);
            };
            return self.since(&question).map(Some);
        }
        if url.ends_with("/exchange") {
            let Some((changes, question)) = Change::exchange_from_bytes(body) else {
                return Ok(None);
            };
            self.change(&changes)?;
            return self.since(&question).map(Some);
        }
        // Whatever the path: what is to be done stands in the body.
        let Some(changes) = Change::from_bytes(body) else {
            return Ok(None);
        };
        self.change(&changes)?;
        Ok(Some(Vec::new()))
    }

    fn since(&self, question: &Question) -> Result<Vec<u8>> {
        let delta = self.log.borrow_mut().since(question)?;
        Ok(delta.to_bytes())
    }

    /// All of it, or nothing.
    fn change(self: &Rc<Self>, changes: &[Change]) -> Result<()> {
        let mut log = self.log.borrow_mut();
        let mut outcome = Ok(());
        host::transaction(&self.platform, &mut || {
            outcome = log.change(changes, platform::now());
            outcome.is_ok()
        })?;
        outcome?;
        if !self.is_wanted.get() && log.wants_snapshot()?.is_some() {
            self.is_wanted.set(true);
            let kept = Rc::clone(self);
            // The platform holds the answer back until it is on disk.
            drop(future_to_promise(async move {
                kept.storage.set_alarm(SOON).await?;
                Ok(JsValue::UNDEFINED)
            }));
        }
        Ok(())
    }

    /// Reads page by page, and lets others go first in between.
    async fn make_snapshot(&self) -> Result<()> {
        let Some(head) = self.log.borrow_mut().wants_snapshot()? else {
            return Ok(());
        };
        let mut snapshot = Snapshot::default();
        let mut known = Some(0);
        while let Some(place) = known {
            known = self.log.borrow_mut().fill(&mut snapshot, place, head)?;
            let (_, a_moment) = self.outside.wait(Duration::from_millis(1));
            a_moment.await;
        }
        let len = snapshot.len();
        let bytes = snapshot.to_bytes();
        let digest = Snapshot::digest(&bytes);
        let failed = |unavailable: Unavailable| Error::from(unavailable.to_string());
        let kept = self.outside.keep_snapshot(head, bytes).await;
        kept.map_err(failed)?;
        let gone = self.log.borrow_mut().has_snapshot(head, digest, len)?;
        match gone {
            Some(gone) => self.outside.drop_snapshot(gone).await.map_err(failed),
            None => Ok(()),
        }
    }
}

/// The rows.
struct Sql {
    sql: SqlStorage,
    /// Whether this object has made sure that there are tables.
    is_set_up: bool,
}

type Columns = Vec<SqlStorageValue>;

impl Sql {
    fn execute(&self, statement: &str, values: Columns) -> Result<SqlCursor> {
        self.sql.exec(statement, values)
    }

    fn rows(&self, statement: &str, values: Columns) -> Result<SqlCursorRawIterator> {
        Ok(self.execute(statement, values)?.raw())
    }

    fn set_up(&mut self) -> Result<()> {
        if self.is_set_up {
            return Ok(());
        }
        self.execute(SCHEMA, Vec::new())?;
        let mut id = [0; 16];
        platform::fill(&mut id);
        self.execute(
            "INSERT INTO log SELECT ?, 0, 0, 0, x'', 0, 0 WHERE NOT EXISTS (SELECT 1 FROM log)",
            vec![blob(&id)],
        )?;
        self.is_set_up = true;
        Ok(())
    }
}

impl Rows for Sql {
    type Error = Error;

    /// From the storage each time: an object that was replaced may still be running, and finds out when it asks its
    /// storage.
    fn head(&mut self) -> Result<Head> {
        self.set_up()?;
        let mut rows = self.rows(
            "SELECT id, head, longest_life, snapshot, snapshot_digest, snapshot_len, snapshot_before
             FROM log",
            Vec::new(),
        )?;
        read_head(&rows.next().ok_or_else(broken)??)
    }

    fn set_head(&mut self, head: &Head) -> Result<()> {
        let snapshot = head.snapshot.as_ref();
        self.execute(
            "UPDATE log SET head = ?, longest_life = ?, snapshot = ?, snapshot_digest = ?,
             snapshot_len = ?, snapshot_before = ?",
            vec![
                integer(head.position.sequence),
                integer(head.longest_life.as_secs()),
                integer(snapshot.map_or(0, |made| made.sequence)),
                blob(snapshot.map_or(&[], |made| &made.digest)),
                integer(snapshot.map_or(0, |made| made.len)),
                integer(snapshot.map_or(0, |made| made.before)),
            ],
        )
        .map(drop)
    }

    fn after(&mut self, sequence: u64, limit: usize) -> Result<impl Iterator<Item = Result<Row>>> {
        let rows = self.rows(
            "SELECT mark, not_before, keep_until, sequence FROM entries
             WHERE sequence > ? ORDER BY sequence LIMIT ?",
            vec![integer(sequence), integer(limit as u64)],
        )?;
        Ok(rows.map(|row| read(&row?)))
    }

    fn find(&mut self, target: TargetId) -> Result<Option<Row>> {
        let mut rows = self.rows(
            "SELECT mark, not_before, keep_until, sequence FROM entries WHERE mark = ?",
            vec![blob(target.as_bytes())],
        )?;
        rows.next().map(|row| read(&row?)).transpose()
    }

    fn put(&mut self, row: &Row) -> Result<()> {
        let Row { sequence, entry } = row;
        self.execute(
            "INSERT INTO entries (mark, sequence, not_before, keep_until) VALUES (?, ?, ?, ?)
             ON CONFLICT (mark) DO UPDATE SET
                sequence = excluded.sequence,
                not_before = excluded.not_before,
                keep_until = excluded.keep_until",
            vec![
                blob(entry.target().as_bytes()),
                integer(*sequence),
                integer(entry.not_before().seconds()),
                integer(entry.keep_until().seconds()),
            ],
        )
        .map(drop)
    }

    fn purge(&mut self, now: Time) -> Result<()> {
        self.execute(
            "DELETE FROM entries WHERE keep_until <= ?",
            vec![integer(now.seconds())],
        )
        .map(drop)
    }
}

/// A column that is a whole number.
fn integer(number: u64) -> SqlStorageValue {
    SqlStorageValue::Integer(number.cast_signed())
}

/// A column that is bytes.
fn blob(bytes: &[u8]) -> SqlStorageValue {
    SqlStorageValue::Blob(bytes.to_vec())
}

fn read_head(columns: &[SqlStorageValue]) -> Result<Head> {
    use SqlStorageValue::{Blob, Integer};
    let [
        Blob(id),
        Integer(head),
        Integer(longest_life),
        Integer(snapshot),
        Blob(digest),
        Integer(len),
        Integer(before),
    ] = columns
    else {
        return Err(broken());
    };
    let number = |number: &i64| u64::try_from(*number).map_err(|_| broken());
    let snapshot = match digest[..] {
        [] => None,
        _ => Some(SnapshotMade {
            sequence: number(snapshot)?,
            digest: digest[..].try_into().map_err(|_| broken())?,
            len: number(len)?,
            before: number(before)?,
        }),
    };
    Ok(Head {
        position: Position {
            log: LogId(id[..].try_into().map_err(|_| broken())?),
            sequence: number(head)?,
        },
        longest_life: Duration::from_secs(number(longest_life)?),
        snapshot,
    })
}

fn read(columns: &[SqlStorageValue]) -> Result<Row> {
    use SqlStorageValue::{Blob, Integer};
    let [
        Blob(target),
        Integer(not_before),
        Integer(keep_until),
        Integer(sequence),
    ] = columns
    else {
        return Err(broken());
    };
    let mut bytes = target.clone();
    for instant in [not_before, keep_until] {
        let instant = u32::try_from(*instant).map_err(|_| broken())?;
        bytes.extend_from_slice(&instant.to_be_bytes());
    }
    Ok(Row {
        sequence: u64::try_from(*sequence).map_err(|_| broken())?,
        entry: Entry::from_bytes(&bytes).ok_or_else(broken)?,
    })
}

fn broken() -> Error {
    "the revocation log's storage does not hold what it should".into()
}
