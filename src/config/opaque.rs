//! What an issuer of opaque tokens is asked with (RFC 7662).

use std::time::Duration;

use crate::protocol::WebUrl;
use crate::secret::Secret;

/// Where and as whom Postern asks about opaque tokens.
#[derive(Clone, Debug)]
pub struct Opaque {
    /// `introspection_endpoint`; `None`: its metadata says so.
    pub endpoint: Option<WebUrl>,
    /// `client_id`: the id of Postern at the issuer.
    pub client_id: String,
    /// How Postern shows who it is. `None` where the secret is [`super::Setting::Hidden`].
    pub authentication: Option<IssuerAuth>,
    /// `max_age`, seconds: how long an answer is believed at most. Default 60, at most 300; 0 asks each time.
    pub max_age: Duration,
}

/// How Postern shows an issuer who it is (RFC 6749 section 2.3, RFC 7523 section 2.2).
#[derive(Clone, Debug)]
pub enum IssuerAuth {
    /// `client_auth = "basic"`, the default.
    Basic(Secret<String>),
    /// `client_auth = "post"`.
    Post(Secret<String>),
    /// `client_key`: a key file, or a key in PEM.
    PrivateKey(Secret<String>),
}
