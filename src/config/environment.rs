//! What the configuration is checked against.

use crate::secret::Secret;

/// The other bindings of the Worker, and its secrets.
pub trait Environment {
    /// The text of the secret or variable `name`.
    fn setting(&self, name: &str) -> Setting;

    /// Whether there is a binding `name` of this kind; `None` where that can't be seen from here.
    fn has_binding(&self, name: &str, kind: BindingKind) -> Option<bool>;

    /// The issuer of a configuration that names none: the scheme, host and port at which a Worker on one's own machine
    /// is reached. `None` anywhere else.
    fn own_origin(&self) -> Option<String> {
        None
    }
}

/// A secret or variable, as far as it can be seen.
#[derive(Debug)]
pub enum Setting {
    /// Its text.
    Value(Secret<String>),
    /// It does not exist.
    Missing,
    /// Whether there is one can't be seen from here (`postern check` sees no deployed secret).
    Hidden,
}

/// What a binding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// A KV namespace.
    Kv,
    /// A Durable Object namespace.
    DurableObject,
    /// Static assets.
    Assets,
    /// A service binding.
    Service,
    /// Whatever requests can be sent through to a URL: a service, a client certificate, a private network.
    Fetcher,
    /// A rate-limiting binding.
    RateLimiter,
    /// No binding: the handler that was given to `protect`.
    Handler,
}
