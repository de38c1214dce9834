//! `[[routes]]`: the routes of the gate.

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use super::accept::{self, Accept};
use super::access::{self, Access};
use super::assertion::{self, Assertion};
use super::cors;
use super::environment::Environment;
use super::glob::Glob;
use super::header::{self, HeaderPattern};
use super::identity::{Identities, Identity};
use super::issuer::Issuer;
use super::origin::{self, Origin};
use super::rate_limit::{self, RateLimit};
use super::rules::{self, Rules};
use super::scopes;
use super::table::{Problems, Read, Reported, Table, choose};
use super::token_from::{self, TokenFrom};
use crate::protocol::{ResourceUri, Scope};

/// A route of the gate.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its place in the configuration: `routes[0]`, `routes[1]`, ...
    pub place: usize,
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
    /// `accept`: whose tokens are taken. Default: Postern's own alone.
    pub accept: Accept,
    /// `token_from`: where else a token may be.
    pub token_from: Option<TokenFrom>,
    /// `max_staleness`, seconds: how old the copy of the revocation log may be. Default 5, at most
    /// 300; 0 asks every time.
    pub max_staleness: Duration,
    /// `on_outage`.
    pub on_outage: OnOutage,
    /// `cut_streams`: what is open when its credential ends is ended as well. Default false.
    pub cut_streams: bool,
    /// `keep`: a browser may keep the parts of pages without asking. Default false.
    pub keep: bool,
    /// `paths`.
    pub paths: Paths,
    /// `authorization = "pass"`: the origin gets the client's `Authorization`. Default false.
    pub passes_authorization: bool,
    /// `headers`: an allow list of the client's headers; `None` where only a deny list holds.
    pub headers: Option<Vec<HeaderPattern>>,
    /// `identity`, or the top-level one where the route has none: in which headers its origin is told who is there. None
    /// for static assets, for `app`, and where nobody is known.
    pub identity: Identity,
    /// `assertion`: the signed statement of who is there that its origin gets.
    pub assertion: Option<Assertion>,
    /// `origin`; `None` only where `access` is `deny`, so that nothing is sent on.
    pub origin: Option<Origin>,
    /// `preflight`.
    pub preflight: Preflight,
    /// `cors_origins`: the web origins that a browser may call this route from; each `https://host`,
    /// none with `*`. Needed with `preflight = "answer"`; the gate's own refusals become readable
    /// for them. They may not send a login session along.
    pub cors_origins: Vec<String>,
    /// `rate_limit`: how often the same sender may ask. `None` for as often as they like.
    pub rate_limit: Option<RateLimit>,
    /// `require`, `max_auth_age`, `acr`, `networks` and `countries`; `None` where there are none.
    pub rules: Option<Rc<Rules>>,
    /// `report`.
    pub role: Role,
}

/// Whether a route decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// `report = false`, the default: it does.
    #[default]
    Decides,
    /// `report = true`: it is only tried. The log says what it would have done.
    Report,
}

impl Route {
    /// Whether it is only tried.
    #[must_use]
    pub fn is_report(&self) -> bool {
        self.role == Role::Report
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

/// What to do with a path that some servers read in another way than others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paths {
    /// `unambiguous`, the default: 400.
    #[default]
    Unambiguous,
    /// `as-sent`: it is taken, if all readings lead to the same route.
    AsSent,
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
    "accept",
    "token_from",
    "max_staleness",
    "on_outage",
    "cut_streams",
    "keep",
    "paths",
    "authorization",
    "headers",
    "identity",
    "assertion",
    "origin",
    "origin_url",
    "preflight",
    "cors_origins",
    "rate_limit",
    "require",
    "max_auth_age",
    "acr",
    "networks",
    "countries",
    "report",
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

const PATHS: &[(&str, Paths)] = &[
    ("unambiguous", Paths::Unambiguous),
    ("as-sent", Paths::AsSent),
];

const AUTHORIZATION: &[(&str, bool)] = &[("stop", false), ("pass", true)];

/// Which requests a route is for. It is read on its own, so that problems with other keys of the route
/// don't hide that the route is never reached.
pub(super) struct Place {
    pub(super) pattern: Glob,
    pub(super) methods: Option<Vec<String>>,
    pub(super) is_report: bool,
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
    issuers: Option<&[Issuer]>,
    identities: &mut Identities<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Vec<RouteRead>> {
    let entries = table.tables("routes", problems)?;
    if entries.is_empty() {
        let message = "is empty, so every request would be refused: add a \
                       `[[routes]]` with `match`, `access` and `origin`";
        return Err(problems.add(table.key("routes"), message));
    }
    Ok(entries
        .into_iter()
        .enumerate()
        .map(|(at, (path, value))| {
            let (place, route) = read_one(
                path,
                value,
                default_audience,
                issuers,
                identities,
                environment,
                problems,
            );
            let route = route.map(|route| Route { place: at, ..route });
            RouteRead { place, route }
        })
        .collect())
}

fn read_one(
    path: String,
    value: &Value,
    default_audience: Option<&ResourceUri>,
    issuers: Option<&[Issuer]>,
    identities: &mut Identities<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> (Read<Place>, Read<Route>) {
    let table = match Table::open(path, value, KEYS, problems) {
        Ok(table) => table,
        Err(Reported) => return (Err(Reported), Err(Reported)),
    };
    let advice = "write the paths that the route is for, such as `/api/*`";
    let pattern = table.needed("match", advice, str::parse::<Glob>, problems);
    let methods = methods(&table, problems);
    let is_report = table.boolean("report", false, problems);
    let place = match (pattern, methods, is_report) {
        (Ok(pattern), Ok(methods), Ok(is_report)) => Ok(Place {
            pattern,
            methods,
            is_report,
        }),
        _ => Err(Reported),
    };
    let route = read_rest(
        &table,
        &place,
        default_audience,
        issuers,
        identities,
        environment,
        problems,
    );
    (place, route)
}

/// Everything but the place is read even if that is wrong.
fn read_rest(
    table: &Table<'_>,
    place: &Read<Place>,
    default_audience: Option<&ResourceUri>,
    issuers: Option<&[Issuer]>,
    identities: &mut Identities<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Route> {
    let access = access::read(table, problems);
    let scope = scopes::read(table, problems);
    let own_audience = table.parsed("audience", str::parse::<ResourceUri>, problems);
    let accept = accept::read(table, "accept", issuers, problems);
    let token_from = token_from::read(table, access, problems);
    let max_staleness = table
        .number("max_staleness", "seconds", 0..=300, 5, problems)
        .map(Duration::from_secs);
    let on_outage = table
        .parsed("on_outage", |text| choose(ON_OUTAGE, text), problems)
        .map(|choice| choice.unwrap_or(OnOutage::Deny));
    let cut_streams = table.boolean("cut_streams", false, problems);
    let keep = table.boolean("keep", false, problems);
    let paths = table
        .parsed("paths", |text| choose(PATHS, text), problems)
        .map(Option::unwrap_or_default);
    let passes_authorization = table
        .parsed(
            "authorization",
            |text| choose(AUTHORIZATION, text),
            problems,
        )
        .map(Option::unwrap_or_default);
    let headers = table.list("headers", "x-app-version", header::parse, problems);
    let origin = origin::read(table, environment, problems);
    let known_origin = origin.as_ref().ok().and_then(Option::as_ref);
    let identity = identities.of_route(table, known_origin, problems);
    let life = max_staleness.unwrap_or_default();
    let assertion = assertion::read(table, known_origin, life, problems);
    let rules = rules::read(table, problems);
    let preflight = table
        .parsed("preflight", |text| choose(PREFLIGHT, text), problems)
        .map(|choice| choice.unwrap_or(Preflight::Refuse));
    let cors_origins = table
        .list(
            "cors_origins",
            "https://app.example.com",
            cors::origin,
            problems,
        )
        .map(Option::unwrap_or_default);

    let rate_limit = rate_limit::read(table, access, environment, problems);

    let access = access.and_then(|access| access::check(table, access, problems));
    if let (Ok(Paths::AsSent), Ok(Some(Origin::Assets))) = (&paths, &origin) {
        let message =
            "means nothing with `origin = \"assets\"`: no file has such a path. Leave it out";
        problems.add(table.key("paths"), message);
    }
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
    let Ok(Place {
        pattern,
        methods,
        is_report,
    }) = place
    else {
        return Err(Reported);
    };
    Ok(Route {
        // The whole list gives it its own.
        place: 0,
        pattern: pattern.clone(),
        methods: methods.clone(),
        access,
        scope: scope?,
        audience,
        accept: accept?,
        token_from: token_from?,
        max_staleness: max_staleness?,
        on_outage: on_outage?,
        cut_streams: cut_streams?,
        keep: keep?,
        paths: paths?,
        passes_authorization: passes_authorization?,
        headers: headers?,
        assertion: assertion?,
        identity: match access {
            Access::Public | Access::Deny => Identity::none(),
            Access::Token | Access::Session | Access::Any => identity?,
        },
        origin: origin?,
        preflight: preflight?,
        cors_origins: cors_origins?,
        rate_limit: rate_limit?,
        rules: rules?,
        role: if *is_report {
            Role::Report
        } else {
            Role::Decides
        },
    })
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
