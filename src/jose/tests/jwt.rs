//! Taking a JWT apart.

use base64ct::{Base64UrlUnpadded, Encoding};
use proptest::prelude::*;

use crate::jose::{JwtRefusal, LARGEST, UnverifiedJwt};
use crate::ports::SignatureAlgorithm;

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
    assert!(jwt.verified(None).is_ok());
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
        ("..".to_owned(), "its header is not a JSON object"),
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
        (token("[]", "{}", "s"), "its header is not a JSON object"),
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
        (token("", "{}", "s"), "its header is not a JSON object"),
    ] {
        assert_eq!(refusal(&bad), Some(JwtRefusal::Malformed(what)), "{bad:?}");
    }
    for payload in ["", "7", "[]", "{", "\"x\""] {
        let text = token(r#"{"alg":"RS256"}"#, payload, "s");
        let verified = UnverifiedJwt::parse(&text).unwrap().verified(None);
        let what = "its claims are not a JSON object";
        assert_eq!(
            verified.err(),
            Some(JwtRefusal::Malformed(what)),
            "{payload}"
        );
    }
}

#[test]
fn a_token_has_a_size() {
    let fill = |length: usize| token(r#"{"alg":"RS256"}"#, &" ".repeat(length), "s");
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
        let _ = UnverifiedJwt::parse(&good).unwrap().verified(None);
    }
}
