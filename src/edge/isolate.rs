//! What an isolate knows: everything that can be worked out once, at its first request. `host.js` is told the routes
//! then.

use std::cell::{Cell, OnceCell};

use js_sys::JSON;
use wasm_bindgen::JsValue;
use worker::Env;

use super::environment::Bindings;
use super::{host, platform};
use crate::config::{Config, Environment, Origin, Problem, Setting, names};
use crate::gate::Policy;
use crate::provider::KnownProviders;
use crate::resolve::Resolver;
use crate::telemetry::Event;

/// The variable that holds the configuration, `[vars.POSTERN]`.
const CONFIGURATION: &str = "POSTERN";

/// One isolate's state. It is made once and never freed.
pub struct Isolate {
    /// The configuration, checked whole.
    pub config: Config,
    /// The routes, compiled.
    pub policy: Policy,
    /// The keys, the cache, and the copy of the revocation log.
    pub resolver: Resolver<JsValue>,
    /// What is known of other providers.
    pub providers: KnownProviders,
    /// How long to wait for a store, in milliseconds.
    pub timeout: u32,
    /// Whether `host.js` knows in which place of the network this isolate is.
    pub is_placed: Cell<bool>,
}

/// The configuration is wrong; the log says how.
#[derive(Clone, Debug)]
pub struct Refused(Vec<String>);

thread_local! {
    static ISOLATE: OnceCell<Result<&'static Isolate, Refused>> = const { OnceCell::new() };
}

/// The state of this isolate, made at the first call.
///
/// # Errors
/// [`Refused`] where the configuration is wrong, which is written to the log at each call: a log
/// that is opened later has to show it too.
pub fn current(env: &Env) -> Result<&'static Isolate, Refused> {
    ISOLATE.with(|isolate| {
        let made = isolate.get_or_init(|| Isolate::start(env));
        if let Err(Refused(problems)) = made {
            platform::emit(&Event::ConfigurationRefused { problems });
        }
        made.clone()
    })
}

/// The state of this isolate, if it has been made.
#[must_use]
pub fn made() -> Option<&'static Isolate> {
    ISOLATE.with(|isolate| isolate.get().and_then(|made| made.as_ref().ok().copied()))
}

impl Isolate {
    /// Kept out of the hot path, into which it would otherwise be inlined: it runs once in an isolate's life.
    #[cold]
    #[inline(never)]
    fn start(env: &Env) -> Result<&'static Self, Refused> {
        let bindings = Bindings(env);
        let mut config = read(&bindings)
            .map_err(|problems| Refused(problems.iter().map(ToString::to_string).collect()))?;
        let keys = config.keys.take().expect(
            "the Worker sees its own secrets, so none is hidden, and a missing one was reported",
        );
        let mut seed = [0; 16];
        platform::fill(&mut seed);
        let policy = Policy::new(&config);
        host::set_place(config.place.jurisdiction, config.place.log_hint);
        let isolate = Self {
            is_placed: Cell::new(false),
            resolver: Resolver::new(keys, config.cache_bytes, seed, config.longest_life()),
            timeout: u32::try_from(config.store_timeout.as_millis())
                .expect("the configuration keeps it below a minute"),
            providers: KnownProviders::new(),
            policy,
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
        let origin = match &route.origin {
            Some(Origin::Assets) => Some(names::ASSETS),
            Some(Origin::Service(name) | Origin::Through { binding: name, .. }) => {
                Some(name.as_str())
            }
            Some(Origin::Url(_) | Origin::Zone) | None => None,
        };
        let origins = route.readers().map(|origins| origins.join("\n"));
        host::add_route(
            origin,
            route.guard().bits(),
            route.headers.is_some(),
            origins.as_deref(),
            route.cut_streams,
            route.passes_authorization,
        );
    }
}

fn read(bindings: &Bindings<'_>) -> Result<Config, Vec<Problem>> {
    let json = match bindings.setting(CONFIGURATION) {
        // A variable of type "json", which is how wrangler hands over a table.
        Setting::Missing | Setting::Hidden => JSON::stringify(&bindings.get(CONFIGURATION))
            .ok()
            .and_then(|json| json.as_string()),
        Setting::Value(text) => Some(text.expose().clone()),
    };
    let missing = || {
        vec![Problem {
            key: CONFIGURATION.to_owned(),
            message: "there is no such variable; write a [vars.POSTERN] table into wrangler.toml \
                      (docs/configuration.md has every key)"
                .to_owned(),
        }]
    };
    Config::read(&json.ok_or_else(missing)?, bindings)
}
