//! How commands, replies and rows are written.

use super::*;
use crate::fixtures::hex;
use crate::session::coordinator::Owner;

fn commands() -> Vec<Command> {
    let offer = NewSession {
        redeem_by: Some(at(60)),
        needs_consent: true,
        ..login(1, 0)
    };
    let confirm = |redeem_by| Command::Confirm {
        session: id(1),
        redeem_by,
    };
    let place = Place {
        since: at(1),
        session: id(1),
    };
    vec![
        Command::Put(login(1, 0)),
        Command::Put(offer),
        confirm(None),
        confirm(Some(at(60))),
        Command::Seen(id(1)),
        Command::Forget(id(1)),
        Command::Sessions(None),
        Command::Sessions(Some(place)),
        cut_off(10),
        Command::CutOff {
            entry: cutoff(10),
            others_until: at(1),
            logout: Some(([3; 16], at(600))),
        },
        Command::KnowsLogout([3; 16]),
        Command::Consent(client("app")),
        Command::Consents,
        Command::Agree {
            consent: NoteOfConsent {
                client: client("app"),
                note: b"sealed".to_vec(),
            },
            until: at(1),
            known: Mark::of(Some(b"before")),
        },
        Command::Withdraw(client("app")),
    ]
}

fn replies() -> Vec<Reply> {
    let page = Page {
        rows: vec![ListedRow {
            session: id(1),
            since: at(1),
            seen_at: at(2),
            shown: b"sealed".to_vec(),
        }],
        has_more: true,
    };
    let consent = NoteOfConsent {
        client: client("app"),
        note: b"sealed".to_vec(),
    };
    vec![
        Reply::Done,
        Reply::Unknown,
        Reply::CutOff,
        Reply::NoConsent,
        Reply::Full,
        Reply::Changed,
        Reply::Sessions(page),
        Reply::Sessions(Page::default()),
        Reply::Consent(b"sealed".to_vec()),
        Reply::Consents(vec![consent]),
        Reply::Withdrawn {
            sessions: vec![id(1), id(2)],
            more: 7,
        },
    ]
}

/// What is written is read, and nothing shorter, longer or of another format is.
fn assert_read<T: PartialEq + std::fmt::Debug>(
    value: &T,
    bytes: &[u8],
    read: impl Fn(&[u8]) -> Option<T>,
) {
    assert_eq!(read(bytes).as_ref(), Some(value));
    for end in 0..bytes.len() {
        assert_eq!(read(&bytes[..end]), None, "{value:?} cut at {end}");
    }
    assert_eq!(read(&[bytes, &[0]].concat()), None);
    let other = [&[bytes[0] + 1], &bytes[1..]].concat();
    assert_eq!(read(&other), None);
}

#[test]
fn commands_and_replies_are_read_as_they_were_written() {
    for command in commands() {
        assert_read(&command, &command.to_bytes(), Command::from_bytes);
    }
    for reply in replies() {
        assert_read(&reply, &reply.to_bytes(), Reply::from_bytes);
    }
    assert_eq!(Command::from_bytes(&[1, 11]), None);
    assert_eq!(Reply::from_bytes(&[1, 10]), None);
}

#[test]
fn rows_are_read_as_they_were_written_and_unknown_ones_are_not() {
    let mut state = State::default();
    let offer = NewSession {
        redeem_by: Some(at(60)),
        ..login(2, 20)
    };
    for command in [
        Command::Put(login(1, 0)),
        commands().remove(13),
        Command::CutOff {
            entry: cutoff(10),
            others_until: at(1),
            logout: Some(([3; 16], at(600))),
        },
        Command::Put(login(3, 20)),
        Command::Put(offer),
    ] {
        let command = match command {
            Command::Agree { consent, until, .. } => Command::Agree {
                consent,
                until: at(until.seconds()),
                known: Mark::default(),
            },
            other => other,
        };
        assert_eq!(ask(&mut state, command, 20), Reply::Done);
    }
    let read =
        |rows: &Rows| State::from_rows(rows.iter().map(|(key, value)| (&key[..], &value[..])));
    let rows = state.to_rows();
    assert_eq!(rows.len(), 6);
    assert_eq!(read(&rows), Some(state.clone()));
    for (key, value) in &rows {
        for wrong in [&value[..value.len() - 1], &[&value[..], &[0]].concat()] {
            let mut rows = rows.clone();
            rows.insert(key.clone(), wrong.to_vec());
            assert_eq!(read(&rows), None);
        }
    }
    let mut rows = rows;
    rows.insert(vec![4], vec![1]);
    assert_eq!(read(&rows), None);
    let released = state
        .clone()
        .done(Chore::End(id(1)))
        .done(Chore::Release(cutoff(10).kept_until(at(5000))));
    assert_ne!(released, state);
    assert_eq!(read(&released.to_rows()), Some(released));
}

#[test]
fn names_of_objects_format_unchanged() {
    let person = Index::Person(Owner::from_bytes([1; 16]));
    assert_eq!(person.name(), "person:AQEBAQEBAQEBAQEBAQEBAQ");
    let session = Index::ProviderSession([1; 16]);
    assert_eq!(session.name(), "provider-session:AQEBAQEBAQEBAQEBAQEBAQ");
}

#[test]
fn commands_format_unchanged() {
    let first = login(1, 0);
    let bytes = hex(&Command::Put(first).to_bytes());
    assert_eq!(bytes, PUT);
    assert_eq!(hex(&Command::Consents.to_bytes()), "0108");
    assert_eq!(
        hex(&Command::Seen(id(1)).to_bytes()),
        "010200000000000000000000000000000001"
    );
}

/// Format, kind, session, client, when it began, since and ends, no code, no consent, length and what is shown.
const PUT: &str = "0100000000000000000000000000000000017b4da2b6e08d9d8ccdfc5523e5d59323000000003b9aca00000000003b9aca00000000005fa74e000000000000080000000000000001";
