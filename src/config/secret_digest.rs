//! `secret_sha256` of a client.

use serde_json::Value;

use super::environment::{Environment, Setting};
use super::table::{Problems, Read, Reported, Table};
use crate::secret::Secret;

/// SHA-256 of a client secret. A secret that Postern makes has 256 random bits, so a plain
/// digest is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretDigest(pub Secret<[u8; 32]>);

/// The SHA-256 of an empty text: what hashing an empty or missing file gives.
const DIGEST_OF_EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What Postern's tokens and secrets begin with.
const SECRET_PREFIX: &str = "pst_";

const HOW_TO_MAKE_A_SECRET: &str = "run `npx postern client ID` and write the line that it prints";

/// One digest or two.
pub(super) fn read(
    table: &Table<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Vec<SecretDigest>> {
    let key = "secret_sha256";
    let place = table.key(key);
    match table.value(key) {
        None => Err(problems.add(place, format!("is missing: {HOW_TO_MAKE_A_SECRET}"))),
        Some(Value::String(text)) => {
            let digest = secret_digest(&place, text, environment, problems)?;
            Ok(digest.into_iter().collect())
        }
        Some(Value::Array(items)) if matches!(items.len(), 1 | 2) => {
            let mut digests = Vec::new();
            let mut all_fit = true;
            for (at, item) in items.iter().enumerate() {
                let place = format!("{place}[{at}]");
                let digest = match item {
                    Value::String(text) => secret_digest(&place, text, environment, problems),
                    _ => Err(problems.add(place, "must be text, in quotes")),
                };
                match digest {
                    Ok(digest) => digests.extend(digest),
                    Err(Reported) => all_fit = false,
                }
            }
            if all_fit { Ok(digests) } else { Err(Reported) }
        }
        Some(_) => Err(problems.add(
            place,
            "must be text or a list of one or two texts: the second one is for replacing a secret \
             without a gap",
        )),
    }
}

/// Whether `name` can be the name of a secret, and is not one of Postern's secrets itself.
pub(super) fn is_setting(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with(SECRET_PREFIX)
}

/// `None` where it is in a secret that can't be seen from here.
fn secret_digest(
    place: &str,
    text: &str,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Option<SecretDigest>> {
    let Some(name) = text.strip_prefix("env:") else {
        return digest(text)
            .map(Some)
            .map_err(|wrong| problems.add(place, wrong.in_the_table()));
    };
    if !is_setting(name) {
        let message = "does not name a secret after `env:`: write `env:` and the name of the secret, \
                       such as `env:MY_APP_SECRET_SHA256`";
        return Err(problems.add(place, message));
    }
    match environment.setting(name) {
        // Its form is looked at, and no message repeats it.
        Setting::Value(value) => digest(value.expose().trim())
            .map(Some)
            .map_err(|wrong| problems.add(place, wrong.in_the_secret(name))),
        Setting::Missing => Err(problems.add(
            place,
            format!(
                "there is no secret `{name}`: run `wrangler secret put {name}` and give it the \
                 SHA-256 of the client's secret (on your own machine, write it into .dev.vars)"
            ),
        )),
        Setting::Hidden => Ok(None),
    }
}

/// Why a text is not a digest.
enum NoDigest {
    /// It is not 64 hexadecimal digits.
    Form,
    /// It is one of Postern's tokens or secrets.
    Plain,
    /// It is the digest of an empty text.
    OfNothing,
}

impl NoDigest {
    fn in_the_table(&self) -> String {
        match self {
            Self::Form => {
                format!("must be 64 hexadecimal digits, or `env:NAME`: {HOW_TO_MAKE_A_SECRET}")
            }
            Self::Plain => format!(
                "is a secret itself, which does not belong into this file: {HOW_TO_MAKE_A_SECRET}, \
                 and do not use this secret any more"
            ),
            Self::OfNothing => {
                format!("is the SHA-256 of an empty text: {HOW_TO_MAKE_A_SECRET}")
            }
        }
    }

    fn in_the_secret(&self, name: &str) -> String {
        let what = match self {
            Self::Form => "is not 64 hexadecimal digits",
            Self::Plain => "is the client's secret itself",
            Self::OfNothing => "is the SHA-256 of an empty text",
        };
        format!("the secret `{name}` {what}: give it the SHA-256 that `npx postern client` prints")
    }
}

/// Reads 64 hexadecimal digits.
fn digest(text: &str) -> Result<SecretDigest, NoDigest> {
    if text.starts_with(SECRET_PREFIX) {
        return Err(NoDigest::Plain);
    }
    if text.eq_ignore_ascii_case(DIGEST_OF_EMPTY) {
        return Err(NoDigest::OfNothing);
    }
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(NoDigest::Form);
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => digit - b'0',
        letter => letter.to_ascii_lowercase() - b'a' + 10,
    };
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0]) << 4 | value(pair[1]);
    }
    Ok(SecretDigest(Secret::new(bytes)))
}
