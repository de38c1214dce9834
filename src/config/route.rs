//! `[[vars.POSTERN.routes]]`: the routes of the gate.

use std::time::Duration;

use serde_json::Value;

use super::environment::Environment;
use super::glob::Glob;
use super::header::{self, HeaderPattern};
use super::origin::{self, Origin};
use super::scopes;
use super::table::{Problems, Read, Reported, Table, choose};
use crate::protocol::issuer::is_web_origin;
use crate::protocol::{ResourceUri, Scope};

/// A route of the gate.
#[derive(Clone, Debug)]
pub struct Route {
    /// `match`.
    pub pattern: Glob,
    /// `methods`; `None` for all. `GET` admits `HEAD` as well.
    pub methods: Option<Vec<String>>,
    /// `access`.
    pub access: Access,
    /// `scopes`: a token needs all of them. A login session needs none.
    pub scope: Scope,
    /// `audience`, or the top-level `audience` where the route has none: a token must be meant for
    /// it. A login session is meant for this site.
    pub audience: Option<ResourceUri>,
    /// `max_staleness`, seconds: how old the copy of the revocation log may be. Default 5, at most
    /// 300; 0 asks every time.
    pub max_staleness: Duration,
    /// `on_outage`.
    pub on_outage: OnOutage,
    /// `headers`: an allow list of the client's headers; `None` where only a deny list holds.
    pub headers: Option<Vec<HeaderPattern>>,
    /// `origin`; `None` only where `access` is `deny`, so that nothing is sent on.
    pub origin: Option<Origin>,
    /// `preflight`.
    pub preflight: Preflight,
    /// `cors_origins`: the web origins that a browser may call this route from; each `https://host`,
    /// none with `*`. Needed with `preflight = "answer"`; the gate's own refusals become readable
    /// for them. They may not send a login session along.
    pub cors_origins: Vec<String>,
}

/// What a request needs on a route.
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
    /// `deny`: every request is refused with 403.
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

const KEYS: &[&str] = &[
    "match",
    "methods",
    "access",
    "scopes",
    "audience",
    "max_staleness",
    "on_outage",
    "headers",
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

/// Which requests a route is for. It is read on its own, so that problems with other keys of the route
/// don't hide that the route is never reached.
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
        let message = "is empty, so every request would be refused: add a \
                       `[[vars.POSTERN.routes]]` with `match`, `access` and `origin`";
        return Err(problems.add(table.key("routes"), message));
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
        Err(Reported) => {
            return RouteRead {
                place: Err(Reported),
                route: Err(Reported),
            };
        }
    };
    let advice = "write the paths that the route is for, such as `/api/*`";
    let pattern = table.needed("match", advice, str::parse::<Glob>, problems);
    let methods = methods(&table, problems);
    let rest = read_rest(&table, default_audience, environment, problems);
    let place = match (pattern, methods) {
        (Ok(pattern), Ok(methods)) => Ok(Place { pattern, methods }),
        _ => Err(Reported),
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
            headers: rest.headers,
            origin: rest.origin,
            preflight: rest.preflight,
            cors_origins: rest.cors_origins,
        }),
        _ => Err(Reported),
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
    headers: Option<Vec<HeaderPattern>>,
    origin: Option<Origin>,
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
    let scope = scopes::read(table, problems);
    let own_audience = table.parsed("audience", str::parse::<ResourceUri>, problems);
    let max_staleness = table
        .number("max_staleness", "seconds", 0..=300, 5, problems)
        .map(Duration::from_secs);
    let on_outage = table
        .parsed("on_outage", |text| choose(ON_OUTAGE, text), problems)
        .map(|choice| choice.unwrap_or(OnOutage::Deny));
    let headers = table.list("headers", "x-app-version", header::parse, problems);
    let origin = origin::read(table, environment, problems);
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
        problems.add(table.key("cors_origins"), message);
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
        headers: headers?,
        origin: origin?,
        preflight: preflight?,
        cors_origins: cors_origins?,
    })
}

/// A key that changes nothing under this `access` is a misunderstanding: someone who writes `scopes`
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
            fits = Err(problems.add(table.key(key), message));
        }
    }
    if access == Access::Deny {
        for key in ["headers", "origin", "preflight"] {
            if table.has(key) {
                let message = "means nothing with `access = \"deny\"`, which forwards nothing: \
                               leave it out";
                fits = Err(problems.add(table.key(key), message));
            }
        }
    } else if !table.has("origin") {
        let message = format!("is missing: {}", origin::HOW_TO_WRITE);
        fits = Err(problems.add(table.key("origin"), message));
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
            Err("is not a method: leave `methods` out for all of them")
        } else if !text.is_empty() && text.bytes().all(fits) {
            Ok(text.to_owned())
        } else {
            Err("is not a method: write it in capitals, such as `GET`")
        }
    };
    let methods = table.list("methods", "GET", one, problems)?;
    if methods.as_ref().is_some_and(Vec::is_empty) {
        let message = "is empty: name the methods, or leave it out for all of them";
        return Err(problems.add(table.key("methods"), message));
    }
    Ok(methods)
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
