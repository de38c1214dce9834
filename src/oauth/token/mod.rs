//! The token endpoint (RFC 6749 section 3.2), with resource indicators (RFC 8707). Each grant has a
//! file of its own: client credentials (section 4.4), authorization code (section 4.1.3), refresh token
//! (section 6).

mod authorization_code;
mod client_credentials;
mod error;
mod refresh_token;
mod request;

use crate::config::{Client, Config, Grant};
use crate::ports::PersonPorts;
use crate::protocol::{Answer, Form, Request};
use crate::resolve::Resolver;

use super::Endpoint;
use super::endpoint_error::{form_of_client, needed};
use error::{Error, TokenError};
use request::TokenRequest;

pub(super) async fn answer<P: PersonPorts>(
    request: &Request<'_>,
    config: &Config,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Answer {
    token(request, config, resolver, ports)
        .await
        .unwrap_or_else(|error| error.answer(Endpoint::Token, ports))
}

async fn token<'c, P: PersonPorts>(
    request: &Request<'_>,
    config: &'c Config,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<Answer, Error<'c>> {
    // RFC 8707 section 2 lets a client name several resources, unlike any other parameter.
    let (form, client) = form_of_client(request, &["resource"], config)?;
    let grant = grant(&form, client)?;
    let request = TokenRequest {
        form: &form,
        client,
        config,
        resolver,
        ports,
    };
    match grant {
        Grant::ClientCredentials => request.client_credentials().await,
        Grant::AuthorizationCode => request.authorization_code().await,
        Grant::RefreshToken => request.refresh_token().await,
    }
}

/// The grant that the client uses.
fn grant<'c>(form: &Form, client: &'c Client) -> Result<Grant, Error<'c>> {
    let grant = match needed(form, "grant_type")? {
        "client_credentials" => Grant::ClientCredentials,
        "authorization_code" => Grant::AuthorizationCode,
        "refresh_token" => Grant::RefreshToken,
        _ => return Err(TokenError::GrantTypeUnsupported.into()),
    };
    if client.grants.contains(&grant) {
        Ok(grant)
    } else {
        Err(TokenError::GrantNotAllowed(client).into())
    }
}
