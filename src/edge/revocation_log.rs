//! The revocation log as a Durable Object with SQLite storage.
//!
//! Each statement is synchronous, so what stands between two awaits is one step; the platform holds
//! every answer back until what it rests on is on disk. There is one object: a cutoff must reach
//! everyone, and isolates poll it only once per `max_staleness`.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Request;

use super::object::{self, Cursor, ObjectState, Storage};
use super::{outside, task};
use crate::revocation::{Delta, Entry, LogId, Position};

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
pub struct RevocationLog(Rc<Log>);

#[wasm_bindgen]
impl RevocationLog {
    /// Made by the platform.
    #[wasm_bindgen(constructor)]
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "as the platform calls it")]
    pub fn new(state: ObjectState) -> Self {
        Self(Rc::new(Log {
            storage: state.storage(),
            head: Cell::new(None),
        }))
    }

    /// Answers a request; called by the platform.
    #[must_use]
    pub fn fetch(&self, request: Request) -> JsValue {
        let log = Rc::clone(&self.0);
        task::run(async move {
            let body = object::body(&request).await?;
            match log.answer(&request.url(), &body)? {
                Some(answer) => object::answer(&answer),
                None => Ok(object::unknown()),
            }
        })
        .into_value()
    }
}

struct Log {
    storage: Storage,
    /// The newest place, once it has been read: this object alone moves it.
    head: Cell<Option<Position>>,
}

impl Log {
    /// `None` where the request is none that is known.
    fn answer(&self, url: &str, body: &[u8]) -> Result<Option<Vec<u8>>, JsValue> {
        if url.ends_with("/since") {
            let Some(position) = Position::from_bytes(body) else {
                return Ok(None);
            };
            return self.since(position).map(|delta| Some(delta.to_bytes()));
        }
        let Some(entry) = Entry::from_bytes(body) else {
            return Ok(None);
        };
        if url.ends_with("/append") {
            self.append(&entry)?;
        } else if url.ends_with("/shorten") {
            self.shorten(&entry)?;
        } else {
            return Ok(None);
        }
        Ok(Some(Vec::new()))
    }

    fn execute(&self, statement: &str, values: &[JsValue]) -> Result<Cursor, JsValue> {
        let values: Array = values.iter().collect();
        self.storage.sql()?.exec(statement, &values)
    }

    fn rows(&self, statement: &str, values: &[JsValue]) -> Result<Array, JsValue> {
        self.execute(statement, values)?.raw()?.to_array()
    }

    fn head(&self) -> Result<Position, JsValue> {
        if let Some(head) = self.head.get() {
            return Ok(head);
        }
        self.execute(SCHEMA, &[])?;
        let mut id = [0; 16];
        outside::fill(&mut id);
        self.execute(
            "INSERT INTO log (id, head) SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM log)",
            &[blob(&id)],
        )?;
        let rows = self.rows("SELECT id, head FROM log", &[])?;
        let head = read_head(&rows.get(0)).ok_or_else(broken)?;
        self.head.set(Some(head));
        Ok(head)
    }

    fn since(&self, asked_with: Position) -> Result<Delta, JsValue> {
        let head = self.head()?;
        let known = if asked_with.log == head.log {
            asked_with.sequence
        } else {
            0
        };
        let mut entries = Vec::new();
        if known < head.sequence {
            let rows = self.rows(
                "SELECT mark, not_before, keep_until FROM entries WHERE sequence > ? ORDER BY sequence",
                &[integer(known)],
            )?;
            for row in rows.iter() {
                entries.push(read(&row).ok_or_else(broken)?);
            }
        }
        Ok(Delta { head, entries })
    }

    /// Appends an entry at a new place; one that is there already for the same mark is moved, and
    /// never weakened. What nothing alive needs goes.
    fn append(&self, entry: &Entry) -> Result<(), JsValue> {
        let head = self.head()?;
        let next = Position {
            sequence: head.sequence + 1,
            ..head
        };
        self.execute(
            "DELETE FROM entries WHERE keep_until <= ?",
            &[integer(outside::now().seconds())],
        )?;
        self.execute(
            "INSERT INTO entries (mark, sequence, not_before, keep_until) VALUES (?, ?, ?, ?)
             ON CONFLICT (mark) DO UPDATE SET
                sequence = excluded.sequence,
                not_before = max(not_before, excluded.not_before),
                keep_until = max(keep_until, excluded.keep_until)",
            &[
                blob(entry.mark().as_bytes()),
                integer(next.sequence),
                integer(entry.not_before().seconds()),
                integer(entry.keep_until().seconds()),
            ],
        )?;
        self.execute("UPDATE log SET head = ?", &[integer(next.sequence)])?;
        self.head.set(Some(next));
        Ok(())
    }

    fn shorten(&self, entry: &Entry) -> Result<(), JsValue> {
        self.head()?;
        self.execute(
            "UPDATE entries SET keep_until = min(keep_until, ?) WHERE mark = ?",
            &[
                integer(entry.keep_until().seconds()),
                blob(entry.mark().as_bytes()),
            ],
        )
        .map(drop)
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn integer(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

fn blob(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// A column that is a whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
fn read_integer(column: &JsValue) -> Option<u64> {
    let number = column.as_f64()?;
    (0.0..9_007_199_254_740_992.0)
        .contains(&number)
        .then_some(number as u64)
}

/// A column that is bytes.
fn read_blob(column: &JsValue) -> Option<Vec<u8>> {
    outside::bytes_of(column)
}

fn read_head(row: &JsValue) -> Option<Position> {
    let row = row.dyn_ref::<Array>()?;
    Some(Position {
        log: LogId(read_blob(&row.get(0))?.try_into().ok()?),
        sequence: read_integer(&row.get(1))?,
    })
}

fn read(row: &JsValue) -> Option<Entry> {
    let row = row.dyn_ref::<Array>()?;
    let mut bytes = read_blob(&row.get(0))?;
    for column in 1..3 {
        let instant = u32::try_from(read_integer(&row.get(column))?).ok()?;
        bytes.extend_from_slice(&instant.to_be_bytes());
    }
    Entry::from_bytes(&bytes)
}

fn broken() -> JsValue {
    object::error("the revocation log's storage does not hold what it should")
}
