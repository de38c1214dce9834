//! A ticket is followed by the next one.

use std::time::Duration;

use futures_executor::block_on;

use super::{LIFETIMES, STRONG, counts, opened, resolver};
use crate::fakes::{Fakes, Fault, START};
use crate::issue::Minted;
use crate::issue::ending::announce;
use crate::issue::renewal::{begin_renewal, is_due, renew, renew_beside};
use crate::listing::Listing;
use crate::ports::Clock;
use crate::resolve::Resolution;
use crate::revocation::Target;
use crate::token::TokenKind;

fn renewed(fakes: &Fakes, ticket: &Minted) -> Option<Minted> {
    block_on(renew(ticket.record(), LIFETIMES, &resolver(), fakes))
        .unwrap_or_else(|e| panic!("{e:?}"))
}

#[test]
fn a_session_that_is_used_goes_on_until_its_absolute_end() {
    let fakes = Fakes::default();
    let mut ticket = opened(&fakes);
    let mut renewals = 0;
    for minute in 0..=179 {
        assert!(counts(&fakes, TokenKind::Ticket, &ticket), "{minute}");
        if is_due(ticket.record(), fakes.now()) {
            ticket = renewed(&fakes, &ticket).expect("a minute has passed");
            renewals += 1;
        }
        fakes.advance(Duration::from_mins(1));
    }
    assert!(!counts(&fakes, TokenKind::Ticket, &ticket));
    assert_eq!(renewals, 4, "each half hour until the end is in reach");
}

#[test]
fn a_session_that_is_not_used_ends() {
    let fakes = Fakes::default();
    let ticket = opened(&fakes);
    fakes.advance(Duration::from_mins(59));
    assert!(counts(&fakes, TokenKind::Ticket, &ticket));
    fakes.advance(Duration::from_mins(1));
    assert!(!counts(&fakes, TokenKind::Ticket, &ticket));
    assert!(renewed(&fakes, &ticket).is_none());
}

#[test]
fn of_many_renewals_at_once_one_makes_a_ticket() {
    let fakes = Fakes::default();
    let ticket = opened(&fakes);
    fakes.advance(Duration::from_mins(30));
    let made = (0..10).filter_map(|_| renewed(&fakes, &ticket)).count();
    assert_eq!(made, 1);
}

#[test]
fn of_a_pages_many_requests_one_renews() {
    let fakes = Fakes::default();
    let ticket = opened(&fakes);
    let resolver = resolver();
    let mut begun = Vec::new();
    for minute in 0..34 {
        for _ in 0..40 {
            // Exposed to the resolver.
            let meaning = block_on(resolver.resolve(
                &fakes,
                TokenKind::Ticket,
                ticket.token.expose(),
                &STRONG,
            ));
            let Resolution::Active(active) = meaning else {
                panic!("{meaning:?}");
            };
            if begin_renewal(&active.session, fakes.now()) {
                begun.push(minute);
            }
        }
        fakes.advance(Duration::from_mins(1));
    }
    assert_eq!(begun, [30, 31, 32, 33], "once each time that it is opened");
}

#[test]
fn a_renewal_that_fails_leaves_the_ticket_good() {
    for fault in Fault::FAILING {
        let fakes = Fakes::default();
        let ticket = opened(&fakes);
        fakes.advance(Duration::from_mins(30));
        fakes.calls.record_write.set_fault(fault);
        let renewed = block_on(renew(ticket.record(), LIFETIMES, &resolver(), &fakes));
        assert!(renewed.is_err());
        assert!(counts(&fakes, TokenKind::Ticket, &ticket));
    }
}

#[test]
fn a_cutoff_that_this_isolate_does_not_know_yet_is_not_outlived_by_renewing() {
    let fakes = Fakes::default();
    let ticket = opened(&fakes);
    let here = resolver();
    block_on(here.log().follow(&fakes, std::time::Duration::ZERO)).unwrap();
    fakes.advance(Duration::from_mins(30));
    let not_before = START.plus(Duration::from_mins(30));
    let target = Target::Subject {
        subject: "ann".to_owned(),
        not_before,
    };
    let until = START.plus(LIFETIMES.absolute);
    block_on(announce(&target, until, &resolver(), &fakes)).unwrap();
    fakes.advance(Duration::from_secs(4));
    let renewed = block_on(renew(ticket.record(), LIFETIMES, &here, &fakes)).unwrap();
    assert!(renewed.is_none());
    // And where the log does not answer there is no ticket either.
    for fault in Fault::FAILING {
        fakes.calls.since.set_fault(fault);
        let renewed = block_on(renew(ticket.record(), LIFETIMES, &here, &fakes));
        assert!(renewed.is_err());
    }
}

#[test]
fn a_session_with_a_new_ticket_is_listed_as_used_just_now() {
    let fakes = Fakes::default();
    let (ticket, resolver) = (opened(&fakes), resolver());
    let record = ticket.record();
    fakes.advance(Duration::from_mins(30));
    let next = block_on(renew_beside(record, LIFETIMES, &resolver, &fakes)).unwrap();
    assert!(counts(&fakes, TokenKind::Ticket, &next));
    let listing = Listing::new(&resolver, &fakes);
    let [listed] = &block_on(listing.sessions("ann", None)).unwrap().sessions[..] else {
        panic!("one session");
    };
    assert_eq!(listed.seen_at, fakes.now());
    assert_eq!(fakes.events(), [""; 0]);
}

#[test]
fn what_keeps_a_ticket_from_being_renewed_is_written_down() {
    for fault in Fault::FAILING {
        let fakes = Fakes::default();
        let ticket = opened(&fakes);
        fakes.advance(Duration::from_mins(30));
        let resolver = resolver();
        for (nth, call) in [&fakes.calls.touch, &fakes.calls.record_write]
            .iter()
            .enumerate()
        {
            call.set_fault(fault);
            let next = renew_beside(ticket.record(), LIFETIMES, &resolver, &fakes);
            assert!(block_on(next).is_none());
            assert_eq!(fakes.events().len(), nth + 1, "each is named");
            assert!(counts(&fakes, TokenKind::Ticket, &ticket));
        }
    }
}

#[test]
fn a_listing_that_fails_costs_nobody_their_new_ticket() {
    let fakes = Fakes::default();
    let ticket = opened(&fakes);
    fakes.advance(Duration::from_mins(30));
    fakes.calls.index_seen.set_fault(Fault::Before);
    let resolver = resolver();
    let next = renew_beside(ticket.record(), LIFETIMES, &resolver, &fakes);
    assert!(block_on(next).is_some());
    assert_eq!(fakes.events().len(), 1);
}
