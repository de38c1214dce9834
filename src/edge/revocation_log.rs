//! The revocation log as a Durable Object: a thin adapter around [`crate::revocation::log`], with its
//! rows in SQLite.
//!
//! Each statement is synchronous, so what stands between two awaits is one step; the platform holds
//! every answer back until what it rests on is on disk. There is one object: a cutoff must reach
//! everyone, and isolates poll it only once per `max_staleness`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Request;

use super::object::{self, Cursor, ObjectState, Storage};
use super::{host, platform, task};
use crate::revocation::entry::{Entry, TargetId};
use crate::revocation::log::{Log, Row, Rows};
use crate::revocation::{LogId, Position};
use crate::time::Time;

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
    #[expect(clippy::needless_pass_by_value, reason = "as the platform calls it")]
    pub fn new(state: ObjectState) -> Self {
        Self(Rc::new(RefCell::new(Log::new(Sql {
            storage: state.storage(),
            head: None,
        }))))
    }

    /// Answers a request; called by the platform.
    #[must_use]
    pub fn fetch(&self, request: Request) -> JsValue {
        let log = Rc::clone(&self.0);
        task::run(async move {
            let body = object::body(&request).await?;
            match answer(&mut log.borrow_mut(), &request.url(), &body)? {
                Some(answer) => object::answer(&answer),
                None => Ok(object::unknown()),
            }
        })
        .into_value()
    }
}

/// `None` where no version up to this one asks that.
fn answer(log: &mut Log<Sql>, url: &str, body: &[u8]) -> Result<Option<Vec<u8>>, JsValue> {
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
    storage: Storage,
    /// The newest place, once it has been read: only this object moves it.
    head: Option<Position>,
}

impl Sql {
    fn execute(&self, statement: &str, values: &[JsValue]) -> Result<Cursor, JsValue> {
        let values: Array = values.iter().collect();
        self.storage.sql()?.exec(statement, &values)
    }

    fn rows(&self, statement: &str, values: &[JsValue]) -> Result<Array, JsValue> {
        self.execute(statement, values)?.raw()?.to_array()
    }
}

impl Rows for Sql {
    type Error = JsValue;

    fn head(&mut self) -> Result<Position, JsValue> {
        if let Some(head) = self.head {
            return Ok(head);
        }
        self.execute(SCHEMA, &[])?;
        let mut id = [0; 16];
        platform::fill(&mut id);
        self.execute(
            "INSERT INTO log (id, head) SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM log)",
            &[blob(&id)],
        )?;
        let rows = self.rows("SELECT id, head FROM log", &[])?;
        let head = read_head(&rows.get(0)).ok_or_else(broken)?;
        self.head = Some(head);
        Ok(head)
    }

    fn set_head(&mut self, sequence: u64) -> Result<(), JsValue> {
        self.execute("UPDATE log SET head = ?", &[integer(sequence)])?;
        if let Some(head) = &mut self.head {
            head.sequence = sequence;
        }
        Ok(())
    }

    fn after(
        &mut self,
        sequence: u64,
    ) -> Result<impl Iterator<Item = Result<Row, JsValue>>, JsValue> {
        let rows = self.rows(
            "SELECT mark, not_before, keep_until, sequence FROM entries
             WHERE sequence > ? ORDER BY sequence",
            &[integer(sequence)],
        )?;
        Ok(rows.into_iter().map(|row| read(&row).ok_or_else(broken)))
    }

    fn find(&mut self, target: TargetId) -> Result<Option<Row>, JsValue> {
        let rows = self.rows(
            "SELECT mark, not_before, keep_until, sequence FROM entries WHERE mark = ?",
            &[blob(target.as_bytes())],
        )?;
        match rows.length() {
            0 => Ok(None),
            _ => read(&rows.get(0)).map(Some).ok_or_else(broken),
        }
    }

    fn put(&mut self, row: &Row) -> Result<(), JsValue> {
        let Row { sequence, entry } = row;
        self.execute(
            "INSERT INTO entries (mark, sequence, not_before, keep_until) VALUES (?, ?, ?, ?)
             ON CONFLICT (mark) DO UPDATE SET
                sequence = excluded.sequence,
                not_before = excluded.not_before,
                keep_until = excluded.keep_until",
            &[
                blob(entry.target().as_bytes()),
                integer(*sequence),
                integer(entry.not_before().seconds()),
                integer(entry.keep_until().seconds()),
            ],
        )
        .map(drop)
    }

    fn purge(&mut self, now: Time) -> Result<(), JsValue> {
        self.execute(
            "DELETE FROM entries WHERE keep_until <= ?",
            &[integer(now.seconds())],
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
    host::bytes_of(column)
}

fn read_head(row: &JsValue) -> Option<Position> {
    let row = row.dyn_ref::<Array>()?;
    Some(Position {
        log: LogId(read_blob(&row.get(0))?.try_into().ok()?),
        sequence: read_integer(&row.get(1))?,
    })
}

fn read(row: &JsValue) -> Option<Row> {
    let row = row.dyn_ref::<Array>()?;
    let mut bytes = read_blob(&row.get(0))?;
    for column in 1..3 {
        let instant = u32::try_from(read_integer(&row.get(column))?).ok()?;
        bytes.extend_from_slice(&instant.to_be_bytes());
    }
    Some(Row {
        sequence: read_integer(&row.get(3))?,
        entry: Entry::from_bytes(&bytes)?,
    })
}

fn broken() -> JsValue {
    object::error("the revocation log's storage does not hold what it should")
}
