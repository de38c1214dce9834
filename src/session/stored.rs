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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::coordinator::Command;
    use super::super::testing::*;
    use super::*;
    use crate::time::Time;

    fn at(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    fn after(commands: Vec<Command>) -> State {
        let apply = |state: State, command| state.apply(command, at(2)).0;
        commands.into_iter().fold(State::default(), apply)
    }

    /// A state of each kind, with what hexadecimal it is.
    fn states() -> Vec<(State, String)> {
        let [_, _, _, _, open, _, adopt, offer, _, _, _, _] = commands();
        let access = |fill| token(TokenKind::Access, fill);
        let mut tokens = after(vec![
            Command::Issue(access(0xaa)),
            Command::Issue(token(TokenKind::Ticket, 0xbb)),
            Command::Forget(digest(0xbb)),
        ]);
        let mut settled = tokens.tokens[0].clone();
        settled.digest = digest(0xcc);
        settled.phase = Phase::Settled;
        tokens.tokens.push(settled);
        let redeem = Command::Redeem {
            digest: digest(0xee),
            client: client(),
            binding: BINDING,
            access: access(0xdd),
            refresh: Some(link(0xef)),
        };
        let refresh = Command::Refresh {
            digest: digest(0xef),
            client: client(),
            access: access(0xdd),
            successor: link(0xf0),
        };
        let end = Command::End {
            session: beginning().session,
            owner: None,
        };
        let [a, b, c, d] = [0xaa, 0xbb, 0xcc, 0xdd].map(|fill| hex(&[fill; 32]));
        let token = "036170700000000000000102";
        let fresh = "00000000000927c2000000020908";
        let (who, five) = (
            format!("{}{}", "05".repeat(16), "06".repeat(16)),
            "05".repeat(16),
        );
        let link = |fill: u8| {
            format!(
                "{}0000000000000003000000000000010200000001{}",
                hex(&[fill; 32]),
                "07"
            )
        };
        let child = "0c".repeat(16);
        let nothing = "00000000";
        vec![
            (State::default(), format!("01{nothing}00")),
            (
                tokens,
                format!(
                    "010000000300{a}{token}00{fresh}01{b}{token}02000000000000000200{c}{token}0100"
                ),
            ),
            (
                after(vec![open.clone(), adopt.clone()]),
                format!(
                    "010000000101{d}{token}00{fresh}01{who}0000000000000900000000000001{child}00000000000008000000000000000002000000024b4b"
                ),
            ),
            (
                after(vec![offer.clone()]),
                format!(
                    "01{nothing}01{who}00000000000009000103617070{}{}{}{nothing}0000000000000002{nothing}",
                    "01",
                    link(0xee),
                    "bb".repeat(32)
                ),
            ),
            (
                after(vec![offer, redeem, refresh]),
                format!(
                    "010000000100{d}{token}00{fresh}01{who}0000000000000900010361707002{}01{}0000000000007532{nothing}0000000000000002{nothing}",
                    link(0xf0),
                    link(0xef)
                ),
            ),
            (
                after(vec![open, adopt, end]),
                format!(
                    "010000000101{d}{token}02000000000000000202{five}00000000000009000000000001{child}0000000000000002000000024b4b"
                ),
            ),
        ]
    }

    #[test]
    fn state_format_unchanged() {
        for (state, expected) in states() {
            assert_eq!(hex(&state.to_bytes()), expected);
        }
    }

    #[test]
    fn what_was_stored_is_read_and_nothing_else() {
        for (state, _) in states() {
            let mut bytes = state.to_bytes();
            assert_eq!(State::from_bytes(&bytes), Some(state));
            for length in 0..bytes.len() {
                assert_eq!(State::from_bytes(&bytes[..length]), None, "{length}");
            }
            bytes.push(0);
            assert_eq!(State::from_bytes(&bytes), None);
        }
        assert_eq!(State::from_bytes(&[2, 0, 0, 0, 0, 0]), None);
    }

    proptest! {
        #[test]
        fn parsing_never_panics(bytes: Vec<u8>) {
            if let Some(state) = State::from_bytes(&bytes) {
                prop_assert_eq!(state.to_bytes(), bytes);
            }
        }
    }
}
