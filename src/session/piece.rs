//! Values that are written in one way wherever they stand.
//!
//! ```text
//! list-of-item = count(4) *item
//! [item]       = 0 / 1 item                ; absent, present
//! kind         = 0 / 1                     ; access token, ticket
//! record       = length(4) sealed(length)
//! ```

use super::bytes::{Reader, Writer};
use super::sealed::SealedRecord;
use crate::protocol::ClientId;
use crate::time::Time;
use crate::token::{SessionId, TokenKind};

pub(super) trait Piece: Sized {
    fn write(&self, out: &mut Writer);
    fn read(from: &mut Reader<'_>) -> Option<Self>;
}

impl Piece for SealedRecord {
    fn write(&self, out: &mut Writer) {
        out.sized(self.as_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self::from_store(from.sized()?.to_vec()))
    }
}

/// Only these two have records in the store.
impl Piece for TokenKind {
    fn write(&self, out: &mut Writer) {
        out.kind(u8::from(*self == Self::Ticket));
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.kind()? {
            0 => Some(Self::Access),
            1 => Some(Self::Ticket),
            _ => None,
        }
    }
}

impl<T: Piece> Piece for Vec<T> {
    fn write(&self, out: &mut Writer) {
        let count = u32::try_from(self.len()).expect("an isolate has less than 4 GiB");
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

impl Piece for Time {
    fn write(&self, out: &mut Writer) {
        out.time(*self);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.time()
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

impl<T: Piece> Piece for Option<T> {
    fn write(&self, out: &mut Writer) {
        out.kind(u8::from(self.is_some()));
        if let Some(piece) = self {
            piece.write(out);
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.kind()? {
            0 => Some(None),
            1 => T::read(from).map(Some),
            _ => None,
        }
    }
}
