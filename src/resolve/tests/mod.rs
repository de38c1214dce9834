//! The resolver against fakes that fail, delay and answer stale.

mod foreign;
mod load;
mod log;
mod meaning;
mod opaque;
mod outages;
mod races;
mod relay;
mod stream;

use std::rc::Rc;
use std::time::Duration;

use futures_executor::block_on;
use futures_util::future;

use super::*;
use crate::config::Accept;
use crate::fakes::{Fakes, Fault, START, Staleness};
use crate::fixtures::{A_LONG_LIFE, record};
use crate::ports::{Clock, Coordinator, Dependency, RecordStore, RevocationLog};
use crate::revocation::{Entry, Target};
use crate::session::coordinator::{Command, NewToken};
use crate::session::{RecordKey, SealedRecord, SessionRecord};
use crate::token::{KeyRing, PlainToken, Pointer, SessionId, TokenDigest};

const KEEPING: usize = 1 << 20;
const STRONG: Demand = demand(0, None);
const WEAK: Demand = demand(5, None);
const GRACIOUS: Demand = demand(5, Some(60));

const fn demand(max_staleness: u64, grace: Option<u64>) -> Demand {
    Demand {
        max_staleness: Duration::from_secs(max_staleness),
        outage_grace: match grace {
            Some(seconds) => Some(Duration::from_secs(seconds)),
            None => None,
        },
        ..Demand::STRONG
    }
}

fn keys() -> KeyRing {
    KeyRing::parse(
        &KeyRing::write_pair(1, &[9; 32]),
        "https://auth.example.com",
    )
    .unwrap()
}

fn resolver() -> Resolver<()> {
    Resolver::new(keys(), KEEPING, [0; 16], A_LONG_LIFE)
}

/// Issues a token as the token endpoint does: the coordinator and the record store get its record.
fn issue(fakes: &Fakes, seed: u8) -> PlainToken {
    let session = SessionId::from_bytes([seed; 16]);
    let issued_at = Time::from_seconds(fakes.now().seconds());
    let expires_at = issued_at.plus(Duration::from_hours(1));
    let pointer = Pointer {
        session,
        issued_at,
        expires_at,
    };
    let token = keys().seal(TokenKind::Access, &pointer, [seed; 24]);
    let record = SessionRecord {
        session,
        issued_at,
        expires_at,
        ..record()
    };
    let sealed = SealedRecord::seal(&record, &token, &keys());
    let digest = TokenDigest::of(&token);
    let command = Command::Issue(NewToken {
        kind: TokenKind::Access,
        digest,
        client: record.client_id.clone(),
        expires_at,
        record: sealed.clone(),
    });
    block_on(fakes.ask(session, command)).unwrap();
    block_on(fakes.write(&RecordKey::access(digest), &sealed, expires_at)).unwrap();
    token
}

fn revoke(fakes: &Fakes, token: &PlainToken) {
    let target = Target::Token(TokenDigest::of(token));
    let entry = Entry::new(&target, fakes.now().plus(Duration::from_hours(1)));
    block_on(fakes.append(&entry)).unwrap();
}

/// The record is deleted, and the token's coordinator no longer knows it, as some time after a revocation.
fn forget(fakes: &Fakes, token: &PlainToken) {
    let pointer = keys().open(TokenKind::Access, token.expose(), fakes.now());
    let command = Command::Forget(TokenDigest::of(token));
    block_on(fakes.ask(pointer.unwrap().session, command)).unwrap();
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Active,
    Despite(Dependency),
    Inactive(Inactive),
    Unavailable(Dependency),
}

fn outcome(resolution: Resolution<()>) -> Outcome {
    match resolution {
        Resolution::Active(Active { outage: None, .. }) => Outcome::Active,
        Resolution::Active(Active {
            outage: Some(outage),
            ..
        }) => Outcome::Despite(outage.unavailable.dependency),
        Resolution::Inactive(inactive) => Outcome::Inactive(inactive),
        Resolution::Unavailable(unavailable) => Outcome::Unavailable(unavailable.dependency),
    }
}

fn ask(resolver: &Resolver<()>, fakes: &Fakes, token: &PlainToken, demand: &Demand) -> Outcome {
    outcome(block_on(resolver.resolve(
        fakes,
        TokenKind::Access,
        token.expose(),
        demand,
    )))
}

const REVOKED: Outcome = Outcome::Inactive(Inactive::Revoked);
const NO_RECORD: Outcome = Outcome::Inactive(Inactive::NoRecord);

fn unsealable(reason: Unsealable) -> Outcome {
    Outcome::Inactive(Inactive::Unsealable(reason))
}
