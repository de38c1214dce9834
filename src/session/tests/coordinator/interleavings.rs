//! Commands in any order.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Ask(Box<Command>),
    Deleted(TokenDigest),
    DeleteFailed(TokenDigest, u8),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let digest = prop_oneof![Just(D1), Just(D2)];
    prop_oneof![
        digest.clone().prop_map(|d| Step::Ask(Box::new(issue(d)))),
        digest
            .clone()
            .prop_map(|d| Step::Ask(Box::new(Command::Read(d)))),
        digest
            .clone()
            .prop_map(|d| Step::Ask(Box::new(Command::Forget(d)))),
        digest.clone().prop_map(Step::Deleted),
        (digest, any::<u8>()).prop_map(|(d, jitter)| Step::DeleteFailed(d, jitter)),
        (0..700_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    /// Whatever happens in whatever order: between a token's forget and its next issue (which in
    /// practice never comes, tokens being random) no read gives its record; and as long as a token
    /// is known, an alarm is set.
    #[test]
    fn interleavings(steps in proptest::collection::vec(step(), 0..40)) {
        let mut state = State::default();
        let mut now = 1_000;
        let mut forgotten: Vec<TokenDigest> = Vec::new();
        for step in steps {
            match step {
                Step::Ask(command) => {
                    let (next, reply) = state.apply((*command).clone(), at(now));
                    state = next;
                    match *command {
                        Command::Forget(digest) => forgotten.push(digest),
                        Command::Issue(NewToken { digest, .. }) => {
                            let delete = Chore::Delete(TokenKind::Access, digest);
                            if !state.due(at(u64::MAX / 1000)).contains(&delete) {
                                forgotten.retain(|d| *d != digest);
                            }
                        }
                        Command::Read(digest) if forgotten.contains(&digest) => {
                            prop_assert_eq!(reply, Reply::Unknown);
                        }
                        _ => {}
                    }
                }
                Step::Deleted(digest) => state = state.done(Chore::Delete(TokenKind::Access, digest)),
                Step::DeleteFailed(digest, jitter) => {
                    let delete = Chore::Delete(TokenKind::Access, digest);
                    state = state.failed(delete, at(now), jitter);
                }
                Step::Wait(seconds) => now += seconds,
            }
            prop_assert_eq!(state.wake_at().is_some(), !state.tokens.is_empty());
            prop_assert!(state.tokens.len() <= 2);
        }
        prop_assert_eq!(state.settled(at(5_000)).wake_at(), None);
    }
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
                    for chore in state.due(at(now)) {
                        state = state.done(chore);
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
            is_over |= matches!(reply, Reply::Reused { .. } | Reply::Ended { .. });
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
