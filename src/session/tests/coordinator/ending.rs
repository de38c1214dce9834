//! How sessions end.

use super::*;

#[test]
fn ending_a_login_ends_what_came_from_it_and_is_tried_until_all_is_done() {
    let adopt = Command::Adopt {
        child: CHILD,
        until: at(95_000),
    };
    let (state, reply) = opened().apply(adopt.clone(), at(1_001));
    assert_eq!(reply, Reply::Done);
    assert_eq!(
        ask(&state, end(Some(Owner::of("bob"))), 1_002),
        Reply::Unknown
    );
    let (state, reply) = state.apply(end(Some(owner())), at(1_002));
    assert_eq!(reply, ended(b"kept", Some(95_000)));
    // Again: it is the owner's, and the log may not have been told.
    for again in [end(None), end(Some(owner()))] {
        assert_eq!(ask(&state, again, 1_003), ended(b"kept", Some(95_000)));
    }
    let other = end(Some(Owner::of("bob")));
    assert_eq!(ask(&state, other, 1_003), Reply::Unknown);
    assert_eq!(ask(&state, adopt, 1_003), Reply::Unknown);
    assert_eq!(ask(&state, issue(D2), 1_003), Reply::Unknown);
    assert_eq!(ask(&state, Command::Read(D1), 1_003), Reply::Unknown);
    let announce = Chore::Announce(SESSION, at(95_000));
    let delete = Chore::Delete(TokenKind::Ticket, D1);
    assert_eq!(state.due(at(1_002)), [announce, delete, Chore::End(CHILD)]);
    let state = state.done(delete).failed(Chore::End(CHILD), at(1_002), 255);
    assert_eq!(state.due(at(1_031)), []);
    assert_eq!(state.wake_at(), Some(at(1_032)));
    assert_eq!(state.due(at(1_032)), [announce, Chore::End(CHILD)]);
    let state = state.done(Chore::End(CHILD)).done(announce);
    // A request may still be telling the log what it was told at 1,002.
    assert_eq!(state.due(at(1_121)), []);
    assert_eq!(state.wake_at(), Some(at(1_122)));
    // The log knows, so nobody need tell it again.
    assert_eq!(ask(&state, end(None), 1_121), ended(b"kept", None));
    assert_eq!(
        state.due(at(1_122)),
        [Chore::Release(SESSION, Some(owner()))]
    );
    assert_eq!(
        state.done(Chore::Release(SESSION, Some(owner()))),
        State::default()
    );
}

#[test]
fn looking_for_an_ended_session_leads_to_the_log_until_the_log_was_told() {
    let newest = refresh_token(1);
    let (state, _) = redeemed().apply(end(None), at(1_010));
    assert!(is_reused(&ask(&state, Command::Find(newest), 1_011)));
    let announce = state.due(at(1_010))[0];
    assert!(matches!(announce, Chore::Announce(..)));
    let state = state.done(announce);
    assert_eq!(ask(&state, Command::Find(newest), 1_011), Reply::Unknown);
}

#[test]
fn whoever_is_told_to_tell_the_log_has_time_for_it_before_the_entry_is_let_go() {
    let (state, _) = opened().apply(end(None), at(1_002));
    let (state, reply) = state.apply(end(None), at(1_060));
    assert_eq!(reply, ended(b"kept", Some(90_000)));
    let state = state
        .done(Chore::Announce(SESSION, at(90_000)))
        .done(Chore::Delete(TokenKind::Ticket, D1));
    assert_eq!(state.wake_at(), Some(at(1_180)));
    assert_eq!(state.due(at(1_179)), []);
    assert_eq!(
        state.due(at(1_180)),
        [Chore::Release(SESSION, Some(owner()))]
    );
}

#[test]
fn a_delete_that_fails_keeps_no_alarm_busy() {
    let (state, _) = opened().apply(end(None), at(1_002));
    let delete = Chore::Delete(TokenKind::Ticket, D1);
    let state = state
        .done(Chore::Announce(SESSION, at(90_000)))
        .failed(delete, at(1_002), 255);
    assert_eq!(state.wake_at(), Some(at(1_032)));
}

#[test]
fn client_credentials_can_be_ended_and_belong_to_no_person() {
    assert_eq!(ask(&issued(), end(Some(owner())), 1_001), Reply::Unknown);
    let (state, reply) = issued().apply(end(None), at(1_001));
    assert_eq!(reply, ended(b"", Some(5_000)));
    assert_eq!(
        state.due(at(1_001)),
        [Chore::Announce(SESSION, at(5_000)), DELETE_D1]
    );
    assert_eq!(ask(&State::default(), end(None), 1), Reply::Unknown);
}

#[test]
fn what_is_over_leaves_nothing() {
    assert_eq!(opened().settled(at(5_000)), State::default());
    assert_eq!(redeemed().settled(at(90_000)), State::default());
    let (ended, _) = opened().apply(end(None), at(1_002));
    assert_eq!(ended.settled(at(90_000)), State::default());
}
