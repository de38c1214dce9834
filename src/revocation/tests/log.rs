//! What the log holds, over rows in memory.

use proptest::prelude::*;

use crate::fakes::log::MemoryRows;
use crate::revocation::wire::PAGE;
use crate::revocation::{
    Change, Delta, Entry, Follower, Log, LogId, News, Position, Question, Snapshot, Target,
};
use crate::time::Time;
use crate::token::SessionId;
use std::time::Duration;

fn at(seconds: u64) -> Time {
    Time::from_seconds(seconds)
}

fn log() -> Log<MemoryRows> {
    Log::new(MemoryRows::new(LogId([1; 16])))
}

fn session(name: u8, keep_until: u64) -> Entry {
    let session = SessionId::from_bytes([name; 16]);
    Entry::new(&Target::Session(session), at(keep_until))
}

fn subject(name: &str, not_before: u64, keep_until: u64) -> Entry {
    let target = Target::Subject {
        subject: name.to_owned(),
        not_before: at(not_before),
    };
    Entry::new(&target, at(keep_until))
}

fn append(log: &mut Log<MemoryRows>, entry: Entry, now: u64) {
    let Ok(()) = log.change(&[Change::Append(entry)], at(now));
}

fn shorten(log: &mut Log<MemoryRows>, entry: Entry) {
    let Ok(()) = log.change(&[Change::Shorten(entry)], at(0));
}

fn since(log: &mut Log<MemoryRows>, position: Position) -> Delta {
    ask(
        log,
        &Question {
            position,
            ..Question::default()
        },
    )
}

fn ask(log: &mut Log<MemoryRows>, ask: &Question) -> Delta {
    let Ok(delta) = log.since(ask);
    delta
}

fn entries(log: &Log<MemoryRows>) -> Vec<Entry> {
    log.rows().all().map(|row| row.entry).collect()
}

#[test]
fn a_reader_gets_what_came_after_its_place() {
    let mut log = log();
    let nothing = since(&mut log, Position::default());
    assert_eq!((nothing.head.sequence, nothing.entries()), (0, &[][..]));
    append(&mut log, session(1, 5_000), 1_000);
    append(&mut log, session(2, 5_000), 1_000);
    let first = since(&mut log, Position::default());
    assert_eq!(first.head.sequence, 2);
    assert_eq!(first.entries(), [session(1, 5_000), session(2, 5_000)]);
    append(&mut log, session(3, 5_000), 1_000);
    let second = since(&mut log, first.head);
    assert_eq!(second.head.sequence, 3);
    assert_eq!(second.entries(), [session(3, 5_000)]);
    assert_eq!(since(&mut log, second.head).entries(), []);
}

#[test]
fn a_reader_of_another_log_gets_everything() {
    let mut log = log();
    append(&mut log, session(1, 5_000), 1_000);
    let elsewhere = Position {
        log: LogId([2; 16]),
        sequence: 9,
    };
    let delta = since(&mut log, elsewhere);
    assert_eq!(delta.entries(), [session(1, 5_000)]);
    assert_eq!(delta.head.log, LogId([1; 16]));
}

#[test]
fn a_targets_next_entry_takes_the_place_of_the_one_before() {
    let mut log = log();
    append(&mut log, subject("ann", 1_000, 5_000), 1_000);
    append(&mut log, session(1, 5_000), 1_000);
    let known = since(&mut log, Position::default()).head;
    append(&mut log, subject("ann", 1_100, 6_000), 1_100);
    assert_eq!(
        entries(&log),
        [session(1, 5_000), subject("ann", 1_100, 6_000)]
    );
    // Whoever knew the older one is told.
    assert_eq!(
        since(&mut log, known).entries(),
        [subject("ann", 1_100, 6_000)]
    );
}

#[test]
fn a_weaker_entry_moves_the_one_that_is_there_and_takes_nothing_from_it() {
    let mut log = log();
    append(&mut log, subject("ann", 1_500, 5_000), 1_500);
    append(&mut log, subject("ann", 1_400, 6_000), 1_500);
    assert_eq!(entries(&log), [subject("ann", 1_500, 6_000)]);
    append(&mut log, subject("ann", 1_600, 2_000), 1_600);
    assert_eq!(entries(&log), [subject("ann", 1_600, 6_000)]);
}

#[test]
fn an_entry_goes_with_the_first_append_of_the_second_in_which_it_ends() {
    let mut log = log();
    append(&mut log, session(1, 2_000), 1_000);
    append(&mut log, session(2, 9_000), 1_999);
    assert_eq!(entries(&log).len(), 2);
    append(&mut log, session(3, 9_000), 2_000);
    assert_eq!(entries(&log), [session(2, 9_000), session(3, 9_000)]);
}

#[test]
fn an_entry_that_has_ended_adds_nothing_to_the_next_one_of_its_target() {
    let mut log = log();
    append(&mut log, subject("ann", 1_500, 2_000), 1_000);
    append(&mut log, subject("ann", 1_200, 3_000), 2_000);
    assert_eq!(entries(&log), [subject("ann", 1_200, 3_000)]);
}

#[test]
fn shortening_never_lengthens_moves_or_adds() {
    let mut log = log();
    append(&mut log, session(1, 5_000), 1_000);
    append(&mut log, session(2, 5_000), 1_000);
    let head = since(&mut log, Position::default()).head;
    for (name, until) in [(1, 4_000), (2, 6_000), (3, 4_000)] {
        shorten(&mut log, session(name, until));
    }
    assert_eq!(entries(&log), [session(1, 4_000), session(2, 5_000)]);
    assert_eq!(since(&mut log, head).entries(), []);
    assert_eq!(since(&mut log, head).head, head);
}

#[test]
fn what_fails_or_changes_nothing_takes_no_place() {
    let mut log = log();
    append(&mut log, session(1, 5_000), 1_000);
    let head = since(&mut log, Position::default()).head;
    let Ok(()) = log.change(&[], at(1_000));
    assert_eq!(since(&mut log, head).head, head);
}

#[test]
fn changes_that_travel_together_are_made_in_their_order() {
    let mut log = log();
    let changes = [
        Change::Append(session(1, 5_000)),
        Change::Append(session(2, 5_000)),
        Change::Shorten(session(1, 4_000)),
        Change::Append(session(2, 6_000)),
    ];
    let Ok(()) = log.change(&changes, at(1_000));
    assert_eq!(entries(&log), [session(1, 4_000), session(2, 6_000)]);
    assert_eq!(since(&mut log, Position::default()).head.sequence, 3);
}

#[test]
fn a_cutoff_is_kept_for_the_longest_life_that_the_log_was_ever_told() {
    let mut log = log();
    let told = |longest_life| Question {
        longest_life: Duration::from_secs(longest_life),
        ..Question::default()
    };
    ask(&mut log, &told(9_000));
    // A configuration of later on has less.
    ask(&mut log, &told(100));
    append(&mut log, subject("ann", 1_000, 1_100), 1_000);
    append(&mut log, session(1, 1_100), 1_000);
    assert_eq!(
        entries(&log),
        [subject("ann", 1_000, 10_000), session(1, 1_100)],
        "a session's own end is known"
    );
    // Whoever knows better may still have it go.
    shorten(&mut log, subject("ann", 1_000, 2_000));
    assert_eq!(entries(&log)[0], subject("ann", 1_000, 2_000));
}

fn many(log: &mut Log<MemoryRows>, count: usize, keep_until: u64) {
    let changes: Vec<Change> = (0..count)
        .map(|n| {
            let mut name = [0; 16];
            name[..8]
                .copy_from_slice(&(n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
            let session = Target::Session(SessionId::from_bytes(name));
            Change::Append(Entry::new(&session, at(keep_until)))
        })
        .collect();
    let Ok(()) = log.change(&changes, at(1_000));
}

/// Follows the log from where the follower is to its end; how many answers that took.
fn follow(log: &mut Log<MemoryRows>, follower: &mut Follower, snapshot: Option<&[u8]>) -> u32 {
    let mut without_snapshot = false;
    for answers in 1.. {
        let position = follower.position();
        let delta = ask(
            log,
            &Question {
                position,
                without_snapshot,
                ..Question::default()
            },
        );
        assert!(delta.entries().len() <= PAGE);
        follower.learn(&delta, position, at(1_000)).unwrap();
        match (&delta.news, snapshot) {
            (News::Snapshot(digest), Some(bytes)) => {
                assert_eq!(Snapshot::digest(bytes), *digest);
                assert!(follower.begin_with(bytes, delta.head));
            }
            (News::Snapshot(_), None) => without_snapshot = true,
            (News::Entries(_), _) if !delta.more => return answers,
            (News::Entries(_), _) => {}
        }
        assert!(
            !follower.is_fresh(at(1_000), Duration::MAX),
            "not complete yet"
        );
    }
    unreachable!("a log has an end")
}

#[test]
fn nobody_gets_more_than_a_page_at_once() {
    let mut log = log();
    many(&mut log, 2 * PAGE + 1, 5_000);
    let mut follower = Follower::default();
    assert_eq!(follow(&mut log, &mut follower, None), 3);
    assert_eq!(follower.len(), 2 * PAGE + 1);
    assert_eq!(
        follower.position(),
        since(&mut log, follower.position()).head
    );
    assert!(follower.is_fresh(at(1_000), Duration::from_secs(1)));
}

#[test]
fn whoever_is_far_behind_begins_with_a_snapshot() {
    let mut log = log();
    many(&mut log, 2 * PAGE, 5_000);
    assert_eq!(
        log.wants_snapshot(),
        Ok(None),
        "two pages are read as quickly"
    );
    append(&mut log, subject("ann", 1_000, 5_000), 1_000);
    let Ok(Some(head)) = log.wants_snapshot() else {
        panic!("it wants one")
    };
    let mut snapshot = Snapshot::default();
    let Ok(mut next) = log.fill(&mut snapshot, 0, head);
    assert!(next.is_some(), "there is more than a page");
    // The log goes on: one entry moves out of what has not been read yet.
    let moved = entries_at(&log, 2 * PAGE - 1);
    append(&mut log, moved, 1_000);
    while let Some(place) = next {
        let Ok(after) = log.fill(&mut snapshot, place, head);
        next = after;
    }
    assert_eq!(snapshot.len(), 2 * PAGE, "all but what moved");
    let bytes = snapshot.clone().to_bytes();
    let Ok(gone) = log.has_snapshot(head, Snapshot::digest(&bytes), snapshot.len());
    assert_eq!(gone, None);
    assert_eq!(log.wants_snapshot(), Ok(None));

    let mut follower = Follower::default();
    assert_eq!(follow(&mut log, &mut follower, Some(&bytes)), 2);
    let mut paging = Follower::default();
    assert_eq!(
        follow(&mut log, &mut paging, None),
        1 + 3,
        "and without it too"
    );
    for follower in [&follower, &paging] {
        assert_eq!(follower.len(), 2 * PAGE + 1);
        assert!(follower.has_ended(moved.target()));
    }
    // Who is not far behind does not need it.
    append(&mut log, session(1, 5_000), 1_000);
    assert_eq!(follow(&mut log, &mut follower, None), 1);
}

#[test]
fn while_a_snapshot_is_made_the_newest_rows_stay_in_memory() {
    let mut log = log();
    many(&mut log, 3 * PAGE, 5_000);
    let Ok(Some(head)) = log.wants_snapshot() else {
        panic!("it wants one")
    };
    let newest = |log: &mut Log<MemoryRows>| {
        let read = log.rows().read;
        let place = Position {
            sequence: log.rows().all().last().unwrap().sequence - 1,
            ..head
        };
        assert_eq!(since(log, place).entries().len(), 1);
        log.rows().read - read
    };
    assert_eq!(newest(&mut log), 3 * PAGE, "they are read once");
    let mut snapshot = Snapshot::default();
    let mut next = Some(0);
    while let Some(place) = next {
        let Ok(after) = log.fill(&mut snapshot, place, head);
        next = after;
        append(&mut log, subject("ann", 1_000 + place, 5_000), 1_000);
        assert_eq!(newest(&mut log), 0);
    }
    assert_eq!(snapshot.len(), 3 * PAGE);
}

fn entries_at(log: &Log<MemoryRows>, at: usize) -> Entry {
    log.rows().all().nth(at).unwrap().entry
}

#[test]
fn a_snapshot_that_is_not_whole_is_not_taken() {
    let mut snapshot = Snapshot::default();
    for entry in [
        session(1, 5_000),
        session(2, 5_000),
        subject("ann", 1, 5_000),
    ] {
        snapshot.add(&entry);
    }
    let bytes = snapshot.to_bytes();
    let head = Position {
        log: LogId([1; 16]),
        sequence: 3,
    };
    for length in 0..bytes.len() {
        let whole = length >= 30 && (length - 30) % 13 == 0;
        assert_eq!(
            Follower::default().begin_with(&bytes[..length], head),
            whole,
            "{length}"
        );
    }
    let mut follower = Follower::default();
    assert!(follower.begin_with(&bytes, head));
    assert_eq!((follower.len(), follower.position()), (3, head));
}

/// What may happen to a log.
#[derive(Clone, Debug)]
enum Step {
    Append {
        name: u8,
        not_before: u32,
        lasts: u32,
    },
    Shorten {
        name: u8,
        /// The cutoff that is shortened: a newer one stays as it is.
        not_before: u32,
        lasts: u32,
    },
    Wait(u32),
    /// One of the readers asks what is new.
    Read(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4_u8, 1_000..1_100_u32, 0..50_u32)
            .prop_map(|(name, not_before, lasts)| Step::Append { name, not_before, lasts }),
        1 => (0..4_u8, 1_000..1_100_u32, 0..50_u32)
            .prop_map(|(name, not_before, lasts)| Step::Shorten { name, not_before, lasts }),
        1 => (1..20_u32).prop_map(Step::Wait),
        2 => (0..3_usize).prop_map(Step::Read),
    ]
}

proptest! {
    /// Readers that ask at different times, each with a copy of its own.
    #[test]
    fn every_reader_knows_what_the_log_holds_and_nothing_is_weakened(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut log = log();
        let mut now = 1_000_u32;
        let mut readers: [Follower; 3] = Default::default();
        // For each target: the latest instant before which it is cut off, and until when.
        let mut asked: [Option<(u32, u32)>; 4] = [None; 4];
        for step in steps {
            match step {
                Step::Append { name, not_before, lasts } => {
                    let until = now + lasts;
                    let target = &mut asked[usize::from(name)];
                    let known = target.filter(|(_, known_until)| *known_until > now);
                    *target = Some(known.map_or((not_before, until), |(before, known_until)| {
                        (before.max(not_before), known_until.max(until))
                    }));
                    let entry = subject(&name.to_string(), not_before.into(), until.into());
                    append(&mut log, entry, now.into());
                }
                Step::Shorten { name, not_before, lasts } => {
                    let until = now + lasts;
                    if let Some((before, known_until)) = &mut asked[usize::from(name)]
                        && *before <= not_before
                    {
                        *known_until = until.min(*known_until);
                    }
                    shorten(&mut log, subject(&name.to_string(), not_before.into(), until.into()));
                }
                Step::Wait(seconds) => now += seconds,
                Step::Read(reader) => {
                    let reader = &mut readers[reader];
                    let known = reader.position();
                    let delta = since(&mut log, known);
                    prop_assert!(delta.head.sequence >= known.sequence);
                    prop_assert!(reader.learn(&delta, known, at(now.into())).is_ok());
                }
            }
            let held = entries(&log);
            for (name, asked) in asked.iter().enumerate() {
                let Some((not_before, until)) = *asked else { continue };
                let expected = subject(&name.to_string(), not_before.into(), until.into());
                let found = held.iter().find(|entry| entry.target() == expected.target());
                if until > now {
                    prop_assert_eq!(found, Some(&expected), "still needed, whole");
                } else if let Some(found) = found {
                    prop_assert_eq!(found.keep_until(), at(until.into()), "to go at the next append");
                }
            }
        }
        // In the end all readers ask, and each knows what one knows that begins now.
        let now = at(now.into());
        let mut fresh = Follower::default();
        let whole = since(&mut log, Position::default());
        prop_assert!(fresh.learn(&whole, Position::default(), now).is_ok());
        for mut reader in readers {
            let known = reader.position();
            let delta = since(&mut log, known);
            prop_assert!(reader.learn(&delta, known, now).is_ok());
            for entry in whole.entries() {
                prop_assert!(entry.keep_until() <= now || reader.has_ended(entry.target()));
            }
            prop_assert_eq!(reader.position(), fresh.position());
        }
    }
}
