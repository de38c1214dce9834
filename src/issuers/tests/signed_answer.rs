//! Answers that the issuer has signed (RFC 9701).

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};

use super::world::{ENDPOINT, ISSUER, World, active, response};
use crate::fakes::{Fakes, START};
use crate::jose::JwtRefusal;

const JWKS_URI: &str = "https://acme.zitadel.cloud/keys";
/// The public key as it is kept.
const KEY: &str = r#"{"crv":"P-256","kty":"EC","x":"x","y":"y"}"#;

/// What the issuer signs.
struct Signed {
    header: Value,
    claims: Value,
    key: &'static str,
}

fn signed() -> Signed {
    let answer: Value = serde_json::from_str(&active(|_| {})).unwrap();
    Signed {
        header: json!({ "alg": "ES256", "kid": "k", "typ": "token-introspection+jwt" }),
        claims: json!({
            "iss": ISSUER, "aud": "1@acme", "iat": START.seconds(), "token_introspection": answer,
        }),
        key: KEY,
    }
}

impl Signed {
    fn text(&self) -> String {
        let encode = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
        let text = format!("{}.{}", encode(&self.header), encode(&self.claims));
        let signature = Fakes::sign(self.key, text.as_bytes());
        format!("{text}.{}", Base64UrlUnpadded::encode_string(&signature))
    }
}

/// An issuer that gives this answer, and its keys.
fn world(answer: String) -> World {
    let mut world = World::new(move |request| {
        if request.url == JWKS_URI {
            let key = json!({ "kty": "EC", "crv": "P-256", "x": "x", "y": "y", "kid": "k" });
            return response(200, &json!({ "keys": [key] }).to_string());
        }
        assert_eq!(request.url, ENDPOINT);
        assert_eq!(request.accept, "application/token-introspection+jwt");
        response(200, &answer)
    });
    world.offer.is_signed = true;
    world.offer.jwks_uri = Some(JWKS_URI.to_owned());
    world
}

#[test]
fn an_answer_by_the_issuer_for_postern_counts() {
    assert!(matches!(world(signed().text()).meaning(), Ok(Ok(_))));
    let mut inactive = signed();
    inactive.claims["token_introspection"] = json!({ "active": false });
    inactive.claims["aud"] = json!(["another", "1@acme"]);
    inactive.claims["iat"] = json!(START.seconds() - 300);
    assert!(matches!(
        world(inactive.text()).meaning(),
        Ok(Err(JwtRefusal::Inactive))
    ));
}

#[test]
fn what_does_not_hold_is_no_answer_and_never_a_no() {
    let change = |change: &dyn Fn(&mut Signed)| {
        let mut answer = signed();
        change(&mut answer);
        world(answer.text()).cause()
    };
    let now = START.seconds();
    let claim = |name: &'static str, value: Value| change(&|a| a.claims[name] = value.clone());
    let header = |name: &'static str, value: Value| change(&|a| a.header[name] = value.clone());
    for (cause, expected) in [
        (
            claim("iss", json!("https://evil.example")),
            "iss of the token",
        ),
        (claim("iss", json!(null)), "iss of the token"),
        (claim("aud", json!("another")), "aud of the token"),
        (claim("aud", json!(null)), "aud is missing"),
        (claim("iat", json!(null)), "iat is missing"),
        (claim("iat", json!("1")), "iat of the token is not a number"),
        (
            claim("iat", json!(now - 301)),
            "iat is more than five minutes ago",
        ),
        (claim("iat", json!(now + 61)), "in the future"),
        (
            claim("token_introspection", json!(null)),
            "token_introspection is missing",
        ),
        (
            claim("token_introspection", json!({})),
            "active is not true or false",
        ),
        (header("typ", json!("JWT")), "typ of the token"),
        (header("typ", json!("at+jwt")), "typ of the token"),
        (header("alg", json!("RS256")), "algorithms"),
        (header("alg", json!("none")), "alg of the token"),
        (header("alg", json!("HS256")), "alg of the token"),
        (header("kid", json!("other")), "no key"),
        (change(&|a| a.key = "another key"), "signature of the token"),
    ] {
        assert!(cause.contains(expected), "{expected}: {cause}");
        assert!(cause.starts_with("zitadel: "), "{cause}");
    }
}

#[test]
fn a_plain_answer_counts_unless_the_configuration_wants_a_signed_one() {
    let mut world = world(active(|_| {}));
    assert!(matches!(world.meaning(), Ok(Ok(_))));
    world.opaque.signed = Some(true);
    assert!(world.cause().contains("is not signed"));
}
