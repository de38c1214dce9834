//! Reads `[[vars.POSTERN.clients]]`.

use std::time::Duration;

use serde_json::Value;

use super::table::{Noted, Problems, Read, Table, choose};
use super::{Client, Environment, Grant, Introspect, SecretDigest, Setting};
use crate::protocol::scope::is_scope_token;
use crate::protocol::{ClientId, ResourceUri, Scope};
use crate::secret::Secret;

const KEYS: &[&str] = &[
    "id",
    "secret_sha256",
    "grants",
    "scopes",
    "audiences",
    "token_lifetime",
    "introspect",
    "introspect_max_staleness",
];

const GRANTS: &[(&str, Grant)] = &[("client_credentials", Grant::ClientCredentials)];

/// The SHA-256 of nothing: what hashing an empty or missing file gives.
const DIGEST_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What tokens and secrets of ours begin with.
const SECRET_PREFIX: &str = "pst_";

const HOW_TO_MAKE_A_SECRET: &str = "run `make client ID=...` and write the line that it prints";

/// Reads all of them; none if one has a problem.
pub(super) fn read(
    table: &Table<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Vec<Client>> {
    let entries = table.tables("clients", problems)?;
    let mut ids: Vec<(String, ClientId)> = Vec::new();
    let mut clients = Vec::with_capacity(entries.len());
    let mut all_fit = true;
    for (path, value) in entries {
        let (id, client) = read_one(path.clone(), value, environment, problems);
        match id {
            Ok(id) => {
                if let Some((first, _)) = ids.iter().find(|(_, other)| *other == id) {
                    let message = format!("is the id of {first} too: give each client its own");
                    problems.note(format!("{path}.id"), message);
                    all_fit = false;
                }
                ids.push((path, id));
            }
            Err(Noted) => all_fit = false,
        }
        match client {
            Ok(client) => clients.push(client),
            Err(Noted) => all_fit = false,
        }
    }
    if all_fit { Ok(clients) } else { Err(Noted) }
}

fn read_one(
    path: String,
    value: &Value,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> (Read<ClientId>, Read<Client>) {
    let table = match Table::open(path, value, KEYS, problems) {
        Ok(table) => table,
        Err(noted) => return (Err(noted), Err(noted)),
    };
    let advice = "write the client's name, such as `my-app`";
    let id = table.needed("id", advice, str::parse::<ClientId>, problems);
    let client = read_rest(&table, id.clone(), environment, problems);
    (id, client)
}

fn read_rest(
    table: &Table<'_>,
    id: Read<ClientId>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Client> {
    let secret_digests = secret_digests(table, environment, problems);
    let grants = table
        .list(
            "grants",
            "client_credentials",
            |text| choose(GRANTS, text),
            problems,
        )
        .map(|grants| grants.unwrap_or_else(|| vec![Grant::ClientCredentials]));
    let scope = scope(table, problems);
    let audiences = table
        .list(
            "audiences",
            "https://api.example.com",
            str::parse::<ResourceUri>,
            problems,
        )
        .map(Option::unwrap_or_default);
    let token_lifetime = table
        .number("token_lifetime", "seconds", 30..=86_400, 3_600, problems)
        .map(Duration::from_secs);
    let introspect = introspect(table, problems);
    let introspect_max_staleness = table
        .number("introspect_max_staleness", "seconds", 0..=300, 0, problems)
        .map(Duration::from_secs);

    let mut fits = Ok(());
    if let (Ok(grants), Ok(introspect)) = (&grants, &introspect) {
        fits = check_use(table, grants, introspect, problems);
    }
    let client = Client {
        id: id?,
        secret_digests: secret_digests?,
        grants: grants?,
        scope: scope?,
        audiences: audiences?,
        token_lifetime: token_lifetime?,
        introspect: introspect?,
        introspect_max_staleness: introspect_max_staleness?,
    };
    fits.map(|()| client)
}

/// A key that changes nothing is a misunderstanding, and worth a word.
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
            return Err(problems.note(table.path(), message));
        }
        for key in ["scopes", "audiences", "token_lifetime"] {
            if table.has(key) {
                let message = "means nothing for a client without a grant: leave it out";
                fits = Err(problems.note(table.key(key), message));
            }
        }
    }
    if !introspects && table.has("introspect_max_staleness") {
        let message = "means nothing for a client that may not introspect: leave it out, or write \
                       `introspect = true`";
        fits = Err(problems.note(table.key("introspect_max_staleness"), message));
    }
    fits
}

/// `scopes` of a client or a route: a list, each word on its own.
pub(super) fn scope(table: &Table<'_>, problems: &mut Problems) -> Read<Scope> {
    let one = |text: &str| {
        if is_scope_token(text) {
            Ok(text.to_owned())
        } else {
            Err(
                "is no scope: it takes printable ASCII without spaces, `\"` and `\\`; write each \
                 scope as a text of its own",
            )
        }
    };
    let tokens = table.list("scopes", "orders:read", one, problems)?;
    let tokens = tokens.unwrap_or_default();
    Scope::from_tokens(tokens)
        .map_err(|error| problems.note(table.key("scopes"), error.to_string()))
}

fn introspect(table: &Table<'_>, problems: &mut Problems) -> Read<Introspect> {
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
        Some(_) => Err(problems.note(
            table.key(key),
            "must be `true`, `false`, or a list of at least one audience, such as \
             `[\"https://api.example.com\"]`",
        )),
    }
}

fn secret_digests(
    table: &Table<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Vec<SecretDigest>> {
    let key = "secret_sha256";
    let place = table.key(key);
    match table.value(key) {
        None => Err(problems.note(place, format!("is missing: {HOW_TO_MAKE_A_SECRET}"))),
        Some(Value::String(text)) => {
            let digest = secret_digest(&place, text, environment, problems)?;
            Ok(digest.into_iter().collect())
        }
        Some(Value::Array(items)) if matches!(items.len(), 1 | 2) => {
            let mut digests = Vec::new();
            let mut all_fit = true;
            for (at, item) in items.iter().enumerate() {
                let place = format!("{place}[{at}]");
                let digest = match item {
                    Value::String(text) => secret_digest(&place, text, environment, problems),
                    _ => Err(problems.note(place, "must be text, in quotes")),
                };
                match digest {
                    Ok(digest) => digests.extend(digest),
                    Err(Noted) => all_fit = false,
                }
            }
            if all_fit { Ok(digests) } else { Err(Noted) }
        }
        Some(_) => Err(problems.note(
            place,
            "must be text or a list of one or two texts: the second one is for replacing a secret \
             without a gap",
        )),
    }
}

/// Whether `name` can be the name of a secret, and is not one of ours itself.
pub(super) fn is_setting(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(SECRET_PREFIX)
}

/// `None` where it is in a secret that can't be seen from here.
fn secret_digest(
    place: &str,
    text: &str,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Option<SecretDigest>> {
    let Some(name) = text.strip_prefix("env:") else {
        return digest(text)
            .map(Some)
            .map_err(|wrong| problems.note(place, wrong.in_the_table()));
    };
    if !is_setting(name) {
        let message = "names no secret after `env:`: write `env:` and the name of the secret, such \
                       as `env:MY_APP_SECRET_SHA256`";
        return Err(problems.note(place, message));
    }
    match environment.setting(name) {
        // Its form is looked at, and no message repeats it.
        Setting::Value(value) => digest(value.expose().trim())
            .map(Some)
            .map_err(|wrong| problems.note(place, wrong.in_the_secret(name))),
        Setting::Missing => Err(problems.note(
            place,
            format!(
                "there is no secret `{name}`: run `wrangler secret put {name}` and give it the \
                 SHA-256 of the client's secret (on your own machine, write it into .dev.vars)"
            ),
        )),
        Setting::Hidden => Ok(None),
    }
}

/// Why a text is no digest.
enum NoDigest {
    /// It is not 64 hexadecimal digits.
    Form,
    /// It is a token or a secret of ours.
    Plain,
    /// It is the digest of an empty text.
    OfNothing,
}

impl NoDigest {
    fn in_the_table(&self) -> String {
        match self {
            Self::Form => {
                format!("must be 64 hexadecimal digits, or `env:NAME`: {HOW_TO_MAKE_A_SECRET}")
            }
            Self::Plain => format!(
                "is a secret itself, and this file is no place for one: {HOW_TO_MAKE_A_SECRET}, \
                 and use this secret no more"
            ),
            Self::OfNothing => {
                format!("is the SHA-256 of an empty text: {HOW_TO_MAKE_A_SECRET}")
            }
        }
    }

    fn in_the_secret(&self, name: &str) -> String {
        let what = match self {
            Self::Form => "is not 64 hexadecimal digits",
            Self::Plain => "is the client's secret itself",
            Self::OfNothing => "is the SHA-256 of an empty text",
        };
        format!("the secret `{name}` {what}: give it the SHA-256 that `make client` prints")
    }
}

/// Reads 64 hexadecimal digits.
fn digest(text: &str) -> Result<SecretDigest, NoDigest> {
    if text.starts_with(SECRET_PREFIX) {
        return Err(NoDigest::Plain);
    }
    if text.eq_ignore_ascii_case(DIGEST_OF_NOTHING) {
        return Err(NoDigest::OfNothing);
    }
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(NoDigest::Form);
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => digit - b'0',
        letter => letter.to_ascii_lowercase() - b'a' + 10,
    };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0]) << 4 | value(pair[1]);
    }
    Ok(SecretDigest(Secret::new(bytes)))
}
