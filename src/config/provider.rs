//! `[[providers]]`: the identity providers.

use serde_json::Value;

use super::allow::{self, Allow, claim, plain};
use super::environment::Environment;
use super::table::{Problems, Read, Reported, Table};
use super::{scopes, secret_text};
use crate::protocol::{ClientId, DisplayName, Scope, WebUrl, introspection};
use crate::secret::Secret;

/// An identity provider that Postern is a relying party of (OpenID Connect Core section 3.1).
#[derive(Clone, Debug)]
pub struct Provider {
    /// `id`: its name in URLs.
    pub id: ClientId,
    /// `name`: what people are shown; its id where there is none.
    pub name: Option<DisplayName>,
    /// `issuer`, compared as a string. It has no query.
    pub issuer: WebUrl,
    /// `client_id`: the id of Postern as the provider's client.
    pub client_id: String,
    /// `client_secret`, always `env:NAME`. `None` for a public client, and where it is
    /// [`super::Setting::Hidden`].
    pub client_secret: Option<Secret<String>>,
    /// `scopes`; `openid` is always among them. Default `openid profile email`.
    pub scope: Scope,
    /// `subject`: the claim that becomes `sub`, behind the prefix. Default `sub`.
    pub subject: String,
    /// `subject_prefix`. Default `<id>:`. No provider's prefix begins with another's, so that no two
    /// providers can name the same subject.
    pub subject_prefix: String,
    /// `username`: the claim that becomes `username`. `None`: `preferred_username`, or else `email`.
    pub username: Option<String>,
    /// `claims`: further claims for the session record.
    pub claims: Vec<String>,
    /// `allow`.
    pub allow: Allow,
    /// `userinfo`: whether claims are asked for at the `UserInfo` endpoint too. Default false.
    pub userinfo: bool,
    /// `form_post`: whether the provider sends its answer in a form (OAuth 2.0 Form Post Response Mode). Default false.
    pub form_post: bool,
    /// `logout`: whether a logout goes on to the provider. Default true.
    pub logout: bool,
}

impl Provider {
    /// What people are shown.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.name
            .as_ref()
            .map_or(self.id.as_str(), DisplayName::as_str)
    }

    /// The web origin of a provider that speaks for several tenants, each with an issuer of its own: Microsoft Entra
    /// ID, where the issuer ends with `/common/v2.0` or `/organizations/v2.0`.
    #[must_use]
    pub fn tenants_at(&self) -> Option<&str> {
        tenants_at(&self.issuer)
    }
}

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
    "userinfo",
    "form_post",
    "logout",
];

const APPLE: &str = "https://appleid.apple.com";

fn asks_for_person(scope: &Scope) -> bool {
    scope.contains("name") || scope.contains("email")
}

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
            Err(Reported) => fits = Err(Reported),
        }
    }
    fits.map(|()| providers.into_iter().map(|(_, u)| u).collect())
}

/// Two providers must not have the same id, and must not be able to name the same subject. Where one
/// prefix begins with another, the rest of it could be part of a subject of the other provider.
fn check_pair(
    first: &str,
    other: &Provider,
    path: &str,
    provider: &Provider,
    problems: &mut Problems,
) -> Read<()> {
    if provider.id == other.id {
        let message = format!("is the id of {first} too: give each provider its own");
        return Err(problems.add(format!("{path}.id"), message));
    }
    let (one, two) = (&provider.subject_prefix, &other.subject_prefix);
    if one.starts_with(two.as_str()) || two.starts_with(one.as_str()) {
        let message = format!(
            "begins like that of {first}, so that both providers could name the same person: leave \
             it out of both, or give each its own with a sign such as `:` at its end"
        );
        return Err(problems.add(format!("{path}.subject_prefix"), message));
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
    let name = table.parsed("name", str::parse::<DisplayName>, problems);
    let advice = "write the provider's issuer, as `issuer` in its \
                  `/.well-known/openid-configuration` has it";
    let issuer = table.needed("issuer", advice, issuer, problems);
    let advice = "write the client id that the provider gave to Postern; its console shows it";
    let client_id = table.needed("client_id", advice, client_id, problems);
    let secret = ("GOOGLE_SECRET", "the client secret that the provider shows");
    let client_secret = secret_text::read(&table, "client_secret", secret, environment, problems);
    let scope = scope(&table, problems);
    let subject = table.parsed("subject", claim, problems);
    let subject_prefix = table.parsed("subject_prefix", prefix, problems);
    let username = table.parsed("username", claim, problems);
    let claims = table.list("claims", "email", carried, problems);
    let allow = allow::read(&table, problems);
    let userinfo = table.boolean("userinfo", false, problems);
    let form_post = table.boolean("form_post", false, problems);
    let logout = table.boolean("logout", true, problems);
    let (id, issuer, allow, scope, form_post) = (id?, issuer?, allow?, scope?, form_post?);
    if issuer.as_str() == APPLE && !form_post && asks_for_person(&scope) {
        let message = "must be `true` with Apple and the scopes `name` or `email`: it sends its answer as a form then. \
                       Without both, write `scopes = []`";
        return Err(problems.add(table.key("form_post"), message));
    }
    if tenants_at(&issuer).is_some() {
        allow::check_tenants(&allow, &table, problems)?;
    }
    Ok(Provider {
        name: name?,
        issuer,
        client_id: client_id?,
        client_secret: client_secret?,
        scope,
        subject: subject?.unwrap_or_else(|| "sub".to_owned()),
        subject_prefix: subject_prefix?.unwrap_or_else(|| format!("{id}:")),
        username: username?,
        claims: claims?.unwrap_or_default(),
        allow,
        userinfo: userinfo?,
        form_post,
        logout: logout?,
        id,
    })
}

pub(super) fn prefix(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    plain(text, 64)
}

pub(super) fn carried(text: &str) -> Result<String, String> {
    if introspection::MEMBERS.contains(&text) {
        return Err("is a claim that Postern fills itself: leave it out".to_owned());
    }
    claim(text)
}

pub(super) fn issuer(text: &str) -> Result<WebUrl, String> {
    let url: WebUrl = text.parse().map_err(|error| format!("{error}"))?;
    if url.has_query() {
        return Err("must have no query (OpenID Connect Discovery section 3)".to_owned());
    }
    Ok(url)
}

pub(super) fn tenants_at(issuer: &WebUrl) -> Option<&str> {
    let issuer = issuer.as_str();
    let origin = issuer
        .strip_suffix("/common/v2.0")
        .or_else(|| issuer.strip_suffix("/organizations/v2.0"))?;
    let (_, host) = origin.split_once("://")?;
    (!host.contains('/')).then_some(origin)
}

pub(super) fn client_id(text: &str) -> Result<String, &'static str> {
    let fits = |b: u8| b.is_ascii_graphic() || b == b' ';
    if text.is_empty() || text.len() > 255 || !text.bytes().all(fits) {
        return Err("must have 1 to 255 characters of printable ASCII (RFC 6749 appendix A.1)");
    }
    Ok(text.to_owned())
}

fn scope(table: &Table<'_>, problems: &mut Problems) -> Read<Scope> {
    let openid = Scope::from_tokens(["openid"]);
    let scope = if table.has("scopes") {
        scopes::read(table, problems)?
    } else {
        Scope::from_tokens(["profile", "email"]).unwrap_or_default()
    };
    Ok(openid.unwrap_or_default().union(&scope))
}
