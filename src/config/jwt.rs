//! What an access token of another issuer must be like, where it is a JWT.

use std::time::Duration;

use super::allow::plain;
use super::table::{Problems, Read, Table};

/// What tells an access token from the other tokens of the same issuer, and from those of yesterday.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// `types`: what `typ` may be, in lower case. `jwt` admits a token without one. Default `at+jwt` and `jwt`.
    pub types: Vec<String>,
    /// `leeway`, seconds: how far the issuer's clock may be ahead. Default 60, at most 300. None for the end of a token.
    pub leeway: Duration,
}

/// The keys that are about JWTs alone.
pub(super) const KEYS: [&str; 2] = ["types", "leeway"];

/// What `typ` says of tokens that are no access tokens (RFC 8725 section 3.11), the assertions of this site included.
const OTHER_TYPES: [&str; 8] = [
    "logout+jwt",
    "secevent+jwt",
    "dpop+jwt",
    "client-authentication+jwt",
    "oauth-authz-req+jwt",
    "token-introspection+jwt",
    "kb+jwt",
    "postern-assertion+jwt",
];

/// Reads what is about JWTs.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Read<Jwt> {
    let one = |text: &str| {
        let text = plain(text, 64)?.to_ascii_lowercase();
        let bare = text.strip_prefix("application/").unwrap_or(&text);
        if OTHER_TYPES.contains(&bare) {
            return Err("is the type of another kind of token: take it out".to_owned());
        }
        Ok(bare.to_owned())
    };
    let types = table.list("types", "at+jwt", one, problems);
    let leeway = table.number("leeway", "seconds", 0..=300, 60, problems);
    let types = types?.unwrap_or_else(|| ["at+jwt", "jwt"].map(str::to_owned).to_vec());
    if types.is_empty() {
        let message = "is empty, so no token would be taken: name the types, or leave it out";
        return Err(problems.add(table.key("types"), message));
    }
    Ok(Jwt {
        types,
        leeway: Duration::from_secs(leeway?),
    })
}
