//! A person's sessions: logins, codes, refresh tokens, and how they end.

use super::*;

const SESSION: SessionId = SessionId::from_bytes([5; 16]);
const CHILD: SessionId = SessionId::from_bytes([6; 16]);
const BINDING: Binding = Binding([7; 32]);
const CODE: TokenDigest = TokenDigest::from_bytes([0xc0; 32]);

fn owner() -> Owner {
    Owner::of("ann")
}

fn beginning() -> Beginning {
    Beginning {
        session: SESSION,
        owner: owner(),
        ends_at: at(90_000),
    }
}

fn refresh_token(number: u8) -> TokenDigest {
    TokenDigest::from_bytes([0xf0 | number; 32])
}

fn link(digest: TokenDigest, seconds: u64) -> Link {
    Link {
        digest,
        issued_at: at(seconds),
        expires_at: at(seconds + 10_000),
        record: SealedRecord::from_store(digest.as_bytes()[..1].to_vec()),
    }
}

fn opened() -> State {
    let open = Command::Open {
        beginning: beginning(),
        ticket: new_token(TokenKind::Ticket, D1),
        keepsake: b"kept".to_vec(),
    };
    let (state, reply) = State::default().apply(open, at(1_000));
    assert_eq!(reply, Reply::Done);
    state
}

fn offered() -> State {
    let offer = Command::Offer {
        beginning: beginning(),
        client: client(),
        code: Link {
            expires_at: at(1_060),
            ..link(CODE, 1_000)
        },
        binding: BINDING,
    };
    let (state, reply) = State::default().apply(offer, at(1_000));
    assert_eq!(reply, Reply::Done);
    state
}

fn redeem(binding: Binding, access: TokenDigest) -> Command {
    Command::Redeem {
        digest: CODE,
        client: client(),
        binding,
        access: new_token(TokenKind::Access, access),
        refresh: Some(link(refresh_token(1), 1_010)),
    }
}

fn redeemed() -> State {
    let (state, reply) = offered().apply(redeem(BINDING, D1), at(1_010));
    assert_eq!(reply, Reply::Done);
    state
}

fn refresh(from: u8, to: u8, seconds: u64) -> Command {
    Command::Refresh {
        digest: refresh_token(from),
        client: client(),
        access: new_token(TokenKind::Access, TokenDigest::from_bytes([to; 32])),
        successor: link(refresh_token(to), seconds),
    }
}

fn present(digest: TokenDigest) -> Command {
    Command::Present {
        digest,
        client: client(),
    }
}

fn rotated(to: u8, seconds: u64) -> Reply {
    Reply::Rotated {
        issued_at: at(seconds),
        expires_at: at(seconds + 10_000),
        digest: refresh_token(to),
    }
}

fn end(owner: Option<Owner>) -> Command {
    Command::End {
        session: SESSION,
        owner,
    }
}

fn is_ended(state: &State) -> bool {
    matches!(state.life, Life::Ended(_))
}

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
            reply => assert_eq!(reply, Reply::Reused),
        }
    }
    assert_eq!(done, 1);
    assert!(is_ended(&state), "what the first one gave is taken back");
    let delete = Task::Delete(TokenKind::Access, TokenDigest::from_bytes([0; 32]));
    let announce = Task::Announce(SESSION, at(90_000));
    assert_eq!(state.due(at(1_010)), [announce, delete]);
}

#[test]
fn a_code_is_kept_for_who_can_show_what_belongs_to_it() {
    let state = offered();
    assert_eq!(
        ask(&state, redeem(Binding([8; 32]), D1), 1_010),
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
    let record = Reply::Record(link(CODE, 1_000).record);
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
    assert_eq!(reply, Reply::Reused);
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
    assert_eq!(ask(&state, refresh(1, 3, 2_030), 2_030), Reply::Reused);
    assert_eq!(ask(&state, present(refresh_token(1)), 2_030), Reply::Reused);
    let (used, reply) = state.apply(refresh(2, 3, 2_001), at(2_001));
    assert_eq!(reply, rotated(3, 2_001));
    let (ended, reply) = used.apply(present(refresh_token(1)), at(2_002));
    assert_eq!(reply, Reply::Reused);
    assert!(is_ended(&ended));
    // Whoever comes again must reach the log again, because it may not have been told.
    assert_eq!(ask(&ended, present(refresh_token(3)), 2_003), Reply::Reused);
    let told = ended.done(Task::Announce(SESSION, at(90_000)));
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

#[test]
fn a_login_is_touched_once_a_minute() {
    let touch = |digest| Command::Touch(new_token(TokenKind::Ticket, digest));
    assert_eq!(ask(&opened(), touch(D2), 1_059), Reply::Recent);
    let (state, reply) = opened().apply(touch(D2), at(1_060));
    assert_eq!(reply, Reply::Done);
    assert_eq!(ask(&state, touch(D2), 1_061), Reply::Done, "a retry");
    assert_eq!(
        ask(&state, Command::Read(D2), 1_061),
        Reply::Record(record())
    );
    assert_eq!(ask(&redeemed(), touch(D2), 3_000), Reply::Unknown);
    assert_eq!(ask(&State::default(), touch(D2), 3_000), Reply::Unknown);
}

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
    assert_eq!(reply, Reply::Ended(b"kept".to_vec()));
    assert_eq!(
        ask(&state, end(None), 1_003),
        Reply::Ended(b"kept".to_vec())
    );
    assert_eq!(ask(&state, adopt, 1_003), Reply::Unknown);
    assert_eq!(ask(&state, issue(D2), 1_003), Reply::Unknown);
    assert_eq!(ask(&state, Command::Read(D1), 1_003), Reply::Unknown);
    let announce = Task::Announce(SESSION, at(95_000));
    let delete = Task::Delete(TokenKind::Ticket, D1);
    assert_eq!(state.due(at(1_002)), [announce, delete, Task::End(CHILD)]);
    let state = state.done(delete).failed(Task::End(CHILD), at(1_002));
    assert_eq!(state.due(at(1_031)), []);
    assert_eq!(state.wake_at(), Some(at(1_032)));
    assert_eq!(state.due(at(1_032)), [announce, Task::End(CHILD)]);
    let state = state.done(Task::End(CHILD)).done(announce);
    assert_eq!(state.due(at(1_032)), [Task::Release(SESSION)]);
    assert_eq!(state.done(Task::Release(SESSION)), State::default());
}

#[test]
fn who_looks_for_what_was_ended_has_to_tell_the_log_until_that_was_done() {
    let newest = refresh_token(1);
    let (state, _) = redeemed().apply(end(None), at(1_010));
    assert_eq!(ask(&state, Command::Find(newest), 1_011), Reply::Reused);
    let announce = state.due(at(1_010))[0];
    assert!(matches!(announce, Task::Announce(..)));
    let state = state.done(announce);
    assert_eq!(ask(&state, Command::Find(newest), 1_011), Reply::Unknown);
}

#[test]
fn a_delete_that_fails_keeps_no_alarm_busy() {
    let (state, _) = opened().apply(end(None), at(1_002));
    let delete = Task::Delete(TokenKind::Ticket, D1);
    let state = state
        .done(Task::Announce(SESSION, at(90_000)))
        .failed(delete, at(1_002));
    assert_eq!(state.wake_at(), Some(at(1_032)));
}

#[test]
fn client_credentials_can_be_ended_and_belong_to_no_person() {
    assert_eq!(ask(&issued(), end(Some(owner())), 1_001), Reply::Unknown);
    let (state, reply) = issued().apply(end(None), at(1_001));
    assert_eq!(reply, Reply::Ended(Vec::new()));
    assert_eq!(
        state.due(at(1_001)),
        [Task::Announce(SESSION, at(5_000)), DELETE_D1]
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

#[test]
fn beginning_twice_is_a_retry_or_refused() {
    let open = |digest| Command::Open {
        beginning: beginning(),
        ticket: new_token(TokenKind::Ticket, digest),
        keepsake: Vec::new(),
    };
    assert_eq!(ask(&opened(), open(D1), 1_001), Reply::Done);
    assert_eq!(ask(&opened(), open(D2), 1_001), Reply::Unknown);
    assert_eq!(ask(&issued(), open(D2), 1_001), Reply::Unknown);
    assert_eq!(ask(&redeemed(), open(D2), 1_020), Reply::Unknown);
    let offer = Command::Offer {
        beginning: beginning(),
        client: client(),
        code: link(CODE, 1_000),
        binding: BINDING,
    };
    assert_eq!(ask(&offered(), offer.clone(), 1_001), Reply::Done);
    assert_eq!(ask(&redeemed(), offer, 1_020), Reply::Unknown);
}

#[derive(Clone, Debug)]
enum Move {
    Present(u8),
    Refresh(u8),
    Redeem,
    End,
    Carry,
    Wait(u64),
}

proptest! {
    /// Whatever happens in whatever order: nothing is given after the end, only one code is redeemed,
    /// and as long as something is left an alarm is set.
    #[test]
    fn interleavings_of_people(moves in proptest::collection::vec(prop_oneof![
        (1..6_u8).prop_map(Move::Present),
        (1..6_u8).prop_map(Move::Refresh),
        Just(Move::Redeem),
        Just(Move::End),
        Just(Move::Carry),
        (0..40_u64).prop_map(Move::Wait),
    ], 0..60)) {
        let mut state = offered();
        let mut now = 1_000;
        let mut newest = 1_u8;
        let mut redemptions = 0;
        let mut is_over = false;
        for step in moves {
            let command = match step {
                Move::Present(number) => present(refresh_token(number)),
                Move::Refresh(number) => refresh(number, newest + 1, now),
                Move::Redeem => redeem(BINDING, D1),
                Move::End => end(None),
                Move::Carry => {
                    for task in state.due(at(now)) {
                        state = state.done(task);
                    }
                    continue;
                }
                Move::Wait(seconds) => {
                    now += seconds;
                    continue;
                }
            };
            let (next, reply) = state.apply(command, at(now));
            state = next;
            let gives = matches!(reply, Reply::Done | Reply::Record(_) | Reply::Rotated { .. });
            prop_assert!(!(is_over && gives), "{reply:?} after the end");
            redemptions += u32::from(reply == Reply::Done);
            is_over |= matches!(reply, Reply::Reused | Reply::Ended(_));
            if let Reply::Rotated { digest, .. } = reply {
                newest = digest.as_bytes()[0] & 0x0f;
            }
            if newest > 12 { break; }
            prop_assert_eq!(state.wake_at().is_some(), state != State::default());
        }
        prop_assert!(redemptions <= 1);
        prop_assert_eq!(state.settled(at(200_000)), State::default());
    }
}
