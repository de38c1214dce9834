//! How Postern shows an issuer who it is, and the request that asks about a token (RFC 7662 section 2.1).
//!
//! ```text
//! client_secret_basic = "Basic " base64( form-encoded(id) ":" form-encoded(secret) )           ; RFC 6749 section 2.3.1
//! client_secret_post  = client_id and client_secret in the form
//! private_key_jwt     = client_assertion_type and client_assertion in the form                 ; RFC 7523 section 2.2
//! assertion = { alg, kid, typ: "JWT" } . { iss, sub: client id, aud: the issuer, iat, exp, jti }
//! ```
//! An assertion is made for each question anew: an issuer may take one only once, and a question about an opaque token
//! costs a round trip in any case. Its audience is the issuer alone, as the revision of RFC 7523 wants it: what one issuer
//! gets cannot be used at another. ZITADEL wants the same.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::config::{IssuerAuth, SecretMethod};
use crate::ports::{
    Clock, HttpRequest, Randomness, SignatureAlgorithm, Signing, SigningKey, Unavailable,
};
use crate::protocol::json::ObjectWriter;
use crate::protocol::private_key::KeyKind;
use crate::protocol::web_url::encode;
use crate::protocol::{PrivateKey, credentials};
use crate::secret::Secret;

/// How long an assertion counts.
const ASSERTION_LIFE: Duration = Duration::from_mins(1);

/// How much earlier it says it was issued: an issuer whose clock is a little behind would refuse it.
const BACKDATED: Duration = Duration::from_secs(10);

/// RFC 7523 section 2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Who asks whom, and how.
pub(super) struct Asker<'a> {
    /// The issuer, as it is compared.
    pub(super) issuer: &'a str,
    /// The id of Postern there.
    pub(super) client_id: &'a str,
    /// What Postern shows.
    pub(super) authentication: &'a IssuerAuth,
    /// How a secret is shown, where the configuration does not say.
    pub(super) method: SecretMethod,
}

impl Asker<'_> {
    /// The question about `token`, for the endpoint at `url`. `accept` is what the answer may be.
    ///
    /// # Errors
    /// [`Unavailable`] where no assertion could be signed.
    pub(super) async fn question<P: Clock + Randomness + Signing>(
        &self,
        url: &str,
        accept: &'static str,
        token: &str,
        ports: &P,
    ) -> Result<HttpRequest, Unavailable> {
        let assertion = match self.authentication {
            IssuerAuth::Key(key) => Some(self.assertion(key, ports).await?),
            IssuerAuth::Secret { .. } => None,
        };
        let mut form = vec![("token", token), ("token_type_hint", "access_token")];
        let mut authorization = None;
        // Both are exposed to the issuer that they are for, over TLS.
        if let Some(assertion) = &assertion {
            form.push(("client_assertion_type", ASSERTION_TYPE));
            form.push(("client_assertion", assertion.expose()));
        } else if let IssuerAuth::Secret { secret, method } = self.authentication {
            match method.unwrap_or(self.method) {
                SecretMethod::Basic => {
                    authorization = Some(credentials::basic_of(self.client_id, secret));
                }
                SecretMethod::Post => {
                    form.push(("client_id", self.client_id));
                    form.push(("client_secret", secret.expose()));
                }
            }
        }
        Ok(HttpRequest {
            url: url.to_owned(),
            form: Some(Secret::new(encode(&form))),
            authorization,
            accept,
        })
    }

    async fn assertion<P: Clock + Randomness + Signing>(
        &self,
        key: &PrivateKey,
        ports: &P,
    ) -> Result<Secret<String>, Unavailable> {
        let (name, algorithm) = match key.kind {
            KeyKind::Rsa => ("RS256", SignatureAlgorithm::Rs256),
            KeyKind::P256 => ("ES256", SignatureAlgorithm::Es256),
        };
        let mut header = ObjectWriter::new();
        header.put("alg", name);
        header.put("typ", "JWT");
        if let Some(key_id) = &key.key_id {
            header.put("kid", key_id);
        }
        let mut jti = [0; 16];
        ports.fill(&mut jti);
        let now = ports.now();
        let mut claims = ObjectWriter::new();
        claims.put("iss", self.client_id);
        claims.put("sub", self.client_id);
        claims.put("aud", self.issuer);
        claims.put("jti", &Base64UrlUnpadded::encode_string(&jti));
        claims.put("iat", &now.minus(BACKDATED).seconds());
        claims.put("exp", &now.plus(ASSERTION_LIFE).seconds());
        let part = |text: String| Base64UrlUnpadded::encode_string(text.as_bytes());
        let signed = format!("{}.{}", part(header.end()), part(claims.end()));
        let signing_key = SigningKey::from_pkcs8(key.pkcs8.clone());
        let signature = ports.sign(algorithm, &signing_key, signed.as_bytes());
        let signature = Base64UrlUnpadded::encode_string(&signature.await?);
        Ok(Secret::new(format!("{signed}.{signature}")))
    }
}
