//! The assertions that were made for a session, and how long each serves further requests.
//!
//! ```text
//! made                      half of its life              three quarters            expired
//!  |------- it serves -------|---- it serves, and one ------|--- a request waits ------|
//!                               request renews it beside         for a new one
//! ```
//! So under steady traffic no request waits except the first, and no origin gets one that expires on its way there.

use std::cell::{Cell, RefCell};

use crate::config::{Assertion, Route};
use crate::time::Time;

/// How many a session keeps: one for each origin that it goes to. Of more than that, the oldest goes.
const MOST: usize = 4;

/// About how large one is, in bytes, but for claims that are kept, which weigh enough elsewhere.
const SIZE: usize = 1024;

/// What a session has to have room for on a site with these routes, in bytes.
#[must_use]
pub fn room(routes: &[Route]) -> usize {
    let mut wanted: Vec<&Assertion> = Vec::new();
    for assertion in routes.iter().filter_map(|route| route.assertion.as_ref()) {
        if wanted.len() < MOST && !wanted.contains(&assertion) {
            wanted.push(assertion);
        }
    }
    wanted.len() * SIZE
}

/// The assertions of one session. `T` is what the caller keeps of each.
#[derive(Debug)]
pub struct Made<T>(RefCell<Vec<One<T>>>);

#[derive(Debug)]
struct One<T> {
    what: Assertion,
    value: T,
    renew_at: Time,
    until: Time,
    is_being_renewed: Cell<bool>,
}

/// What there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look<T> {
    /// It serves.
    Ready(T),
    /// It serves, and whoever is told so makes the next one.
    Renew(T),
    /// There is none that serves.
    Missing,
}

impl<T: Clone> Made<T> {
    /// The assertion that serves an origin now.
    pub fn look(&self, what: &Assertion, now: Time) -> Look<T> {
        let made = self.0.borrow();
        match made.iter().find(|one| one.what == *what) {
            Some(one) if !now.has_reached(one.until) => {
                if now.has_reached(one.renew_at) && !one.is_being_renewed.replace(true) {
                    Look::Renew(one.value.clone())
                } else {
                    Look::Ready(one.value.clone())
                }
            }
            _ => Look::Missing,
        }
    }

    /// Keeps one that was made at `made_at` and counts until `expires_at`.
    pub fn keep(&self, what: &Assertion, value: T, made_at: Time, expires_at: Time) {
        let life = expires_at.since(made_at);
        let one = One {
            what: what.clone(),
            value,
            renew_at: made_at.plus(life / 2),
            until: made_at.plus(life * 3 / 4),
            is_being_renewed: Cell::new(false),
        };
        let mut made = self.0.borrow_mut();
        if let Some(known) = made.iter_mut().find(|known| known.what == one.what) {
            *known = one;
            return;
        }
        if made.len() >= MOST {
            made.remove(0);
        }
        made.push(one);
    }
}

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}
