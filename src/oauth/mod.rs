//! The OAuth endpoints.
//!
//! Job: answer the requests to Postern's own paths for clients, as plain data in and out. One file an
//! endpoint, each with its own errors and one exhaustive match to the answer. Not its job: what a
//! token means ([`crate::resolve`]), or anything about routes ([`crate::gate`]).

pub mod authorize;
pub mod client_auth;
pub mod health;
pub mod introspect;
pub mod metadata;
pub mod revoke;
pub mod token;
pub mod userinfo;

mod code_binding;
mod cors;
mod endpoint;
mod endpoint_error;
mod error_response;
mod requested;

use crate::config::Config;
use crate::ports::PersonPorts;
use crate::protocol::{Answer, ErrorCode, Request};
use crate::resolve::Resolver;

pub use endpoint::{Endpoint, endpoint};
use error_response::ErrorResponse;

/// Answers a request to one of the endpoints.
pub async fn answer<P: PersonPorts>(
    endpoint: Endpoint,
    request: Request<'_>,
    config: &Config,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Answer {
    if let Some(preflight) = endpoint.preflight(&request) {
        return preflight;
    }
    endpoint.readable(answered(endpoint, &request, config, resolver, ports).await)
}

async fn answered<P: PersonPorts>(
    endpoint: Endpoint,
    request: &Request<'_>,
    config: &Config,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Answer {
    if let Some(allow) = endpoint.allow()
        && !allow
            .split(',')
            .any(|method| method.trim_ascii() == request.method)
    {
        return method_not_allowed(allow).answer(endpoint, ports);
    }
    if endpoint.reads_body(request.method)
        && let Some(refused) = request.encoded()
    {
        return refused;
    }
    let mut answer = match endpoint {
        Endpoint::Authorize => authorize::answer(request, config, resolver, ports).await,
        Endpoint::Token => token::answer(request, config, resolver, ports).await,
        Endpoint::Introspect => introspect::answer(request, config, resolver, ports).await,
        Endpoint::UserInfo => userinfo::answer(request, resolver, ports).await,
        Endpoint::Revoke => revoke::answer(request, config, resolver, ports).await,
        Endpoint::ServerMetadata => metadata::server(config),
        Endpoint::ResourceMetadata => metadata::resource(config, request.origin, request.path),
        Endpoint::Jwks => metadata::keys(config, ports).await,
        Endpoint::Health => health::answer(resolver, ports).await,
        Endpoint::Reserved => error_response::not_found(),
    };
    if request.method == "HEAD" {
        answer.body = "".into();
    }
    answer
}

fn method_not_allowed(allow: &'static str) -> ErrorResponse {
    let methods = allow.replace(", ", " and ");
    let description = format!("this endpoint takes only {methods}");
    ErrorResponse::new(405, ErrorCode::InvalidRequest, description).with("allow", allow)
}

#[cfg(test)]
mod tests;
