//! A relay of the revocation log: it asks the log once for all isolates of a place.
//!
//! Job: answer a question from what it knows, if that is young enough for the asker, else ask the log once for all who
//! wait; and carry changes to the log, those that come while others are on their way together. Freshness travels with
//! the answer, so `max_staleness` holds through a relay. Not its job: what an isolate makes of the answer. A relay
//! decides nothing: one that is lost is made anew, and knows everything after one question.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::batch::Batches;
use crate::ports::{Clock, Dependency, Randomness, RevocationLog, Unavailable, Waits};
use crate::revocation::window::Window;
use crate::revocation::wire::PAGE;
use crate::revocation::{Change, Delta, News, Position, Question};
use crate::single_flight::{Asking, Needed, SingleFlight};
use crate::time::Time;

/// What a relay asks and is given.
pub trait RelayPorts: Clock + Randomness + Waits + RevocationLog {}

impl<T: Clock + Randomness + Waits + RevocationLog> RelayPorts for T {}

/// How long those who wait for a question of the relay wait before one of them asks again. The log may have hundreds of
/// relays to answer at once, and asking it twice does not help.
const LOST: Duration = Duration::from_secs(10);

/// How many entries the window grows by before it begins anew, with a newer snapshot: between these two, so that not
/// all relays ask for one at once. Not more than lie between two snapshots of the log, which keeps the last two.
const FULL: [usize; 2] = [PAGE, 2 * PAGE];

/// Isolates follow by way of this relay if it has known the state of so short a time ago: the default of `max_staleness`.
const FOLLOWED: Duration = Duration::from_secs(5);

/// A relay that knows nothing yet.
#[derive(Debug)]
pub struct Relay {
    window: RefCell<Window>,
    /// The one that will take its place, as far as it has been read. If the rest cannot be had now, what was read is
    /// kept: where many relays begin at once, that has them come to an end.
    next: RefCell<Window>,
    /// The window is at least as new as that.
    as_of: Cell<Option<Time>>,
    flight: SingleFlight,
    longest_life: Cell<Duration>,
    /// By how much the window may grow.
    full: Cell<usize>,
    batches: Batches,
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            window: RefCell::default(),
            next: RefCell::default(),
            as_of: Cell::default(),
            flight: SingleFlight::new(LOST),
            longest_life: Cell::default(),
            full: Cell::new(FULL[0]),
            batches: Batches::default(),
        }
    }
}

impl Relay {
    /// What is new in the log, found out at most `max_age` ago; with zero, after this call.
    ///
    /// # Errors
    /// [`Unavailable`] where the log did not answer, or answered with less than it had said before.
    pub async fn since<P: RelayPorts>(
        &self,
        question: &Question,
        ports: &P,
    ) -> Result<Delta, Unavailable> {
        let needed = if question.max_age.is_zero() {
            Needed::Next
        } else {
            Needed::Since(ports.now().minus(question.max_age))
        };
        self.longest_life
            .set(self.longest_life.get().max(question.longest_life));
        let ask = async |asking: &mut Asking<'_>| self.renew(ports, asking).await;
        self.flight.ask(ports, needed, Duration::ZERO, ask).await?;
        let age = self.as_of.get().map(|as_of| ports.now().since(as_of));
        let known = age.and_then(|age| self.window.borrow().since(question, age));
        match known {
            Some(delta) => Ok(delta),
            // Further back than the window reaches: the log itself answers.
            None => ports.since(question).await,
        }
    }

    /// How many entries it keeps.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.window.borrow().len()
    }

    /// Makes these changes, together with others that have to wait as well. `patience` is how long they may wait for
    /// company before they set out.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that they were made.
    pub async fn change<P: RelayPorts>(
        &self,
        changes: &[Change],
        patience: Duration,
        ports: &P,
    ) -> Result<(), Unavailable> {
        let carry = async |batch: &[Change]| self.carry(batch, ports).await;
        self.batches.submit(changes, patience, ports, carry).await
    }

    /// Takes changes to the log. Where isolates follow by way of this relay, the log says at once what is new: then it
    /// need not be asked soon.
    async fn carry<P: RelayPorts>(&self, batch: &[Change], ports: &P) -> Result<(), Unavailable> {
        let position = self.window.borrow().head();
        let asked_at = ports.now();
        let is_followed = |as_of: Time| asked_at.since(as_of) < FOLLOWED;
        if !self.as_of.get().is_some_and(is_followed) || self.is_full() {
            return ports.change(batch).await;
        }
        let delta = ports.exchange(batch, &self.question(position)).await?;
        // If it is not of use, the next question finds out the same, and why.
        if !delta.more && self.window.borrow_mut().learn(&delta, position) {
            self.is_as_of(asked_at, &delta);
        }
        Ok(())
    }

    /// Brings the window up to now, or makes it anew.
    async fn renew<P: RelayPorts>(
        &self,
        ports: &P,
        asking: &mut Asking<'_>,
    ) -> Result<(), Unavailable> {
        loop {
            let position = self.window.borrow().head();
            if position == Position::default() {
                return self.begin(ports, asking).await;
            }
            let asked_at = ports.now();
            asking.page(asked_at);
            let delta = ports.since(&self.question(position)).await?;
            if delta.head.log != position.log {
                return self.begin(ports, asking).await;
            }
            // The window may have been made anew meanwhile.
            let head = self.window.borrow().head();
            if head.log != position.log || head.sequence < position.sequence {
                continue;
            }
            if !self.window.borrow_mut().learn(&delta, position) {
                return Err(unusable(
                    "it answered with an older state than it had answered before",
                ));
            }
            if !delta.more {
                self.is_as_of(asked_at, &delta);
                break;
            }
            if delta.head == position {
                return Err(unusable("it says that there is more, and gives nothing"));
            }
        }
        if self.is_full() {
            self.shorten(ports, asking).await;
        }
        Ok(())
    }

    /// Makes the window anew, aside: what is known so far answers until that is whole.
    async fn begin<P: RelayPorts>(
        &self,
        ports: &P,
        asking: &mut Asking<'_>,
    ) -> Result<(), Unavailable> {
        loop {
            let position = self.next.borrow().head();
            let asked_at = ports.now();
            asking.page(asked_at);
            let delta = ports.since(&self.question(position)).await?;
            let mut next = self.next.borrow_mut();
            // Another question may have been answered meanwhile.
            if next.head() != position {
                continue;
            }
            if !next.learn(&delta, position) {
                *next = Window::default();
                return Err(unusable("it answered with another log, or an older state"));
            }
            if !delta.more {
                self.window.replace(std::mem::take(&mut *next));
                self.as_of.set(None);
                self.is_as_of(asked_at, &delta);
                self.full.set(full(ports));
                return Ok(());
            }
            if next.head() == position {
                return Err(unusable("it says that there is more, and gives nothing"));
            }
        }
    }

    /// Has the window begin with a newer snapshot, if there is one, or else anew. That may fail: it is as good as before
    /// then.
    async fn shorten<P: RelayPorts>(&self, ports: &P, asking: &mut Asking<'_>) {
        let Ok(delta) = ports.since(&self.question(Position::default())).await else {
            return;
        };
        self.full.set(full(ports));
        let head = self.window.borrow().head();
        match delta.news {
            News::Snapshot(digest) if delta.head.log == head.log => {
                self.window.borrow_mut().begin(delta.head, digest);
            }
            News::Snapshot(_) | News::Entries(_) => {
                let _ = self.begin(ports, asking).await;
            }
        }
    }

    fn is_full(&self) -> bool {
        self.window.borrow().grown() > self.full.get()
    }

    fn question(&self, position: Position) -> Question {
        Question {
            position,
            max_age: Duration::ZERO,
            longest_life: self.longest_life.get(),
            without_snapshot: false,
        }
    }

    fn is_as_of(&self, asked_at: Time, delta: &Delta) {
        let as_of = asked_at.minus(delta.age);
        self.as_of.set(self.as_of.get().max(Some(as_of)));
        self.flight.tell(as_of);
    }
}

/// By how much a window may grow that begins now.
fn full<P: Randomness>(ports: &P) -> usize {
    let mut byte = [0];
    ports.fill(&mut byte);
    let [least, most] = FULL;
    least + (most - least) * usize::from(byte[0]) / 255
}

fn unusable(cause: &str) -> Unavailable {
    Unavailable::new(Dependency::RevocationLog, cause)
}
