//! What a session coordinator's alarm leaves undone, and that it is done in the end.

use std::collections::BTreeSet;

use super::*;
use crate::fakes::{Fault, START};
use crate::issue::ending::{EndedSession, end_session};
use crate::ports::{Clock, Coordinator};
use crate::session::coordinator::{ANNOUNCING, Command, LONGEST_RETRY, Owner, RETRY, Reply, State};
use crate::time::Time;
use crate::token::{SessionId, TokenDigest};

fn end(fakes: &Fakes, session: SessionId, owner: Option<Owner>) -> EndedSession {
    block_on(end_session(session, owner, &resolver(), fakes)).unwrap()
}

fn is_gone(fakes: &Fakes, session: SessionId) -> bool {
    fakes.state(session) == State::default() && fakes.alarm(session).is_none()
}

/// A login that was ended while the record store was down, and whose alarm was lost.
fn ended_without_an_alarm(fakes: &Fakes) -> SessionId {
    let session = opened(fakes).record().session;
    fakes.calls.record_delete.set_fault(Fault::Before);
    end(fakes, session, None);
    fakes.calls.record_delete.set_fault(Fault::None);
    fakes.lose_alarm(session);
    fakes.advance(LONGEST_RETRY);
    assert_eq!(fakes.live_records().len(), 1, "nothing rings by itself");
    session
}

#[test]
fn an_alarm_that_was_lost_is_set_again_by_whatever_is_asked_next() {
    let digest = TokenDigest::from_bytes([1; 32]);
    let owner = Some(Owner::of("ann"));
    let commands = |session| {
        let end = |owner| Command::End { session, owner };
        let (find, read) = (Command::Find(digest), Command::Read(digest));
        [end(None), end(owner), find, read]
    };
    for n in 0..4 {
        let fakes = Fakes::default();
        let session = ended_without_an_alarm(&fakes);
        let command = commands(session)[n].clone();
        block_on(fakes.ask(session, command.clone())).unwrap();
        block_on(fakes.run_alarms());
        fakes.advance(ANNOUNCING);
        assert_eq!(fakes.live_records(), [""; 0], "{command:?}");
        assert!(is_gone(&fakes, session), "{command:?}");
    }
}

#[test]
fn an_alarm_that_is_set_stays_as_it_is() {
    let fakes = Fakes::default();
    let session = opened(&fakes).record().session;
    fakes.calls.record_delete.set_fault(Fault::Before);
    end(&fakes, session, None);
    let alarm = fakes.alarm(session).unwrap();
    assert!(alarm > fakes.now());
    let read = Command::Read(TokenDigest::from_bytes([1; 32]));
    block_on(fakes.ask(session, read)).unwrap();
    assert_eq!(fakes.alarm(session), Some(alarm));
}

#[test]
fn a_question_about_a_session_that_is_gone_sets_no_alarm() {
    let fakes = Fakes::default();
    let session = SessionId::from_bytes([9; 16]);
    for command in [
        Command::Read(TokenDigest::from_bytes([1; 32])),
        Command::Find(TokenDigest::from_bytes([1; 32])),
        Command::End {
            session,
            owner: None,
        },
    ] {
        let reply = block_on(fakes.ask(session, command));
        assert_eq!(reply, Ok(Reply::Unknown));
        assert!(is_gone(&fakes, session));
    }
}

#[test]
fn an_alarm_whose_storage_fails_sets_itself_again() {
    // As often as the alarm reads and writes until everything is done.
    for failing in 1..20 {
        let fakes = Fakes::default();
        let session = opened(&fakes).record().session;
        fakes.calls.record_delete.set_fault(Fault::Before);
        end(&fakes, session, None);
        fakes.calls.record_delete.set_fault(Fault::None);
        fakes.set_storage_failing(failing);
        fakes.advance(LONGEST_RETRY * (failing + 1) + ANNOUNCING);
        assert!(is_gone(&fakes, session), "after {failing} failures");
        assert_eq!(fakes.live_records(), [""; 0]);
        let lines = fakes.events();
        let is_said = |line: &String| line.contains("its alarm: the storage failed");
        assert!(lines.iter().any(is_said), "{lines:?}");
    }
}

#[test]
fn an_instance_that_is_lost_while_its_alarm_waits_leaves_another_alarm() {
    let fakes = Fakes::default();
    let session = opened(&fakes).record().session;
    // It never gets an answer, and then it is gone.
    fakes.calls.append.set_delay(1_000);
    {
        let resolver = resolver();
        let mut lost = Box::pin(end_session(session, None, &resolver, &fakes));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        for _ in 0..10 {
            assert!(lost.as_mut().poll(&mut context).is_pending());
        }
    }
    fakes.calls.append.set_delay(0);
    assert_eq!(fakes.alarm(session), Some(START.plus(LONGEST_RETRY)));
    fakes.advance(LONGEST_RETRY + ANNOUNCING);
    assert!(is_gone(&fakes, session));
    assert_eq!(fakes.live_records(), [""; 0]);
}

#[test]
fn after_an_outage_chores_are_spread_over_time_and_none_waits_for_long() {
    let fakes = Fakes::default();
    let day = Duration::from_hours(24);
    let lifetimes = Lifetimes {
        idle: day,
        absolute: day,
    };
    let login = || {
        let opened = block_on(open(ann(), lifetimes, &resolver(), &fakes));
        opened.unwrap_or_else(|e| panic!("{e:?}")).record().session
    };
    let sessions: Vec<SessionId> = (0..40).map(|_| login()).collect();
    fakes.calls.record_delete.set_fault(Fault::Before);
    for session in &sessions {
        end(&fakes, *session, None);
    }
    let alarms = || -> BTreeSet<Time> {
        sessions
            .iter()
            .filter_map(|session| fakes.alarm(*session))
            .collect()
    };
    let first = alarms();
    assert!(first.len() > 20, "{} alarms of 40 differ", first.len());
    let (soonest, latest) = (first.first().unwrap(), first.last().unwrap());
    assert!(soonest.since(fakes.now()) >= RETRY / 2);
    assert!(latest.since(fakes.now()) <= RETRY);
    fakes.advance(Duration::from_mins(90));
    let before = fakes.calls.record_delete.count();
    fakes.advance(Duration::from_hours(1));
    let tried = fakes.calls.record_delete.count() - before;
    // Between four and eight times each in an hour; every 30 seconds would be 4,800.
    assert!((160..=320).contains(&tried), "{tried} attempts");
    for alarm in alarms() {
        assert!(alarm.since(fakes.now()) <= LONGEST_RETRY);
    }
    fakes.calls.record_delete.set_fault(Fault::None);
    fakes.advance(LONGEST_RETRY);
    assert_eq!(fakes.live_records(), [""; 0]);
    assert!(sessions.iter().all(|session| is_gone(&fakes, *session)));
}

#[test]
fn somebody_else_who_ends_a_session_again_has_nobody_told() {
    let fakes = Fakes::default();
    let session = opened(&fakes).record().session;
    fakes.calls.record_delete.set_fault(Fault::Before);
    fakes.calls.append.set_fault(Fault::Before);
    let owner = Some(Owner::of("ann"));
    assert!(block_on(end_session(session, owner, &resolver(), &fakes)).is_err());
    fakes.calls.append.set_fault(Fault::None);
    let appended = fakes.calls.append.count();
    let other = end(&fakes, session, Some(Owner::of("bob")));
    assert_eq!(other, EndedSession::Unknown);
    assert_eq!(fakes.calls.append.count(), appended);
    // The owner tells it, until everything of the session has expired and no longer.
    assert_eq!(
        end(&fakes, session, owner),
        EndedSession::Over(b"kept".to_vec())
    );
    let [entry] = fakes.log_entries()[..] else {
        panic!("{:?}", fakes.log_entries());
    };
    assert_eq!(entry.keep_until(), START.plus(LIFETIMES.absolute));
    // The alarm tells it too. From then on the log knows, and nobody tells it again.
    fakes.advance(RETRY);
    let appended = fakes.calls.append.count();
    assert_eq!(
        end(&fakes, session, owner),
        EndedSession::Over(b"kept".to_vec())
    );
    assert_eq!(fakes.calls.append.count(), appended);
}
