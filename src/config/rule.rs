//! A rule: what a claim of somebody must be.
//!
//! Job: reading one, and whether it fits. It is the same for a provider's `allow`, which looks at an ID token, and for
//! what looks at a session's record later. Not its job: which claims there are.

use serde_json::Value;

use super::table::{Problems, Read, Table};
use crate::protocol::issuer::is_web_origin;
use crate::session::Claim;

/// What a claim of somebody must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `claim`: the claim that is looked at.
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

/// A Google account can have any address that was verified once, even one at the domain of a company that
/// its owner has left. Only `hd` says that the domain's administrators control the account.
pub(super) const GOOGLE: &str = "https://accounts.google.com";

/// The keys of a rule: the claim, one test, and for whose people it is.
const KEYS: &[&str] = &["claim", "is", "has", "domain", "tenant"];

impl Rule {
    /// Whether it fits somebody whose claims `look` finds, and of whom `issuer` says so.
    pub fn fits<'v>(
        &self,
        look: &dyn Fn(&str) -> Option<Claim<'v>>,
        issuer: &dyn Fn() -> &'v str,
    ) -> bool {
        let Some(value) = look(&self.claim) else {
            return false;
        };
        let text = |name: &str| look(name).and_then(Claim::text).unwrap_or_default();
        if let Some(tenant) = &self.tenant
            && text("tid") != tenant
        {
            return false;
        }
        match &self.test {
            Test::Is(wanted) => value.text() == Some(wanted),
            Test::Has(wanted) => value.has(wanted),
            Test::Domain(domain) => {
                let own = value.text().unwrap_or_default();
                let is_at = || {
                    let at = own.rsplit_once('@');
                    at.is_some_and(|(name, at)| !name.is_empty() && at.eq_ignore_ascii_case(domain))
                };
                match self.claim.as_str() {
                    "hd" => own.eq_ignore_ascii_case(domain),
                    "email" if issuer() == GOOGLE => {
                        is_at() && text("hd").eq_ignore_ascii_case(domain)
                    }
                    _ => is_at(),
                }
            }
        }
    }
}

/// Reads one.
pub(super) fn read(path: String, value: &Value, problems: &mut Problems) -> Read<Rule> {
    let table = Table::open(path, value, KEYS, problems)?;
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
