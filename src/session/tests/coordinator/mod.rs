//! The state machine, and states to begin a test with.

mod authorization;
mod ending;
mod interleavings;
mod login;
mod tokens;

use std::time::Duration;

use crate::protocol::ClientId;
use crate::session::SealedRecord;
use crate::session::coordinator::{
    Beginning, Chore, CodeBinding, Command, GrantToken, Life, NewToken, Owner, Reply, State,
};
use crate::time::Time;
use crate::token::{SessionId, TokenDigest, TokenKind};

const D1: TokenDigest = TokenDigest::from_bytes([1; 32]);
const DELETE_D1: Chore = Chore::Delete(TokenKind::Access, D1);
const D2: TokenDigest = TokenDigest::from_bytes([2; 32]);
const SESSION: SessionId = SessionId::from_bytes([5; 16]);
const CHILD: SessionId = SessionId::from_bytes([6; 16]);
const BINDING: CodeBinding = CodeBinding([7; 32]);
const CODE: TokenDigest = TokenDigest::from_bytes([0xc0; 32]);

fn at(seconds: u64) -> Time {
    Time::from_seconds(seconds)
}

fn record() -> SealedRecord {
    SealedRecord::from_store(b"record".to_vec())
}

fn client() -> ClientId {
    "reports".parse().unwrap()
}

fn issue(digest: TokenDigest) -> Command {
    Command::Issue(new_token(TokenKind::Access, digest))
}

fn new_token(kind: TokenKind, digest: TokenDigest) -> NewToken {
    NewToken {
        kind,
        digest,
        client: client(),
        expires_at: at(5_000),
        record: record(),
    }
}

fn ask(state: &State, command: Command, seconds: u64) -> Reply {
    state.clone().apply(command, at(seconds)).1
}

fn issued() -> State {
    let (state, reply) = State::default().apply(issue(D1), at(1_000));
    assert_eq!(reply, Reply::Done);
    state
}

fn owner() -> Owner {
    Owner::of("ann")
}

fn beginning() -> Beginning {
    Beginning {
        session: SESSION,
        owner: owner(),
        ends_at: at(90_000),
    }
}

fn refresh_token(number: u8) -> TokenDigest {
    TokenDigest::from_bytes([0xf0 | number; 32])
}

fn grant_token(digest: TokenDigest, seconds: u64) -> GrantToken {
    GrantToken {
        digest,
        issued_at: at(seconds),
        expires_at: at(seconds + 10_000),
        record: SealedRecord::from_store(digest.as_bytes()[..1].to_vec()),
    }
}

fn opened() -> State {
    let open = Command::Open {
        beginning: beginning(),
        ticket: new_token(TokenKind::Ticket, D1),
        logout_note: b"kept".to_vec(),
    };
    let (state, reply) = State::default().apply(open, at(1_000));
    assert_eq!(reply, Reply::Done);
    state
}

fn offered() -> State {
    let offer = Command::Offer {
        beginning: beginning(),
        client: client(),
        code: GrantToken {
            expires_at: at(1_060),
            ..grant_token(CODE, 1_000)
        },
        binding: BINDING,
    };
    let (state, reply) = State::default().apply(offer, at(1_000));
    assert_eq!(reply, Reply::Done);
    state
}

fn redeem(binding: CodeBinding, access: TokenDigest) -> Command {
    Command::Redeem {
        digest: CODE,
        client: client(),
        binding,
        access: new_token(TokenKind::Access, access),
        refresh: Some(grant_token(refresh_token(1), 1_010)),
    }
}

fn redeemed() -> State {
    let (state, reply) = offered().apply(redeem(BINDING, D1), at(1_010));
    assert_eq!(reply, Reply::Done);
    state
}

fn refresh(from: u8, to: u8, seconds: u64) -> Command {
    Command::Refresh {
        digest: refresh_token(from),
        client: client(),
        access: new_token(TokenKind::Access, TokenDigest::from_bytes([to; 32])),
        successor: grant_token(refresh_token(to), seconds),
        grace: Duration::from_secs(30),
    }
}

fn present(digest: TokenDigest) -> Command {
    Command::Present {
        digest,
        client: client(),
    }
}

fn rotated(to: u8, seconds: u64) -> Reply {
    Reply::Rotated {
        issued_at: at(seconds),
        expires_at: at(seconds + 10_000),
        digest: refresh_token(to),
    }
}

fn end(owner: Option<Owner>) -> Command {
    Command::End {
        session: SESSION,
        owner,
    }
}

fn is_reused(reply: &Reply) -> bool {
    matches!(reply, Reply::Reused { .. })
}

fn ended(logout_note: &[u8], announce_until: Option<u64>) -> Reply {
    Reply::Ended {
        logout_note: logout_note.to_vec(),
        announce_until: announce_until.map(at),
    }
}

fn is_ended(state: &State) -> bool {
    matches!(state.life, Life::Ended(_))
}
