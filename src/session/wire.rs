//! How a session's commands and replies travel.
//!
//! ```text
//! command     = 1 ( 0 token                                             ; issue
//!                 / 1 digest(32) / 2 digest(32) / 3 digest(32)          ; find, read, forget
//!                 / 4 beginning token logout-note                       ; open
//!                 / 5 token                                             ; touch
//!                 / 6 session(16) until(8)                              ; adopt
//!                 / 7 beginning client grant-token binding(32)          ; offer
//!                 / 8 digest(32) client                                 ; present
//!                 / 9 digest(32) client binding(32) token [grant-token] ; redeem
//!                 / 10 digest(32) client token grant-token grace(1)     ; refresh, in seconds
//!                 / 11 session(16) [owner(16)] )                        ; end
//! reply       = 1 ( 0 / 1 client / 2 record / 3                         ; done, found, record, unknown
//!                 / 4 issued_at(8) expires_at(8) digest(32)             ; rotated
//!                 / 5 until(8) / 6 / 7 [until(8)] logout-note )         ; reused, recent, ended
//! token       = kind(1) digest(32) client expires_at(8) record
//! grant-token = digest(32) issued_at(8) expires_at(8) record
//! beginning   = session(16) owner(16) ends_at(8)
//! logout-note = length(4) sealed(length)
//! ```
//! [`super::bytes`] and [`super::piece`] say how a client, a kind, a record and what is optional are
//! written. Instants are in milliseconds since the Unix epoch. Anything else reads as `None`.

use std::time::Duration;

use super::bytes::{Reader, Writer};
use super::coordinator::{Beginning, CodeBinding, Command, GrantToken, NewToken, Owner, Reply};
use super::piece::Piece;
use super::sealed::SealedRecord;
use crate::token::TokenKind;

const FORMAT: u8 = 1;

impl Piece for NewToken {
    fn write(&self, out: &mut Writer) {
        self.kind.write(out);
        out.digest(self.digest);
        out.client(&self.client);
        out.time(self.expires_at);
        self.record.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            kind: TokenKind::read(from)?,
            digest: from.digest()?,
            client: from.client()?,
            expires_at: from.time()?,
            record: SealedRecord::read(from)?,
        })
    }
}

impl Piece for GrantToken {
    fn write(&self, out: &mut Writer) {
        out.digest(self.digest);
        out.time(self.issued_at);
        out.time(self.expires_at);
        self.record.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            digest: from.digest()?,
            issued_at: from.time()?,
            expires_at: from.time()?,
            record: SealedRecord::read(from)?,
        })
    }
}

impl Piece for Owner {
    fn write(&self, out: &mut Writer) {
        out.bytes(self.as_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.array().map(Self::from_bytes)
    }
}

impl Piece for CodeBinding {
    fn write(&self, out: &mut Writer) {
        out.bytes(&self.0);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.array().map(Self)
    }
}

impl Piece for Beginning {
    fn write(&self, out: &mut Writer) {
        out.session(self.session);
        self.owner.write(out);
        out.time(self.ends_at);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            session: from.session()?,
            owner: Owner::read(from)?,
            ends_at: from.time()?,
        })
    }
}

impl Command {
    /// The wire form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(FORMAT);
        match self {
            Self::Issue(token) => {
                out.kind(0);
                token.write(&mut out);
            }
            Self::Find(digest) => {
                out.kind(1);
                out.digest(*digest);
            }
            Self::Read(digest) => {
                out.kind(2);
                out.digest(*digest);
            }
            Self::Forget(digest) => {
                out.kind(3);
                out.digest(*digest);
            }
            Self::Open {
                beginning,
                ticket,
                logout_note,
            } => {
                out.kind(4);
                beginning.write(&mut out);
                ticket.write(&mut out);
                out.sized(logout_note);
            }
            Self::Touch(ticket) => {
                out.kind(5);
                ticket.write(&mut out);
            }
            Self::Adopt { child, until } => {
                out.kind(6);
                out.session(*child);
                out.time(*until);
            }
            Self::Offer {
                beginning,
                client,
                code,
                binding,
            } => {
                out.kind(7);
                beginning.write(&mut out);
                out.client(client);
                code.write(&mut out);
                binding.write(&mut out);
            }
            Self::Present { digest, client } => {
                out.kind(8);
                out.digest(*digest);
                out.client(client);
            }
            Self::Redeem {
                digest,
                client,
                binding,
                access,
                refresh,
            } => {
                out.kind(9);
                out.digest(*digest);
                out.client(client);
                binding.write(&mut out);
                access.write(&mut out);
                refresh.write(&mut out);
            }
            Self::Refresh {
                digest,
                client,
                access,
                successor,
                grace,
            } => {
                out.kind(10);
                out.digest(*digest);
                out.client(client);
                access.write(&mut out);
                successor.write(&mut out);
                out.kind(u8::try_from(grace.as_secs()).unwrap_or(u8::MAX));
            }
            Self::End { session, owner } => {
                out.kind(11);
                out.session(*session);
                owner.write(&mut out);
            }
        }
        out.end()
    }

    /// The reverse.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes, FORMAT)?;
        let command = match from.kind()? {
            0 => Self::Issue(NewToken::read(&mut from)?),
            1 => Self::Find(from.digest()?),
            2 => Self::Read(from.digest()?),
            3 => Self::Forget(from.digest()?),
            4 => Self::Open {
                beginning: Beginning::read(&mut from)?,
                ticket: NewToken::read(&mut from)?,
                logout_note: from.sized()?.to_vec(),
            },
            5 => Self::Touch(NewToken::read(&mut from)?),
            6 => Self::Adopt {
                child: from.session()?,
                until: from.time()?,
            },
            7 => Self::Offer {
                beginning: Beginning::read(&mut from)?,
                client: from.client()?,
                code: GrantToken::read(&mut from)?,
                binding: CodeBinding::read(&mut from)?,
            },
            8 => Self::Present {
                digest: from.digest()?,
                client: from.client()?,
            },
            9 => Self::Redeem {
                digest: from.digest()?,
                client: from.client()?,
                binding: CodeBinding::read(&mut from)?,
                access: NewToken::read(&mut from)?,
                refresh: Option::read(&mut from)?,
            },
            10 => Self::Refresh {
                digest: from.digest()?,
                client: from.client()?,
                access: NewToken::read(&mut from)?,
                successor: GrantToken::read(&mut from)?,
                grace: Duration::from_secs(from.kind()?.into()),
            },
            11 => Self::End {
                session: from.session()?,
                owner: Option::read(&mut from)?,
            },
            _ => return None,
        };
        from.end(command)
    }
}

impl Reply {
    /// The wire form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(FORMAT);
        match self {
            Self::Done => out.kind(0),
            Self::Found(client) => {
                out.kind(1);
                out.client(client);
            }
            Self::Record(record) => {
                out.kind(2);
                record.write(&mut out);
            }
            Self::Unknown => out.kind(3),
            Self::Rotated {
                issued_at,
                expires_at,
                digest,
            } => {
                out.kind(4);
                out.time(*issued_at);
                out.time(*expires_at);
                out.digest(*digest);
            }
            Self::Reused { until } => {
                out.kind(5);
                out.time(*until);
            }
            Self::Recent => out.kind(6),
            Self::Ended {
                logout_note,
                announce_until,
            } => {
                out.kind(7);
                announce_until.write(&mut out);
                out.sized(logout_note);
            }
        }
        out.end()
    }

    /// The reverse.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes, FORMAT)?;
        let reply = match from.kind()? {
            0 => Self::Done,
            1 => Self::Found(from.client()?),
            2 => Self::Record(SealedRecord::read(&mut from)?),
            3 => Self::Unknown,
            4 => Self::Rotated {
                issued_at: from.time()?,
                expires_at: from.time()?,
                digest: from.digest()?,
            },
            5 => Self::Reused {
                until: from.time()?,
            },
            6 => Self::Recent,
            7 => Self::Ended {
                announce_until: Option::read(&mut from)?,
                logout_note: from.sized()?.to_vec(),
            },
            _ => return None,
        };
        from.end(reply)
    }
}
