//! What the tests of this room share.

mod chores;
mod races;
mod renewal;
mod ticket;

use std::time::Duration;

use futures_executor::block_on;

use crate::fakes::Fakes;
use crate::fixtures::key_ring;
use crate::issue::Minted;
use crate::issue::ticket::{Lifetimes, LoggedIn, open};
use crate::resolve::{Demand, Resolution, Resolver};
use crate::token::TokenKind;

const LIFETIMES: Lifetimes = Lifetimes {
    idle: Duration::from_hours(1),
    absolute: Duration::from_hours(3),
};
const STRONG: Demand = Demand::STRONG;

fn resolver() -> Resolver<()> {
    let keys = key_ring("https://auth.example.com", &[(1, 9)]);
    Resolver::new(keys, 1 << 20, [7; 16], crate::fixtures::A_LONG_LIFE)
}

fn ann() -> LoggedIn {
    LoggedIn {
        subject: "ann".to_owned(),
        amr: vec!["pwd".to_owned()],
        logout_note: b"kept".to_vec(),
        ..LoggedIn::default()
    }
}

fn opened(fakes: &Fakes) -> Minted {
    block_on(open(ann(), LIFETIMES, &resolver(), fakes)).unwrap_or_else(|e| panic!("{e:?}"))
}

fn counts(fakes: &Fakes, kind: TokenKind, ticket: &Minted) -> bool {
    let resolver = resolver();
    // Exposed to the resolver.
    let meaning = resolver.resolve(fakes, kind, ticket.token.expose(), &STRONG);
    match block_on(meaning) {
        Resolution::Active(active) => active.session.record() == ticket.record(),
        Resolution::Inactive(_) => false,
        Resolution::Unavailable(unavailable) => panic!("{unavailable}"),
    }
}
