//! `[[clients]]`: the clients.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value;

use super::accept::{self, Accept};
use super::environment::Environment;
use super::introspect::{self, Introspect};
use super::issuer::Issuer;
use super::scopes::{self, ADMIN_SCOPE};
use super::secret_digest::{self, SecretDigest};
use super::table::{Problems, Read, Reported, Table, choose};
use crate::pages::Logo;
use crate::protocol::identifier::IdentifierError;
use crate::protocol::redirect_uri::is_open_to_any_program;
use crate::protocol::{ClientId, DisplayName, RedirectUri, ResourceUri, Scope, Sorted};

/// The longest `token_lifetime` that a configuration can have.
pub const LONGEST_TOKEN_LIFETIME: Duration = Duration::from_hours(24);

/// What `token_lifetime` may be, in seconds.
const TOKEN_LIFETIME: RangeInclusive<u64> = 30..=LONGEST_TOKEN_LIFETIME.as_secs();

/// What `refresh_idle` may be, in seconds.
const REFRESH_IDLE: RangeInclusive<u64> = 60..=7_776_000;

/// A client (RFC 6749 section 2).
#[derive(Clone, Debug)]
pub struct Client {
    /// `id`.
    pub id: ClientId,
    /// `secret_sha256`: SHA-256 of each secret that is good, so that a secret can be replaced without
    /// a gap. Written in hexadecimal, or as `env:NAME` to take it from a secret of that name; one
    /// or a list of two at most. Empty only where all of them are [`Setting::Hidden`], and for a
    /// public client.
    pub secret_digests: Vec<SecretDigest>,
    /// `public`: a client that can keep no secret, such as an application in a browser (RFC 6749
    /// section 2.1). Default false.
    pub is_public: bool,
    /// `name`: what people see when the client asks for their consent; its id where there is none.
    pub name: Option<DisplayName>,
    /// `logo`: its picture, shown beside that name.
    pub logo: Option<Logo>,
    /// `first_party`: one of the deployer's own clients. People are not asked for consent. Default
    /// false.
    pub is_first_party: bool,
    /// `redirect_uris`: where a person may be sent back to (RFC 6749 section 3.1.2).
    pub redirect_uris: Vec<RedirectUri>,
    /// `grants`.
    pub grants: Vec<Grant>,
    /// `scopes`: all that it may have. It gets all of them where it asks for none.
    pub scope: Scope,
    /// `audiences`: the resources it may get tokens for (RFC 8707); all of them where it names none.
    pub audiences: Vec<ResourceUri>,
    /// `token_lifetime`, seconds. Default 3600 s, from 30 s to 86400 s.
    pub token_lifetime: Duration,
    /// `refresh_idle`: how long a refresh token lasts without being used. Default 1209600 s (14 days),
    /// from 60 s to 7776000 s.
    pub refresh_idle: Duration,
    /// `refresh_lifetime`: the longest that an authorization by a person lasts, however often it is
    /// refreshed. Default 7776000 s (90 days), from 60 s to 31536000 s.
    pub refresh_lifetime: Duration,
    /// `refresh_grace`: how long the refresh token before the newest one still counts, so that a lost answer
    /// logs nobody out (RFC 9700 section 4.14.2). Default 30 s, from 0 s to 60 s.
    pub refresh_grace: Duration,
    /// `introspect`.
    pub introspect: Introspect,
    /// `introspect_max_staleness`, seconds. Default 0.
    pub introspect_max_staleness: Duration,
    /// `introspect_accept`: whose tokens it may introspect. Default: Postern's own.
    pub introspect_accept: Accept,
}

impl Client {
    /// What people see when the client asks for their consent.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.name
            .as_ref()
            .map_or(self.id.as_str(), DisplayName::as_str)
    }
}

/// A grant type that a client may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// `client_credentials` (RFC 6749 section 4.4).
    ClientCredentials,
    /// `authorization_code` (RFC 6749 section 4.1), with PKCE always.
    AuthorizationCode,
    /// `refresh_token` (RFC 6749 section 6), for what was authorized with a code.
    RefreshToken,
}

impl Grant {
    /// Its `grant_type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
}

const KEYS: &[&str] = &[
    "id",
    "secret_sha256",
    "public",
    "name",
    "logo",
    "first_party",
    "redirect_uris",
    "grants",
    "scopes",
    "audiences",
    "token_lifetime",
    "refresh_idle",
    "refresh_lifetime",
    "refresh_grace",
    "introspect",
    "introspect_max_staleness",
    "introspect_accept",
];

const GRANTS: &[(&str, Grant)] = &[
    ("client_credentials", Grant::ClientCredentials),
    ("authorization_code", Grant::AuthorizationCode),
    ("refresh_token", Grant::RefreshToken),
];

/// Reads all of them; none if one has a problem.
pub(super) fn read(
    table: &Table<'_>,
    issuers: Option<&[Issuer]>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Vec<Client>> {
    let entries = table.tables("clients", problems)?;
    let mut ids = Vec::new();
    for (at, (_, value)) in (0..).zip(&entries) {
        if let Some(Value::String(id)) = value.get("id") {
            ids.push((id.as_str(), at));
        }
    }
    let ids = Sorted::new(ids);
    let mut clients = Vec::with_capacity(entries.len());
    let mut all_fit = true;
    for (at, (path, value)) in (0..).zip(&entries) {
        let (id, client) = read_one(path.clone(), value, (issuers, environment), problems);
        match id {
            Ok(id) => {
                let (_, first) = ids.of(id.as_str())[0];
                if first != at {
                    let first = &entries[first as usize].0;
                    let message = format!("is the id of {first} too: give each client its own");
                    problems.add(format!("{path}.id"), message);
                    all_fit = false;
                }
            }
            Err(Reported) => all_fit = false,
        }
        match client {
            Ok(client) => clients.push(client),
            Err(Reported) => all_fit = false,
        }
    }
    if all_fit { Ok(clients) } else { Err(Reported) }
}

fn read_one(
    path: String,
    value: &Value,
    (issuers, environment): (Option<&[Issuer]>, &dyn Environment),
    problems: &mut Problems,
) -> (Read<ClientId>, Read<Client>) {
    let table = match Table::open(path, value, KEYS, problems) {
        Ok(table) => table,
        Err(Reported) => return (Err(Reported), Err(Reported)),
    };
    let advice = "write the client's name, such as `my-app`";
    let id = table.needed("id", advice, client_id, problems);
    let client = read_rest(&table, id.clone(), (issuers, environment), problems);
    (id, client)
}

fn client_id(text: &str) -> Result<ClientId, String> {
    let id: ClientId = text
        .parse()
        .map_err(|error: IdentifierError| error.to_string())?;
    if id == ClientId::site() {
        return Err("stands for the logins on this site: take another id".to_owned());
    }
    Ok(id)
}

fn read_rest(
    table: &Table<'_>,
    id: Read<ClientId>,
    (issuers, environment): (Option<&[Issuer]>, &dyn Environment),
    problems: &mut Problems,
) -> Read<Client> {
    let is_public = table.boolean("public", false, problems);
    let secret_digests = if is_public == Ok(true) && !table.has("secret_sha256") {
        Ok(Vec::new())
    } else {
        secret_digest::read(table, environment, problems)
    };
    let name = table.parsed("name", str::parse::<DisplayName>, problems);
    let logo = table.parsed("logo", str::parse::<Logo>, problems);
    let is_first_party = table.boolean("first_party", false, problems);
    let redirect_uris = table
        .list(
            "redirect_uris",
            "https://app.example.com/callback",
            str::parse::<RedirectUri>,
            problems,
        )
        .map(Option::unwrap_or_default);
    let grants = table
        .list(
            "grants",
            "client_credentials",
            |text| choose(GRANTS, text),
            problems,
        )
        .map(|grants| grants.unwrap_or_else(|| vec![Grant::ClientCredentials]));
    let scope = scopes::read(table, problems);
    let audiences = table
        .list(
            "audiences",
            "https://api.example.com",
            str::parse::<ResourceUri>,
            problems,
        )
        .map(Option::unwrap_or_default);
    let token_lifetime = table
        .number("token_lifetime", "seconds", TOKEN_LIFETIME, 3_600, problems)
        .map(Duration::from_secs);
    let refresh_idle = table
        .number("refresh_idle", "seconds", REFRESH_IDLE, 1_209_600, problems)
        .map(Duration::from_secs);
    let refresh_lifetime = table
        .number(
            "refresh_lifetime",
            "seconds",
            60..=31_536_000,
            7_776_000,
            problems,
        )
        .map(Duration::from_secs);
    let refresh_grace = table
        .number("refresh_grace", "seconds", 0..=60, 30, problems)
        .map(Duration::from_secs);
    let introspect = introspect::read(table, problems);
    let introspect_max_staleness = table
        .number("introspect_max_staleness", "seconds", 0..=300, 0, problems)
        .map(Duration::from_secs);
    let introspect_accept = accept::read(table, "introspect_accept", issuers, problems);

    let mut fits = Ok(());
    if let (Ok(grants), Ok(scope)) = (&grants, &scope)
        && grants.contains(&Grant::AuthorizationCode)
        && scope.contains(ADMIN_SCOPE)
    {
        let message = format!(
            "must not have `{ADMIN_SCOPE}` where people log in: whoever agreed would be an \
             administrator. Give it to a client of its own, with `client_credentials`"
        );
        fits = Err(problems.add(table.key("scopes"), message));
    }
    if let (Ok(grants), Ok(introspect)) = (&grants, &introspect) {
        fits = fits.and(check_use(table, grants, introspect, problems));
        if is_public == Ok(true) {
            fits = fits.and(check_public(
                table,
                redirect_uris.as_deref().unwrap_or_default(),
                grants,
                introspect,
                problems,
            ));
        }
    }
    let client = Client {
        id: id?,
        secret_digests: secret_digests?,
        is_public: is_public?,
        name: name?,
        logo: logo?,
        is_first_party: is_first_party?,
        redirect_uris: redirect_uris?,
        grants: grants?,
        scope: scope?,
        audiences: audiences?,
        token_lifetime: token_lifetime?,
        refresh_idle: refresh_idle?,
        refresh_lifetime: refresh_lifetime?,
        refresh_grace: refresh_grace?,
        introspect: introspect?,
        introspect_max_staleness: introspect_max_staleness?,
        introspect_accept: introspect_accept?,
    };
    fits.map(|()| client)
}

/// A key that changes nothing is a misunderstanding, so it is an error.
fn check_use(
    table: &Table<'_>,
    grants: &[Grant],
    introspect: &Introspect,
    problems: &mut Problems,
) -> Read<()> {
    let mut fits = Ok(());
    let introspects = *introspect != Introspect::No;
    if grants.is_empty() {
        if !introspects {
            let message = "can do nothing: give it `grants = [\"client_credentials\"]` or \
                           `introspect = true`";
            return Err(problems.add(table.path(), message));
        }
        for key in ["scopes", "audiences", "token_lifetime"] {
            if table.has(key) {
                let message = "means nothing for a client without a grant: leave it out";
                fits = Err(problems.add(table.key(key), message));
            }
        }
    }
    let has_code = grants.contains(&Grant::AuthorizationCode);
    let has_refresh = grants.contains(&Grant::RefreshToken);
    if has_refresh && !has_code {
        let message = "`refresh_token` means nothing without `authorization_code`: client \
                       credentials get a new token with their secret";
        fits = Err(problems.add(table.key("grants"), message));
    }
    if has_code {
        if !table.has("redirect_uris") {
            let message = "is missing: with `authorization_code`, list the addresses to send people \
                           back to, such as `[\"https://app.example.com/callback\"]`";
            fits = Err(problems.add(table.key("redirect_uris"), message));
        }
    } else {
        for key in ["redirect_uris", "first_party", "name", "logo"] {
            if table.has(key) {
                let message = "means nothing for a client for which people do not log in: leave it \
                               out, or add `authorization_code` to its `grants`";
                fits = Err(problems.add(table.key(key), message));
            }
        }
    }
    if !has_refresh {
        for key in ["refresh_idle", "refresh_lifetime", "refresh_grace"] {
            if table.has(key) {
                let message = "means nothing for a client without refresh tokens: leave it out, or \
                               add `refresh_token` to its `grants`";
                fits = Err(problems.add(table.key(key), message));
            }
        }
    }
    fits.and(introspect::check(table, introspect, problems))
}

/// A public client cannot authenticate: it only proves that it has the code or the refresh token.
fn check_public(
    table: &Table<'_>,
    redirect_uris: &[RedirectUri],
    grants: &[Grant],
    introspect: &Introspect,
    problems: &mut Problems,
) -> Read<()> {
    let mut fits = Ok(());
    if table.has("secret_sha256") {
        let message = "means nothing with `public = true`: leave one of the two out";
        fits = Err(problems.add(table.key("secret_sha256"), message));
    }
    if grants.contains(&Grant::ClientCredentials) {
        let message = "`client_credentials` takes a secret, which a public client does not have: write \
                       `grants = [\"authorization_code\"]`";
        fits = Err(problems.add(table.key("grants"), message));
    }
    let is_open = |uri: &RedirectUri| is_open_to_any_program(uri.as_str());
    if table.has("first_party") && !redirect_uris.is_empty() && redirect_uris.iter().all(is_open) {
        let message = "means nothing for a public client without an `https` redirect URI: any program on a \
                       person's machine could be it, so people are asked each time; leave it out";
        fits = Err(problems.add(table.key("first_party"), message));
    }
    if *introspect != Introspect::No {
        let message = "takes a secret, which a public client does not have: leave it out";
        fits = Err(problems.add(table.key("introspect"), message));
    }
    fits
}
