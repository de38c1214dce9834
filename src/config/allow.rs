//! `allow` of a provider: which of its people may enter.

use serde_json::Value;

use super::rule::{self, Rule};
use super::table::{Problems, Read, Reported, Table};

pub(super) use super::rule::{claim, plain};

/// Which of a provider's people may enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    /// `"anyone"`: all of them.
    Anyone,
    /// Those whom at least one of these rules fits. The list is not empty.
    AnyOf(Vec<Rule>),
}

const HOW_TO_ALLOW: &str = "write who may enter, such as `allow = [{ claim = \"email\", domain = \
                            \"example.com\" }]`, or `allow = \"anyone\"` for everyone with an \
                            account there, which at a public provider is the whole world";

/// Reads `allow`.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Read<Allow> {
    let key = "allow";
    let items = match table.value(key) {
        Some(Value::String(text)) if text == "anyone" => return Ok(Allow::Anyone),
        Some(Value::Array(items)) if !items.is_empty() => items,
        None => {
            return Err(problems.add(table.key(key), format!("is missing: {HOW_TO_ALLOW}")));
        }
        Some(_) => {
            let message = format!("must be `\"anyone\"` or a list of rules: {HOW_TO_ALLOW}");
            return Err(problems.add(table.key(key), message));
        }
    };
    let mut rules = Vec::with_capacity(items.len());
    let mut fits = Ok(());
    for (at, item) in items.iter().enumerate() {
        match rule::read(format!("{}[{at}]", table.key(key)), item, problems) {
            Ok(rule) => rules.push(rule),
            Err(Reported) => fits = Err(Reported),
        }
    }
    fits.map(|()| Allow::AnyOf(rules))
}

/// With a provider that speaks for several tenants, a rule must say whose people it is about: everyone can make a
/// tenant, and name its roles and people as they like.
pub(super) fn check_tenants(allow: &Allow, table: &Table<'_>, problems: &mut Problems) -> Read<()> {
    let Allow::AnyOf(rules) = allow else {
        return Ok(());
    };
    let mut fits = Ok(());
    for (at, rule) in rules.iter().enumerate() {
        if rule.tenant.is_none() && rule.claim != "tid" {
            let message = "needs `tenant` with this issuer, which speaks for every tenant: write the id of the \
                           tenant whose people may enter by this rule, or `{ claim = \"tid\", is = \"...\" }` for \
                           everyone of a tenant";
            fits = Err(problems.add(format!("{}[{at}]", table.key("allow")), message));
        }
    }
    fits
}
