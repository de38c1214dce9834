//! Two endpoints at once, with each store's answer held back: whatever the order in which calls take effect
//! and answers come, what was ended with success is refused by a strong check, and what was not ended
//! goes on.

use std::time::Duration;

use futures_executor::block_on;
use proptest::prelude::*;

use crate::fakes::world::{
    Browser, ISSUER, Tokens, World, authorize, hidden, isolate, json, keys, location, redemption,
};
use crate::fakes::{Fault, PickCall, Staleness};
use crate::issue::renewal::renew_beside;
use crate::issue::ticket::{Lifetimes, LoggedIn, open};
use crate::ports::{Clock, RevocationLog};
use crate::protocol::Answer;
use crate::protocol::web_url::encode;
use crate::resolve::{Demand, Resolution, Resolver};
use crate::revocation::{Entry, KEPT_AFTER_DELETE, Target};
use crate::session::coordinator::{ANNOUNCING, RECORD_KEPT};
use crate::token::{TokenDigest, TokenKind};

const LOGOUT: &str = "/_postern/logout";
const ADMIN: &str = "/_postern/admin/sessions";

/// How often each race is run.
const CASES: u32 = 64;

/// How a race goes.
#[derive(Clone, Debug)]
struct Course {
    /// Whose turn it is next.
    choices: Vec<u8>,
    /// Whether both requests come to the same isolate.
    is_one_isolate: bool,
    /// A kind of call that goes on only when nothing else can.
    slow: Option<PickCall>,
    /// A kind of call that fails.
    fault: Option<(PickCall, Fault)>,
}

/// The kinds of calls that these requests and the alarms make.
const CALLS: [PickCall; 14] = [
    |calls| &calls.record_read,
    |calls| &calls.record_write,
    |calls| &calls.record_delete,
    |calls| &calls.touch,
    |calls| &calls.refresh,
    |calls| &calls.end,
    |calls| &calls.forget,
    |calls| &calls.append,
    |calls| &calls.shorten,
    |calls| &calls.since,
    |calls| &calls.open,
    |calls| &calls.index_put,
    |calls| &calls.index_confirm,
    |calls| &calls.index_cut_off,
];

fn call() -> impl Strategy<Value = PickCall> {
    prop::sample::select(&CALLS[..])
}

fn course() -> impl Strategy<Value = Course> {
    let choices = prop::collection::vec(any::<u8>(), 0..64);
    let slow = prop::option::of(call());
    (choices, any::<bool>(), slow).prop_map(|(choices, is_one_isolate, slow)| Course {
        choices,
        is_one_isolate,
        slow,
        fault: None,
    })
}

/// The same, where one kind of call may fail.
fn course_with_faults() -> impl Strategy<Value = Course> {
    let fault = (call(), prop::sample::select(&Fault::FAILING[..]));
    (course(), prop::option::of(fault)).prop_map(|(course, fault)| Course { fault, ..course })
}

/// What two isolates know that were just started, or one of them twice.
struct Isolates {
    first: Resolver<()>,
    second: Option<Resolver<()>>,
}

impl Isolates {
    fn both(&self) -> [&Resolver<()>; 2] {
        [&self.first, self.second.as_ref().unwrap_or(&self.first)]
    }
}

impl Course {
    fn isolates(&self) -> Isolates {
        Isolates {
            first: isolate(),
            second: (!self.is_one_isolate).then(isolate),
        }
    }

    /// Carries out both requests.
    fn run<A, B>(
        &self,
        world: &World,
        one: impl Future<Output = A>,
        other: impl Future<Output = B>,
    ) -> (A, B) {
        let calls = &world.fakes.calls;
        if let Some(pick) = self.slow {
            pick(calls).set_slow(true);
        }
        if let Some((pick, fault)) = self.fault {
            pick(calls).set_fault(fault);
        }
        let outcome = world.fakes.race(one, other, &self.choices);
        if let Some((pick, _)) = self.fault {
            pick(calls).set_fault(Fault::None);
        }
        outcome
    }
}

/// A request to a gated page when half of the ticket's time is used: the next ticket, where there is one.
async fn renewing(world: &World, resolver: &Resolver<()>, ticket: &str) -> Option<String> {
    let meaning = resolver.resolve(&world.fakes, TokenKind::Ticket, ticket, &Demand::STRONG);
    let Resolution::Active(active) = meaning.await else {
        return None;
    };
    let (record, lifetimes) = (active.session.record(), Lifetimes::of(&world.config));
    let next = renew_beside(record, lifetimes, resolver, &world.fakes).await?;
    Some(next.token.expose().to_owned())
}

/// A browser whose ticket has used up half of its time.
fn due_for_renewal(world: &World, subject: &str) -> Browser {
    let browser = world.logged_in(subject);
    world.fakes.advance(world.config.session_idle / 2);
    browser
}

/// The logout form, sent in.
async fn logging_out(world: &World, resolver: &Resolver<()>, cookies: &str, form: &str) -> Answer {
    let headers = [("cookie", cookies), ("origin", ISSUER)];
    world
        .answer(resolver, "POST", LOGOUT, &headers, Some(form))
        .await
}

/// The logout form of this browser, and its cookies.
fn logout_form(world: &World, browser: &Browser) -> (String, String) {
    let token = hidden(&world.get(browser, LOGOUT), "form_token");
    (encode(&[("form_token", &token)]), browser.header())
}

/// An administrator ends this.
async fn ending(world: &World, resolver: &Resolver<()>, admin: &str, what: (&str, &str)) -> Answer {
    let bearer = format!("Bearer {admin}");
    let headers = [("authorization", bearer.as_str())];
    let form = encode(&[what]);
    world
        .answer(resolver, "POST", ADMIN, &headers, Some(&form))
        .await
}

/// An administrator takes back what `ann` agreed to with `app`.
async fn taking_back(world: &World, resolver: &Resolver<()>, admin: &str) -> Answer {
    let bearer = format!("Bearer {admin}");
    let headers = [("authorization", bearer.as_str())];
    let form = encode(&[("sub", "ann"), ("client_id", "app")]);
    world
        .answer(resolver, "POST", ADMIN, &headers, Some(&form))
        .await
}

async fn refreshing(world: &World, resolver: &Resolver<()>, token: &str) -> Option<Tokens> {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let answer = world
        .api_future(resolver, "/oauth/token", "app", &form)
        .await;
    (answer.status == 200).then(|| Tokens::of(&answer))
}

async fn revoking(world: &World, resolver: &Resolver<()>, client: &str, token: &str) -> Answer {
    let form = [("token", token)];
    world
        .api_future(resolver, "/oauth/revoke", client, &form)
        .await
}

fn session_of(world: &World, kind: TokenKind, token: &str) -> String {
    let pointer = keys().open(kind, token, world.fakes.now()).unwrap();
    pointer.session.to_base64url()
}

/// Whether a strong check lets it through in an isolate that knows nothing yet.
fn counts(world: &World, kind: TokenKind, token: &str) -> bool {
    let resolver = isolate();
    let meaning = resolver.resolve(&world.fakes, kind, token, &Demand::STRONG);
    match block_on(meaning) {
        Resolution::Active(_) => true,
        Resolution::Inactive(_) => false,
        Resolution::Unavailable(cause) => panic!("{cause}"),
    }
}

/// None of them counts, for as long as the log keeps what it was told, whatever the record store still
/// shows.
fn assert_ended(world: &World, tokens: &[(TokenKind, &str)]) -> Result<(), TestCaseError> {
    for minutes in [0, 1, 58] {
        world.fakes.advance(Duration::from_mins(minutes));
        for staleness in [Staleness::None, Staleness::KeepsDeleted] {
            world.fakes.set_staleness(staleness);
            for (kind, token) in tokens {
                let is_ended = !counts(world, *kind, token);
                prop_assert!(is_ended, "{kind:?} after {minutes} min, {staleness:?}");
            }
        }
        world.fakes.set_staleness(Staleness::None);
    }
    Ok(())
}

/// Once every chore is done, the log keeps what it was told for no longer than other deletes take.
fn assert_let_go(world: &World) -> Result<(), TestCaseError> {
    world.fakes.advance(ANNOUNCING);
    let latest = world.fakes.now().plus(KEPT_AFTER_DELETE);
    for entry in world.fakes.log_entries() {
        let keep_until = entry.keep_until();
        prop_assert!(keep_until <= latest, "until {keep_until:?}, not {latest:?}");
    }
    Ok(())
}

/// None of them counts, not even when the log has forgotten what it was told. So no write of a record is on
/// its way when the coordinator's alarm deletes it: nothing else would refuse that token then.
fn assert_ended_for_good(world: &World, tokens: &[(TokenKind, &str)]) -> Result<(), TestCaseError> {
    assert_ended(world, tokens)?;
    assert_forgotten(world, tokens)
}

/// The same, once the log has forgotten it.
fn assert_forgotten(world: &World, tokens: &[(TokenKind, &str)]) -> Result<(), TestCaseError> {
    world.fakes.advance(Duration::from_hours(3));
    // The log purges with an append.
    let unrelated = Target::Token(TokenDigest::from_bytes([0; 32]));
    let entry = Entry::new(&unrelated, world.fakes.now());
    block_on(world.fakes.append(&entry)).unwrap();
    for (kind, token) in tokens {
        prop_assert!(!counts(world, *kind, token), "{kind:?} after hours");
    }
    Ok(())
}

/// A site whose tokens outlive the log's memory of what they came from.
fn world() -> World {
    let mut world = World::new();
    for client in ["app", "spa", "ops"] {
        world.client_mut(client).token_lifetime = Duration::from_hours(12);
    }
    world
}

/// All of them count. Those that were just issued do even where the record store has no record yet.
fn assert_live(world: &World, tokens: &[(TokenKind, &str)]) -> Result<(), TestCaseError> {
    for (kind, token) in tokens {
        prop_assert!(counts(world, *kind, token), "{kind:?}");
        let issued_at = keys()
            .open(*kind, token, world.fakes.now())
            .unwrap()
            .issued_at;
        if world.fakes.now().since(issued_at) < RECORD_KEPT {
            world.fakes.set_staleness(Staleness::MissesWrites);
            prop_assert!(
                counts(world, *kind, token),
                "{kind:?}, from its coordinator"
            );
            world.fakes.set_staleness(Staleness::None);
        }
    }
    Ok(())
}

proptest! {
    // The order that once brought a ticket back is found in one run of four with 64 cases.
    #![proptest_config(ProptestConfig::with_cases(8 * CASES))]

    #[test]
    fn what_the_log_is_told_of_a_logout_is_let_go_whoever_tells_it_last(course in course()) {
        let world = world();
        let ann = world.logged_in("ann");
        let tokens = world.authorized(&ann, "app");
        let (form, cookies) = logout_form(&world, &ann);
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let (logout, revoked) = course.run(
            &world,
            logging_out(&world, here, &cookies, &form),
            revoking(&world, there, "app", tokens.refresh()),
        );
        prop_assert_eq!((logout.status, revoked.status), (200, 200));
        assert_let_go(&world)?;
    }

    #[test]
    fn a_ticket_that_is_renewed_while_its_session_is_logged_out_ends_with_it(
        course in course_with_faults(),
    ) {
        let world = world();
        let ann = due_for_renewal(&world, "ann");
        let ticket = ann.ticket().unwrap();
        let (form, cookies) = logout_form(&world, &ann);
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let (renewed, answer) = course.run(
            &world,
            renewing(&world, here, &ticket),
            logging_out(&world, there, &cookies, &form),
        );
        if answer.status == 200 {
            let mut tickets = vec![(TokenKind::Ticket, ticket.as_str())];
            tickets.extend(renewed.iter().map(|t| (TokenKind::Ticket, t.as_str())));
            assert_ended_for_good(&world, &tickets)?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn a_ticket_that_is_renewed_while_another_session_is_logged_out_goes_on(course in course()) {
        let world = world();
        let other = world.logged_in("ann");
        let ann = due_for_renewal(&world, "ann");
        let ticket = ann.ticket().unwrap();
        let (form, cookies) = logout_form(&world, &other);
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let (renewed, answer) = course.run(
            &world,
            renewing(&world, here, &ticket),
            logging_out(&world, there, &cookies, &form),
        );
        prop_assert_eq!(answer.status, 200);
        let renewed = renewed.expect("its session is open");
        assert_live(&world, &[(TokenKind::Ticket, &ticket), (TokenKind::Ticket, &renewed)])?;
        assert_ended_for_good(&world, &[(TokenKind::Ticket, &other.ticket().unwrap())])?;
    }

    #[test]
    fn of_two_renewals_at_once_one_makes_a_ticket_and_the_session_goes_on(course in course()) {
        let world = world();
        let ann = due_for_renewal(&world, "ann");
        let ticket = ann.ticket().unwrap();
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let (one, other) = course.run(
            &world,
            renewing(&world, here, &ticket),
            renewing(&world, there, &ticket),
        );
        prop_assert!(one.is_some() != other.is_some());
        let renewed = one.or(other).unwrap();
        assert_live(&world, &[(TokenKind::Ticket, &ticket), (TokenKind::Ticket, &renewed)])?;
    }

    #[test]
    fn what_is_refreshed_while_its_session_is_ended_ends_with_it(
        course in course_with_faults(),
        whole_login in any::<bool>(),
    ) {
        let world = world();
        let ann = world.logged_in("ann");
        let before = world.authorized(&ann, "app");
        let other = world.authorized(&ann, "spa");
        let admin = world.client_token("ops");
        let session = if whole_login {
            session_of(&world, TokenKind::Ticket, &ann.ticket().unwrap())
        } else {
            session_of(&world, TokenKind::Access, &before.access)
        };
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let (after, answer) = course.run(
            &world,
            refreshing(&world, here, before.refresh()),
            ending(&world, there, &admin, ("session", &session)),
        );
        if answer.status != 200 {
            return Ok(());
        }
        if !whole_login {
            assert_live(&world, &[(TokenKind::Access, &other.access)])?;
        }
        let mut ended = vec![(TokenKind::Access, before.access.as_str())];
        ended.extend(after.iter().map(|tokens| (TokenKind::Access, tokens.access.as_str())));
        if whole_login {
            ended.push((TokenKind::Access, &other.access));
        }
        assert_ended_for_good(&world, &ended)?;
        for tokens in after.iter().chain([&before]) {
            let refreshed = block_on(refreshing(&world, &isolate(), tokens.refresh()));
            prop_assert!(refreshed.is_none());
        }
    }

    #[test]
    fn what_is_refreshed_while_its_person_is_cut_off_ends_and_what_comes_afterwards_counts(
        course in course_with_faults(),
    ) {
        let world = world();
        let ann = world.logged_in("ann");
        let before = world.authorized(&ann, "app");
        let admin = world.client_token("ops");
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let (after, answer) = course.run(
            &world,
            refreshing(&world, here, before.refresh()),
            ending(&world, there, &admin, ("sub", "ann")),
        );
        if answer.status != 200 {
            return Ok(());
        }
        let again = world.logged_in("ann");
        assert_live(&world, &[(TokenKind::Ticket, &again.ticket().unwrap())])?;
        let ticket = ann.ticket().unwrap();
        let mut ended = vec![
            (TokenKind::Ticket, ticket.as_str()),
            (TokenKind::Access, before.access.as_str()),
        ];
        ended.extend(after.iter().map(|tokens| (TokenKind::Access, tokens.access.as_str())));
        assert_ended_for_good(&world, &ended)?;
    }

    #[test]
    fn two_refreshes_at_once_get_the_same_successor_and_the_session_goes_on(course in course()) {
        let world = world();
        let ann = world.logged_in("ann");
        let before = world.authorized(&ann, "app");
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let (one, other) = course.run(
            &world,
            refreshing(&world, here, before.refresh()),
            refreshing(&world, there, before.refresh()),
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        prop_assert_eq!(one.refresh(), other.refresh());
        let all = [&before, &one, &other].map(|tokens| (TokenKind::Access, tokens.access.as_str()));
        assert_live(&world, &all)?;
        prop_assert!(block_on(refreshing(&world, &isolate(), one.refresh())).is_some());
    }

    #[test]
    fn an_access_token_is_revoked_while_its_session_is_refreshed_and_only_it_ends(
        course in course(),
    ) {
        let world = world();
        let ann = world.logged_in("ann");
        let before = world.authorized(&ann, "app");
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let (after, answer) = course.run(
            &world,
            refreshing(&world, here, before.refresh()),
            revoking(&world, there, "app", &before.access),
        );
        let after = after.unwrap();
        prop_assert_eq!(answer.status, 200);
        assert_live(&world, &[(TokenKind::Access, &after.access)])?;
        prop_assert!(block_on(refreshing(&world, &isolate(), after.refresh())).is_some());
        assert_ended_for_good(&world, &[(TokenKind::Access, &before.access)])?;
    }

    #[test]
    fn a_refresh_token_is_revoked_while_it_is_used_and_all_of_its_session_ends(
        course in course_with_faults(),
    ) {
        let world = world();
        let ann = world.logged_in("ann");
        let before = world.authorized(&ann, "app");
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let (after, answer) = course.run(
            &world,
            refreshing(&world, here, before.refresh()),
            revoking(&world, there, "app", before.refresh()),
        );
        if answer.status != 200 {
            return Ok(());
        }
        let mut ended = vec![(TokenKind::Access, before.access.as_str())];
        ended.extend(after.iter().map(|tokens| (TokenKind::Access, tokens.access.as_str())));
        assert_ended_for_good(&world, &ended)?;
        prop_assert!(world.login_counts(&ann), "the login goes on");
    }

    #[test]
    fn a_login_that_is_opened_while_its_person_is_cut_off_ends_with_it_or_is_newer(
        course in course_with_faults(),
    ) {
        let mut world = world();
        world.config.session_idle = Duration::from_hours(72);
        let admin = world.client_token("ops");
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let person = LoggedIn { subject: "ann".to_owned(), ..LoggedIn::default() };
        let (ticket, answer) = course.run(
            &world,
            open(person, Lifetimes::of(&world.config), here, &world.fakes),
            ending(&world, there, &admin, ("sub", "ann")),
        );
        if answer.status != 200 {
            return Ok(());
        }
        if let Ok(ticket) = ticket {
            let begun_at = ticket.record().begun_at.unwrap();
            let cut = json(&answer)["issued_before"].as_u64().unwrap();
            prop_assert!(begun_at.seconds() < cut, "the cutoff's own second is over");
            let ended = [(TokenKind::Ticket, ticket.token.expose().as_str())];
            assert_ended(&world, &ended)?;
            // The log keeps an administrator's cutoff for a day.
            world.fakes.advance(Duration::from_hours(24));
            assert_forgotten(&world, &ended)?;
        }
        // Nothing of it is listed, and she may log in again.
        let again = world.logged_in("ann");
        assert_live(&world, &[(TokenKind::Ticket, &again.ticket().unwrap())])?;
    }

    #[test]
    fn a_code_that_is_redeemed_while_its_person_is_cut_off_gives_nothing_that_stays(
        course in course_with_faults(),
    ) {
        let world = world();
        let ann = world.logged_in("ann");
        let code = world.code(&ann, "app", &[]);
        let admin = world.client_token("ops");
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let form = redemption("app", &code, &[]);
        let (redeemed, answer) = course.run(
            &world,
            world.api_future(here, "/oauth/token", "app", &form),
            ending(&world, there, &admin, ("sub", "ann")),
        );
        if answer.status != 200 || redeemed.status != 200 {
            return Ok(());
        }
        let tokens = Tokens::of(&redeemed);
        assert_ended_for_good(&world, &[(TokenKind::Access, &tokens.access)])?;
        let refreshed = block_on(refreshing(&world, &isolate(), tokens.refresh()));
        prop_assert!(refreshed.is_none());
    }

    #[test]
    fn a_code_that_is_offered_while_its_consent_is_taken_back_gives_nothing_that_stays(
        course in course_with_faults(),
    ) {
        let world = world();
        let ann = world.logged_in("ann");
        world.code(&ann, "app", &[]);
        let admin = world.client_token("ops");
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let (target, cookies) = (authorize("app", &[]), ann.header());
        let headers = [("cookie", cookies.as_str())];
        let (offered, answer) = course.run(
            &world,
            world.answer(here, "GET", &target, &headers, None),
            taking_back(&world, there, &admin),
        );
        if answer.status != 200 || offered.status != 303 {
            return Ok(());
        }
        let (_, query) = location(&offered);
        if let Some(code) = query.get("code") {
            let redeemed = world.redeem("app", code);
            prop_assert_eq!(redeemed.status, 400);
        }
        prop_assert!(world.login_counts(&ann));
    }

    #[test]
    fn a_token_is_revoked_while_its_client_is_issued_another_and_only_it_ends(
        course in course_with_faults(),
    ) {
        let world = world();
        let before = world.client_token("ops");
        let isolates = course.isolates();
        let [here, there] = isolates.both();
        let form = [("grant_type", "client_credentials")];
        let (issued, answer) = course.run(
            &world,
            world.api_future(here, "/oauth/token", "ops", &form),
            revoking(&world, there, "ops", &before),
        );
        if issued.status == 200 {
            let issued = Tokens::of(&issued);
            assert_live(&world, &[(TokenKind::Access, &issued.access)])?;
        }
        if answer.status == 200 {
            assert_ended_for_good(&world, &[(TokenKind::Access, &before)])?;
        }
    }
}
