//! What an issuer's metadata says of introspection (RFC 8414 section 2, RFC 9701 section 7).

use serde_json::Value;

use crate::config::{Issuer, Opaque, SecretMethod};
use crate::protocol::{SignatureAlgorithm, WebUrl};

/// Where and how an issuer is asked about tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// `introspection_endpoint`.
    pub(super) endpoint: String,
    /// How a secret is shown, where the configuration does not say.
    pub(super) method: SecretMethod,
    /// Whether a signed answer is asked for.
    pub(super) is_signed: bool,
    /// Where the keys are that sign it.
    pub(super) jwks_uri: Option<String>,
}

impl Offer {
    /// What the configuration says alone; `None` if the metadata is needed.
    pub(super) fn configured(issuer: &Issuer, opaque: &Opaque) -> Option<Self> {
        let endpoint = opaque.endpoint.as_ref()?;
        let is_signed = opaque.signed == Some(true);
        if is_signed && issuer.jwks_uri.is_none() {
            return None;
        }
        Some(Self {
            endpoint: endpoint.as_str().to_owned(),
            method: SecretMethod::Basic,
            is_signed,
            jwks_uri: issuer.jwks_uri.as_ref().map(|url| url.as_str().to_owned()),
        })
    }

    /// What the metadata says, where the configuration does not.
    ///
    /// # Errors
    /// What of it cannot be used.
    pub(super) fn read(
        issuer: &Issuer,
        opaque: &Opaque,
        document: &Value,
    ) -> Result<Self, &'static str> {
        let url = |configured: Option<&WebUrl>, name: &str| {
            let url = configured.cloned().or_else(|| {
                let url: WebUrl = document.get(name)?.as_str()?.parse().ok()?;
                (url.is_https() || !issuer.issuer.is_https()).then_some(url)
            });
            url.map(|url| url.as_str().to_owned())
        };
        let list = |name: &str| document.get(name).and_then(Value::as_array);
        let names =
            |list: &Vec<Value>, wanted: &str| list.iter().any(|name| name.as_str() == Some(wanted));
        let methods = list("introspection_endpoint_auth_methods_supported");
        let methods = methods.or_else(|| list("token_endpoint_auth_methods_supported"));
        let is_post_alone = methods.is_some_and(|methods| {
            names(methods, "client_secret_post") && !names(methods, "client_secret_basic")
        });
        let algorithms = list("introspection_signing_alg_values_supported");
        let signs = algorithms.is_some_and(|algorithms| {
            let mut names = algorithms.iter().filter_map(Value::as_str);
            names.any(|name| {
                let algorithm = SignatureAlgorithm::named(name);
                algorithm.is_some_and(|algorithm| issuer.algorithms.contains(&algorithm))
            })
        });
        Ok(Self {
            endpoint: url(opaque.endpoint.as_ref(), "introspection_endpoint").ok_or(
                "its metadata has no introspection_endpoint that is an https URL: write it into the configuration",
            )?,
            method: if is_post_alone {
                SecretMethod::Post
            } else {
                SecretMethod::Basic
            },
            is_signed: opaque.signed.unwrap_or(signs),
            jwks_uri: url(issuer.jwks_uri.as_ref(), "jwks_uri"),
        })
    }
}
