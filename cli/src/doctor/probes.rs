//! What the doctor asks.
//!
//! Job: from what the project says to a bounded list of requests. Not its job: what the answers mean.

use std::collections::BTreeSet;

use postern::config::{Access, Config, Origin};
use serde_json::Value;

use crate::check::Checked;
use crate::checks::pages::{served_at, walk};
use crate::context::Context;
use crate::host::{self, Entry};
use crate::project::{Project, Section, WranglerFile, tables};
use crate::step::Request;

/// How many files that need a login are asked for. They are spread over all of them.
const MOST_FILES: usize = 24;
/// How many routes are tried.
const MOST_ROUTES: usize = 40;
/// How many files are looked at on this machine.
const MOST_LISTED: usize = 20_000;
/// What stands where a pattern leaves something open.
const ANYTHING: &str = "postern-doctor";

/// Files that are never meant for the public, and their first bytes where those tell them from a page.
pub(super) const NEVER: [&str; 6] = [
    "/.dev.vars",
    "/.env",
    "/.git/HEAD",
    "/postern.toml",
    "/wrangler.toml",
    "/wrangler.jsonc",
];

/// A request, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) about: About,
    pub(super) url: String,
}

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Whether the deployment works.
    Health,
    /// What it says of itself (RFC 8414).
    Metadata,
    /// The same without TLS.
    Plain,
    /// The public keys of what it signs (RFC 7517).
    Keys,
    /// A path, of a file or of a route, at which nothing must be served without a credential.
    Closed { path: String },
    /// A file that is for nobody.
    Secret { path: String },
    /// A server behind the gate, at its own address.
    Origin { origin: String },
    /// A Worker at workers.dev: the gate itself, or one behind it.
    WorkersDev { name: String, is_gate: bool },
}

impl Probe {
    fn new(about: About, url: String) -> Self {
        Self { about, url }
    }

    /// The request. It says who asks.
    pub(super) fn request(&self) -> Request {
        let mut request = Request::get(self.url.clone());
        let agent = concat!("postern-doctor/", env!("CARGO_PKG_VERSION"));
        request
            .headers
            .push(("user-agent".to_owned(), agent.to_owned()));
        request
    }
}

/// All requests, in the order in which they are sent.
pub(super) fn all(
    context: &Context<'_>,
    url: &str,
    project: Option<&Project>,
    here: Option<&Checked>,
    workers_dev: Option<&str>,
) -> Vec<Probe> {
    let mut probes = vec![
        Probe::new(About::Health, format!("{url}/_postern/health")),
        Probe::new(
            About::Metadata,
            format!("{url}/.well-known/oauth-authorization-server"),
        ),
    ];
    if let Some(host) = url.strip_prefix("https://") {
        // Another port than TLS's own has no counterpart.
        if !host.contains(':') {
            probes.push(Probe::new(About::Plain, format!("http://{host}/")));
        }
    }
    probes.extend(NEVER.iter().map(|path| {
        let path = (*path).to_owned();
        let target = format!("{url}{path}");
        Probe::new(About::Secret { path }, target)
    }));
    let config = here.and_then(|here| here.config.as_ref());
    if let Some(config) = config {
        if config.routes.iter().any(|route| route.assertion.is_some()) {
            let keys = format!("{url}/.well-known/jwks.json");
            probes.push(Probe::new(About::Keys, keys));
        }
        routes(url, config, &mut probes);
        origins(config, &mut probes);
    }
    let file = project.and_then(|project| project.wrangler.as_ref().ok());
    let environment = here.and_then(|here| here.environment.as_deref());
    let section = file.and_then(|file| file.section(context, environment, false).ok());
    if let (Some(file), Some(section)) = (file, section) {
        if let Some(config) = config {
            files(context, url, file, &section, config, &mut probes);
        }
        if let Some(subdomain) = workers_dev {
            workers(&section, environment, subdomain, &mut probes);
        }
    }
    probes
}

/// A path that a pattern matches.
fn witness(pattern: &str) -> String {
    pattern.replace("**", ANYTHING).replace('*', ANYTHING)
}

/// A path for each route that needs something, if that path is not decided by another route.
fn routes(url: &str, config: &Config, probes: &mut Vec<Probe>) {
    let mut tried = BTreeSet::new();
    for route in &config.routes {
        let path = witness(route.pattern.as_str());
        let reads = route
            .methods
            .as_ref()
            .is_none_or(|methods| methods.iter().any(|method| method == "GET"));
        let is_open = config
            .access(&path)
            .is_none_or(|access| access == Access::Public);
        if !reads || is_open || tried.len() == MOST_ROUTES || !tried.insert(path.clone()) {
            continue;
        }
        let target = format!("{url}{path}");
        probes.push(Probe::new(About::Closed { path }, target));
    }
}

/// The servers behind routes that need something, at their own addresses.
fn origins(config: &Config, probes: &mut Vec<Probe>) {
    let mut tried = BTreeSet::new();
    for route in &config.routes {
        let (Some(Origin::Url(origin) | Origin::Through { url: origin, .. }), false) =
            (&route.origin, route.access == Access::Public)
        else {
            continue;
        };
        if !origin.starts_with("https://") || !tried.insert(origin.clone()) {
            continue;
        }
        let target = format!("{origin}{}", witness(route.pattern.as_str()));
        let origin = origin.clone();
        probes.push(Probe::new(About::Origin { origin }, target));
    }
}

/// Files of the static assets that need a login, spread over all of them.
fn files(
    context: &Context<'_>,
    url: &str,
    file: &WranglerFile,
    section: &Section<'_>,
    config: &Config,
    probes: &mut Vec<Probe>,
) {
    let assets = section.inherited("assets");
    let text = |key: &str| {
        assets
            .and_then(|assets| assets.get(key))
            .and_then(Value::as_str)
    };
    let Some(directory) = text("directory") else {
        return;
    };
    let root = host::join(host::split(&file.path).0, directory);
    let mut found = Vec::new();
    walk(context, &root, "", (is_served, MOST_LISTED), &mut found);
    let handling = text("html_handling");
    let closed: Vec<String> = found
        .iter()
        .map(|path| served_at(path, handling))
        .filter(|path| {
            config
                .access(path)
                .is_some_and(|access| access != Access::Public)
        })
        .collect();
    let step = closed.len().div_ceil(MOST_FILES).max(1);
    for path in closed.into_iter().step_by(step) {
        let target = format!("{url}{}", encoded(&path));
        probes.push(Probe::new(About::Closed { path }, target));
    }
}

/// Whether it may be served: `_headers` and `_redirects` are not.
fn is_served(entry: &Entry) -> bool {
    !entry.name.starts_with('_')
}

/// A path as it stands in a URL.
fn encoded(path: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    percent_encoding::utf8_percent_encode(path, KEPT).to_string()
}

/// The gate and the Workers behind it, at workers.dev.
fn workers(
    section: &Section<'_>,
    environment: Option<&str>,
    subdomain: &str,
    probes: &mut Vec<Probe>,
) {
    let subdomain = subdomain.trim_end_matches(".workers.dev");
    let mut probe = |name: String, is_gate| {
        let url = format!("https://{name}.{subdomain}.workers.dev/");
        probes.push(Probe::new(About::WorkersDev { name, is_gate }, url));
    };
    if let Some(name) = section.inherited("name").and_then(Value::as_str) {
        let own = section.own("name").is_some();
        probe(
            match environment {
                Some(environment) if !own => format!("{name}-{environment}"),
                _ => name.to_owned(),
            },
            true,
        );
    }
    for service in tables(section.own("services")) {
        if let Some(name) = service.get("service").and_then(Value::as_str) {
            probe(name.to_owned(), false);
        }
    }
}
