//! The fakes do what their ports promise, and fail as they are told.

use std::time::Duration;

use futures_executor::block_on;
use futures_util::future::join;

use crate::fakes::{ATTEMPTS, Fakes, Fault, START, Staleness};
use crate::person::{self, Index};
use crate::ports::{
    Coordinator, Events, Http, HttpRequest, HttpResponse, Limiter, PersonIndex, Randomness,
    RecordStore, RevocationLog, SignatureAlgorithm, Signatures, Signing, SigningKey,
};
use crate::revocation::{Entry, Position, Question, Target};
use crate::secret::Secret;
use crate::session::coordinator::{Command, NewToken, State};
use crate::session::{RecordKey, SealedRecord};
use crate::telemetry::Event;
use crate::time::Time;
use crate::token::{SessionId, TokenDigest, TokenKind};

fn digest() -> TokenDigest {
    TokenDigest::from_bytes([9; 32])
}

fn session() -> SessionId {
    SessionId::from_bytes([3; 16])
}

fn sealed() -> SealedRecord {
    SealedRecord::from_store(b"sealed".to_vec())
}

fn issue() -> Command {
    let expires_at = START.plus(Duration::from_secs(1_000));
    Command::Issue(NewToken {
        kind: TokenKind::Access,
        digest: digest(),
        client: "reports".parse().unwrap(),
        expires_at,
        record: sealed(),
    })
}

fn written() -> (Fakes, RecordKey) {
    let fakes = Fakes::default();
    let key = RecordKey::access(digest());
    block_on(fakes.write(&key, &sealed(), START)).unwrap();
    block_on(fakes.ask(session(), issue())).unwrap();
    (fakes, key)
}

#[test]
fn randomness_never_repeats() {
    let fakes = Fakes::default();
    let (mut one, mut other) = ([0; 40], [0; 40]);
    fakes.fill(&mut one);
    fakes.fill(&mut other);
    assert_ne!(one[..32], other[..32]);
    assert_ne!(one[..8], one[32..]);
}

#[test]
fn a_write_fails_before_or_after_it_took_effect() {
    for (fault, records) in [(Fault::Before, 0), (Fault::After, 1)] {
        let fakes = Fakes::default();
        fakes.calls.record_write.set_fault(fault);
        let key = RecordKey::access(digest());
        assert!(block_on(fakes.write(&key, &sealed(), START)).is_err());
        assert_eq!(fakes.live_records().len(), records, "{fault:?}");
    }
}

#[test]
fn forgetting_deletes_the_record_and_a_failed_delete_is_tried_again() {
    let (fakes, key) = written();
    fakes.calls.record_delete.set_fault(Fault::Before);
    block_on(fakes.ask(session(), Command::Forget(digest()))).unwrap();
    assert_eq!(fakes.live_records(), [key.as_str()]);
    fakes.calls.record_delete.set_fault(Fault::None);
    fakes.advance(crate::session::coordinator::RETRY);
    block_on(fakes.run_alarms());
    assert_eq!(fakes.live_records(), [""; 0]);
    assert_eq!(fakes.state(session()), State::default());
    assert_eq!(fakes.calls.record_delete.count(), 2);
}

#[test]
fn reads_can_be_stale_both_ways() {
    let (fakes, key) = written();
    let read = || block_on(fakes.read(&key)).unwrap();
    assert_eq!(read(), Some(sealed()));
    fakes.set_staleness(Staleness::MissesWrites);
    assert_eq!(read(), None);
    fakes.set_staleness(Staleness::KeepsDeleted);
    block_on(fakes.ask(session(), Command::Forget(digest()))).unwrap();
    assert_eq!(read(), Some(sealed()));
    fakes.set_staleness(Staleness::None);
    assert_eq!(read(), None);
    assert!(fakes.dump().contains("sealed"));
    assert_eq!(fakes.io(), 7);
}

#[test]
fn the_log_numbers_its_entries_and_can_lag_or_be_lost() {
    let fakes = Fakes::default();
    let until = START.plus(Duration::from_secs(1));
    let since = |position| {
        let ask = Question {
            position,
            ..Question::default()
        };
        block_on(fakes.since(&ask)).unwrap()
    };
    for target in [Target::Token(digest()), Target::Session(session())] {
        block_on(fakes.append(&Entry::new(&target, until))).unwrap();
    }
    let all = since(Position::default());
    assert_eq!((all.head.sequence, all.entries().len()), (2, 2));
    assert_eq!(since(all.head).entries(), []);
    fakes.set_log_answers_up_to(Some(1));
    assert_eq!(since(all.head).head.sequence, 1);
    fakes.set_log_answers_up_to(None);
    fakes.lose_log();
    assert_eq!(fakes.log_entries(), []);
    assert_ne!(since(all.head).head.log, all.head.log);
}

#[test]
fn a_delayed_call_is_overtaken() {
    let (fakes, key) = written();
    fakes.calls.record_read.set_delay(1);
    let forget = fakes.ask(session(), Command::Forget(digest()));
    let (read, _) = block_on(join(fakes.read(&key), forget));
    assert_eq!(read.unwrap(), None);
}

#[test]
fn events_are_lines() {
    let fakes = Fakes::default();
    fakes.set_now(Time::from_seconds(7));
    fakes.emit(Event::TokenRevoked {
        client_id: "a",
        session: "b",
    });
    let line = r#"{"time":7,"event":"token_revoked","client_id":"a","session":"b"}"#;
    assert_eq!(fakes.events(), [line]);
}

#[test]
fn both_ways_to_fail_are_listed() {
    assert_eq!(Fault::FAILING, [Fault::Before, Fault::After]);
}

#[test]
fn other_servers_items_and_attempts() {
    let fakes = Fakes::default();
    let request = HttpRequest {
        url: "https://idp.example".to_owned(),
        form: None,
        authorization: None,
        accept: "text/plain",
    };
    assert!(block_on(fakes.send(&request)).is_err(), "there is none yet");
    fakes.set_provider(|_| HttpResponse {
        status: 204,
        max_age: None,
        body: Secret::new(Vec::new()),
    });
    assert_eq!(block_on(fakes.send(&request)).map(|a| a.status), Ok(204));
    assert_eq!(fakes.sent().len(), 2);
    let (index, asked) = (Index::ProviderSession([1; 16]), person::Command::Consents);
    let nothing = person::Reply::Consents(Vec::new());
    assert_eq!(block_on(fakes.ask_index(index, asked)), Ok(nothing));
    let may = (0..=ATTEMPTS).map(|_| block_on(fakes.attempt("LIMIT", "ann")).unwrap());
    assert_eq!(may.filter(|may| *may).count(), 5);
}

#[test]
fn what_a_key_signs_its_public_key_verifies_and_signing_can_fail() {
    let fakes = Fakes::default();
    let key = SigningKey::p256(&Secret::new([1; 32]));
    let (algorithm, message) = (SignatureAlgorithm::Es256, b"message");
    let sign = || block_on(Signing::sign(&fakes, algorithm, &key, message));
    let jwk = block_on(fakes.public_jwk(algorithm, &key)).unwrap();
    let signature = sign().unwrap();
    let verify = |message| block_on(fakes.verify(algorithm, &jwk, message, &signature));
    assert_eq!(verify(message), Ok(true));
    assert_eq!(verify(b"another"), Ok(false));
    fakes.calls.sign.set_fault(Fault::Before);
    assert!(sign().is_err());
    assert_eq!(fakes.calls.sign.count(), 2);
}
