//! Logging in: opening a session, and its first ticket.

use futures_executor::block_on;

use super::{LIFETIMES, STRONG, ann, counts, opened, resolver};
use crate::fakes::{Fakes, Fault};
use crate::issue::ticket::open;
use crate::resolve::{Inactive, Resolution};
use crate::token::TokenKind;

#[test]
fn a_ticket_counts_only_as_a_ticket() {
    let fakes = Fakes::default();
    let ticket = opened(&fakes);
    assert!(counts(&fakes, TokenKind::Ticket, &ticket));
    assert!(!counts(&fakes, TokenKind::Access, &ticket));
    // Not even from the cache.
    let resolver = resolver();
    let look = |kind| {
        // Exposed to the resolver.
        block_on(resolver.resolve(&fakes, kind, ticket.token.expose(), &STRONG))
    };
    assert!(matches!(look(TokenKind::Ticket), Resolution::Active(_)));
    assert!(matches!(
        look(TokenKind::Access),
        Resolution::Inactive(Inactive::Unsealable(_))
    ));
    assert_eq!(fakes.live_records().len(), 1);
    assert!(fakes.live_records()[0].starts_with("st:"));
    assert!(!fakes.dump().contains("ann"));
}

#[test]
fn a_login_that_could_not_be_recorded_does_not_count() {
    for fault in Fault::FAILING {
        for write in [true, false] {
            let fakes = Fakes::default();
            let calls = &fakes.calls;
            let call = if write {
                &calls.record_write
            } else {
                &calls.open
            };
            call.set_fault(fault);
            let opened = block_on(open(ann(), LIFETIMES, &resolver(), &fakes));
            assert!(opened.is_err());
        }
    }
}
