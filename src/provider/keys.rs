//! A provider's keys (JWK Set, RFC 7517), and whether one of them signed a token.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::cached::Cached;
use super::discovery::Metadata;
use super::jwt::{self, JwtRefusal, UnverifiedJwt, Verified};
use super::{Failure, Providers, get, unavailable};
use crate::config::Provider;
use crate::ports::{Clock, Http, SignatureAlgorithm, Signatures, Unavailable};
use crate::protocol::json;
use crate::time::Time;

/// How many keys are tried for one token.
const TRIED: usize = 8;
/// How many keys of a provider are kept.
const KEPT: usize = 64;
/// A key that is not there is not looked for at the provider more often than this: anyone can send a
/// token that names a new one.
const BETWEEN: Duration = Duration::from_mins(1);
/// The modulus of 2048 bits that RFC 7518 section 3.3 asks for, in characters of base64url.
const SMALLEST_MODULUS: usize = 342;
/// The modulus of 8192 bits: a larger one only costs time.
const LARGEST_MODULUS: usize = 1_366;

/// When a provider's keys were last asked for, and whether it gave them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    at: Time,
    answered: bool,
}

/// The kind of a key, which says what it can sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// One public key for signatures.
#[derive(Debug, PartialEq, Eq)]
struct Key {
    id: Option<String>,
    kind: Kind,
    /// The one algorithm that it is for, where it says so.
    algorithm: Option<SignatureAlgorithm>,
    /// The public key as JSON, with nothing else in it.
    json: String,
}

/// The keys of a provider that can sign a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a JWK Set. A key that can't be used is left out (RFC 7517 section 5).
    fn read(document: &Value) -> Option<Self> {
        let keys = document.get("keys")?.as_array()?;
        let keys = keys.iter().filter_map(read_key).take(KEPT);
        Some(Self(keys.collect()))
    }

    /// The keys that may have signed a token: those with its `kid`, or any where it has none.
    fn fitting<'a>(
        &'a self,
        algorithm: SignatureAlgorithm,
        id: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Key> {
        let fits = move |key: &&Key| {
            key.kind == kind_of(algorithm)
                && key.algorithm.is_none_or(|only| only == algorithm)
                && (id.is_none() || key.id.as_deref() == id)
        };
        self.0.iter().filter(fits).take(TRIED)
    }
}

const fn kind_of(algorithm: SignatureAlgorithm) -> Kind {
    match algorithm {
        SignatureAlgorithm::Rs256
        | SignatureAlgorithm::Rs384
        | SignatureAlgorithm::Rs512
        | SignatureAlgorithm::Ps256 => Kind::Rsa,
        SignatureAlgorithm::Es256 => Kind::P256,
        SignatureAlgorithm::Es384 => Kind::P384,
        SignatureAlgorithm::EdDsa => Kind::Ed25519,
    }
}

/// Reads one key; `None` where it can't verify a signature.
fn read_key(key: &Value) -> Option<Key> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let (kind, members) = match (text("kty")?, text("crv")) {
        ("RSA", None) => (Kind::Rsa, &["e", "kty", "n"][..]),
        ("EC", Some("P-256")) => (Kind::P256, &["crv", "kty", "x", "y"][..]),
        ("EC", Some("P-384")) => (Kind::P384, &["crv", "kty", "x", "y"][..]),
        ("OKP", Some("Ed25519")) => (Kind::Ed25519, &["crv", "kty", "x"][..]),
        _ => return None,
    };
    let is_for_signatures = key.get("use").is_none_or(|usage| usage == "sig");
    let may_verify = key.get("key_ops").is_none_or(|operations| {
        let mut operations = operations.as_array().into_iter().flatten();
        operations.any(|operation| operation == "verify")
    });
    if !is_for_signatures || !may_verify {
        return None;
    }
    let modulus = text("n").map_or(0, str::len);
    if kind == Kind::Rsa && !(SMALLEST_MODULUS..=LARGEST_MODULUS).contains(&modulus) {
        return None;
    }
    let algorithm = match text("alg") {
        None => None,
        Some(name) => Some(jwt::algorithm(name)?),
    };
    let mut public = Map::new();
    for member in members {
        public.insert((*member).to_owned(), text(member)?.into());
    }
    Some(Key {
        id: text("kid").map(str::to_owned),
        kind,
        algorithm,
        json: json::write(&public),
    })
}

/// Whether one of `keys` signed the token.
async fn check<P: Signatures>(
    keys: &KeySet,
    jwt: &UnverifiedJwt<'_>,
    ports: &P,
) -> Result<Result<(), JwtRefusal>, Unavailable> {
    let mut found = Err(JwtRefusal::UnknownKey);
    for key in keys.fitting(jwt.algorithm, jwt.key_id.as_deref()) {
        let holds = ports.verify(jwt.algorithm, &key.json, jwt.signed, &jwt.signature);
        if holds.await? {
            return Ok(Ok(()));
        }
        found = Err(JwtRefusal::Signature);
    }
    Ok(found)
}

impl Providers {
    /// Checks the signature of `token`, and nothing else.
    pub(super) async fn verify<P: Http + Clock + Signatures>(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        token: &str,
        ports: &P,
    ) -> Result<Verified, Failure<JwtRefusal>> {
        let jwt = UnverifiedJwt::parse(token).map_err(Failure::Refused)?;
        let listed = metadata.algorithms.as_ref();
        if listed.is_some_and(|listed| !listed.contains(&jwt.algorithm)) {
            return Err(Failure::Refused(JwtRefusal::Algorithm));
        }
        let keys = self.keys(provider, metadata, ports).await?;
        let mut found = check(&keys, &jwt, ports).await?;
        // The provider may have a new key. Without a `kid` it shows only in that the others don't fit.
        let may_be_new = match found {
            Ok(()) => false,
            Err(reason) => reason == JwtRefusal::UnknownKey || jwt.key_id.is_none(),
        };
        if may_be_new && let Some(keys) = self.new_keys(provider, metadata, ports).await? {
            found = check(&keys, &jwt, ports).await?;
        }
        found
            .and_then(|()| jwt.verified())
            .map_err(Failure::Refused)
    }

    /// The keys of `provider`: as they were kept, or asked for.
    async fn keys<P: Http + Clock>(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        ports: &P,
    ) -> Result<Rc<KeySet>, Unavailable> {
        let kept = self.with(provider, |known| known.keys.clone());
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(ports.now())) {
            return Ok(kept.value());
        }
        let asked = self.ask_for_keys(provider, metadata, ports).await;
        asked.or_else(|error| {
            let kept = kept.and_then(|kept| kept.respite(ports.now()));
            let kept = kept.ok_or(error)?;
            let value = kept.value();
            self.with(provider, |known| known.keys = Some(kept));
            Ok(value)
        })
    }

    /// The keys of `provider`, asked for because one was not there; `None` where they were given a
    /// moment ago.
    async fn new_keys<P: Http + Clock>(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        ports: &P,
    ) -> Result<Option<Rc<KeySet>>, Unavailable> {
        match self.with(provider, |known| known.asked) {
            Some(Asked { at, answered }) if ports.now().since(at) < BETWEEN => {
                if answered {
                    Ok(None)
                } else {
                    Err(unavailable(
                        provider,
                        "its keys could not be had a moment ago",
                    ))
                }
            }
            _ => self.ask_for_keys(provider, metadata, ports).await.map(Some),
        }
    }

    async fn ask_for_keys<P: Http + Clock>(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        ports: &P,
    ) -> Result<Rc<KeySet>, Unavailable> {
        let mut asked = Asked {
            at: ports.now(),
            answered: false,
        };
        // Written down before the wait, so that of many requests at once one asks for a new key.
        self.with(provider, |known| known.asked = Some(asked));
        let answer = get(provider, metadata.jwks_uri.as_str(), "the key set", ports).await;
        let (document, max_age) = answer?;
        let keys = KeySet::read(&document)
            .ok_or_else(|| unavailable(provider, "the key set has no list of keys"))?;
        asked.answered = true;
        let keys = Cached::new(keys, max_age, ports.now());
        let value = keys.value();
        self.with(provider, |known| {
            known.asked = Some(asked);
            known.keys = Some(keys);
        });
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(
        clippy::needless_pass_by_value,
        reason = "`json!` is easier to write than a reference to it"
    )]
    fn rsa(extra: Value) -> Value {
        let mut key = json!({ "kty": "RSA", "n": "n".repeat(342), "e": "AQAB", "kid": "a" });
        for (name, value) in extra.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    #[test]
    fn a_key_is_cut_down_to_what_is_public() {
        let extra = json!({ "use": "sig", "alg": "RS256", "x5c": ["x"], "d": "private" });
        let key = read_key(&rsa(extra)).unwrap();
        assert_eq!(key.algorithm, Some(SignatureAlgorithm::Rs256));
        let expected = format!(r#"{{"e":"AQAB","kty":"RSA","n":"{}"}}"#, "n".repeat(342));
        assert_eq!(key.json, expected);
        let point = json!({ "kty": "EC", "crv": "P-256", "x": "x", "y": "y", "z": 1 });
        let key = read_key(&point).unwrap();
        assert_eq!(key.json, r#"{"crv":"P-256","kty":"EC","x":"x","y":"y"}"#);
        assert_eq!((key.id, key.kind), (None, Kind::P256));
    }

    #[test]
    fn keys_that_cannot_verify_are_left_out() {
        for (bad, extra) in [
            ("for encryption", json!({ "use": "enc" })),
            ("for another algorithm", json!({ "alg": "RSA-OAEP" })),
            ("for HMAC", json!({ "alg": "HS256" })),
            ("only to sign", json!({ "key_ops": ["sign"] })),
            ("for nothing", json!({ "key_ops": "verify" })),
            ("no modulus", json!({ "n": null })),
            ("1024 bits", json!({ "n": "n".repeat(171) })),
            ("huge", json!({ "n": "n".repeat(1_367) })),
            ("no exponent", json!({ "e": 65537 })),
            ("symmetric", json!({ "kty": "oct", "k": "x" })),
            ("a curve in an RSA key", json!({ "crv": "P-256" })),
        ] {
            assert_eq!(read_key(&rsa(extra)), None, "{bad}");
        }
        assert!(read_key(&rsa(json!({ "key_ops": ["verify"] }))).is_some());
        for curve in ["P-521", "secp256k1", "Ed448"] {
            let key = json!({ "kty": "EC", "crv": curve, "x": "x", "y": "y" });
            assert_eq!(read_key(&key), None);
        }
        assert_eq!(KeySet::read(&json!({ "keys": 7 })), None);
        let some = json!({ "keys": [7, rsa(json!({})), rsa(json!({ "use": "enc" }))] });
        assert_eq!(KeySet::read(&some).unwrap().0.len(), 1);
    }

    #[test]
    fn which_keys_are_tried() {
        let named = |kid: &str| rsa(json!({ "kid": kid }));
        let only = rsa(json!({ "kid": "p", "alg": "PS256" }));
        let point = json!({ "kty": "EC", "crv": "P-256", "x": "x", "y": "y", "kid": "a" });
        let keys = json!({ "keys": [named("a"), named("b"), only, point] });
        let keys = KeySet::read(&keys).unwrap();
        let count = |algorithm, id| keys.fitting(algorithm, id).count();
        assert_eq!(count(SignatureAlgorithm::Rs256, Some("a")), 1);
        assert_eq!(count(SignatureAlgorithm::Es256, Some("a")), 1);
        assert_eq!(count(SignatureAlgorithm::Es384, Some("a")), 0);
        assert_eq!(count(SignatureAlgorithm::EdDsa, None), 0);
        assert_eq!(count(SignatureAlgorithm::Rs256, Some("p")), 0);
        assert_eq!(count(SignatureAlgorithm::Ps256, Some("p")), 1);
        assert_eq!(count(SignatureAlgorithm::Rs256, None), 2);
        assert_eq!(count(SignatureAlgorithm::Ps256, None), 3);
        let many: Vec<Value> = (0..20).map(|_| named("a")).collect();
        let keys = KeySet::read(&json!({ "keys": many })).unwrap();
        assert_eq!(keys.fitting(SignatureAlgorithm::Rs256, None).count(), TRIED);
    }
}
