//! A client's private key, as files have it.
//!
//! ```text
//! file = PEM / key file
//! PEM  = "-----BEGIN PRIVATE KEY-----" base64(PKCS#8) "-----END PRIVATE KEY-----"          ; RFC 7468 section 10
//!      / "-----BEGIN RSA PRIVATE KEY-----" base64(PKCS#1) "-----END RSA PRIVATE KEY-----"
//! key file = { "keyId": text, "key": PEM, "clientId" / "userId": text, ... }               ; what ZITADEL gives
//! ```
//! Job: one form for all of them, PKCS#8 (RFC 5958), which is what the platform takes, and which kind of key it is. Not
//! its job: whether the numbers in it make a key; the platform says that when the key is used.

use std::fmt;

use serde_json::Value;

use super::credentials::decode_base64;
use super::json;
use crate::secret::Secret;

/// What kind of key it is, which decides how it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA.
    Rsa,
    /// The elliptic curve P-256.
    P256,
}

/// A private key, and what its file says of it.
#[derive(Clone, Debug)]
pub struct PrivateKey {
    /// What kind of key it is.
    pub kind: KeyKind,
    /// The key as PKCS#8 in DER.
    pub pkcs8: Secret<Vec<u8>>,
    /// `keyId`: by which name the issuer knows the key.
    pub key_id: Option<String>,
    /// `clientId`, or else `userId`: whose key it is.
    pub client_id: Option<String>,
}

/// Why a text is not a private key that can be used. No message repeats any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateKeyError {
    /// It is neither PEM nor JSON.
    Form,
    /// The JSON has no `key` that is text.
    NoKey,
    /// `BEGIN EC PRIVATE KEY`.
    Sec1,
    /// `BEGIN ENCRYPTED PRIVATE KEY`.
    Encrypted,
    /// It is a public key or a certificate.
    Public,
    /// What is between the two lines is not a key.
    Body,
    /// It is a key of another kind.
    Kind,
}

impl fmt::Display for PrivateKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => {
                "is neither a key file (JSON) nor a key in PEM, which begins with `-----BEGIN PRIVATE KEY-----` or \
                 `-----BEGIN RSA PRIVATE KEY-----`"
            }
            Self::NoKey => "is JSON, but not a key file: it has no `key` with a key in PEM",
            Self::Sec1 => {
                "has its key as `EC PRIVATE KEY`: `openssl pkcs8 -topk8 -nocrypt -in KEY` writes the form that is taken"
            }
            Self::Encrypted => {
                "is encrypted with a passphrase: `openssl pkcs8 -topk8 -nocrypt -in KEY` writes it without"
            }
            Self::Public => "is a public key or a certificate: the private key is needed",
            Self::Body => "is cut off or damaged: store the whole file again",
            Self::Kind => {
                "is neither an RSA key nor one of the curve P-256, which sign with RS256 and ES256"
            }
        })
    }
}

/// `INTEGER 0`: the version of PKCS#8, and of PKCS#1.
const VERSION_0: [u8; 3] = [0x02, 0x01, 0x00];
/// `INTEGER 1`: the version of PKCS#8 where the public key comes along.
const VERSION_1: [u8; 3] = [0x02, 0x01, 0x01];
/// `SEQUENCE { rsaEncryption, NULL }` (RFC 8017 appendix A.1).
const RSA: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
/// `SEQUENCE { id-ecPublicKey, prime256v1 }` (RFC 5480 section 2.1.1).
const P256: [u8; 21] = [
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
    0xce, 0x3d, 0x03, 0x01, 0x07,
];

impl PrivateKey {
    /// Reads a key in PEM, or a key file.
    ///
    /// # Errors
    /// [`PrivateKeyError`] says what it is instead.
    pub fn parse(text: &str) -> Result<Self, PrivateKeyError> {
        let text = text.trim();
        if !text.starts_with('{') {
            return Self::from_pem(text);
        }
        let Some(Value::Object(mut file)) = json::read(text.as_bytes()) else {
            return Err(PrivateKeyError::Form);
        };
        let Some(Value::String(pem)) = file.remove("key") else {
            return Err(PrivateKeyError::NoKey);
        };
        let pem = Secret::new(pem);
        let text_of = |name: &str| {
            let text = file.get(name)?.as_str()?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        Ok(Self {
            key_id: text_of("keyId"),
            client_id: text_of("clientId").or_else(|| text_of("userId")),
            // Exposed to be read.
            ..Self::from_pem(pem.expose().trim())?
        })
    }

    fn from_pem(text: &str) -> Result<Self, PrivateKeyError> {
        let begin = text.strip_prefix("-----BEGIN ");
        let (label, rest) = begin
            .and_then(|text| text.split_once("-----"))
            .ok_or(PrivateKeyError::Form)?;
        let (is_pkcs1, end) = match label {
            "PRIVATE KEY" => (false, "-----END PRIVATE KEY-----"),
            "RSA PRIVATE KEY" => (true, "-----END RSA PRIVATE KEY-----"),
            "EC PRIVATE KEY" => return Err(PrivateKeyError::Sec1),
            "ENCRYPTED PRIVATE KEY" => return Err(PrivateKeyError::Encrypted),
            "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => return Err(PrivateKeyError::Public),
            _ => return Err(PrivateKeyError::Form),
        };
        let body = rest.strip_suffix(end).ok_or(PrivateKeyError::Body)?;
        // Header fields are there only where the key is encrypted (RFC 1421 section 4.6.1.3).
        if body.contains(':') {
            return Err(PrivateKeyError::Encrypted);
        }
        // A file of variables may have its line ends as a backslash and a letter.
        let body = Secret::new(body.replace("\\n", "\n"));
        // Exposed to be decoded, as in the next step.
        let body = body.expose().split_ascii_whitespace();
        let base64 = Secret::new(body.collect::<String>());
        let der = Secret::new(decode_base64(base64.expose()).ok_or(PrivateKeyError::Body)?);
        let (kind, pkcs8) = if is_pkcs1 {
            (KeyKind::Rsa, wrapped(&der)?)
        } else {
            (kind(&der)?, der)
        };
        Ok(Self {
            kind,
            pkcs8,
            key_id: None,
            client_id: None,
        })
    }
}

/// What kind of key a PKCS#8 structure has.
fn kind(der: &Secret<Vec<u8>>) -> Result<KeyKind, PrivateKeyError> {
    // Exposed to be looked at up to the key itself.
    let inner = sequence(der.expose()).ok_or(PrivateKeyError::Body)?;
    let algorithm = inner
        .strip_prefix(&VERSION_0)
        .or_else(|| inner.strip_prefix(&VERSION_1));
    let algorithm = algorithm.ok_or(PrivateKeyError::Body)?;
    if algorithm.starts_with(&RSA) {
        Ok(KeyKind::Rsa)
    } else if algorithm.starts_with(&P256) {
        Ok(KeyKind::P256)
    } else {
        Err(PrivateKeyError::Kind)
    }
}

/// A PKCS#1 structure in one of PKCS#8: `SEQUENCE { INTEGER 0, SEQUENCE { rsaEncryption, NULL }, OCTET STRING { PKCS#1 } }`.
fn wrapped(der: &Secret<Vec<u8>>) -> Result<Secret<Vec<u8>>, PrivateKeyError> {
    // Exposed to be put into the other structure.
    let pkcs1 = der.expose();
    let inner = sequence(pkcs1).ok_or(PrivateKeyError::Body)?;
    if !inner.starts_with(&VERSION_0) {
        return Err(PrivateKeyError::Body);
    }
    let octets = head(0x04, pkcs1.len()).ok_or(PrivateKeyError::Body)?;
    let length = VERSION_0.len() + RSA.len() + octets.len() + pkcs1.len();
    let outer = head(0x30, length).ok_or(PrivateKeyError::Body)?;
    let parts: [&[u8]; 5] = [&outer, &VERSION_0, &RSA, &octets, pkcs1];
    Ok(Secret::new(parts.concat()))
}

/// What a `SEQUENCE` has in it, if it is all that is there (X.690 section 8.1).
fn sequence(der: &[u8]) -> Option<&[u8]> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, inner) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (digits, inner) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = digits
                .iter()
                .fold(0, |sum, digit| sum << 8 | usize::from(*digit));
            (length, inner)
        }
        _ => return None,
    };
    (*tag == 0x30 && length == inner.len()).then_some(inner)
}

/// A tag and a length; `None` if it is longer than any key.
fn head(tag: u8, length: usize) -> Option<Vec<u8>> {
    let [high, low] = u16::try_from(length).ok()?.to_be_bytes();
    Some(match (high, low) {
        (0, 0..=0x7f) => vec![tag, low],
        (0, _) => vec![tag, 0x81, low],
        (_, _) => vec![tag, 0x82, high, low],
    })
}
