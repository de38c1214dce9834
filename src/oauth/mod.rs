//! The endpoints.
//!
//! Job: which paths are ours, and what each of them answers, as plain data in and out. One file an
//! endpoint, each with its own errors and one exhaustive match to the answer. Not its job: what a
//! token means ([`crate::resolve`]), or anything about routes ([`crate::gate`]).

pub mod authorize;
pub mod client_auth;
pub mod health;
pub mod introspect;
pub mod metadata;
pub mod refusal;
pub mod revoke;
pub mod token;

use crate::config::Config;
use crate::ports::PersonPorts;
use crate::protocol::{Answer, ErrorCode, Request, resource};
use crate::resolve::Resolver;

use refusal::Refusal;

/// What starts every path that is kept for Postern itself.
const RESERVED: &str = "/_postern/";

/// An endpoint of Postern's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/oauth/authorize` (RFC 6749 section 3.1).
    Authorize,
    /// `/oauth/token` (RFC 6749 section 3.2).
    Token,
    /// `/oauth/introspect` (RFC 7662).
    Introspect,
    /// `/oauth/revoke` (RFC 7009).
    Revoke,
    /// `/.well-known/oauth-authorization-server` (RFC 8414).
    ServerMetadata,
    /// `/.well-known/oauth-protected-resource`, and with a resource's path behind it (RFC 9728).
    ResourceMetadata,
    /// `/_postern/health`.
    Health,
    /// Anything else under `/_postern/`: nothing, and no route's either.
    Reserved,
}

/// The endpoint at `path`, if it is one. The comparison is exact.
#[must_use]
pub fn endpoint(path: &str) -> Option<Endpoint> {
    const EXACT: [Endpoint; 7] = [
        Endpoint::Authorize,
        Endpoint::Token,
        Endpoint::Introspect,
        Endpoint::Revoke,
        Endpoint::ServerMetadata,
        Endpoint::ResourceMetadata,
        Endpoint::Health,
    ];
    if let Some(endpoint) = EXACT.into_iter().find(|e| e.path() == path) {
        return Some(endpoint);
    }
    if path.starts_with(RESERVED) {
        return Some(Endpoint::Reserved);
    }
    path.strip_prefix(resource::METADATA_PATH)?
        .starts_with('/')
        .then_some(Endpoint::ResourceMetadata)
}

impl Endpoint {
    /// Its path, or what its paths begin with.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Authorize => "/oauth/authorize",
            Self::Token => "/oauth/token",
            Self::Introspect => "/oauth/introspect",
            Self::Revoke => "/oauth/revoke",
            Self::ServerMetadata => "/.well-known/oauth-authorization-server",
            Self::ResourceMetadata => resource::METADATA_PATH,
            Self::Health => "/_postern/health",
            Self::Reserved => RESERVED,
        }
    }

    /// Whether a request with this method needs its body read.
    #[must_use]
    pub fn reads_body(self, method: &str) -> bool {
        self.allow().is_some_and(|allow| allow.contains("POST")) && method == "POST"
    }

    /// The methods that it takes, as the `Allow` header writes them (RFC 9110 section 10.2.1), where
    /// it is anything at all.
    const fn allow(self) -> Option<&'static str> {
        match self {
            Self::Authorize => Some("GET, HEAD, POST"),
            Self::Token | Self::Introspect | Self::Revoke => Some("POST"),
            Self::ServerMetadata | Self::ResourceMetadata | Self::Health => Some("GET, HEAD"),
            Self::Reserved => None,
        }
    }
}

/// Answers a request to one of the endpoints.
pub async fn answer<P: PersonPorts>(
    endpoint: Endpoint,
    request: Request<'_>,
    config: &Config,
    resolver: &Resolver,
    ports: &P,
) -> Answer {
    if let Some(allow) = endpoint.allow()
        && !allow
            .split(',')
            .any(|method| method.trim_ascii() == request.method)
    {
        return method_not_allowed(allow).answer(endpoint, ports);
    }
    let mut answer = match endpoint {
        Endpoint::Authorize => authorize::answer(&request, config, resolver, ports).await,
        Endpoint::Token => token::answer(&request, config, resolver, ports).await,
        Endpoint::Introspect => introspect::answer(&request, config, resolver, ports).await,
        Endpoint::Revoke => revoke::answer(&request, config, resolver, ports).await,
        Endpoint::ServerMetadata => metadata::server(config),
        Endpoint::ResourceMetadata => metadata::resource(config, request.path),
        Endpoint::Health => health::answer(resolver, ports).await,
        Endpoint::Reserved => not_found(),
    };
    if request.method == "HEAD" {
        answer.body = "".into();
    }
    answer
}

/// There is nothing at this path, and never was.
fn not_found() -> Answer {
    Answer::new(404)
        .json("{\"error\":\"not_found\",\"error_description\":\"there is nothing at this path\"}")
}

fn method_not_allowed(allow: &'static str) -> Refusal {
    let description = format!("this endpoint does not take that method, only {allow}");
    Refusal::new(405, ErrorCode::InvalidRequest, description).with("allow", allow)
}

#[cfg(test)]
mod tests;
