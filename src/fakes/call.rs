//! The kinds of calls, how often each was made, and what goes wrong with it.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

use crate::ports::{Dependency, Unavailable};

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    #[default]
    None,
    /// It fails and has no effect.
    Before,
    /// It takes effect, and its answer is lost.
    After,
}

impl Fault {
    /// Both ways to fail.
    pub(crate) const FAILING: [Self; 2] = [Self::Before, Self::After];
}

/// One kind of call.
#[derive(Debug, Default)]
pub(crate) struct Call {
    count: Cell<u32>,
    fault: Cell<Fault>,
    delay: Cell<u32>,
    is_slow: Cell<bool>,
}

impl Call {
    /// How often it was made.
    pub(crate) fn count(&self) -> u32 {
        self.count.get()
    }

    /// From now on it goes wrong in this way.
    pub(crate) fn set_fault(&self, fault: Fault) {
        self.fault.set(fault);
    }

    /// From now on it lets other futures go first, this many times.
    pub(crate) fn set_delay(&self, times: u32) {
        self.delay.set(times);
    }

    /// From now on it is slow: in a race it goes on only when nothing else can.
    pub(crate) fn set_slow(&self, is_slow: bool) {
        self.is_slow.set(is_slow);
    }

    /// Whether it takes effect although it fails.
    pub(super) fn fails_after(&self) -> bool {
        self.fault.get() == Fault::After
    }

    pub(super) fn is_slow(&self) -> bool {
        self.is_slow.get()
    }

    /// Counts it, and lets others go first.
    pub(super) async fn begin(&self) {
        self.count.set(self.count.get() + 1);
        for _ in 0..self.delay.get() {
            let_others_go_first().await;
        }
    }

    /// Takes effect, unless something goes wrong.
    pub(super) fn take_effect<T>(
        &self,
        dependency: Dependency,
        effect: impl FnOnce() -> T,
    ) -> Result<T, Unavailable> {
        match self.fault.get() {
            Fault::None => Ok(effect()),
            Fault::Before => Err(Unavailable::new(dependency, "fault before the effect")),
            Fault::After => {
                effect();
                Err(Unavailable::new(dependency, "fault after the effect"))
            }
        }
    }
}

/// Is ready when it is polled a second time.
pub(super) async fn let_others_go_first() {
    let mut has_waited = false;
    poll_fn(|context| {
        if has_waited {
            return Poll::Ready(());
        }
        has_waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The kinds of calls.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) record_read: Call,
    pub(crate) record_write: Call,
    /// The coordinators' own deletes of records.
    pub(crate) record_delete: Call,
    pub(crate) issue: Call,
    pub(crate) find: Call,
    pub(crate) read: Call,
    pub(crate) forget: Call,
    pub(crate) open: Call,
    pub(crate) touch: Call,
    pub(crate) adopt: Call,
    pub(crate) offer: Call,
    pub(crate) present: Call,
    pub(crate) redeem: Call,
    pub(crate) refresh: Call,
    pub(crate) end: Call,
    pub(crate) since: Call,
    pub(crate) snapshot: Call,
    pub(crate) append: Call,
    pub(crate) shorten: Call,
    pub(crate) http: Call,
    pub(crate) verify: Call,
    pub(crate) sign: Call,
    pub(crate) public_jwk: Call,
    pub(crate) attempt: Call,
    pub(crate) check: Call,
    pub(crate) index_put: Call,
    pub(crate) index_confirm: Call,
    pub(crate) index_seen: Call,
    pub(crate) index_forget: Call,
    pub(crate) index_sessions: Call,
    pub(crate) index_cut_off: Call,
    pub(crate) index_knows_logout: Call,
    pub(crate) index_consent: Call,
    pub(crate) index_consents: Call,
    pub(crate) index_agree: Call,
    pub(crate) index_withdraw: Call,
}

/// One of the kinds.
pub(crate) type PickCall = fn(&Calls) -> &Call;
