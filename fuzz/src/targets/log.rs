//! What the revocation log answers, and what an isolate makes of it.

use std::time::Duration;

use postern::revocation::{
    Change, Delta, Entry, Follower, LogId, News, Position, Question, Snapshot, Target,
};
use postern::time::Time;
use postern::token::{SessionId, TokenDigest};

use crate::Outcome;

const NOW: Time = Time::from_seconds(1_000);

pub fn delta(bytes: &[u8]) -> Outcome {
    if let Some(position) = Position::from_bytes(bytes) {
        assert_eq!(position.to_bytes(), *bytes);
    }
    if let Some(question) = Question::from_bytes(bytes) {
        assert_eq!(question.to_bytes(), *bytes);
    }
    if let Some(changes) = Change::from_bytes(bytes) {
        assert_eq!(Change::to_bytes(&changes), *bytes);
    }
    if let Some((changes, question)) = Change::exchange_from_bytes(bytes) {
        assert_eq!(Change::exchange_to_bytes(&changes, &question), *bytes);
    }
    let _ = Follower::default().begin_with(bytes, Position::default());
    if let Some(entry) = Entry::from_bytes(bytes) {
        assert_eq!(entry.to_bytes(), *bytes);
    }
    let Some(delta) = Delta::from_bytes(bytes) else {
        return Outcome::Refused;
    };
    assert_eq!(delta.to_bytes(), *bytes, "a delta has two forms");
    let mut follower = Follower::default();
    let asked_with = follower.position();
    if follower.learn(&delta, asked_with, NOW).is_ok() {
        let is_whole = !delta.more && matches!(delta.news, News::Entries(_));
        // Nothing is older than the epoch.
        let age = delta.age.min(Duration::from_millis(NOW.millis()));
        assert_eq!(follower.age(NOW), is_whole.then_some(age));
        for entry in delta.entries() {
            // An entry that something alive may need is known from then on.
            let is_kept = entry.keep_until() > NOW;
            assert!(!is_kept || follower.has_ended(entry.target()));
        }
        assert!(follower.len() <= delta.entries().len());
        // The same answer again changes nothing.
        let (length, generation) = (follower.len(), follower.generation());
        let asked_with = follower.position();
        if follower.learn(&delta, asked_with, NOW).is_ok()
            && !delta.entries().iter().any(|e| e.keep_until() <= NOW)
        {
            assert_eq!(
                (follower.len(), follower.generation()),
                (length, generation)
            );
        }
    }
    Outcome::Accepted
}

pub fn delta_seeds() -> Vec<Vec<u8>> {
    let not_before = Time::from_seconds(900);
    let keep_until = Time::from_seconds(5_000);
    let targets = [
        Target::Token(TokenDigest::from_bytes([1; 32])),
        Target::Session(SessionId::from_bytes([2; 16])),
        Target::ProviderSession {
            name: [3; 16],
            not_before,
        },
        Target::Subject {
            subject: "ann".to_owned(),
            not_before,
        },
        Target::Client {
            client: "reports".parse().expect("a client id"),
            not_before,
        },
        Target::Issuer { not_before },
    ];
    let entries: Vec<Entry> = targets
        .iter()
        .map(|target| Entry::new(target, keep_until))
        .collect();
    let head = Position {
        log: LogId([9; 16]),
        sequence: 6,
    };
    let of = |news: News, more| {
        let delta = Delta {
            head,
            age: Duration::from_millis(1_500),
            more,
            news,
        };
        delta.to_bytes()
    };
    let question = Question {
        position: head,
        max_age: Duration::from_millis(1_250),
        longest_life: Duration::from_hours(24),
        without_snapshot: true,
    };
    let changes = [Change::Append(entries[0]), Change::Shorten(entries[3])];
    let mut snapshot = Snapshot::default();
    for entry in &entries {
        snapshot.add(entry);
    }
    vec![
        of(News::default(), false),
        of(News::Entries(entries), true),
        of(News::Snapshot([7; 32]), true),
        head.to_bytes().to_vec(),
        question.to_bytes(),
        Change::to_bytes(&changes),
        snapshot.to_bytes(),
    ]
}
