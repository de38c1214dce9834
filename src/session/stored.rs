//! How a session's state is stored.
//!
//! ```text
//! state       = 1 list-of-token life
//! token       = kind(1) digest(32) client expires_at(8) phase
//! phase       = 0 until(8) record / 1 / 2 retry               ; fresh, settled, deleting
//! retry       = at(8) failures(1)
//! life        = 0 / 1 open / 2 tombstone                      ; 0: only tokens
//! open        = session(16) owner(16) ends_at(8) [client] outstanding list-of-child touched_at(8) logout-note
//! outstanding = 0 / 1 grant-token binding(32)                 ; none, code
//!             / 2 grant-token [previous]                      ; refresh tokens
//! previous    = grant-token until(8)
//! child       = session(16) until(8)
//! tombstone   = session(16) [owner(16)] until(8) announced(1) list-of-session(16) retry release_at(8) logout-note
//! ```
//! The other names are those of [`super::wire`] and [`super::piece`]. Anything else reads as `None`.

use super::bytes::{Reader, Writer};
use super::coordinator::{
    Child, CodeBinding, GrantToken, Life, Open, Outstanding, Owner, Phase, Previous, Retry, State,
    Token, Tombstone,
};
use super::piece::Piece;
use super::sealed::SealedRecord;
use crate::token::TokenKind;

const FORMAT: u8 = 1;

impl Piece for Retry {
    fn write(&self, out: &mut Writer) {
        out.time(self.at);
        out.kind(self.failures);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            at: from.time()?,
            failures: from.kind()?,
        })
    }
}

impl Piece for Token {
    fn write(&self, out: &mut Writer) {
        self.kind.write(out);
        out.digest(self.digest);
        out.client(&self.client);
        out.time(self.expires_at);
        match &self.phase {
            Phase::Fresh { record, until } => {
                out.kind(0);
                out.time(*until);
                record.write(out);
            }
            Phase::Settled => out.kind(1),
            Phase::Deleting { retry } => {
                out.kind(2);
                retry.write(out);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            kind: TokenKind::read(from)?,
            digest: from.digest()?,
            client: from.client()?,
            expires_at: from.time()?,
            phase: match from.kind()? {
                0 => Phase::Fresh {
                    until: from.time()?,
                    record: SealedRecord::read(from)?,
                },
                1 => Phase::Settled,
                2 => Phase::Deleting {
                    retry: Retry::read(from)?,
                },
                _ => return None,
            },
        })
    }
}

impl Piece for Previous {
    fn write(&self, out: &mut Writer) {
        self.token.write(out);
        out.time(self.until);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            token: GrantToken::read(from)?,
            until: from.time()?,
        })
    }
}

impl Piece for Outstanding {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::None => out.kind(0),
            Self::Code { code, binding } => {
                out.kind(1);
                code.write(out);
                binding.write(out);
            }
            Self::Refresh { newest, previous } => {
                out.kind(2);
                newest.write(out);
                previous.write(out);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.kind()? {
            0 => Some(Self::None),
            1 => Some(Self::Code {
                code: GrantToken::read(from)?,
                binding: CodeBinding::read(from)?,
            }),
            2 => Some(Self::Refresh {
                newest: GrantToken::read(from)?,
                previous: Option::read(from)?,
            }),
            _ => None,
        }
    }
}

impl Piece for Child {
    fn write(&self, out: &mut Writer) {
        out.session(self.session);
        out.time(self.until);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            session: from.session()?,
            until: from.time()?,
        })
    }
}

impl Piece for Open {
    fn write(&self, out: &mut Writer) {
        out.session(self.session);
        self.owner.write(out);
        out.time(self.ends_at);
        self.client.write(out);
        self.outstanding.write(out);
        self.children.write(out);
        out.time(self.touched_at);
        out.sized(&self.logout_note);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            session: from.session()?,
            owner: Owner::read(from)?,
            ends_at: from.time()?,
            client: Option::read(from)?,
            outstanding: Outstanding::read(from)?,
            children: Vec::read(from)?,
            touched_at: from.time()?,
            logout_note: from.sized()?.to_vec(),
        })
    }
}

impl Piece for Tombstone {
    fn write(&self, out: &mut Writer) {
        out.session(self.session);
        self.owner.write(out);
        out.time(self.until);
        out.kind(u8::from(self.is_announced));
        self.children.write(out);
        self.retry.write(out);
        out.time(self.release_at);
        out.sized(&self.logout_note);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            session: from.session()?,
            owner: Option::read(from)?,
            until: from.time()?,
            is_announced: match from.kind()? {
                0 => false,
                1 => true,
                _ => return None,
            },
            children: Vec::read(from)?,
            retry: Retry::read(from)?,
            release_at: from.time()?,
            logout_note: from.sized()?.to_vec(),
        })
    }
}

impl Piece for Life {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Plain => out.kind(0),
            Self::Open(open) => {
                out.kind(1);
                open.write(out);
            }
            Self::Ended(tombstone) => {
                out.kind(2);
                tombstone.write(out);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.kind()? {
            0 => Some(Self::Plain),
            1 => Open::read(from).map(|open| Self::Open(Box::new(open))),
            2 => Tombstone::read(from).map(Self::Ended),
            _ => None,
        }
    }
}

impl State {
    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(FORMAT);
        self.tokens.write(&mut out);
        self.life.write(&mut out);
        out.end()
    }

    /// The reverse.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes, FORMAT)?;
        let tokens = Vec::read(&mut from)?;
        let life = Life::read(&mut from)?;
        from.end(Self { tokens, life })
    }
}
