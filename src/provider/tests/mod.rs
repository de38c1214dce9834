//! Logins and logouts with a provider in memory.

mod allow;
mod claims;
mod login;
mod logout;
mod metadata;
mod odd;
mod outages;
mod tenants;
mod tokens;
mod too_many;
mod userinfo;

use std::cell::RefCell;
use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};
use futures_executor::block_on;
use serde_json::{Value, json};

use super::{Ask, IdTokenRefusal, KnownProviders, LoginRefusal, LoginState, Person, Stranger};
use crate::config::{Allow, Provider};
use crate::fakes::{Fakes, START};
use crate::jose::Failure;
use crate::ports::{HttpRequest, HttpResponse};
use crate::protocol::{Form, Issuer};
use crate::secret::Secret;

/// A provider with only what must be configured.
fn provider() -> Provider {
    Provider {
        id: "acme".parse().unwrap(),
        name: "ACME".parse().ok(),
        issuer: "https://id.example.com".parse().unwrap(),
        client_id: "1234@acme".to_owned(),
        client_secret: Some(Secret::new("s3cret/+".to_owned())),
        scope: "openid profile email".parse().unwrap(),
        subject: "sub".to_owned(),
        subject_prefix: "acme:".to_owned(),
        username: None,
        claims: Vec::new(),
        allow: Allow::Anyone,
        userinfo: false,
        form_post: false,
        logout: true,
    }
}

/// Its metadata.
fn document() -> Value {
    json!({
        "issuer": "https://id.example.com",
        "authorization_endpoint": "https://id.example.com/authorize",
        "token_endpoint": "https://id.example.com/token",
        "jwks_uri": "https://id.example.com/jwks",
        "end_session_endpoint": "https://id.example.com/logout",
    })
}

/// What the provider answers at each of its URLs: status and body.
type Answers = Rc<RefCell<Vec<(String, u16, Vec<u8>)>>>;

/// A provider, and an isolate that knows it.
struct World {
    fakes: Fakes,
    providers: KnownProviders,
    provider: Provider,
    answers: Answers,
    /// The keys that the provider publishes, and the one of them that it signs with.
    keys: Vec<Value>,
    /// The header of its tokens.
    header: Value,
}

/// The key of this name for `algorithm`.
fn key(algorithm: &str, id: &str) -> Value {
    match algorithm {
        "ES256" => json!({ "kty": "EC", "crv": "P-256", "x": id, "y": "y", "kid": id }),
        "ES384" => json!({ "kty": "EC", "crv": "P-384", "x": id, "y": "y", "kid": id }),
        "ES512" => json!({ "kty": "EC", "crv": "P-521", "x": id, "y": "y", "kid": id }),
        "EdDSA" => json!({ "kty": "OKP", "crv": "Ed25519", "x": id, "kid": id }),
        _ => json!({ "kty": "RSA", "n": format!("{id:A<342}"), "e": "AQAB", "kid": id }),
    }
}

impl World {
    fn new() -> Self {
        Self::signing("RS256")
    }

    fn signing(algorithm: &str) -> Self {
        let world = Self {
            fakes: Fakes::default(),
            providers: KnownProviders::new(),
            provider: provider(),
            answers: Answers::default(),
            keys: vec![key(algorithm, "k1")],
            header: json!({ "alg": algorithm, "kid": "k1" }),
        };
        let answers = Rc::clone(&world.answers);
        world.fakes.set_provider(move |request: &HttpRequest| {
            let answers = answers.borrow();
            let found = answers.iter().find(|(url, ..)| *url == request.url);
            let (_, status, body) = found.unwrap_or_else(|| panic!("{}", request.url));
            HttpResponse {
                status: *status,
                max_age: None,
                body: Secret::new(body.clone()),
            }
        });
        world.publish(&document());
        world.publish_keys();
        world
    }

    /// From now on this is the answer at `path`.
    fn answer(&self, path: &str, status: u16, body: impl Into<Vec<u8>>) {
        let url = format!("{}{path}", self.provider.issuer);
        let mut answers = self.answers.borrow_mut();
        answers.retain(|(other, ..)| *other != url);
        answers.push((url, status, body.into()));
    }

    fn publish(&self, document: &Value) {
        let path = "/.well-known/openid-configuration";
        self.answer(path, 200, document.to_string());
    }

    fn publish_keys(&self) {
        let keys = json!({ "keys": self.keys });
        self.answer("/jwks", 200, keys.to_string());
    }

    /// How often `path` was asked for.
    fn asked(&self, path: &str) -> usize {
        let url = format!("{}{path}", self.provider.issuer);
        self.fakes.sent().iter().filter(|r| r.url == url).count()
    }

    /// These claims as a token, signed with the first key.
    fn sign(&self, claims: &Value) -> String {
        let mut public = self.keys[0].clone();
        public.as_object_mut().unwrap().remove("kid");
        let encode = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
        let signed = format!("{}.{}", encode(&self.header), encode(claims));
        let signature = Fakes::sign(&public.to_string(), signed.as_bytes());
        let signature = Base64UrlUnpadded::encode_string(&signature);
        format!("{signed}.{signature}")
    }

    fn try_to_begin(&self, ask: &Ask<'_>) -> Result<(String, LoginState), Failure<LoginRefusal>> {
        let (issuer, providers) = (issuer(), &self.providers);
        let begun = providers.begin(&self.provider, &issuer, ask, &self.fakes);
        block_on(begun).map_err(Failure::from)
    }

    fn begin(&self) -> LoginState {
        self.try_to_begin(&Ask::default()).unwrap().1
    }

    /// Good claims for `login`.
    fn claims(&self, login: &LoginState) -> Value {
        let now = crate::ports::Clock::now(&self.fakes).seconds();
        json!({
            "iss": self.provider.issuer.as_str(),
            "aud": self.provider.client_id,
            "sub": "7",
            "iat": now,
            "exp": now + 300,
            "nonce": login.nonce(),
        })
    }

    /// Comes back from the provider with this query, `state` aside.
    fn come_back(&self, login: &LoginState, query: &str) -> Result<Person, Failure<LoginRefusal>> {
        let query = format!("state={}&{query}", login.state());
        self.come_back_with(login, &query)
    }

    fn come_back_with(
        &self,
        login: &LoginState,
        query: &str,
    ) -> Result<Person, Failure<LoginRefusal>> {
        let form = Form::parse(query.as_bytes()).unwrap();
        let (issuer, configured) = (issuer(), [self.provider.clone()]);
        let providers = &self.providers;
        let finished = providers.finish(&configured, &issuer, &form, login, &self.fakes);
        block_on(finished)
    }

    /// Has the provider give this ID token for `login`, and comes back with a code.
    fn finish(&self, login: &LoginState, token: &str) -> Result<Person, Failure<LoginRefusal>> {
        let body = json!({ "id_token": token, "access_token": "x", "token_type": "Bearer" });
        self.answer("/token", 200, body.to_string());
        self.come_back(login, "code=c0de")
    }

    /// A whole login whose claims are good except for `change`.
    fn log_in(&self, change: impl FnOnce(&mut Value)) -> Result<Person, Failure<LoginRefusal>> {
        let login = self.begin();
        let mut claims = self.claims(&login);
        change(&mut claims);
        self.finish(&login, &self.sign(&claims))
    }

    /// The same with one claim set, or taken away by `null`.
    fn with(&self, name: &str, value: Value) -> Result<Person, Failure<LoginRefusal>> {
        self.log_in(|claims| set(claims, name, value))
    }
}

fn set(claims: &mut Value, name: &str, value: Value) {
    let claims = claims.as_object_mut().unwrap();
    if value.is_null() {
        claims.remove(name);
    } else {
        claims.insert(name.to_owned(), value);
    }
}

/// Postern itself.
fn issuer() -> Issuer {
    "https://docs.example.com".parse().unwrap()
}

fn now() -> u64 {
    START.seconds()
}

#[track_caller]
fn refused<T: std::fmt::Debug, R: PartialEq + std::fmt::Debug>(
    result: Result<T, Failure<R>>,
    expected: R,
) {
    assert_eq!(result.unwrap_err(), Failure::Refused(expected));
}

/// Nobody is let in, because no rule of `allow` fits.
#[track_caller]
fn not_allowed<T: std::fmt::Debug>(result: Result<T, Failure<LoginRefusal>>) -> Stranger {
    match result.unwrap_err() {
        Failure::Refused(LoginRefusal::IdToken(IdTokenRefusal::NotAllowed(stranger))) => *stranger,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_unavailable<T: std::fmt::Debug, R: std::fmt::Debug>(result: Result<T, Failure<R>>) {
    let error = result.expect_err("it can't be known");
    let Failure::Unavailable(unavailable) = error else {
        panic!("a no instead of \"could not find out\": {error:?}");
    };
    for secret in ["s3cret", "c0de", "evil"] {
        assert!(!unavailable.cause.contains(secret), "{unavailable:?}");
    }
}
