//! Which further claims of a person are kept, when there is no room for all of them.
//!
//! They are part of every record, so there is a limit. A person with too many groups gets in all the same: of a list or
//! a table, what `allow` looks for is kept first, and then as much as fits, in the provider's order. A claim that can't
//! be divided fits or lets nobody in. What is left out is told, for the log.

use serde_json::{Map, Value};

use super::refusal::IdTokenRefusal;
use crate::config::{Allow, Provider, Test};
use crate::jose::Verified;
use crate::protocol::json;

/// How large the further claims of a person may be, in bytes of JSON: they are part of every record.
const CLAIMS_LIMIT: usize = 4_096;

/// A claim of which not everything is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub claim: String,
    /// How many of its entries are kept.
    pub kept: usize,
    /// How many there are; `None` if the provider itself left the claim out of the token, because there are too many.
    pub of: Option<usize>,
}

/// The further claims that are kept, and what is left out of them.
pub(super) fn of(
    provider: &Provider,
    token: &Verified,
) -> Result<(Map<String, Value>, Vec<LeftOut>), IdTokenRefusal> {
    let mut claims = Map::new();
    let mut left_out = Vec::new();
    for claim in &provider.claims {
        if let Some(value) = token.believed(claim) {
            claims.insert(claim.clone(), value.clone());
        } else if token.is_left_out(claim) {
            left_out.push(LeftOut {
                claim: claim.clone(),
                kept: 0,
                of: None,
            });
        }
    }
    if length(&claims) > CLAIMS_LIMIT {
        shorten(provider, &mut claims, &mut left_out)?;
    }
    Ok((claims, left_out))
}

fn length(value: &Map<String, Value>) -> usize {
    json::write(value).len()
}

/// Takes entries out of lists and tables until all of it fits.
fn shorten(
    provider: &Provider,
    claims: &mut Map<String, Value>,
    left_out: &mut Vec<LeftOut>,
) -> Result<(), IdTokenRefusal> {
    let mut divided: Vec<Divided> = Vec::new();
    for claim in &provider.claims {
        if let Some(value) = claims.get_mut(claim)
            && let Some(found) = Divided::of(provider, claim, value)
        {
            *value = found.kept();
            divided.push(found);
        }
    }
    // Now only what can't be divided is in there.
    let mut room = CLAIMS_LIMIT
        .checked_sub(length(claims))
        .ok_or_else(|| IdTokenRefusal::TooLarge(largest(claims)))?;
    for claim in &mut divided {
        if !claim.keep(true, &mut room) {
            return Err(IdTokenRefusal::TooLarge(claim.name.clone()));
        }
    }
    for claim in &mut divided {
        claim.keep(false, &mut room);
    }
    for claim in divided {
        if claim.count < claim.entries.len() {
            left_out.push(LeftOut {
                claim: claim.name.clone(),
                kept: claim.count,
                of: Some(claim.entries.len()),
            });
        }
        claims.insert(claim.name.clone(), claim.kept());
    }
    Ok(())
}

/// The claim that takes most of the room.
fn largest(claims: &Map<String, Value>) -> String {
    let largest = claims
        .iter()
        .max_by_key(|(_, value)| json::write(value).len());
    largest.map(|(name, _)| name.clone()).unwrap_or_default()
}

/// A list or a table, entry by entry.
struct Divided {
    name: String,
    is_table: bool,
    entries: Vec<Entry>,
    /// How many entries are kept so far.
    count: usize,
}

struct Entry {
    /// The key, in a table.
    key: Option<String>,
    value: Value,
    is_needed: bool,
    is_kept: bool,
}

impl Divided {
    /// The entries of `value`, if it can have any.
    fn of(provider: &Provider, name: &str, value: &Value) -> Option<Self> {
        let is_needed = |text: &str| match &provider.allow {
            Allow::Anyone => false,
            Allow::AnyOf(rules) => rules.iter().any(|rule| {
                rule.claim == name && matches!(&rule.test, Test::Has(wanted) if wanted == text)
            }),
        };
        let entry = |key: Option<&String>, value: &Value| Entry {
            is_needed: key
                .map(String::as_str)
                .or(value.as_str())
                .is_some_and(is_needed),
            key: key.cloned(),
            value: value.clone(),
            is_kept: false,
        };
        let entries = match value {
            Value::Array(items) => items.iter().map(|value| entry(None, value)).collect(),
            Value::Object(items) => {
                let items = items.iter();
                items.map(|(key, value)| entry(Some(key), value)).collect()
            }
            _ => return None,
        };
        Some(Self {
            name: name.to_owned(),
            is_table: value.is_object(),
            entries,
            count: 0,
        })
    }

    /// Keeps those that are needed, or those that are not, as far as there is room. Whether all of them fit.
    fn keep(&mut self, needed: bool, room: &mut usize) -> bool {
        let mut fits = true;
        for entry in self.entries.iter_mut().filter(|e| e.is_needed == needed) {
            let comma = usize::from(self.count > 0);
            let key = entry
                .key
                .as_ref()
                .map_or(0, |key| json::write(key).len() + 1);
            let length = json::write(&entry.value).len() + key + comma;
            match room.checked_sub(length) {
                Some(rest) => {
                    (*room, entry.is_kept) = (rest, true);
                    self.count += 1;
                }
                None => fits = false,
            }
        }
        fits
    }

    /// What is kept so far, as a claim.
    fn kept(&self) -> Value {
        let mut list = Vec::new();
        let mut table = Map::new();
        for entry in self.entries.iter().filter(|entry| entry.is_kept) {
            match &entry.key {
                Some(key) => {
                    table.insert(key.clone(), entry.value.clone());
                }
                None => list.push(entry.value.clone()),
            }
        }
        if self.is_table {
            Value::Object(table)
        } else {
            Value::Array(list)
        }
    }
}
