//! What the stores and the coordinators give back, and what a coordinator does with it.

use std::time::Duration;

use postern::session::coordinator::{
    Beginning, CodeBinding, Command, GrantToken, NewToken, Owner, Reply, State,
};
use postern::session::{SealedRecord, SessionRecord};
use postern::time::Time;
use postern::token::{SessionId, TokenDigest, TokenKind};

use super::sealed::check_sealed_record;
use crate::Outcome;
use crate::input::{sequence, written_sequence};

const SESSION: SessionId = SessionId::from_bytes([7; 16]);
const CHILD: SessionId = SessionId::from_bytes([8; 16]);
const START: Time = Time::from_seconds(1_000);
const END: Time = Time::from_seconds(100_000);

pub fn record(bytes: &[u8]) -> Outcome {
    let Some(record) = SessionRecord::from_bytes(bytes) else {
        return Outcome::Refused;
    };
    let written = record.to_bytes();
    let again = SessionRecord::from_bytes(&written);
    assert_eq!(
        again.as_ref(),
        Some(&record),
        "a record is written and is read as another"
    );
    assert!(record.weight() >= size_of::<SessionRecord>());
    // What is in no record: one more byte, one less.
    assert_eq!(
        SessionRecord::from_bytes(&[&written[..], &[0]].concat()),
        None
    );
    check_sealed_record(&record, bytes);
    Outcome::Accepted
}

pub fn record_seeds() -> Vec<Vec<u8>> {
    let small = SessionRecord::new(SESSION, client(), "ann".to_owned(), START, END);
    let object = |json: &str| serde_json::from_str(json).expect("it is an object");
    let full = SessionRecord {
        username: Some("Ann".to_owned()),
        scope: "orders:read orders:list".parse().expect("a scope"),
        audiences: ["https://api.example.com", "urn:a"]
            .map(|a| a.parse().expect("a resource"))
            .into(),
        auth_time: Some(START),
        amr: vec!["pwd".to_owned(), "otp".to_owned()],
        acr: Some("1".to_owned()),
        confirmation: Some(object(r#"{"jkt":"x"}"#)),
        claims: object(r#"{"groups":["staff",{"a":[1,-2.5,null,true]}]}"#),
        login: Some(CHILD),
        provider_session: Some([4; 16]),
        ends_at: Some(END),
        begun_at: Some(START),
        ..small.clone()
    };
    vec![small.to_bytes(), full.to_bytes()]
}

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

pub fn state(bytes: &[u8]) -> Outcome {
    let Some(state) = State::from_bytes(bytes) else {
        return Outcome::Refused;
    };
    assert_eq!(state.to_bytes(), bytes, "a state has two forms");
    for now in [START, Time::from_seconds(1_700), END] {
        check_state(&state, now);
    }
    Outcome::Accepted
}

/// What holds for every state.
fn check_state(state: &State, now: Time) {
    assert_eq!(State::from_bytes(&state.to_bytes()).as_ref(), Some(state));
    let settled = state.clone().settled(now);
    assert_eq!(
        settled.clone().settled(now),
        settled,
        "settling once is not enough"
    );
    // Looking does not change anything.
    let digest = digest(1);
    assert_eq!(state.clone().apply(Command::Read(digest), now).0, settled);
    let (found, reply) = state.clone().apply(Command::Find(digest), now);
    // Whoever is told to tell the log has time for that.
    let is_told = matches!(reply, Reply::Reused { .. });
    assert!(is_told || found == settled);
    assert_eq!(found.clone().apply(Command::Find(digest), now).0, found);
}

/// What holds for every state that commands lead to. In others a token may be there twice, say.
fn check_chores(state: &State, now: Time) {
    let settled = state.clone().settled(now);
    // An object that is woken never again has nothing left to do.
    if settled.wake_at().is_none() {
        assert_eq!(
            settled.due(now),
            [],
            "an object goes, and its chores are not done"
        );
    }
    // However its chores go, none of them comes to nothing, and once all are done there are no more.
    let mut working = settled;
    for _ in 0..4 {
        for chore in working.due(now) {
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
    assert_eq!(working.due(now), []);
}

/// Commands in a row, as [`sequence`] reads them.
pub fn coordinator(bytes: &[u8]) -> Outcome {
    let (mut state, mut now) = (State::default(), START);
    let mut history: Vec<Command> = Vec::new();
    for (passed, command) in sequence(bytes) {
        let Some(command) = Command::from_bytes(command) else {
            continue;
        };
        now = now.plus(passed);
        let (next, reply) = state.apply(command.clone(), now);
        history.push(command);
        state = next;
        check_state(&state, now);
        check_chores(&state, now);
        let most = 512 + 2 * bytes.len();
        assert!(
            state.to_bytes().len() <= most,
            "a state grows beyond what it was told"
        );
        if matches!(reply, Reply::Ended { .. } | Reply::Reused { .. }) {
            check_over(&state, &history, now);
        }
    }
    Outcome::of(history.len() > 1)
}

/// A session that is over gives nothing for anything that it was ever asked.
fn check_over(state: &State, history: &[Command], now: Time) {
    for command in history {
        let (_, reply) = state.clone().apply(command.clone(), now);
        let gives = matches!(
            reply,
            Reply::Record(_) | Reply::Rotated { .. } | Reply::Recent
        );
        assert!(
            !gives,
            "a session that is over answers {command:?} with {reply:?}"
        );
    }
}

fn client() -> postern::protocol::ClientId {
    "reports".parse().expect("a client id")
}

fn digest(fill: u8) -> TokenDigest {
    TokenDigest::from_bytes([fill; 32])
}

fn sealed() -> SealedRecord {
    SealedRecord::from_store(b"sealed".to_vec())
}

fn token(kind: TokenKind, fill: u8) -> NewToken {
    NewToken {
        kind,
        digest: digest(fill),
        client: client(),
        expires_at: END,
        record: sealed(),
    }
}

fn grant(fill: u8) -> GrantToken {
    GrantToken {
        digest: digest(fill),
        issued_at: START,
        expires_at: END,
        record: sealed(),
    }
}

fn beginning() -> Beginning {
    Beginning {
        session: SESSION,
        owner: Owner::from_bytes([6; 16]),
        ends_at: END,
    }
}

const BINDING: CodeBinding = CodeBinding([5; 32]);

fn open() -> Command {
    let ticket = token(TokenKind::Ticket, 1);
    Command::Open {
        beginning: beginning(),
        ticket,
        logout_note: b"note".to_vec(),
    }
}

fn offer() -> Command {
    Command::Offer {
        beginning: beginning(),
        client: client(),
        code: grant(1),
        binding: BINDING,
    }
}

fn present(fill: u8) -> Command {
    Command::Present {
        digest: digest(fill),
        client: client(),
    }
}

fn redeem() -> Command {
    Command::Redeem {
        digest: digest(1),
        client: client(),
        binding: BINDING,
        access: token(TokenKind::Access, 2),
        refresh: Some(grant(3)),
    }
}

fn refresh(from: u8, to: u8) -> Command {
    let access = token(TokenKind::Access, to + 100);
    Command::Refresh {
        digest: digest(from),
        client: client(),
        access,
        successor: grant(to),
        grace: Duration::from_secs(30),
    }
}

fn end() -> Command {
    Command::End {
        session: SESSION,
        owner: None,
    }
}

/// What sessions are usually asked, in that order.
fn lives() -> Vec<Vec<Command>> {
    let adopt = || Command::Adopt {
        child: CHILD,
        until: END,
    };
    vec![
        vec![
            Command::Issue(token(TokenKind::Access, 1)),
            Command::Find(digest(1)),
            Command::Read(digest(1)),
            Command::Forget(digest(1)),
            Command::Issue(token(TokenKind::Access, 2)),
            end(),
        ],
        vec![
            open(),
            adopt(),
            Command::Touch(token(TokenKind::Ticket, 2)),
            Command::Find(digest(2)),
            end(),
        ],
        vec![
            open(),
            adopt(),
            Command::End {
                session: SESSION,
                owner: Some(Owner::from_bytes([6; 16])),
            },
        ],
        vec![
            offer(),
            present(1),
            redeem(),
            present(3),
            refresh(3, 4),
            refresh(3, 4),
            refresh(4, 5),
            end(),
        ],
        vec![offer(), redeem(), redeem(), refresh(3, 4)],
        vec![
            offer(),
            redeem(),
            refresh(3, 4),
            refresh(4, 5),
            present(3),
            refresh(5, 6),
        ],
    ]
}

pub fn command_seeds() -> Vec<Vec<u8>> {
    lives().iter().flatten().map(Command::to_bytes).collect()
}

pub fn reply_seeds() -> Vec<Vec<u8>> {
    let replies = [
        Reply::Done,
        Reply::Found(client()),
        Reply::Record(sealed()),
        Reply::Unknown,
        Reply::Rotated {
            issued_at: START,
            expires_at: END,
            digest: digest(1),
        },
        Reply::Reused { until: END },
        Reply::Recent,
        Reply::Ended {
            logout_note: b"note".to_vec(),
            announce_until: Some(END),
        },
    ];
    replies.iter().map(Reply::to_bytes).collect()
}

pub fn state_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for life in lives() {
        let (mut state, mut now) = (State::default(), START);
        for command in life {
            now = now.plus(Duration::from_secs(40));
            state = state.apply(command, now).0;
            seeds.push(state.to_bytes());
        }
    }
    seeds
}

pub fn coordinator_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for life in lives() {
        let commands: Vec<Vec<u8>> = life.iter().map(Command::to_bytes).collect();
        for passed in [0, 40, 700].map(Duration::from_secs) {
            seeds.push(written_sequence(passed, &commands));
        }
    }
    seeds
}
