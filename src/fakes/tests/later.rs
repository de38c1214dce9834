//! An hour later, and days later: what expires is gone then, and not a second earlier.

use std::time::Duration;

use futures_executor::block_on;

use crate::config::Clients;
use crate::fakes::world::{World, assert_error, isolate, keys};
use crate::fakes::{Fakes, Fault, START, Staleness};
use crate::issue::cutoff::{Cut, cut_off, next_second};
use crate::issue::ending::end_session;
use crate::person::{self, Index};
use crate::ports::{Clock, RecordStore, RevocationLog};
use crate::resolve::{Demand, Inactive, Resolution, Resolver};
use crate::revocation::{Entry, Target};
use crate::session::coordinator::{ANNOUNCING, Owner};
use crate::session::{RecordKey, SealedRecord};
use crate::time::Time;
use crate::token::{SessionId, TokenDigest, TokenKind, Unsealable};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Lets the log purge: it does with each append.
fn append_something(world: &World, fill: u8) {
    let target = Target::Token(TokenDigest::from_bytes([fill; 32]));
    let entry = Entry::new(&target, world.fakes.now().plus(DAY));
    block_on(world.fakes.append(&entry)).unwrap();
}

/// Whether the log has an entry of this target.
fn is_in_log(world: &World, target: &Target) -> bool {
    let target = Entry::new(target, START).target();
    let entries = world.fakes.log_entries();
    entries.iter().any(|entry| entry.target() == target)
}

/// Why an isolate that knows nothing yet refuses a ticket.
fn refusal(world: &World, ticket: &str) -> Inactive {
    let resolver = isolate();
    let meaning = resolver.resolve(&world.fakes, TokenKind::Ticket, ticket, &Demand::STRONG);
    match block_on(meaning) {
        Resolution::Inactive(inactive) => inactive,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_hour_after_a_logout_the_log_forgets_it_and_the_missing_record_refuses_the_ticket() {
    let world = World::new();
    let ticket = world.logged_in("ann").ticket().unwrap();
    let pointer = keys().open(TokenKind::Ticket, &ticket, START).unwrap();
    let target = Target::Session(pointer.session);
    // The record is deleted at the second attempt, when the log has long had the entry.
    world.fakes.calls.record_delete.set_fault(Fault::Before);
    let ended = end_session(pointer.session, None, &world.resolver, &world.fakes);
    block_on(ended).unwrap();
    world.fakes.calls.record_delete.set_fault(Fault::None);
    world.fakes.advance(ANNOUNCING);
    // For an hour a point of presence may still have the record. The log refuses the ticket.
    world.fakes.set_staleness(Staleness::KeepsDeleted);
    assert_eq!(refusal(&world, &ticket), Inactive::Revoked);
    world.fakes.advance(HOUR.saturating_sub(SECOND));
    append_something(&world, 1);
    assert!(is_in_log(&world, &target));
    assert_eq!(refusal(&world, &ticket), Inactive::Revoked);
    world.fakes.advance(SECOND);
    world.fakes.set_staleness(Staleness::None);
    append_something(&world, 2);
    assert!(!is_in_log(&world, &target));
    assert_eq!(refusal(&world, &ticket), Inactive::NoRecord);
}

/// Cuts off all of a subject, of which tokens without a session live until then.
fn cut(world: &World, target: &Target, others_until: Time) {
    let cut = Cut {
        target,
        until: world.fakes.now().plus(world.config.longest_life()),
        others_until,
        logout: None,
        reason: "admin",
    };
    block_on(cut_off(cut, &world.resolver, &world.fakes)).unwrap();
}

fn all_of(world: &World, subject: &str) -> Target {
    Target::Subject {
        subject: subject.to_owned(),
        not_before: next_second(&world.fakes),
    }
}

#[test]
fn a_cutoff_goes_an_hour_after_its_sessions_are_ended_and_they_stay_ended() {
    let world = World::new();
    let ann = world.logged_in("ann");
    let (ticket, tokens) = (ann.ticket().unwrap(), world.authorized(&ann, "app"));
    let target = all_of(&world, "ann");
    cut(&world, &target, world.fakes.now());
    world.fakes.advance(HOUR.saturating_sub(2 * SECOND));
    append_something(&world, 1);
    assert!(is_in_log(&world, &target));
    // A point of presence may still have the record. The log refuses the ticket.
    world.fakes.set_staleness(Staleness::KeepsDeleted);
    assert_eq!(refusal(&world, &ticket), Inactive::Revoked);
    world.fakes.set_staleness(Staleness::None);
    world.fakes.advance(3 * SECOND);
    append_something(&world, 2);
    assert!(
        !is_in_log(&world, &target),
        "{:?}",
        world.fakes.log_entries()
    );
    assert_eq!(refusal(&world, &ticket), Inactive::NoRecord);
    assert!(!world.counts(&tokens.access));
    let refreshed = world.refresh("app", tokens.refresh(), &[]);
    assert_eq!(refreshed.status, 400);
    // Nothing is left of it but the consent, and that goes too.
    world.fakes.advance(DAY * 366);
    let index = Index::Person(Owner::of("ann"));
    assert_eq!(world.fakes.index(index), person::State::default());
}

#[test]
fn a_cutoff_stays_in_the_log_until_every_session_is_ended() {
    let mut world = World::new();
    world.config.session_lifetime = 8 * DAY;
    world.config.session_idle = 8 * DAY;
    let tickets = [(); 3].map(|()| world.logged_in("ann").ticket().unwrap());
    let target = all_of(&world, "ann");
    world.fakes.calls.end.set_fault(Fault::Before);
    cut(&world, &target, world.fakes.now());
    for day in 1..=3 {
        world.fakes.advance(DAY);
        append_something(&world, day);
        assert!(is_in_log(&world, &target), "day {day}");
        for ticket in &tickets {
            assert_eq!(refusal(&world, ticket), Inactive::Revoked, "day {day}");
        }
    }
    // Each was tried for three days, later each time.
    let tried = world.fakes.calls.end.count();
    assert!((3 * 72..3 * 200).contains(&tried), "{tried}");
    world.fakes.calls.end.set_fault(Fault::None);
    world.fakes.advance(HOUR * 3);
    append_something(&world, 9);
    assert!(!is_in_log(&world, &target));
    for ticket in &tickets {
        assert_eq!(refusal(&world, ticket), Inactive::NoRecord);
    }
}

#[test]
fn a_cutoff_stays_as_long_as_tokens_without_a_session_live() {
    let mut world = World::new();
    world.client_mut("robot").token_lifetime = 5 * HOUR;
    let token = world.client_token("robot");
    let others_until = world
        .fakes
        .now()
        .plus(world.config.life_without_session("robot"));
    let target = all_of(&world, "robot");
    cut(&world, &target, others_until);
    for hour in 0..5 {
        append_something(&world, hour);
        assert!(!world.counts(&token), "hour {hour}");
        assert!(is_in_log(&world, &target), "hour {hour}");
        world.fakes.advance(HOUR);
    }
    append_something(&world, 9);
    assert!(!is_in_log(&world, &target));
    assert!(!world.counts(&token));
}

#[test]
fn a_cutoff_that_no_index_ends_stays_until_nothing_that_it_ends_is_alive() {
    let mut world = World::new();
    world.config.session_lifetime = 8 * DAY;
    world.config.session_idle = 8 * DAY;
    let ticket = world.logged_in("ann").ticket().unwrap();
    let target = Target::Issuer {
        not_before: next_second(&world.fakes),
    };
    cut(&world, &target, START);
    let until = START.plus(world.config.longest_life());
    let days = until.since(START).as_secs() / DAY.as_secs();
    assert!(days >= 8, "{days}");
    for day in 1..=7 {
        world.fakes.advance(DAY);
        append_something(&world, day);
        assert!(is_in_log(&world, &target), "day {day}");
        assert_eq!(refusal(&world, &ticket), Inactive::Revoked, "day {day}");
    }
    world
        .fakes
        .advance(until.since(world.fakes.now()).saturating_sub(SECOND));
    append_something(&world, 8);
    assert!(is_in_log(&world, &target));
    world.fakes.advance(SECOND);
    append_something(&world, 9);
    assert!(!is_in_log(&world, &target));
    let expired = Inactive::Unsealable(Unsealable::Expired);
    assert_eq!(refusal(&world, &ticket), expired);
}

#[test]
fn a_client_that_was_taken_out_and_comes_back_days_later_stays_cut_off() {
    for is_cut_off in [false, true] {
        let mut world = World::new();
        for client in world.config.clients.iter_mut() {
            client.refresh_idle = 9 * DAY;
        }
        let life = world.config.longest_life();
        world.resolver = Resolver::new(keys(), 1 << 20, [7; 16], life);
        let tokens = world.authorized(&world.logged_in("ann"), "app");
        let clients = world.config.clients.clone();
        // What a leak calls for: the client goes, and all that it was given.
        world.config.clients = Clients::default();
        let now = world.config.longest_life();
        assert!(
            now < 8 * DAY,
            "nothing that is issued now lives for as long"
        );
        let target = Target::Client {
            client: "app".parse().unwrap(),
            not_before: next_second(&world.fakes),
        };
        if is_cut_off {
            cut(&world, &target, world.fakes.now());
        }
        world.fakes.advance(8 * DAY);
        append_something(&world, 1);
        world.config.clients = clients;
        world.resolver = isolate();
        let answer = world.refresh("app", tokens.refresh(), &[]);
        if is_cut_off {
            assert_error(&answer, 400, "invalid_grant");
        } else {
            assert_eq!(answer.status, 200, "else this shows nothing");
        }
    }
}

#[test]
fn a_cutoff_that_its_index_was_not_told_of_is_not_let_go_with_an_older_one() {
    let world = World::new();
    let before = world.logged_in("ann").ticket().unwrap();
    let target = all_of(&world, "ann");
    // The older one cannot be let go at first.
    world.fakes.calls.shorten.set_fault(Fault::Before);
    cut(&world, &target, world.fakes.now());
    world.fakes.advance(2 * SECOND);
    let after = world.logged_in("ann").ticket().unwrap();
    world.fakes.calls.index_cut_off.set_fault(Fault::Before);
    cut(&world, &all_of(&world, "ann"), world.fakes.now());
    world.fakes.calls.shorten.set_fault(Fault::None);
    for hour in 1..=12 {
        world.fakes.advance(HOUR);
        append_something(&world, hour);
        assert!(is_in_log(&world, &target), "hour {hour}");
        assert_eq!(refusal(&world, &after), Inactive::Revoked, "hour {hour}");
    }
    assert_ne!(before, after);
}

#[test]
fn keys_go_when_they_expire_and_stay_for_a_minute_at_least() {
    let fakes = Fakes::default();
    let key = RecordKey::access(TokenDigest::from_bytes([9; 32]));
    let record = SealedRecord::from_store(b"sealed".to_vec());
    for (lasts, stays) in [(SECOND, Duration::from_mins(1)), (HOUR, HOUR)] {
        let expires_at = fakes.now().plus(lasts);
        block_on(fakes.write(&key, &record, expires_at)).unwrap();
        let is_there = || {
            let record = block_on(fakes.read(&key)).unwrap();
            assert_eq!(record.is_some(), fakes.live_records().len() == 1);
            record.is_some()
        };
        fakes.advance(stays.saturating_sub(SECOND));
        assert!(is_there());
        fakes.advance(SECOND);
        assert!(!is_there());
    }
}

#[test]
fn a_coordinator_is_gone_when_its_session_has_ended_by_itself() {
    let world = World::new();
    let ticket = world.logged_in("ann").ticket().unwrap();
    let pointer = keys().open(TokenKind::Ticket, &ticket, START).unwrap();
    let holds = |session: SessionId| world.fakes.state(session).wake_at().is_some();
    assert!(holds(pointer.session));
    world
        .fakes
        .advance(world.config.session_lifetime.saturating_sub(SECOND));
    world.fakes.advance(SECOND);
    assert!(!holds(pointer.session));
}
