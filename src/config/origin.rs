//! `origin` of a route.

use super::environment::{BindingKind, Environment};
use super::names;
use super::table::{Problems, Read, Table};
use crate::protocol::issuer::is_web_origin;

/// Where a route's requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `app`: the handler of the Worker's own that was given to `protect`, in the same isolate.
    App,
    /// `assets`: the Worker's static assets.
    Assets,
    /// `service:BINDING`: another Worker.
    Service(String),
    /// `service:BINDING` with `origin_url`: a server that a binding leads to.
    Through {
        /// The binding.
        binding: String,
        /// `https://host[:port]` or `http://host[:port]`; the path and the query are kept.
        url: String,
    },
    /// `https://host[:port]` (`http` for a loopback host): a server anywhere; the path and the query
    /// are kept.
    Url(String),
    /// `zone`: what the zone would have served without this Worker.
    Zone,
}

/// What can be written.
pub(super) const HOW_TO_WRITE: &str =
    "write `assets`, `app`, `service:BINDING`, `https://host` or `zone`";

/// Reads `origin`, and checks that its binding is there.
pub(super) fn read(
    table: &Table<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Option<Origin>> {
    let origin = table.parsed("origin", parse, problems);
    let url = table.parsed("origin_url", parse_url, problems)?;
    let origin = match (origin?, url) {
        (Some(Origin::Service(binding)), Some(url)) => Some(Origin::Through { binding, url }),
        (origin, None) => origin,
        (Some(_), Some(_)) => {
            let message = "is for `origin = \"service:BINDING\"`: leave it out";
            return Err(problems.add(table.key("origin_url"), message));
        }
        // That `origin` is missing is said elsewhere.
        (None, Some(_)) => None,
    };
    if let Some(origin) = &origin {
        check_binding(table, origin, environment, problems);
    }
    Ok(origin)
}

fn parse(text: &str) -> Result<Origin, String> {
    match text {
        "app" => return Ok(Origin::App),
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
                "does not name a binding after `service:`: write the `binding` of one of your \
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
        format!("is not an origin: {HOW_TO_WRITE}")
    })
}

/// `origin_url`. A binding may lead into a private network, and encrypts on the way there.
fn parse_url(text: &str) -> Result<String, &'static str> {
    let secure = text
        .strip_prefix("http://")
        .map(|rest| format!("https://{rest}"));
    if is_web_origin(secure.as_deref().unwrap_or(text)) {
        Ok(text.to_owned())
    } else {
        Err(
            "must be `https://host` or `http://host`, with or without a port, in lower case and with nothing after it \
             (the path of the request is kept)",
        )
    }
}

fn check_binding(
    table: &Table<'_>,
    origin: &Origin,
    environment: &dyn Environment,
    problems: &mut Problems,
) {
    let missing = |name: &str, kind| environment.has_binding(name, kind) == Some(false);
    match origin {
        Origin::App if missing("app", BindingKind::Handler) => {
            let message = "is the handler of a Worker of your own, and there is none: write `export default \
                           protect(config, handler)` with `protect` from \"postern\" in place of `worker(config)`";
            problems.add(table.key("origin"), message);
        }
        Origin::Assets if missing(names::ASSETS, BindingKind::Assets) => {
            let message = "needs the binding ASSETS: add `[assets]` with `directory`, `binding = \
                           \"ASSETS\"` and `run_worker_first = true` to the wrangler file";
            problems.add(table.key("origin"), message);
        }
        Origin::Service(name) if missing(name, BindingKind::Service) => {
            let message = format!(
                "needs the service binding {name}: add `[[services]]` with `binding = \"{name}\"` \
                 and the Worker's name as `service` to the wrangler file"
            );
            problems.add(table.key("origin"), message);
        }
        Origin::Through { binding, .. } if missing(binding, BindingKind::Fetcher) => {
            let message = format!(
                "needs the binding {binding}: add `[[mtls_certificates]]`, `[[vpc_services]]`, \
                 `[[vpc_networks]]` or `[[services]]` with `binding = \"{binding}\"` to the wrangler file"
            );
            problems.add(table.key("origin"), message);
        }
        Origin::App
        | Origin::Assets
        | Origin::Service(_)
        | Origin::Through { .. }
        | Origin::Url(_)
        | Origin::Zone => {}
    }
}
