//! "It could not be found out": the one error that all ports share.

use std::fmt;
use std::time::Duration;

use crate::telemetry::Event;

/// A dependency gave no answer that can be used. That is never a "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// Which one.
    pub dependency: Dependency,
    /// What happened, for the log; never for a client, and never with a secret.
    pub cause: String,
    /// Whether it said that it has too much to do. Then it must not be asked again at once.
    pub is_overloaded: bool,
    /// Whether it is whoever sent the request who has asked for too much, and after what time they may ask again.
    pub wait: Option<Duration>,
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
            wait: None,
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
