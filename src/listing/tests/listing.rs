//! What is remembered of people, over the fake indexes.

use std::time::Duration;

use futures_executor::block_on;

use crate::fakes::{Fakes, START};
use crate::fixtures::key_ring;
use crate::listing::{Begun, Device, ListedSession, Listing, Taken};
use crate::protocol::{ClientId, Scope};
use crate::resolve::Resolver;
use crate::revocation::{Entry, Target};
use crate::session::SessionRecord;
use crate::session::coordinator::Owner;
use crate::time::Time;
use crate::token::SessionId;

const HOUR: Duration = Duration::from_hours(1);

fn resolver() -> Resolver<()> {
    Resolver::new(
        key_ring("https://a.example", &[(1, 9)]),
        1 << 20,
        [7; 16],
        HOUR,
    )
}

fn at(seconds: u64) -> Time {
    START.plus(Duration::from_secs(seconds))
}

fn record(subject: &str, fill: u8, begun: u64) -> SessionRecord {
    SessionRecord::new(
        SessionId::from_bytes([fill; 16]),
        ClientId::site(),
        subject.to_owned(),
        at(begun),
        START.plus(HOUR),
    )
}

fn firefox() -> Device {
    Device {
        place: Some("Århus, DK".to_owned()),
        browser: "Firefox on Linux".to_owned(),
    }
}

fn shown(fill: u8, begun: u64, seen: u64) -> ListedSession {
    ListedSession {
        session: SessionId::from_bytes([fill; 16]),
        client: ClientId::site(),
        begun_at: at(begun),
        seen_at: at(seen),
        ends_at: START.plus(HOUR),
        device: firefox(),
    }
}

fn take_in(listing: &Listing<'_, Fakes>, record: &SessionRecord, device: &Device) {
    let taken = listing.take_in(record, device, Begun::default());
    assert_eq!(block_on(taken), Ok(Taken::Yes));
}

fn list(listing: &Listing<'_, Fakes>, subject: &str) -> Vec<ListedSession> {
    block_on(listing.sessions(subject, None)).unwrap().sessions
}

#[test]
fn sessions_are_listed_newest_first_and_to_their_owner_only() {
    let (fakes, resolver) = (Fakes::default(), resolver());
    let listing = Listing::new(&resolver, &fakes);
    for record in [
        record("ann", 1, 0),
        record("ann", 2, 5),
        record("bob", 3, 1),
    ] {
        take_in(&listing, &record, &firefox());
    }
    assert_eq!(list(&listing, "ann"), [shown(2, 5, 5), shown(1, 0, 0)]);
    assert_eq!(list(&listing, "bob"), [shown(3, 1, 1)]);
    fakes.advance(Duration::from_mins(1));
    let ann = Owner::of("ann");
    block_on(listing.seen(ann, SessionId::from_bytes([1; 16]))).unwrap();
    block_on(listing.seen(ann, SessionId::from_bytes([9; 16]))).unwrap();
    assert_eq!(list(&listing, "ann"), [shown(2, 5, 5), shown(1, 0, 60)]);
    assert!(!fakes.dump().contains("ann") && !fakes.dump().contains("Firefox"));
    fakes.advance(HOUR);
    assert_eq!(list(&listing, "ann"), []);
}

#[test]
fn what_the_log_ends_is_not_listed_whatever_it_came_from() {
    let login = SessionId::from_bytes([7; 16]);
    let name = [8; 16];
    let not_before = at(2);
    let session = SessionRecord {
        login: Some(login),
        provider_session: Some(name),
        client_id: "app".parse().unwrap(),
        begun_at: Some(at(0)),
        ..record("ann", 1, 1)
    };
    for target in [
        Target::Session(session.session),
        Target::Session(login),
        Target::ProviderSession { name, not_before },
        Target::Subject {
            subject: "ann".to_owned(),
            not_before,
        },
        Target::Client {
            client: "app".parse().unwrap(),
            not_before,
        },
        Target::Issuer { not_before },
    ] {
        let (fakes, resolver) = (Fakes::default(), resolver());
        let listing = Listing::new(&resolver, &fakes);
        take_in(&listing, &session, &firefox());
        take_in(&listing, &record("ann", 2, 3), &firefox());
        assert_eq!(list(&listing, "ann").len(), 2);
        let entry = Entry::new(&target, START.plus(HOUR));
        resolver.log().learn_revoked(&entry);
        assert_eq!(list(&listing, "ann"), [shown(2, 3, 3)], "{target:?}");
    }
}

#[test]
fn a_long_text_is_cut() {
    let (fakes, resolver) = (Fakes::default(), resolver());
    let listing = Listing::new(&resolver, &fakes);
    let long = Device {
        place: Some("å".repeat(500)),
        browser: "b".repeat(500),
    };
    take_in(&listing, &record("ann", 1, 0), &long);
    let listed = list(&listing, "ann");
    assert_eq!(listed[0].device.place.as_deref(), Some(&*"å".repeat(40)));
    assert_eq!(listed[0].device.browser.len(), 80);
}

#[test]
fn a_session_is_shown_when_its_code_is_redeemed_and_not_before() {
    let (fakes, resolver) = (Fakes::default(), resolver());
    let listing = Listing::new(&resolver, &fakes);
    let session = SessionRecord {
        expires_at: at(60),
        ends_at: Some(START.plus(HOUR)),
        provider_session: Some([8; 16]),
        ..record("ann", 1, 0)
    };
    let begun = Begun {
        redeem_by: Some(at(60)),
        needs_consent: false,
    };
    let device = firefox();
    let taken = listing.take_in(&session, &device, begun);
    assert_eq!(block_on(taken), Ok(Taken::Yes));
    assert_eq!(list(&listing, "ann"), []);
    assert_eq!(block_on(listing.confirm(&session)), Ok(true));
    assert_eq!(list(&listing, "ann"), [shown(1, 0, 0)]);
    block_on(listing.take_back_confirmation(&session)).unwrap();
    assert_eq!(list(&listing, "ann"), []);
    fakes.advance(Duration::from_mins(1));
    assert_eq!(
        block_on(listing.confirm(&session)),
        Ok(false),
        "it is too late"
    );
}

#[test]
fn consent_is_for_a_person_a_client_and_a_scope_and_grows() {
    let (fakes, resolver) = (Fakes::default(), resolver());
    let listing = Listing::new(&resolver, &fakes);
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
    fakes.advance(HOUR);
    block_on(listing.agree(ann, &other, &scope(""))).unwrap();
    let all = block_on(listing.consents(ann)).unwrap();
    let told: Vec<(&str, String)> = all
        .iter()
        .map(|one| (one.client.as_str(), one.scope.to_string()))
        .collect();
    assert_eq!(told, [("other", String::new()), ("app", "a b".to_owned())]);
    assert!(!fakes.dump().contains("app") && !fakes.dump().contains("ann"));
    block_on(listing.withdraw(ann, &app)).unwrap();
    assert!(!agreed(ann, &app, "") && agreed(ann, &other, ""));
}

#[test]
fn a_consent_may_be_as_large_as_a_configuration_allows() {
    // 40 scopes of 100 characters: KV's metadata had room for 700 in all.
    let (fakes, resolver) = (Fakes::default(), resolver());
    let listing = Listing::new(&resolver, &fakes);
    let (ann, app): (_, ClientId) = (Owner::of("ann"), "app".parse().unwrap());
    let scopes = (0..40).map(|at| format!("{at}{}", "s".repeat(98)));
    let scope = Scope::from_tokens(scopes).unwrap();
    block_on(listing.agree(ann, &app, &scope)).unwrap();
    assert_eq!(block_on(listing.has_agreed(ann, &app, &scope)), Ok(true));
}

#[test]
fn of_two_consents_at_once_neither_is_lost_and_one_that_was_taken_back_does_not_return() {
    let (fakes, resolver) = (Fakes::default(), resolver());
    let listing = Listing::new(&resolver, &fakes);
    let (ann, app): (_, ClientId) = (Owner::of("ann"), "app".parse().unwrap());
    let scope = |text: &str| -> Scope { text.parse().unwrap() };
    let (a, b) = (scope("a"), scope("b"));
    let both =
        futures_util::future::join(listing.agree(ann, &app, &a), listing.agree(ann, &app, &b));
    // Each has read before either writes.
    fakes.calls.index_agree.set_delay(1);
    let (one, other) = block_on(both);
    assert_eq!((one, other), (Ok(()), Ok(())));
    assert_eq!(
        block_on(listing.has_agreed(ann, &app, &scope("a b"))),
        Ok(true)
    );
    fakes.calls.index_agree.set_delay(5);
    let c = scope("c");
    let (agreed, taken_back) = block_on(futures_util::future::join(
        listing.agree(ann, &app, &c),
        listing.withdraw(ann, &app),
    ));
    agreed.unwrap();
    taken_back.unwrap();
    let left = block_on(listing.consents(ann)).unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].scope, c, "only what was agreed to afterwards");
}
