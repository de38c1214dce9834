//! Runs a scenario.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use postern::ports::RevocationLog;
use postern::revocation::{Entry, Target};
use postern::time::Time;
use postern::token::{KeyRing, Pointer, SessionId, TokenDigest, TokenKind};

use crate::executor::{Executor, Micros, SECOND};
use crate::isolate::{Isolate, Life};
use crate::lag::Lags;
use crate::log::{LogObject, revocation};
use crate::network::Network;
use crate::object::Object;
use crate::outcome::Outcome;
use crate::outside::Outside;
use crate::random::Random;
use crate::relay::RelayObject;
use crate::scenario::Scenario;
use crate::world::{START, Tally, World, add};

/// The routes' `max_staleness`: the default.
pub const MAX_STALENESS: Duration = Duration::from_secs(5);
/// Within how long a deployment replaces all isolates.
const DEPLOYING: f64 = 30.0 * SECOND as f64;
/// After how long a client tries again to revoke what could not be revoked: twice as long each time.
const RETRY: [Micros; 2] = [SECOND, 64 * SECOND];
/// How long revoked things would have lived.
const LIFE: Duration = Duration::from_hours(1);

/// Runs it. The same seed gives the same outcome.
pub fn run(scenario: &Scenario, seed: u64) -> Outcome {
    let executor = Executor::default();
    let world = Rc::new(world(scenario, executor.clone(), &Random::new(seed)));
    let random = world.random.split(1);
    let nursery = Rc::new(Nursery {
        world: Rc::clone(&world),
        scenario: scenario.clone(),
        random,
    });
    for number in 0..scenario.isolates {
        executor.spawn(Rc::clone(&nursery).cradle(number));
    }
    if let Some(deploy) = scenario.deploy {
        for place in 0..world.relays.len() {
            let begun = deploy + (world.random.unit() * DEPLOYING) as Micros;
            executor.spawn(restart_relay(Rc::clone(&world), place, begun));
        }
    }
    executor.spawn(make_snapshots(Rc::clone(&world)));
    executor.spawn(revoke(Rc::clone(&world), scenario.revocations));
    executor.run_until(scenario.length);
    let outcome = Outcome::of(scenario, &world);
    executor.stop();
    outcome
}

fn world(scenario: &Scenario, executor: Executor, random: &Random) -> World {
    let now = Time::from_seconds(START);
    let object = Object::new(executor.clone(), scenario.trouble);
    let log = LogObject::new(object, &random.split(2), scenario.revocations, now);
    let network = if scenario.is_local {
        Network::local(random.split(3))
    } else {
        Network::new(scenario.places, scenario.skew, random.split(3))
    };
    let relays = if scenario.relays { scenario.places } else { 0 };
    let relay = |place| RelayObject::new(Object::new(executor.clone(), None), place);
    let relays = (0..relays).map(relay).collect();
    // One revocation a second goes into the distribution.
    let lags = Lags::new(log.head().sequence, scenario.revocations / 3_600);
    let keys = KeyRing::write_pair(1, &[7; 32]);
    World {
        executor,
        network,
        log,
        relays,
        lags,
        random: random.split(4),
        tally: Tally::default(),
        keys: KeyRing::parse(&keys, "https://auth.example.com").expect("one whole pair"),
        revoked: RefCell::default(),
    }
}

/// Where isolates come from.
struct Nursery {
    world: Rc<World>,
    scenario: Scenario,
    random: Random,
}

impl Nursery {
    /// One isolate after the other: when one ends, the next one begins somewhere, cold.
    async fn cradle(self: Rc<Self>, number: usize) {
        let executor = &self.world.executor;
        let random = self.random.split(number as u64);
        // The first one began some time ago.
        let begun = random.unit() * MAX_STALENESS.as_micros() as f64;
        executor.sleep(begun as Micros).await;
        let mut life = self.life(number, &random);
        let world = Rc::clone(&self.world);
        let mut isolate = Isolate::warm(world, life, random.split(0)).await;
        for generation in 1.. {
            isolate.live().await;
            life = self.life(number, &random);
            add(&self.world.tally.cold, 1);
            let world = Rc::clone(&self.world);
            isolate = Isolate::new(world, life, random.split(generation));
        }
    }

    fn life(&self, number: usize, random: &Random) -> Life {
        let Scenario {
            requests: [least, most],
            strong,
            lifetime,
            whole,
            deploy,
            ..
        } = self.scenario;
        let now = self.world.executor.now();
        let mut end = now + random.exponential(lifetime as f64) as Micros;
        if let Some(deploy) = deploy.filter(|deploy| *deploy > now) {
            end = end.min(deploy + (random.unit() * DEPLOYING) as Micros);
        }
        Life {
            place: self.world.network.draw(),
            rate: random.log_uniform(least, most),
            end,
            strong,
            max_staleness: MAX_STALENESS,
            keeps_entries: number < whole,
        }
    }
}

/// A deployment starts objects anew, too.
async fn restart_relay(world: Rc<World>, place: usize, at: Micros) {
    world.executor.sleep_until(at).await;
    world.relays[place].restart();
}

/// The log's alarm.
async fn make_snapshots(world: Rc<World>) {
    loop {
        world.executor.sleep(SECOND).await;
        world.log.make_snapshot().await;
    }
}

/// Revokes so many things an hour, one in a while a token that isolates are tried with.
async fn revoke(world: Rc<World>, per_hour: u64) {
    let random = world.random.split(5);
    let mean = 3_600.0 * SECOND as f64 / per_hour as f64;
    let mut next_token = 0;
    loop {
        let pause = random.exponential(mean) as Micros;
        world.executor.sleep(pause).await;
        let is_token = world.executor.now() >= next_token;
        if is_token {
            next_token = world.executor.now() + SECOND / 2;
        }
        let place = world.network.draw();
        let revoked = revoke_one(
            Rc::clone(&world),
            place,
            is_token,
            random.split(world.executor.now()),
        );
        world.executor.spawn(revoked);
    }
}

async fn revoke_one(world: Rc<World>, place: usize, is_token: bool, random: Random) {
    let now = world.time();
    let end = now.plus(LIFE);
    let token = is_token.then(|| {
        let (mut session, mut nonce) = ([0; 16], [0; 24]);
        random.fill(&mut session);
        random.fill(&mut nonce);
        let pointer = Pointer {
            session: SessionId::from_bytes(session),
            issued_at: now,
            expires_at: end,
        };
        world.keys.seal(TokenKind::Access, &pointer, nonce)
    });
    let entry = match &token {
        Some(token) => Entry::new(&Target::Token(TokenDigest::of(token)), end),
        None => revocation(&random, end),
    };
    let outside = Outside::new(Rc::clone(&world), place, false);
    let [mut pause, longest] = RETRY;
    while outside.append(&entry).await.is_err() {
        let jittered = pause as f64 * (0.5 + random.unit());
        world.executor.sleep(jittered as Micros).await;
        pause = (pause * 2).min(longest);
    }
    if let (Some(token), Some(place)) = (token, world.log.place_of(&entry)) {
        world.revoked.borrow_mut().push((token, place));
    }
}
