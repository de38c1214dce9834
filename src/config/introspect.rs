//! `introspect` of a client.

use serde_json::Value;

use super::table::{Problems, Read, Table};
use crate::protocol::ResourceUri;

/// Which tokens a client may introspect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Introspect {
    /// `false`, the default: it may not call the endpoint.
    No,
    /// `true`: every token of this issuer.
    All,
    /// A list of audiences: tokens for one of them, tokens for no audience in particular, and its
    /// own.
    Audiences(Vec<ResourceUri>),
}

/// A key that changes nothing for a client that may not introspect is a misunderstanding.
pub(super) fn check(
    table: &Table<'_>,
    introspect: &Introspect,
    problems: &mut Problems,
) -> Read<()> {
    let mut fits = Ok(());
    for key in ["introspect_max_staleness", "introspect_accept"] {
        if *introspect == Introspect::No && table.has(key) {
            let message = "means nothing for a client that may not introspect: leave it out, or write \
                           `introspect = true`";
            fits = Err(problems.add(table.key(key), message));
        }
    }
    fits
}

pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Read<Introspect> {
    let key = "introspect";
    match table.value(key) {
        None | Some(Value::Bool(false)) => Ok(Introspect::No),
        Some(Value::Bool(true)) => Ok(Introspect::All),
        Some(Value::Array(items)) if !items.is_empty() => {
            let audiences = table.list(
                key,
                "https://api.example.com",
                str::parse::<ResourceUri>,
                problems,
            )?;
            Ok(Introspect::Audiences(audiences.unwrap_or_default()))
        }
        Some(_) => Err(problems.add(
            table.key(key),
            "must be `true`, `false`, or a list of at least one audience, such as \
             `[\"https://api.example.com\"]`",
        )),
    }
}
