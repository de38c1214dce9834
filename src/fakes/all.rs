//! All fakes at once, and what a test tells them.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::accounts::FakeAccounts;
use super::call::{Call, Calls, let_others_go_first};
use super::clock::{FakeClock, FakeRandomness};
use super::coordinators::FakeCoordinators;
use super::held::Held;
use super::http::{FakeHttp, sign};
use super::kv::{FakeKv, Staleness};
use super::limiter::FakeLimiter;
use super::log::FakeLog;
use super::people::FakePeople;
use crate::accounts::{Accounts, Source};
use crate::issue::{chores, index_chores};
use crate::person;
use crate::ports::{Dependency, HttpRequest, HttpResponse, Unavailable};
use crate::revocation::{Change, Entry};
use crate::session::RecordKey;
use crate::session::coordinator::State;
use crate::time::Time;
use crate::token::SessionId;

/// How often an alarm may ring again at once: for what the chores before left to do.
const RINGS: usize = 100;
/// How often something is polled before it counts as stuck.
pub(super) const STEPS: usize = 10_000;

/// What has an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// The coordinator of a session.
    Session(SessionId),
    /// The index of a person, or of a session at a provider.
    Index(person::Index),
}

/// All ports at once.
#[derive(Default)]
pub(crate) struct Fakes {
    /// What is counted and can go wrong.
    pub(crate) calls: Calls,
    pub(super) clock: FakeClock,
    pub(super) randomness: FakeRandomness,
    pub(super) records: FakeKv,
    pub(super) coordinators: FakeCoordinators,
    pub(super) people: FakePeople,
    pub(super) log: FakeLog,
    pub(super) events: RefCell<Vec<String>>,
    pub(super) http: FakeHttp,
    pub(super) limiter: FakeLimiter,
    pub(super) accounts: FakeAccounts,
    pub(super) held: Held,
    pub(super) source: Cell<Option<Source>>,
}

impl std::fmt::Debug for Fakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fakes").finish_non_exhaustive()
    }
}

impl Fakes {
    /// Lets time pass. The alarms ring on the way, each in its time.
    pub(crate) fn advance(&self, duration: Duration) {
        let until = self.clock.now().plus(duration);
        while let Some((alarm, at)) = self.next_alarm(until) {
            self.clock.reach(at);
            now_or_never(self.ring(alarm));
        }
        self.clock.reach(until);
    }

    /// The alarm that rings first, if it does by `until`.
    fn next_alarm(&self, until: Time) -> Option<(Alarm, Time)> {
        let sessions = self.coordinators.next_alarm(until);
        let sessions = sessions.map(|(session, at)| (Alarm::Session(session), at));
        let indexes = self.people.next_alarm(until);
        let indexes = indexes.map(|(index, at)| (Alarm::Index(index), at));
        sessions
            .into_iter()
            .chain(indexes)
            .min_by_key(|(_, at)| *at)
    }

    /// Whose alarms should have rung by now.
    pub(super) fn ringing(&self) -> Vec<Alarm> {
        let now = self.clock.now();
        let sessions = self.coordinators.ringing(now).into_iter();
        let indexes = self.people.ringing(now).into_iter();
        let alarms = sessions.map(Alarm::Session);
        alarms.chain(indexes.map(Alarm::Index)).collect()
    }

    /// From now on requests come from there.
    pub(crate) fn set_source(&self, source: Option<Source>) {
        self.source.set(source);
    }

    /// Makes it this moment.
    pub(crate) fn set_now(&self, now: Time) {
        self.clock.set(now);
    }

    /// How often anything outside the isolate was asked.
    pub(crate) fn io(&self) -> u32 {
        let calls = &self.calls;
        [
            &calls.record_read,
            &calls.record_write,
            &calls.issue,
            &calls.find,
            &calls.read,
            &calls.forget,
            &calls.since,
            &calls.append,
        ]
        .map(Call::count)
        .iter()
        .sum()
    }

    /// Lets other futures go first, this many times.
    pub(crate) async fn let_others_go_first(&self, times: u32) {
        for _ in 0..times {
            let_others_go_first().await;
        }
    }

    /// From now on the record store's answers lag behind in this way.
    pub(crate) fn set_staleness(&self, staleness: Staleness) {
        self.records.set_staleness(staleness);
    }

    /// The keys of the records that were written, not deleted, and have not expired.
    pub(crate) fn live_records(&self) -> Vec<String> {
        keys(self.records.list("", self.clock.now()))
    }

    /// Puts these bytes under `key`, whatever was there.
    pub(crate) fn put_record(&self, key: &RecordKey, bytes: Vec<u8>) {
        let a_day = Duration::from_hours(24);
        let expires_at = self.clock.now().plus(a_day);
        self.records.replace(key.as_str(), bytes, expires_at);
    }

    /// Every byte that the record store, the coordinators and the account object hold.
    pub(crate) fn dump(&self) -> String {
        [
            self.records.dump(),
            self.coordinators.dump(),
            self.people.dump(),
            self.accounts.dump(),
        ]
        .concat()
    }

    /// From now on these people have accounts.
    pub(crate) fn set_accounts(&self, accounts: Accounts) {
        self.accounts.set(accounts);
    }

    /// How many passwords were checked.
    pub(crate) fn checks(&self) -> u32 {
        self.accounts.checks()
    }

    /// What the coordinator of `session` holds.
    pub(crate) fn state(&self, session: SessionId) -> State {
        self.coordinators.state(session)
    }

    /// When the alarm of `session` is to ring.
    pub(crate) fn alarm(&self, session: SessionId) -> Option<Time> {
        self.coordinators.alarm(session)
    }

    /// The alarm of `session` is lost.
    pub(crate) fn lose_alarm(&self, session: SessionId) {
        self.coordinators.take_alarm(session);
    }

    /// The coordinator of `session` has lost all that it knew.
    pub(crate) fn lose_coordinator(&self, session: SessionId) {
        self.coordinators.lose(session);
    }

    /// The coordinators' storage fails, this many times.
    pub(crate) fn set_storage_failing(&self, times: u32) {
        self.coordinators.set_failing(times);
    }

    /// Lets the alarms ring that should have rung by now.
    pub(crate) async fn run_alarms(&self) {
        for alarm in self.ringing() {
            self.ring(alarm).await;
        }
    }

    /// What the index holds.
    pub(crate) fn index(&self, index: person::Index) -> person::State {
        self.people.state(index)
    }

    /// Lets an alarm ring, if it should have by now, and again for what is due at once after that.
    pub(super) async fn ring(&self, alarm: Alarm) {
        for _ in 0..RINGS {
            if !self.is_ringing(alarm) {
                return;
            }
            match alarm {
                Alarm::Session(session) => {
                    self.coordinators.take_alarm(session);
                    // An alarm that fails is as good as lost: the platform tries it a few times and gives it up.
                    let _ = chores::ring(&self.coordinators.store(session), self).await;
                }
                Alarm::Index(index) => {
                    let Ok(()) = index_chores::run(&self.people.store(index), self).await;
                }
            }
        }
        panic!("an alarm never comes to an end: {alarm:?}");
    }

    fn is_ringing(&self, alarm: Alarm) -> bool {
        let rings_at = match alarm {
            Alarm::Session(session) => self.alarm(session),
            Alarm::Index(index) => self.index(index).wake_at(),
        };
        rings_at.is_some_and(|at| self.clock.now().has_reached(at))
    }

    /// Lets an alarm ring after a command, beside the answer. In a race it rings by itself.
    pub(super) async fn ring_after_command(&self, alarm: Alarm) {
        if !self.held.is_holding() {
            self.ring(alarm).await;
        }
    }

    /// Makes a call.
    pub(super) async fn make<T>(
        &self,
        call: &Call,
        dependency: Dependency,
        effect: impl FnOnce() -> T,
    ) -> Result<T, Unavailable> {
        call.begin().await;
        self.held.pass(call.is_slow()).await;
        let outcome = call.take_effect(dependency, effect);
        self.held.pass(call.is_slow()).await;
        outcome
    }

    /// The entries of the log.
    pub(crate) fn log_entries(&self) -> Vec<Entry> {
        self.log.entries()
    }

    /// From now on the log answers as it did at this place; `None` undoes that.
    pub(crate) fn set_log_answers_up_to(&self, sequence: Option<u64>) {
        self.log.set_answers_up_to(sequence);
    }

    /// Others append many entries, at once.
    pub(crate) fn append_all(&self, entries: impl Iterator<Item = Entry>) {
        let changes: Vec<Change> = entries.map(Change::Append).collect();
        self.log.change(&changes, self.clock.now());
    }

    /// The log makes a snapshot if it wants one; whether it did.
    pub(crate) fn make_snapshot(&self) -> bool {
        self.log.make_snapshot()
    }

    /// The log is lost and begins anew, under another name.
    pub(crate) fn lose_log(&self) {
        self.log.lose();
    }

    /// From now on every other server is this one.
    pub(crate) fn set_provider(&self, answer: impl Fn(&HttpRequest) -> HttpResponse + 'static) {
        self.http.set_server(answer);
    }

    /// What was sent to other servers.
    pub(crate) fn sent(&self) -> Vec<HttpRequest> {
        self.http.sent()
    }

    /// The signature of `message` that counts as the one by `jwk`.
    pub(crate) fn sign(jwk: &str, message: &[u8]) -> Vec<u8> {
        sign(jwk, message)
    }

    /// The lines that were logged.
    pub(crate) fn events(&self) -> Vec<String> {
        self.events.borrow().clone()
    }
}

fn keys(listed: Vec<(String, Vec<u8>)>) -> Vec<String> {
    listed.into_iter().map(|(key, _)| key).collect()
}

/// The outcome of a future that waits for nothing but its turn.
pub(super) fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..STEPS {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut context) {
            return outcome;
        }
    }
    panic!("it waits for something that never comes");
}
