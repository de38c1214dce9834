//! How many attempts there are, for whom, and for how long.

use std::time::Duration;

use proptest::prelude::*;

use crate::accounts::{Counts, EACH, MOST_BROWSERS, MOST_FROM_ALL, MOST_FROM_ONE, Sender};
use crate::time::Time;

const START: Time = Time::from_seconds(1_800_000_000);
const BEFORE_THAT: Duration = Duration::from_millis(1);

fn source(number: u32) -> Sender {
    let [a, b, c, d] = number.to_be_bytes();
    Sender::Source([0, 0, 0, 0, a, b, c, d])
}

fn browser(number: u32) -> Sender {
    let [a, b, c, d] = number.to_be_bytes();
    Sender::Browser([0, 0, 0, 0, a, b, c, d])
}

/// Guesses for as long as `sender` may; how often that was.
fn guess(counts: &mut Counts, sender: Sender, now: Time) -> u32 {
    let mut guesses = 0;
    while counts.wait(sender, now).is_none() {
        *counts = counts.clone().after_wrong(sender, now);
        guesses += 1;
    }
    guesses
}

#[test]
fn one_source_has_ten_attempts_and_one_more_every_six_minutes() {
    assert_eq!((MOST_FROM_ONE, EACH), (10, Duration::from_mins(6)));
    let mut counts = Counts::default();
    assert_eq!(guess(&mut counts, source(1), START), 10);
    assert_eq!(counts.wait(source(1), START), Some(EACH));
    // Others are not concerned.
    assert_eq!(counts.wait(source(2), START), None);
    let next = START.plus(EACH);
    let just_before = START.plus(EACH.checked_sub(BEFORE_THAT).unwrap());
    assert_eq!(counts.wait(source(1), just_before), Some(BEFORE_THAT));
    assert_eq!(guess(&mut counts, source(1), next), 1);
    // After an hour of peace all ten are back, and never more.
    for hours in [1, 24, 1_000] {
        let later = next.plus(Duration::from_hours(hours));
        assert_eq!(guess(&mut counts.clone(), source(1), later), 10);
    }
}

#[test]
fn all_sources_together_have_a_hundred_wrong_attempts_in_any_hour() {
    let mut counts = Counts::default();
    let mut at = START;
    let mut guessed: Vec<Time> = Vec::new();
    let mut sources = (0..).map(source);
    let mut next = sources.next().unwrap();
    // Somebody with as many sources as they like guesses whenever they may, for a day.
    for number in 0..24 * 60 {
        while counts.wait(next, at).is_none() {
            counts = counts.after_wrong(next, at);
            guessed.push(at);
            next = sources.next().unwrap();
        }
        at = START.plus(Duration::from_mins(number));
    }
    assert_eq!(guessed.len(), 90 + 239);
    let an_hour = Duration::from_hours(1);
    let in_the_hour_from = |from: Time| {
        let inside = guessed
            .iter()
            .filter(|at| **at >= from && at.since(from) < an_hour);
        inside.count()
    };
    let most = guessed.iter().map(|from| in_the_hour_from(*from)).max();
    assert!(most.unwrap() <= 100, "{most:?}");
}

#[test]
fn a_known_browser_has_its_own_count_whatever_the_others_do() {
    let mut counts = Counts::default();
    for number in 0..MOST_FROM_ALL {
        assert_eq!(counts.wait(source(number), START), None);
        counts = counts.after_wrong(source(number), START);
    }
    assert_eq!(counts.wait(source(1_000), START), Some(EACH));
    assert_eq!(guess(&mut counts, browser(1), START), MOST_FROM_ONE);
    assert_eq!(counts.wait(browser(1), START), Some(EACH));
    assert_eq!(counts.wait(browser(2), START), None);
    // And it takes nothing from the others.
    let mut other = Counts::default();
    guess(&mut other, browser(1), START);
    assert_eq!(guess(&mut other, source(1), START), MOST_FROM_ONE);
}

#[test]
fn a_browser_is_not_the_source_with_the_same_mark() {
    let mut counts = Counts::default();
    guess(&mut counts, Sender::Source([7; 8]), START);
    assert_eq!(counts.wait(Sender::Browser([7; 8]), START), None);
}

#[test]
fn a_right_attempt_ends_the_count_of_its_sender_and_no_other() {
    let mut counts = Counts::default();
    guess(&mut counts, source(1), START);
    guess(&mut counts, browser(1), START);
    let after = counts.clone().after_right(source(1), START);
    assert_eq!(after.wait(source(1), START), None);
    assert_eq!(after.wait(browser(1), START), Some(EACH));
    // All sources together: the ten wrong ones still count.
    let mut many = after;
    let left: u32 = (2..100)
        .map(|number| guess(&mut many, source(number), START))
        .sum();
    assert_eq!(left, MOST_FROM_ALL - 10);
    assert_eq!(
        Counts::default().after_right(source(1), START),
        Counts::default(),
        "there is nothing to store"
    );
}

#[test]
fn counts_are_over_by_themselves_at_that_instant() {
    assert_eq!(Counts::default().over_at(), Time::from_millis(0));
    let mut counts = Counts::default();
    guess(&mut counts, source(1), START);
    let over_at = counts.over_at();
    assert_eq!(over_at, START.plus(Duration::from_hours(1)));
    for sender in [source(1), source(2), browser(1)] {
        let next = counts.clone().after_wrong(sender, over_at);
        assert_eq!(
            next,
            Counts::default().after_wrong(sender, over_at),
            "what is over may be forgotten"
        );
    }
}

#[test]
fn a_clock_that_was_ahead_locks_nobody_out_for_longer() {
    let mut counts = Counts::default();
    for number in 0..MOST_FROM_ALL {
        counts = counts.after_wrong(
            source(number / 10),
            START.plus(Duration::from_hours(10_000)),
        );
    }
    for sender in [source(0), source(77)] {
        assert_eq!(counts.wait(sender, START), Some(EACH));
        assert_eq!(
            counts
                .clone()
                .after_wrong(sender, START)
                .wait(sender, START.plus(EACH * 2)),
            None
        );
    }
}

#[test]
fn no_more_known_browsers_are_counted_than_can_be_kept() {
    let mut counts = Counts::default();
    let mut number = 0;
    while counts.wait(browser(number), START).is_none() {
        counts = counts.after_wrong(browser(number), START);
        number += 1;
    }
    assert_eq!(number as usize, MOST_BROWSERS);
    assert_eq!(counts.wait(browser(number), START), Some(EACH));
    // One that is counted already goes on.
    assert_eq!(counts.wait(browser(0), START), None);
    assert_eq!(counts.wait(browser(number), START.plus(EACH)), None);
}

proptest! {
    #[test]
    fn what_is_stored_is_bounded_whatever_is_sent(
        attempts in proptest::collection::vec((any::<bool>(), 0..400_u32, 0..600_u64, any::<bool>()), 0..800),
    ) {
        let (mut counts, mut now) = (Counts::default(), START);
        for (is_known, number, seconds, is_right) in attempts {
            now = now.plus(Duration::from_secs(seconds / 60));
            let sender = if is_known { browser(number) } else { source(number) };
            if counts.wait(sender, now).is_none() {
                counts = if is_right { counts.after_right(sender, now) } else { counts.after_wrong(sender, now) };
            }
            let most = MOST_FROM_ALL as usize + MOST_BROWSERS;
            prop_assert!(counts.to_bytes().len() <= 9 + 17 * most);
            prop_assert!(counts.over_at() <= now.plus(EACH * MOST_FROM_ALL));
            prop_assert_eq!(Counts::from_bytes(&counts.to_bytes()), Some(counts.clone()));
        }
    }
}
