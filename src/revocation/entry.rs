//! Entries of the log.
//!
//! Each target is reduced to an id of 17 bytes, so that entries have one size and the log shows nobody's
//! name.

use sha2::{Digest, Sha256};

use crate::protocol::ClientId;
use crate::session::SessionRecord;
use crate::time::Time;
use crate::token::{SessionId, TokenDigest};

/// The kind byte of a subject. Those before it are tokens and sessions.
const SUBJECT: u8 = 2;
/// The kind byte of a client.
const CLIENT: u8 = 3;
/// The kind byte of an issuer: of this one, and of others.
pub(super) const ISSUER: u8 = 4;

/// What an entry is about: a kind byte, and 16 bytes that name one target of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TargetId(pub(super) [u8; 17]);

/// What an entry ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One token.
    Token(TokenDigest),
    /// All tokens of a session.
    Session(SessionId),
    /// All tokens of the sessions that came from one session at an identity provider and were issued
    /// before an instant: the provider may go on with a session under the same name.
    ProviderSession {
        /// A hash that names it.
        name: [u8; 16],
        /// Tokens issued before this instant no longer count.
        not_before: Time,
    },
    /// All tokens of a subject that were issued before an instant.
    Subject {
        /// Its `sub`.
        subject: String,
        /// Tokens issued before this instant no longer count.
        not_before: Time,
    },
    /// All tokens of a client that were issued before an instant.
    Client {
        /// The client.
        client: ClientId,
        /// Tokens issued before this instant no longer count.
        not_before: Time,
    },
    /// All tokens that were issued before an instant, whoever issued them.
    Issuer {
        /// Tokens issued before this instant no longer count.
        not_before: Time,
    },
    /// One token of another issuer, by the name that [`super::foreign::token`] gives it.
    ForeignToken([u8; 16]),
    /// All tokens of another issuer that were issued before an instant.
    ForeignIssuer {
        /// Its URL, to the letter.
        issuer: String,
        /// Tokens issued before this instant no longer count.
        not_before: Time,
    },
}

impl Target {
    /// What it ends was issued before this instant; `None` where the time of issue does not matter.
    #[must_use]
    pub const fn not_before(&self) -> Option<Time> {
        match self {
            Self::Token(_) | Self::Session(_) | Self::ForeignToken(_) => None,
            Self::ProviderSession { not_before, .. }
            | Self::Subject { not_before, .. }
            | Self::Client { not_before, .. }
            | Self::ForeignIssuer { not_before, .. }
            | Self::Issuer { not_before } => Some(*not_before),
        }
    }

    /// What it is, in the log of events.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Token(_) | Self::ForeignToken(_) => "token",
            Self::Session(_) => "session",
            Self::ProviderSession { .. } => "provider_session",
            Self::Subject { .. } => "subject",
            Self::Client { .. } => "client",
            Self::Issuer { .. } => "everything",
            Self::ForeignIssuer { .. } => "issuer",
        }
    }
}

/// One entry: a target's id and how long it has to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub(super) target: TargetId,
    /// In seconds: tokens issued before it are cut off. `u32::MAX` for a token or a session, which end
    /// whole.
    pub(super) not_before: u32,
    /// In seconds: from then on nothing that it ends is alive.
    pub(super) keep_until: u32,
}

impl Entry {
    /// The entry that ends `target`. At `keep_until` the last token that it ends will have expired.
    #[must_use]
    pub fn new(target: &Target, keep_until: Time) -> Self {
        let id = match target {
            Target::Token(digest) => TargetId::token(*digest),
            Target::Session(session) => TargetId::session(*session),
            Target::ProviderSession { name, .. } => TargetId::provider_session(*name),
            Target::Subject { subject, .. } => TargetId::subject(subject),
            Target::Client { client, .. } => TargetId::client(client),
            Target::Issuer { .. } => TargetId::ISSUER,
            Target::ForeignToken(name) => TargetId::foreign_token(*name),
            Target::ForeignIssuer { issuer, .. } => TargetId::foreign_issuer(issuer),
        };
        Self {
            target: id,
            not_before: target.not_before().map_or(u32::MAX, seconds),
            keep_until: seconds(keep_until),
        }
    }

    /// Whether it ends its target whole, whenever that was issued: a token or a session.
    pub(super) const fn ends_whole(&self) -> bool {
        self.target.ends_whole()
    }

    /// As strong as both of two entries of one target.
    #[must_use]
    pub fn joined(self, other: &Self) -> Self {
        Self {
            target: self.target,
            not_before: self.not_before.max(other.not_before),
            keep_until: self.keep_until.max(other.keep_until),
        }
    }

    /// The same, kept until `keep_until` at least.
    pub(super) fn kept_at_least_until(self, keep_until: Time) -> Self {
        Self {
            keep_until: self.keep_until.max(seconds(keep_until)),
            ..self
        }
    }

    /// The same, kept until `keep_until` at the latest.
    pub(super) fn shortened(self, keep_until: Time) -> Self {
        Self {
            keep_until: self.keep_until.min(seconds(keep_until)),
            ..self
        }
    }

    /// The same, kept until `keep_until`.
    #[must_use]
    pub fn kept_until(self, keep_until: Time) -> Self {
        Self {
            keep_until: seconds(keep_until),
            ..self
        }
    }

    /// What it is about.
    #[must_use]
    pub const fn target(&self) -> TargetId {
        self.target
    }

    /// Tokens issued before this instant are cut off.
    #[must_use]
    pub fn not_before(&self) -> Time {
        Time::from_seconds(u64::from(self.not_before))
    }

    /// From this instant on nothing that it ends is alive.
    #[must_use]
    pub fn keep_until(&self) -> Time {
        Time::from_seconds(u64::from(self.keep_until))
    }
}

fn seconds(time: Time) -> u32 {
    u32::try_from(time.seconds()).unwrap_or(u32::MAX)
}

impl TargetId {
    const ISSUER: Self = Self([ISSUER; 17]);
    /// The highest kind byte that there is.
    pub(super) const LAST_KIND: u8 = 5;

    pub(super) fn new(kind: u8, bytes: &[u8]) -> Self {
        let mut id = [kind; 17];
        id[1..].copy_from_slice(&bytes[..16]);
        Self(id)
    }

    fn named(kind: u8, label: &[u8], name: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(label);
        hash.update(name.as_bytes());
        Self::new(kind, &hash.finalize())
    }

    /// The id of a token.
    #[must_use]
    pub fn token(digest: TokenDigest) -> Self {
        Self::new(0, digest.as_bytes())
    }

    /// The id of a session.
    #[must_use]
    pub fn session(session: SessionId) -> Self {
        Self::new(1, session.as_bytes())
    }

    /// The id of a session at an identity provider.
    #[must_use]
    pub fn provider_session(name: [u8; 16]) -> Self {
        Self::new(Self::LAST_KIND, &name)
    }

    fn subject(subject: &str) -> Self {
        Self::named(SUBJECT, b"postern subject mark v1\0", subject)
    }

    fn client(client: &ClientId) -> Self {
        Self::named(CLIENT, b"postern client mark v1\0", client.as_str())
    }

    /// Whether it names a token or a session, which end whole. Everything else is cut off before an instant.
    pub(super) const fn ends_whole(self) -> bool {
        self.0[0] < SUBJECT
    }

    /// Its 17 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 17] {
        &self.0
    }
}

/// The ids of all targets that one token belongs to, computed once when its record is opened.
#[derive(Clone, Debug)]
pub struct TargetIds {
    pub(super) all: [Option<TargetId>; 8],
    /// In seconds.
    issued_at: u32,
    /// In seconds: when the login began, where there is one.
    begun_at: u32,
}

impl TargetIds {
    /// The ids for a token and its record.
    #[must_use]
    pub fn of(digest: TokenDigest, record: &SessionRecord) -> Self {
        Self {
            all: [
                Some(TargetId::token(digest)),
                Some(TargetId::session(record.session)),
                record.login.map(TargetId::session),
                record.provider_session.map(TargetId::provider_session),
                Some(TargetId::subject(&record.subject)),
                Some(TargetId::client(&record.client_id)),
                Some(TargetId::ISSUER),
                None,
            ],
            issued_at: seconds(record.issued_at),
            begun_at: seconds(record.begun_at.unwrap_or(record.issued_at)),
        }
    }

    /// All of it as bytes, for memory alone: `issued_at(4) begun_at(4) *target(17)`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [self.issued_at, self.begun_at]
            .map(u32::to_be_bytes)
            .concat();
        for target in self.all.iter().flatten() {
            bytes.extend_from_slice(target.as_bytes());
        }
        bytes
    }

    /// The reverse of [`Self::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (issued_at, rest) = bytes.split_first_chunk()?;
        let (begun_at, rest) = rest.split_first_chunk()?;
        let (targets, []) = rest.as_chunks::<17>() else {
            return None;
        };
        let mut all = [None; 8];
        if targets.len() > all.len() {
            return None;
        }
        for (slot, target) in all.iter_mut().zip(targets) {
            *slot = Some(TargetId(*target));
        }
        Some(Self {
            all,
            issued_at: u32::from_be_bytes(*issued_at),
            begun_at: u32::from_be_bytes(*begun_at),
        })
    }

    /// The instant that a cutoff of `target` is compared with. What people have counts as old as their
    /// login. So a ticket that is renewed while a cutoff is on its way is cut off too, and so is a token that
    /// is refreshed. A client that was cut off may get new tokens from the same login.
    pub(super) fn since(&self, target: TargetId) -> u32 {
        if target.0[0] == CLIENT {
            self.issued_at
        } else {
            self.begun_at
        }
    }
}
