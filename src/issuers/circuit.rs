//! Whether an issuer is asked at all.
//!
//! Job: an issuer that is slow or down is not asked ever more often. After [`IN_A_ROW`] questions without a usable answer,
//! or one answer that says so itself, nobody asks for a moment: all share what the last one failed with. After that moment
//! one question at a time goes out, until one is answered. The moment is drawn anew each time, so that not all isolates
//! come back at once, and becomes longer while the issuer stays away. Not its job: what a question is.

use std::cell::RefCell;
use std::time::Duration;

use crate::ports::{Clock, Randomness, Unavailable};
use crate::time::Time;

/// How many questions have to fail one after another. One alone may be about a strange token.
const IN_A_ROW: u32 = 3;

/// For how long nobody asks: between these two, doubled with each failure up to [`DOUBLED`] times.
const MOMENT: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(1)];
const DOUBLED: u32 = 3;

/// After how long a question that tries it out counts as lost, with the request that asked it.
const LOST: Duration = Duration::from_secs(35);

/// Whether one issuer is asked.
#[derive(Debug, Default)]
pub(super) struct Circuit(RefCell<State>);

#[derive(Debug, Default)]
struct State {
    /// How many failed, one after another.
    failed: u32,
    open: Option<Open>,
}

/// Nobody asks.
#[derive(Debug)]
struct Open {
    until: Time,
    with: Unavailable,
    /// How often it was opened again.
    times: u32,
    /// Since when one question tries whether the issuer is back.
    trying_since: Option<Time>,
}

impl Circuit {
    /// Whether a question may go out now. Its outcome must be told to [`Self::tell`].
    ///
    /// # Errors
    /// What the last one failed with, if nobody asks for the moment.
    pub(super) fn may_ask(&self, now: Time) -> Result<(), Unavailable> {
        let mut state = self.0.borrow_mut();
        let Some(open) = &mut state.open else {
            return Ok(());
        };
        let is_trying = |since: Time| now.since(since) < LOST;
        if !now.has_reached(open.until) || open.trying_since.is_some_and(is_trying) {
            return Err(open.with.clone());
        }
        open.trying_since = Some(now);
        Ok(())
    }

    /// A question was answered, or failed with this.
    pub(super) fn tell<P: Clock + Randomness>(&self, failure: Option<&Unavailable>, ports: &P) {
        let mut state = self.0.borrow_mut();
        let Some(with) = failure else {
            *state = State::default();
            return;
        };
        state.failed = state.failed.saturating_add(1);
        let times = match &state.open {
            Some(open) if !ports.now().has_reached(open.until) => return,
            Some(open) => open.times + 1,
            None if with.is_overloaded || state.failed >= IN_A_ROW => 0,
            None => return,
        };
        state.open = Some(Open {
            until: ports.now().plus(moment(times, ports)),
            with: with.clone(),
            times,
            trying_since: None,
        });
    }
}

fn moment<P: Randomness>(times: u32, ports: &P) -> Duration {
    let mut byte = [0];
    ports.fill(&mut byte);
    let [least, most] = MOMENT;
    let drawn = least + most.saturating_sub(least) * u32::from(byte[0]) / 255;
    drawn * (1 << times.min(DOUBLED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::Fakes;
    use crate::ports::Dependency;

    fn failure() -> Unavailable {
        Unavailable::new(Dependency::Provider, "it is down")
    }

    /// The longest moment at first.
    const LONG: Duration = MOMENT[1];

    #[test]
    fn it_opens_after_three_in_a_row_and_lets_one_try() {
        let (circuit, fakes) = (Circuit::default(), Fakes::default());
        let fail = || circuit.tell(Some(&failure()), &fakes);
        let may_ask = || circuit.may_ask(fakes.now()).is_ok();
        fail();
        fail();
        assert!(may_ask());
        circuit.tell(None, &fakes);
        fail();
        fail();
        assert!(may_ask(), "they were not in a row");
        fail();
        assert_eq!(circuit.may_ask(fakes.now()), Err(failure()));
        // Those that were under way when it opened do not make it longer.
        fail();
        fakes.advance(MOMENT[0].saturating_sub(Duration::from_millis(1)));
        assert!(!may_ask());
        fakes.advance(LONG);
        assert!(may_ask(), "one tries");
        assert!(!may_ask(), "and only one");
        fakes.advance(LOST);
        assert!(may_ask(), "it never came back, so another one tries");
        circuit.tell(None, &fakes);
        assert!(may_ask() && may_ask());
    }

    #[test]
    fn an_issuer_that_has_too_much_to_do_is_left_alone_at_once_and_for_longer_each_time() {
        let (circuit, fakes) = (Circuit::default(), Fakes::default());
        let failure = Unavailable {
            is_overloaded: true,
            ..failure()
        };
        for times in 0..10_u32 {
            circuit.tell(Some(&failure), &fakes);
            let factor = 1 << times.min(DOUBLED);
            let least = MOMENT[0] * factor;
            fakes.advance(least.saturating_sub(Duration::from_millis(1)));
            assert_eq!(circuit.may_ask(fakes.now()), Err(failure.clone()));
            fakes.advance(LONG * factor);
            assert_eq!(circuit.may_ask(fakes.now()), Ok(()), "{times}");
        }
    }
}
