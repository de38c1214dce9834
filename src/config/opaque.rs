//! What an issuer of opaque tokens is asked with (RFC 7662).

use std::time::Duration;

use super::environment::Environment;
use super::provider;
use super::secret_text;
use super::table::{Problems, Read, Table, choose};
use crate::protocol::{PrivateKey, WebUrl};
use crate::secret::Secret;

/// Where and as whom Postern asks about opaque tokens.
#[derive(Clone, Debug)]
pub struct Opaque {
    /// `introspection_endpoint`; `None`: its metadata says so.
    pub endpoint: Option<WebUrl>,
    /// `client_id`: the id of Postern at the issuer. Default: that of the key file. Empty only where that is
    /// [`super::Setting::Hidden`].
    pub client_id: String,
    /// How Postern shows who it is. `None` only where the secret is [`super::Setting::Hidden`].
    pub authentication: Option<IssuerAuth>,
    /// `signed_introspection`: whether an answer has to be signed (RFC 9701). `None`: it may be, if the issuer's metadata
    /// offers it.
    pub signed: Option<bool>,
    /// `max_age`, seconds: how long an answer is believed at most. Default 60, at most 300; 0 asks each time.
    pub max_age: Duration,
}

/// How Postern shows an issuer who it is.
#[derive(Clone, Debug)]
pub enum IssuerAuth {
    /// `client_secret` (RFC 6749 section 2.3.1), shown as `client_auth` says; `None`: as the issuer's metadata says.
    Secret {
        /// The secret.
        secret: Secret<String>,
        /// `client_auth`.
        method: Option<SecretMethod>,
    },
    /// `client_key`: Postern signs an assertion (RFC 7523 section 2.2).
    Key(PrivateKey),
}

/// How a secret is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretMethod {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
}

/// The keys that are about opaque tokens alone.
pub(super) const KEYS: [&str; 7] = [
    "client_id",
    "client_secret",
    "client_auth",
    "client_key",
    "introspection_endpoint",
    "signed_introspection",
    "max_age",
];

const METHODS: &[(&str, SecretMethod)] =
    &[("basic", SecretMethod::Basic), ("post", SecretMethod::Post)];

/// Reads what is about opaque tokens.
pub(super) fn read(
    table: &Table<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Opaque> {
    let client_id = table.parsed("client_id", provider::client_id, problems);
    let authentication = authentication(table, environment, problems);
    let endpoint = table.parsed("introspection_endpoint", str::parse::<WebUrl>, problems);
    let key = "signed_introspection";
    let is_signed = table.boolean(key, false, problems);
    let max_age = table.number("max_age", "seconds", 0..=300, 60, problems);
    let authentication = authentication?;
    let client_id = of_whom(table, client_id?, authentication.as_ref(), problems)?;
    Ok(Opaque {
        endpoint: endpoint?,
        client_id,
        authentication,
        signed: table.has(key).then_some(is_signed?),
        max_age: Duration::from_secs(max_age?),
    })
}

/// The client id, which a key file may have too.
fn of_whom(
    table: &Table<'_>,
    written: Option<String>,
    authentication: Option<&IssuerAuth>,
    problems: &mut Problems,
) -> Read<String> {
    let key = "client_id";
    let of_file = match authentication {
        Some(IssuerAuth::Key(file)) => file.client_id.as_ref(),
        Some(IssuerAuth::Secret { .. }) | None => None,
    };
    match (written, of_file) {
        (Some(written), Some(other)) if written != *other => {
            let message = "is not the clientId in the key file that `client_key` names: one of the two is of another \
                           application. It may be left out here";
            Err(problems.add(table.key(key), message))
        }
        (Some(written), _) => Ok(written),
        (None, Some(other)) => match provider::client_id(other) {
            Ok(other) => Ok(other),
            Err(error) => {
                let message = format!("of the key file {error}");
                Err(problems.add(table.key("client_key"), message))
            }
        },
        // The key file may have it, and can't be seen from here.
        (None, None) if authentication.is_none() && table.has("client_key") => Ok(String::new()),
        (None, None) => {
            let message = "is missing: write the id of the client that Postern is at the issuer, which must be \
                           allowed to introspect; its console shows it";
            Err(problems.add(table.key(key), message))
        }
    }
}

/// `None` where the secret can't be seen from here.
fn authentication(
    table: &Table<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Option<IssuerAuth>> {
    let method = table.parsed("client_auth", |text| choose(METHODS, text), problems);
    match (table.has("client_secret"), table.has("client_key")) {
        (true, false) => {
            let how = "the secret of that client, which the issuer shows once";
            let example = ("ISSUER_SECRET", how);
            let secret = secret_text::read(table, "client_secret", example, environment, problems);
            let method = method?;
            Ok(secret?.map(|secret| IssuerAuth::Secret { secret, method }))
        }
        (false, true) => {
            if table.has("client_auth") {
                let message = "is about `client_secret`, and there is a `client_key`: leave it out";
                return Err(problems.add(table.key("client_auth"), message));
            }
            let how = "the key file (JSON) or the private key (PEM) of that client";
            let example = ("ISSUER_KEY", how);
            let text = secret_text::read(table, "client_key", example, environment, problems)?;
            let Some(text) = text else {
                return Ok(None);
            };
            // Exposed to be read. No message repeats any of it.
            match PrivateKey::parse(text.expose()) {
                Ok(key) => Ok(Some(IssuerAuth::Key(key))),
                Err(error) => {
                    let message = format!("the secret that it names {error}");
                    Err(problems.add(table.key("client_key"), message))
                }
            }
        }
        (true, true) => {
            let message =
                "cannot stand beside `client_secret`: keep the one that the issuer expects";
            Err(problems.add(table.key("client_key"), message))
        }
        (false, false) => {
            let message = "is missing: an issuer answers only those who show who they are. Write `client_secret = \
                           \"env:NAME\"`, or `client_key = \"env:NAME\"` for a key";
            Err(problems.add(table.key("client_secret"), message))
        }
    }
}
