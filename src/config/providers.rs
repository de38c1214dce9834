//! Reads `[[vars.POSTERN.providers]]`.

use serde_json::Value;

use super::table::{Noted, Problems, Read, Table};
use super::{Allow, Environment, Provider, Rule, Setting, Test, clients, secret_digest};
use crate::protocol::issuer::is_web_origin;
use crate::protocol::{ClientId, Scope, WebUrl};
use crate::secret::Secret;

const KEYS: &[&str] = &[
    "id",
    "name",
    "issuer",
    "client_id",
    "client_secret",
    "scopes",
    "subject",
    "subject_prefix",
    "username",
    "claims",
    "allow",
    "logout",
];

/// The keys of a rule of `allow`: the claim and one test.
const RULE: &[&str] = &["claim", "is", "has", "domain"];

/// Claims that mean something else about a token of ours, so that nobody can carry the provider's on.
const OURS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "active",
    "scope",
    "client_id",
    "username",
    "token_type",
    "auth_time",
    "amr",
    "acr",
    "cnf",
];

const HOW_TO_ALLOW: &str = "write who may enter, such as `allow = [{ claim = \"email\", domain = \
                            \"example.com\" }]`, or `allow = \"anyone\"` for everyone whom the \
                            provider knows, which for a public one is the whole world";

/// Reads all of them; none if one has a problem.
pub(super) fn read(
    table: &Table<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Vec<Provider>> {
    let entries = table.tables("providers", problems)?;
    let mut providers: Vec<(String, Provider)> = Vec::with_capacity(entries.len());
    let mut fits = Ok(());
    for (path, value) in entries {
        match read_one(path.clone(), value, environment, problems) {
            Ok(provider) => {
                for (first, other) in &providers {
                    fits = fits.and(check_pair(first, other, &path, &provider, problems));
                }
                providers.push((path, provider));
            }
            Err(Noted) => fits = Err(Noted),
        }
    }
    fits.map(|()| providers.into_iter().map(|(_, u)| u).collect())
}

/// Two providers must not have the same id, nor be able to name the same subject: where one prefix
/// begins with another, the rest of it can be part of what the other provider calls someone.
fn check_pair(
    first: &str,
    other: &Provider,
    path: &str,
    provider: &Provider,
    problems: &mut Problems,
) -> Read<()> {
    if provider.id == other.id {
        let message = format!("is the id of {first} too: give each provider its own");
        return Err(problems.note(format!("{path}.id"), message));
    }
    let (one, two) = (&provider.subject_prefix, &other.subject_prefix);
    if one.starts_with(two.as_str()) || two.starts_with(one.as_str()) {
        let message = format!(
            "begins like that of {first}, so that both providers could name the same person: leave \
             it out of both, or give each its own with a sign such as `:` at its end"
        );
        return Err(problems.note(format!("{path}.subject_prefix"), message));
    }
    Ok(())
}

fn read_one(
    path: String,
    value: &Value,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Provider> {
    let table = Table::open(path, value, KEYS, problems)?;
    let advice = "write a short name for URLs, such as `google`";
    let id = table.needed("id", advice, str::parse::<ClientId>, problems);
    let name = table.parsed("name", |text| plain(text, 60), problems);
    let advice = "write the provider's issuer, as `issuer` in its \
                  `/.well-known/openid-configuration` has it";
    let issuer = table.needed("issuer", advice, issuer, problems);
    let advice = "write what the provider calls Postern; its console shows it";
    let client_id = table.needed("client_id", advice, client_id, problems);
    let client_secret = client_secret(&table, environment, problems);
    let scope = scope(&table, problems);
    let subject = table.parsed("subject", claim, problems);
    let subject_prefix = table.parsed("subject_prefix", prefix, problems);
    let username = table.parsed("username", claim, problems);
    let claims = table.list("claims", "email", carried, problems);
    let allow = allow(&table, problems);
    let logout = table.boolean("logout", true, problems);
    let id = id?;
    Ok(Provider {
        name: name?.unwrap_or_else(|| id.as_str().to_owned()),
        issuer: issuer?,
        client_id: client_id?,
        client_secret: client_secret?,
        scope: scope?,
        subject: subject?.unwrap_or_else(|| "sub".to_owned()),
        subject_prefix: subject_prefix?.unwrap_or_else(|| format!("{id}:")),
        username: username?,
        claims: claims?.unwrap_or_default(),
        allow: allow?,
        logout: logout?,
        id,
    })
}

fn plain(text: &str, longest: usize) -> Result<String, String> {
    if text.is_empty() || text.len() > longest || text.chars().any(char::is_control) {
        return Err(format!(
            "must have 1 to {longest} bytes and no control character"
        ));
    }
    Ok(text.to_owned())
}

fn claim(text: &str) -> Result<String, String> {
    plain(text, 128)
}

fn prefix(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    plain(text, 64)
}

fn carried(text: &str) -> Result<String, String> {
    if OURS.contains(&text) {
        return Err("is a claim that Postern fills itself: leave it out".to_owned());
    }
    claim(text)
}

fn issuer(text: &str) -> Result<WebUrl, String> {
    let url: WebUrl = text.parse().map_err(|error| format!("{error}"))?;
    if url.has_query() {
        return Err("must have no query (OpenID Connect Discovery section 3)".to_owned());
    }
    Ok(url)
}

fn client_id(text: &str) -> Result<String, &'static str> {
    let fits = |b: u8| b.is_ascii_graphic() || b == b' ';
    if text.is_empty() || text.len() > 255 || !text.bytes().all(fits) {
        return Err("must have 1 to 255 characters of printable ASCII (RFC 6749 appendix A.1)");
    }
    Ok(text.to_owned())
}

/// `None` for a public client, and where the secret can't be seen from here.
fn client_secret(
    table: &Table<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Option<Secret<String>>> {
    let key = "client_secret";
    let Some(text) = table.text(key, problems)? else {
        return Ok(None);
    };
    let named = text
        .strip_prefix("env:")
        .filter(|n| secret_digest::is_setting(n));
    let Some(name) = named else {
        let message = "must be `env:` and the name of a secret, such as `env:GOOGLE_SECRET`: this \
                       file is no place for the secret itself. Store it with `wrangler secret put`; \
                       a public client has none, so leave this key out for one";
        return Err(problems.note(table.key(key), message));
    };
    match environment.setting(name) {
        Setting::Value(value) => {
            // Exposed to be cut to what the provider gave; no message repeats it.
            let value = value.expose().trim();
            if value.is_empty() {
                let message = format!("the secret `{name}` is empty: store it once more");
                return Err(problems.note(table.key(key), message));
            }
            Ok(Some(Secret::new(value.to_owned())))
        }
        Setting::Missing => Err(problems.note(
            table.key(key),
            format!(
                "there is no secret `{name}`: run `wrangler secret put {name}` and give it the \
                 client secret that the provider shows (on your own machine, write it into \
                 .dev.vars)"
            ),
        )),
        Setting::Hidden => Ok(None),
    }
}

fn scope(table: &Table<'_>, problems: &mut Problems) -> Read<Scope> {
    let openid = Scope::from_tokens(["openid"]);
    let scope = if table.has("scopes") {
        clients::scope(table, problems)?
    } else {
        Scope::from_tokens(["profile", "email"]).unwrap_or_default()
    };
    Ok(openid.unwrap_or_default().union(&scope))
}

fn allow(table: &Table<'_>, problems: &mut Problems) -> Read<Allow> {
    let key = "allow";
    let items = match table.value(key) {
        Some(Value::String(text)) if text == "anyone" => return Ok(Allow::Anyone),
        Some(Value::Array(items)) if !items.is_empty() => items,
        None => {
            return Err(problems.note(table.key(key), format!("is missing: {HOW_TO_ALLOW}")));
        }
        Some(_) => {
            let message = format!("must be `\"anyone\"` or a list of rules: {HOW_TO_ALLOW}");
            return Err(problems.note(table.key(key), message));
        }
    };
    let mut rules = Vec::with_capacity(items.len());
    let mut fits = Ok(());
    for (at, item) in items.iter().enumerate() {
        match rule(format!("{}[{at}]", table.key(key)), item, problems) {
            Ok(rule) => rules.push(rule),
            Err(Noted) => fits = Err(Noted),
        }
    }
    fits.map(|()| Allow::AnyOf(rules))
}

fn rule(path: String, value: &Value, problems: &mut Problems) -> Read<Rule> {
    let table = Table::open(path, value, RULE, problems)?;
    let advice = "write the claim that is looked at, such as `email` or `groups`";
    let name = table.needed("claim", advice, claim, problems);
    let is = table.parsed("is", |text| plain(text, 255), problems);
    let has = table.parsed("has", |text| plain(text, 255), problems);
    let domain = table.parsed("domain", domain, problems);
    let test = match (is?, has?, domain?) {
        (Some(is), None, None) => Test::Is(is),
        (None, Some(has), None) => Test::Has(has),
        (None, None, Some(domain)) => Test::Domain(domain),
        _ => {
            let message = "needs exactly one of `is`, `has` and `domain`; for alternatives, write \
                           several rules";
            return Err(problems.note(table.path(), message));
        }
    };
    Ok(Rule { claim: name?, test })
}

fn domain(text: &str) -> Result<String, &'static str> {
    let domain = text.to_ascii_lowercase();
    let is_host = is_web_origin(&format!("https://{domain}")) && !domain.contains([':', '[']);
    if is_host && domain.contains('.') {
        Ok(domain)
    } else {
        Err("is no domain: write what is behind the `@`, such as `example.com`")
    }
}
