//! What the tests of an index share.

mod forms;
mod index;

use std::time::Duration;

use super::*;
use crate::protocol::ClientId;
use crate::revocation::{Entry, Target};
use crate::time::Time;
use crate::token::SessionId;

const DAY: u64 = 86_400;

fn at(seconds: u64) -> Time {
    Time::from_seconds(1_000_000 + seconds)
}

fn id(number: u64) -> SessionId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    SessionId::from_bytes(bytes)
}

fn client(name: &str) -> ClientKey {
    ClientKey::of(&name.parse::<ClientId>().unwrap())
}

/// A login that begins then.
fn login(number: u64, begun: u64) -> NewSession {
    NewSession {
        session: id(number),
        client: client("postern"),
        begun_at: at(begun),
        since: at(begun),
        ends_at: at(7 * DAY),
        redeem_by: None,
        needs_consent: false,
        shown: number.to_be_bytes().to_vec(),
    }
}

/// The cutoff of everything that began before then.
fn cutoff(not_before: u64) -> Entry {
    let target = Target::ProviderSession {
        name: [7; 16],
        not_before: at(not_before),
    };
    Entry::new(&target, at(90 * DAY))
}

fn cut_off(not_before: u64) -> Command {
    Command::CutOff {
        entry: cutoff(not_before),
        others_until: at(not_before),
        logout: None,
    }
}

/// Carries out a command.
#[track_caller]
fn ask(state: &mut State, command: Command, now: u64) -> Reply {
    let (next, reply) = state.clone().apply(command, at(now));
    *state = next;
    reply
}

fn listed(state: &mut State, now: u64) -> Vec<SessionId> {
    let Reply::Sessions(page) = ask(state, Command::Sessions(None), now) else {
        panic!("sessions are listed");
    };
    page.rows.iter().map(|row| row.session).collect()
}

const MINUTE: Duration = Duration::from_mins(1);
