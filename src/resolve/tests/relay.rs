//! A relay between the log and those who follow it.

use futures_util::future::join_all;
use proptest::prelude::*;

use super::*;
use crate::resolve::Relay;
use crate::revocation::{Change, Follower, News, Position, Question, Snapshot};

const BOUNDED: Duration = Duration::from_millis(1_250);

fn session(n: u32) -> Entry {
    let mut name = [0; 16];
    name[..4].copy_from_slice(&n.wrapping_mul(0x9E37_79B9).to_be_bytes());
    Entry::new(
        &Target::Session(SessionId::from_bytes(name)),
        START.plus(Duration::from_hours(24)),
    )
}

fn question(follower: &Follower, max_age: Duration) -> Question {
    Question {
        position: follower.position(),
        max_age,
        ..Question::default()
    }
}

/// Follows through the relay until there is no more; how many answers that took.
async fn follow(relay: &Relay, fakes: &Fakes, follower: &mut Follower, max_age: Duration) -> u32 {
    for answers in 1.. {
        let asked_at = fakes.now();
        let position = follower.position();
        let asked = relay.since(&question(follower, max_age), fakes).await;
        let delta = asked.unwrap();
        follower.learn(&delta, position, asked_at).unwrap();
        match &delta.news {
            News::Snapshot(digest) => {
                let bytes = fakes.snapshot(delta.head).await.unwrap().unwrap();
                assert_eq!(Snapshot::digest(&bytes), *digest);
                assert!(follower.begin_with(&bytes, delta.head));
            }
            News::Entries(_) if !delta.more => return answers,
            News::Entries(_) => {}
        }
    }
    unreachable!("a log has an end")
}

#[test]
fn a_relay_asks_once_for_all_isolates_of_its_place() {
    let fakes = Fakes::default();
    let relay = Relay::default();
    fakes.append_all((0..100).map(session));
    let mut followers: Vec<Follower> = (0..20).map(|_| Follower::default()).collect();
    let all = followers
        .iter_mut()
        .map(|follower| follow(&relay, &fakes, follower, BOUNDED));
    block_on(join_all(all));
    assert!(followers.iter().all(|follower| follower.len() == 100));
    assert_eq!(fakes.calls.since.count(), 1);
    // And again, for as long as what it knows is young enough.
    fakes.advance(BOUNDED);
    let age = |follower: &Follower| follower.age(fakes.now()).unwrap();
    let mut late = Follower::default();
    block_on(follow(&relay, &fakes, &mut late, BOUNDED));
    assert_eq!((late.len(), age(&late)), (100, BOUNDED));
    assert_eq!(fakes.calls.since.count(), 1);
    fakes.advance(Duration::from_millis(1));
    block_on(follow(&relay, &fakes, &mut late, BOUNDED));
    assert_eq!((age(&late), fakes.calls.since.count()), (Duration::ZERO, 2));
}

#[test]
fn strong_checks_join_the_next_question_of_the_relay() {
    let fakes = Fakes::default();
    let relay = Relay::default();
    let mut first = Follower::default();
    block_on(follow(&relay, &fakes, &mut first, Duration::ZERO));
    fakes.calls.since.set_delay(3);
    let mut followers: Vec<Follower> = (0..20).map(|_| Follower::default()).collect();
    let before = fakes.calls.since.count();
    let all = followers
        .iter_mut()
        .map(|follower| follow(&relay, &fakes, follower, Duration::ZERO));
    block_on(join_all(all));
    assert_eq!(fakes.calls.since.count() - before, 2);
}

#[test]
fn what_a_relay_cannot_find_out_it_does_not_say() {
    let fakes = Fakes::default();
    let relay = Relay::default();
    let mut follower = Follower::default();
    block_on(follow(&relay, &fakes, &mut follower, BOUNDED));
    fakes.advance(Duration::from_secs(5));
    fakes.calls.since.set_fault(Fault::Before);
    for max_age in [BOUNDED, Duration::ZERO] {
        assert!(block_on(relay.since(&question(&follower, max_age), &fakes)).is_err());
    }
    fakes.calls.since.set_fault(Fault::None);
    fakes.advance(Duration::from_secs(1));
    fakes.append_all([session(1)].into_iter());
    fakes.set_log_answers_up_to(Some(0));
    block_on(follow(&relay, &fakes, &mut follower, BOUNDED));
    fakes.set_log_answers_up_to(None);
    block_on(follow(&relay, &fakes, &mut follower, Duration::ZERO));
    assert_eq!(follower.len(), 1);
    fakes.set_log_answers_up_to(Some(0));
    let behind = block_on(relay.since(&question(&follower, Duration::ZERO), &fakes));
    assert!(behind.is_err(), "{behind:?}");
}

#[test]
fn an_isolate_that_knows_more_than_the_relay_is_not_told_less() {
    let fakes = Fakes::default();
    let relay = Relay::default();
    let mut follower = Follower::default();
    fakes.append_all((0..3).map(session));
    block_on(follow(&relay, &fakes, &mut follower, BOUNDED));
    fakes.append_all((3..6).map(session));
    // It asks the log itself.
    let position = follower.position();
    let delta = block_on(fakes.since(&question(&follower, BOUNDED))).unwrap();
    follower.learn(&delta, position, fakes.now()).unwrap();
    let before = fakes.calls.since.count();
    block_on(follow(&relay, &fakes, &mut follower, BOUNDED));
    assert_eq!(follower.len(), 6);
    assert_eq!(fakes.calls.since.count(), before + 1);
}

#[test]
fn a_relay_of_a_log_that_was_started_anew_gives_the_new_one() {
    let fakes = Fakes::default();
    let relay = Relay::default();
    let mut follower = Follower::default();
    fakes.append_all((0..3).map(session));
    block_on(follow(&relay, &fakes, &mut follower, BOUNDED));
    fakes.lose_log();
    fakes.append_all((7..9).map(session));
    block_on(follow(&relay, &fakes, &mut follower, Duration::ZERO));
    assert_eq!(follower.len(), 5, "and nothing is undone");
    let mut cold = Follower::default();
    block_on(follow(&relay, &fakes, &mut cold, BOUNDED));
    assert_eq!(cold.len(), 2);
}

#[test]
fn a_relay_keeps_a_bounded_part_of_the_log_and_leads_others_to_the_snapshot() {
    let fakes = Fakes::default();
    let relay = Relay::default();
    let mut warm = Follower::default();
    for round in 0..16 {
        fakes.append_all((round * 10_000..(round + 1) * 10_000).map(session));
        block_on(follow(&relay, &fakes, &mut warm, Duration::ZERO));
        fakes.make_snapshot();
    }
    assert_eq!(warm.len(), 160_000);
    assert!(relay.entries() <= 80_000, "{}", relay.entries());
    let (asked, read) = (fakes.calls.since.count(), fakes.calls.snapshot.count());
    let mut cold = Follower::default();
    block_on(follow(&relay, &fakes, &mut cold, BOUNDED));
    assert_eq!(cold.len(), 160_000);
    assert_eq!(fakes.calls.snapshot.count(), read + 1);
    assert_eq!(
        fakes.calls.since.count(),
        asked,
        "the log has nothing to do with it"
    );
    // Another relay begins with the snapshot itself.
    let other = Relay::default();
    let mut cold = Follower::default();
    block_on(follow(&other, &fakes, &mut cold, BOUNDED));
    assert_eq!(cold.len(), 160_000);
    assert!(other.entries() <= 30_000, "{}", other.entries());
    // And whoever is a little behind gets entries, not the snapshot.
    let read = fakes.calls.snapshot.count();
    block_on(follow(&relay, &fakes, &mut warm, BOUNDED));
    assert_eq!(fakes.calls.snapshot.count(), read);
}

#[test]
fn changes_that_come_while_others_are_on_their_way_travel_together() {
    let fakes = Fakes::default();
    let relay = Relay::default();
    fakes.calls.append.set_delay(5);
    let changes: Vec<[Change; 1]> = (0..50).map(|n| [Change::Append(session(n))]).collect();
    let all = changes
        .iter()
        .map(|change| relay.change(change, Duration::ZERO, &fakes));
    assert!(block_on(join_all(all)).iter().all(Result::is_ok));
    assert_eq!(fakes.log_entries().len(), 50);
    assert_eq!(fakes.calls.append.count(), 2);
}

#[test]
fn what_a_relay_changes_it_knows_and_so_need_not_ask_soon() {
    let fakes = Fakes::default();
    let relay = Relay::default();
    let change = |n| {
        let change = [Change::Append(session(n))];
        block_on(relay.change(&change, Duration::ZERO, &fakes)).unwrap();
    };
    // Nobody follows by way of it: it learns nothing.
    change(0);
    assert_eq!(relay.entries(), 0);
    let mut follower = Follower::default();
    block_on(follow(&relay, &fakes, &mut follower, BOUNDED));
    for round in 1..20 {
        fakes.advance(Duration::from_secs(2));
        fakes.append_all([session(100 + round)].into_iter());
        change(round);
        block_on(follow(&relay, &fakes, &mut follower, BOUNDED));
        assert_eq!(follower.len(), 1 + 2 * round as usize);
        assert_eq!(follower.age(fakes.now()), Some(Duration::ZERO));
    }
    assert_eq!(fakes.calls.since.count(), 1);
    // A strong check asks all the same.
    block_on(follow(&relay, &fakes, &mut follower, Duration::ZERO));
    assert_eq!(fakes.calls.since.count(), 2);
    // And one that nobody asks any more does not grow.
    fakes.advance(Duration::from_secs(5));
    let entries = relay.entries();
    change(1_000);
    assert_eq!(relay.entries(), entries);
}

#[test]
fn answers_that_overtake_each_other_leave_no_gap() {
    for (change, since) in [(1, 9), (9, 1), (5, 5)] {
        let fakes = Fakes::default();
        let relay = Relay::default();
        let (mut first, mut second) = (Follower::default(), Follower::default());
        block_on(follow(&relay, &fakes, &mut first, BOUNDED));
        fakes.calls.append.set_delay(change);
        fakes.calls.since.set_delay(since);
        fakes.append_all([session(1)].into_iter());
        let other = [Change::Append(session(2))];
        let changed = relay.change(&other, Duration::ZERO, &fakes);
        let followed = follow(&relay, &fakes, &mut first, Duration::ZERO);
        let (changed, _) = block_on(futures_util::future::join(changed, followed));
        changed.unwrap();
        fakes.append_all([session(3)].into_iter());
        for follower in [&mut first, &mut second] {
            block_on(follow(&relay, &fakes, follower, Duration::ZERO));
            assert_eq!(follower.len(), 3, "{change} {since}");
        }
    }
}

#[test]
fn a_relay_that_begins_reads_each_page_once_whoever_asks_meanwhile() {
    let fakes = Fakes::default();
    let relay = Relay::default();
    fakes.append_all((0..60_000).map(session));
    fakes.calls.since.set_delay(3);
    let ask = async |turns| {
        fakes.let_others_go_first(turns).await;
        fakes.advance(Duration::from_millis(200));
        let mut follower = Follower::default();
        follow(&relay, &fakes, &mut follower, BOUNDED).await;
        follower.len()
    };
    let all = block_on(join_all((0..10).map(|number| ask(number * 2))));
    assert_eq!(all, [60_000; 10]);
    assert_eq!(fakes.calls.since.count(), 6);
}

#[test]
fn a_batch_that_failed_has_failed_for_all_and_the_next_one_sets_out() {
    let fakes = Fakes::default();
    let relay = Relay::default();
    fakes.calls.append.set_delay(5);
    fakes.calls.append.set_fault(Fault::Before);
    let changes: Vec<[Change; 1]> = (0..5).map(|n| [Change::Append(session(n))]).collect();
    let all = changes
        .iter()
        .map(|change| relay.change(change, Duration::ZERO, &fakes));
    assert!(block_on(join_all(all)).iter().all(Result::is_err));
    assert_eq!(fakes.log_entries(), []);
    fakes.calls.append.set_fault(Fault::None);
    let again = relay.change(&changes[0], Duration::from_millis(100), &fakes);
    assert_eq!(block_on(again), Ok(()));
    assert_eq!(fakes.log_entries().len(), 1);
}

#[test]
fn changes_that_cannot_all_wait_are_refused() {
    let fakes = Fakes::default();
    let relay = Relay::default();
    let many: Vec<Change> = (0..1_001).map(|n| Change::Append(session(n))).collect();
    let refused = block_on(relay.change(&many, Duration::ZERO, &fakes)).unwrap_err();
    assert!(refused.is_overloaded);
}

#[derive(Clone, Debug)]
enum Step {
    Append,
    Wait(u16),
    /// One of the followers asks, by way of one of the relays or of the log itself.
    Ask {
        follower: usize,
        by: usize,
        max_age: u16,
    },
    LoseRelay(usize),
    /// Something is revoked by way of one of the relays.
    Change(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Append),
        2 => (1..4_000_u16).prop_map(Step::Wait),
        5 => (0..3_usize, 0..3_usize, prop_oneof![Just(0), 1..3_000_u16])
            .prop_map(|(follower, by, max_age)| Step::Ask { follower, by, max_age }),
        1 => (0..2_usize).prop_map(Step::LoseRelay),
        2 => (0..2_usize).prop_map(Step::Change),
    ]
}

proptest! {
    #[test]
    fn a_copy_that_says_that_it_is_fresh_has_all_that_was_revoked_by_then(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let fakes = Fakes::default();
        let mut relays = [Relay::default(), Relay::default()];
        let mut followers: [Follower; 3] = Default::default();
        let mut revoked: Vec<(Time, Entry)> = Vec::new();
        for step in steps {
            match step {
                Step::Append => {
                    let entry = session(u32::try_from(revoked.len()).unwrap());
                    fakes.append_all([entry].into_iter());
                    revoked.push((fakes.now(), entry));
                }
                Step::Wait(millis) => fakes.advance(Duration::from_millis(millis.into())),
                Step::LoseRelay(which) => relays[which] = Relay::default(),
                Step::Change(by) => {
                    let entry = session(u32::try_from(revoked.len()).unwrap());
                    let change = [Change::Append(entry)];
                    let made = relays[by].change(&change, Duration::ZERO, &fakes);
                    prop_assert_eq!(block_on(made), Ok(()));
                    revoked.push((fakes.now(), entry));
                }
                Step::Ask { follower, by, max_age } => {
                    let follower = &mut followers[follower];
                    let max_age = Duration::from_millis(max_age.into());
                    let before = follower.position();
                    if let Some(relay) = relays.get(by) {
                        block_on(follow(relay, &fakes, follower, max_age));
                    } else {
                        let delta = block_on(fakes.since(&question(follower, max_age))).unwrap();
                        follower.learn(&delta, before, fakes.now()).unwrap();
                    }
                    prop_assert!(follower.age(fakes.now()).unwrap() <= max_age);
                    for (at, entry) in &revoked {
                        let is_due = max_age.is_zero() || fakes.now().since(*at) > max_age;
                        prop_assert!(!is_due || follower.has_ended(entry.target()));
                    }
                }
            }
            for follower in &followers {
                let Some(age) = follower.age(fakes.now()) else { continue };
                for (at, entry) in &revoked {
                    let is_due = fakes.now().since(*at) > age;
                    prop_assert!(!is_due || follower.has_ended(entry.target()));
                }
                prop_assert!(follower.position() != Position::default());
            }
        }
    }
}
