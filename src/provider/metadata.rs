//! A provider's metadata (OpenID Connect Discovery 1.0 section 3, RFC 8414, RFC 9207): what of it is used,
//! and when it can't be.

use std::borrow::Cow;

use serde_json::Value;

use super::claims::TENANT_TEMPLATE;
use crate::config::Provider;
use crate::ports::SignatureAlgorithm;
use crate::protocol::WebUrl;

/// What a provider says about itself, as far as Postern uses it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Metadata {
    /// `authorization_endpoint`.
    pub(super) authorization_endpoint: WebUrl,
    /// `token_endpoint`.
    pub(super) token_endpoint: WebUrl,
    /// `jwks_uri`.
    pub(super) jwks_uri: WebUrl,
    /// `end_session_endpoint` (RP-Initiated Logout 1.0), if it has one that can be used.
    pub(super) end_session_endpoint: Option<WebUrl>,
    /// `userinfo_endpoint`, if the configuration says to ask it.
    pub(super) userinfo_endpoint: Option<WebUrl>,
    /// `authorization_response_iss_parameter_supported` (RFC 9207 section 3).
    pub(super) sends_iss: bool,
    /// Whether `prompt_values_supported` (Initiating User Registration 1.0) has `select_account`; `None` if it does not say.
    pub(super) selects_accounts: Option<bool>,
    /// How a client with a secret shows it at the token endpoint.
    pub(super) client_auth: ClientAuth,
    /// `id_token_signing_alg_values_supported`, without those that Postern can't check; `None` if it does
    /// not say.
    pub(super) algorithms: Option<Vec<SignatureAlgorithm>>,
}

/// How a client with a secret shows it (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientAuth {
    /// `client_secret_basic`, the default.
    Basic,
    /// `client_secret_post`, if the provider does not take the other.
    Post,
}

impl Metadata {
    /// Reads the metadata of `provider`, or says why it can't be used.
    pub(super) fn read(provider: &Provider, document: &Value) -> Result<Self, Cow<'static, str>> {
        check_issuer(provider, document)?;
        let url = |name| endpoint(provider, document, name);
        let needed = |name| {
            url(name).ok_or_else(|| {
                let what = match document.get(name) {
                    None | Some(Value::Null) => "is missing in its metadata",
                    Some(_) => "in its metadata is not an https URL",
                };
                format!("{name} {what}")
            })
        };
        // It is sent in any case; without a secret, it is what holds the code to this browser's login.
        let has_pkce = lists(document, "code_challenge_methods_supported", "S256");
        if provider.client_secret.is_none() && has_pkce == Some(false) {
            return Err(
                "code_challenge_methods_supported in its metadata lacks S256, so it needs a client_secret".into(),
            );
        }
        let methods = "token_endpoint_auth_methods_supported";
        let client_auth = if lists(document, methods, "client_secret_basic") != Some(false) {
            ClientAuth::Basic
        } else if lists(document, methods, "client_secret_post") == Some(true) {
            ClientAuth::Post
        } else if provider.client_secret.is_none() {
            ClientAuth::Basic
        } else {
            return Err(
                "token_endpoint_auth_methods_supported in its metadata has neither client_secret_basic nor \
                 client_secret_post"
                    .into(),
            );
        };
        let algorithms = list(document, "id_token_signing_alg_values_supported").map(|names| {
            let names = names.iter().filter_map(Value::as_str);
            names
                .filter_map(SignatureAlgorithm::named)
                .collect::<Vec<_>>()
        });
        if algorithms.as_ref().is_some_and(Vec::is_empty) {
            return Err(
                "id_token_signing_alg_values_supported in its metadata has no algorithm that Postern takes".into(),
            );
        }
        Ok(Self {
            authorization_endpoint: needed("authorization_endpoint")?,
            token_endpoint: needed("token_endpoint")?,
            jwks_uri: needed("jwks_uri")?,
            end_session_endpoint: url("end_session_endpoint"),
            userinfo_endpoint: provider
                .userinfo
                .then(|| needed("userinfo_endpoint"))
                .transpose()?,
            selects_accounts: lists(document, "prompt_values_supported", "select_account"),
            sends_iss: document
                .get("authorization_response_iss_parameter_supported")
                .and_then(Value::as_bool)
                == Some(true),
            client_auth,
            algorithms,
        })
    }
}

/// The issuer is compared to the letter (section 4.3). Only Microsoft Entra ID, which speaks for many tenants, names a
/// template instead.
fn check_issuer(provider: &Provider, document: &Value) -> Result<(), &'static str> {
    let named = document.get("issuer").and_then(Value::as_str);
    let named = named.ok_or("issuer is missing in its metadata")?;
    let issuer = provider.issuer.as_str();
    let fits = match provider.tenants_at() {
        Some(origin) => named.strip_prefix(origin) == Some(TENANT_TEMPLATE),
        None => named == issuer,
    };
    if fits {
        Ok(())
    } else if named.trim_end_matches('/') == issuer.trim_end_matches('/') {
        Err(
            "issuer in its metadata differs from the one in the configuration by a slash at the end",
        )
    } else {
        Err("issuer in its metadata is not the one in the configuration")
    }
}

/// The list under `name`; `None` if there is none, or an empty one.
fn list<'a>(document: &'a Value, name: &str) -> Option<&'a Vec<Value>> {
    let list = document.get(name)?.as_array()?;
    (!list.is_empty()).then_some(list)
}

/// Whether the list under `name` has `entry`; `None` if there is no list.
fn lists(document: &Value, name: &str, entry: &str) -> Option<bool> {
    let list = list(document, name)?;
    Some(list.iter().any(|item| item.as_str() == Some(entry)))
}

/// The URL under `name`, which is `https` unless the provider itself is on the loopback interface.
fn endpoint(provider: &Provider, document: &Value, name: &str) -> Option<WebUrl> {
    let text = document.get(name)?.as_str()?;
    // Letter case does not count in scheme and host (RFC 3986 section 6.2.2.1).
    let (scheme, rest) = text.split_once("://")?;
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let text = format!(
        "{}://{}{path}",
        scheme.to_ascii_lowercase(),
        host.to_ascii_lowercase()
    );
    let url: WebUrl = text.parse().ok()?;
    (url.is_https() || !provider.issuer.is_https()).then_some(url)
}
