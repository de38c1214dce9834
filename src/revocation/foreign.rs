//! What the log calls the tokens of other issuers, their sessions, and those issuers themselves.
//!
//! ```text
//! name = the first 16 bytes of SHA-256(label NUL issuer NUL text)
//! label                          text                  names
//! postern provider session v1    sid                   a session at the issuer, and at an identity provider
//! postern foreign session v1     jti, or the digest    a session of one token, where the issuer names none
//! postern foreign token v1       jti                   a token
//! postern foreign issuer v1      (no NUL, no text)     everything of the issuer
//! ```
//! Job: names alone. The entries are of kinds that every version reads: a token, a session, a session at a provider, and
//! the kind of our own issuer. Not its job: what a token says ([`crate::resolve`] has its record).

use sha2::{Digest, Sha256};

use super::entry::{ISSUER, TargetId, TargetIds};
use crate::session::SessionRecord;
use crate::token::TokenDigest;

/// The session that `issuer` (a URL, to the letter) calls `sid`. An identity provider's sessions have the same names.
#[must_use]
pub fn session(issuer: &str, sid: &str) -> [u8; 16] {
    name(b"postern provider session v1\0", issuer, Some(sid))
}

/// The session of a token that names none: it has this one for itself. `token` is its `jti`, or its digest as text where
/// it has none.
#[must_use]
pub fn lone_session(issuer: &str, token: &str) -> [u8; 16] {
    name(b"postern foreign session v1\0", issuer, Some(token))
}

/// The token that `issuer` calls `jti`.
#[must_use]
pub fn token(issuer: &str, jti: &str) -> [u8; 16] {
    name(b"postern foreign token v1\0", issuer, Some(jti))
}

/// The digest of a token of another issuer. Of a JWT it is that of what is signed: whoever has a token could write
/// another signature that holds as well (ECDSA has two for each), and must not have another token with it.
#[must_use]
pub fn digest(token: &str) -> TokenDigest {
    // The header of a JWT begins with a brace, and behind that comes a quote or a space. There are opaque tokens of three
    // parts as well, whose last part tells them apart.
    let has_header = token.starts_with("ey") || token.starts_with("ew");
    match token.rsplit_once('.') {
        Some((signed, _)) if has_header && signed.matches('.').count() == 1 => {
            TokenDigest::of_text(signed)
        }
        _ => TokenDigest::of_text(token),
    }
}

/// No issuer has a zero byte in it, so the parts can't be shifted.
fn name(label: &[u8], issuer: &str, text: Option<&str>) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(label);
    hash.update(issuer.as_bytes());
    if let Some(text) = text {
        hash.update([0]);
        hash.update(text.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|at| digest[at])
}

impl TargetId {
    /// The id of a token by the name that [`token`] gives it.
    #[must_use]
    pub fn foreign_token(name: [u8; 16]) -> Self {
        Self::new(0, &name)
    }

    /// The id of everything that `issuer` gives.
    #[must_use]
    pub fn foreign_issuer(issuer: &str) -> Self {
        Self::new(ISSUER, &name(b"postern foreign issuer v1\0", issuer, None))
    }
}

impl TargetIds {
    /// The ids for a token of `issuer` and what that says of it. `token_name` is what [`token`] makes of its `jti`; `None`
    /// where it has none.
    #[must_use]
    pub fn of_foreign(
        digest: TokenDigest,
        record: &SessionRecord,
        token_name: Option<[u8; 16]>,
        issuer: &str,
    ) -> Self {
        let mut ids = Self::of(digest, record);
        // The others are those of a token of ours: its digest, session, subject and client, and everything.
        ids.all[2] = token_name.map(TargetId::foreign_token);
        ids.all[7] = Some(TargetId::foreign_issuer(issuer));
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::record;
    use crate::revocation::{Delta, Entry, Follower, News, Position, Target};
    use crate::session::SessionRecord;
    use crate::time::Time;
    use crate::token::{SessionId, TokenDigest};

    const ISSUER: &str = "https://login.example.org/";

    fn at(seconds: u64) -> Time {
        Time::from_seconds(seconds)
    }

    /// Issued at 1000, from a login at 900, in the session `s`.
    fn foreign() -> TargetIds {
        let session = session(ISSUER, "s");
        let record = SessionRecord {
            session: SessionId::from_bytes(session),
            provider_session: Some(session),
            begun_at: Some(at(900)),
            subject: "zitadel:7".to_owned(),
            ..record()
        };
        let digest = TokenDigest::from_bytes([9; 32]);
        TargetIds::of_foreign(digest, &record, Some(token(ISSUER, "t")), ISSUER)
    }

    fn ended_by(target: &Target) -> bool {
        let mut follower = Follower::default();
        let delta = Delta {
            news: News::Entries(vec![Entry::new(target, at(9_000))]),
            ..Delta::default()
        };
        follower
            .learn(&delta, Position::default(), at(1_100))
            .unwrap();
        let as_bytes = foreign().to_bytes();
        let again = TargetIds::from_bytes(&as_bytes).unwrap();
        assert_eq!(follower.cuts_off(&foreign()), follower.cuts_off(&again));
        follower.cuts_off(&foreign())
    }

    #[test]
    fn names_format_unchanged() {
        let hex = |bytes: [u8; 16]| crate::fixtures::hex(&bytes);
        assert_eq!(
            hex(session(ISSUER, "s")),
            "4630a75a6fb95212481a8374738889c8"
        );
        assert_eq!(
            hex(lone_session(ISSUER, "t")),
            "a0897efe4afa0298ba59d22b581ba17d"
        );
        assert_eq!(hex(token(ISSUER, "t")), "dfe90c7160679af4d4a3604cdd697297");
        let id = TargetId::foreign_issuer(ISSUER);
        assert_eq!(
            crate::fixtures::hex(id.as_bytes()),
            "04d80b21dc19166af14c6261570aa95b67"
        );
    }

    #[test]
    fn a_foreign_token_is_ended_by_everything_that_names_it_and_by_nothing_else() {
        let issuer = |name: &str, seconds| Target::ForeignIssuer {
            issuer: name.to_owned(),
            not_before: at(seconds),
        };
        let subject = |seconds| Target::Subject {
            subject: "zitadel:7".to_owned(),
            not_before: at(seconds),
        };
        let name = session(ISSUER, "s");
        let provider_session = |seconds| Target::ProviderSession {
            name,
            not_before: at(seconds),
        };
        for target in [
            Target::Token(TokenDigest::from_bytes([9; 32])),
            Target::ForeignToken(token(ISSUER, "t")),
            Target::Session(SessionId::from_bytes(name)),
            provider_session(901),
            subject(901),
            issuer(ISSUER, 901),
            Target::Issuer {
                not_before: at(901),
            },
        ] {
            assert!(ended_by(&target), "{target:?}");
        }
        for target in [
            Target::ForeignToken(token(ISSUER, "u")),
            Target::ForeignToken(token("https://other.example/", "t")),
            provider_session(900),
            subject(900),
            issuer(ISSUER, 900),
            issuer("https://login.example.org", 2_000),
            Target::Issuer {
                not_before: at(900),
            },
        ] {
            assert!(!ended_by(&target), "{target:?}");
        }
    }

    #[test]
    fn another_signature_makes_no_other_token_of_a_jwt() {
        assert_eq!(digest("eyJh.e30.AAAA"), digest("eyJh.e30.AAAB"));
        assert_eq!(digest("ewog.e30.AAAA"), TokenDigest::of_text("ewog.e30"));
        assert_ne!(digest("eyJh.e31.AAAA"), digest("eyJh.e30.AAAA"));
        for opaque in ["abc", "a.b", "v4.local.x", "e30.a.b.c", "a.b.c.d.e"] {
            assert_eq!(digest(opaque), TokenDigest::of_text(opaque), "{opaque}");
        }
    }

    #[test]
    fn a_cutoff_of_a_foreign_issuer_is_none_of_ours() {
        let mut follower = Follower::default();
        follower.take_in(&Entry::new(
            &Target::ForeignIssuer {
                issuer: ISSUER.to_owned(),
                not_before: at(5_000),
            },
            at(9_000),
        ));
        let own = TargetIds::of(TokenDigest::from_bytes([9; 32]), &record());
        assert!(follower.cuts_off(&foreign()) && !follower.cuts_off(&own));
    }
}
