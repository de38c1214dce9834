//! `assertion` of a route: whether its origin gets a signed statement of who is there, and for whom that is meant.

use std::time::Duration;

use serde_json::Value;

use super::environment::{Environment, Setting};
use super::names;
use super::origin::Origin;
use super::table::{Problems, Read, Table};
use crate::token::SigningRing;

/// The statement that an origin gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// For whom it is meant (`aud`).
    pub audience: String,
    /// How long it counts: as long as the gate itself believes what it knows, within [`SHORTEST`] and [`LONGEST`].
    pub life: Duration,
}

/// The shortest that one counts.
pub const SHORTEST: Duration = Duration::from_secs(5);
/// The longest that one counts.
pub const LONGEST: Duration = Duration::from_mins(1);

/// The greatest length of an audience.
const LONGEST_AUDIENCE: usize = 255;

/// Reads `assertion`, whose life comes from `max_staleness`.
pub(super) fn read(
    table: &Table<'_>,
    origin: Option<&Origin>,
    max_staleness: Duration,
    problems: &mut Problems,
) -> Read<Option<Assertion>> {
    let key = table.key("assertion");
    let audience = match table.value("assertion") {
        None | Some(Value::Bool(false)) => return Ok(None),
        Some(Value::Bool(true)) => None,
        Some(Value::String(text)) if is_audience(text) => Some(text.clone()),
        Some(_) => {
            let message = format!(
                "must be `true`, `false`, or the audience in 1 to {LONGEST_AUDIENCE} visible characters of ASCII, such as \
                 `\"https://api.example.com\"`"
            );
            return Err(problems.add(key, message));
        }
    };
    let audience = match (origin, audience) {
        (Some(Origin::Assets), _) => {
            let message =
                "means nothing with `origin = \"assets\"`: a file reads no header. Leave it out";
            return Err(problems.add(key, message));
        }
        (Some(Origin::App), _) => {
            let message = "means nothing with `origin = \"app\"`: there `identity(request)` says who it is, and nobody \
                           stands in between. Leave it out";
            return Err(problems.add(key, message));
        }
        (_, Some(own)) => own,
        (Some(Origin::Url(url) | Origin::Through { url, .. }), None) => url.clone(),
        (Some(Origin::Service(binding)), None) => format!("service:{binding}"),
        (Some(Origin::Zone), None) => {
            let message = "does not say for whom it is, because the zone has no address of its own: write the audience, \
                           such as `assertion = \"https://www.example.com\"`";
            return Err(problems.add(key, message));
        }
        // That there is none is said elsewhere.
        (None, None) => return Ok(None),
    };
    Ok(Some(Assertion {
        audience,
        life: max_staleness.clamp(SHORTEST, LONGEST),
    }))
}

fn is_audience(text: &str) -> bool {
    (1..=LONGEST_AUDIENCE).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

const HOW_TO_MAKE: &str = "make one with `npx postern keys --signing` and store it with `wrangler secret put \
                           POSTERN_SIGNING_KEYS` (on your own machine, write it into .dev.vars)";

/// Reads the secret with the keys that sign; `None` where there is none, and where it can't be seen from here. `asked_by` is
/// the place of a route that has `assertion`.
pub(super) fn ring(
    asked_by: Option<usize>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Option<SigningRing>> {
    let name = names::SIGNING_KEYS;
    match (environment.setting(name), asked_by) {
        // Exposed to the parser, whose errors never repeat it.
        (Setting::Value(text), _) => SigningRing::parse(text.expose())
            .map(Some)
            .map_err(|error| problems.add(name, format!("{error}: {HOW_TO_MAKE}"))),
        (Setting::Missing, Some(at)) => {
            let message = format!("is missing, and routes[{at}].assertion needs it: {HOW_TO_MAKE}");
            Err(problems.add(name, message))
        }
        (Setting::Missing | Setting::Hidden, _) => Ok(None),
    }
}
