//! Opaque tokens of another issuer: for how long what it said is believed.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::json;

use super::*;
use crate::config::{Accept, Issuer, IssuerAuth, Opaque, Tokens};
use crate::fixtures;
use crate::jose::JwtRefusal;
use crate::ports::{HttpRequest, HttpResponse};
use crate::protocol::form::Form;
use crate::resolve::{OpenStream, Standing};
use crate::secret::Secret;

const ENDPOINT: &str = "https://acme.zitadel.cloud/introspect";

fn issuer(max_age: u64) -> Issuer {
    Issuer {
        tokens: Tokens::Opaque(Opaque {
            endpoint: Some(ENDPOINT.parse().unwrap()),
            client_id: "gate".to_owned(),
            authentication: Some(IssuerAuth::Secret {
                secret: Secret::new("hunter2".to_owned()),
                method: None,
            }),
            signed: None,
            max_age: Duration::from_secs(max_age),
        }),
        audiences: vec!["project".to_owned()],
        ..fixtures::config::issuer("zitadel", "https://acme.zitadel.cloud")
    }
}

/// The tokens that the issuer calls active, and when each ends.
type Active = Rc<RefCell<Vec<(String, Time)>>>;

struct World {
    fakes: Fakes,
    resolver: Resolver<()>,
    active: Active,
}

impl World {
    fn new(max_age: u64) -> Self {
        let fakes = Fakes::default();
        let active = Active::default();
        let known = Rc::clone(&active);
        fakes.set_provider(move |request: &HttpRequest| {
            let form = Form::parse(request.form.as_ref().unwrap().expose().as_bytes()).unwrap();
            let token = form.get("token").unwrap();
            let known = known.borrow();
            let answer = match known.iter().find(|(known, _)| known == token) {
                Some((_, exp)) => json!({
                    "active": true, "sub": "77", "aud": "project", "iat": START.seconds(),
                    "exp": exp.seconds(),
                }),
                None => json!({ "active": false }),
            };
            HttpResponse {
                status: 200,
                max_age: None,
                body: Secret::new(answer.to_string().into_bytes()),
            }
        });
        Self {
            fakes,
            resolver: resolver().with_issuers(&[issuer(max_age)]),
            active,
        }
    }

    /// The issuer gives out a token that ends after so many seconds.
    fn give(&self, token: &str, life: u64) {
        let exp = self.fakes.now().plus(Duration::from_secs(life));
        self.active.borrow_mut().push((token.to_owned(), exp));
    }

    /// It ends all of them.
    fn end_all(&self) {
        self.active.borrow_mut().clear();
    }

    fn look(&self, token: &str, demand: &Demand) -> Lookup<()> {
        self.resolver
            .look(TokenKind::Access, token, demand, self.fakes.now())
    }

    async fn meaning(&self, token: &str, demand: &Demand) -> Outcome {
        let resolver = &self.resolver;
        outcome(
            resolver
                .resolve(&self.fakes, TokenKind::Access, token, demand)
                .await,
        )
    }

    fn means(&self, token: &str, demand: &Demand) -> Outcome {
        block_on(self.meaning(token, demand))
    }

    fn asked(&self) -> u32 {
        self.fakes.calls.http.count()
    }

    fn advance(&self, seconds: u64) {
        self.fakes.advance(Duration::from_secs(seconds));
    }
}

const fn taking(max_staleness: u64, grace: Option<u64>) -> Demand {
    Demand {
        accept: Accept::OWN.and(0),
        ..demand(max_staleness, grace)
    }
}

const INACTIVE: Outcome = Outcome::Inactive(Inactive::Foreign {
    issuer: Some(0),
    reason: JwtRefusal::Inactive,
});

#[test]
fn what_the_issuer_said_is_believed_for_the_lesser_of_two_times_and_renewed_beside_a_request() {
    for (max_age, max_staleness, believed_for) in [(60, 30, 30), (20, 30, 20), (60, 600, 60)] {
        let world = World::new(max_age);
        let demand = taking(max_staleness, None);
        world.give("token", 3_600);
        assert_eq!(world.means("token", &demand), Outcome::Active);
        world.advance(believed_for / 2 - 1);
        assert_eq!(world.means("token", &demand), Outcome::Active);
        assert_eq!(world.asked(), 1);
        world.advance(1);
        let Lookup::Due(resolution, inquiry) = world.look("token", &demand) else {
            panic!("it is to be renewed");
        };
        assert_eq!(outcome(resolution), Outcome::Active);
        // Only one request renews it.
        assert!(matches!(world.look("token", &demand), Lookup::Known(_)));
        let renewed = world.resolver.finish(&world.fakes, inquiry, &demand);
        assert_eq!(outcome(block_on(renewed)), Outcome::Active);
        world.advance(believed_for / 2 - 1);
        assert_eq!(world.means("token", &demand), Outcome::Active);
        assert_eq!(world.asked(), 2);
        // Nobody came for a while, and then somebody has to wait.
        world.advance(believed_for);
        world.end_all();
        assert_eq!(world.means("token", &demand), INACTIVE);
        assert_eq!(world.asked(), 3);
    }
}

#[test]
fn an_endpoint_that_asks_at_half_that_time_has_it_renewed_too_and_an_outage_does_it_no_harm() {
    let world = World::new(60);
    let demand = taking(30, None);
    world.give("token", 3_600);
    assert_eq!(world.means("token", &demand), Outcome::Active);
    world.advance(15);
    world.fakes.calls.http.set_fault(Fault::Before);
    assert_eq!(world.means("token", &demand), Outcome::Active);
    assert_eq!(world.asked(), 2);
    world.fakes.calls.http.set_fault(Fault::None);
    world.advance(15);
    assert_eq!(world.means("token", &demand), Outcome::Active);
    world.advance(15);
    world.end_all();
    assert_eq!(world.means("token", &demand), INACTIVE);
}

#[test]
fn it_is_never_believed_beyond_its_end_nor_beyond_its_longest_life() {
    let world = World::new(300);
    let demand = taking(600, None);
    world.give("brief", 20);
    assert_eq!(world.means("brief", &demand), Outcome::Active);
    world.advance(20);
    let expired = Inactive::Unsealable(Unsealable::Expired);
    assert_eq!(world.means("brief", &demand), Outcome::Inactive(expired));
    world.give("long", 10_000_000);
    assert_eq!(world.means("long", &demand), Outcome::Active);
    world.advance(86_400 - 20);
    assert!(matches!(world.means("long", &demand), Outcome::Inactive(_)));
}

#[test]
fn with_zero_the_issuer_is_asked_each_time_and_by_a_question_that_was_begun_later() {
    for (max_age, max_staleness) in [(0, 30), (60, 0)] {
        let world = World::new(max_age);
        let demand = taking(max_staleness, None);
        world.give("token", 3_600);
        for n in 1..4 {
            assert_eq!(world.means("token", &demand), Outcome::Active);
            assert_eq!(world.asked(), n);
        }
        // Its answer to the first question was on its way when it ended the token.
        world.fakes.calls.http.set_delay(5);
        block_on(async {
            let mut first = Box::pin(world.meaning("token", &demand));
            assert!(futures_util::FutureExt::now_or_never(first.as_mut()).is_none());
            let later = world.meaning("token", &demand);
            world.end_all();
            assert_eq!(future::join(first, later).await, (INACTIVE, INACTIVE));
        });
    }
}

#[test]
fn a_no_is_remembered_for_ten_seconds_and_costs_no_question() {
    let world = World::new(60);
    let demand = taking(30, None);
    assert_eq!(world.means("token", &demand), INACTIVE);
    world.advance(9);
    for _ in 0..100 {
        assert!(matches!(world.look("token", &demand), Lookup::Known(_)));
    }
    assert_eq!(world.asked(), 1);
    world.give("token", 3_600);
    world.advance(1);
    assert_eq!(world.means("token", &demand), Outcome::Active);
}

#[test]
fn an_issuer_that_does_not_answer_is_never_a_no_and_what_is_known_has_its_grace() {
    let world = World::new(60);
    world.give("token", 3_600);
    assert_eq!(world.means("token", &taking(30, None)), Outcome::Active);
    world.fakes.calls.http.set_fault(Fault::Before);
    let down = || Outcome::Unavailable(Dependency::Provider);
    assert_eq!(world.means("other", &taking(30, Some(60))), down());
    world.advance(30);
    assert_eq!(world.means("token", &taking(30, None)), down());
    let gracious = taking(30, Some(60));
    let despite = Outcome::Despite(Dependency::Provider);
    assert_eq!(world.means("token", &gracious), despite);
    world.advance(59);
    assert_eq!(world.means("token", &gracious), despite);
    world.advance(1);
    assert_eq!(world.means("token", &gracious), down());
    world.fakes.calls.http.set_fault(Fault::None);
    world.advance(10);
    assert_eq!(world.means("token", &gracious), Outcome::Active);
}

#[test]
fn what_is_ended_here_is_ended_whatever_its_issuer_says() {
    let world = World::new(60);
    let strong = taking(0, None);
    world.give("token", 3_600);
    assert_eq!(world.means("token", &strong), Outcome::Active);
    let target = Target::Token(crate::revocation::foreign::digest("token"));
    let entry = Entry::new(&target, world.fakes.now().plus(Duration::from_hours(24)));
    block_on(world.fakes.append(&entry)).unwrap();
    assert_eq!(
        world.means("token", &strong),
        Outcome::Inactive(Inactive::Revoked)
    );
}

/// Opens a stream with a token.
fn open(world: &World, token: &str, demand: &Demand) -> OpenStream {
    let resolver = &world.resolver;
    let resolution = resolver.resolve(&world.fakes, TokenKind::Access, token, demand);
    let Resolution::Active(active) = block_on(resolution) else {
        panic!("it is active");
    };
    let stream = OpenStream::of(&active.session);
    let stream = OpenStream::from_bytes(&stream.to_bytes()).unwrap();
    assert!(stream.is_asked());
    stream
}

/// Looks at a stream as the edge does, until it may not go on or so many seconds are over.
fn watch(
    world: &World,
    (stream, token): (&OpenStream, &str),
    demand: &Demand,
    seconds: u64,
) -> (Standing, u64) {
    let start = world.fakes.now();
    loop {
        let now = world.fakes.now();
        let (standing, inquiry) = world.resolver.standing_asked(stream, token, demand, now);
        let passed = now.since(start).as_secs();
        let Standing::GoesOn { look_in, is_due } = standing else {
            return (standing, passed);
        };
        if passed >= seconds {
            return (standing, passed);
        }
        let budget = demand.of_stream().max_staleness;
        if is_due && world.resolver.log().begin_refresh(now, budget) {
            let _ = block_on(world.resolver.log().refresh(&world.fakes, budget));
        }
        if let Some(inquiry) = inquiry {
            let _ = block_on(world.resolver.finish(&world.fakes, inquiry, demand));
        }
        world.fakes.advance(look_in);
    }
}

#[test]
fn a_stream_ends_when_the_issuer_says_that_its_token_is_over() {
    for (max_age, max_staleness, within) in [(60, 30, 30), (60, 1, 5), (0, 30, 5)] {
        let world = World::new(max_age);
        let demand = taking(max_staleness, None);
        world.give("token", 3_600);
        let stream = open(&world, "token", &demand);
        let (standing, passed) = watch(&world, (&stream, "token"), &demand, 300);
        assert!(
            matches!(standing, Standing::GoesOn { .. }),
            "{standing:?} {passed}"
        );
        let asked = u64::from(world.asked());
        assert!(asked <= 2 + 300 / (within / 2), "{asked}");
        world.end_all();
        let start = world.fakes.now();
        let (standing, _) = watch(&world, (&stream, "token"), &demand, 300);
        let inactive = Inactive::Foreign {
            issuer: Some(0),
            reason: JwtRefusal::Inactive,
        };
        assert_eq!(standing, Standing::Over(inactive));
        assert!(world.fakes.now().since(start).as_secs() <= within);
    }
}

#[test]
fn a_stream_ends_in_time_when_the_issuer_does_not_answer() {
    for (grace, seconds) in [(None, 30), (Some(60), 90)] {
        let world = World::new(60);
        let demand = taking(30, grace);
        world.give("token", 3_600);
        let stream = open(&world, "token", &demand);
        world.fakes.calls.http.set_fault(Fault::Before);
        assert_eq!(
            watch(&world, (&stream, "token"), &demand, 300),
            (Standing::Unknown, seconds)
        );
    }
}

#[test]
fn nothing_that_is_like_our_own_is_shown_to_anyone_else() {
    let world = World::new(60);
    let demand = taking(30, None);
    let own = issue(&world.fakes, 1);
    let own = own.expose();
    let ticket = own.replacen("pst_at_", "pst_st_", 1);
    for text in [
        &own[..own.len() - 1],
        &format!("{own}A"),
        &ticket,
        "pst_rt_x",
        "pst_x",
    ] {
        assert!(
            matches!(world.means(text, &demand), Outcome::Inactive(_)),
            "{text}"
        );
    }
    // Nor is anything shown where the route does not say so.
    world.give("token", 3_600);
    assert!(matches!(world.means("token", &WEAK), Outcome::Inactive(_)));
    assert_eq!(world.asked(), 0);
}
