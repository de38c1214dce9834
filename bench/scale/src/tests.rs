//! A short part of the simulation, in seconds.

use crate::executor::SECOND;
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
