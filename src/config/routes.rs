//! Reads `[[vars.POSTERN.routes]]`.

use std::time::Duration;

use serde_json::Value;

use super::table::{Noted, Problems, Read, Table, choose};
use super::{
    Access, BindingKind, Environment, Glob, OnOutage, Origin, Preflight, Route, binding, clients,
};
use crate::protocol::issuer::is_web_origin;
use crate::protocol::{ResourceUri, Scope};

const KEYS: &[&str] = &[
    "match",
    "methods",
    "access",
    "scopes",
    "audience",
    "max_staleness",
    "on_outage",
    "origin",
    "preflight",
    "cors_origins",
];

const ACCESS: &[(&str, Access)] = &[
    ("public", Access::Public),
    ("token", Access::Token),
    ("session", Access::Session),
    ("any", Access::Any),
    ("deny", Access::Deny),
];

const ON_OUTAGE: &[(&str, OnOutage)] = &[
    ("deny", OnOutage::Deny),
    ("allow_cached", OnOutage::AllowCached),
];

const PREFLIGHT: &[(&str, Preflight)] = &[
    ("refuse", Preflight::Refuse),
    ("pass", Preflight::Pass),
    ("answer", Preflight::Answer),
];

const HOW_TO_WRITE_AN_ORIGIN: &str = "write `assets`, `service:BINDING`, `https://host` or `zone`";

/// Which requests a route is for. It is known where other keys of the route have problems, so that
/// those don't hide that the route is never reached.
pub(super) struct Place {
    pub(super) pattern: Glob,
    pub(super) methods: Option<Vec<String>>,
}

/// What could be read of a route.
pub(super) struct RouteRead {
    pub(super) place: Read<Place>,
    pub(super) route: Read<Route>,
}

/// Reads all of them, each as far as it goes.
pub(super) fn read(
    table: &Table<'_>,
    default_audience: Option<&ResourceUri>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Vec<RouteRead>> {
    let entries = table.tables("routes", problems)?;
    if entries.is_empty() {
        let message = "has no route, so that every request would be refused: add a \
                       `[[vars.POSTERN.routes]]` with `match`, `access` and `origin`";
        return Err(problems.note(table.key("routes"), message));
    }
    Ok(entries
        .into_iter()
        .map(|(path, value)| read_one(path, value, default_audience, environment, problems))
        .collect())
}

fn read_one(
    path: String,
    value: &Value,
    default_audience: Option<&ResourceUri>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> RouteRead {
    let table = match Table::open(path, value, KEYS, problems) {
        Ok(table) => table,
        Err(Noted) => {
            return RouteRead {
                place: Err(Noted),
                route: Err(Noted),
            };
        }
    };
    let advice = "write the paths that the route is for, such as `/api/*`";
    let pattern = table.needed("match", advice, str::parse::<Glob>, problems);
    let methods = methods(&table, problems);
    let rest = read_rest(&table, default_audience, environment, problems);
    let place = match (pattern, methods) {
        (Ok(pattern), Ok(methods)) => Ok(Place { pattern, methods }),
        _ => Err(Noted),
    };
    let route = match (&place, rest) {
        (Ok(place), Ok(rest)) => Ok(Route {
            pattern: place.pattern.clone(),
            methods: place.methods.clone(),
            access: rest.access,
            scope: rest.scope,
            audience: rest.audience,
            max_staleness: rest.max_staleness,
            on_outage: rest.on_outage,
            origin: rest.origin,
            preflight: rest.preflight,
            cors_origins: rest.cors_origins,
        }),
        _ => Err(Noted),
    };
    RouteRead { place, route }
}

/// What a route says apart from its place.
struct Rest {
    access: Access,
    scope: Scope,
    audience: Option<ResourceUri>,
    max_staleness: Duration,
    on_outage: OnOutage,
    origin: Origin,
    preflight: Preflight,
    cors_origins: Vec<String>,
}

fn read_rest(
    table: &Table<'_>,
    default_audience: Option<&ResourceUri>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Rest> {
    let advice = "write `public`, `token`, `session`, `any` or `deny`";
    let access = table.needed("access", advice, |text| choose(ACCESS, text), problems);
    let scope = clients::scope(table, problems);
    let own_audience = table.parsed("audience", str::parse::<ResourceUri>, problems);
    let max_staleness = table
        .number("max_staleness", "seconds", 0..=300, 5, problems)
        .map(Duration::from_secs);
    let on_outage = table
        .parsed("on_outage", |text| choose(ON_OUTAGE, text), problems)
        .map(|choice| choice.unwrap_or(OnOutage::Deny));
    let origin = table.parsed("origin", origin, problems);
    if let Ok(Some(origin)) = &origin {
        check_binding(table, origin, environment, problems);
    }
    let preflight = table
        .parsed("preflight", |text| choose(PREFLIGHT, text), problems)
        .map(|choice| choice.unwrap_or(Preflight::Refuse));
    let cors_origins = table
        .list(
            "cors_origins",
            "https://app.example.com",
            cors_origin,
            problems,
        )
        .map(Option::unwrap_or_default);

    let access = access.and_then(|access| check_access(table, access, problems));
    if let (Ok(Preflight::Answer), Ok([])) = (preflight, cors_origins.as_deref()) {
        let message = "is needed with `preflight = \"answer\"`: list the web origins that may call \
                       this route, such as `[\"https://app.example.com\"]`";
        problems.note(table.key("cors_origins"), message);
    }
    let access = access?;
    let audience = match own_audience? {
        None if access.takes_tokens() => default_audience.cloned(),
        own => own,
    };
    Ok(Rest {
        access,
        scope: scope?,
        audience,
        max_staleness: max_staleness?,
        on_outage: on_outage?,
        // A route that denies forwards nothing. Of all origins this one sends nothing anywhere.
        origin: origin?.unwrap_or(Origin::Assets),
        preflight: preflight?,
        cors_origins: cors_origins?,
    })
}

/// A key that changes nothing under this `access` is a misunderstanding: whoever writes `scopes`
/// expects the route to be protected.
fn check_access(table: &Table<'_>, access: Access, problems: &mut Problems) -> Read<Access> {
    let mut fits = Ok(access);
    let meaningless: &[&str] = match access {
        Access::Token | Access::Any => &[],
        Access::Session => &["scopes", "audience"],
        Access::Public | Access::Deny => &["scopes", "audience", "max_staleness", "on_outage"],
    };
    for key in meaningless {
        if table.has(key) {
            let message = if access == Access::Session {
                "means nothing for a login session, which has every right that its person has: \
                 leave it out, or write `access = \"any\"` to take tokens as well"
            } else {
                "means nothing where no token is asked for: leave it out, or write `access = \
                 \"token\"`"
            };
            fits = Err(problems.note(table.key(key), message));
        }
    }
    if access == Access::Deny {
        for key in ["origin", "preflight"] {
            if table.has(key) {
                let message = "means nothing with `access = \"deny\"`, which forwards nothing: \
                               leave it out";
                fits = Err(problems.note(table.key(key), message));
            }
        }
    } else if !table.has("origin") {
        let message = format!("is missing: {HOW_TO_WRITE_AN_ORIGIN}");
        fits = Err(problems.note(table.key("origin"), message));
    }
    fits
}

/// `methods`: `1*( %x21 / %x23-27 / %x2A / %x2B / %x2D / %x2E / DIGIT / %x41-5A / %x5E-60 / %x7C /
/// %x7E )`, which is `token` of RFC 9110 section 5.6.2 without small letters.
fn methods(table: &Table<'_>, problems: &mut Problems) -> Read<Option<Vec<String>>> {
    let one = |text: &str| {
        let fits =
            |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&b);
        if text == "*" {
            Err("is no method: leave `methods` out for all of them")
        } else if !text.is_empty() && text.bytes().all(fits) {
            Ok(text.to_owned())
        } else {
            Err("is no method: write it in capitals, such as `GET`")
        }
    };
    let methods = table.list("methods", "GET", one, problems)?;
    if methods.as_ref().is_some_and(Vec::is_empty) {
        let message = "is empty: name the methods, or leave it out for all of them";
        return Err(problems.note(table.key("methods"), message));
    }
    Ok(methods)
}

fn origin(text: &str) -> Result<Origin, String> {
    match text {
        "assets" => return Ok(Origin::Assets),
        "zone" => return Ok(Origin::Zone),
        _ => {}
    }
    if let Some(name) = text.strip_prefix("service:") {
        let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        return if named {
            Ok(Origin::Service(name.to_owned()))
        } else {
            Err(
                "names no binding after `service:`: write the `binding` of one of your \
                 `[[services]]`, such as `service:API`"
                    .to_owned(),
            )
        };
    }
    if is_web_origin(text) {
        return Ok(Origin::Url(text.to_owned()));
    }
    let names_a_scheme = text.split(':').skip(1).any(|rest| rest.starts_with("//"));
    Err(if names_a_scheme {
        "must be `https://host` or `https://host:port` in lower case with nothing after it (the \
         path of the request is kept); `http` is for localhost, 127.0.0.1 and [::1] only"
            .to_owned()
    } else {
        format!("is no origin: {HOW_TO_WRITE_AN_ORIGIN}")
    })
}

fn check_binding(
    table: &Table<'_>,
    origin: &Origin,
    environment: &dyn Environment,
    problems: &mut Problems,
) {
    let missing = |name: &str, kind| environment.has_binding(name, kind) == Some(false);
    match origin {
        Origin::Assets if missing(binding::ASSETS, BindingKind::Assets) => {
            let message = "needs the binding ASSETS: add `[assets]` with `directory`, `binding = \
                           \"ASSETS\"` and `run_worker_first = true` to wrangler.toml";
            problems.note(table.key("origin"), message);
        }
        Origin::Service(name) if missing(name, BindingKind::Service) => {
            let message = format!(
                "needs the service binding {name}: add `[[services]]` with `binding = \"{name}\"` \
                 and the Worker's name as `service` to wrangler.toml"
            );
            problems.note(table.key("origin"), message);
        }
        Origin::Assets | Origin::Service(_) | Origin::Url(_) | Origin::Zone => {}
    }
}

fn cors_origin(text: &str) -> Result<String, &'static str> {
    match text {
        "*" => Err(
            "must not be `*`: name the web origins whose scripts may read the answers, such as \
             `https://app.example.com`",
        ),
        _ if is_web_origin(text) => Ok(text.to_owned()),
        _ => Err(
            "must be `https://host` or `https://host:port` in lower case with nothing after it, as \
             browsers send it in `Origin` (`http` is for localhost, 127.0.0.1 and [::1] only)",
        ),
    }
}
