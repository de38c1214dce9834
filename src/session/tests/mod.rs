//! How records, states, commands and replies are written, and one of each command and reply.

mod coordinator;
mod record;
mod sealed;
mod stored;
mod wire;

use std::time::Duration;

use super::coordinator::{Beginning, CodeBinding, Command, GrantToken, NewToken, Owner, Reply};
use super::sealed::SealedRecord;
use crate::protocol::ClientId;
use crate::time::Time;
use crate::token::{SessionId, TokenDigest, TokenKind};

fn digest(fill: u8) -> TokenDigest {
    TokenDigest::from_bytes([fill; 32])
}

fn client() -> ClientId {
    "app".parse().unwrap()
}

fn token(kind: TokenKind, fill: u8) -> NewToken {
    NewToken {
        kind,
        digest: digest(fill),
        client: client(),
        expires_at: Time::from_millis(0x0102),
        record: SealedRecord::from_store(vec![9, 8]),
    }
}

fn grant_token(fill: u8) -> GrantToken {
    GrantToken {
        digest: digest(fill),
        issued_at: Time::from_millis(3),
        expires_at: Time::from_millis(0x0102),
        record: SealedRecord::from_store(vec![7]),
    }
}

fn beginning() -> Beginning {
    Beginning {
        session: SessionId::from_bytes([5; 16]),
        owner: Owner::from_bytes([6; 16]),
        ends_at: Time::from_millis(0x0900),
    }
}

const BINDING: CodeBinding = CodeBinding([0xbb; 32]);

fn commands() -> [Command; 12] {
    let d = digest(0xdd);
    let access = token(TokenKind::Access, 0xdd);
    let ticket = token(TokenKind::Ticket, 0xdd);
    [
        Command::Issue(access.clone()),
        Command::Find(d),
        Command::Read(d),
        Command::Forget(d),
        Command::Open {
            beginning: beginning(),
            ticket: ticket.clone(),
            logout_note: b"KK".to_vec(),
        },
        Command::Touch(ticket),
        Command::Adopt {
            child: SessionId::from_bytes([12; 16]),
            until: Time::from_millis(0x0800),
        },
        Command::Offer {
            beginning: beginning(),
            client: client(),
            code: grant_token(0xee),
            binding: BINDING,
        },
        Command::Present {
            digest: d,
            client: client(),
        },
        Command::Redeem {
            digest: d,
            client: client(),
            binding: BINDING,
            access: access.clone(),
            refresh: Some(grant_token(0xee)),
        },
        Command::Refresh {
            digest: d,
            client: client(),
            access,
            successor: grant_token(0xee),
            grace: Duration::from_secs(30),
        },
        Command::End {
            session: beginning().session,
            owner: Some(beginning().owner),
        },
    ]
}

fn replies() -> [Reply; 9] {
    [
        Reply::Done,
        Reply::Found(client()),
        Reply::Record(SealedRecord::from_store(vec![9, 8])),
        Reply::Unknown,
        Reply::Rotated {
            issued_at: Time::from_millis(3),
            expires_at: Time::from_millis(0x0102),
            digest: digest(0xdd),
        },
        Reply::Reused {
            until: Time::from_millis(9),
        },
        Reply::Recent,
        Reply::Ended {
            logout_note: b"KK".to_vec(),
            announce_until: Some(Time::from_millis(9)),
        },
        Reply::Ended {
            logout_note: Vec::new(),
            announce_until: None,
        },
    ]
}
