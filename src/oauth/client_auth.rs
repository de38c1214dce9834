//! Client authentication (RFC 6749 section 2.3): `client_secret_basic`, `client_secret_post`, and
//! `none` for public clients.
//!
//! Job: find the configured client that sent a request. An unknown client and a wrong secret look the
//! same and cost the same: the presented secret is always hashed, and the hash is always compared with
//! the same number of digests.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::config::{Client, Config};
use crate::protocol::credentials::{self, MalformedBasic};
use crate::protocol::{ErrorCode, Form};

use super::error_response::ErrorResponse;

/// The methods, as metadata lists them (RFC 8414 section 2).
pub const METHODS: &[&str] = &["client_secret_basic", "client_secret_post"];

/// The same where there are public clients, whose method is `none`.
pub const METHODS_AND_NONE: &[&str] = &["client_secret_basic", "client_secret_post", "none"];

/// How many digests a secret is compared with: a client has at most two.
const COMPARED: usize = 2;

/// What stands in for a digest that a client does not have. Nobody knows a secret with this digest.
const DUMMY: [u8; 32] = *b"no secret has this as its SHA256";

/// Why the client that sent a request is not known.
#[derive(Debug)]
pub enum ClientAuthError<'c> {
    /// It presents two credentials (section 2.3: more than one method in a request).
    TwoMethods,
    /// The body's `client_id` is not the one of the `Authorization` header.
    OtherClientId,
    /// It presents none.
    Missing,
    /// It presents one of a kind that is not supported: another `Authorization` scheme, or a client
    /// assertion.
    UnsupportedMethod,
    /// The header says `Basic`, but does not hold base64 of `id:secret`.
    MalformedBasic,
    /// There is no such client.
    UnknownClient,
    /// It is not this client's secret.
    WrongSecret(&'c Client),
}

impl fmt::Display for ClientAuthError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TwoMethods => "the request authenticates its client in more than one way",
            Self::OtherClientId => "client_id differs from the client of the Authorization header",
            Self::Missing => "no client credential was presented",
            Self::UnsupportedMethod => {
                "the client credential is neither client_secret_basic nor client_secret_post"
            }
            Self::MalformedBasic => "the Basic credential is not base64 of id:secret",
            Self::UnknownClient => "unknown client",
            Self::WrongSecret(client) => return write!(f, "wrong secret for client {}", client.id),
        })
    }
}

impl ClientAuthError<'_> {
    pub(super) fn response(&self) -> ErrorResponse {
        match self {
            Self::TwoMethods | Self::OtherClientId => {
                ErrorResponse::new(400, ErrorCode::InvalidRequest, self.to_string())
            }
            Self::Missing | Self::UnsupportedMethod | Self::MalformedBasic => {
                unauthorized(self.to_string())
            }
            Self::UnknownClient | Self::WrongSecret(_) => {
                unauthorized("client authentication failed".to_owned()).because(self.to_string())
            }
        }
    }
}

/// RFC 6749 section 5.2 requires the challenge where the client used the header, RFC 9110 section
/// 11.6.1 in every 401.
pub(super) fn unauthorized(description: impl Into<String>) -> ErrorResponse {
    ErrorResponse::new(401, ErrorCode::InvalidClient, description.into()).with(
        "www-authenticate",
        "Basic realm=\"postern\", charset=\"UTF-8\"",
    )
}

/// The client that a request comes from.
pub(super) fn authenticate<'c>(
    config: &'c Config,
    authorization: Option<&str>,
    form: &Form,
) -> Result<&'c Client, ClientAuthError<'c>> {
    let id_in_body = form.get("client_id");
    let secret_in_body = form.get("client_secret");
    let assertion = form.get("client_assertion").is_some();
    let presented = [authorization.is_some(), secret_in_body.is_some(), assertion];
    if presented.into_iter().filter(|method| *method).count() > 1 {
        return Err(ClientAuthError::TwoMethods);
    }
    if assertion {
        return Err(ClientAuthError::UnsupportedMethod);
    }
    if let Some(value) = authorization {
        let basic = credentials::basic(value)
            .ok_or(ClientAuthError::UnsupportedMethod)?
            .map_err(|MalformedBasic| ClientAuthError::MalformedBasic)?;
        if id_in_body.is_some_and(|id| id != basic.client_id) {
            return Err(ClientAuthError::OtherClientId);
        }
        // Exposed to be hashed.
        return check(config, &basic.client_id, basic.client_secret.expose());
    }
    match (id_in_body, secret_in_body) {
        (Some(id), Some(secret)) => check(config, id, secret),
        // A public client has no secret to show, and anyone may know that it is public.
        (Some(id), None) => config
            .client(id)
            .filter(|client| client.is_public)
            .ok_or(ClientAuthError::Missing),
        (None, None | Some(_)) => Err(ClientAuthError::Missing),
    }
}

fn check<'c>(
    config: &'c Config,
    id: &str,
    secret: &str,
) -> Result<&'c Client, ClientAuthError<'c>> {
    let client = config.client(id);
    let hash: Zeroizing<[u8; 32]> = Zeroizing::new(Sha256::digest(secret.as_bytes()).into());
    let digests = client.map_or(&[][..], |c| &c.secret_digests);
    let mut good = Choice::from(0);
    for at in 0..digests.len().max(COMPARED) {
        // Exposed to the comparison in constant time.
        let (digest, counts) = match digests.get(at) {
            Some(digest) => (digest.0.expose(), 1),
            None => (&DUMMY, 0),
        };
        good |= hash.ct_eq(digest) & Choice::from(counts);
    }
    match (client, bool::from(good)) {
        (Some(client), true) => Ok(client),
        (Some(client), false) => Err(ClientAuthError::WrongSecret(client)),
        (None, _) => Err(ClientAuthError::UnknownClient),
    }
}
