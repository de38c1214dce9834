//! A provider's metadata (OpenID Connect Discovery 1.0 section 4, RFC 8414, RFC 9207).

use std::rc::Rc;

use serde_json::Value;

use super::cached::Cached;
use super::{Providers, endpoint, get, jwt, unavailable};
use crate::config::Provider;
use crate::ports::{Clock, Http, SignatureAlgorithm, Unavailable};
use crate::protocol::WebUrl;

/// What a provider says about itself, as far as it is used.
#[derive(Debug, PartialEq, Eq)]
pub struct Metadata {
    /// `authorization_endpoint`.
    pub authorization_endpoint: WebUrl,
    /// `token_endpoint`.
    pub token_endpoint: WebUrl,
    /// `jwks_uri`.
    pub jwks_uri: WebUrl,
    /// `end_session_endpoint` (RP-Initiated Logout 1.0), where it has one that can be used.
    pub end_session_endpoint: Option<WebUrl>,
    /// `authorization_response_iss_parameter_supported` (RFC 9207 section 3).
    pub sends_iss: bool,
    /// How a client with a secret shows it at the token endpoint.
    pub client_auth: ClientAuth,
    /// `id_token_signing_alg_values_supported`, as far as they can be checked; `None` where it does
    /// not say.
    pub algorithms: Option<Vec<SignatureAlgorithm>>,
}

/// How a client with a secret shows it (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_secret_basic`, the default.
    Basic,
    /// `client_secret_post`, where the provider does not take the other.
    Post,
}

/// Where the metadata of `issuer` is: section 4.1 takes a slash at its end away.
fn metadata_url(issuer: &WebUrl) -> String {
    let issuer = issuer.as_str();
    let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
    format!("{issuer}/.well-known/openid-configuration")
}

/// Reads the metadata of `provider`, or says why it can't be used.
fn read(provider: &Provider, document: &Value) -> Result<Metadata, &'static str> {
    if document.get("issuer").and_then(Value::as_str) != Some(provider.issuer.as_str()) {
        return Err("its metadata names another issuer than the configuration");
    }
    let url = |name| endpoint(provider, document, name);
    let needed = |name| url(name).ok_or("its metadata lacks an endpoint, or has one without https");
    // It is sent in any case; without a secret, it is what holds the code to this browser's login.
    let has_pkce = lists(document, "code_challenge_methods_supported", "S256");
    if provider.client_secret.is_none() && has_pkce == Some(false) {
        return Err("it knows no PKCE with S256, so it needs a client secret");
    }
    let methods = "token_endpoint_auth_methods_supported";
    let client_auth = if lists(document, methods, "client_secret_basic") != Some(false) {
        ClientAuth::Basic
    } else if lists(document, methods, "client_secret_post") == Some(true) {
        ClientAuth::Post
    } else if provider.client_secret.is_none() {
        ClientAuth::Basic
    } else {
        return Err("it takes client secrets in no way that is known");
    };
    let algorithms = document
        .get("id_token_signing_alg_values_supported")
        .and_then(Value::as_array)
        .map(|names| {
            let names = names.iter().filter_map(Value::as_str);
            names.filter_map(jwt::algorithm).collect::<Vec<_>>()
        });
    if algorithms.as_ref().is_some_and(Vec::is_empty) {
        return Err("it signs with no algorithm that is taken");
    }
    Ok(Metadata {
        authorization_endpoint: needed("authorization_endpoint")?,
        token_endpoint: needed("token_endpoint")?,
        jwks_uri: needed("jwks_uri")?,
        end_session_endpoint: url("end_session_endpoint"),
        sends_iss: document.get("authorization_response_iss_parameter_supported")
            == Some(&Value::Bool(true)),
        client_auth,
        algorithms,
    })
}

/// Whether the list under `name` has `entry`; `None` where there is no list.
fn lists(document: &Value, name: &str, entry: &str) -> Option<bool> {
    let list = document.get(name)?.as_array()?;
    Some(list.iter().any(|item| item.as_str() == Some(entry)))
}

impl Providers {
    /// The metadata of `provider`: as it was kept, or asked for.
    ///
    /// # Errors
    /// [`Unavailable`] where it does not answer or its answer can't be used, and there is no older
    /// one of the last day.
    pub async fn metadata<P: Http + Clock>(
        &self,
        provider: &Provider,
        ports: &P,
    ) -> Result<Rc<Metadata>, Unavailable> {
        let kept = self.with(provider, |known| known.metadata.clone());
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(ports.now())) {
            return Ok(kept.value());
        }
        let url = metadata_url(&provider.issuer);
        let asked = get(provider, &url, "the metadata", ports).await;
        let asked = asked.and_then(|(document, max_age)| {
            let metadata = read(provider, &document);
            let metadata = metadata.map_err(|cause| unavailable(provider, cause))?;
            Ok(Cached::new(metadata, max_age, ports.now()))
        });
        let metadata = asked.or_else(|error| {
            let kept = kept.and_then(|kept| kept.respite(ports.now()));
            kept.ok_or(error)
        })?;
        let value = metadata.value();
        self.with(provider, |known| known.metadata = Some(metadata));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::tests::{document, provider};

    fn reading(key: &str, value: Value) -> Result<Metadata, &'static str> {
        let mut document = document();
        document[key] = value;
        read(&provider(), &document)
    }

    #[test]
    fn reads_what_is_used() {
        let metadata = read(&provider(), &document()).unwrap();
        assert_eq!(
            metadata.token_endpoint.as_str(),
            "https://id.example.com/token"
        );
        assert_eq!(metadata.client_auth, ClientAuth::Basic);
        assert_eq!(metadata.algorithms, None);
        assert!(!metadata.sends_iss);
    }

    #[test]
    fn the_url_of_the_metadata() {
        for (issuer, url) in [
            (
                "https://a.example",
                "https://a.example/.well-known/openid-configuration",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/openid-configuration",
            ),
            (
                "https://a.example/realms/x",
                "https://a.example/realms/x/.well-known/openid-configuration",
            ),
        ] {
            assert_eq!(metadata_url(&issuer.parse().unwrap()), url);
        }
    }

    #[test]
    fn the_issuer_is_compared_to_the_letter() {
        for other in [
            json!("https://id.example.com/"),
            json!("https://ID.example.com"),
            json!("https://id.example.com.evil.example"),
            json!(null),
        ] {
            assert!(reading("issuer", other.clone()).is_err(), "{other}");
        }
    }

    #[test]
    fn endpoints_are_https() {
        let ours = ["authorization_endpoint", "token_endpoint", "jwks_uri"];
        for key in ours {
            for bad in [
                json!(null),
                json!(7),
                json!("/token"),
                json!("http://id.example.com/x"),
                json!("http://localhost/x"),
                json!("javascript:alert(1)"),
            ] {
                assert!(reading(key, bad.clone()).is_err(), "{key} {bad}");
            }
        }
        // It is not needed, so a bad one only means that there is none.
        let metadata = reading("end_session_endpoint", json!("http://localhost/x")).unwrap();
        assert_eq!(metadata.end_session_endpoint, None);
        // On the loopback interface, http is fine for a provider that is there itself.
        let mut local = provider();
        local.issuer = "http://localhost:3000".parse().unwrap();
        let mut document = document();
        document["issuer"] = json!("http://localhost:3000");
        document["jwks_uri"] = json!("http://localhost:3000/jwks");
        assert!(read(&local, &document).is_ok());
    }

    #[test]
    fn how_a_client_shows_itself() {
        let methods = "token_endpoint_auth_methods_supported";
        let auth = |value: Value| reading(methods, value).map(|metadata| metadata.client_auth);
        let both = json!(["client_secret_post", "client_secret_basic"]);
        assert_eq!(auth(both), Ok(ClientAuth::Basic));
        assert_eq!(auth(json!(["client_secret_post"])), Ok(ClientAuth::Post));
        assert!(auth(json!(["private_key_jwt"])).is_err());
        let mut public = provider();
        public.client_secret = None;
        let mut document = document();
        document[methods] = json!(["none"]);
        assert!(read(&public, &document).is_ok());
        document["code_challenge_methods_supported"] = json!(["plain"]);
        assert!(read(&public, &document).is_err());
        assert!(
            read(&provider(), &document).is_err(),
            "none takes no secret"
        );
    }

    #[test]
    fn algorithms_are_those_that_can_be_checked() {
        let key = "id_token_signing_alg_values_supported";
        let metadata = reading(key, json!(["none", "HS256", "ES256", 7])).unwrap();
        assert_eq!(metadata.algorithms, Some(vec![SignatureAlgorithm::Es256]));
        assert!(reading(key, json!(["none", "HS256"])).is_err());
    }
}
