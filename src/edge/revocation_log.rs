//! The revocation log as a Durable Object with SQLite storage.
//!
//! Each statement is synchronous, so what stands between two awaits is one step; the platform holds
//! every answer back until what it rests on is on disk. There is one object: a cutoff must reach
//! everyone, and isolates poll it only once per `max_staleness`.

#![expect(missing_docs, reason = "#[durable_object] makes methods without any")]

use std::cell::Cell;

use worker::{
    DurableObject, Env, Error, Request, Response, Result, SqlStorage, SqlStorageValue, State,
    durable_object,
};

use super::outside;
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
#[durable_object(fetch)]
pub struct RevocationLog {
    state: State,
    /// The newest place, once it has been read: this object alone moves it.
    head: Cell<Option<Position>>,
}

impl DurableObject for RevocationLog {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            head: Cell::new(None),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let body = request.bytes().await?;
        let url = request.inner().url();
        let entry = || Entry::from_bytes(&body);
        if url.ends_with("/since")
            && let Some(position) = Position::from_bytes(&body)
        {
            return Response::from_bytes(self.since(position)?.to_bytes());
        }
        if url.ends_with("/append")
            && let Some(entry) = entry()
        {
            self.append(&entry)?;
            return Response::empty().map(|response| response.with_status(200));
        }
        if url.ends_with("/shorten")
            && let Some(entry) = entry()
        {
            self.shorten(&entry)?;
            return Response::empty().map(|response| response.with_status(200));
        }
        Response::error("the request is none that is known", 400)
    }
}

impl RevocationLog {
    fn sql(&self) -> SqlStorage {
        self.state.storage().sql()
    }

    fn head(&self) -> Result<Position> {
        if let Some(head) = self.head.get() {
            return Ok(head);
        }
        let sql = self.sql();
        sql.exec(SCHEMA, None)?;
        let mut id = [0; 16];
        outside::fill(&mut id);
        sql.exec(
            "INSERT INTO log (id, head) SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM log)",
            vec![SqlStorageValue::Blob(id.to_vec())],
        )?;
        let row = sql.exec("SELECT id, head FROM log", None)?.raw().next();
        let head = match row.transpose()?.as_deref() {
            Some([SqlStorageValue::Blob(id), SqlStorageValue::Integer(head)]) => Position {
                log: LogId(id.as_slice().try_into().map_err(|_| broken())?),
                sequence: u64::try_from(*head).map_err(|_| broken())?,
            },
            _ => return Err(broken()),
        };
        self.head.set(Some(head));
        Ok(head)
    }

    fn since(&self, asked_with: Position) -> Result<Delta> {
        let head = self.head()?;
        let known = if asked_with.log == head.log {
            asked_with.sequence
        } else {
            0
        };
        let mut entries = Vec::new();
        if known < head.sequence {
            let rows = self.sql().exec(
                "SELECT mark, not_before, keep_until FROM entries WHERE sequence > ? ORDER BY sequence",
                vec![integer(known)?],
            )?;
            for row in rows.raw() {
                entries.push(read(&row?).ok_or_else(broken)?);
            }
        }
        Ok(Delta { head, entries })
    }

    /// Appends an entry at a new place; one that is there already for the same mark is moved, and
    /// never weakened. What nothing alive needs goes.
    fn append(&self, entry: &Entry) -> Result<()> {
        let head = self.head()?;
        let next = Position {
            sequence: head.sequence + 1,
            ..head
        };
        let sql = self.sql();
        sql.exec(
            "DELETE FROM entries WHERE keep_until <= ?",
            vec![integer(outside::now().seconds())?],
        )?;
        sql.exec(
            "INSERT INTO entries (mark, sequence, not_before, keep_until) VALUES (?, ?, ?, ?)
             ON CONFLICT (mark) DO UPDATE SET
                sequence = excluded.sequence,
                not_before = max(not_before, excluded.not_before),
                keep_until = max(keep_until, excluded.keep_until)",
            vec![
                SqlStorageValue::Blob(entry.mark().as_bytes().to_vec()),
                integer(next.sequence)?,
                integer(entry.not_before().seconds())?,
                integer(entry.keep_until().seconds())?,
            ],
        )?;
        sql.exec("UPDATE log SET head = ?", vec![integer(next.sequence)?])?;
        self.head.set(Some(next));
        Ok(())
    }

    fn shorten(&self, entry: &Entry) -> Result<()> {
        self.head()?;
        self.sql()
            .exec(
                "UPDATE entries SET keep_until = min(keep_until, ?) WHERE mark = ?",
                vec![
                    integer(entry.keep_until().seconds())?,
                    SqlStorageValue::Blob(entry.mark().as_bytes().to_vec()),
                ],
            )
            .map(drop)
    }
}

fn integer(number: u64) -> Result<SqlStorageValue> {
    i64::try_from(number)
        .map_err(|_| broken())
        .and_then(SqlStorageValue::try_from_i64)
}

fn read(row: &[SqlStorageValue]) -> Option<Entry> {
    let [
        SqlStorageValue::Blob(mark),
        SqlStorageValue::Integer(not_before),
        SqlStorageValue::Integer(keep_until),
    ] = row
    else {
        return None;
    };
    let mut bytes = mark.clone();
    bytes.extend_from_slice(&u32::try_from(*not_before).ok()?.to_be_bytes());
    bytes.extend_from_slice(&u32::try_from(*keep_until).ok()?.to_be_bytes());
    Entry::from_bytes(&bytes)
}

fn broken() -> Error {
    Error::RustError("the revocation log's storage does not hold what it should".to_owned())
}
