//! The state machine, its stored form, and interleavings of everything that can happen to it.

mod people;

use proptest::prelude::*;

use super::*;

fn at(seconds: u64) -> Time {
    Time::from_seconds(seconds)
}

const D1: TokenDigest = TokenDigest::from_bytes([1; 32]);
const DELETE_D1: Task = Task::Delete(TokenKind::Access, D1);
const D2: TokenDigest = TokenDigest::from_bytes([2; 32]);

fn record() -> SealedRecord {
    SealedRecord::from_store(b"record".to_vec())
}

fn client() -> ClientId {
    "reports".parse().unwrap()
}

fn issue(digest: TokenDigest) -> Command {
    Command::Issue(new_token(TokenKind::Access, digest))
}

fn new_token(kind: TokenKind, digest: TokenDigest) -> NewToken {
    NewToken {
        kind,
        digest,
        client: client(),
        expires_at: at(5_000),
        record: record(),
    }
}

fn ask(state: &State, command: Command, seconds: u64) -> Reply {
    state.clone().apply(command, at(seconds)).1
}

fn issued() -> State {
    let (state, reply) = State::default().apply(issue(D1), at(1_000));
    assert_eq!(reply, Reply::Done);
    state
}

#[test]
fn a_record_is_kept_ten_minutes_and_its_token_until_it_expires() {
    let state = issued();
    let record = Reply::Record(record());
    assert_eq!(ask(&state, Command::Read(D1), 1_599), record);
    assert_eq!(ask(&state, Command::Read(D1), 1_600), Reply::Unknown);
    let found = Reply::Found(client());
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
    let state = state.failed(DELETE_D1, at(1_001));
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
    assert_eq!(issued().failed(DELETE_D1, at(1_000)), issued());
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

#[derive(Clone, Debug)]
enum Step {
    Ask(Box<Command>),
    Deleted(TokenDigest),
    DeleteFailed(TokenDigest),
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
        digest.prop_map(Step::DeleteFailed),
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
                            let delete = Task::Delete(TokenKind::Access, digest);
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
                Step::Deleted(digest) => state = state.done(Task::Delete(TokenKind::Access, digest)),
                Step::DeleteFailed(digest) => {
                    state = state.failed(Task::Delete(TokenKind::Access, digest), at(now));
                }
                Step::Wait(seconds) => now += seconds,
            }
            prop_assert_eq!(state.wake_at().is_some(), !state.tokens.is_empty());
            prop_assert!(state.tokens.len() <= 2);
        }
        prop_assert_eq!(state.settled(at(5_000)).wake_at(), None);
    }
}
