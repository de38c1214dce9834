//! What the outside does for the core: a clock, randomness, stores, the revocation log, other servers.
//!
//! Job: the traits, and the one error that they share. Not its job: doing any of it. The `edge` room does
//! it on Workers, and fakes do it in tests. The futures run on one thread, like everything in an isolate.

mod signatures;
mod unavailable;

use std::time::Duration;

use crate::accounts::{Attempt, Reply as AttemptReply, Source};
use crate::person;
use crate::revocation::{Change, Delta, Entry, Position, Question};
use crate::secret::Secret;
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SealedRecord};
use crate::telemetry::Event;
use crate::time::Time;
use crate::token::SessionId;

pub use signatures::{Signatures, Signing};
pub use unavailable::{Dependency, Unavailable};

pub use crate::protocol::SignatureAlgorithm;
pub use crate::token::SigningKey;

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

/// Ends a wait, from any request of this isolate. It does no harm where the wait has ended already.
pub type Wake = Box<dyn FnOnce()>;

/// Lets a request wait for another one of its isolate, or for a while.
pub trait Waits {
    /// A wait that ends when it is woken, or by itself after `limit`. Any request may wake it; the wait
    /// belongs to the one that began it.
    fn wait(&self, limit: Duration) -> (Wake, impl Future<Output = ()>);
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
    /// The record under `key`, or `None` where the store has none. For a short while after a record was
    /// written the store may still say that it has none.
    ///
    /// # Errors
    /// [`Unavailable`] where it did not answer.
    async fn read(&self, key: &RecordKey) -> Result<Option<SealedRecord>, Unavailable>;

    /// Writes the record under `key`. It goes by itself some time after `expires_at`.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was written.
    async fn write(
        &self,
        key: &RecordKey,
        record: &SealedRecord,
        expires_at: Time,
    ) -> Result<(), Unavailable>;

    /// Deletes the record under `key`. One that does not exist counts as deleted.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was deleted.
    async fn delete(&self, key: &RecordKey) -> Result<(), Unavailable>;
}

/// The coordinators of sessions: strongly consistent, one for each session.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait Coordinator {
    /// Asks the coordinator of `session` to carry out `command`.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was carried out. Every command may be sent again.
    async fn ask(&self, session: SessionId, command: Command) -> Result<Reply, Unavailable>;
}

/// The indexes of what people have: strongly consistent, one for each person, and one for each session at an
/// identity provider.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait PersonIndex {
    /// Asks an index to carry out `command`.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was carried out. Every command may be sent again.
    async fn ask_index(
        &self,
        index: person::Index,
        command: person::Command,
    ) -> Result<person::Reply, Unavailable>;
}

/// The revocation log: strongly consistent, append-only.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait RevocationLog {
    /// What is new in the log.
    ///
    /// # Errors
    /// [`Unavailable`] where it did not answer.
    async fn since(&self, question: &Question) -> Result<Delta, Unavailable>;

    /// The snapshot that was made at this place; `None` where it is not there, or not yet.
    ///
    /// # Errors
    /// [`Unavailable`] where the store did not answer.
    async fn snapshot(&self, head: Position) -> Result<Option<Vec<u8>>, Unavailable>;

    /// Makes these changes in their order, all or none. Once this returns, [`Self::since`] gives what was appended to
    /// everyone who asks.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that they were made. They may be made again.
    async fn change(&self, changes: &[Change]) -> Result<(), Unavailable>;

    /// Makes these changes, and then tells what is new, where that can be had in one message.
    ///
    /// # Errors
    /// As [`Self::change`]: with an error it is not certain that they were made, even if only the answer is missing.
    async fn exchange(
        &self,
        changes: &[Change],
        question: &Question,
    ) -> Result<Delta, Unavailable> {
        self.change(changes).await?;
        self.since(question).await
    }

    /// Appends `entry`.
    ///
    /// # Errors
    /// As [`Self::change`].
    async fn append(&self, entry: &Entry) -> Result<(), Unavailable> {
        self.change(&[Change::Append(*entry)]).await
    }

    /// Tells the log that it need not keep the entry of this target longer than this one says.
    ///
    /// # Errors
    /// As [`Self::change`]. If the log does not know, it keeps the entry for longer.
    async fn shorten(&self, entry: &Entry) -> Result<(), Unavailable> {
        self.change(&[Change::Shorten(*entry)]).await
    }
}

/// A request to another server.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `https://...` (`http` for a loopback host).
    pub url: String,
    /// The form to post; `None` for a GET.
    pub form: Option<Secret<String>>,
    /// The value of `Authorization`, where there is one.
    pub authorization: Option<Secret<String>>,
    /// The value of `Accept`.
    pub accept: &'static str,
}

/// The media type of JSON.
pub const JSON: &str = "application/json";

/// Another server's answer.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// How long it may be kept, in seconds: `max-age` of `Cache-Control`, where there is one.
    pub max_age: Option<u64>,
    /// The body, at most [`HTTP_BODY_LIMIT`] bytes. It may hold a token.
    pub body: Secret<Vec<u8>>,
}

/// How large another server's answer may be, in bytes.
pub const HTTP_BODY_LIMIT: usize = 256 * 1024;

/// Asks other servers. Redirects are not followed.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait Http {
    /// Sends a request.
    ///
    /// # Errors
    /// [`Unavailable`] where no whole answer came in time. Any status is an answer.
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Unavailable>;
}

/// Knows where a request comes from.
pub trait Caller {
    /// Where the request comes from that somebody sent with a token. `None` where they showed who they are in another way,
    /// and where it is not about a request at all.
    fn source(&self) -> Option<Source>;
}

/// Limits attempts, roughly and at each location by itself.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait Limiter {
    /// Counts one more attempt under `key` at this rate-limiting binding, and says whether it may be made.
    ///
    /// # Errors
    /// [`Unavailable`] where that could not be found out. Then the attempt must not be made.
    async fn attempt(&self, binding: &str, key: &str) -> Result<bool, Unavailable>;
}

/// Checks passwords and counts attempts: strongly consistent, and apart from the gate.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait Passwords {
    /// What is made of an attempt to log in.
    ///
    /// # Errors
    /// [`Unavailable`] where that could not be found out. The attempt may have been counted.
    async fn check(&self, attempt: &Attempt) -> Result<AttemptReply, Unavailable>;
}

/// The platform that Postern runs on.
pub trait Platform {
    /// What it makes of an opened record once, and keeps beside it for the requests that follow.
    type Attachment;
}

/// What a token's life takes. Other issuers are asked about theirs.
pub trait Ports:
    Platform
    + Clock
    + Randomness
    + Waits
    + Events
    + RecordStore
    + Coordinator
    + RevocationLog
    + Http
    + Signatures
    + Signing
    + Caller
{
}

impl<T> Ports for T where
    T: Platform
        + Clock
        + Randomness
        + Waits
        + Events
        + RecordStore
        + Coordinator
        + RevocationLog
        + Http
        + Signatures
        + Signing
        + Caller
{
}

/// What it takes to let a person in as well.
pub trait PersonPorts: Ports + Limiter + Passwords + PersonIndex {}

impl<T> PersonPorts for T where T: Ports + Limiter + Passwords + PersonIndex {}
