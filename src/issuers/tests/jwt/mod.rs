//! Tokens of an issuer in memory: what counts, what does not, and what becomes of it.

mod hostile;
mod keys;
mod shapes;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use futures_executor::block_on;
use serde_json::{Value, json};

use crate::config::{Accept, Issuer, Jwt, Tokens};
use crate::fakes::{Fakes, START};
use crate::fixtures;
use crate::issuers::{Asked, Foreign, KnownIssuers, words};
use crate::jose::{Failure, JwtRefusal};
use crate::ports::{HttpRequest, HttpResponse};
use crate::protocol::{ResourceUri, SignatureAlgorithm};
use crate::revocation::foreign;
use crate::secret::Secret;
use crate::single_flight::Needed;
use crate::token::PlainToken;

const API: &str = "https://api.example.com";

/// An issuer with only what must be configured.
fn issuer() -> Issuer {
    Issuer {
        tokens: Tokens::Jwt(Jwt {
            types: vec!["at+jwt".to_owned(), "jwt".to_owned()],
            leeway: Duration::from_mins(1),
        }),
        audiences: vec![API.to_owned()],
        algorithms: vec![SignatureAlgorithm::Rs256, SignatureAlgorithm::Es256],
        ..fixtures::config::issuer("acme", "https://id.example.com")
    }
}

/// What the issuer answers at each of its URLs: status and body.
type Answers = Rc<RefCell<Vec<(String, u16, String)>>>;

/// An issuer, and an isolate that knows it.
struct World {
    fakes: Fakes,
    known: KnownIssuers,
    answers: Answers,
    /// The header of its tokens.
    header: Value,
}

/// The key of this name for `algorithm`.
fn key(algorithm: &str, id: &str) -> Value {
    match algorithm {
        "ES256" => json!({ "kty": "EC", "crv": "P-256", "x": id, "y": "y", "kid": id }),
        _ => json!({ "kty": "RSA", "n": format!("{id:A<342}"), "e": "AQAB", "kid": id }),
    }
}

/// Who sends what must not be read has sent it here.
const EVIL: &str = "https://evil.example/keys";

impl World {
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut Issuer)) -> Self {
        let mut issuer = issuer();
        change(&mut issuer);
        let world = Self {
            fakes: Fakes::default(),
            known: KnownIssuers::new(&[issuer]),
            answers: Answers::default(),
            header: json!({ "alg": "RS256", "kid": "k1", "typ": "at+jwt" }),
        };
        let answers = Rc::clone(&world.answers);
        world.fakes.set_provider(move |request: &HttpRequest| {
            let answers = answers.borrow();
            let found = answers.iter().find(|(url, ..)| *url == request.url);
            let (status, body) = found.map_or((404, ""), |(_, status, body)| (*status, body));
            HttpResponse {
                status,
                max_age: None,
                body: Secret::new(body.as_bytes().to_vec()),
            }
        });
        world.publish(&[key("RS256", "k1")]);
        world
    }

    fn url(&self) -> &str {
        self.known.get(0).unwrap().issuer.as_str()
    }

    /// From now on this is the answer at `path`.
    fn answer(&self, path: &str, status: u16, body: &Value) {
        let url = format!("{}{path}", self.url().trim_end_matches('/'));
        let mut answers = self.answers.borrow_mut();
        answers.retain(|(other, ..)| *other != url);
        answers.push((url, status, body.to_string()));
    }

    fn publish(&self, keys: &[Value]) {
        let jwks_uri = format!("{}/keys", self.url().trim_end_matches('/'));
        let document = json!({ "issuer": self.url(), "jwks_uri": jwks_uri });
        self.answer("/.well-known/openid-configuration", 200, &document);
        self.answer("/keys", 200, &json!({ "keys": keys }));
    }

    /// How often `path` was asked for.
    fn asked(&self, path: &str) -> usize {
        let url = format!("{}{path}", self.url().trim_end_matches('/'));
        self.fakes.sent().iter().filter(|r| r.url == url).count()
    }

    /// Good claims.
    fn claims(&self) -> Value {
        let now = START.seconds();
        json!({
            "iss": self.url(),
            "aud": API,
            "sub": "7",
            "client_id": "app",
            "iat": now,
            "exp": now + 300,
            "jti": "j1",
            "scope": "orders:read orders:list",
        })
    }

    /// These claims as a token, signed by `key`.
    fn sign(&self, claims: &Value, key: &Value) -> String {
        sign(&self.header.to_string(), &claims.to_string(), key)
    }

    /// A token with good claims, except for `change`.
    fn token(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = self.claims();
        change(&mut claims);
        self.sign(&claims, &key("RS256", "k1"))
    }

    async fn read_async(&self, token: &str) -> Result<Foreign, Failure<JwtRefusal>> {
        let whose = self
            .known
            .whose(token, Accept::OWN.and(0))
            .map_err(Failure::Refused)?;
        let token = PlainToken::new(token.to_owned());
        let asked = Asked {
            token: &token,
            digest: foreign::digest(token.expose()),
            is_known: false,
            needed: Needed::Next,
        };
        self.known.read(whose, &asked, &self.fakes).await
    }

    fn read(&self, token: &str) -> Result<Foreign, Failure<JwtRefusal>> {
        block_on(self.read_async(token))
    }

    /// What becomes of a token with good claims, except that one is set, or taken away by `null`.
    fn with_claim(&self, name: &str, value: Value) -> Result<Foreign, Failure<JwtRefusal>> {
        self.read(&self.token(|claims| set(claims, name, value)))
    }
}

fn sign(header: &str, claims: &str, key: &Value) -> String {
    let mut public = key.clone();
    public.as_object_mut().unwrap().remove("kid");
    let encode = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = Fakes::sign(&public.to_string(), signed.as_bytes());
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature))
}

fn set(claims: &mut Value, name: &str, value: Value) {
    let claims = claims.as_object_mut().unwrap();
    if value.is_null() {
        claims.remove(name);
    } else {
        claims.insert(name.to_owned(), value);
    }
}

#[track_caller]
fn refused(result: Result<Foreign, Failure<JwtRefusal>>, expected: JwtRefusal) {
    assert_eq!(result.unwrap_err(), Failure::Refused(expected));
}

#[track_caller]
fn is_unavailable(result: Result<Foreign, Failure<JwtRefusal>>) {
    let error = result.expect_err("it can't be known");
    assert!(matches!(error, Failure::Unavailable(_)), "{error:?}");
}

#[test]
fn what_a_token_says_becomes_a_record() {
    let world = World::with(|issuer| issuer.claims = vec!["groups".to_owned(), "email".to_owned()]);
    let now = START.seconds();
    let token = world.token(|claims| {
        set(claims, "sid", json!("s1"));
        set(claims, "auth_time", json!(now - 60));
        set(claims, "amr", json!(["pwd", "otp"]));
        set(claims, "acr", json!("mfa"));
        set(claims, "preferred_username", json!("ann"));
        set(claims, "groups", json!(["staff"]));
        set(claims, "email", json!("ann@example.com"));
        set(claims, "aud", json!([API, "1234@acme", "urn:other"]));
        let earlier = serde_json::from_str(&format!("{}.5", now - 1)).unwrap();
        set(claims, "iat", earlier);
    });
    let foreign = world.read(&token).unwrap();
    let record = &foreign.record;
    assert_eq!(record.subject, "acme:7");
    assert_eq!(record.client_id.as_str(), "acme:app");
    assert_eq!(record.username.as_deref(), Some("ann"));
    assert_eq!(record.scope.to_string(), "orders:read orders:list");
    let audiences: Vec<&str> = record.audiences.iter().map(ResourceUri::as_str).collect();
    assert_eq!(audiences, [API, "urn:other"]);
    assert_eq!(record.issued_at.seconds(), now - 1);
    assert_eq!(record.expires_at.seconds(), now + 300);
    assert_eq!(record.auth_time.unwrap().seconds(), now - 60);
    assert_eq!(record.begun_at.unwrap().seconds(), now - 60);
    assert_eq!(record.amr, ["pwd", "otp"]);
    assert_eq!(record.acr.as_deref(), Some("mfa"));
    // Nobody has verified the address.
    assert_eq!(
        Value::from(record.claims.clone()),
        json!({ "groups": ["staff"] })
    );
    let session = foreign::session(world.url(), "s1");
    assert_eq!(record.session.as_bytes(), &session);
    assert_eq!(record.provider_session, Some(session));
    assert_eq!(foreign.token_name, Some(foreign::token(world.url(), "j1")));
    assert_eq!(foreign.asked_at, None);
    // It can be kept as our own are: nothing in it is longer or other than a record takes.
    assert!(!record.to_bytes().is_empty());
}

#[test]
fn a_token_without_names_has_a_session_of_its_own() {
    let world = World::new();
    let plain = world.with_claim("jti", Value::Null).unwrap();
    assert_eq!(
        (plain.token_name, plain.record.provider_session),
        (None, None)
    );
    let named = world.with_claim("jti", json!("j2")).unwrap();
    assert_ne!(plain.record.session, named.record.session);
    let lone = foreign::lone_session(world.url(), "j2");
    assert_eq!(named.record.session.as_bytes(), &lone);
}

#[test]
fn a_token_counts_for_as_long_as_the_log_remembers_its_end() {
    let world = World::new();
    let now = START.seconds();
    let long = world.with_claim("exp", json!(now + 1_000_000)).unwrap();
    assert_eq!(long.record.expires_at.seconds(), now + 86_400);
    let old = world.token(|claims| {
        set(claims, "iat", json!(now - 86_400));
        set(claims, "exp", json!(now + 86_400));
    });
    refused(world.read(&old), JwtRefusal::TooOld);
    let almost = world.token(|claims| {
        set(claims, "iat", json!(now - 86_399));
        set(claims, "exp", json!(now + 86_400));
    });
    assert_eq!(
        world.read(&almost).unwrap().record.expires_at.seconds(),
        now + 1
    );
}

#[test]
fn what_a_token_may_do_is_said_in_the_words_of_this_site() {
    let scope = |change: &dyn Fn(&mut Issuer), name: &str, value: Value| {
        let world = World::with(change);
        world
            .with_claim(name, value)
            .unwrap()
            .record
            .scope
            .to_string()
    };
    let same = |_: &mut Issuer| ();
    assert_eq!(scope(&same, "scope", json!("a b  a")), "a b");
    assert_eq!(
        scope(&same, "scope", json!(["a", "b c", "é", 7, "postern:admin"])),
        "a"
    );
    assert_eq!(scope(&same, "scope", Value::Null), "");
    let roles = |issuer: &mut Issuer| {
        issuer.scope_claims = vec!["scp".to_owned(), "roles".to_owned()];
        let words = [
            ("Orders.Read", "orders:read"),
            ("admin", "orders:read orders:write"),
        ];
        issuer.scopes = words
            .map(|(word, scope)| (word.to_owned(), scope.parse().unwrap()))
            .to_vec();
    };
    assert_eq!(
        scope(&roles, "scp", json!("Orders.Read orders:list")),
        "orders:read orders:list"
    );
    assert_eq!(
        scope(
            &roles,
            "roles",
            json!({ "admin": { "1": "acme" }, "x y": {} })
        ),
        "orders:read orders:write"
    );
    let many: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
    let kept = words::scope(
        &issuer(),
        &crate::jose::Verified {
            kind: None,
            key_issuer: None,
            claims: json!({ "scope": many }).as_object().unwrap().clone(),
        },
    );
    assert_eq!(kept.tokens().count(), 500);
}

#[test]
fn claims_beyond_the_room_are_left_out() {
    let world = World::with(|issuer| {
        issuer.claims = ["a", "b", "c"].map(str::to_owned).to_vec();
    });
    let token = world.token(|claims| {
        set(claims, "a", json!("x".repeat(3_000)));
        set(claims, "b", json!("y".repeat(3_000)));
        set(claims, "c", json!(1));
    });
    let record = world.read(&token).unwrap().record;
    let kept: Vec<&String> = record.claims.keys().collect();
    assert_eq!(kept, ["a", "c"]);
}
