//! `[vars.POSTERN]` and the secrets, checked whole at start.
//!
//! Job: turn what the deployer wrote into types that hold only what makes sense, or into a list of
//! problems that each name the key and say what to write. There is no half-valid configuration.

pub mod glob;
pub mod problem;
pub mod read;

mod clients;
mod people;
mod providers;
mod reach;
mod routes;
mod secret_digest;
mod table;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::accounts::Accounts;
use crate::pages::Brand;
use crate::protocol::{ClientId, Issuer, RedirectUri, ResourceUri, Scope, WebUrl};
use crate::secret::Secret;
use crate::token::KeyRing;

pub use glob::Glob;
pub use problem::Problem;

/// The names of the bindings that Postern itself needs.
pub mod binding {
    /// The KV namespace of session records.
    pub const RECORDS: &str = "POSTERN_SESSIONS";
    /// The Durable Object namespace of session coordinators (class `SessionCoordinator`).
    pub const COORDINATORS: &str = "POSTERN_COORDINATORS";
    /// The Durable Object namespace of the revocation log (class `RevocationLog`).
    pub const LOG: &str = "POSTERN_REVOCATION_LOG";
    /// The static assets, needed where a route's origin is `assets`.
    pub const ASSETS: &str = "ASSETS";
    /// The rate-limiting binding that counts attempts to log in, needed where there are accounts.
    pub const LOGIN_LIMIT: &str = "POSTERN_LOGIN_LIMIT";
    /// The secret that holds the sealing keys.
    pub const KEYS: &str = "POSTERN_KEYS";
    /// The secret that holds the local accounts.
    pub const USERS: &str = "POSTERN_USERS";
}

/// What the configuration is checked against: the other bindings of the Worker.
pub trait Environment {
    /// The text of the secret or variable `name`.
    fn setting(&self, name: &str) -> Setting;

    /// Whether there is a binding `name` of this kind; `None` where that can't be seen from here.
    fn has_binding(&self, name: &str, kind: BindingKind) -> Option<bool>;
}

/// A secret or variable, as far as it can be seen.
#[derive(Debug)]
pub enum Setting {
    /// Its text.
    Value(Secret<String>),
    /// There is none.
    Missing,
    /// Whether there is one can't be seen from here (`make check` sees no deployed secret).
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
    /// A rate-limiting binding.
    RateLimiter,
}

/// A configuration that makes sense.
#[derive(Debug)]
pub struct Config {
    /// `issuer`.
    pub issuer: Issuer,
    /// `name` and `logo`: whose pages people see. Default: the host of `issuer`, and no logo.
    pub brand: Brand,
    /// The secret `POSTERN_KEYS`. `None` only where it is [`Setting::Hidden`].
    pub keys: Option<KeyRing>,
    /// The secret `POSTERN_USERS`. Nobody where there is none, and where it is [`Setting::Hidden`].
    pub accounts: Accounts,
    /// `clients`.
    pub clients: Vec<Client>,
    /// `providers`: the identity providers with which people can log in, in the order in which they
    /// are offered.
    pub providers: Vec<Provider>,
    /// `routes`, in order.
    pub routes: Vec<Route>,
    /// `outage_grace`: how much longer than usual a cached session may be let through where a route
    /// says `allow_cached`. Default 60 s, at most 3600 s.
    pub outage_grace: Duration,
    /// `cache_bytes`: how much memory one isolate may use for opened records. Default 16 MiB, from
    /// 64 KiB to 64 MiB.
    pub cache_bytes: usize,
    /// `store_timeout_ms`: how long to wait for a store before it counts as unavailable. Default
    /// 2000 ms, from 50 to 30000.
    pub store_timeout: Duration,
    /// `session_idle`: how long a login lasts without a request. Default 86400 s, from 300 s to
    /// 2592000 s (30 days).
    pub session_idle: Duration,
    /// `session_lifetime`: how long a login lasts at the most. Default 604800 s (7 days), from 300 s
    /// to 7776000 s (90 days).
    pub session_lifetime: Duration,
    /// `log_refusals`: whether the gate writes a line for each request that it refuses. Default
    /// false.
    pub log_refusals: bool,
}

/// A client (RFC 6749 section 2).
#[derive(Clone, Debug)]
pub struct Client {
    /// `id`.
    pub id: ClientId,
    /// `secret_sha256`: SHA-256 of each secret that is good, so that a secret can be replaced without
    /// a gap. Written in hexadecimal, or as `env:NAME` to take it from a secret of that name; one
    /// or a list of two at most. Empty only where all of them are [`Setting::Hidden`], and for a
    /// public client.
    pub secret_digests: Vec<SecretDigest>,
    /// `public`: a client that can keep no secret, such as an application in a browser (RFC 6749
    /// section 2.1). Default false.
    pub is_public: bool,
    /// `name`: what people are told about who asks; its id where there is none.
    pub name: Option<String>,
    /// `first_party`: a client of the deployer's own, for which nobody is asked for consent. Default
    /// false.
    pub is_first_party: bool,
    /// `redirect_uris`: where a person may be sent back to (RFC 6749 section 3.1.2).
    pub redirect_uris: Vec<RedirectUri>,
    /// `grants`.
    pub grants: Vec<Grant>,
    /// `scopes`: all that it may have, and what it gets where it asks for none.
    pub scope: Scope,
    /// `audiences`: the resources it may get tokens for (RFC 8707); all of them where it names none.
    pub audiences: Vec<ResourceUri>,
    /// `token_lifetime`, seconds. Default 3600 s, from 30 s to 86400 s.
    pub token_lifetime: Duration,
    /// `refresh_idle`: how long a refresh token lasts without being used. Default 1209600 s (14 days),
    /// from 60 s to 7776000 s.
    pub refresh_idle: Duration,
    /// `refresh_lifetime`: how long what a person authorized lasts at the most, however often it is
    /// refreshed. Default 7776000 s (90 days), from 60 s to 31536000 s.
    pub refresh_lifetime: Duration,
    /// `introspect`.
    pub introspect: Introspect,
    /// `introspect_max_staleness`, seconds. Default 0.
    pub introspect_max_staleness: Duration,
}

/// SHA-256 of a client secret. A secret of ours has 256 random bits, so a plain digest is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretDigest(pub Secret<[u8; 32]>);

/// A grant type that a client may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// `client_credentials` (RFC 6749 section 4.4).
    ClientCredentials,
    /// `authorization_code` (RFC 6749 section 4.1), with PKCE always.
    AuthorizationCode,
    /// `refresh_token` (RFC 6749 section 6), for what was authorized with a code.
    RefreshToken,
}

impl Grant {
    /// Its `grant_type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
}

impl Config {
    /// The client of this id.
    #[must_use]
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id.as_str() == id)
    }

    /// How long anything that is given now can live at the most.
    #[must_use]
    pub fn longest_life(&self) -> Duration {
        let lives = self
            .clients
            .iter()
            .map(|client| client.refresh_lifetime + client.token_lifetime);
        lives.fold(self.session_lifetime, Duration::max)
    }
}

impl Client {
    /// What people are told about who asks.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.id.as_str())
    }
}

/// Which tokens a client may introspect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Introspect {
    /// `false`, the default: it may not call the endpoint.
    No,
    /// `true`: every token of this issuer.
    All,
    /// A list of audiences: tokens for one of them, tokens for no audience in particular, and its
    /// own.
    Audiences(Vec<ResourceUri>),
}

/// An identity provider that Postern is a relying party of (OpenID Connect Core section 3.1).
#[derive(Clone, Debug)]
pub struct Provider {
    /// `id`: its name in URLs.
    pub id: ClientId,
    /// `name`: what people are shown. Default: the id.
    pub name: String,
    /// `issuer`, compared as a string. It has no query.
    pub issuer: WebUrl,
    /// `client_id`: what the provider calls Postern.
    pub client_id: String,
    /// `client_secret`, always `env:NAME`. `None` for a public client, and where it is
    /// [`Setting::Hidden`].
    pub client_secret: Option<Secret<String>>,
    /// `scopes`; `openid` is always among them. Default `openid profile email`.
    pub scope: Scope,
    /// `subject`: the claim that becomes `sub`, behind the prefix. Default `sub`.
    pub subject: String,
    /// `subject_prefix`. Default `<id>:`. No provider's prefix begins with another's, so that no two
    /// providers can name the same subject.
    pub subject_prefix: String,
    /// `username`: the claim that becomes `username`. `None`: `preferred_username`, or else `email`.
    pub username: Option<String>,
    /// `claims`: further claims for the session record.
    pub claims: Vec<String>,
    /// `allow`.
    pub allow: Allow,
    /// `logout`: whether a logout goes on to the provider. Default true.
    pub logout: bool,
}

/// Which of a provider's people may enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    /// `"anyone"`: all of them.
    Anyone,
    /// Whom at least one of these rules fits. It is not empty.
    AnyOf(Vec<Rule>),
}

/// A rule of `allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `claim`: the claim of the ID token that is looked at.
    pub claim: String,
    /// What it must be.
    pub test: Test,
}

/// What a claim must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `is`: this text.
    Is(String),
    /// `has`: a list with this text in it, or a table with this key (as ZITADEL writes roles).
    Has(String),
    /// `domain`: an address at this domain, in lower case.
    Domain(String),
}

/// A route of the gate.
#[derive(Clone, Debug)]
pub struct Route {
    /// `match`.
    pub pattern: Glob,
    /// `methods`; `None` for all. `GET` admits `HEAD` as well.
    pub methods: Option<Vec<String>>,
    /// `access`.
    pub access: Access,
    /// `scopes`: a token needs all of them. A login session has no scope and needs none.
    pub scope: Scope,
    /// `audience`, or the top-level `audience` where the route has none: a token must be meant for
    /// it. A login session is meant for this site.
    pub audience: Option<ResourceUri>,
    /// `max_staleness`, seconds: how old the copy of the revocation log may be. Default 5, at most
    /// 300; 0 asks every time.
    pub max_staleness: Duration,
    /// `on_outage`.
    pub on_outage: OnOutage,
    /// `origin`. A route that denies has none, and uses this for nothing.
    pub origin: Origin,
    /// `preflight`.
    pub preflight: Preflight,
    /// `cors_origins`: the web origins that a browser may call this route from; each `https://host`,
    /// none with `*`. Needed with `preflight = "answer"`; the gate's own refusals become readable
    /// for them. They may send no login session along.
    pub cors_origins: Vec<String>,
}

/// What a route asks of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `public`: nothing.
    Public,
    /// `token`: an access token.
    Token,
    /// `session`: a person's login session.
    Session,
    /// `any`: an access token or a login session.
    Any,
    /// `deny`: whatever it brings, it is refused with 403.
    Deny,
}

impl Access {
    /// Whether access tokens are read.
    #[must_use]
    pub const fn takes_tokens(self) -> bool {
        match self {
            Self::Token | Self::Any => true,
            Self::Public | Self::Session | Self::Deny => false,
        }
    }

    /// Whether a login session is enough.
    #[must_use]
    pub const fn takes_sessions(self) -> bool {
        match self {
            Self::Session | Self::Any => true,
            Self::Public | Self::Token | Self::Deny => false,
        }
    }
}

/// What to do where a store does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnOutage {
    /// `deny`, the default: 503.
    Deny,
    /// `allow_cached`: let sessions through that are in the isolate's cache, for `outage_grace`.
    AllowCached,
}

/// Where a route's requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `assets`: the Worker's static assets.
    Assets,
    /// `service:BINDING`: another Worker.
    Service(String),
    /// `https://host[:port]` (`http` for a loopback host): a server anywhere; the path and the query
    /// are kept.
    Url(String),
    /// `zone`: what the zone would have served without this Worker.
    Zone,
}

/// What to do with a CORS preflight (an `OPTIONS` request with `Origin` and
/// `Access-Control-Request-Method`), which never carries credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preflight {
    /// `refuse`, the default: it needs what every request needs.
    Refuse,
    /// `pass`: the origin answers it; it gets no identity and no body.
    Pass,
    /// `answer`: Postern answers it for `cors_origins`.
    Answer,
}
