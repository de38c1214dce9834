//! How a session's commands and replies travel, and how its state is stored.
//!
//! ```text
//! command = 1 ( 0 digest(32) client expires_at(8) record(*) / 1 digest(32) / 2 digest(32) / 3 digest(32) )
//!             ; issue, find, read, forget
//! reply   = 1 ( 0 / 1 client / 2 record(*) / 3 )
//!             ; done, found, record, unknown
//! state   = 1 *( digest(32) client expires_at(8) phase )
//! phase   = 0 until(8) length(4) record(length) / 1 / 2 retry_at(8)
//!             ; fresh, settled, deleting
//! ```
//! [`super::bytes`] has what a client is written like; instants are in milliseconds since the Unix
//! epoch. Whatever is not exactly this is `None`.

use super::bytes::{Reader, Writer};
use super::coordinator::{Command, Phase, Reply, State, Token};
use super::sealed::SealedRecord;

const FORMAT: u8 = 1;

impl Command {
    /// The wire form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(FORMAT);
        let (kind, digest) = match self {
            Self::Issue { digest, .. } => (0, digest),
            Self::Find(digest) => (1, digest),
            Self::Read(digest) => (2, digest),
            Self::Forget(digest) => (3, digest),
        };
        out.kind(kind);
        out.digest(*digest);
        if let Self::Issue {
            client,
            expires_at,
            record,
            ..
        } = self
        {
            out.client(client);
            out.time(*expires_at);
            out.bytes(record.as_bytes());
        }
        out.end()
    }

    /// The reverse.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes, FORMAT)?;
        let kind = from.kind()?;
        let digest = from.digest()?;
        let command = match kind {
            0 => Self::Issue {
                digest,
                client: from.client()?,
                expires_at: from.time()?,
                record: SealedRecord::from_store(from.rest().to_vec()),
            },
            1 => Self::Find(digest),
            2 => Self::Read(digest),
            3 => Self::Forget(digest),
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
                out.bytes(record.as_bytes());
            }
            Self::Unknown => out.kind(3),
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
            2 => Self::Record(SealedRecord::from_store(from.rest().to_vec())),
            3 => Self::Unknown,
            _ => return None,
        };
        from.end(reply)
    }
}

impl State {
    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(FORMAT);
        for token in &self.tokens {
            out.digest(token.digest);
            out.client(&token.client);
            out.time(token.expires_at);
            match &token.phase {
                Phase::Fresh { record, until } => {
                    out.kind(0);
                    out.time(*until);
                    out.sized(record.as_bytes());
                }
                Phase::Settled => out.kind(1),
                Phase::Deleting { retry_at } => {
                    out.kind(2);
                    out.time(*retry_at);
                }
            }
        }
        out.end()
    }

    /// The reverse.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes, FORMAT)?;
        let mut tokens = Vec::new();
        while !from.is_at_end() {
            tokens.push(Token {
                digest: from.digest()?,
                client: from.client()?,
                expires_at: from.time()?,
                phase: phase(&mut from)?,
            });
        }
        Some(Self { tokens })
    }
}

fn phase(from: &mut Reader<'_>) -> Option<Phase> {
    Some(match from.kind()? {
        0 => {
            let until = from.time()?;
            Phase::Fresh {
                record: SealedRecord::from_store(from.sized()?.to_vec()),
                until,
            }
        }
        1 => Phase::Settled,
        2 => Phase::Deleting {
            retry_at: from.time()?,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::Time;
    use crate::token::TokenDigest;
    use crate::token::digest::tests::hex;

    fn digest(fill: u8) -> TokenDigest {
        TokenDigest::from_bytes([fill; 32])
    }

    fn issue(fill: u8) -> Command {
        Command::Issue {
            digest: digest(fill),
            client: "app".parse().unwrap(),
            expires_at: Time::from_millis(0x0102),
            record: SealedRecord::from_store(vec![9, 8]),
        }
    }

    fn commands() -> [Command; 4] {
        let digest = digest(0xdd);
        [
            issue(0xdd),
            Command::Find(digest),
            Command::Read(digest),
            Command::Forget(digest),
        ]
    }

    fn replies() -> [Reply; 4] {
        [
            Reply::Done,
            Reply::Found("app".parse().unwrap()),
            Reply::Record(SealedRecord::from_store(vec![9, 8])),
            Reply::Unknown,
        ]
    }

    /// One token fresh, one deleting, one settled.
    fn state() -> State {
        let at = Time::from_millis;
        let (state, _) = State::default().apply(issue(0xaa), at(0));
        let (state, _) = state.apply(issue(0xbb), at(1));
        let (mut state, _) = state.apply(Command::Forget(digest(0xbb)), at(2));
        let mut settled = state.tokens[0].clone();
        settled.digest = digest(0xcc);
        settled.phase = Phase::Settled;
        state.tokens.push(settled);
        state
    }

    #[test]
    fn command_format_unchanged() {
        let d = "dd".repeat(32);
        let written = commands().map(|command| hex(&command.to_bytes()));
        let issue = format!("0100{d}03617070{}0908", "0000000000000102");
        let expected = [
            issue,
            format!("0101{d}"),
            format!("0102{d}"),
            format!("0103{d}"),
        ];
        assert_eq!(written, expected);
    }

    #[test]
    fn reply_format_unchanged() {
        let written = replies().map(|reply| hex(&reply.to_bytes()));
        assert_eq!(written, ["0100", "010103617070", "01020908", "0103"]);
    }

    #[test]
    fn state_format_unchanged() {
        let [a, b, c] = ["aa", "bb", "cc"].map(|byte| byte.repeat(32));
        let token = "036170700000000000000102";
        assert_eq!(
            hex(&state().to_bytes()),
            format!(
                "01{a}{token}0000000000000927c0000000020908\
                 {b}{token}020000000000000002\
                 {c}{token}01"
            )
        );
    }

    #[test]
    fn what_was_written_is_read() {
        for command in commands() {
            assert_eq!(Command::from_bytes(&command.to_bytes()), Some(command));
        }
        for reply in replies() {
            assert_eq!(Reply::from_bytes(&reply.to_bytes()), Some(reply));
        }
        assert_eq!(State::from_bytes(&state().to_bytes()), Some(state()));
    }

    #[test]
    fn what_is_cut_or_has_more_behind_it_is_none() {
        for command in &commands()[1..] {
            let mut bytes = command.to_bytes();
            assert_eq!(Command::from_bytes(&bytes[..bytes.len() - 1]), None);
            bytes.push(0);
            assert_eq!(Command::from_bytes(&bytes), None);
        }
        assert_eq!(Reply::from_bytes(&[1, 0, 0]), None);
        let bytes = state().to_bytes();
        for length in 0..bytes.len() {
            let cut = State::from_bytes(&bytes[..length]);
            assert_ne!(cut, Some(state()), "{length}");
        }
        assert_eq!(State::from_bytes(&[2]), None);
        assert_eq!(State::from_bytes(&[]), None);
    }

    proptest! {
        #[test]
        fn parsing_never_panics(bytes: Vec<u8>) {
            let _ = Command::from_bytes(&bytes);
            let _ = Reply::from_bytes(&bytes);
            if let Some(state) = State::from_bytes(&bytes) {
                prop_assert_eq!(state.to_bytes(), bytes);
            }
        }
    }
}
