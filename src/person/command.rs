//! What an index is asked, and what it replies. [`super::wire`] has the wire form.
//!
//! Job: data only. Not its job: what a command does; that is in the files that change the state.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::protocol::ClientId;
use crate::revocation::Entry;
use crate::session::coordinator::Owner;
use crate::time::Time;
use crate::token::SessionId;

/// Which index is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Index {
    /// The one of a person.
    Person(Owner),
    /// The one of a session at an identity provider, by the hash that names it.
    ProviderSession([u8; 16]),
}

impl Index {
    /// The name of its object.
    #[must_use]
    pub fn name(&self) -> String {
        let (kind, bytes) = match self {
            Self::Person(owner) => ("person", owner.as_bytes()),
            Self::ProviderSession(name) => ("provider-session", name),
        };
        format!("{kind}:{}", Base64UrlUnpadded::encode_string(bytes))
    }
}

/// A client, without saying which: a hash of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey([u8; 16]);

impl ClientKey {
    /// The one of this client.
    #[must_use]
    pub fn of(client: &ClientId) -> Self {
        Self(hash(
            b"postern person client v1\0",
            client.as_str().as_bytes(),
        ))
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// One that was stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

/// Which version of a consent somebody has read: a hash of its note, or zeros where there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark([u8; 16]);

impl Mark {
    /// The one of this note, if there is one.
    #[must_use]
    pub fn of(note: Option<&[u8]>) -> Self {
        note.map(|note| Self(hash(b"postern consent mark v1\0", note)))
            .unwrap_or_default()
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// One that was sent.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

fn hash(label: &[u8], bytes: &[u8]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(label);
    hash.update(bytes);
    let mut short = [0; 16];
    short.copy_from_slice(&hash.finalize()[..16]);
    short
}

/// A session that is new to an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSession {
    /// Its name.
    pub session: SessionId,
    /// The client that it is with.
    pub client: ClientKey,
    /// When the login began that it came from, or that it is. A cutoff counts from here.
    pub begun_at: Time,
    /// When it began itself.
    pub since: Time,
    /// When it ends at the latest.
    pub ends_at: Time,
    /// By when its code has to be redeemed; `None` for a login. Until then it is not shown.
    pub redeem_by: Option<Time>,
    /// Whether it rests on the person's consent to this client.
    pub needs_consent: bool,
    /// What its owner is shown, sealed.
    pub shown: Vec<u8>,
}

/// Where a page of sessions begins: after this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When the session began.
    pub since: Time,
    /// Its name.
    pub session: SessionId,
}

impl Place {
    /// As a parameter: milliseconds, a full stop, the session.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}.{}", self.since.millis(), self.session.to_base64url())
    }

    /// The reverse; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (since, session) = text.split_once('.')?;
        Some(Self {
            since: Time::from_millis(since.parse().ok()?),
            session: SessionId::from_base64url(session)?,
        })
    }
}

/// A session of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRow {
    /// Its name.
    pub session: SessionId,
    /// When it began.
    pub since: Time,
    /// When it was last used, as far as that is known.
    pub seen_at: Time,
    /// What its owner is shown, sealed.
    pub shown: Vec<u8>,
}

/// Some of the sessions, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The sessions.
    pub rows: Vec<ListedRow>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// A consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteOfConsent {
    /// The client that it is for.
    pub client: ClientKey,
    /// What was agreed to, sealed.
    pub note: Vec<u8>,
}

/// What an index is asked. Every command may be sent twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Take in a session, before anyone has its ticket or its code.
    Put(NewSession),
    /// A code is about to be redeemed: show its session from now on. With an instant, the code was not
    /// redeemed after all, and can be until then.
    Confirm {
        /// The session.
        session: SessionId,
        /// By when the code has to be redeemed; `None` where it just is.
        redeem_by: Option<Time>,
    },
    /// A session was used.
    Seen(SessionId),
    /// A session is over.
    Forget(SessionId),
    /// List sessions, the newest first, from there on.
    Sessions(Option<Place>),
    /// End every session of a login that began before the entry's instant, and refuse new ones.
    CutOff {
        /// What the log was told.
        entry: Entry,
        /// By when nothing is alive that the entry ends and no index knows of.
        others_until: Time,
        /// The provider's logout token that asked for it, and until when that counts.
        logout: Option<([u8; 16], Time)>,
    },
    /// Say whether a provider's logout token was taken before.
    KnowsLogout([u8; 16]),
    /// Give what was agreed to with a client.
    Consent(ClientKey),
    /// List what was agreed to.
    Consents,
    /// Remember what was agreed to, in the place of what was read.
    Agree {
        /// The consent.
        consent: NoteOfConsent,
        /// How long it counts.
        until: Time,
        /// What was read.
        known: Mark,
    },
    /// Forget what was agreed to with a client, and end its sessions.
    Withdraw(ClientKey),
}

/// What an index replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is done, or had been done before. For a question: yes.
    Done,
    /// There is no such session, consent or logout token.
    Unknown,
    /// A cutoff ended the login that the session comes from.
    CutOff,
    /// The person has not agreed to anything with this client.
    NoConsent,
    /// There is no room for another session: too many are being ended.
    Full,
    /// The consent is not the one that was read.
    Changed,
    /// Sessions.
    Sessions(Page),
    /// The note of a consent.
    Consent(Vec<u8>),
    /// Consents, the newest first.
    Consents(Vec<NoteOfConsent>),
    /// The consent is forgotten, and these are the sessions to end first.
    Withdrawn {
        /// At most [`super::ENDED_BY_CALLER`].
        sessions: Vec<SessionId>,
        /// How many more the index ends by itself.
        more: u32,
    },
}
