//! A short part of the simulation, in seconds.

use crate::executor::SECOND;
use crate::object::{Kind, Trouble};
use crate::outcome::Outcome;
use crate::run::run;
use crate::scenario::Scenario;

fn short(isolates: usize, revocations: u64) -> Scenario {
    Scenario {
        length: 30 * SECOND,
        places: 10,
        lifetime: 60 * SECOND,
        ..Scenario::steady(isolates, revocations)
    }
}

/// Everything of an outcome that a run can change.
fn everything(outcome: &Outcome) -> String {
    let mut outcome = outcome.clone();
    outcome.scenario.whole = 0;
    outcome.tried = [0, 0];
    format!("{outcome:?}")
}

#[test]
fn a_seed_gives_the_same_run_each_time_and_another_one_another() {
    let scenario = short(30, 2_000);
    let [one, again, other] = [1, 1, 2].map(|seed| everything(&run(&scenario, seed)));
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[test]
fn isolates_that_keep_no_copy_ask_what_those_ask_that_keep_one() {
    let few = Scenario {
        whole: 0,
        ..short(30, 2_000)
    };
    let all = Scenario {
        whole: 50,
        ..few.clone()
    };
    let [few, all] = [few, all].map(|scenario| run(&scenario, 3));
    assert_eq!(everything(&few), everything(&all));
    let [tried, let_through] = all.tried;
    assert!(tried > 500, "{tried}");
    assert_eq!(let_through, 0);
}

#[test]
fn a_hundred_isolates_of_a_usual_day_meet_every_goal() {
    let outcome = run(&short(100, 10_000), 1);
    let missed: Vec<_> = outcome
        .goals()
        .into_iter()
        .filter(|goal| !goal.met)
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert!(
        outcome.cold > 10 && outcome.median_lag.is_some(),
        "{outcome:?}"
    );
}

/// A run in which the log is silent from second 15 to 30, for isolates that get many requests.
fn silenced() -> Outcome {
    let trouble = Trouble {
        from: 15 * SECOND,
        until: 30 * SECOND,
        kind: Kind::Silent,
    };
    let scenario = Scenario {
        trouble: Some(trouble),
        requests: [50.0, 50.0],
        length: 50 * SECOND,
        whole: 0,
        ..short(20, 10)
    };
    run(&scenario, 1)
}

#[test]
fn a_silent_log_is_asked_no_more_than_twice_as_often_as_one_that_answers() {
    let questions = silenced().log.seconds;
    let most = |from: usize, until: usize| questions[from..until].iter().max().copied();
    let (usual, silent, after) = (most(10, 15), most(15, 30), most(40, 50));
    let twice = usual.map(|count| count * 2);
    assert!(silent <= twice && after <= twice, "{questions:?}");
}

#[test]
fn relays_ask_the_log_for_all_isolates_of_their_places() {
    let direct = Scenario {
        places: 5,
        ..short(100, 1_000)
    };
    let relayed = Scenario {
        relays: true,
        ..direct.clone()
    };
    let [direct, relayed] = [direct, relayed].map(|scenario| run(&scenario, 1));
    assert!(relayed.log.mean() * 3.0 < direct.log.mean());
    let missed: Vec<_> = relayed
        .goals()
        .into_iter()
        .filter(|goal| !goal.met)
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
    assert_eq!(relayed.unavailable, 0);
}
