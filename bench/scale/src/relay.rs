//! The relays, as objects: the real relay, one for each place.
//!
//! Job: give a relay its ports, and its thread. Not its job: what it answers.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use postern::ports::{Clock, Dependency, Randomness, RevocationLog, Unavailable, Waits, Wake};
use postern::resolve::Relay;
use postern::revocation::{Change, Delta, Position, Question};
use postern::time::Time;

use crate::executor::{MILLISECOND, Micros, Promise};
use crate::link::{Way, ask, unavailable, within};
use crate::log::REQUEST;
use crate::object::Object;
use crate::world::{World, add};

/// How long a relay waits for the log.
const TIMEOUT: Micros = 10_000 * MILLISECOND;

/// The relay of one place.
pub struct RelayObject {
    /// Its thread.
    pub object: Object,
    relay: RefCell<Rc<Relay>>,
    place: usize,
}

impl RelayObject {
    /// One that nobody has asked yet.
    pub fn new(object: Object, place: usize) -> Self {
        Self {
            object,
            relay: RefCell::default(),
            place,
        }
    }

    /// It is started anew, and knows nothing.
    pub fn restart(&self) {
        self.relay.take();
    }

    /// What is new.
    pub async fn since(
        &self,
        question: &Question,
        world: &Rc<World>,
    ) -> Result<Delta, Unavailable> {
        self.take_turn().await?;
        let relay = Rc::clone(&self.relay.borrow());
        self.object.begin();
        let answer = relay.since(question, &self.ports(world)).await;
        self.object.end();
        answer
    }

    /// Makes these changes.
    pub async fn change(&self, changes: &[Change], world: &Rc<World>) -> Result<(), Unavailable> {
        self.take_turn().await?;
        let relay = Rc::clone(&self.relay.borrow());
        self.object.begin();
        let ports = self.ports(world);
        let answer = relay.change(changes, Duration::ZERO, &ports).await;
        self.object.end();
        answer
    }

    async fn take_turn(&self) -> Result<(), Unavailable> {
        self.object.run(|| ((), REQUEST)).await.map_err(unavailable)
    }

    fn ports(&self, world: &Rc<World>) -> RelayPorts {
        RelayPorts {
            world: Rc::clone(world),
            place: self.place,
        }
    }
}

/// What a relay has around it.
struct RelayPorts {
    world: Rc<World>,
    place: usize,
}

impl Clock for RelayPorts {
    fn now(&self) -> Time {
        self.world.time()
    }
}

impl Randomness for RelayPorts {
    fn fill(&self, bytes: &mut [u8]) {
        self.world.random.fill(bytes);
    }
}

impl Waits for RelayPorts {
    fn wait(&self, limit: Duration) -> (Wake, impl Future<Output = ()>) {
        wait(&self.world, limit)
    }
}

/// A wait that ends when it is woken, or by itself.
pub fn wait(world: &World, limit: Duration) -> (Wake, impl Future<Output = ()> + use<>) {
    let woken = Promise::default();
    let wake = woken.clone();
    let limit = Micros::try_from(limit.as_micros()).unwrap_or(Micros::MAX / 2);
    // A timer of the platform takes a millisecond at least.
    let end = within(&world.executor, limit.max(MILLISECOND), woken);
    let wait = async move {
        end.await;
    };
    (Box::new(move || wake.settle(())), wait)
}

impl RevocationLog for RelayPorts {
    async fn since(&self, question: &Question) -> Result<Delta, Unavailable> {
        let question = *question;
        let delta = ask(
            &self.world,
            Way::ToLog(self.place),
            TIMEOUT,
            async move |world| world.log.since(&question).await.map_err(unavailable),
        )
        .await?;
        add(&self.world.tally.log_bytes, delta.to_bytes().len() as u64);
        Ok(delta)
    }

    async fn snapshot(&self, _head: Position) -> Result<Option<Vec<u8>>, Unavailable> {
        let cause = "isolates read snapshots by themselves";
        Err(Unavailable::new(Dependency::RecordStore, cause))
    }

    async fn change(&self, changes: &[Change]) -> Result<(), Unavailable> {
        let changes = changes.to_vec();
        ask(
            &self.world,
            Way::ToLog(self.place),
            TIMEOUT,
            async move |world| world.change_log(&changes).await.map_err(unavailable),
        )
        .await
    }

    async fn exchange(
        &self,
        changes: &[Change],
        question: &Question,
    ) -> Result<Delta, Unavailable> {
        let (changes, question) = (changes.to_vec(), *question);
        let delta = ask(
            &self.world,
            Way::ToLog(self.place),
            TIMEOUT,
            async move |world| {
                let exchanged = world.exchange_with_log(&changes, &question);
                exchanged.await.map_err(unavailable)
            },
        )
        .await?;
        add(&self.world.tally.log_bytes, delta.to_bytes().len() as u64);
        Ok(delta)
    }
}
