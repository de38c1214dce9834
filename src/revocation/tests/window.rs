//! What a relay's window takes in.

use std::time::Duration;

use crate::revocation::window::Window;
use crate::revocation::{Delta, Entry, LogId, News, Position, Question, Target};
use crate::time::Time;
use crate::token::SessionId;

fn place(sequence: u64) -> Position {
    Position {
        log: LogId([1; 16]),
        sequence,
    }
}

/// One entry for each place behind `known`, up to `head`.
fn delta(known: u64, head: u64) -> Delta {
    let entry = |number: u64| {
        let mut session = [0; 16];
        session[..8].copy_from_slice(&number.to_be_bytes());
        Entry::new(
            &Target::Session(SessionId::from_bytes(session)),
            Time::from_seconds(9_000),
        )
    };
    Delta {
        head: place(head),
        news: News::Entries((known + 1..=head).map(entry).collect()),
        ..Delta::default()
    }
}

fn given(window: &Window, known: u64) -> Option<Vec<Entry>> {
    let question = Question {
        position: place(known),
        ..Question::default()
    };
    let delta = window.since(&question, Duration::ZERO)?;
    Some(delta.entries().to_vec())
}

#[test]
fn answers_may_overlap_and_leave_no_gap() {
    let mut window = Window::default();
    assert!(window.learn(&delta(0, 10), Position::default()));
    // Two questions were asked with the same place, and both are answered.
    assert!(window.learn(&delta(10, 13), place(10)));
    assert!(window.learn(&delta(10, 15), place(10)));
    assert_eq!(window.head(), place(15));
    assert_eq!(window.len(), 15);
    for known in 0..=15 {
        assert_eq!(
            given(&window, known),
            Some(delta(known, 15).entries().to_vec())
        );
    }
    // One that is behind the other says nothing new.
    assert!(window.learn(&delta(10, 12), place(10)));
    assert_eq!((window.head(), window.len()), (place(15), 15));
    // What was asked with a place that the window does not reach, any more, would leave a gap.
    assert!(!window.learn(&delta(16, 20), place(16)));
    // An answer that is behind what was asked with is not believed.
    assert!(!window.learn(&delta(0, 9), place(10)));
    assert_eq!((window.head(), window.len()), (place(15), 15));
}
