//! What a route asks beside a credential: for whom it is, how fresh and how strong their login must be, and from where they
//! may come.
//!
//! Job: the keys `require`, `max_auth_age`, `acr`, `networks` and `countries`. Not its job: whether they could ever be met
//! here, and what becomes of a request that they refuse.

use std::rc::Rc;

use super::country::{self, Country};
use super::network::{self, Network};
use super::require::{self, Require};
use super::table::{Problems, Read, Table};
use crate::protocol::acr_values::LONGEST;
use crate::protocol::scope::is_scope_token;

/// What a route asks beside a credential. At least one of them is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// `require`: for whom it is.
    pub require: Option<Rc<Require>>,
    /// `max_auth_age`: how long ago they may have proved who they are, in seconds. From 120 to 7776000 (90 days).
    pub max_auth_age: Option<u32>,
    /// `acr`: one of these classes their login must have. Empty for any.
    pub acr: Vec<String>,
    /// `networks`: from one of these a request must come. Empty for any.
    pub networks: Vec<Network>,
    /// `countries`: from one of these a request must come. Empty for any.
    pub countries: Vec<Country>,
}

/// The keys of a route that are read here.
pub(super) const KEYS: [&str; 5] = ["require", "max_auth_age", "acr", "networks", "countries"];

/// Those that look at who it is.
pub(super) const ABOUT_PEOPLE: [&str; 3] = ["require", "max_auth_age", "acr"];
/// Those that look at where a request comes from.
pub(super) const ABOUT_PLACES: [&str; 2] = ["networks", "countries"];

/// Reads them, if one is there.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Read<Option<Rc<Rules>>> {
    if !KEYS.iter().any(|key| table.has(key)) {
        return Ok(None);
    }
    let require = require::read(table, problems);
    let max_auth_age = if table.has("max_auth_age") {
        let seconds = table.number("max_auth_age", "seconds", 120..=7_776_000, 900, problems);
        seconds.map(|seconds| u32::try_from(seconds).ok())
    } else {
        Ok(None)
    };
    let acr = acr(table, problems);
    let networks = some(table, "networks", "192.0.2.0/24", network::parse, problems);
    let countries = some(table, "countries", "DE", country::parse, problems);
    Ok(Some(Rc::new(Rules {
        require: require?,
        max_auth_age: max_auth_age?,
        acr: acr?,
        networks: networks?,
        countries: countries?,
    })))
}

/// A list that is not empty, or none.
fn some<T, E: std::fmt::Display>(
    table: &Table<'_>,
    key: &str,
    example: &str,
    parse: impl Fn(&str) -> Result<T, E>,
    problems: &mut Problems,
) -> Read<Vec<T>> {
    let list = table.list(key, example, parse, problems)?;
    match list {
        Some(list) if list.is_empty() => {
            let message = format!(
                "is empty, so nobody would get in: write `[\"{example}\"]`, or leave it out for all"
            );
            Err(problems.add(table.key(key), message))
        }
        list => Ok(list.unwrap_or_default()),
    }
}

fn acr(table: &Table<'_>, problems: &mut Problems) -> Read<Vec<String>> {
    let one = |text: &str| {
        if is_scope_token(text) {
            Ok(text.to_owned())
        } else {
            Err(
                "is not a class of logins: write printable ASCII without spaces, `\"` and `\\`, as the provider has it \
                 in `acr`",
            )
        }
    };
    let all = some(table, "acr", "mfa", one, problems)?;
    // With a space between them.
    if all.iter().map(|one| one.len() + 1).sum::<usize>() > LONGEST + 1 {
        let message = format!("is too long: all of it may have {LONGEST} bytes");
        return Err(problems.add(table.key("acr"), message));
    }
    Ok(all)
}
