//! Tokens with a record in the store.

use super::*;

#[test]
fn a_record_is_kept_ten_minutes_and_its_token_until_it_expires() {
    let state = issued();
    let record = Reply::Record(record());
    assert_eq!(ask(&state, Command::Read(D1), 1_599), record);
    // Then it is still known, but its record is not here.
    let found = Reply::Found(client());
    assert_eq!(ask(&state, Command::Read(D1), 1_600), found);
    assert_eq!(ask(&state, Command::Read(D1), 4_999), found);
    assert_eq!(ask(&state, Command::Read(D1), 5_000), Reply::Unknown);
    assert_eq!(ask(&state, Command::Find(D1), 4_999), found);
    assert_eq!(ask(&state, Command::Find(D1), 5_000), Reply::Unknown);
    assert_eq!(ask(&state, Command::Find(D2), 1_000), Reply::Unknown);
    assert_eq!(state.wake_at(), Some(at(1_600)));
    let state = state.settled(at(1_600));
    assert_eq!(state.wake_at(), Some(at(5_000)));
    assert_eq!(state.settled(at(5_000)).wake_at(), None);
}

#[test]
fn a_forgotten_token_gives_no_record_and_is_deleted_until_it_works() {
    let (state, reply) = issued().apply(Command::Forget(D1), at(1_001));
    assert_eq!(reply, Reply::Done);
    assert_eq!(ask(&state, Command::Read(D1), 1_001), Reply::Unknown);
    assert_eq!(state.due(at(1_001)), [DELETE_D1]);
    // Its first answer may have been lost: it can be revoked again.
    assert!(matches!(
        ask(&state, Command::Find(D1), 1_001),
        Reply::Found(_)
    ));
    let state = state.failed(DELETE_D1, at(1_001), 255);
    assert!(state.due(at(1_030)).is_empty());
    assert_eq!(state.wake_at(), Some(at(1_031)));
    assert_eq!(state.due(at(1_031)), [DELETE_D1]);
    let state = state.done(DELETE_D1);
    assert_eq!(state, State::default());
    assert_eq!(state.wake_at(), None);
}

#[test]
fn a_delete_that_was_not_asked_for_changes_nothing() {
    assert_eq!(issued().done(DELETE_D1), issued());
    assert_eq!(issued().failed(DELETE_D1, at(1_000), 255), issued());
    assert_eq!(ask(&State::default(), Command::Forget(D1), 1), Reply::Done);
}

#[test]
fn a_repeated_issue_neither_doubles_nor_revives() {
    let (state, _) = issued().apply(issue(D1), at(1_100));
    assert_eq!(state, issued());
    let (state, _) = issued().apply(Command::Forget(D1), at(1_001));
    let (again, _) = state.clone().apply(issue(D1), at(1_002));
    assert_eq!(again, state);
}
