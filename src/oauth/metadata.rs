//! Metadata: of the authorization server (RFC 8414) and of the protected resources (RFC 9728). Only
//! what works is listed.

use serde::Serialize;

use crate::assertion;
use crate::config::{ADMIN_SCOPE, Config, GLOBAL_REVOCATION_PATH, Grant};
use crate::ports::PersonPorts;
use crate::protocol::resource::{self, is_at_host};
use crate::protocol::{Answer, ResourceUri, Scope, json};

use super::error_response::{not_found, unavailable};
use super::userinfo::OPENID;
use super::{Endpoint, client_auth};

/// RFC 8414 section 2.
#[derive(Serialize)]
struct ServerMetadata<'a> {
    issuer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_endpoint: Option<String>,
    token_endpoint: String,
    token_endpoint_auth_methods_supported: &'static [&'static str],
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: &'static [&'static str],
    /// OpenID Connect Discovery section 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    userinfo_endpoint: Option<String>,
    /// RFC 9701 section 7.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    introspection_signing_alg_values_supported: &'static [&'static str],
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    /// draft-parecki-oauth-global-token-revocation-06 section 4, where somebody may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    global_token_revocation_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    global_token_revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    /// Required, and empty where no client may use the authorization endpoint.
    response_types_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    response_modes_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    code_challenge_methods_supported: &'static [&'static str],
    /// RFC 9207 section 3.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    authorization_response_iss_parameter_supported: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<&'a str>,
}

/// RFC 9728 section 2.
#[derive(Serialize)]
struct ResourceMetadata<'a> {
    resource: &'a str,
    authorization_servers: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<&'a str>,
    bearer_methods_supported: [&'static str; 1],
}

/// The metadata of the authorization server.
pub(super) fn server(config: &Config) -> Answer {
    let scope = union(config.clients.iter().map(|client| &client.scope));
    let url = |endpoint: Endpoint| config.issuer.url(endpoint.path());
    let grants = [
        Grant::AuthorizationCode,
        Grant::ClientCredentials,
        Grant::RefreshToken,
    ];
    let is_used = |grant: &Grant| config.clients.iter().any(|c| c.grants.contains(grant));
    let has_keys = config.signing.is_some();
    let has_codes = is_used(&Grant::AuthorizationCode);
    let where_codes = |values: &'static [&'static str]| if has_codes { values } else { &[] };
    let methods = if config.clients.iter().any(|client| client.is_public) {
        client_auth::METHODS_AND_NONE
    } else {
        client_auth::METHODS
    };
    let has_administrator = scope.contains(ADMIN_SCOPE);
    let has_transmitter = !config.transmitters.is_empty();
    let global = [
        (has_administrator, "Bearer"),
        (has_transmitter, "private_key_jwt"),
    ];
    let global = global.into_iter().filter(|(is_there, _)| *is_there);
    let global: Vec<&str> = global.map(|(_, method)| method).collect();
    published(&ServerMetadata {
        issuer: config.issuer.as_str(),
        authorization_endpoint: has_codes.then(|| url(Endpoint::Authorize)),
        token_endpoint: url(Endpoint::Token),
        token_endpoint_auth_methods_supported: methods,
        introspection_endpoint: url(Endpoint::Introspect),
        introspection_endpoint_auth_methods_supported: client_auth::METHODS,
        userinfo_endpoint: scope.contains(OPENID).then(|| url(Endpoint::UserInfo)),
        introspection_signing_alg_values_supported: if has_keys { &["ES256"] } else { &[] },
        revocation_endpoint: url(Endpoint::Revoke),
        revocation_endpoint_auth_methods_supported: methods,
        global_token_revocation_endpoint: (!global.is_empty())
            .then(|| config.issuer.url(GLOBAL_REVOCATION_PATH)),
        global_token_revocation_endpoint_auth_methods_supported: global,
        grant_types_supported: grants
            .iter()
            .filter(|grant| is_used(grant))
            .map(|grant| grant.as_str())
            .collect(),
        response_types_supported: where_codes(&["code"]),
        response_modes_supported: where_codes(&["query"]),
        code_challenge_methods_supported: where_codes(&["S256"]),
        authorization_response_iss_parameter_supported: has_codes,
        jwks_uri: has_keys.then(|| url(Endpoint::Jwks)),
        scopes_supported: scope.tokens().collect(),
    })
}

/// The metadata of the resource at this host whose path is inserted in `path` (RFC 9728 section 3.1). At the
/// issuer's root it is that of the issuer itself, unless an audience is just that. A client must not use what names
/// another resource than it asked for (section 3.3), so there is nothing for it anywhere else.
pub(super) fn resource(config: &Config, origin: &str, path: &str) -> Answer {
    let inserted = path.strip_prefix(resource::METADATA_PATH).unwrap_or(path);
    let audience = config
        .routes
        .iter()
        .filter_map(|route| route.audience.as_ref())
        .find(|audience| {
            audience.web_parts().is_some_and(|(own_origin, own_path)| {
                own_path == inserted && is_at_host(own_origin, origin)
            })
        });
    let is_issuer = inserted.is_empty() && is_at_host(config.issuer.as_str(), origin);
    if audience.is_none() && !is_issuer {
        return not_found();
    }
    let routes = || {
        let routes = config.routes.iter();
        routes.filter(|route| route.audience.as_ref() == audience)
    };
    let scope = union(routes().map(|route| &route.scope));
    let is_own_taken = audience.is_none() || routes().any(|route| route.accept.takes_own());
    let mut servers: Vec<&str> = is_own_taken
        .then(|| config.issuer.as_str())
        .into_iter()
        .collect();
    // Whoever has a token of any of them may come with it.
    for (place, issuer) in (0..).zip(&config.issuers) {
        if routes().any(|route| route.accept.takes(place)) {
            servers.push(issuer.issuer.as_str());
        }
    }
    published(&ResourceMetadata {
        resource: audience.map_or(config.issuer.as_str(), ResourceUri::as_str),
        authorization_servers: servers,
        scopes_supported: scope.tokens().collect(),
        bearer_methods_supported: ["header"],
    })
}

fn union<'a>(scopes: impl Iterator<Item = &'a Scope>) -> Scope {
    scopes.fold(Scope::default(), |all, scope| all.union(scope))
}

/// The public keys of what Postern signs (RFC 7517 section 5).
pub(super) async fn keys<P: PersonPorts>(config: &Config, ports: &P) -> Answer {
    let Some(ring) = &config.signing else {
        return not_found();
    };
    match assertion::published(ring, ports).await {
        Ok(keys) => kept_for_a_while(keys.to_owned()),
        Err(cause) => unavailable(&cause, ports),
    }
}

fn published(metadata: &impl Serialize) -> Answer {
    kept_for_a_while(json::write(metadata))
}

/// Unlike all other answers, metadata may be kept for a while.
fn kept_for_a_while(body: String) -> Answer {
    let mut answer = Answer::new(200)
        .with("content-type", "application/json")
        .with("cache-control", "public, max-age=300");
    answer.body = body.into();
    answer
}
