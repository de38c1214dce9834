//! What is on the heap, counted by the allocator.

use peak_alloc::PeakAlloc;
use postern::revocation::{Follower, Question};
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
}

/// Measures a log of so many entries.
pub fn measure(entries: u64) -> Memory {
    let now = Time::from_seconds(START);
    let object = Object::new(Executor::default(), None);
    let log = LogObject::new(object, &Random::new(1), entries, now);
    let before = HEAP.current_usage();
    let mut follower = Follower::default();
    HEAP.reset_peak_usage();
    let (mut answering, mut reading) = (0, 0);
    loop {
        let position = follower.position();
        let copy = HEAP.current_usage();
        let (delta, _) = log.answer(&Question {
            position,
            ..Question::default()
        });
        let bytes = delta.to_bytes();
        answering = answering.max(HEAP.peak_usage() - copy);
        drop(bytes);
        HEAP.reset_peak_usage();
        follower
            .learn(&delta, position, now)
            .expect("it follows the one before");
        reading = reading.max(HEAP.peak_usage() - before);
        HEAP.reset_peak_usage();
        if !delta.more {
            break;
        }
    }
    Memory {
        entries,
        copy: HEAP.current_usage() - before,
        reading,
        answering,
    }
}
