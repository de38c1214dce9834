//! `[[issuers]]`: others whose access tokens the gate takes.

use std::time::Duration;

use serde_json::Value;

use super::allow::{claim, plain};
use super::environment::Environment;
use super::jwt::{self, Jwt};
use super::opaque::{self, Opaque};
use super::provider::{self, Provider};
use super::table::{Problems, Read, Table, choose, listed};
use crate::protocol::{ClientId, Issuer as OwnIssuer, Scope, SignatureAlgorithm, WebUrl};

/// How a route names Postern itself.
pub(super) const OWN: &str = "postern";

/// Somebody else who issues access tokens.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// `id`: its name in `accept` and in the log.
    pub id: ClientId,
    /// `issuer`, compared as a string. It has no query.
    pub issuer: WebUrl,
    /// `tokens`.
    pub tokens: Tokens,
    /// `audiences`: a token must be meant for one of them. Compared as strings; not empty.
    pub audiences: Vec<String>,
    /// `algorithms`: by which its tokens, and what else it signs, may be signed. Default RS256, PS256, ES256, `EdDSA`.
    pub algorithms: Vec<SignatureAlgorithm>,
    /// `jwks_uri`: where its keys are; `None`: its metadata says so.
    pub jwks_uri: Option<WebUrl>,
    /// `subject`: the claim that becomes `sub`, behind the prefix. Default: as with the provider of the same issuer, else
    /// `sub`.
    pub subject: String,
    /// `subject_prefix`. Default: that of the provider of the same issuer, else `<id>:`. None begins with another's,
    /// those of providers included, except with the provider of the same issuer.
    pub subject_prefix: String,
    /// `username`: the claim that becomes `username`. `None`: `preferred_username`, or else `email`.
    pub username: Option<String>,
    /// `scope_claim`: the claims with what a token may do. Default `scope`.
    pub scope_claims: Vec<String>,
    /// `scopes`: the issuer's words, each with what it means here.
    pub scopes: Vec<(String, Scope)>,
    /// `claims`: further claims for the session record.
    pub claims: Vec<String>,
    /// `max_lifetime`, seconds: how long a token counts after it was issued, at most. Default 86400, from 60 to 7776000.
    pub max_lifetime: Duration,
}

/// What its tokens are like, and how it is found out what they mean.
#[derive(Clone, Debug)]
pub enum Tokens {
    /// `jwt`: they say it themselves (RFC 9068, RFC 7519).
    Jwt(Jwt),
    /// `opaque`: the issuer is asked (RFC 7662).
    Opaque(Opaque),
}

impl Issuer {
    /// What the names of its clients begin with here: no client of this site has a `:` in its name.
    #[must_use]
    pub fn client_prefix(&self) -> String {
        format!("{}:", self.id)
    }
}

const KEYS: &[&str] = &[
    "id",
    "issuer",
    "tokens",
    "audiences",
    "algorithms",
    "jwks_uri",
    "types",
    "leeway",
    "client_id",
    "client_secret",
    "client_auth",
    "client_key",
    "introspection_endpoint",
    "signed_introspection",
    "max_age",
    "subject",
    "subject_prefix",
    "username",
    "scope_claim",
    "scopes",
    "claims",
    "max_lifetime",
];

#[derive(Clone, Copy)]
enum Kind {
    Jwt,
    Opaque,
}

const KINDS: &[(&str, Kind)] = &[("jwt", Kind::Jwt), ("opaque", Kind::Opaque)];

const ALGORITHMS: [SignatureAlgorithm; 4] = [
    SignatureAlgorithm::Rs256,
    SignatureAlgorithm::Ps256,
    SignatureAlgorithm::Es256,
    SignatureAlgorithm::EdDsa,
];

/// Reads one of them. `own` is this site's issuer.
pub(super) fn read_one(
    path: String,
    value: &Value,
    environment: &dyn Environment,
    (own, providers): (Option<&OwnIssuer>, &[Provider]),
    problems: &mut Problems,
) -> Read<Issuer> {
    let table = Table::open(path, value, KEYS, problems)?;
    let advice = "write a short name for `accept`, such as `auth0`";
    let id = table.needed("id", advice, id, problems);
    let advice = "write the issuer as its tokens have it in `iss`, or as `issuer` in its metadata";
    let issuer = table.needed("issuer", advice, provider::issuer, problems);
    let issuer = issuer.and_then(|issuer| check_issuer(&table, issuer, own, problems));
    let advice = "write `jwt`, or `opaque` for tokens that the issuer is asked about (RFC 7662)";
    let kind = table.needed("tokens", advice, |text| choose(KINDS, text), problems);
    let audiences = audiences(&table, problems);
    let algorithms = algorithms(&table, problems);
    let jwks_uri = table.parsed("jwks_uri", str::parse::<WebUrl>, problems);
    let tokens = kind.and_then(|kind| tokens(&table, kind, environment, problems));
    let subject = table.parsed("subject", claim, problems);
    let subject_prefix = table.parsed("subject_prefix", provider::prefix, problems);
    let username = table.parsed("username", claim, problems);
    let scope_claims = scope_claims(&table, problems);
    let scopes = scopes(&table, problems);
    let claims = table.list("claims", "email", provider::carried, problems);
    let max_lifetime = table
        .number("max_lifetime", "seconds", 60..=7_776_000, 86_400, problems)
        .map(Duration::from_secs);
    let (id, issuer) = (id?, issuer?);
    let subject_prefix = subject_prefix?;
    let same = providers.iter().find(|other| other.issuer == issuer);
    Ok(Issuer {
        tokens: tokens?,
        audiences: audiences?,
        algorithms: algorithms?,
        jwks_uri: jwks_uri?,
        subject: subject?
            .or_else(|| same.map(|same| same.subject.clone()))
            .unwrap_or_else(|| "sub".to_owned()),
        subject_prefix: subject_prefix
            .or_else(|| same.map(|same| same.subject_prefix.clone()))
            .unwrap_or_else(|| format!("{id}:")),
        username: username?,
        scope_claims: scope_claims?,
        scopes: scopes?,
        claims: claims?.unwrap_or_default(),
        max_lifetime: max_lifetime?,
        id,
        issuer,
    })
}

fn id(text: &str) -> Result<ClientId, String> {
    if text == OWN {
        return Err("is how `accept` names Postern itself: write another name".to_owned());
    }
    text.parse::<ClientId>().map_err(|error| error.to_string())
}

fn check_issuer(
    table: &Table<'_>,
    issuer: WebUrl,
    own: Option<&OwnIssuer>,
    problems: &mut Problems,
) -> Read<WebUrl> {
    let text = issuer.as_str();
    let message = if own.is_some_and(|own| own.as_str() == text.trim_end_matches('/')) {
        "is this site itself, whose tokens `accept` calls `postern`: leave this table out"
    } else if provider::tenants_at(&issuer).is_some() {
        "speaks for every tenant, and anyone can make one: write the issuer of yours, as `iss` of its tokens has it \
         (`https://login.microsoftonline.com/TENANT/v2.0` or `https://sts.windows.net/TENANT/`)"
    } else {
        return Ok(issuer);
    };
    Err(problems.add(table.key("issuer"), message))
}

fn audiences(table: &Table<'_>, problems: &mut Problems) -> Read<Vec<String>> {
    let key = "audiences";
    let audiences = table.list(
        key,
        "https://api.example.com",
        |text| plain(text, 512),
        problems,
    )?;
    audiences.filter(|all| !all.is_empty()).ok_or_else(|| {
        let message = "is missing: write what `aud` of the tokens for this site has, such as \
                       `[\"https://api.example.com\"]`. Without it, a token that the issuer gave out for any other \
                       service would be taken here";
        problems.add(table.key(key), message)
    })
}

fn algorithms(table: &Table<'_>, problems: &mut Problems) -> Read<Vec<SignatureAlgorithm>> {
    let key = "algorithms";
    let one = |text: &str| {
        SignatureAlgorithm::named(text).ok_or_else(|| {
            let names = SignatureAlgorithm::ALL.map(|(name, _)| name);
            format!(
                "must be one of {}: others have no public key that could be checked",
                listed(&names)
            )
        })
    };
    let algorithms = table.list(key, "ES256", one, problems)?;
    if algorithms.as_ref().is_some_and(Vec::is_empty) {
        let message = "is empty, so no token would be taken: name the algorithms, or leave it out";
        return Err(problems.add(table.key(key), message));
    }
    Ok(algorithms.unwrap_or_else(|| ALGORITHMS.to_vec()))
}

/// What is about one kind of token alone.
fn tokens(
    table: &Table<'_>,
    kind: Kind,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Tokens> {
    let (others, message): (&[&str], _) = match kind {
        Kind::Jwt => (
            &opaque::KEYS,
            "is about opaque tokens, and `tokens` is `jwt`: leave it out",
        ),
        Kind::Opaque => (
            &jwt::KEYS,
            "is about JWTs, and `tokens` is `opaque`: leave it out",
        ),
    };
    let mut fits = Ok(());
    for other in others.iter().filter(|other| table.has(other)) {
        fits = Err(problems.add(table.key(other), message));
    }
    let tokens = match kind {
        Kind::Jwt => jwt::read(table, problems).map(Tokens::Jwt),
        Kind::Opaque => opaque::read(table, environment, problems).map(Tokens::Opaque),
    };
    fits.and(tokens)
}

/// `scope_claim`: a name or a list of names.
fn scope_claims(table: &Table<'_>, problems: &mut Problems) -> Read<Vec<String>> {
    let key = "scope_claim";
    if let Some(Value::Array(_)) = table.value(key) {
        let names = table.list(key, "scp", claim, problems)?;
        Ok(names.unwrap_or_default())
    } else {
        let name = table.parsed(key, claim, problems)?;
        Ok(vec![name.unwrap_or_else(|| "scope".to_owned())])
    }
}

/// `scopes`: the issuer's words, each with one or several of this site's scopes.
fn scopes(table: &Table<'_>, problems: &mut Problems) -> Read<Vec<(String, Scope)>> {
    let key = "scopes";
    let entries = match table.value(key) {
        None => return Ok(Vec::new()),
        Some(Value::Object(entries)) => entries,
        Some(_) => {
            let message = "must be a table of the issuer's words and what each means here, such as `{ \
                           \"Orders.Read\" = \"orders:read\" }`";
            return Err(problems.add(table.key(key), message));
        }
    };
    let mut scopes = Vec::with_capacity(entries.len());
    let mut fits = Ok(());
    for (word, scope) in entries {
        match scope.as_str().map(str::parse::<Scope>) {
            Some(Ok(scope)) if scope.tokens().any(is_reserved) => {
                let message =
                    "is a right of Postern's own, which no other issuer gives: take it out";
                fits = Err(problems.add(format!("{}.{word}", table.key(key)), message));
            }
            Some(Ok(scope)) if !scope.is_empty() => scopes.push((word.clone(), scope)),
            _ => {
                let message =
                    "must be a scope of this site, or several with single spaces between them";
                fits = Err(problems.add(format!("{}.{word}", table.key(key)), message));
            }
        }
    }
    fits.map(|()| scopes)
}

/// Whether a scope is about Postern itself, so that another issuer cannot give it.
#[must_use]
pub fn is_reserved(scope: &str) -> bool {
    scope.starts_with("postern:")
}
