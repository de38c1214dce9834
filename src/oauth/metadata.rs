//! Metadata: of the authorization server (RFC 8414) and of the protected resources (RFC 9728). Only
//! what works is listed.

use crate::config::Config;
use crate::protocol::json::Object;
use crate::protocol::{Answer, ResourceUri, Scope, resource};

use super::{Endpoint, client_auth, not_found};

/// The metadata of the authorization server.
pub(super) fn server(config: &Config) -> Answer {
    let scope = union(config.clients.iter().map(|client| &client.scope));
    let url = |endpoint: Endpoint| config.issuer.url(endpoint.path());
    let methods = &client_auth::METHODS;
    // The names of RFC 8414 section 2.
    let mut metadata = Object::new();
    metadata.text("issuer", config.issuer.as_str());
    metadata.text("token_endpoint", &url(Endpoint::Token));
    metadata.texts("token_endpoint_auth_methods_supported", methods);
    metadata.text("introspection_endpoint", &url(Endpoint::Introspect));
    metadata.texts("introspection_endpoint_auth_methods_supported", methods);
    metadata.text("revocation_endpoint", &url(Endpoint::Revoke));
    metadata.texts("revocation_endpoint_auth_methods_supported", methods);
    metadata.texts("grant_types_supported", &["client_credentials"]);
    // Required, and empty without an authorization endpoint.
    metadata.texts::<&str>("response_types_supported", &[]);
    metadata.texts_if_any("scopes_supported", &scope.tokens().collect::<Vec<_>>());
    published(metadata)
}

/// The metadata of the resource whose path is inserted in `path` (RFC 9728 section 3.1); at the
/// root, where no audience has an empty path, that of the issuer itself.
pub(super) fn resource(config: &Config, path: &str) -> Answer {
    let inserted = path.strip_prefix(resource::METADATA_PATH).unwrap_or(path);
    let audience = config
        .routes
        .iter()
        .filter_map(|route| route.audience.as_ref())
        .find(|audience| path_of(audience) == Some(inserted));
    if audience.is_none() && !inserted.is_empty() {
        return not_found();
    }
    let scope = union(
        config
            .routes
            .iter()
            .filter(|route| route.audience.as_ref() == audience)
            .map(|route| &route.scope),
    );
    // The names of RFC 9728 section 2.
    let mut metadata = Object::new();
    metadata.text(
        "resource",
        audience.map_or(config.issuer.as_str(), ResourceUri::as_str),
    );
    metadata.texts("authorization_servers", &[config.issuer.as_str()]);
    metadata.texts_if_any("scopes_supported", &scope.tokens().collect::<Vec<_>>());
    metadata.texts("bearer_methods_supported", &["header"]);
    published(metadata)
}

fn path_of(audience: &ResourceUri) -> Option<&str> {
    audience.web_parts().map(|(_, path)| path)
}

fn union<'a>(scopes: impl Iterator<Item = &'a Scope>) -> Scope {
    scopes.fold(Scope::default(), |all, scope| all.union(scope))
}

/// Unlike every other answer this one may be kept for a while.
fn published(metadata: Object) -> Answer {
    let mut answer = Answer::new(200)
        .with("content-type", "application/json")
        .with("cache-control", "public, max-age=300");
    answer.body = metadata.finish().into();
    answer
}
