//! The state machine, its stored form, and interleavings of everything that can happen to it.

use proptest::prelude::*;

use super::*;

fn at(seconds: u64) -> Time {
    Time::from_seconds(seconds)
}

fn issue(digest: &str) -> Command {
    Command::Issue {
        digest: digest.to_owned(),
        client: "reports".to_owned(),
        expires_at: 5_000,
        record: "cmVjb3Jk".to_owned(),
    }
}

fn find(digest: &str) -> Command {
    Command::Find {
        digest: digest.to_owned(),
    }
}

fn read(digest: &str) -> Command {
    Command::Read {
        digest: digest.to_owned(),
    }
}

fn forget(digest: &str) -> Command {
    Command::Forget {
        digest: digest.to_owned(),
    }
}

fn ask(state: &State, command: Command, seconds: u64) -> Reply {
    state.clone().apply(command, at(seconds)).1
}

fn issued() -> State {
    let (state, reply) = State::default().apply(issue("d1"), at(1_000));
    assert_eq!(reply, Reply::Done);
    state
}

#[test]
fn state_format_unchanged() {
    let (state, _) = issued().apply(issue("d2"), at(1_000));
    let (state, _) = state.apply(forget("d2"), at(1_001));
    assert_eq!(
        serde_json::to_string(&state).unwrap(),
        r#"{"tokens":[{"digest":"d1","client":"reports","expires_at":5000,"phase":{"fresh":{"record":"cmVjb3Jk","until":1600}}},{"digest":"d2","client":"reports","expires_at":5000,"phase":{"deleting":{"retry_at":1001}}}]}"#
    );
    let json = serde_json::to_string(&state.clone().settled(at(1_600))).unwrap();
    assert!(json.contains(r#""phase":"settled""#), "{json}");
    for state in [state.clone(), state.settled(at(1_600))] {
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&json).unwrap(), state);
    }
}

#[test]
fn command_and_reply_format_unchanged() {
    let json = |c: &Command| serde_json::to_string(c).unwrap();
    assert_eq!(
        json(&issue("d")),
        r#"{"command":"issue","digest":"d","client":"reports","expires_at":5000,"record":"cmVjb3Jk"}"#
    );
    assert_eq!(json(&forget("d")), r#"{"command":"forget","digest":"d"}"#);
    let reply = Reply::Found {
        client: "c".to_owned(),
        expires_at: 1,
    };
    assert_eq!(
        serde_json::to_string(&reply).unwrap(),
        r#"{"reply":"found","client":"c","expires_at":1}"#
    );
    assert_eq!(
        serde_json::to_string(&Reply::Unknown).unwrap(),
        r#"{"reply":"unknown"}"#
    );
}

#[test]
fn a_record_is_kept_ten_minutes_and_its_token_until_it_expires() {
    let state = issued();
    let record = Reply::Record {
        record: "cmVjb3Jk".to_owned(),
    };
    assert_eq!(ask(&state, read("d1"), 1_599), record);
    assert_eq!(ask(&state, read("d1"), 1_600), Reply::Unknown);
    let found = Reply::Found {
        client: "reports".to_owned(),
        expires_at: 5_000,
    };
    assert_eq!(ask(&state, find("d1"), 4_999), found);
    assert_eq!(ask(&state, find("d1"), 5_000), Reply::Unknown);
    assert_eq!(ask(&state, find("other"), 1_000), Reply::Unknown);
    assert_eq!(state.wake_at(), Some(at(1_600)));
    let state = state.settled(at(1_600));
    assert_eq!(state.wake_at(), Some(at(5_000)));
    assert_eq!(state.settled(at(5_000)).wake_at(), None);
}

#[test]
fn a_forgotten_token_gives_no_record_and_is_deleted_until_it_works() {
    let (state, reply) = issued().apply(forget("d1"), at(1_001));
    assert_eq!(reply, Reply::Done);
    assert_eq!(ask(&state, read("d1"), 1_001), Reply::Unknown);
    assert_eq!(state.due(at(1_001)), ["d1"]);
    // Its first answer may have been lost: it can be revoked again.
    assert!(matches!(
        ask(&state, find("d1"), 1_001),
        Reply::Found { .. }
    ));
    let state = state.delete_failed("d1", at(1_001));
    assert!(state.due(at(1_030)).is_empty());
    assert_eq!(state.wake_at(), Some(at(1_031)));
    assert_eq!(state.due(at(1_031)), ["d1"]);
    let state = state.deleted("d1");
    assert_eq!(state, State::default());
    assert_eq!(state.wake_at(), None);
}

#[test]
fn a_delete_that_was_not_asked_for_changes_nothing() {
    assert_eq!(issued().deleted("d1"), issued());
    assert_eq!(issued().delete_failed("d1", at(1_000)), issued());
    assert_eq!(ask(&State::default(), forget("d1"), 1), Reply::Done);
}

#[test]
fn a_repeated_issue_neither_doubles_nor_revives() {
    let (state, _) = issued().apply(issue("d1"), at(1_100));
    assert_eq!(state, issued());
    let (state, _) = issued().apply(forget("d1"), at(1_001));
    let (again, _) = state.clone().apply(issue("d1"), at(1_002));
    assert_eq!(again, state);
}

#[derive(Clone, Debug)]
enum Step {
    Ask(Command),
    Deleted(String),
    DeleteFailed(String),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let digest = prop_oneof![Just("d1".to_owned()), Just("d2".to_owned())];
    prop_oneof![
        digest.clone().prop_map(|d| Step::Ask(issue(&d))),
        digest.clone().prop_map(|d| Step::Ask(read(&d))),
        digest.clone().prop_map(|d| Step::Ask(forget(&d))),
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
        let mut forgotten: Vec<String> = Vec::new();
        for step in steps {
            match step {
                Step::Ask(command) => {
                    let (next, reply) = state.apply(command.clone(), at(now));
                    state = next;
                    match command {
                        Command::Forget { digest } => forgotten.push(digest),
                        Command::Issue { digest, .. } => {
                            if !state.due(at(u64::MAX / 1000)).contains(&digest) {
                                forgotten.retain(|d| *d != digest);
                            }
                        }
                        Command::Read { digest } => {
                            if forgotten.contains(&digest) {
                                prop_assert_eq!(reply, Reply::Unknown);
                            }
                        }
                        Command::Find { .. } => {}
                    }
                }
                Step::Deleted(digest) => state = state.deleted(&digest),
                Step::DeleteFailed(digest) => state = state.delete_failed(&digest, at(now)),
                Step::Wait(seconds) => now += seconds,
            }
            prop_assert_eq!(state.wake_at().is_some(), !state.tokens.is_empty());
            prop_assert!(state.tokens.len() <= 2);
        }
        prop_assert_eq!(state.settled(at(5_000)).wake_at(), None);
    }
}
