//! What is on the heap, counted by the allocator.

use std::time::Duration;

use peak_alloc::PeakAlloc;
use postern::revocation::window::Window;
use postern::revocation::{Follower, News, Position, Question, Snapshot};
use postern::time::Time;

use crate::executor::Executor;
use crate::log::LogObject;
use crate::object::Object;
use crate::random::Random;
use crate::world::START;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Bytes that a log of so many entries takes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// The entries.
    pub entries: u64,
    /// An isolate's copy.
    pub copy: usize,
    /// An isolate at most, while it reads all of it.
    pub reading: usize,
    /// The log at most, beside its rows, while it answers one that begins.
    pub answering: usize,
    /// What a relay keeps, after it has begun.
    pub window: usize,
    /// A snapshot; none where the log is small.
    pub snapshot: usize,
}

/// Measures a log of so many entries, and an isolate that begins to follow it.
pub fn measure(entries: u64) -> Memory {
    let now = Time::from_seconds(START);
    let object = Object::new(Executor::default(), None);
    let log = LogObject::new(object, &Random::new(1), entries, now);
    let before = HEAP.current_usage();
    let mut memory = Memory {
        entries,
        copy: 0,
        reading: 0,
        answering: 0,
        window: window(&log),
        snapshot: 0,
    };
    let mut follower = Follower::default();
    loop {
        let question = Question {
            position: follower.position(),
            max_age: Duration::from_secs(1),
            ..Question::default()
        };
        let held = HEAP.current_usage();
        HEAP.reset_peak_usage();
        let (delta, _) = log.answer(&question);
        let bytes = delta.to_bytes();
        memory.answering = memory.answering.max(HEAP.peak_usage() - held);
        drop(bytes);
        HEAP.reset_peak_usage();
        let asked_with = follower.position();
        follower
            .learn(&delta, asked_with, now)
            .expect("it is no older than the one before");
        if let News::Snapshot(_) = delta.news {
            let bytes = read(&log, delta.head);
            memory.snapshot = bytes.len();
            assert!(follower.begin_with(&bytes, delta.head), "it was just made");
        }
        memory.reading = memory.reading.max(HEAP.peak_usage() - before);
        if !delta.more {
            break;
        }
    }
    memory.copy = HEAP.current_usage() - before;
    memory
}

/// What a relay keeps that begins now.
fn window(log: &LogObject) -> usize {
    let before = HEAP.current_usage();
    let mut window = Window::default();
    loop {
        let question = Question {
            position: window.head(),
            ..Question::default()
        };
        let (delta, _) = log.answer(&question);
        let fits = window.learn(&delta, question.position);
        assert!(fits, "it follows what was asked with");
        if !delta.more {
            break;
        }
    }
    HEAP.current_usage() - before
}

/// The snapshot, as bytes of one's own.
fn read(log: &LogObject, head: Position) -> Vec<u8> {
    let bytes = log.snapshot(head).map(|bytes| bytes.to_vec());
    bytes.unwrap_or_else(|| Snapshot::default().to_bytes())
}
