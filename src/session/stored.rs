//! How a session's state is stored.
//!
//! ```text
//! state    = 1 count(4) *token life
//! token    = kind(1) digest(32) client expires_at(8) phase
//! phase    = 0 until(8) record / 1 / 2 retry_at(8)                      ; fresh, settled, deleting
//! life     = 0 / 1 open / 2 ended                                       ; 0: tokens alone
//! open     = session(16) owner(16) ends_at(8) ( 0 / 1 client ) grant count(4) *child touched_at(8) keepsake
//! grant    = 0 / 1 link binding(32) / 2 link ( 0 / 1 link until(8) )    ; none, code, refresh tokens
//! child    = session(16) until(8)
//! ended    = session(16) until(8) announced(1) count(4) *session(16) retry_at(8) keepsake
//! ```
//! The pieces that travel as well are written as in [`super::wire`]. Whatever is not exactly this is
//! `None`.

use super::bytes::{Reader, Writer};
use super::coordinator::{
    Binding, Child, Ended, Grant, Life, Link, Open, Owner, Phase, Previous, State, Token,
};
use super::sealed::SealedRecord;
use super::wire::Piece;
use crate::protocol::ClientId;
use crate::token::{SessionId, TokenKind};

const FORMAT: u8 = 1;

/// How many there are, and each of them.
impl<T: Piece> Piece for Vec<T> {
    fn write(&self, out: &mut Writer) {
        let count = u32::try_from(self.len()).expect("an isolate has no 4 GiB");
        out.bytes(&count.to_be_bytes());
        for piece in self {
            piece.write(out);
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let count = u32::from_be_bytes(from.array()?);
        let mut pieces = Self::new();
        for _ in 0..count {
            pieces.push(T::read(from)?);
        }
        Some(pieces)
    }
}

impl Piece for SessionId {
    fn write(&self, out: &mut Writer) {
        out.session(*self);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.session()
    }
}

impl Piece for ClientId {
    fn write(&self, out: &mut Writer) {
        out.client(self);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.client()
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
            Phase::Deleting { retry_at } => {
                out.kind(2);
                out.time(*retry_at);
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
                    retry_at: from.time()?,
                },
                _ => return None,
            },
        })
    }
}

impl Piece for Previous {
    fn write(&self, out: &mut Writer) {
        self.link.write(out);
        out.time(self.until);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            link: Link::read(from)?,
            until: from.time()?,
        })
    }
}

impl Piece for Grant {
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
                code: Link::read(from)?,
                binding: Binding::read(from)?,
            }),
            2 => Some(Self::Refresh {
                newest: Link::read(from)?,
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
        self.grant.write(out);
        self.children.write(out);
        out.time(self.touched_at);
        out.sized(&self.keepsake);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            session: from.session()?,
            owner: Owner::read(from)?,
            ends_at: from.time()?,
            client: Option::read(from)?,
            grant: Grant::read(from)?,
            children: Vec::read(from)?,
            touched_at: from.time()?,
            keepsake: from.sized()?.to_vec(),
        })
    }
}

impl Piece for Ended {
    fn write(&self, out: &mut Writer) {
        out.session(self.session);
        out.time(self.until);
        out.kind(u8::from(self.is_announced));
        self.children.write(out);
        out.time(self.retry_at);
        out.sized(&self.keepsake);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            session: from.session()?,
            until: from.time()?,
            is_announced: match from.kind()? {
                0 => false,
                1 => true,
                _ => return None,
            },
            children: Vec::read(from)?,
            retry_at: from.time()?,
            keepsake: from.sized()?.to_vec(),
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
            Self::Ended(ended) => {
                out.kind(2);
                ended.write(out);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.kind()? {
            0 => Some(Self::Plain),
            1 => Open::read(from).map(|open| Self::Open(Box::new(open))),
            2 => Ended::read(from).map(Self::Ended),
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
