//! The log, as an object: the real machine over rows in memory.
//!
//! Job: carry out what it is asked on the thread of an [`Object`], and say how long that takes; make snapshots when
//! the log wants one. Not its job: what the log decides.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use postern::revocation::{
    Change, Delta, Entry, Log, LogId, News, Position, Question, Snapshot, Target,
};
use postern::time::Time;
use postern::token::SessionId;

use crate::executor::{MILLISECOND, Micros};
use crate::object::{Failure, Object};
use crate::random::Random;
use crate::rows::MemoryRows;
use crate::world::add;

/// How long a request takes an object: about 1,000 a second is what the platform's documentation says.
pub const REQUEST: Micros = MILLISECOND;
/// How long each hundred rows take that are read from storage: measured on workerd, 3 µs a row.
const HUNDRED_ROWS: Micros = 300;
/// How long each hundred entries take that are given from memory: bytes that are copied.
const HUNDRED_GIVEN: Micros = 10;
/// How long a change takes that comes together with others.
const CHANGE: Micros = 50;
/// How long KV takes to keep a snapshot.
const KEEPING: Micros = 500 * MILLISECOND;

/// The object.
pub struct LogObject {
    /// Its thread.
    pub object: Object,
    log: RefCell<Log<MemoryRows>>,
    /// The snapshots that KV has.
    kept: RefCell<Vec<(Position, Rc<Vec<u8>>)>>,
    is_making: Cell<bool>,
    /// How many snapshots it has made since the beginning of the run.
    pub snapshots: Cell<u64>,
    rows_before: (u64, u64),
}

impl LogObject {
    /// With so many entries in it, which end one after the other within an hour.
    pub fn new(object: Object, random: &Random, entries: u64, now: Time) -> Self {
        let mut name = [0; 16];
        random.fill(&mut name);
        let log = Self {
            object,
            log: RefCell::new(Log::new(MemoryRows::new(LogId(name)))),
            kept: RefCell::default(),
            is_making: Cell::default(),
            snapshots: Cell::default(),
            rows_before: (0, 0),
        };
        for number in 1..=entries {
            let end = now.plus(Duration::from_secs(3_600 * number / entries));
            let change = Change::Append(revocation(random, end));
            let Ok(()) = log.log.borrow_mut().change(&[change], now);
            log.make_snapshot_at_once();
        }
        log.snapshots.set(0);
        // It has been there for a while, so it holds its newest rows in memory.
        let mut position = log.head();
        position.sequence = position.sequence.saturating_sub(1);
        let _ = log.answer(&Question {
            position,
            ..Question::default()
        });
        let rows_before = log.rows();
        Self { rows_before, ..log }
    }

    /// What is new.
    pub async fn since(&self, question: &Question) -> Result<Delta, Failure> {
        self.object.run(|| self.answer(question)).await
    }

    /// The same, at once and without being counted.
    pub fn answer(&self, question: &Question) -> (Delta, Micros) {
        let mut log = self.log.borrow_mut();
        let before = log.rows().read.get();
        let Ok(delta) = log.since(question);
        let read = log.rows().read.get() - before;
        let given = delta.entries().len() as Micros;
        let work = read * HUNDRED_ROWS + given * HUNDRED_GIVEN;
        (delta, REQUEST + work / 100)
    }

    /// Everything in one delta, without being asked: nobody counts it.
    pub fn whole(&self) -> Delta {
        let read = self.log.borrow().rows().read.get();
        let mut question = Question {
            without_snapshot: true,
            ..Question::default()
        };
        let mut entries = Vec::new();
        let head = loop {
            let (delta, _) = self.answer(&question);
            entries.extend_from_slice(delta.entries());
            question.position = delta.head;
            if !delta.more {
                break delta.head;
            }
        };
        self.log.borrow().rows().read.set(read);
        Delta {
            head,
            news: News::Entries(entries),
            ..Delta::default()
        }
    }

    /// Makes these changes; the newest place after them.
    pub async fn change(&self, changes: &[Change], now: impl Fn() -> Time) -> Result<u64, Failure> {
        self.object
            .run(|| {
                let mut log = self.log.borrow_mut();
                let Ok(()) = log.change(changes, now());
                let newest = log.rows().position().sequence;
                (newest, REQUEST + CHANGE * (changes.len() as Micros - 1))
            })
            .await
    }

    /// Makes these changes, and then tells what is new; with the newest place after them.
    pub async fn exchange(
        &self,
        changes: &[Change],
        question: &Question,
        now: impl Fn() -> Time,
    ) -> Result<(u64, Delta), Failure> {
        self.object
            .run(|| {
                let Ok(()) = self.log.borrow_mut().change(changes, now());
                let (delta, work) = self.answer(question);
                let newest = self.head().sequence;
                (
                    (newest, delta),
                    work + CHANGE * (changes.len() as Micros - 1),
                )
            })
            .await
    }

    /// Makes a snapshot, page by page, if the log wants one.
    pub async fn make_snapshot(&self) {
        let Ok(wanted) = self.log.borrow_mut().wants_snapshot();
        let Some(head) = wanted.filter(|_| !self.is_making.get()) else {
            return;
        };
        self.is_making.set(true);
        let mut snapshot = Snapshot::default();
        let mut known = Some(0);
        while let Some(place) = known {
            let page = self.object.run_inside(|| {
                let mut log = self.log.borrow_mut();
                let before = log.rows().read.get();
                let Ok(next) = log.fill(&mut snapshot, place, head);
                let read = log.rows().read.get() - before;
                (next, HUNDRED_ROWS * read / 100)
            });
            known = page.await;
        }
        self.object.keep(KEEPING).await;
        self.keep(snapshot, head);
        self.is_making.set(false);
    }

    fn make_snapshot_at_once(&self) {
        let Ok(wanted) = self.log.borrow_mut().wants_snapshot();
        let Some(head) = wanted else {
            return;
        };
        let mut snapshot = Snapshot::default();
        let mut known = Some(0);
        while let Some(place) = known {
            let Ok(next) = self.log.borrow_mut().fill(&mut snapshot, place, head);
            known = next;
        }
        self.keep(snapshot, head);
    }

    fn keep(&self, snapshot: Snapshot, head: Position) {
        let len = snapshot.len();
        let bytes = snapshot.to_bytes();
        let digest = Snapshot::digest(&bytes);
        let mut kept = self.kept.borrow_mut();
        kept.push((head, Rc::new(bytes)));
        add(&self.snapshots, 1);
        let Ok(gone) = self.log.borrow_mut().has_snapshot(head, digest, len);
        kept.retain(|(made, _)| Some(*made) != gone);
    }

    /// The snapshot that was made at this place, from KV.
    pub fn snapshot(&self, head: Position) -> Option<Rc<Vec<u8>>> {
        let kept = self.kept.borrow();
        let (_, bytes) = kept.iter().find(|(made, _)| *made == head)?;
        Some(Rc::clone(bytes))
    }

    /// Its name and its newest place.
    pub fn head(&self) -> Position {
        self.log.borrow().rows().position()
    }

    /// Where the entry of its target is.
    pub fn place_of(&self, entry: &Entry) -> Option<u64> {
        self.log.borrow().rows().place_of(entry.target())
    }

    /// How many rows were read and written since the beginning of the run, as they are billed.
    pub fn rows(&self) -> (u64, u64) {
        let log = self.log.borrow();
        let (read, written) = self.rows_before;
        let rows = log.rows();
        (rows.read.get() - read, rows.written.get() - written)
    }
}

/// The entry that ends some session, which nothing needs from `end` on.
pub fn revocation(random: &Random, end: Time) -> Entry {
    let mut session = [0; 16];
    random.fill(&mut session);
    Entry::new(&Target::Session(SessionId::from_bytes(session)), end)
}
