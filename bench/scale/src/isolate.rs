//! One isolate: the real copy of the log, under simulated requests.
//!
//! Job: requests come as a Poisson process, and each does with the copy what the gate does (`edge::fetch`,
//! `Resolver::finish`). Not its job: the rest of a request.

use std::rc::Rc;
use std::time::Duration;

use postern::ports::Unavailable;
use postern::resolve::{Demand, Inactive, LogCopy, Lookup, Resolution, Resolver};
use postern::token::TokenKind;

use crate::executor::{Micros, SECOND};
use crate::outside::Outside;
use crate::random::Random;
use crate::world::{World, add};

/// The longest life of anything that is issued: the default of refresh tokens.
const LONGEST_LIFE: Duration = Duration::from_hours(90 * 24);

/// How an isolate lives.
#[derive(Clone, Debug)]
pub struct Life {
    /// Where.
    pub place: usize,
    /// Requests a second.
    pub rate: f64,
    /// When it ends.
    pub end: Micros,
    /// This share of the requests are strong.
    pub strong: f64,
    /// The routes' `max_staleness`.
    pub max_staleness: Duration,
    /// Whether it keeps what it reads.
    pub keeps_entries: bool,
}

/// An isolate.
pub struct Isolate {
    world: Rc<World>,
    outside: Outside,
    copy: Copy,
    life: Life,
    random: Random,
}

/// A copy of the log, alone or with what a token's check takes.
enum Copy {
    Alone(Box<LogCopy>),
    Resolver(Box<Resolver<()>>),
}

impl Isolate {
    /// One that has just begun.
    pub fn new(world: Rc<World>, life: Life, random: Random) -> Rc<Self> {
        let outside = Outside::new(Rc::clone(&world), life.place, life.keeps_entries);
        let copy = if life.keeps_entries {
            let resolver = Resolver::new(world.keys.clone(), 1 << 16, [1; 16], LONGEST_LIFE);
            Copy::Resolver(Box::new(resolver))
        } else {
            Copy::Alone(Box::new(LogCopy::new(LONGEST_LIFE)))
        };
        Rc::new(Self {
            world,
            outside,
            copy,
            life,
            random,
        })
    }

    /// The same, but it has been there for a while.
    pub async fn warm(world: Rc<World>, life: Life, random: Random) -> Rc<Self> {
        let isolate = Self::new(world, life, random);
        isolate.outside.warm();
        let staleness = isolate.life.max_staleness;
        let _ = isolate.copy().follow(&isolate.outside, staleness).await;
        isolate
    }

    fn copy(&self) -> &LogCopy {
        match &self.copy {
            Copy::Alone(copy) => copy,
            Copy::Resolver(resolver) => resolver.log(),
        }
    }

    /// Gets requests until its end.
    pub async fn live(self: Rc<Self>) {
        let mean = SECOND as f64 / self.life.rate;
        loop {
            let next = self.random.exponential(mean) as Micros;
            let executor = &self.world.executor;
            if executor.now() + next >= self.life.end {
                executor.sleep_until(self.life.end).await;
                self.outside.end();
                return;
            }
            executor.sleep(next).await;
            self.request();
        }
    }

    fn request(self: &Rc<Self>) {
        let is_strong = self.life.strong > 0.0 && self.random.chance(self.life.strong);
        let max_staleness = if is_strong {
            Duration::ZERO
        } else {
            self.life.max_staleness
        };
        if self.copy().is_fresh(self.world.time(), max_staleness) {
            self.serve(max_staleness);
            return;
        }
        let isolate = Rc::clone(self);
        self.world.executor.spawn(async move {
            match isolate.wait(max_staleness).await {
                Ok(()) => isolate.serve(max_staleness),
                Err(_) => isolate.world.tally.was_unavailable(&isolate.world.executor),
            }
        });
    }

    async fn wait(&self, max_staleness: Duration) -> Result<(), Unavailable> {
        self.copy().follow(&self.outside, max_staleness).await?;
        let is_strong = max_staleness.is_zero();
        if is_strong || self.copy().is_fresh(self.world.time(), max_staleness) {
            return Ok(());
        }
        self.copy().follow(&self.outside, max_staleness).await
    }

    /// The request passes; the copy may have to be renewed beside it.
    fn serve(self: &Rc<Self>, max_staleness: Duration) {
        self.outside.serve();
        add(&self.world.tally.served, 1);
        self.try_a_revoked_token(max_staleness);
        if self.copy().begin_refresh(self.world.time(), max_staleness) {
            let isolate = Rc::clone(self);
            self.world.executor.spawn(async move {
                // It did not matter to any request.
                let _ = isolate
                    .copy()
                    .refresh(&isolate.outside, max_staleness)
                    .await;
            });
        }
    }

    /// Whether an isolate that has read the log up to some place refuses what was revoked before that.
    fn try_a_revoked_token(&self, max_staleness: Duration) {
        let Copy::Resolver(resolver) = &self.copy else {
            return;
        };
        let revoked = self.world.revoked.borrow();
        let known = self.outside.known();
        let Some((token, _)) = revoked.iter().rev().find(|(_, place)| *place <= known) else {
            return;
        };
        let demand = Demand {
            max_staleness,
            ..Demand::STRONG
        };
        let now = self.world.time();
        // Exposed to be looked up.
        let found = resolver.look(TokenKind::Access, token.expose(), &demand, now);
        add(&self.world.tally.tried, 1);
        let is_refused = matches!(
            found,
            Lookup::Known(Resolution::Inactive(Inactive::Revoked))
        );
        if !is_refused {
            add(&self.world.tally.let_through, 1);
        }
    }
}
