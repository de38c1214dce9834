//! What a session is asked to do, and what it replies. [`crate::session::wire`] has the wire form.
//!
//! Job: data only. Not its job: what a command does; that is in the files that change the state.

use std::time::Duration;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::protocol::ClientId;
use crate::session::sealed::SealedRecord;
use crate::time::Time;
use crate::token::{SessionId, TokenDigest, TokenKind};

/// Whose session it is, without saying so: a hash of the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner([u8; 16]);

impl Owner {
    /// The owner of this `sub`.
    #[must_use]
    pub fn of(subject: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"postern session owner v1\0");
        hash.update(subject.as_bytes());
        let mut owner = [0; 16];
        owner.copy_from_slice(&hash.finalize()[..16]);
        Self(owner)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// An owner that was stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

/// A hash of what the redeemer of a code must show: its redirect URI and PKCE challenge.
#[derive(Clone, Copy, Debug)]
pub struct CodeBinding(pub [u8; 32]);

impl PartialEq for CodeBinding {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for CodeBinding {}

/// A token that is being issued and has its record in the store: an access token or a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// An access token or a ticket.
    pub kind: TokenKind,
    /// Its digest.
    pub digest: TokenDigest,
    /// The client that it is issued to.
    pub client: ClientId,
    /// When it expires.
    pub expires_at: Time,
    /// Its sealed record.
    pub record: SealedRecord,
}

/// A token that a client presents to get others: a code or a refresh token. Its record is kept with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantToken {
    /// Its digest.
    pub digest: TokenDigest,
    /// When it was made.
    pub issued_at: Time,
    /// When it expires.
    pub expires_at: Time,
    /// The session's record, sealed so that only this token opens it.
    pub record: SealedRecord,
}

/// What a session is, when it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// Its own name.
    pub session: SessionId,
    /// Whose it is.
    pub owner: Owner,
    /// When it ends at the latest.
    pub ends_at: Time,
}

/// What a session is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Remember a token that is being issued.
    Issue(NewToken),
    /// Say whose token this is, if it is a live one of this session.
    Find(TokenDigest),
    /// Give the record of a token that was issued a short while ago. Of an older one, say only that it is
    /// live.
    Read(TokenDigest),
    /// Forget a token that was revoked, and delete its record.
    Forget(TokenDigest),
    /// Begin as a login, with its first ticket.
    Open {
        /// What it is.
        beginning: Beginning,
        /// The ticket.
        ticket: NewToken,
        /// What to give back when the session ends, sealed: it logs the person out at their provider.
        logout_note: Vec<u8>,
    },
    /// Remember the next ticket of a login: the person is still there.
    Touch(NewToken),
    /// Remember a session that came from this login, and end it when this one ends.
    Adopt {
        /// The session.
        child: SessionId,
        /// When it ends by itself at the latest.
        until: Time,
    },
    /// Begin as an authorization that a code offers to a client.
    Offer {
        /// What it is.
        beginning: Beginning,
        /// The client that may redeem the code.
        client: ClientId,
        /// The code.
        code: GrantToken,
        /// What the redeemer must show.
        binding: CodeBinding,
    },
    /// Give the record of a code or refresh token that may be used now. One that was used before ends
    /// the session.
    Present {
        /// The code or the refresh token.
        digest: TokenDigest,
        /// The client that presents it.
        client: ClientId,
    },
    /// Use up a code, and remember what is given for it.
    Redeem {
        /// The code.
        digest: TokenDigest,
        /// The client that presents it.
        client: ClientId,
        /// What the client shows.
        binding: CodeBinding,
        /// The access token.
        access: NewToken,
        /// The first refresh token, where the client gets one.
        refresh: Option<GrantToken>,
    },
    /// Use a refresh token, and remember what is given for it.
    Refresh {
        /// The refresh token.
        digest: TokenDigest,
        /// The client that presents it.
        client: ClientId,
        /// The access token.
        access: NewToken,
        /// The next refresh token. It counts if this is the first request for one.
        successor: GrantToken,
        /// How long the one that is used now still counts, if this is the first request: whole seconds, at most
        /// 255.
        grace: Duration,
    },
    /// End the session and everything that it gave.
    End {
        /// Its own name.
        session: SessionId,
        /// Whose it must be; `None` where the caller may end anybody's.
        owner: Option<Owner>,
    },
}

/// What a session replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is done, or had been done before.
    Done,
    /// A live token of this session, issued to this client.
    Found(ClientId),
    /// The record of a token.
    Record(SealedRecord),
    /// There is no such token or session, or the record is no longer kept here.
    Unknown,
    /// The next refresh token. Several requests for it get the same one.
    Rotated {
        /// When it was made.
        issued_at: Time,
        /// When it expires.
        expires_at: Time,
        /// Its digest.
        digest: TokenDigest,
    },
    /// The token was used before, or its session has just ended. The session is over either way, and the
    /// caller must tell the log.
    Reused {
        /// Until when the log must know it.
        until: Time,
    },
    /// The session was touched a moment ago, so there is a newer ticket already.
    Recent,
    /// The session is over.
    Ended {
        /// Its logout note.
        logout_note: Vec<u8>,
        /// Until when the log must know it, if the caller must tell it; `None` where the log knows.
        announce_until: Option<Time>,
    },
}
