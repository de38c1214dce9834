//! Where attempts are counted and passwords are checked.
//!
//! Job: what one Durable Object does with an attempt, from its arrival to the reply. Not its job: storage, the
//! clock, and waiting; the object around it does that.
//!
//! There are [`DESKS`] of them, and a keyed hash of the name decides which one it is. One object for each
//! name would tell which names have accounts: the platform makes an object at its first request, close to
//! whoever sends it, and an object that exists already answers sooner, and from somewhere else. And anyone
//! could have it make any number of objects. So names that have an account share the desks with names that
//! have none.

use std::cell::RefCell;

use super::attempt::{Attempt, NameMark, Reply};
use super::counts::Counts;
use super::queue::{Queue, Turn};
use crate::time::Time;

/// How many desks there are. With another number the counts begin anew.
pub const DESKS: u8 = 64;

/// The number of the desk for the name with this keyed hash.
#[must_use]
pub const fn desk_of(NameMark(mark): NameMark) -> u8 {
    mark[0] % DESKS
}

/// The object around a desk.
#[expect(
    async_fn_in_trait,
    reason = "an object has one thread, so no future need be Send"
)]
pub trait DeskObject {
    /// Why something could not be done.
    type Error;

    /// The present moment.
    fn now(&self) -> Time;

    /// The counts under this name; none where nothing is stored. It must not wait.
    ///
    /// # Errors
    /// Where it can't be found out.
    fn load(&self, name: NameMark) -> Result<Counts, Self::Error>;

    /// Stores the counts under this name until [`Counts::over_at`]. It must not wait, and no reply may leave the
    /// object before they are stored.
    ///
    /// # Errors
    /// Where they are not stored.
    fn save(&self, name: NameMark, counts: &Counts) -> Result<(), Self::Error>;

    /// Whether the password is the one of the account with this name. It takes tens of milliseconds, for a
    /// name without an account as well, and must not wait.
    ///
    /// # Errors
    /// Where that can't be found out.
    fn is_right(&self, attempt: &Attempt) -> Result<bool, Self::Error>;

    /// Lets the attempts in that have arrived meanwhile.
    async fn let_others_in(&self);
}

/// A desk.
#[derive(Debug, Default)]
pub struct Desk(RefCell<Queue>);

impl Desk {
    /// Whether nobody waits.
    #[must_use]
    pub fn is_idle(&self, now: Time) -> bool {
        self.0.borrow_mut().is_empty(now)
    }

    /// What is made of an attempt.
    ///
    /// # Errors
    /// Those of the object. Then the attempt may have been counted, and the password was not told right or
    /// wrong.
    pub async fn answer<O: DeskObject>(
        &self,
        attempt: &Attempt,
        object: &O,
    ) -> Result<Reply, O::Error> {
        let (name, sender) = (attempt.mark, attempt.sender);
        let arrived = object.now();
        // Whoever has no attempt left takes no place in the queue.
        if let Some(wait) = object.load(name)?.wait(sender, arrived) {
            return Ok(Reply::TooMany(wait));
        }
        let Some(place) = self.0.borrow_mut().enter(sender.is_known(), arrived) else {
            return Ok(Reply::Busy);
        };
        loop {
            object.let_others_in().await;
            let turn = self.0.borrow_mut().turn(place, object.now());
            match turn {
                Turn::Own => break,
                Turn::Other => {}
                Turn::Lost => return Ok(Reply::Busy),
            }
        }
        // From here on nothing waits, so no other attempt comes in between.
        let (counts, now) = (object.load(name)?, object.now());
        if let Some(wait) = counts.wait(sender, now) {
            return Ok(Reply::TooMany(wait));
        }
        let is_right = object.is_right(attempt)?;
        let after = if is_right {
            counts.clone().after_right(sender, now)
        } else {
            counts.clone().after_wrong(sender, now)
        };
        if after != counts {
            object.save(name, &after)?;
        }
        Ok(if is_right { Reply::Right } else { Reply::Wrong })
    }
}
