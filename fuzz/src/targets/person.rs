//! What the index of a person is asked, and what it makes of it.

use std::time::Duration;

use postern::person::{
    ClientKey, Command, ListedRow, Mark, NewSession, NoteOfConsent, PAGE, Page, Place, Reply, State,
};
use postern::revocation::{Entry, Target};
use postern::time::Time;
use postern::token::SessionId;

use crate::Outcome;
use crate::input::{sequence, written_sequence};

const START: Time = Time::from_seconds(1_000);
const END: Time = Time::from_seconds(100_000);

pub fn command(bytes: &[u8]) -> Outcome {
    let command = Command::from_bytes(bytes);
    if let Some(command) = &command {
        assert_eq!(command.to_bytes(), bytes, "a command has two forms");
    }
    Outcome::of(command.is_some())
}

pub fn reply(bytes: &[u8]) -> Outcome {
    let reply = Reply::from_bytes(bytes);
    if let Some(reply) = &reply {
        assert_eq!(reply.to_bytes(), bytes, "a reply has two forms");
    }
    Outcome::of(reply.is_some())
}

/// Commands in a row, as [`sequence`] reads them.
pub fn index(bytes: &[u8]) -> Outcome {
    let (mut state, mut now) = (State::default(), START);
    let mut history: Vec<Command> = Vec::new();
    for (passed, command) in sequence(bytes) {
        let Some(command) = Command::from_bytes(command) else {
            continue;
        };
        now = now.plus(passed);
        history.push(command.clone());
        let (next, reply) = state.apply(command.clone(), now);
        // Every command may be sent twice, unless what it gives is over at once.
        if next.clone().settled(now) == next {
            let again = next.clone().apply(command.clone(), now);
            let first = (next.clone(), reply.clone());
            assert_eq!(again, first, "the second time is not as the first");
        }
        check(&next, now);
        check_reply(&next, &command, &reply, &history, now);
        state = next;
    }
    Outcome::of(history.len() > 1)
}

/// What holds for every index.
fn check(state: &State, now: Time) {
    let rows = state.to_rows();
    let stored = State::from_rows(rows.iter().map(|(key, value)| (&key[..], &value[..])));
    assert_eq!(
        stored.as_ref(),
        Some(state),
        "an index is stored and is read as another"
    );
    let settled = state.clone().settled(now);
    assert_eq!(
        settled.clone().settled(now),
        settled,
        "settling once is not enough"
    );
    assert_eq!(
        state.wake_at().is_none(),
        rows.is_empty(),
        "what is stored never goes"
    );
    let mut working = state.clone();
    for chore in state.due(now) {
        let failed = working.clone().failed(chore, now, 0);
        assert!(
            !failed.due(now).contains(&chore),
            "a chore that failed is tried at once again"
        );
        assert!(
            failed.wake_at().is_some(),
            "a chore that failed is never tried again"
        );
        working = working.done(chore);
        assert!(!working.due(now).contains(&chore), "a chore is never done");
    }
}

fn check_reply(state: &State, command: &Command, reply: &Reply, history: &[Command], now: Time) {
    let answer = |command: Command| state.clone().apply(command, now).1;
    let put = history.iter().filter_map(|command| match command {
        Command::Put(session) => Some(session),
        _ => None,
    });
    match (command, reply) {
        // Whatever began before a cutoff is over, and does not come in later.
        (Command::CutOff { entry, .. }, Reply::Done) if entry.keep_until() > now => {
            let puts: Vec<&NewSession> = put.collect();
            let is_before = |session: &NewSession| session.begun_at < entry.not_before();
            // A session has one beginning: what was put with two is left out.
            let later: Vec<SessionId> = puts
                .iter()
                .filter(|session| !is_before(session))
                .map(|session| session.session)
                .collect();
            let before = puts.into_iter().filter(|session| is_before(session));
            for session in before.filter(|session| !later.contains(&session.session)) {
                assert_eq!(answer(Command::Put(session.clone())), Reply::CutOff);
                let Reply::Sessions(page) = answer(Command::Sessions(None)) else {
                    panic!("a list is no list");
                };
                assert!(page.rows.iter().all(|row| row.session != session.session));
            }
        }
        // Without the consent there is no new session.
        (Command::Withdraw(client), Reply::Withdrawn { .. }) => {
            assert_eq!(answer(Command::Consent(*client)), Reply::Unknown);
            let puts: Vec<&NewSession> = put.collect();
            // A session has one client: what was put with two is left out.
            let of_others: Vec<SessionId> = puts
                .iter()
                .filter(|session| session.client != *client)
                .map(|session| session.session)
                .collect();
            for session in puts.into_iter().filter(|session| {
                session.client == *client
                    && session.needs_consent
                    && !of_others.contains(&session.session)
            }) {
                let again = answer(Command::Put(session.clone()));
                assert!(
                    !matches!(again, Reply::Done),
                    "a consent that was taken back counts"
                );
            }
        }
        (Command::Sessions(after), Reply::Sessions(Page { rows, has_more })) => {
            assert!(rows.len() <= PAGE && (rows.len() == PAGE || !has_more));
            let place = |row: &ListedRow| (row.since, *row.session.as_bytes());
            assert!(
                rows.windows(2).all(|two| place(&two[0]) > place(&two[1])),
                "they are not in order"
            );
            if let (Some(after), Some(first)) = (after, rows.first()) {
                assert!(place(first) < (after.since, *after.session.as_bytes()));
            }
        }
        _ => {}
    }
}

const SESSION: SessionId = SessionId::from_bytes([7; 16]);
const OTHER: SessionId = SessionId::from_bytes([8; 16]);
const CLIENT: ClientKey = ClientKey::from_bytes([3; 16]);
const LOGOUT: [u8; 16] = [4; 16];

fn session(session: SessionId, redeem_by: Option<Time>) -> NewSession {
    NewSession {
        session,
        client: CLIENT,
        begun_at: START,
        since: START,
        ends_at: END,
        redeem_by,
        needs_consent: redeem_by.is_some(),
        shown: b"sealed".to_vec(),
    }
}

fn cut_off(not_before: u64) -> Command {
    let not_before = Time::from_seconds(not_before);
    let target = Target::Subject {
        subject: "ann".to_owned(),
        not_before,
    };
    Command::CutOff {
        entry: Entry::new(&target, END),
        others_until: END,
        logout: (not_before > START).then_some((LOGOUT, END)),
    }
}

fn agree() -> Command {
    let consent = NoteOfConsent {
        client: CLIENT,
        note: b"note".to_vec(),
    };
    Command::Agree {
        consent,
        until: END,
        known: Mark::default(),
    }
}

/// What indexes are usually asked, in that order.
fn lives() -> Vec<Vec<Command>> {
    let offered = || Command::Put(session(OTHER, Some(END)));
    let place = Place {
        since: START,
        session: OTHER,
    };
    vec![
        vec![
            Command::Put(session(SESSION, None)),
            Command::Seen(SESSION),
            agree(),
            offered(),
            Command::Confirm {
                session: OTHER,
                redeem_by: None,
            },
            Command::Sessions(None),
            Command::Sessions(Some(place)),
            cut_off(2_000),
            Command::KnowsLogout(LOGOUT),
        ],
        vec![
            agree(),
            Command::Consents,
            offered(),
            Command::Confirm {
                session: OTHER,
                redeem_by: Some(END),
            },
            Command::Consent(CLIENT),
            Command::Withdraw(CLIENT),
            offered(),
        ],
        vec![
            cut_off(900),
            Command::Put(session(SESSION, None)),
            Command::Forget(SESSION),
            cut_off(1_001),
        ],
    ]
}

pub fn command_seeds() -> Vec<Vec<u8>> {
    lives().iter().flatten().map(Command::to_bytes).collect()
}

pub fn reply_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for life in lives() {
        let mut state = State::default();
        for command in life {
            let (next, reply) = state.apply(command, START);
            state = next;
            seeds.push(reply.to_bytes());
        }
    }
    seeds
}

pub fn index_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for life in lives() {
        let commands: Vec<Vec<u8>> = life.iter().map(Command::to_bytes).collect();
        for passed in [0, 40, 700].map(Duration::from_secs) {
            seeds.push(written_sequence(passed, &commands));
        }
    }
    seeds
}
