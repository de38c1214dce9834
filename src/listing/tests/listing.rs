//! What is remembered of people, over the fake list store.

use futures_executor::block_on;

use std::time::Duration;

use crate::fakes::{Fakes, START};
use crate::listing::{ListedSession, Listing};
use crate::protocol::{ClientId, Scope};
use crate::session::coordinator::Owner;
use crate::token::{KeyRing, SessionId};

fn keys() -> KeyRing {
    KeyRing::parse(&KeyRing::write_pair(1, &[9; 32]), "https://a.example").unwrap()
}

fn listed(fill: u8, begun: u64) -> ListedSession {
    ListedSession {
        session: SessionId::from_bytes([fill; 16]),
        client: ClientId::site(),
        begun_at: START.plus(Duration::from_secs(begun)),
        seen_at: START.plus(Duration::from_secs(begun)),
        ends_at: START.plus(Duration::from_hours(1)),
        place: Some("Århus, DK".to_owned()),
        browser: "Firefox on Linux".to_owned(),
    }
}

#[test]
fn sessions_are_listed_newest_first_and_to_their_owner_alone() {
    let (fakes, keys) = (Fakes::default(), keys());
    let listing = Listing::new(&keys, &fakes);
    let (ann, bob) = (Owner::of("ann"), Owner::of("bob"));
    for (owner, session) in [
        (ann, listed(1, 0)),
        (ann, listed(2, 5)),
        (bob, listed(3, 1)),
    ] {
        block_on(listing.put(owner, &session)).unwrap();
    }
    let list = |owner| block_on(listing.sessions(owner)).unwrap();
    assert_eq!(list(ann), [listed(2, 5), listed(1, 0)]);
    assert_eq!(list(bob), [listed(3, 1)]);
    fakes.advance(Duration::from_mins(1));
    block_on(listing.seen(ann, listed(1, 0).session)).unwrap();
    block_on(listing.seen(ann, listed(9, 0).session)).unwrap();
    let seen = list(ann).pop().unwrap();
    assert_eq!(seen.seen_at, START.plus(Duration::from_mins(1)));
    block_on(listing.forget(ann, listed(2, 5).session)).unwrap();
    assert_eq!(list(ann), [seen]);
    fakes.advance(Duration::from_hours(1));
    assert_eq!(list(ann), []);
}

#[test]
fn a_long_text_is_cut_and_the_item_stays_small() {
    let (fakes, keys) = (Fakes::default(), keys());
    let listing = Listing::new(&keys, &fakes);
    let long = ListedSession {
        client: "c".repeat(128).parse().unwrap(),
        place: Some("å".repeat(500)),
        browser: "b".repeat(500),
        ..listed(1, 0)
    };
    // The fake refuses what is too large.
    block_on(listing.put(Owner::of("ann"), &long)).unwrap();
    let listed = block_on(listing.sessions(Owner::of("ann"))).unwrap();
    assert_eq!(listed[0].place.as_deref(), Some(&*"å".repeat(40)));
}

#[test]
fn consent_is_for_a_person_a_client_and_a_scope_and_grows() {
    let (fakes, keys) = (Fakes::default(), keys());
    let listing = Listing::new(&keys, &fakes);
    let (ann, app): (_, ClientId) = (Owner::of("ann"), "app".parse().unwrap());
    let other: ClientId = "other".parse().unwrap();
    let scope = |text: &str| -> Scope { text.parse().unwrap_or_default() };
    let agreed = |owner, client: &ClientId, text: &str| {
        block_on(listing.has_agreed(owner, client, &scope(text))).unwrap()
    };
    assert!(!agreed(ann, &app, ""));
    block_on(listing.agree(ann, &app, &scope("a"))).unwrap();
    assert!(agreed(ann, &app, "a") && agreed(ann, &app, ""));
    assert!(!agreed(ann, &app, "a b"));
    block_on(listing.agree(ann, &app, &scope("b"))).unwrap();
    assert!(agreed(ann, &app, "a b"));
    assert!(!agreed(ann, &other, "a") && !agreed(Owner::of("bob"), &app, "a"));
    assert!(fakes.item_keys().iter().all(|key| !key.contains("ann")));
}
