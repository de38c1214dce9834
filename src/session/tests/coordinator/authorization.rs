//! Codes and refresh tokens.

use super::*;

#[test]
fn of_fifty_redemptions_one_succeeds() {
    let mut state = offered();
    let mut done = 0;
    for number in 0..50 {
        let access = TokenDigest::from_bytes([number; 32]);
        let (next, reply) = state.apply(redeem(BINDING, access), at(1_010));
        state = next;
        match reply {
            Reply::Done => done += 1,
            reply => assert!(is_reused(&reply), "{reply:?}"),
        }
    }
    assert_eq!(done, 1);
    assert!(is_ended(&state), "what the first one gave is taken back");
    let delete = Chore::Delete(TokenKind::Access, TokenDigest::from_bytes([0; 32]));
    let announce = Chore::Announce(SESSION, at(90_000));
    assert_eq!(state.due(at(1_010)), [announce, delete]);
}

#[test]
fn a_code_is_not_used_up_by_a_request_without_its_binding() {
    let state = offered();
    assert_eq!(
        ask(&state, redeem(CodeBinding([8; 32]), D1), 1_010),
        Reply::Unknown
    );
    let other = Command::Present {
        digest: CODE,
        client: "other".parse().unwrap(),
    };
    let (state, reply) = state.apply(other, at(1_010));
    assert_eq!(reply, Reply::Unknown);
    assert_eq!(ask(&state, redeem(BINDING, D1), 1_010), Reply::Done);
}

#[test]
fn a_code_gives_its_record_until_it_expires() {
    let state = offered();
    let record = Reply::Record(grant_token(CODE, 1_000).record);
    assert_eq!(ask(&state, present(CODE), 1_059), record);
    assert_eq!(ask(&state, present(CODE), 1_060), Reply::Unknown);
    assert_eq!(state.wake_at(), Some(at(1_060)));
    assert_eq!(state.settled(at(1_060)), State::default());
}

#[test]
fn a_code_without_refresh_token_still_notices_its_second_use() {
    let once = Command::Redeem {
        digest: CODE,
        client: client(),
        binding: BINDING,
        access: new_token(TokenKind::Access, D1),
        refresh: None,
    };
    let (state, _) = offered().apply(once, at(1_010));
    let (state, reply) = state.apply(present(CODE), at(1_011));
    assert!(is_reused(&reply), "{reply:?}");
    assert!(is_ended(&state));
}

#[test]
fn of_fifty_refreshes_all_get_the_same_successor() {
    let mut state = redeemed();
    for number in 0..50 {
        let mine = 2 + u8::try_from(number % 10).unwrap();
        let (next, reply) = state.apply(refresh(1, mine, 2_000 + number), at(2_000));
        state = next;
        assert_eq!(reply, rotated(2, 2_000));
    }
    assert!(!is_ended(&state));
    // Each was given an access token of its own, and all of them are known.
    assert_eq!(state.tokens.len(), 11);
}

#[test]
fn the_previous_refresh_token_counts_for_the_grace_and_until_the_newest_is_used() {
    let (state, _) = redeemed().apply(refresh(1, 2, 2_000), at(2_000));
    assert_eq!(ask(&state, refresh(1, 3, 2_029), 2_029), rotated(2, 2_000));
    assert!(is_reused(&ask(&state, refresh(1, 3, 2_030), 2_030)));
    assert!(is_reused(&ask(&state, present(refresh_token(1)), 2_030)));
    let (used, reply) = state.apply(refresh(2, 3, 2_001), at(2_001));
    assert_eq!(reply, rotated(3, 2_001));
    let (ended, reply) = used.apply(present(refresh_token(1)), at(2_002));
    assert!(is_reused(&reply), "{reply:?}");
    assert!(is_ended(&ended));
    // A second attempt must reach the log again, because the log may not have been told.
    assert!(is_reused(&ask(&ended, present(refresh_token(3)), 2_003)));
    let told = ended.done(Chore::Announce(SESSION, at(90_000)));
    assert_eq!(ask(&told, present(refresh_token(3)), 2_003), Reply::Unknown);
}

#[test]
fn a_refresh_token_of_another_client_changes_nothing() {
    let state = redeemed();
    let theirs = Command::Present {
        digest: refresh_token(1),
        client: "other".parse().unwrap(),
    };
    let (after, reply) = state.clone().apply(theirs, at(1_020));
    assert_eq!(reply, Reply::Unknown);
    assert_eq!(after, state);
    assert_eq!(
        ask(&state, Command::Find(refresh_token(1)), 1_020),
        Reply::Found(client())
    );
}

#[test]
fn a_refresh_token_expires() {
    let state = redeemed();
    assert_eq!(
        ask(&state, refresh(1, 2, 11_009), 11_009),
        rotated(2, 11_009)
    );
    assert_eq!(
        ask(&state, present(refresh_token(1)), 11_010),
        Reply::Unknown
    );
    assert_eq!(state.settled(at(11_010)), State::default());
}
