//! What a desk does with an attempt, alone and in a storm.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_executor::block_on;
use futures_util::future::join_all;

use super::secret;
use crate::accounts::{
    Attempt, Counts, DESKS, Desk, DeskObject, EACH, LONGEST_WAIT, MOST_FROM_ALL, MOST_FROM_ONE,
    NameMark, PLACES, RESERVED, Reply, Sender, desk_of,
};
use crate::time::Time;

const RIGHT: &str = "right";

/// An object whose checks take this long.
struct Object {
    now: Cell<Time>,
    check_takes: Duration,
    counts: RefCell<BTreeMap<NameMark, Counts>>,
    /// The passwords that were checked, in order.
    checked: RefCell<Vec<String>>,
    writes: Cell<u32>,
    fails: Cell<&'static str>,
}

impl Object {
    fn new(check_takes: Duration) -> Self {
        Self {
            now: Cell::new(Time::from_seconds(1_800_000_000)),
            check_takes,
            counts: RefCell::default(),
            checked: RefCell::default(),
            writes: Cell::new(0),
            fails: Cell::new(""),
        }
    }

    fn pass(&self, time: Duration) {
        self.now.set(self.now.get().plus(time));
    }

    fn may(&self, what: &'static str) -> Result<(), &'static str> {
        if self.fails.get() == what {
            Err(what)
        } else {
            Ok(())
        }
    }
}

impl DeskObject for Object {
    type Error = &'static str;

    fn now(&self) -> Time {
        self.now.get()
    }

    fn load(&self, name: NameMark) -> Result<Counts, &'static str> {
        self.may("load")?;
        Ok(self.counts.borrow().get(&name).cloned().unwrap_or_default())
    }

    fn save(&self, name: NameMark, counts: &Counts) -> Result<(), &'static str> {
        self.may("save")?;
        self.writes.set(self.writes.get() + 1);
        self.counts.borrow_mut().insert(name, counts.clone());
        Ok(())
    }

    fn is_right(&self, attempt: &Attempt) -> Result<bool, &'static str> {
        self.may("is_right")?;
        self.pass(self.check_takes);
        let password = attempt.password.expose().clone();
        let is_right = password == RIGHT;
        self.checked.borrow_mut().push(password);
        Ok(is_right)
    }

    async fn let_others_in(&self) {
        let mut has_waited = false;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut has_waited, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

fn attempt(name: u8, sender: Sender, password: &str) -> Attempt {
    Attempt {
        mark: NameMark([name; 16]),
        sender,
        name: secret("ann"),
        password: secret(password),
    }
}

fn source(number: usize) -> Sender {
    Sender::Source(number.to_be_bytes())
}

const OWNER: Sender = Sender::Browser([9; 8]);
/// As long as a check takes in workerd.
const USUAL: Duration = Duration::from_millis(40);

fn answer(desk: &Desk, object: &Object, attempt: &Attempt) -> Reply {
    block_on(desk.answer(attempt, object)).unwrap()
}

/// What is made of attempts that come at once.
fn at_once(desk: &Desk, object: &Object, attempts: &[Attempt]) -> Vec<Reply> {
    let all = attempts.iter().map(|attempt| desk.answer(attempt, object));
    block_on(join_all(all))
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn an_attempt_without_any_left_is_not_checked() {
    let (desk, object) = (Desk::default(), Object::new(USUAL));
    for _ in 0..MOST_FROM_ONE {
        assert_eq!(
            answer(&desk, &object, &attempt(1, source(1), "x")),
            Reply::Wrong
        );
    }
    let checked = object.checked.borrow().len();
    let refused = answer(&desk, &object, &attempt(1, source(1), RIGHT));
    assert!(
        matches!(refused, Reply::TooMany(wait) if wait < EACH),
        "{refused:?}"
    );
    assert_eq!(object.checked.borrow().len(), checked);
    // Under another name, from elsewhere, and from a browser that is known, there are some left.
    for other in [
        attempt(2, source(1), RIGHT),
        attempt(1, source(2), RIGHT),
        attempt(1, OWNER, RIGHT),
    ] {
        assert_eq!(answer(&desk, &object, &other), Reply::Right);
    }
    object.pass(EACH);
    assert_eq!(
        answer(&desk, &object, &attempt(1, source(1), RIGHT)),
        Reply::Right
    );
}

#[test]
fn attempts_that_come_at_once_are_counted_one_by_one() {
    let (desk, object) = (Desk::default(), Object::new(USUAL));
    let attempts: Vec<Attempt> = (0..PLACES - RESERVED)
        .map(|at| attempt(1, source(1), &format!("guess {at}")))
        .collect();
    let replies = at_once(&desk, &object, &attempts);
    let wrong = replies
        .iter()
        .filter(|reply| **reply == Reply::Wrong)
        .count();
    assert_eq!(wrong, MOST_FROM_ONE as usize, "{replies:?}");
    assert_eq!(object.checked.borrow().len(), MOST_FROM_ONE as usize);
}

#[test]
fn a_storm_under_a_name_does_not_keep_its_owner_out() {
    let (desk, object) = (Desk::default(), Object::new(USUAL));
    for round in 0..200 {
        // As many strangers as there are places, and more, each from elsewhere.
        let mut attempts: Vec<Attempt> = (0..2 * PLACES)
            .map(|at| attempt(1, source(round * 1_000 + at), "guess"))
            .collect();
        attempts.push(attempt(1, OWNER, RIGHT));
        let before = object.checked.borrow().len();
        let replies = at_once(&desk, &object, &attempts);
        assert_eq!(replies.last(), Some(&Reply::Right), "round {round}");
        let checked = object.checked.borrow();
        assert_eq!(
            checked[before], RIGHT,
            "the owner goes first, round {round}"
        );
        assert!(checked.len() - before <= 1 + PLACES - RESERVED);
    }
    let guesses = object.checked.borrow().len() - 200;
    assert!(guesses <= MOST_FROM_ALL as usize + 1, "{guesses}");
}

#[test]
fn the_queue_is_bounded_and_keeps_places_for_known_browsers() {
    let (desk, object) = (Desk::default(), Object::new(USUAL));
    let strangers = |name: u8| (0..100).map(move |at| attempt(name, source(at), "guess"));
    let known = (0..100_u8).map(|at| attempt(3, Sender::Browser([at; 8]), RIGHT));
    // Each name has attempts left; it is the queue that has no room.
    let attempts: Vec<Attempt> = strangers(1).chain(strangers(2)).chain(known).collect();
    let replies = at_once(&desk, &object, &attempts);
    let (of_strangers, of_known) = replies.split_at(200);
    let count =
        |replies: &[Reply], wanted: Reply| replies.iter().filter(|reply| **reply == wanted).count();
    assert_eq!(count(of_strangers, Reply::Wrong), PLACES - RESERVED);
    assert_eq!(count(of_strangers, Reply::Busy), 200 - (PLACES - RESERVED));
    assert_eq!(count(of_known, Reply::Right), RESERVED);
    assert_eq!(count(of_known, Reply::Busy), 100 - RESERVED);
    // Whoever found no room was not counted: one wrong attempt each of those who found some.
    assert_eq!(object.writes.get() as usize, PLACES - RESERVED);
    assert!(desk.is_idle(object.now()));
    assert_eq!(
        answer(&desk, &object, &attempt(1, source(99), RIGHT)),
        Reply::Right
    );
}

#[test]
fn nobody_waits_for_longer_than_the_bound() {
    let (desk, object) = (Desk::default(), Object::new(Duration::from_millis(300)));
    let attempts: Vec<Attempt> = (0..PLACES - RESERVED)
        .map(|at| attempt(1, source(at), "guess"))
        .collect();
    let replies = at_once(&desk, &object, &attempts);
    // After seven checks 2,100 ms are over.
    let checked = object.checked.borrow().len();
    assert_eq!(checked, 7);
    assert_eq!(replies[..7], [Reply::Wrong; 7]);
    assert!(
        replies[7..].iter().all(|reply| *reply == Reply::Busy),
        "{replies:?}"
    );
    assert_eq!(object.writes.get(), 7);
}

#[test]
fn a_request_that_the_platform_drops_holds_up_nobody() {
    let (desk, object) = (Desk::default(), Object::new(USUAL));
    let dropped = attempt(1, OWNER, RIGHT);
    let mut lost = Box::pin(desk.answer(&dropped, &object));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(lost.as_mut().poll(&mut context).is_pending());
    std::mem::forget(lost);
    assert!(!desk.is_idle(object.now()));
    let other = attempt(1, source(1), RIGHT);
    let mut waits = Box::pin(desk.answer(&other, &object));
    for _ in 0..10 {
        assert!(
            waits.as_mut().poll(&mut context).is_pending(),
            "the dropped one is first"
        );
    }
    object.pass(LONGEST_WAIT);
    assert!(waits.as_mut().poll(&mut context).is_pending());
    object.pass(Duration::from_millis(1));
    let later = attempt(1, source(2), RIGHT);
    assert_eq!(answer(&desk, &object, &later), Reply::Right);
    assert!(desk.is_idle(object.now()));
}

#[test]
fn a_wrong_attempt_costs_one_write_a_right_or_refused_one_none() {
    let (desk, object) = (Desk::default(), Object::new(USUAL));
    for expected in [0, 0] {
        assert_eq!(
            answer(&desk, &object, &attempt(1, source(1), RIGHT)),
            Reply::Right
        );
        assert_eq!(object.writes.get(), expected);
    }
    for at in 1..=MOST_FROM_ONE {
        answer(&desk, &object, &attempt(1, source(1), "x"));
        assert_eq!(object.writes.get(), at);
    }
    for _ in 0..100 {
        answer(&desk, &object, &attempt(1, source(1), "x"));
    }
    assert_eq!(object.writes.get(), MOST_FROM_ONE);
}

#[test]
fn what_fails_is_an_error_and_never_a_yes() {
    for what in ["load", "save", "is_right"] {
        let (desk, object) = (Desk::default(), Object::new(USUAL));
        answer(&desk, &object, &attempt(1, source(1), "x"));
        object.fails.set(what);
        // The right password has something to store as well: the count of its sender ends.
        for password in [RIGHT, "x"] {
            let failed = block_on(desk.answer(&attempt(1, source(1), password), &object));
            assert_eq!(failed, Err(what), "{password}");
        }
        object.fails.set("");
        assert_eq!(
            answer(&desk, &object, &attempt(1, source(1), RIGHT)),
            Reply::Right
        );
        assert!(desk.is_idle(object.now()));
    }
}

#[test]
fn names_are_spread_over_all_desks() {
    let mut seen = [0; DESKS as usize];
    for first in 0..=255 {
        let mut mark = [7; 16];
        mark[0] = first;
        seen[usize::from(desk_of(NameMark(mark)))] += 1;
    }
    assert_eq!(seen, [4; DESKS as usize]);
}
