//! What an isolate knows: everything that can be worked out once, at its first request. `host.js` is told the routes
//! then.

use std::cell::{Cell, OnceCell};

use worker::Env;

use super::environment::Bindings;
use super::introduced::Introduced;
use super::{host, platform};
use crate::assertion;
use crate::config::{Config, NO_ISSUER, Origin, names};
use crate::events::KnownTransmitters;
use crate::gate::forward::Introducing;
use crate::gate::{Policy, Trial};
use crate::protocol::issuer::is_own_machine;
use crate::provider::KnownProviders;
use crate::resolve::{CachedSession, Resolver, Source};
use crate::telemetry::Event;

/// One isolate's state. It is made once and never freed.
pub struct Isolate {
    /// The configuration, checked whole.
    pub config: Config,
    /// The routes, compiled.
    pub policy: Policy,
    /// The headers in which origins are told who is there.
    pub introducing: Introducing,
    /// The routes that are only tried, with all others.
    pub trial: Option<Trial>,
    /// Whether anything is written of each request.
    pub is_noting: bool,
    /// The keys, the cache, and the copy of the revocation log.
    pub resolver: Resolver<Introduced>,
    /// What is known of other providers.
    pub providers: KnownProviders,
    /// What is known of the transmitters of security events.
    pub transmitters: KnownTransmitters,
    /// How long to wait for a store, in milliseconds.
    pub timeout: u32,
    /// Whether `host.js` knows in which place of the network this isolate is.
    pub is_placed: Cell<bool>,
}

/// Why there is none.
#[derive(Clone, Debug)]
pub enum Refused {
    /// The configuration is wrong; the log says how. Each problem names the key and what to write.
    Configuration(Vec<String>),
    /// It names no `issuer`, and this is no request to one's own machine.
    NoIssuer,
}

thread_local! {
    static ISOLATE: OnceCell<Result<&'static Isolate, Refused>> = const { OnceCell::new() };
}

/// The state of this isolate, made at the first call. `origin` is the scheme, host and port of the request that asks, if
/// there is one: on one's own machine that is the issuer where the configuration names none.
///
/// # Errors
/// [`Refused`] where the configuration is wrong, which is written to the log at each call: a log
/// that is opened later has to show it too.
pub fn current(env: &Env, origin: Option<&str>) -> Result<&'static Isolate, Refused> {
    ISOLATE.with(|isolate| match isolate.get() {
        Some(Ok(made)) if !made.config.is_on_own_machine_only => Ok(*made),
        _ => start(isolate, env, origin),
    })
}

/// Kept out of the hot path.
#[cold]
#[inline(never)]
fn start(
    isolate: &OnceCell<Result<&'static Isolate, Refused>>,
    env: &Env,
    origin: Option<&str>,
) -> Result<&'static Isolate, Refused> {
    if isolate.get().is_none() {
        match Isolate::start(env, origin.filter(|origin| is_own_machine(origin))) {
            // The next request may come from this machine.
            Err(Refused::NoIssuer) => {
                platform::emit(&Event::ConfigurationRefused {
                    problems: &[format!("issuer: {NO_ISSUER}")],
                });
                return Err(Refused::NoIssuer);
            }
            // It is empty.
            made => drop(isolate.set(made)),
        }
    }
    let made = isolate.get().expect("it was set above").clone();
    if let Ok(made) = &made
        && made.config.is_on_own_machine_only
        && origin.is_some_and(|origin| !is_own_machine(origin))
    {
        return Err(Refused::NoIssuer);
    }
    if let Err(Refused::Configuration(problems)) = &made {
        platform::emit(&Event::ConfigurationRefused { problems });
    }
    made
}

/// The state of this isolate, if it has been made.
#[must_use]
pub fn made() -> Option<&'static Isolate> {
    ISOLATE.with(|isolate| isolate.get().and_then(|made| made.as_ref().ok().copied()))
}

impl Isolate {
    /// Who has issued the token of a session, where it is somebody else.
    pub fn other_issuer(&self, session: &CachedSession<Introduced>) -> Option<&str> {
        match session.source() {
            Source::Own => None,
            Source::Issuer { place, .. } => {
                let issuer = self.config.issuers.get(usize::from(place));
                issuer.map(|issuer| issuer.issuer.as_str())
            }
        }
    }

    fn start(env: &Env, own_origin: Option<&str>) -> Result<&'static Self, Refused> {
        let mut config = read(&Bindings { env, own_origin })?;
        let keys = config.keys.take().expect(
            "the Worker sees its own secrets, so none is hidden, and a missing one was reported",
        );
        let mut seed = [0; 16];
        platform::fill(&mut seed);
        config.log_requests |= host::is_developed();
        let policy = Policy::new(&config);
        let trial = Trial::of(&config);
        host::set_place(config.place.jurisdiction, config.place.log_hint);
        let isolate = Self {
            is_placed: Cell::new(false),
            resolver: Resolver::new(keys, config.cache_bytes, seed, config.longest_life())
                .with_issuers(&config.issuers)
                .with_kept_beside(assertion::room(&config.routes)),
            timeout: u32::try_from(config.store_timeout.as_millis())
                .expect("the configuration keeps it below a minute"),
            providers: KnownProviders::new(),
            transmitters: KnownTransmitters::new(),
            is_noting: config.log_requests || trial.is_some(),
            introducing: Introducing::of(&config.routes),
            policy,
            trial,
            config,
        };
        let isolate: &'static Self = Box::leak(Box::new(isolate));
        declare_routes(&isolate.policy);
        Ok(isolate)
    }
}

/// Tells `host.js` the routes, each under its index.
fn declare_routes(policy: &Policy) {
    for route in (0..).map_while(|index| policy.route(index)) {
        let (kind, binding) = match &route.origin {
            Some(Origin::App) => (Some("app"), None),
            Some(Origin::Assets) => (Some("assets"), Some(names::ASSETS)),
            Some(Origin::Service(name) | Origin::Through { binding: name, .. }) => {
                (None, Some(name.as_str()))
            }
            Some(Origin::Url(_) | Origin::Zone) | None => (None, None),
        };
        let origins = route.readers().map(|origins| origins.join("\n"));
        host::add_route(
            kind,
            binding,
            route.guard().bits(),
            route.headers.is_some() || route.has_token_header(),
            origins.as_deref(),
            route.cut_streams,
            route.passes_authorization,
        );
    }
}

fn read(bindings: &Bindings<'_>) -> Result<Config, Refused> {
    if let Some(refused) = host::configuration_refused() {
        return Err(Refused::Configuration(
            refused.lines().map(str::to_owned).collect(),
        ));
    }
    let table = host::configuration_table().unwrap_or_default();
    Config::read(&table, bindings).map_err(|problems| match problems.as_slice() {
        [only] if only.message == NO_ISSUER => Refused::NoIssuer,
        all => Refused::Configuration(all.iter().map(ToString::to_string).collect()),
    })
}
