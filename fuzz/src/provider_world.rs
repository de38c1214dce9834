//! An identity provider that says whatever a target wants, and what is asked of it.

use std::cell::RefCell;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use postern::ports::{
    Clock, Dependency, Http, HttpRequest, HttpResponse, Randomness, SignatureAlgorithm, Signatures,
    Unavailable, Waits, Wake,
};
use postern::secret::Secret;
use postern::time::Time;
use sha2::{Digest, Sha256};

/// Its issuer identifier.
pub const ISSUER: &str = "https://id.example.com";
/// What time it is.
pub const NOW: Time = Time::from_seconds(1_000_000);

const METADATA: &str = r#"{"issuer":"https://id.example.com",
    "authorization_endpoint":"https://id.example.com/authorize","token_endpoint":"https://id.example.com/token",
    "jwks_uri":"https://id.example.com/keys","end_session_endpoint":"https://id.example.com/end",
    "userinfo_endpoint":"https://id.example.com/me"}"#;

/// Keys of every kind that is taken.
pub fn keys() -> String {
    let modulus = "n".repeat(342);
    format!(
        r#"{{"keys":[{{"kty":"RSA","n":"{modulus}","e":"AQAB","kid":"a","use":"sig"}},
        {{"kty":"EC","crv":"P-256","x":"x","y":"y","kid":"a","key_ops":["verify"]}},
        {{"kty":"EC","crv":"P-384","x":"x","y":"y"}},
        {{"kty":"OKP","crv":"Ed25519","x":"x","alg":"EdDSA","kid":"b"}}]}}"#
    )
}

/// The provider, and the platform beside it.
pub struct World {
    pub metadata: Vec<u8>,
    pub keys: Vec<u8>,
    pub token_answer: Vec<u8>,
    pub userinfo: Vec<u8>,
    /// The requests that were sent.
    pub asked: RefCell<Vec<HttpRequest>>,
    /// The keys that signatures were checked with.
    pub verified_with: RefCell<Vec<String>>,
}

impl World {
    /// One that behaves.
    pub fn new() -> Self {
        Self {
            metadata: METADATA.as_bytes().to_vec(),
            keys: keys().into_bytes(),
            token_answer: b"{}".to_vec(),
            userinfo: b"{}".to_vec(),
            asked: RefCell::default(),
            verified_with: RefCell::default(),
        }
    }
}

impl Clock for World {
    fn now(&self) -> Time {
        NOW
    }
}

impl Randomness for World {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

impl Waits for World {
    /// Nobody else asks anything, so nothing is waited for.
    fn wait(&self, _limit: Duration) -> (Wake, impl Future<Output = ()>) {
        (Box::new(|| ()), std::future::ready(()))
    }
}

impl Http for World {
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Unavailable> {
        self.asked.borrow_mut().push(request.clone());
        let body = match (&request.form, request.url.as_str()) {
            (Some(_), _) => &self.token_answer,
            (None, "https://id.example.com/.well-known/openid-configuration") => &self.metadata,
            (None, "https://id.example.com/me") => &self.userinfo,
            (None, _) => &self.keys,
        };
        Ok(HttpResponse {
            status: 200,
            max_age: None,
            body: Secret::new(body.clone()),
        })
    }
}

/// The signature that counts here: a hash that only this file makes.
pub fn signature(signed: &[u8]) -> Vec<u8> {
    Sha256::new()
        .chain_update(b"the provider's key")
        .chain_update(signed)
        .finalize()
        .to_vec()
}

impl Signatures for World {
    async fn verify(
        &self,
        _algorithm: SignatureAlgorithm,
        jwk: &str,
        message: &[u8],
        given: &[u8],
    ) -> Result<bool, Unavailable> {
        self.verified_with.borrow_mut().push(jwk.to_owned());
        if jwk.contains("unavailable") {
            return Err(Unavailable::new(
                Dependency::Cryptography,
                "it is not there",
            ));
        }
        Ok(given == signature(message))
    }
}

/// A token of the provider with these claims.
pub fn signed(header: &str, claims: &[u8]) -> String {
    let encode = Base64UrlUnpadded::encode_string;
    let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims));
    let signature = encode(&signature(signed.as_bytes()));
    format!("{signed}.{signature}")
}
