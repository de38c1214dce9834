//! A token, opened with the sealing keys: what it says of itself, and nothing that it is worth.

use serde::Serialize;

use super::question::Standing;
use crate::resolve::Inactive;
use crate::time::Time;
use crate::token::keys::Key;
use crate::token::{KeyRing, PlainToken, TokenKind, Unsealable};

/// What could be told of a token. The token itself is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opened {
    /// What kind of token it is, in words; `None` where it is none of Postern's.
    pub kind: Option<&'static str>,
    /// The id of the key that sealed it, where the keys open it.
    pub key: Option<u8>,
    /// Its session (base64url), where the keys open it.
    pub session: Option<String>,
    /// When it was issued, in seconds since 1970.
    pub issued_at: Option<u64>,
    /// When it ends or ended, in seconds since 1970.
    pub expires_at: Option<u64>,
    /// Why it does not count, as the log has it; `None` where it may count.
    pub problem: Option<&'static str>,
    /// The same in words.
    pub why: &'static str,
    /// What becomes of a request that brings it.
    #[serde(skip)]
    pub standing: Standing,
}

/// What can be told of a token with these keys.
#[must_use]
pub fn open(keys: &KeyRing, token: &str, now: Time) -> Opened {
    let plain = PlainToken::new(token.to_owned());
    let kind = plain.kind();
    let mut opened = Opened {
        kind: kind.map(words),
        key: None,
        session: None,
        issued_at: None,
        expires_at: None,
        problem: None,
        standing: Standing::Good,
        why: "its seal holds, and its time is not over. Whether it was revoked, only the deployed Worker knows",
    };
    let Some(kind) = kind else {
        opened.problem = Some("malformed");
        opened.standing = Standing::Ended(Inactive::Unsealable(Unsealable::Malformed));
        opened.why = "it is no token of Postern's: those begin with `pst_at_`, `pst_rt_`, `pst_ac_` or `pst_st_`";
        return opened;
    };
    // Of one that has expired, it is still known what it was.
    let pointer = match keys.open(kind, token, now) {
        Err(Unsealable::Expired) => {
            opened.problem = Some("expired");
            opened.standing = Standing::Ended(Inactive::Unsealable(Unsealable::Expired));
            opened.why = "its time is over";
            keys.open(kind, token, Time::from_seconds(0))
        }
        other => other,
    };
    match pointer {
        Ok(pointer) => {
            opened.key = keys.key_named_by(&plain).map(Key::id);
            opened.session = Some(pointer.session.to_base64url());
            opened.issued_at = Some(pointer.issued_at.seconds());
            opened.expires_at = Some(pointer.expires_at.seconds());
        }
        Err(unsealable) => {
            let (problem, why) = match unsealable {
                Unsealable::Malformed => (
                    "malformed",
                    "it is not whole: some of it is missing, or is not base64url",
                ),
                Unsealable::UnknownKey => (
                    "unknown_key",
                    "it was sealed with a key that is not in POSTERN_KEYS here",
                ),
                Unsealable::Forged => (
                    "forged",
                    "its seal does not hold with these keys: it is forged, or of another issuer or another key of this id",
                ),
                Unsealable::Expired => ("expired", "its time is over"),
            };
            (opened.problem, opened.why) = (Some(problem), why);
            opened.standing = Standing::Ended(Inactive::Unsealable(unsealable));
        }
    }
    opened
}

const fn words(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Access => "an access token",
        TokenKind::Refresh => "a refresh token",
        TokenKind::Code => "an authorization code",
        TokenKind::Ticket => "the cookie of a login",
    }
}
