//! Which endpoints there are, where they are, and which methods they take.

use crate::config::Config;
use crate::protocol::resource;

/// The start of every path that Postern keeps for itself.
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
    /// `/oauth/userinfo` (OpenID Connect Core section 5.3).
    UserInfo,
    /// `/.well-known/oauth-authorization-server` (RFC 8414).
    ServerMetadata,
    /// `/.well-known/oauth-protected-resource`, and with a resource's path behind it (RFC 9728).
    ResourceMetadata,
    /// `/.well-known/jwks.json`: the public keys of what Postern signs (RFC 7517). It is there only where there are keys.
    Jwks,
    /// `/_postern/health`.
    Health,
    /// Anything else under `/_postern/`. There is nothing there, and no route gets it either.
    Reserved,
}

/// The endpoint at `path`, if it is one. The comparison is exact.
#[must_use]
pub fn endpoint(path: &str) -> Option<Endpoint> {
    const EXACT: [Endpoint; 9] = [
        Endpoint::Authorize,
        Endpoint::Token,
        Endpoint::Introspect,
        Endpoint::Revoke,
        Endpoint::UserInfo,
        Endpoint::ServerMetadata,
        Endpoint::ResourceMetadata,
        Endpoint::Jwks,
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
            Self::UserInfo => "/oauth/userinfo",
            Self::ServerMetadata => "/.well-known/oauth-authorization-server",
            Self::ResourceMetadata => resource::METADATA_PATH,
            Self::Jwks => "/.well-known/jwks.json",
            Self::Health => "/_postern/health",
            Self::Reserved => RESERVED,
        }
    }

    /// Whether a site of this configuration has it. Where it has none, its path is like any other.
    #[must_use]
    pub const fn is_there(self, config: &Config) -> bool {
        match self {
            Self::Jwks => config.signing.is_some(),
            _ => true,
        }
    }

    /// Whether people come here with their browsers. Programs use the others.
    #[must_use]
    pub const fn is_for_people(self) -> bool {
        match self {
            Self::Authorize | Self::Reserved => true,
            Self::Token
            | Self::Introspect
            | Self::Revoke
            | Self::UserInfo
            | Self::ServerMetadata
            | Self::ResourceMetadata
            | Self::Jwks
            | Self::Health => false,
        }
    }

    /// Whether a request with this method needs its body read.
    #[must_use]
    pub fn reads_body(self, method: &str) -> bool {
        self.allow().is_some_and(|allow| allow.contains("POST")) && method == "POST"
    }

    /// The methods that it takes, as the `Allow` header writes them (RFC 9110 section 10.2.1). `None`
    /// for paths that are only kept free.
    pub(super) const fn allow(self) -> Option<&'static str> {
        match self {
            // A HEAD changes nothing, and a GET may give a code.
            Self::Authorize => Some("GET, POST"),
            Self::Token | Self::Introspect | Self::Revoke => Some("POST"),
            Self::UserInfo => Some("GET, HEAD, POST"),
            Self::ServerMetadata | Self::ResourceMetadata | Self::Jwks | Self::Health => {
                Some("GET, HEAD")
            }
            Self::Reserved => None,
        }
    }
}
