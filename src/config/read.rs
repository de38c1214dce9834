//! Reads the configuration.
//!
//! Job: walk `[vars.POSTERN]` and the bindings, and find everything that is wrong at once, so that
//! a deployer corrects it in one go.

use std::time::Duration;

use serde_json::Value;

use super::routes::RouteRead;
use super::table::{Noted, Problems, Read, Table};
use super::{
    BindingKind, Config, Environment, Problem, Route, Setting, binding, clients, people, providers,
    reach, routes,
};
use crate::accounts::Accounts;
use crate::pages::{Brand, Logo};
use crate::protocol::{Issuer, ResourceUri, json};
use crate::token::KeyRing;

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
    "log_refusals",
    "clients",
    "providers",
    "routes",
];

/// How many bytes Cloudflare lets a variable have.
pub const LARGEST_TABLE: usize = 5 * 1024;

const HOW_TO_MAKE_KEYS: &str = "make one with `make keys` and store it with `wrangler secret put \
                                POSTERN_KEYS` (on your own machine, write it into .dev.vars)";

impl Config {
    /// Reads the table `[vars.POSTERN]`, given as JSON, and checks it against the bindings.
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
}

/// What is wrong with a table, written as JSON, that Cloudflare would not take for its size.
#[must_use]
pub fn too_large(json: &str) -> Option<Problem> {
    (json.len() > LARGEST_TABLE).then(|| Problem {
        key: "POSTERN".to_owned(),
        message: format!(
            "has {} bytes as JSON, and Cloudflare takes {LARGEST_TABLE} for a variable: put \
             defaults such as `audience` at the top and join routes with `*`",
            json.len()
        ),
    })
}

fn read(json: &str, environment: &dyn Environment, problems: &mut Problems) -> Read<Config> {
    let value = parse(json, problems);
    let parts = value.and_then(|value| read_table(&value, environment, problems));
    check_bindings(environment, problems);
    // Without an issuer the keys are checked for their form all the same.
    let issuer = parts.as_ref().map_or("", |config| config.issuer.as_str());
    let keys = keys(issuer, environment, problems);
    let accounts = people::read(environment, problems);
    if let (Ok(config), Ok(accounts)) = (&parts, &accounts) {
        people::check_memory(accounts, config.cache_bytes, problems);
        people::check_names(accounts, config, problems);
        let accounts_are_hidden = matches!(environment.setting(binding::USERS), Setting::Hidden);
        let somebody_can_log_in =
            accounts_are_hidden || !accounts.is_empty() || !config.providers.is_empty();
        if !somebody_can_log_in {
            reach::note_logins(&config.routes, problems);
        }
    }
    Ok(Config {
        keys: keys?,
        accounts: accounts?,
        ..parts?
    })
}

fn parse(json: &str, problems: &mut Problems) -> Read<Value> {
    match json::read(json.as_bytes()) {
        None | Some(Value::Null) => Err(problems.note(
            "POSTERN",
            "is missing: write a table `[vars.POSTERN]` with `issuer`, `clients` and `routes` into \
             wrangler.toml",
        )),
        Some(value @ Value::Object(_)) => Ok(value),
        Some(_) => Err(problems.note(
            "POSTERN",
            "must be a table: write `[vars.POSTERN]` into wrangler.toml",
        )),
    }
}

/// Reads everything but the keys and the accounts.
fn read_table(
    value: &Value,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Config> {
    let table = Table::open(String::new(), value, KEYS, problems)?;
    let advice = "write the URL at which clients reach Postern, such as `https://auth.example.com`";
    let issuer = table.needed("issuer", advice, str::parse::<Issuer>, problems);
    let name = table.parsed("name", Brand::name, problems);
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
    let log_refusals = table.boolean("log_refusals", false, problems);
    let clients = clients::read(&table, environment, problems);
    let providers = providers::read(&table, environment, problems);
    let default_audience = audience.as_ref().ok().and_then(Option::as_ref);
    let routes = routes::read(&table, default_audience, environment, problems);
    let routes = routes.and_then(|routes| {
        let clients = clients.as_deref().ok();
        check_routes(&table, routes, clients, problems)
    });
    let issuer = issuer?;
    Ok(Config {
        brand: Brand {
            name: name?.unwrap_or_else(|| Brand::default_name(&issuer)),
            logo: logo?,
        },
        issuer,
        keys: None,
        accounts: Accounts::default(),
        clients: clients?,
        providers: providers?,
        routes: routes?,
        outage_grace: outage_grace?,
        // At most 64 MiB: it fits everywhere.
        cache_bytes: usize::try_from(cache_bytes?).map_err(|_| Noted)?,
        store_timeout: store_timeout?,
        session_idle: session_idle?,
        session_lifetime: session_lifetime?,
        log_refusals: log_refusals?,
    })
}

/// Checks the routes against each other and against the clients, where those are known.
fn check_routes(
    table: &Table<'_>,
    routes: Vec<RouteRead>,
    clients: Option<&[super::Client]>,
    problems: &mut Problems,
) -> Read<Vec<Route>> {
    let (places, routes): (Vec<_>, Vec<_>) = routes
        .into_iter()
        .map(|RouteRead { place, route }| (place, route))
        .unzip();
    reach::check_places(&places, problems);
    if let Some(clients) = clients {
        let readable: Vec<(usize, &Route)> = routes
            .iter()
            .enumerate()
            .filter_map(|(at, route)| route.as_ref().ok().map(|route| (at, route)))
            .collect();
        let has_own_audience = |at: usize| {
            let route = table.value("routes").and_then(|routes| routes.get(at));
            route.is_some_and(|route| route.get("audience").is_some())
        };
        reach::check_tokens(&readable, has_own_audience, clients, problems);
    }
    routes.into_iter().collect()
}

fn check_bindings(environment: &dyn Environment, problems: &mut Problems) {
    let class = |name: &str, class: &str| {
        format!(
            "is no binding of this Worker: add `{{ name = \"{name}\", class_name = \"{class}\" }}` \
             to the `bindings` of `[durable_objects]` in wrangler.toml"
        )
    };
    let needed = [
        (
            binding::RECORDS,
            BindingKind::Kv,
            "is no binding of this Worker: add `[[kv_namespaces]]` with `binding = \
             \"POSTERN_SESSIONS\"` to wrangler.toml"
                .to_owned(),
        ),
        (
            binding::COORDINATORS,
            BindingKind::DurableObject,
            class(binding::COORDINATORS, "SessionCoordinator"),
        ),
        (
            binding::LOG,
            BindingKind::DurableObject,
            class(binding::LOG, "RevocationLog"),
        ),
    ];
    for (name, kind, message) in needed {
        if environment.has_binding(name, kind) == Some(false) {
            problems.note(name, message);
        }
    }
}

fn keys(
    issuer: &str,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Option<KeyRing>> {
    match environment.setting(binding::KEYS) {
        // It is parsed where it is, and the errors of the parser never repeat it.
        Setting::Value(text) => KeyRing::parse(text.expose(), issuer)
            .map(Some)
            .map_err(|error| problems.note(binding::KEYS, format!("{error}: {HOW_TO_MAKE_KEYS}"))),
        Setting::Missing => {
            Err(problems.note(binding::KEYS, format!("is missing: {HOW_TO_MAKE_KEYS}")))
        }
        Setting::Hidden => Ok(None),
    }
}
