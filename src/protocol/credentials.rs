//! The `Authorization` header: Bearer (RFC 6750 section 2.1) and Basic (RFC 7617, RFC 6749 section
//! 2.3.1).
//!
//! ```text
//! credentials = auth-scheme 1*SP ( b64token / base64(user-id ":" password) )
//! b64token    = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
//! ```

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

use super::form;
use super::web_url::encode_one;
use crate::secret::Secret;

/// What an `Authorization` header holds.
#[derive(Debug)]
pub enum Authorization<'a> {
    /// `Bearer` with a well-formed token.
    Bearer(&'a str),
    /// `Bearer` with something that is not a b64token, or beside another credential.
    MalformedBearer,
    /// Another scheme.
    Other,
}

/// Reads an `Authorization` header value. The scheme is compared without case (RFC 9110 section
/// 11.1).
#[must_use]
pub fn authorization(value: &str) -> Authorization<'_> {
    match scheme(value, "bearer") {
        // Two headers arrive as one, with a comma between.
        None if value.split(',').skip(1).any(begins_with_bearer) => Authorization::MalformedBearer,
        None => Authorization::Other,
        Some(token) if is_b64token(token) => Authorization::Bearer(token),
        Some(_) => Authorization::MalformedBearer,
    }
}

fn begins_with_bearer(credential: &str) -> bool {
    scheme(credential.trim_start_matches(' '), "bearer").is_some()
}

/// What follows the scheme `name` (lower case) and its spaces; the bare scheme gives an empty rest.
fn scheme<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let (head, rest) = value.split_at_checked(name.len())?;
    if !head.eq_ignore_ascii_case(name) {
        return None;
    }
    if rest.is_empty() {
        return Some(rest);
    }
    rest.starts_with(' ').then(|| rest.trim_start_matches(' '))
}

/// Whether a text can be a token (RFC 6750 section 2.1).
#[must_use]
pub fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|b| IS_B64TOKEN[usize::from(b)])
}

/// The bytes of a b64token except `=`. It is a table because each request to the gate has a hundred of
/// these bytes.
const IS_B64TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        table[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
        byte += 1;
    }
    table
};

/// A Basic credential, decoded but not yet checked against anything.
#[derive(Debug)]
pub struct UnverifiedBasic {
    /// The client id, form-decoded.
    pub client_id: String,
    /// The client secret, form-decoded.
    pub client_secret: Secret<String>,
}

/// Reads `Basic` credentials, form-decoding both parts as RFC 6749 section 2.3.1 says. `None` where
/// the header has another scheme; `Some(Err(()))` where it is Basic and malformed.
#[must_use]
pub fn basic(value: &str) -> Option<Result<UnverifiedBasic, MalformedBasic>> {
    scheme(value, "basic").map(|encoded| parse_basic(encoded).ok_or(MalformedBasic))
}

/// The header says `Basic`, and what follows is not base64 of `id:secret`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedBasic;

fn parse_basic(encoded: &str) -> Option<UnverifiedBasic> {
    let decoded = Secret::new(decode_base64(encoded)?);
    // Exposed to be split into id and secret; the secret goes straight into custody again.
    let bytes = decoded.expose();
    let colon = bytes.iter().position(|b| *b == b':')?;
    Some(UnverifiedBasic {
        client_id: form::decode(&bytes[..colon]).ok()?,
        client_secret: Secret::new(form::decode(&bytes[colon + 1..]).ok()?),
    })
}

/// The value of `Authorization` for a client with a secret: both are form-encoded first (RFC 6749 section 2.3.1).
#[must_use]
pub fn basic_of(client_id: &str, secret: &Secret<String>) -> Secret<String> {
    // Exposed to be encoded into another secret.
    let secret = Secret::new(encode_one(secret.expose()));
    let pair = Secret::new(format!("{}:{}", encode_one(client_id), secret.expose()));
    let encoded = Secret::new(Base64::encode_string(pair.expose().as_bytes()));
    Secret::new(format!("Basic {}", encoded.expose()))
}

/// Decodes base64 with its padding (RFC 4648 section 4), after rewriting it as base64url without. The
/// rest of Postern uses that alphabet, and a decoder for a second one takes two kilobytes of the Worker.
pub(super) fn decode_base64(encoded: &str) -> Option<Vec<u8>> {
    if !encoded.len().is_multiple_of(4) {
        return None;
    }
    let unpadded = encoded.strip_suffix('=').unwrap_or(encoded);
    let unpadded = unpadded.strip_suffix('=').unwrap_or(unpadded);
    let respelled = unpadded
        .bytes()
        .map(|byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            b'-' | b'_' => b'=',
            same => same,
        })
        .collect();
    let respelled = Secret::new(String::from_utf8(respelled).ok()?);
    // Exposed to the decoder.
    Base64UrlUnpadded::decode_vec(respelled.expose()).ok()
}
