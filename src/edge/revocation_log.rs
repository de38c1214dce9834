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

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};
use worker::worker_sys::DurableObjectState;
use worker::{Error, Result, SqlCursor, SqlCursorRawIterator, SqlStorage, SqlStorageValue, State};

use super::{host, platform, task};
use crate::revocation::entry::{Entry, TargetId};
use crate::revocation::log::{Log, Row, Rows};
use crate::revocation::{LogId, Position};
use crate::time::Time;

/// No message to the log is nearly as long, in bytes.
const BODY_LIMIT: u32 = 1 << 20;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS log (id BLOB NOT NULL, head INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS entries (
        mark BLOB PRIMARY KEY,
        sequence INTEGER NOT NULL UNIQUE,
        not_before INTEGER NOT NULL,
        keep_until INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS entries_by_end ON entries (keep_until);";

/// The object.
#[wasm_bindgen]
pub struct RevocationLog(Rc<RefCell<Log<Sql>>>);

#[wasm_bindgen]
impl RevocationLog {
    /// Made by the platform.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(state: DurableObjectState) -> Self {
        let sql = State::from(state).storage().sql();
        Self(Rc::new(RefCell::new(Log::new(Sql { sql, head: None }))))
    }

    /// Answers a request; called by the platform.
    #[must_use]
    pub fn fetch(&self, request: Request) -> JsValue {
        let log = Rc::clone(&self.0);
        task::run(async move {
            let body = task::wait(host::body(&request, BODY_LIMIT)).await?;
            let body = host::bytes_of(&body).unwrap_or_default();
            match answer(&mut log.borrow_mut(), &request.url(), &body)? {
                Some(answer) => {
                    let answer = Uint8Array::from(answer.as_slice());
                    Response::new_with_opt_js_u8_array(Some(&answer)).map(JsValue::from)
                }
                None => Ok(host::answer(400, "", "the request is not one that is known").into()),
            }
        })
        .into_value()
    }
}

/// `None` where no version so far asks that.
fn answer(log: &mut Log<Sql>, url: &str, body: &[u8]) -> Result<Option<Vec<u8>>> {
    if url.ends_with("/since") {
        let Some(known) = Position::from_bytes(body) else {
            return Ok(None);
        };
        return log.since(known).map(|delta| Some(delta.to_bytes()));
    }
    let Some(entry) = Entry::from_bytes(body) else {
        return Ok(None);
    };
    if url.ends_with("/append") {
        log.append(&entry, platform::now())?;
    } else if url.ends_with("/shorten") {
        log.shorten(&entry)?;
    } else {
        return Ok(None);
    }
    Ok(Some(Vec::new()))
}

/// The rows.
struct Sql {
    sql: SqlStorage,
    /// The newest place, once it has been read: only this object moves it.
    head: Option<Position>,
}

type Columns = Vec<SqlStorageValue>;

impl Sql {
    fn execute(&self, statement: &str, values: Columns) -> Result<SqlCursor> {
        self.sql.exec(statement, values)
    }

    fn rows(&self, statement: &str, values: Columns) -> Result<SqlCursorRawIterator> {
        Ok(self.execute(statement, values)?.raw())
    }
}

impl Rows for Sql {
    type Error = Error;

    fn head(&mut self) -> Result<Position> {
        if let Some(head) = self.head {
            return Ok(head);
        }
        self.execute(SCHEMA, Vec::new())?;
        let mut id = [0; 16];
        platform::fill(&mut id);
        self.execute(
            "INSERT INTO log (id, head) SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM log)",
            vec![blob(&id)],
        )?;
        let mut rows = self.rows("SELECT id, head FROM log", Vec::new())?;
        let head = read_head(&rows.next().ok_or_else(broken)??)?;
        self.head = Some(head);
        Ok(head)
    }

    fn set_head(&mut self, sequence: u64) -> Result<()> {
        self.execute("UPDATE log SET head = ?", vec![integer(sequence)])?;
        if let Some(head) = &mut self.head {
            head.sequence = sequence;
        }
        Ok(())
    }

    fn after(&mut self, sequence: u64) -> Result<impl Iterator<Item = Result<Row>>> {
        let rows = self.rows(
            "SELECT mark, not_before, keep_until, sequence FROM entries
             WHERE sequence > ? ORDER BY sequence",
            vec![integer(sequence)],
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

fn read_head(columns: &[SqlStorageValue]) -> Result<Position> {
    let [
        SqlStorageValue::Blob(id),
        SqlStorageValue::Integer(sequence),
    ] = columns
    else {
        return Err(broken());
    };
    Ok(Position {
        log: LogId(id[..].try_into().map_err(|_| broken())?),
        sequence: u64::try_from(*sequence).map_err(|_| broken())?,
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
