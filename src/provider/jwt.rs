//! JSON Web Tokens in the compact form (RFC 7515 section 7.1, RFC 7519), not yet verified.
//!
//! ```text
//! jwt = base64url(header) "." base64url(claims) "." base64url(signature)
//! ```
//! A token says itself by which algorithm it is signed, so only those are taken that a public key
//! verifies (RFC 8725 section 3.1): never `none`, and never HMAC, whose key would be public.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value};

use crate::ports::SignatureAlgorithm;
use crate::protocol::json;

/// How large a token may be, in bytes.
pub const LARGEST: usize = 32 * 1024;

/// The algorithms that are taken (RFC 7518 section 3.1, RFC 8037 section 3.1).
const ALGORITHMS: [(&str, SignatureAlgorithm); 7] = [
    ("RS256", SignatureAlgorithm::Rs256),
    ("RS384", SignatureAlgorithm::Rs384),
    ("RS512", SignatureAlgorithm::Rs512),
    ("PS256", SignatureAlgorithm::Ps256),
    ("ES256", SignatureAlgorithm::Es256),
    ("ES384", SignatureAlgorithm::Es384),
    ("EdDSA", SignatureAlgorithm::EdDsa),
];

/// The algorithm of this name, if it is taken.
pub(super) fn algorithm(name: &str) -> Option<SignatureAlgorithm> {
    let found = ALGORITHMS.iter().find(|(other, _)| *other == name);
    found.map(|(_, algorithm)| *algorithm)
}

/// Why a token is not believed, whatever kind of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtRefusal {
    /// It is larger than [`LARGEST`].
    TooLarge,
    /// It is no compact JWT.
    Malformed,
    /// It is signed by an algorithm that is not taken, or that the provider does not list.
    Algorithm,
    /// It has `crit`, and nothing that could be in there is known (RFC 7515 section 4.1.11).
    Critical,
    /// Its `typ` says that it is another kind of token.
    Type,
    /// The provider has no key that it could be signed with.
    UnknownKey,
    /// Its signature is not by the provider's key.
    Signature,
    /// `iss` is not the provider.
    Issuer,
    /// `aud` is not Postern.
    Audience,
    /// `azp` is not Postern, or is missing where there are several audiences.
    AuthorizedParty,
    /// `exp` has come, or is missing where it must be there.
    Expired,
    /// `iat` or `nbf` is in the future.
    NotYetValid,
    /// `iat` is missing, or too long ago.
    TooOld,
}

impl JwtRefusal {
    /// The reason for the log.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::TooLarge => "the provider's token is too large",
            Self::Malformed => "the provider's token is no compact JWT",
            Self::Algorithm => "the provider's token is signed by an algorithm that is not taken",
            Self::Critical => "the provider's token has crit",
            Self::Type => "the provider's token is of another type",
            Self::UnknownKey => "the provider has no key for its token",
            Self::Signature => "the signature of the provider's token does not hold",
            Self::Issuer => "iss is not the provider",
            Self::Audience => "aud is not the client id",
            Self::AuthorizedParty => "azp is not the client id",
            Self::Expired => "exp has come",
            Self::NotYetValid => "iat or nbf is in the future",
            Self::TooOld => "iat is missing or too long ago",
        }
    }
}

/// A token whose signature nobody has checked yet: its claims can't be looked at. It does not print.
pub struct UnverifiedJwt<'a> {
    /// `alg`.
    pub algorithm: SignatureAlgorithm,
    /// `kid`.
    pub key_id: Option<String>,
    /// `typ`.
    pub kind: Option<String>,
    /// What is signed.
    pub signed: &'a [u8],
    /// The signature.
    pub signature: Vec<u8>,
    payload: Vec<u8>,
}

impl<'a> UnverifiedJwt<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`JwtRefusal`] where it is none that could be verified.
    pub fn parse(text: &'a str) -> Result<Self, JwtRefusal> {
        if text.len() > LARGEST {
            return Err(JwtRefusal::TooLarge);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JwtRefusal::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JwtRefusal::Malformed)?;
        let decode = |part: &str| {
            let decoded = Base64UrlUnpadded::decode_vec(part);
            decoded.map_err(|_| JwtRefusal::Malformed)
        };
        let Some(Value::Object(header)) = json::read(&decode(header)?) else {
            return Err(JwtRefusal::Malformed);
        };
        if header.contains_key("crit") {
            return Err(JwtRefusal::Critical);
        }
        let name = header.get("alg").and_then(Value::as_str);
        let name = name.ok_or(JwtRefusal::Malformed)?;
        let text_of = |name: &str| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(JwtRefusal::Malformed),
        };
        Ok(Self {
            algorithm: algorithm(name).ok_or(JwtRefusal::Algorithm)?,
            key_id: text_of("kid")?,
            kind: text_of("typ")?,
            signed: signed.as_bytes(),
            signature: decode(signature)?,
            payload: decode(payload)?,
        })
    }

    /// The claims, once the signature has been found to hold.
    pub(super) fn verified(self) -> Result<Verified, JwtRefusal> {
        match json::read(&self.payload) {
            Some(Value::Object(claims)) => Ok(Verified {
                kind: self.kind,
                claims,
            }),
            _ => Err(JwtRefusal::Malformed),
        }
    }
}

/// What a provider has signed. It does not print: it tells about a person.
pub(super) struct Verified {
    pub(super) kind: Option<String>,
    pub(super) claims: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
        assert!(jwt.verified().is_ok());
    }

    #[test]
    fn algorithms_without_a_public_key_are_refused() {
        for name in [
            "none", "None", "HS256", "HS512", "ES512", "rs256", "", "RS256 ",
        ] {
            let text = token(&format!(r#"{{"alg":"{name}"}}"#), "{}", "s");
            assert_eq!(refusal(&text), Some(JwtRefusal::Algorithm), "{name:?}");
        }
        for (name, algorithm) in ALGORITHMS {
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
        for bad in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            signed.to_owned(),
            format!("{good}.x.y"),
            format!("{good}="),
            format!("{good}\n"),
            format!(" {good}"),
            format!("{signed}.{}", signature.replace('w', "x")),
            token("[]", "{}", "s"),
            token(r#"{"alg":7}"#, "{}", "s"),
            token(r#"{"alg":"RS256","kid":7}"#, "{}", "s"),
            token("{}", "{}", "s"),
            token("", "{}", "s"),
        ] {
            assert_eq!(refusal(&bad), Some(JwtRefusal::Malformed), "{bad:?}");
        }
        for payload in ["", "7", "[]", "{", "\"x\""] {
            let text = token(r#"{"alg":"RS256"}"#, payload, "s");
            let verified = UnverifiedJwt::parse(&text).unwrap().verified();
            assert_eq!(verified.err(), Some(JwtRefusal::Malformed), "{payload}");
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
                let _ = jwt.verified();
            }
            let good = token(r#"{"alg":"RS256"}"#, &payload, "s");
            let _ = UnverifiedJwt::parse(&good).unwrap().verified();
        }
    }
}
