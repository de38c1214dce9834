//! `postern.toml` and the secrets, checked whole at start.
//!
//! Job: turn what the deployer wrote into types that hold only what makes sense, or into a list of
//! problems that each name the key and say what to write. Everything that is wrong is found at once,
//! so that a deployer corrects it in one go. There is no half-valid configuration. Each table's type
//! stands beside its reader; here is the whole.

mod accept;
mod access;
mod accounts;
mod allow;
pub mod assertion;
mod bindings;
mod client;
mod clients;
mod cors;
mod country;
mod environment;
mod from_environment;
mod front;
pub mod glob;
pub mod globs;
mod header;
pub mod identity;
mod implies;
mod introspect;
mod issuer;
mod issuers;
mod issuers_of;
mod jwt;
mod lifetimes;
pub mod names;
mod network;
mod opaque;
mod origin;
mod people;
mod place;
mod problem;
mod provider;
mod rate_limit;
mod require;
mod route;
mod routes;
mod rule;
mod rules;
mod rules_check;
mod scope_texts;
mod scopes;
mod scopes_for;
mod secret_digest;
mod secret_text;
mod table;
mod token_from;
mod transmitter;
mod unreachable;

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;

use crate::accounts::Roster;
use crate::pages::{Brand, Logo};
use crate::protocol::{DisplayName, Issuer as OwnIssuer, ResourceUri};
use crate::token::{KeyRing, SigningRing};

pub use accept::Accept;
pub use access::Access;
pub use allow::Allow;
pub use assertion::Assertion;
pub use client::{Client, Grant, LONGEST_TOKEN_LIFETIME};
pub use clients::Clients;
pub use country::Country;
pub use environment::{BindingKind, Environment, Setting};
pub use glob::Glob;
pub use header::HeaderPattern;
pub use identity::{Fact, Identity, IdentityHeader};
pub use implies::Implies;
pub use introspect::Introspect;
pub use issuer::{Issuer, Tokens, is_reserved};
pub use issuers_of::IssuersOf;
pub use jwt::Jwt;
pub use lifetimes::CODE_LIFETIME;
pub use network::Network;
pub use opaque::{IssuerAuth, Opaque, SecretMethod};
pub use origin::Origin;
pub use place::Place;
pub use problem::{NO_ISSUER, Problem};
pub use provider::Provider;
pub use rate_limit::{LimitedBy, RateLimit};
pub use require::{Require, Requirement};
pub use route::{OnOutage, Paths, Preflight, Role, Route};
pub use rule::{Rule, Test};
pub use rules::Rules;
pub use scope_texts::ScopeTexts;
pub use scopes::ADMIN_SCOPE;
pub use scopes_for::{ScopeFor, ScopesFor};
pub use secret_digest::SecretDigest;
pub use token_from::TokenFrom;
pub use transmitter::{EVENTS_PATH, Names, Naming, PushAuthorization, Transmitter};

use identity::Identities;
use routes::Routes;
use table::{Problems, Read, Reported, Table};

/// A configuration that makes sense.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are keys of a file, each for itself"
)]
pub struct Config {
    /// `issuer`.
    pub issuer: OwnIssuer,
    /// Whether the configuration names no `issuer`, and it is where this machine was reached: nothing may be served
    /// anywhere else.
    pub is_on_own_machine_only: bool,
    /// `name` and `logo`: whose pages people see. Default: the host of `issuer`, and no logo.
    pub brand: Brand,
    /// The secret `POSTERN_KEYS`. `None` only where it is [`Setting::Hidden`].
    pub keys: Option<KeyRing>,
    /// The secret `POSTERN_SIGNING_KEYS`: what signs. `None` where there is none, and where it is [`Setting::Hidden`].
    pub signing: Option<SigningRing>,
    /// Who has an account in the secret `POSTERN_USERS`. Empty where there is none, and where it is
    /// [`Setting::Hidden`].
    pub accounts: Roster,
    /// `clients`.
    pub clients: Clients,
    /// `providers`: the identity providers with which people can log in, in the order in which they
    /// are offered.
    pub providers: Vec<Provider>,
    /// `issuers`: others whose access tokens routes may take, at most 63.
    pub issuers: Vec<Issuer>,
    /// `transmitters`: whose security events are taken, at most 64.
    pub transmitters: Vec<Transmitter>,
    /// `scopes`: what scopes mean, for the people who are asked for them.
    pub scopes: ScopeTexts,
    /// `implies`: which scopes do for which others.
    pub implies: Implies,
    /// `scopes_for`: which scopes are not for everyone.
    pub scopes_for: ScopesFor,
    /// The `routes` that decide, in order: those without `report`.
    pub routes: Vec<Route>,
    /// All `routes`, in order, where one has `report`; otherwise empty.
    pub tried: Vec<Route>,
    /// `outage_grace`: how much longer than usual a cached session may be let through where a route
    /// says `allow_cached`. Default 60 s, at most 3600 s.
    pub outage_grace: Duration,
    /// `cache_bytes`: how much memory an isolate may use for records. Default 16 MiB, from 64 KiB to 64 MiB.
    pub cache_bytes: usize,
    /// `store_timeout_ms`: how long to wait for a store before it counts as unavailable. Default
    /// 2000 ms, from 50 to 30000.
    pub store_timeout: Duration,
    /// `session_idle`: how long a login lasts without a request. Default 86400 s, from 300 s to
    /// 2592000 s (30 days).
    pub session_idle: Duration,
    /// `session_lifetime`: the longest that a login lasts. Default 604800 s (7 days), from 300 s
    /// to 7776000 s (90 days).
    pub session_lifetime: Duration,
    /// `clear_storage_at_logout`: whether a logout also has the browser forget what the site has stored in it. Default
    /// false.
    pub clear_storage_at_logout: bool,
    /// `jurisdiction` and `log_location_hint`.
    pub place: Place,
    /// `log_refusals`: whether the gate writes a line for each request that it refuses. Default
    /// false.
    pub log_refusals: bool,
    /// `log_requests`: whether a line is written for each request. Default false.
    pub log_requests: bool,
    /// `run_worker_first`: static files come to the Worker even where everyone may have them. Default false.
    pub run_worker_first: bool,
}

const KEYS: &[&str] = &[
    "issuer",
    "name",
    "logo",
    "audience",
    "outage_grace",
    "cache_bytes",
    "store_timeout_ms",
    "session_idle",
    "session_lifetime",
    "clear_storage_at_logout",
    "jurisdiction",
    "log_location_hint",
    "log_refusals",
    "log_requests",
    "run_worker_first",
    "identity",
    "clients",
    "providers",
    "issuers",
    "transmitters",
    "scopes",
    "implies",
    "scopes_for",
    "routes",
];

/// Where all that somebody has is ended by one request.
pub const GLOBAL_REVOCATION_PATH: &str = "/_postern/global-token-revocation";

impl Config {
    /// Reads `postern.toml`, given as JSON, and checks it against the bindings.
    ///
    /// ```
    /// use postern::config::{BindingKind, Config, Environment, Setting};
    ///
    /// struct Unseen;
    /// impl Environment for Unseen {
    ///     fn setting(&self, _name: &str) -> Setting {
    ///         Setting::Hidden
    ///     }
    ///     fn has_binding(&self, _name: &str, _kind: BindingKind) -> Option<bool> {
    ///         None
    ///     }
    /// }
    ///
    /// let table = r#"{
    ///     "issuer": "https://auth.example.com",
    ///     "routes": [{ "match": "/*", "access": "pubic", "origin": "assets" }]
    /// }"#;
    /// let problems = Config::read(table, &Unseen).unwrap_err();
    /// assert_eq!(
    ///     problems[0].to_string(),
    ///     "routes[0].access: must be one of `public`, `token`, `session`, `any`, `deny`",
    /// );
    /// ```
    ///
    /// # Errors
    /// Every [`Problem`] that could be found. None repeats a secret.
    pub fn read(json: &str, environment: &dyn Environment) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        match read(json, environment, &mut problems) {
            Ok(config) if problems.is_empty() => Ok(config),
            _ => Err(problems.into_list()),
        }
    }

    /// What reading `path`, which is percent-decoded, needs; `None` where no route takes it.
    #[must_use]
    pub fn access(&self, path: &str) -> Option<Access> {
        front::access(&self.routes, path)
    }

    /// The client of this id.
    #[must_use]
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.of(id)
    }
}

fn read(json: &str, environment: &dyn Environment, problems: &mut Problems) -> Read<Config> {
    let value = table::parse(json, problems).map(|mut value| {
        from_environment::resolve(&mut value, environment, problems);
        value
    });
    let parts = value.and_then(|value| read_table(&value, environment, problems));
    bindings::check(environment, problems);
    // The form of the keys is checked even without an issuer.
    let issuer = parts.as_ref().map_or("", |config| config.issuer.as_str());
    let keys = bindings::keys(issuer, environment, problems);
    let asked_by = parts.as_ref().ok().and_then(|config| {
        let mut routes = config.tried.iter().chain(&config.routes);
        routes
            .find(|route| route.assertion.is_some())
            .map(|route| route.place)
    });
    let signing = assertion::ring(asked_by, environment, problems);
    let accounts = accounts::read(environment, problems);
    if let (Ok(config), Ok(accounts)) = (&parts, &accounts) {
        accounts::check_memory(accounts, config.cache_bytes, problems);
        accounts::check_names(accounts, &config.clients, &config.providers, problems);
        let accounts_are_hidden = matches!(environment.setting(names::USERS), Setting::Hidden);
        let somebody_can_log_in =
            accounts_are_hidden || !accounts.is_empty() || !config.providers.is_empty();
        if !somebody_can_log_in {
            let routes = if config.tried.is_empty() {
                &config.routes
            } else {
                &config.tried
            };
            unreachable::check_logins(routes, problems);
        }
    }
    Ok(Config {
        keys: keys?,
        signing: signing?,
        accounts: accounts?,
        ..parts?
    })
}

/// Reads everything but the keys and the accounts.
fn read_table(
    value: &Value,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Config> {
    let table = Table::open(String::new(), value, KEYS, problems)?;
    let named = table.parsed("issuer", str::parse::<OwnIssuer>, problems);
    let is_on_own_machine_only = matches!(named, Ok(None));
    let issuer = named.and_then(|named| {
        let own = || environment.own_origin()?.parse().ok();
        named
            .or_else(own)
            .ok_or_else(|| problems.add("issuer", NO_ISSUER))
    });
    let name = table.parsed("name", str::parse::<DisplayName>, problems);
    let logo = table.parsed("logo", str::parse::<Logo>, problems);
    let audience = table.parsed("audience", str::parse::<ResourceUri>, problems);
    let outage_grace = table
        .number("outage_grace", "seconds", 0..=3_600, 60, problems)
        .map(Duration::from_secs);
    let cache_bytes = table.number("cache_bytes", "bytes", 1 << 16..=1 << 26, 1 << 24, problems);
    let store_timeout = table
        .number(
            "store_timeout_ms",
            "milliseconds",
            50..=30_000,
            2_000,
            problems,
        )
        .map(Duration::from_millis);
    let session_idle = table
        .number("session_idle", "seconds", 300..=2_592_000, 86_400, problems)
        .map(Duration::from_secs);
    let session_lifetime = table
        .number(
            "session_lifetime",
            "seconds",
            300..=7_776_000,
            604_800,
            problems,
        )
        .map(Duration::from_secs);
    let clear_storage_at_logout = table.boolean("clear_storage_at_logout", false, problems);
    let place = place::read(&table, problems);
    let log_refusals = table.boolean("log_refusals", false, problems);
    let log_requests = table.boolean("log_requests", false, problems);
    let run_worker_first = table.boolean("run_worker_first", false, problems);
    let providers = provider::read(&table, environment, problems);
    let (own, known_providers) = (issuer.as_ref().ok(), providers.as_deref().ok());
    let issuers = issuers::read(&table, environment, own, known_providers, problems);
    let known = transmitter::known(&issuer, &providers, &issuers);
    let transmitters = transmitter::read(&table, known, environment, problems);
    let known_issuers = issuers.as_deref().ok();
    let clients = client::read(&table, known_issuers, environment, problems);
    let scopes = scope_texts::read(&table, clients.as_deref().ok(), problems);
    let implies = implies::read(&table, problems);
    let scopes_for = scopes_for::read(&table, problems);
    let default_audience = audience.as_ref().ok().and_then(Option::as_ref);
    let kept = identity::kept(known_providers, known_issuers);
    let mut identities = Identities::read(&table, kept, problems);
    let routes = route::read(
        &table,
        default_audience,
        known_issuers,
        &mut identities,
        environment,
        problems,
    );
    let routes = routes.and_then(|routes| {
        let clients = clients.as_deref().ok();
        routes::check(&table, routes, clients, implies.as_ref().ok(), problems)
    });
    rules_check::check(&routes, &scopes_for, &providers, &issuers, problems)?;
    let (issuer, Routes { routes, tried }) = (issuer?, routes?);
    Ok(Config {
        brand: front::brand(&issuer, name?, logo?, &routes),
        issuer,
        is_on_own_machine_only,
        keys: None,
        signing: None,
        accounts: Roster::default(),
        clients: clients?.into(),
        providers: providers?,
        issuers: issuers?,
        transmitters: transmitters?,
        scopes: scopes?,
        implies: implies?,
        scopes_for: scopes_for?,
        routes,
        tried,
        outage_grace: outage_grace?,
        // At most 64 MiB: it fits everywhere.
        cache_bytes: usize::try_from(cache_bytes?).map_err(|_| Reported)?,
        store_timeout: store_timeout?,
        session_idle: session_idle?,
        session_lifetime: session_lifetime?,
        clear_storage_at_logout: clear_storage_at_logout?,
        place: place?,
        log_refusals: log_refusals?,
        log_requests: log_requests?,
        run_worker_first: run_worker_first?,
    })
}
