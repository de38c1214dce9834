//! `allow` of a provider: which of its people may enter.

use serde_json::Value;

use super::table::{Problems, Read, Reported, Table};
use crate::protocol::issuer::is_web_origin;

/// Which of a provider's people may enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    /// `"anyone"`: all of them.
    Anyone,
    /// Those whom at least one of these rules fits. The list is not empty.
    AnyOf(Vec<Rule>),
}

/// A rule of `allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `claim`: the claim of the ID token that is looked at.
    pub claim: String,
    /// What it must be.
    pub test: Test,
    /// `tenant`: what the claim `tid` must be as well, in lower case.
    pub tenant: Option<String>,
}

/// What a claim must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// `is`: this text.
    Is(String),
    /// `has`: a list with this text in it, or a table with this key (as ZITADEL writes roles).
    Has(String),
    /// `domain`: an address at this domain, in lower case.
    Domain(String),
}

/// The keys of a rule of `allow`: the claim, one test, and for whose people it is.
const RULE: &[&str] = &["claim", "is", "has", "domain", "tenant"];

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
        match rule(format!("{}[{at}]", table.key(key)), item, problems) {
            Ok(rule) => rules.push(rule),
            Err(Reported) => fits = Err(Reported),
        }
    }
    fits.map(|()| Allow::AnyOf(rules))
}

fn rule(path: String, value: &Value, problems: &mut Problems) -> Read<Rule> {
    let table = Table::open(path, value, RULE, problems)?;
    let advice = "write the claim to look at, such as `email` or `groups`";
    let name = table.needed("claim", advice, claim, problems);
    let is = table.parsed("is", |text| plain(text, 255), problems);
    let has = table.parsed("has", |text| plain(text, 255), problems);
    let domain = table.parsed("domain", domain, problems);
    let tenant = table.parsed("tenant", tenant, problems);
    let test = match (is?, has?, domain?) {
        (Some(is), None, None) => Test::Is(is),
        (None, Some(has), None) => Test::Has(has),
        (None, None, Some(domain)) => Test::Domain(domain),
        _ => {
            let message = "needs exactly one of `is`, `has` and `domain`; for alternatives, write \
                           several rules";
            return Err(problems.add(table.path(), message));
        }
    };
    Ok(Rule {
        claim: name?,
        test,
        tenant: tenant?,
    })
}

/// The name of a tenant of Microsoft Entra ID: a GUID.
fn tenant(text: &str) -> Result<String, &'static str> {
    let mut groups = text.split('-').map(|group| {
        let is_hexadecimal = group.bytes().all(|b| b.is_ascii_hexdigit());
        is_hexadecimal.then_some(group.len())
    });
    if groups.by_ref().eq([8, 4, 4, 4, 12].map(Some)) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(
            "is not the id of a tenant: write it as the tenant's overview shows it, such as \
             `8eaef023-2b34-4da1-9baa-8bc8c9d6a490`",
        )
    }
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

fn domain(text: &str) -> Result<String, &'static str> {
    let domain = text.to_ascii_lowercase();
    let is_host = is_web_origin(&format!("https://{domain}")) && !domain.contains([':', '[']);
    if is_host && domain.contains('.') {
        Ok(domain)
    } else {
        Err("is not a domain: write what is behind the `@`, such as `example.com`")
    }
}

/// A text without control characters.
pub(super) fn plain(text: &str, longest: usize) -> Result<String, String> {
    if text.is_empty() || text.len() > longest || text.chars().any(char::is_control) {
        return Err(format!(
            "must have 1 to {longest} bytes and no control character"
        ));
    }
    Ok(text.to_owned())
}

/// The name of a claim.
pub(super) fn claim(text: &str) -> Result<String, String> {
    plain(text, 128)
}
