//! Two requests at once, with every call held back: whoever chooses decides which call takes effect next,
//! and which answer comes next.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};

use futures_util::future::{MaybeDone, maybe_done};

use super::all::{Alarm, Fakes, STEPS};

/// An alarm that is ringing.
type Ringing<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

impl Fakes {
    /// Carries out both, and the alarms that ring meanwhile, with every call held back twice: before it
    /// takes effect, and before its answer comes. `choices` says which one is let go next: 0 is the one that
    /// has waited longest, 255 the newest. When it is used up, the one that has waited longest goes.
    /// Slow calls go last.
    pub(crate) fn race<A, B>(
        &self,
        one: impl Future<Output = A>,
        other: impl Future<Output = B>,
        choices: &[u8],
    ) -> (A, B) {
        let mut one = pin!(maybe_done(one));
        let mut other = pin!(maybe_done(other));
        let mut alarms: Vec<(Alarm, Ringing<'_>)> = Vec::new();
        let mut choices = choices.iter().copied();
        let mut context = Context::from_waker(Waker::noop());
        self.held.hold(true);
        for _ in 0..STEPS {
            let is_one_done = one.as_mut().poll(&mut context).is_ready();
            let is_other_done = other.as_mut().poll(&mut context).is_ready();
            alarms.retain_mut(|(_, alarm)| alarm.as_mut().poll(&mut context).is_pending());
            let mut has_begun = false;
            for alarm in self.ringing() {
                if !alarms.iter().any(|(other, _)| *other == alarm) {
                    let ringing = async move {
                        self.held.pass(false).await;
                        self.ring(alarm).await;
                    };
                    alarms.push((alarm, Box::pin(ringing)));
                    has_begun = true;
                }
            }
            if has_begun {
                continue;
            }
            if is_one_done && is_other_done && alarms.is_empty() {
                self.held.hold(false);
                return (taken(one), taken(other));
            }
            let choice = choices.next().map_or(0, usize::from);
            self.held.let_one_go(|waiting| choice * waiting / 256);
        }
        panic!("the race never comes to an end");
    }
}

fn taken<F: Future>(mut done: Pin<&mut MaybeDone<F>>) -> F::Output {
    done.as_mut().take_output().expect("it is done")
}
