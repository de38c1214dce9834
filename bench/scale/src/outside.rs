//! What an isolate has around it: the ports, over the simulated network.
//!
//! Job: take the isolate's questions to the log and the answers back, within the time that a store has. Not its
//! job: when to ask; the real code decides that.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use postern::accounts::Source;
use postern::ports::{
    Caller, Clock, Coordinator, Dependency, Events, Http, HttpRequest, HttpResponse, Platform,
    Randomness, RecordStore, RevocationLog, SignatureAlgorithm, Signatures, Signing, SigningKey,
    Unavailable, Waits, Wake,
};
use postern::revocation::{Change, Delta, Entry, News, Position, Question, Snapshot, Target};
use postern::session::coordinator::{Command, Reply};
use postern::session::{RecordKey, SealedRecord};
use postern::telemetry::Event;
use postern::time::Time;
use postern::token::SessionId;

use crate::executor::{MILLISECOND, Micros};
use crate::link::{Way, ask, unavailable};
use crate::relay;
use crate::world::{World, add};

/// `store_timeout_ms`, as it is by default.
const TIMEOUT: Micros = 2_000 * MILLISECOND;
/// How long KV takes to find a snapshot, and how fast it sends it.
const READING: Micros = 50 * MILLISECOND;
const BYTES_IN_A_MICROSECOND: Micros = 50;

/// An entry that ends nothing.
fn harmless() -> Entry {
    let not_before = Time::from_seconds(0);
    Entry::new(
        &Target::Issuer { not_before },
        Time::from_seconds(u64::from(u32::MAX)),
    )
}

/// The ports of one isolate.
pub struct Outside {
    world: Rc<World>,
    place: usize,
    /// Whether entries reach the isolate. Of a hundred thousand isolates only a few keep a copy: the others know
    /// how far they have read, which is all that their questions depend on.
    keeps_entries: bool,
    /// How far this isolate has read.
    known: Cell<u64>,
    /// When it last served a request.
    served: Cell<Option<Micros>>,
    /// Its next question is answered at once, and nobody counts it.
    is_warming: Cell<bool>,
}

impl Outside {
    /// The ports of an isolate at this place.
    pub fn new(world: Rc<World>, place: usize, keeps_entries: bool) -> Self {
        Self {
            world,
            place,
            keeps_entries,
            known: Cell::new(0),
            served: Cell::new(None),
            is_warming: Cell::new(false),
        }
    }

    /// The isolate has let a request pass.
    pub fn serve(&self) {
        self.served.set(Some(self.world.executor.now()));
    }

    /// How far the isolate has read the log.
    pub fn known(&self) -> u64 {
        self.known.get()
    }

    /// The isolate is gone.
    pub fn end(&self) {
        let newest = self.world.log.head().sequence;
        let served = self.served.get();
        self.world.lags.learned(self.known.get(), newest, served);
    }

    /// The isolate has been there for a while before the run begins: its next question is answered at once.
    pub fn warm(&self) {
        self.is_warming.set(true);
    }

    fn warm_answer(&self) -> Delta {
        if self.keeps_entries {
            return self.world.log.whole();
        }
        Delta {
            head: self.world.log.head(),
            ..Delta::default()
        }
    }

    /// What reaches the isolate. Where it keeps nothing, a page is one entry that ends nothing, and a snapshot an
    /// empty one: it asks what it would ask otherwise.
    fn reaches(&self, mut delta: Delta) -> Delta {
        if self.keeps_entries {
            return delta;
        }
        match &mut delta.news {
            News::Entries(entries) if entries.is_empty() => {}
            News::Entries(entries) => *entries = vec![harmless()],
            News::Snapshot(digest) => *digest = Snapshot::digest(&Snapshot::default().to_bytes()),
        }
        delta
    }

    fn way(&self) -> Way {
        if self.world.relays.is_empty() {
            Way::ToLog(self.place)
        } else {
            Way::Nearby
        }
    }

    /// The isolate has read the log up to here.
    fn reach(&self, next: u64) {
        let known = self.known.get();
        if next > known {
            self.known.set(next);
            self.world.lags.learned(known, next, self.served.get());
        }
    }
}

impl Platform for Outside {
    type Attachment = ();
}

impl Clock for Outside {
    fn now(&self) -> Time {
        self.world.time()
    }
}

impl Randomness for Outside {
    fn fill(&self, bytes: &mut [u8]) {
        self.world.random.fill(bytes);
    }
}

impl Waits for Outside {
    fn wait(&self, limit: Duration) -> (Wake, impl Future<Output = ()>) {
        relay::wait(&self.world, limit)
    }
}

impl Events for Outside {
    fn emit(&self, _event: Event<'_>) {}
}

/// The simulation is about the log: nothing in it asks another store.
fn not_there<T>(dependency: Dependency) -> Result<T, Unavailable> {
    Err(Unavailable::new(dependency, "the simulation has none"))
}

impl RecordStore for Outside {
    async fn read(&self, _key: &RecordKey) -> Result<Option<SealedRecord>, Unavailable> {
        not_there(Dependency::RecordStore)
    }

    async fn write(
        &self,
        _key: &RecordKey,
        _record: &SealedRecord,
        _expires_at: Time,
    ) -> Result<(), Unavailable> {
        not_there(Dependency::RecordStore)
    }

    async fn delete(&self, _key: &RecordKey) -> Result<(), Unavailable> {
        not_there(Dependency::RecordStore)
    }
}

impl Coordinator for Outside {
    async fn ask(&self, _session: SessionId, _command: Command) -> Result<Reply, Unavailable> {
        not_there(Dependency::Coordinator)
    }
}

impl Http for Outside {
    async fn send(&self, _request: &HttpRequest) -> Result<HttpResponse, Unavailable> {
        not_there(Dependency::Provider)
    }
}

impl Signatures for Outside {
    async fn verify(
        &self,
        _algorithm: SignatureAlgorithm,
        _jwk: &str,
        _message: &[u8],
        _signature: &[u8],
    ) -> Result<bool, Unavailable> {
        not_there(Dependency::Cryptography)
    }
}

impl Signing for Outside {
    async fn sign(
        &self,
        _algorithm: SignatureAlgorithm,
        _key: &SigningKey,
        _message: &[u8],
    ) -> Result<Vec<u8>, Unavailable> {
        not_there(Dependency::Cryptography)
    }

    async fn public_jwk(
        &self,
        _algorithm: SignatureAlgorithm,
        _key: &SigningKey,
    ) -> Result<String, Unavailable> {
        not_there(Dependency::Cryptography)
    }
}

impl Caller for Outside {
    fn source(&self) -> Option<Source> {
        None
    }
}

impl RevocationLog for Outside {
    async fn since(&self, question: &Question) -> Result<Delta, Unavailable> {
        if self.is_warming.take() {
            let delta = self.warm_answer();
            self.known.set(delta.head.sequence);
            return Ok(delta);
        }
        self.world.tally.has_asked(&self.world.executor);
        let question = *question;
        let (place, way) = (self.place, self.way());
        let asked = ask(&self.world, way, TIMEOUT, async move |world| {
            match world.relays.get(place) {
                Some(relay) => relay.since(&question, world).await,
                None => world.log.since(&question).await.map_err(unavailable),
            }
        });
        let delta = asked.await?;
        let length = delta.to_bytes().len();
        self.world.tally.sent(length);
        if self.world.relays.is_empty() {
            add(&self.world.tally.log_bytes, length as u64);
        }
        if matches!(delta.news, News::Entries(_)) {
            self.reach(delta.head.sequence);
        }
        Ok(self.reaches(delta))
    }

    async fn snapshot(&self, head: Position) -> Result<Option<Vec<u8>>, Unavailable> {
        let world = &self.world;
        let bytes = world.log.snapshot(head);
        let length = bytes.as_ref().map_or(0, |bytes| bytes.len());
        world
            .executor
            .sleep(READING + length as Micros / BYTES_IN_A_MICROSECOND)
            .await;
        add(&world.tally.snapshots_read, 1);
        world.tally.sent(length);
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        self.reach(head.sequence);
        Ok(Some(if self.keeps_entries {
            bytes.to_vec()
        } else {
            Snapshot::default().to_bytes()
        }))
    }

    async fn change(&self, changes: &[Change]) -> Result<(), Unavailable> {
        let asked = changes.to_vec();
        let (place, way) = (self.place, self.way());
        ask(&self.world, way, TIMEOUT, async move |world| {
            match world.relays.get(place) {
                Some(relay) => relay.change(&asked, world).await,
                None => world.change_log(&asked).await.map_err(unavailable),
            }
        })
        .await?;
        for change in changes {
            if let Change::Append(entry) = change
                && let Some(place) = self.world.log.place_of(entry)
            {
                self.world.lags.answered(place, self.world.executor.now());
            }
        }
        Ok(())
    }
}
