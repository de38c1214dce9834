//! What the outside does for the core: a clock, randomness, three stores and a log.
//!
//! Job: the traits, and the one error that they share. Not its job: doing any of it; the `edge` room
//! does on Workers, fakes do in tests. The futures run on one thread, as everything in an isolate.

use std::fmt;
use std::time::Duration;

use crate::revocation::{Delta, Entry, Position};
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SealedRecord};
use crate::telemetry::Event;
use crate::time::Time;
use crate::token::SessionId;

/// Something that was asked and gave no answer that can be used. It is never a "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// Who was asked.
    pub dependency: Dependency,
    /// What happened, for the log; never for a client, and never with a secret.
    pub cause: String,
}

/// Whom an answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// The store of session records, Workers KV.
    RecordStore,
    /// A session coordinator, a Durable Object.
    Coordinator,
    /// The revocation log, a Durable Object.
    RevocationLog,
}

impl Dependency {
    /// Its name in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RecordStore => "record store",
            Self::Coordinator => "session coordinator",
            Self::RevocationLog => "revocation log",
        }
    }
}

impl Unavailable {
    /// `dependency` gave no usable answer, because of `cause`.
    #[must_use]
    pub fn new(dependency: Dependency, cause: impl Into<String>) -> Self {
        Self {
            dependency,
            cause: cause.into(),
        }
    }
}

impl Unavailable {
    /// The event that says so.
    #[must_use]
    pub fn event(&self) -> Event<'_> {
        Event::DependencyUnavailable {
            dependency: self.dependency.as_str(),
            cause: &self.cause,
        }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the {} did not answer: {}",
            self.dependency.as_str(),
            self.cause
        )
    }
}

/// Tells the time.
pub trait Clock {
    /// The present moment.
    fn now(&self) -> Time;
}

/// Gives randomness.
pub trait Randomness {
    /// Fills `bytes` from a cryptographically secure source.
    fn fill(&self, bytes: &mut [u8]);
}

/// Ends the wait of another request of this isolate; it does no harm where that has ended already.
pub type Call = Box<dyn FnOnce()>;

/// Lets a request wait for another one of its isolate.
pub trait Turns {
    /// A wait that ends when it is called, or by itself after `limit`. The call may be made by any
    /// request, the wait belongs to the one that began it.
    fn turn(&self, limit: Duration) -> (Call, impl Future<Output = ()>);
}

/// Takes events for the log.
pub trait Events {
    /// Writes an event down. It never fails and never waits.
    fn emit(&self, event: Event<'_>);
}

/// The store of session records: eventually consistent, and each key is written once.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait RecordStore {
    /// The record under `key`, or `None` where the store says that there is none (which may not be
    /// true yet for a short while after it was written).
    ///
    /// # Errors
    /// [`Unavailable`] where it did not answer.
    async fn read(&self, key: &RecordKey) -> Result<Option<SealedRecord>, Unavailable>;

    /// Writes the record under `key`, to be gone by itself some time after `expires_at`.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was written.
    async fn write(
        &self,
        key: &RecordKey,
        record: &SealedRecord,
        expires_at: Time,
    ) -> Result<(), Unavailable>;
}

/// The coordinators of sessions: strongly consistent, one for each session.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait Coordinator {
    /// Has the coordinator of `session` carry out `command`.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was carried out. Every command may be sent
    /// again.
    async fn ask(&self, session: SessionId, command: Command) -> Result<Reply, Unavailable>;
}

/// The revocation log: strongly consistent, append-only.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait RevocationLog {
    /// What is new since `position`.
    ///
    /// # Errors
    /// [`Unavailable`] where it did not answer.
    async fn since(&self, position: Position) -> Result<Delta, Unavailable>;

    /// Appends `entry`. Once this returns, [`Self::since`] gives it to everyone who asks.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was appended. It may be appended again.
    async fn append(&self, entry: &Entry) -> Result<(), Unavailable>;
}

/// Everything that the outside does.
pub trait Ports:
    Clock + Randomness + Turns + Events + RecordStore + Coordinator + RevocationLog
{
}

impl<T> Ports for T where
    T: Clock + Randomness + Turns + Events + RecordStore + Coordinator + RevocationLog
{
}
