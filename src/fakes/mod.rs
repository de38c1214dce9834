//! Every port, in memory, with faults.
//!
//! Job: stand in for Workers in native tests. The coordinators really run the state machine and the
//! log really numbers its entries; each kind of call can fail before or after it took effect, or be
//! overtaken by others, and the record store can answer stale. Not its job: never answering; a
//! store that is too slow is [`Unavailable`], which the adapters see to.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::issue::chores::{self, StateStore};
use crate::ports::{
    Clock, Coordinator, Dependency, Events, Http, HttpRequest, HttpResponse, Limiter, ListStore,
    Platform, Randomness, RecordStore, RevocationLog, SignatureAlgorithm, Signatures, Unavailable,
    Waits,
};
use crate::revocation::{Delta, Entry, Position};
use crate::session::coordinator::{Command, Reply, State};
use crate::session::{RecordKey, SealedRecord};
use crate::telemetry::{self, Event};
use crate::time::Time;
use crate::token::SessionId;

/// The moment at which a test begins.
pub(crate) const START: Time = Time::from_seconds(1_800_000_000);

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

/// One kind of call: how often it was made, and what goes wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Call {
    count: Cell<u32>,
    fault: Cell<Fault>,
    delay: Cell<u32>,
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
    pub(crate) fn set_delay(&self, turns: u32) {
        self.delay.set(turns);
    }

    async fn make<T>(
        &self,
        dependency: Dependency,
        effect: impl FnOnce() -> T,
    ) -> Result<T, Unavailable> {
        self.count.set(self.count.get() + 1);
        for _ in 0..self.delay.get() {
            let_others_go_first().await;
        }
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

async fn let_others_go_first() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// How the record store's answers lag behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Staleness {
    /// They do not.
    #[default]
    None,
    /// It says that there is no record, although one was written.
    MissesWrites,
    /// It gives a record although that was deleted.
    KeepsDeleted,
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
    pub(crate) append: Call,
    pub(crate) shorten: Call,
    pub(crate) http: Call,
    pub(crate) verify: Call,
    pub(crate) attempt: Call,
    pub(crate) item_read: Call,
    pub(crate) item_write: Call,
    pub(crate) item_delete: Call,
    pub(crate) item_list: Call,
}

/// One of the kinds.
pub(crate) type PickCall = fn(&Calls) -> &Call;

#[derive(Debug)]
struct StoredRecord {
    bytes: Vec<u8>,
    deleted: bool,
}

/// All ports at once.
pub(crate) struct Fakes {
    /// What is counted and can go wrong.
    pub(crate) calls: Calls,
    now: Cell<Time>,
    drawn: Cell<u64>,
    records: RefCell<BTreeMap<String, StoredRecord>>,
    staleness: Cell<Staleness>,
    coordinators: RefCell<HashMap<SessionId, State>>,
    log: log::FakeLog,
    events: RefCell<Vec<String>>,
    provider: RefCell<Option<Provider>>,
    sent: RefCell<Vec<HttpRequest>>,
    attempts: RefCell<HashMap<String, u32>>,
    items: RefCell<BTreeMap<String, Vec<u8>>>,
}

/// What another server answers.
type Provider = Box<dyn Fn(&HttpRequest) -> HttpResponse>;

/// How many attempts [`Fakes`] allows under one key.
pub(crate) const ATTEMPTS: u32 = 5;

impl std::fmt::Debug for Fakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fakes").finish_non_exhaustive()
    }
}

impl Default for Fakes {
    fn default() -> Self {
        Self {
            calls: Calls::default(),
            now: Cell::new(START),
            drawn: Cell::default(),
            records: RefCell::default(),
            staleness: Cell::default(),
            coordinators: RefCell::default(),
            log: log::FakeLog::default(),
            events: RefCell::default(),
            provider: RefCell::default(),
            sent: RefCell::default(),
            attempts: RefCell::default(),
            items: RefCell::default(),
        }
    }
}

impl Fakes {
    /// Lets time pass.
    pub(crate) fn advance(&self, duration: Duration) {
        self.now.set(self.now.get().plus(duration));
    }

    /// Makes it this moment.
    pub(crate) fn set_now(&self, now: Time) {
        self.now.set(now);
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
    pub(crate) async fn let_others_go_first(&self, turns: u32) {
        for _ in 0..turns {
            let_others_go_first().await;
        }
    }

    /// From now on the record store's answers lag behind in this way.
    pub(crate) fn set_staleness(&self, staleness: Staleness) {
        self.staleness.set(staleness);
    }

    /// The keys of the records that were written and not deleted.
    pub(crate) fn live_records(&self) -> Vec<String> {
        let records = self.records.borrow();
        let live = records.iter().filter(|(_, record)| !record.deleted);
        live.map(|(key, _)| key.clone()).collect()
    }

    /// Puts these bytes under `key`, whatever was there.
    pub(crate) fn put_record(&self, key: &RecordKey, bytes: Vec<u8>) {
        let record = StoredRecord {
            bytes,
            deleted: false,
        };
        self.records
            .borrow_mut()
            .insert(key.as_str().to_owned(), record);
    }

    /// Every byte that the record store and the coordinators hold.
    pub(crate) fn dump(&self) -> String {
        let records = self.records.borrow();
        let mut text = String::new();
        for (key, record) in &*records {
            text.push_str(key);
            text.push_str(&String::from_utf8_lossy(&record.bytes));
        }
        for state in self.coordinators.borrow().values() {
            text.push_str(&String::from_utf8_lossy(&state.to_bytes()));
        }
        text
    }

    /// What the coordinator of `session` holds.
    pub(crate) fn state(&self, session: SessionId) -> State {
        let states = self.coordinators.borrow();
        states.get(&session).cloned().unwrap_or_default()
    }

    /// Does what each coordinator's alarm does: what is due by now.
    pub(crate) async fn run_alarms(&self) {
        let sessions: Vec<SessionId> = self.coordinators.borrow().keys().copied().collect();
        for session in sessions {
            self.do_due(session).await;
        }
    }

    async fn do_due(&self, session: SessionId) {
        let Ok(()) = chores::run(&Kept(self, session), self).await;
    }

    /// The entries of the log.
    pub(crate) fn log_entries(&self) -> Vec<Entry> {
        self.log.entries()
    }

    /// From now on the log answers as it did at this place; `None` undoes that.
    pub(crate) fn set_log_answers_up_to(&self, sequence: Option<u64>) {
        self.log.set_answers_up_to(sequence);
    }

    /// The log is lost and begins anew, under another name.
    pub(crate) fn lose_log(&self) {
        self.log.lose();
    }

    /// From now on every other server is this one.
    pub(crate) fn set_provider(&self, answer: impl Fn(&HttpRequest) -> HttpResponse + 'static) {
        *self.provider.borrow_mut() = Some(Box::new(answer));
    }

    /// What was sent to other servers.
    pub(crate) fn sent(&self) -> Vec<HttpRequest> {
        self.sent.borrow().clone()
    }

    /// The signature of `message` that [`Signatures::verify`] takes as the one by `jwk`.
    pub(crate) fn sign(jwk: &str, message: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(jwk.as_bytes());
        hash.update(message);
        hash.finalize().to_vec()
    }

    /// The keys of the list store.
    pub(crate) fn item_keys(&self) -> Vec<String> {
        self.items.borrow().keys().cloned().collect()
    }

    /// The lines that were logged.
    pub(crate) fn events(&self) -> Vec<String> {
        self.events.borrow().clone()
    }
}

/// The state of one coordinator.
struct Kept<'a>(&'a Fakes, SessionId);

impl StateStore for Kept<'_> {
    type Error = Infallible;

    async fn load(&self) -> Result<State, Infallible> {
        Ok(self.0.state(self.1))
    }

    async fn save(&self, state: &State) -> Result<(), Infallible> {
        let mut coordinators = self.0.coordinators.borrow_mut();
        coordinators.insert(self.1, state.clone());
        Ok(())
    }
}

impl Platform for Fakes {
    type Attachment = ();
}

impl Clock for Fakes {
    fn now(&self) -> Time {
        self.now.get()
    }
}

/// How often others go first before a wait ends by itself.
const A_LONG_WAIT: u32 = 100;

impl Waits for Fakes {
    /// Where it ends by itself, that much time has passed.
    fn wait(&self, limit: Duration) -> (crate::ports::Wake, impl Future<Output = ()>) {
        let called = Rc::new(Cell::new(false));
        let is_called = Rc::clone(&called);
        let ends_at = self.now.get().plus(limit);
        let wait = async move {
            for _ in 0..A_LONG_WAIT {
                if is_called.get() {
                    return;
                }
                let_others_go_first().await;
            }
            self.now.set(self.now.get().max(ends_at));
        };
        (Box::new(move || called.set(true)), wait)
    }
}

impl Randomness for Fakes {
    /// Different bytes each time, the same in every run.
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.drawn.set(self.drawn.get() + 1);
            let block = Sha256::digest(self.drawn.get().to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

impl Events for Fakes {
    fn emit(&self, event: Event<'_>) {
        let line = telemetry::line(&event, self.now.get());
        self.events.borrow_mut().push(line);
    }
}

impl RecordStore for Fakes {
    async fn read(&self, key: &RecordKey) -> Result<Option<SealedRecord>, Unavailable> {
        let effect = || {
            let records = self.records.borrow();
            let record = records.get(key.as_str())?;
            let seen = match self.staleness.get() {
                Staleness::None => !record.deleted,
                Staleness::MissesWrites => false,
                Staleness::KeepsDeleted => true,
            };
            seen.then(|| SealedRecord::from_store(record.bytes.clone()))
        };
        self.calls
            .record_read
            .make(Dependency::RecordStore, effect)
            .await
    }

    async fn write(
        &self,
        key: &RecordKey,
        record: &SealedRecord,
        _expires_at: Time,
    ) -> Result<(), Unavailable> {
        let effect = || self.put_record(key, record.as_bytes().to_vec());
        self.calls
            .record_write
            .make(Dependency::RecordStore, effect)
            .await
    }

    async fn delete(&self, key: &RecordKey) -> Result<(), Unavailable> {
        let effect = || {
            if let Some(record) = self.records.borrow_mut().get_mut(key.as_str()) {
                record.deleted = true;
            }
        };
        self.calls
            .record_delete
            .make(Dependency::RecordStore, effect)
            .await
    }
}

impl Coordinator for Fakes {
    async fn ask(&self, session: SessionId, command: Command) -> Result<Reply, Unavailable> {
        let call = match command {
            Command::Issue(_) => &self.calls.issue,
            Command::Find(_) => &self.calls.find,
            Command::Read(_) => &self.calls.read,
            Command::Forget(_) => &self.calls.forget,
            Command::Open { .. } => &self.calls.open,
            Command::Touch(_) => &self.calls.touch,
            Command::Adopt { .. } => &self.calls.adopt,
            Command::Offer { .. } => &self.calls.offer,
            Command::Present { .. } => &self.calls.present,
            Command::Redeem { .. } => &self.calls.redeem,
            Command::Refresh { .. } => &self.calls.refresh,
            Command::End { .. } => &self.calls.end,
        };
        let effect = || {
            let (state, reply) = self.state(session).apply(command, self.now.get());
            self.coordinators.borrow_mut().insert(session, state);
            reply
        };
        let reply = call.make(Dependency::Coordinator, effect).await;
        // As the platform's alarm, which is not a part of the answer.
        Box::pin(self.do_due(session)).await;
        reply
    }
}

impl RevocationLog for Fakes {
    async fn since(&self, position: Position) -> Result<Delta, Unavailable> {
        let effect = || self.log.since(position);
        self.calls
            .since
            .make(Dependency::RevocationLog, effect)
            .await
    }

    async fn append(&self, entry: &Entry) -> Result<(), Unavailable> {
        let effect = || self.log.append(entry, self.now.get());
        self.calls
            .append
            .make(Dependency::RevocationLog, effect)
            .await
    }

    async fn shorten(&self, entry: &Entry) -> Result<(), Unavailable> {
        let effect = || self.log.shorten(entry);
        self.calls
            .shorten
            .make(Dependency::RevocationLog, effect)
            .await
    }
}

impl Http for Fakes {
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Unavailable> {
        self.sent.borrow_mut().push(request.clone());
        let effect = || {
            self.provider
                .borrow()
                .as_ref()
                .map(|answer| answer(request))
        };
        let answer = self.calls.http.make(Dependency::Provider, effect).await?;
        answer.ok_or_else(|| Unavailable::new(Dependency::Provider, "there is no other server"))
    }
}

impl Signatures for Fakes {
    async fn verify(
        &self,
        _algorithm: SignatureAlgorithm,
        jwk: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Unavailable> {
        let effect = || Self::sign(jwk, message) == signature;
        self.calls
            .verify
            .make(Dependency::Cryptography, effect)
            .await
    }
}

impl Limiter for Fakes {
    async fn attempt(&self, key: &str) -> Result<bool, Unavailable> {
        let effect = || {
            let mut attempts = self.attempts.borrow_mut();
            let count = attempts.entry(key.to_owned()).or_default();
            *count += 1;
            *count <= ATTEMPTS
        };
        self.calls.attempt.make(Dependency::Limiter, effect).await
    }
}

impl ListStore for Fakes {
    async fn read_item(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let effect = || self.items.borrow().get(key).cloned();
        self.calls
            .item_read
            .make(Dependency::RecordStore, effect)
            .await
    }

    async fn write_item(
        &self,
        key: &str,
        item: &[u8],
        _expires_at: Time,
    ) -> Result<(), Unavailable> {
        assert!(item.len() <= 700, "an item of {} bytes", item.len());
        let effect = || {
            let mut items = self.items.borrow_mut();
            items.insert(key.to_owned(), item.to_vec());
        };
        self.calls
            .item_write
            .make(Dependency::RecordStore, effect)
            .await
    }

    async fn delete_item(&self, key: &str) -> Result<(), Unavailable> {
        let effect = || drop(self.items.borrow_mut().remove(key));
        self.calls
            .item_delete
            .make(Dependency::RecordStore, effect)
            .await
    }

    async fn list_items(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, Unavailable> {
        let effect = || {
            let items = self.items.borrow();
            let listed = items.iter().filter(|(key, _)| key.starts_with(prefix));
            listed.map(|(k, v)| (k.clone(), v.clone())).collect()
        };
        self.calls
            .item_list
            .make(Dependency::RecordStore, effect)
            .await
    }
}

pub(crate) mod log;
mod tests;
pub(crate) mod world;
