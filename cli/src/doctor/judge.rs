//! What the answers mean.

use postern::config::Config;
use serde_json::Value;

use super::finding::Finding;
use super::probes::{About, Probe};
use crate::check::Checked;
use crate::step::{Reply, Response};

/// How far two clocks may be apart, in seconds.
const CLOCKS: u64 = 30;
/// How many of one kind are named before the rest is counted.
const MOST_NAMED: usize = 5;

/// What was found, from all answers.
pub(super) fn all(
    url: &str,
    probes: &[Probe],
    replies: &[Reply],
    here: Option<&Checked>,
) -> Vec<Finding> {
    let config = here.and_then(|here| here.config.as_ref());
    let mut findings = Vec::new();
    let mut served = Served::default();
    for (probe, reply) in probes.iter().zip(replies) {
        match &probe.about {
            About::Health => health(url, reply, &mut findings),
            About::Metadata => metadata(url, reply, config, &mut findings),
            About::Keys => findings.extend(keys(reply)),
            About::Plain => plain(&probe.url, reply, &mut findings),
            About::Closed { path } => served.take(path, reply),
            About::Secret { path } => secret(path, reply, &mut findings),
            About::Origin { origin } => findings.push(self::origin(origin, reply)),
            About::WorkersDev { name, is_gate } => {
                findings.push(workers_dev(name, *is_gate, &probe.url, reply));
            }
        }
    }
    served.say(&mut findings);
    let secrets = |one: &Finding| {
        one.what
            .contains("is served to everyone, and is for nobody")
    };
    if !findings.iter().any(secrets) {
        findings.push(Finding::fine(
            "no file with secrets or configuration is served",
        ));
    }
    findings
}

fn health(url: &str, reply: &Reply, findings: &mut Vec<Finding>) {
    let response = match reply {
        Err(why) => {
            findings.push(Finding::problem(
                format!("{url} does not answer: {why}"),
                "see that the Worker is deployed, that its domain is in `routes` of the wrangler file, and that the name resolves",
            ));
            return;
        }
        Ok(response) => response,
    };
    let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    match (response.status, text("status"), text("error")) {
        (200, Some("ok"), _) => {
            findings.push(Finding::fine("the Worker is healthy: it can follow its revocation log"));
            findings.push(version(text("version")));
            clock(response, findings);
            if url.starts_with("https://") && response.header("strict-transport-security").is_none() {
                findings.push(Finding::warning(
                    "there is no `Strict-Transport-Security`: a browser's first request may go without TLS",
                    "turn on HSTS for the zone in Cloudflare's dashboard, under SSL/TLS, Edge Certificates",
                ));
            }
        }
        (500, _, Some("server_error")) => findings.push(Finding::problem(
            "the Worker refuses its configuration, so every request gets 500",
            "`npx wrangler tail` shows an event `configuration_refused` that says what to change",
        )),
        (503, ..) => findings.push(Finding::problem(
            "the Worker cannot reach its revocation log, so it lets nobody in",
            "`npx wrangler tail` shows an event `dependency_unavailable` with the cause; try again in a minute",
        )),
        (status, ..) => findings.push(Finding::problem(
            format!("what answers at {url} is not Postern: its health page gave {status}"),
            "see that the Worker's domain, or its route for the whole zone (`host/*`), is in `routes` of the wrangler \
             file, and that nothing else has the address",
        )),
    }
}

fn version(deployed: Option<&str>) -> Finding {
    let own = env!("CARGO_PKG_VERSION");
    match deployed {
        Some(version) if version == own => {
            Finding::fine(format!("version {version} is deployed, as installed here"))
        }
        Some(version) => Finding::warning(
            format!("version {version} is deployed, and {own} is installed here"),
            "deploy again, or install the version that is deployed",
        ),
        None => Finding::unknown("the deployment does not say its version", ""),
    }
}

/// Both clocks, as far as an answer shows them.
fn clock(response: &Response, findings: &mut Vec<Finding>) {
    let date = response
        .header("date")
        .and_then(|date| httpdate::parse_http_date(date).ok());
    let since = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
    let Some(theirs) = since.map(|since| since.as_secs()) else {
        return;
    };
    let apart = theirs.abs_diff(response.at / 1000);
    findings.push(if apart <= CLOCKS {
        Finding::fine("this machine's clock and the deployment's agree")
    } else {
        Finding::warning(
            format!("this machine's clock and the deployment's are {apart} seconds apart"),
            "set this machine's clock. If other machines agree with it, tell Cloudflare",
        )
    });
}

fn metadata(url: &str, reply: &Reply, config: Option<&Config>, findings: &mut Vec<Finding>) {
    let Ok(response) = reply else {
        return;
    };
    let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
    let issuer = body.get("issuer").and_then(Value::as_str);
    match (response.status, issuer) {
        (200, Some(issuer)) if issuer == url => {
            findings.push(Finding::fine("its metadata names this address as its issuer"));
        }
        (200, Some(issuer)) => findings.push(Finding::problem(
            format!("its metadata names another issuer: {issuer}"),
            match config {
                Some(config) if config.issuer.as_str() == url => {
                    "the configuration here is not the one that is deployed: deploy it"
                }
                _ => "people log in at that address and clients ask there: open the site there, or correct `issuer` and deploy",
            },
        )),
        // The health page says more.
        (500 | 503, _) => {}
        (status, _) => findings.push(Finding::problem(
            format!("there is no metadata: `/.well-known/oauth-authorization-server` gave {status}"),
            "clients find the endpoints there: see that the Worker has the whole host, and not some of its paths",
        )),
    }
}

/// Origins that get assertions need the keys.
fn keys(reply: &Reply) -> Option<Finding> {
    let Ok(response) = reply else {
        return None;
    };
    let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
    let keys = body.get("keys").and_then(Value::as_array);
    let has_keys = keys.is_some_and(|keys| !keys.is_empty());
    match response.status {
        200 if has_keys => Some(Finding::fine(
            "origins can get the keys that verify assertions",
        )),
        // The health page says more.
        500 | 503 => None,
        status => Some(Finding::problem(
            format!(
                "there are no keys to verify assertions with: `/.well-known/jwks.json` gave {status}"
            ),
            "the configuration here is not the one that is deployed: deploy it, with the secret `POSTERN_SIGNING_KEYS`",
        )),
    }
}

fn plain(url: &str, reply: &Reply, findings: &mut Vec<Finding>) {
    let leads_to_tls = |response: &Response| {
        let location = response.header("location");
        location.is_some_and(|location| location.starts_with("https://"))
    };
    findings.push(match reply {
        Err(_) => Finding::fine("nothing answers without TLS"),
        Ok(response) if leads_to_tls(response) => Finding::fine("requests without TLS are led to https"),
        Ok(response) => Finding::problem(
            format!("{url} answers without TLS, with {}", response.status),
            "turn on \"Always Use HTTPS\" for the zone in Cloudflare's dashboard, under SSL/TLS, Edge Certificates: a token \
             that is sent without TLS is everybody's",
        ),
    });
}

/// What came of asking for things that need a credential.
#[derive(Default)]
struct Served {
    refused: usize,
    open: Vec<String>,
    led_elsewhere: Vec<String>,
    unclear: Vec<String>,
    cached: Vec<String>,
}

impl Served {
    fn take(&mut self, path: &str, reply: &Reply) {
        let Ok(response) = reply else {
            return self.unclear.push(path.to_owned());
        };
        if response.header("cf-cache-status") == Some("HIT") {
            self.cached.push(path.to_owned());
        }
        match response.status {
            200..=299 | 304 => self.open.push(path.to_owned()),
            300..=399 => {
                let location = response.header("location").unwrap_or_default();
                if location.contains("/_postern/login") {
                    self.refused += 1;
                } else {
                    self.led_elsewhere.push(path.to_owned());
                }
            }
            400..=499 => self.refused += 1,
            _ => self.unclear.push(path.to_owned()),
        }
    }

    fn say(&self, findings: &mut Vec<Finding>) {
        let mut add =
            |paths: &[String], make: fn(String, String) -> Finding, what: &str, advice: &str| {
                if !paths.is_empty() {
                    findings.push(make(format!("{what}: {}", named(paths)), advice.to_owned()));
                }
            };
        add(
            &self.open,
            Finding::problem,
            "served without being asked for a token or a login",
            "see that `run_worker_first` in `assets` of the wrangler file lets these paths come to the Worker (`npx postern \
             check`), that this configuration is the one that is deployed, and that no other Worker or page rule has them",
        );
        add(
            &self.led_elsewhere,
            Finding::warning,
            "led somewhere else before the gate was asked",
            "a redirect rule of the zone or the static assets answers first: what it leads to should be asked for as well",
        );
        add(
            &self.cached,
            Finding::problem,
            "answered from a cache in front of the gate",
            "take caching off for these paths (`cache` in the wrangler file, cache rules of the zone): a cache asks nobody \
             for a token",
        );
        add(
            &self.unclear,
            Finding::unknown,
            "it could not be found out whether these are closed",
            "ask again when the Worker is healthy",
        );
        if self.refused > 0 && self.open.is_empty() {
            findings.push(Finding::fine(match self.refused {
                1 => "a path that needs a token or a login was asked for without one, and refused".to_owned(),
                count => format!(
                    "{count} paths that need a token or a login were asked for without one, and refused"
                ),
            }));
        }
    }
}

/// The first few, and how many more there are.
fn named(paths: &[String]) -> String {
    let first: Vec<String> = paths
        .iter()
        .take(MOST_NAMED)
        .map(|path| format!("`{path}`"))
        .collect();
    let more = paths.len().saturating_sub(MOST_NAMED);
    let list = first.join(", ");
    if more == 0 {
        list
    } else {
        format!("{list} and {more} more")
    }
}

fn secret(path: &str, reply: &Reply, findings: &mut Vec<Finding>) {
    let Ok(response) = reply else {
        return;
    };
    // A single-page site gives its page for every path.
    let is_page = response
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    if response.status == 200 && !is_page && !response.body.is_empty() {
        findings.push(Finding::problem(
            format!("`{path}` is served to everyone, and is for nobody"),
            "take it out of the folder of the static assets and deploy. What was secret in it is known now: make it anew",
        ));
    }
}

fn origin(origin: &str, reply: &Reply) -> Finding {
    let asks = |status: u16| matches!(status, 400 | 401 | 403 | 407 | 421 | 495 | 496 | 520..=530);
    match reply {
        Err(why) => Finding::fine(format!(
            "{origin} does not answer from here ({why}), as it should"
        )),
        Ok(response) if asks(response.status) => Finding::fine(format!(
            "{origin} refuses whoever does not come through the gate (it gave {})",
            response.status
        )),
        Ok(response) => Finding::problem(
            format!(
                "{origin} can be reached round the gate: it gave {} at its own address",
                response.status
            ),
            "let it take only what comes through the gate: a client certificate of your own, or a private network \
             (docs/deploy.md, \"In front of a server of yours\")",
        ),
    }
}

fn workers_dev(name: &str, is_gate: bool, url: &str, reply: &Reply) -> Finding {
    // What Cloudflare answers where there is no such Worker, or it is not there.
    let is_nothing = |response: &Response| matches!(response.status, 404 | 520..=530);
    match reply {
        Err(_) => Finding::fine(format!("{name} does not answer at workers.dev")),
        Ok(response) if is_nothing(response) => {
            Finding::fine(format!("{name} does not answer at workers.dev"))
        }
        Ok(_) if is_gate => Finding::warning(
            format!(
                "the gate answers at {url} as well, around what protects your domain (firewall rules, rate limits)"
            ),
            "write `workers_dev = false` and `preview_urls = false` into its wrangler file, and deploy",
        ),
        Ok(response) => Finding::problem(
            format!(
                "the Worker {name} can be reached round the gate: {url} gave {}",
                response.status
            ),
            "write `workers_dev = false` and `preview_urls = false` into that Worker's wrangler file, and deploy it",
        ),
    }
}
