//! Taking a JWT apart.

use base64ct::{Base64UrlUnpadded, Encoding};
use proptest::prelude::*;

use crate::jose::{JwtRefusal, LARGEST, UnverifiedJwt};
use crate::ports::SignatureAlgorithm;

const HEADER: &str = "its header is not a JSON object in which each member is there once";
const CLAIMS: &str = "its claims are not a JSON object in which each member is there once";

fn token(header: &str, payload: &str, signature: &str) -> String {
    let encode = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    format!(
        "{}.{}.{}",
        encode(header),
        encode(payload),
        encode(signature)
    )
}

fn refusal(text: &str) -> Option<JwtRefusal> {
    UnverifiedJwt::parse(text).err()
}

#[test]
fn takes_a_token_apart() {
    let text = token(r#"{"alg":"ES256","kid":"a","typ":"JWT"}"#, "{}", "s");
    let jwt = UnverifiedJwt::parse(&text).unwrap();
    assert_eq!(jwt.algorithm, SignatureAlgorithm::Es256);
    assert_eq!(jwt.key_id.as_deref(), Some("a"));
    assert_eq!(jwt.kind.as_deref(), Some("JWT"));
    assert_eq!(jwt.signed, text.rsplit_once('.').unwrap().0.as_bytes());
    assert_eq!(jwt.signature, b"s");
    assert_eq!(jwt.claimed_issuer(), None);
    assert!(jwt.verified(None).claims.is_empty());
}

#[test]
fn algorithms_without_a_public_key_are_refused() {
    for name in [
        "none", "None", "HS256", "HS512", "ES256K", "rs256", "Ed448", "RS256 ",
    ] {
        let text = token(&format!(r#"{{"alg":"{name}"}}"#), "{}", "s");
        assert_eq!(refusal(&text), Some(JwtRefusal::Algorithm), "{name:?}");
    }
    for (name, algorithm) in SignatureAlgorithm::ALL {
        let text = token(&format!(r#"{{"alg":"{name}"}}"#), "{}", "s");
        let jwt = UnverifiedJwt::parse(&text).unwrap();
        assert_eq!(jwt.algorithm, algorithm);
    }
}

#[test]
fn critical_extensions_are_refused() {
    for crit in [r#"["b64"]"#, "[]", "null"] {
        let header = format!(r#"{{"alg":"RS256","b64":false,"crit":{crit}}}"#);
        let text = token(&header, "{}", "s");
        assert_eq!(refusal(&text), Some(JwtRefusal::Critical));
    }
}

#[test]
fn only_the_compact_form() {
    let good = token(r#"{"alg":"RS256"}"#, "{}", "s");
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let parts = "it does not have three parts";
    for (bad, what) in [
        (String::new(), parts),
        (".".to_owned(), parts),
        ("..".to_owned(), HEADER),
        (signed.to_owned(), parts),
        (format!("{good}.x"), parts),
        (format!("{good}.x.y.z"), parts),
        (
            format!("{good}.x.y"),
            "it is encrypted: turn encryption off for this application at the provider",
        ),
        (format!("{good}="), "its signature is not base64url"),
        (format!("{good}\n"), "its signature is not base64url"),
        (format!(" {good}"), "its header is not base64url"),
        (
            format!("{signed}.{}", signature.replace('w', "x")),
            "its signature is not base64url",
        ),
        (good.replacen('.', ".=", 1), "its claims are not base64url"),
        (token("[]", "{}", "s"), HEADER),
        (token(r#"{"alg":7}"#, "{}", "s"), "its alg is not text"),
        (
            token(r#"{"alg":"RS256","kid":7}"#, "{}", "s"),
            "its kid is not text",
        ),
        (
            token(r#"{"alg":"RS256","typ":[]}"#, "{}", "s"),
            "its typ is not text",
        ),
        (token("{}", "{}", "s"), "its header has no alg"),
        (token(r#"{"alg":null}"#, "{}", "s"), "its header has no alg"),
        (token("", "{}", "s"), HEADER),
    ] {
        assert_eq!(refusal(&bad), Some(JwtRefusal::Malformed(what)), "{bad:?}");
    }
    for payload in ["", "7", "[]", "{", "\"x\""] {
        let text = token(r#"{"alg":"RS256"}"#, payload, "s");
        assert_eq!(
            refusal(&text),
            Some(JwtRefusal::Malformed(CLAIMS)),
            "{payload}"
        );
    }
}

#[test]
fn a_member_is_there_once() {
    for header in [
        r#"{"alg":"RS256","alg":"ES256"}"#,
        r#"{"alg":"RS256","\u0061lg":"ES256"}"#,
        r#"{"alg":"RS256","x":{"a":1,"a":2}}"#,
    ] {
        let text = token(header, "{}", "s");
        assert_eq!(
            refusal(&text),
            Some(JwtRefusal::Malformed(HEADER)),
            "{header}"
        );
    }
    for claims in [r#"{"iss":"a","iss":"b"}"#, r#"{"a":[{"b":1,"b":1}]}"#] {
        let text = token(r#"{"alg":"RS256"}"#, claims, "s");
        assert_eq!(
            refusal(&text),
            Some(JwtRefusal::Malformed(CLAIMS)),
            "{claims}"
        );
    }
    let fine = r#"{"a":{"b":":\":,"},"b":[{"a":1},{"a":1}],"iss":"x"}"#;
    let text = token(r#"{"alg":"RS256"}"#, fine, "s");
    assert_eq!(
        UnverifiedJwt::parse(&text).unwrap().claimed_issuer(),
        Some("x")
    );
}

#[test]
fn a_token_has_a_size() {
    let fill = |length: usize| {
        let claims = format!("{{{}}}", " ".repeat(length));
        token(r#"{"alg":"RS256"}"#, &claims, "s")
    };
    assert_eq!(refusal(&fill(LARGEST)), Some(JwtRefusal::TooLarge));
    assert_eq!(refusal(&fill(LARGEST / 2)), None);
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "\\PC{0,80}", header in "\\PC{0,40}", payload in "\\PC{0,40}") {
        let _ = UnverifiedJwt::parse(&text);
        if let Ok(jwt) = UnverifiedJwt::parse(&token(&header, &payload, "s")) {
            let _ = jwt.verified(None);
        }
        let good = token(r#"{"alg":"RS256"}"#, &payload, "s");
        let _ = UnverifiedJwt::parse(&good);
    }
}
