//! What an isolate's copy of the log knows.

use std::time::Duration;

use crate::fixtures::record;
use crate::revocation::entry::TargetIds;
use crate::revocation::{
    Delta, Entry, Follower, Learned, LogId, News, Position, StaleAnswer, Target,
};
use crate::session::SessionRecord;
use crate::time::Time;
use crate::token::{SessionId, TokenDigest};

fn at(seconds: u64) -> Time {
    Time::from_seconds(seconds)
}

fn ids() -> TargetIds {
    TargetIds::of(digest(), &whole_record())
}

/// With a login session and a provider session.
fn whole_record() -> SessionRecord {
    SessionRecord {
        login: Some(SessionId::from_bytes([6; 16])),
        provider_session: Some([7; 16]),
        ..record()
    }
}

fn digest() -> TokenDigest {
    TokenDigest::from_bytes([9; 32])
}

fn delta(log: u8, sequence: u64, targets: &[Target]) -> Delta {
    Delta {
        head: Position {
            log: LogId([log; 16]),
            sequence,
        },
        news: News::Entries(targets.iter().map(|t| Entry::new(t, at(2_000))).collect()),
        ..Delta::default()
    }
}

fn learned(targets: &[Target]) -> Follower {
    let mut follower = Follower::default();
    follower
        .learn(&delta(1, 5, targets), Position::default(), at(1_100))
        .unwrap();
    follower
}

#[test]
fn freshness_has_a_strict_bound_and_zero_is_never_fresh() {
    let follower = learned(&[]);
    let fresh =
        |millis, max| follower.is_fresh(Time::from_millis(millis), Duration::from_secs(max));
    assert!(fresh(1_104_999, 5));
    assert!(!fresh(1_105_000, 5));
    assert!(!fresh(1_100_000, 0));
    assert!(!Follower::default().is_fresh(at(0), Duration::MAX));
}

#[test]
fn each_kind_of_target_cuts_off_what_it_names_and_no_more() {
    let record = record(); // issued at 1000
    let cutting = [
        Target::Token(digest()),
        Target::Session(record.session),
        Target::Session(SessionId::from_bytes([6; 16])),
        Target::ProviderSession {
            name: [7; 16],
            not_before: at(1_001),
        },
        Target::Subject {
            subject: "reports".to_owned(),
            not_before: at(1_001),
        },
        Target::Client {
            client: record.client_id.clone(),
            not_before: at(1_001),
        },
        Target::Issuer {
            not_before: at(1_001),
        },
    ];
    for target in cutting {
        assert!(
            learned(std::slice::from_ref(&target)).cuts_off(&ids()),
            "{target:?}"
        );
    }
    let sparing = [
        Target::Token(TokenDigest::from_bytes([8; 32])),
        Target::Session(SessionId::from_bytes([4; 16])),
        // A session's name is not a provider session's, nor the other way round.
        Target::Session(SessionId::from_bytes([7; 16])),
        Target::ProviderSession {
            name: [6; 16],
            not_before: at(1_001),
        },
        Target::ProviderSession {
            name: [7; 16],
            not_before: at(1_000),
        },
        Target::Subject {
            subject: "reports".to_owned(),
            not_before: at(1_000),
        },
        Target::Subject {
            subject: "other".to_owned(),
            not_before: at(1_001),
        },
        // A subject's cutoff is not a client's, even under the same name.
        Target::Client {
            client: "other".parse().unwrap(),
            not_before: at(1_001),
        },
        Target::Issuer {
            not_before: at(1_000),
        },
    ];
    assert!(!learned(&sparing).cuts_off(&ids()));
}

#[test]
fn what_was_renewed_is_as_old_as_its_login_but_not_for_a_cutoff_of_its_client() {
    let renewed = crate::session::SessionRecord {
        begun_at: Some(at(900)),
        ..record() // issued at 1000
    };
    let ids = TargetIds::of(digest(), &renewed);
    let cut = |target| learned(&[target]).cuts_off(&ids);
    let subject = |not_before| Target::Subject {
        subject: "reports".to_owned(),
        not_before,
    };
    let client = |not_before| Target::Client {
        client: renewed.client_id.clone(),
        not_before,
    };
    assert!(cut(subject(at(901))) && !cut(subject(at(900))));
    assert!(cut(Target::Issuer {
        not_before: at(901)
    }));
    assert!(cut(client(at(1_001))) && !cut(client(at(1_000))));
}

#[test]
fn an_answer_behind_what_was_asked_with_is_refused() {
    let mut follower = learned(&[Target::Token(digest())]);
    let stale = delta(1, 4, &[]);
    assert_eq!(
        follower.learn(&stale, follower.position(), at(1_200)),
        Err(StaleAnswer)
    );
    assert_eq!(follower.age(at(1_200)), Some(Duration::from_secs(100)));
    assert!(follower.cuts_off(&ids()));
}

#[test]
fn answers_that_overtake_each_other_lose_nothing() {
    let mut follower = learned(&[]);
    let asked_with = follower.position();
    let late = delta(1, 6, &[]);
    follower
        .learn(
            &delta(1, 7, &[Target::Token(digest())]),
            asked_with,
            at(1_201),
        )
        .unwrap();
    follower.learn(&late, asked_with, at(1_200)).unwrap();
    assert_eq!(follower.position().sequence, 7);
    assert_eq!(follower.age(at(1_201)), Some(Duration::ZERO));
    assert!(follower.cuts_off(&ids()));
}

#[test]
fn a_log_that_was_started_anew_undoes_nothing() {
    let mut follower = learned(&[Target::Token(digest())]);
    let asked_with = follower.position();
    let anew = follower.learn(&delta(2, 1, &[]), asked_with, at(1_200));
    assert_eq!(anew, Ok(Learned::Restarted));
    assert_eq!(follower.position(), delta(2, 1, &[]).head);
    assert!(follower.cuts_off(&ids()));
    let position = follower.position();
    let next = follower.learn(&delta(2, 2, &[]), position, at(1_201));
    assert_eq!(next, Ok(Learned::Next), "said once");
}

#[test]
fn a_copy_is_as_old_as_the_answer_says() {
    let mut follower = Follower::default();
    let answer = |more| Delta {
        age: Duration::from_secs(2),
        more,
        ..delta(1, 5, &[])
    };
    let nowhere = Position::default();
    follower.learn(&answer(true), nowhere, at(1_100)).unwrap();
    assert_eq!(
        follower.age(at(1_100)),
        None,
        "there is more, so it is not complete"
    );
    assert_eq!(follower.position().sequence, 5);
    let position = follower.position();
    follower.learn(&answer(false), position, at(1_100)).unwrap();
    assert_eq!(follower.age(at(1_100)), Some(Duration::from_secs(2)));
    // A newer answer that is older makes it no older.
    let older = Delta {
        age: Duration::from_secs(4),
        ..delta(1, 5, &[])
    };
    follower.learn(&older, position, at(1_101)).unwrap();
    assert_eq!(follower.age(at(1_101)), Some(Duration::from_secs(3)));
}

#[test]
fn entries_go_when_nothing_alive_needs_them() {
    let mut follower = learned(&[Target::Token(digest())]);
    let position = follower.position();
    for (now, kept) in [(1_999, 1), (2_400, 0)] {
        follower
            .learn(&delta(1, 5, &[]), position, at(now))
            .unwrap();
        assert_eq!(follower.len(), kept, "at {now}");
    }
}

#[test]
fn the_generation_moves_with_every_change_and_only_then() {
    let mut follower = learned(&[]);
    let position = follower.position();
    let generation = follower.generation();
    follower
        .learn(&delta(1, 5, &[]), position, at(1_200))
        .unwrap();
    assert_eq!(follower.generation(), generation);
    let entry = Entry::new(&Target::Token(digest()), at(2_000));
    follower.take_in(&entry);
    assert_ne!(follower.generation(), generation);
    let generation = follower.generation();
    follower.take_in(&entry);
    assert_eq!(follower.generation(), generation);
}

#[test]
fn a_cutoff_never_moves_back() {
    let mut follower = learned(&[Target::Issuer {
        not_before: at(1_500),
    }]);
    follower.take_in(&Entry::new(
        &Target::Issuer {
            not_before: at(500),
        },
        at(3_000),
    ));
    assert!(follower.cuts_off(&ids()));
}
