//! What the outside does for the core: a clock, randomness, stores, the revocation log, other servers.
//!
//! Job: the traits, and the one error that they share. Not its job: doing any of it. The `edge` room does
//! it on Workers, and fakes do it in tests. The futures run on one thread, like everything in an isolate.

use std::fmt;
use std::time::Duration;

use crate::accounts::{Attempt, Reply as AttemptReply};
use crate::person;
use crate::revocation::{Change, Delta, Entry, Position, Question};
use crate::secret::Secret;
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SealedRecord};
use crate::telemetry::Event;
use crate::time::Time;
use crate::token::SessionId;

/// A dependency gave no answer that can be used. That is never a "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// Which one.
    pub dependency: Dependency,
    /// What happened, for the log; never for a client, and never with a secret.
    pub cause: String,
    /// Whether it said that it has too much to do. Then it must not be asked again at once.
    pub is_overloaded: bool,
}

/// What an answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// The store of session records, Workers KV.
    RecordStore,
    /// A session coordinator, a Durable Object.
    Coordinator,
    /// The index of a person's sessions, a Durable Object.
    PersonIndex,
    /// The revocation log, a Durable Object.
    RevocationLog,
    /// Another identity provider, over HTTP.
    Provider,
    /// The counter of attempts, a rate-limiting binding.
    Limiter,
    /// The object that checks passwords, a Durable Object.
    Accounts,
    /// The platform's own cryptography.
    Cryptography,
    /// The isolate itself, where too many requests wait already.
    Isolate,
}

impl Dependency {
    /// Its name in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RecordStore => "record store",
            Self::Coordinator => "session coordinator",
            Self::PersonIndex => "person index",
            Self::RevocationLog => "revocation log",
            Self::Provider => "identity provider",
            Self::Limiter => "rate limiter",
            Self::Accounts => "account object",
            Self::Cryptography => "platform cryptography",
            Self::Isolate => "isolate",
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
            is_overloaded: false,
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
}

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

/// A signature algorithm of RFC 7518 section 3.1 or RFC 8037 that the platform can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// The same with SHA-384.
    Rs384,
    /// The same with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// ECDSA with P-384 and SHA-384.
    Es384,
    /// ECDSA with P-521 and SHA-512.
    Es512,
    /// Ed25519.
    EdDsa,
}

/// Checks signatures.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait Signatures {
    /// Whether `signature` is the one of `message` by the public key `jwk` (JSON, RFC 7517). A key
    /// that does not fit the algorithm signs nothing: `false`.
    ///
    /// # Errors
    /// [`Unavailable`] where that could not be found out.
    async fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        jwk: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Unavailable>;
}

/// Limits attempts, roughly and at each location by itself.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait Limiter {
    /// Counts one more attempt under `key`, and says whether it may be made.
    ///
    /// # Errors
    /// [`Unavailable`] where that could not be found out. Then the attempt must not be made.
    async fn attempt(&self, key: &str) -> Result<bool, Unavailable>;
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

/// What a token's life takes.
pub trait Ports:
    Platform + Clock + Randomness + Waits + Events + RecordStore + Coordinator + RevocationLog
{
}

impl<T> Ports for T where
    T: Platform + Clock + Randomness + Waits + Events + RecordStore + Coordinator + RevocationLog
{
}

/// What it takes to let a person in as well.
pub trait PersonPorts: Ports + Http + Signatures + Limiter + Passwords + PersonIndex {}

impl<T: Ports + Http + Signatures + Limiter + Passwords + PersonIndex> PersonPorts for T {}
