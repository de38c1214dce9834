//! An issuer's keys (JWK Set, RFC 7517), as far as they can verify a signature.

use serde_json::{Map, Value};

use crate::ports::SignatureAlgorithm;
use crate::protocol::json;

/// How many keys are tried for one token.
const TRIED: usize = 8;
/// How many keys of an issuer are kept.
const KEPT: usize = 64;
/// The modulus of 2048 bits that RFC 7518 section 3.3 asks for, in characters of base64url.
const SMALLEST_MODULUS: usize = 342;
/// The modulus of 8192 bits: a larger one only costs time.
const LARGEST_MODULUS: usize = 1_366;

/// The kind of a key, which says what it can sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

/// One public key for signatures.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    id: Option<String>,
    kind: Kind,
    /// The one algorithm that it is for, where it says so.
    algorithm: Option<SignatureAlgorithm>,
    /// The one issuer that it is for, or a template of several, where the key set says so (Microsoft Entra's does).
    pub(super) issuer: Option<String>,
    /// The public key as JSON, with nothing else in it.
    pub(super) json: String,
}

/// The keys of an issuer that can sign a token.
#[derive(Debug, PartialEq, Eq)]
pub struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a JWK Set. A key that can't be used is left out (RFC 7517 section 5).
    pub fn read(document: &Value) -> Option<Self> {
        let keys = document.get("keys")?.as_array()?;
        let keys = keys.iter().filter_map(read_key).take(KEPT);
        Some(Self(keys.collect()))
    }

    /// The keys that may have signed a token: those with its `kid`, or any where it has none.
    pub(super) fn fitting<'a>(
        &'a self,
        algorithm: SignatureAlgorithm,
        id: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Key> {
        self.of_kind(algorithm)
            .filter(move |key| id.is_none() || key.id.as_deref() == id)
            .take(TRIED)
    }

    /// The keys that may have signed a token whose `kid` no key has: those without a name. Both are optional, and
    /// `kid` is a hint (RFC 7515 section 4.1.4).
    pub(super) fn nameless(&self, algorithm: SignatureAlgorithm) -> impl Iterator<Item = &Key> {
        self.of_kind(algorithm)
            .filter(|key| key.id.is_none())
            .take(TRIED)
    }

    fn of_kind(&self, algorithm: SignatureAlgorithm) -> impl Iterator<Item = &Key> {
        self.0.iter().filter(move |key| {
            key.kind == kind_of(algorithm) && key.algorithm.is_none_or(|only| only == algorithm)
        })
    }
}

const fn kind_of(algorithm: SignatureAlgorithm) -> Kind {
    match algorithm {
        SignatureAlgorithm::Rs256
        | SignatureAlgorithm::Rs384
        | SignatureAlgorithm::Rs512
        | SignatureAlgorithm::Ps256
        | SignatureAlgorithm::Ps384
        | SignatureAlgorithm::Ps512 => Kind::Rsa,
        SignatureAlgorithm::Es256 => Kind::P256,
        SignatureAlgorithm::Es384 => Kind::P384,
        SignatureAlgorithm::Es512 => Kind::P521,
        SignatureAlgorithm::EdDsa => Kind::Ed25519,
    }
}

/// Reads one key; `None` where it can't verify a signature.
fn read_key(key: &Value) -> Option<Key> {
    // `null` and the empty text count as absent.
    let text = |name: &str| {
        key.get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let (kind, members) = match (text("kty")?, text("crv")) {
        ("RSA", None) => (Kind::Rsa, &["e", "kty", "n"][..]),
        ("EC", Some("P-256")) => (Kind::P256, &["crv", "kty", "x", "y"][..]),
        ("EC", Some("P-384")) => (Kind::P384, &["crv", "kty", "x", "y"][..]),
        ("EC", Some("P-521")) => (Kind::P521, &["crv", "kty", "x", "y"][..]),
        ("OKP", Some("Ed25519")) => (Kind::Ed25519, &["crv", "kty", "x"][..]),
        _ => return None,
    };
    let usage = key
        .get("use")
        .filter(|usage| !usage.is_null() && *usage != "");
    let is_for_signatures = usage.is_none_or(|usage| usage == "sig");
    let operations = key
        .get("key_ops")
        .filter(|operations| !operations.is_null());
    let may_verify = operations.is_none_or(|operations| {
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
        Some(name) => Some(SignatureAlgorithm::named(name)?),
    };
    let mut public = Map::new();
    for member in members {
        public.insert((*member).to_owned(), text(member)?.into());
    }
    Some(Key {
        id: text("kid").map(str::to_owned),
        kind,
        algorithm,
        issuer: text("issuer").map(str::to_owned),
        json: json::write(&public),
    })
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
        for curve in ["P-192", "secp256k1", "Ed448"] {
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
