//! How many attempts under one name are left, and to whom.
//!
//! Job: a pure state: what counts, what is over, how long to wait. Not its job: storing it, and the password.
//!
//! Each count is a bucket with room for a number of attempts, out of which one attempt drains every
//! [`EACH`]. Such a bucket is one instant, at which it will be empty. So a count needs no window, costs eight
//! bytes, and is over by itself.
//! - **One source** under this name: [`MOST_FROM_ONE`].
//! - **All sources** under this name together: [`MOST_FROM_ALL`], which makes a hundred wrong attempts in any
//!   hour. That is the most that the OWASP ASVS 4.0 (2.2.1) allows for an account, and the number of NIST SP
//!   800-63B (5.2.2). NIST would close the account after them; here it opens again by itself, because
//!   otherwise anyone could close anyone's account for good.
//! - **A browser that has logged in under this name before**: [`MOST_FROM_ONE`] of its own, whatever the
//!   others do (OWASP's device cookies). It does not count among the sources.
//!
//! Only wrong attempts count. A right one ends the count of its sender, and not the count of all: otherwise
//! each login of the owner would give others as many attempts again.
//! ```text
//! counts = 1 all(8) *( sender(9) empty-at(8) )   ; instants in milliseconds since the Unix epoch
//! ```

use std::time::Duration;

use super::attempt::Sender;
use super::bytes::Reader;
use crate::time::Time;

const FORMAT: u8 = 1;

/// How long it takes until one more attempt may be made.
pub const EACH: Duration = Duration::from_mins(6);
/// How many attempts one source, or one known browser, may make at once.
pub const MOST_FROM_ONE: u32 = 10;
/// How many attempts all sources together may make at once.
pub const MOST_FROM_ALL: u32 = 90;
/// How many known browsers may have wrong attempts at the same time. More of them have to wait.
pub const MOST_BROWSERS: usize = 32;

/// The wrong attempts under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    all: Bucket,
    senders: Vec<(Sender, Bucket)>,
}

/// When it will be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bucket(Time);

impl Bucket {
    const EMPTY: Self = Self(Time::from_millis(0));

    /// How long to wait until one more fits. `None` where it fits now.
    fn wait(self, most: u32, now: Time) -> Option<Duration> {
        let wait = self.level(most, now).saturating_sub(EACH * (most - 1));
        (!wait.is_zero()).then_some(wait)
    }

    fn with_one_more(self, most: u32, now: Time) -> Self {
        Self(now.plus(self.level(most, now) + EACH))
    }

    /// How long it takes to drain. Never more than when it is full, wherever the clock was before.
    fn level(self, most: u32, now: Time) -> Duration {
        self.0.since(now).min(EACH * most)
    }

    const fn is_empty(self, now: Time) -> bool {
        now.millis() >= self.0.millis()
    }
}

impl Default for Counts {
    /// No attempts.
    fn default() -> Self {
        Self {
            all: Bucket::EMPTY,
            senders: Vec::new(),
        }
    }
}

impl Counts {
    /// How long this sender has to wait. `None` where it may try now.
    #[must_use]
    pub fn wait(&self, sender: Sender, now: Time) -> Option<Duration> {
        let own = self.of(sender).wait(MOST_FROM_ONE, now);
        let among = match sender {
            Sender::Source(_) => self.all.wait(MOST_FROM_ALL, now),
            Sender::Browser(_) => self.wait_for_room(sender, now),
        };
        own.max(among)
    }

    /// The counts after a wrong attempt.
    #[must_use]
    pub fn after_wrong(mut self, sender: Sender, now: Time) -> Self {
        let own = self.of(sender).with_one_more(MOST_FROM_ONE, now);
        if !sender.is_known() {
            self.all = self.all.with_one_more(MOST_FROM_ALL, now);
        }
        self.forget(sender, now);
        self.senders.push((sender, own));
        self
    }

    /// The counts after a right attempt.
    #[must_use]
    pub fn after_right(mut self, sender: Sender, now: Time) -> Self {
        self.forget(sender, now);
        self
    }

    /// When nothing counts any more.
    #[must_use]
    pub fn over_at(&self) -> Time {
        let each = self.senders.iter().map(|(_, bucket)| *bucket);
        each.fold(self.all, Bucket::max).0
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![FORMAT];
        out.extend_from_slice(&self.all.0.millis().to_be_bytes());
        for (sender, bucket) in &self.senders {
            sender.write(&mut out);
            out.extend_from_slice(&bucket.0.millis().to_be_bytes());
        }
        out
    }

    /// Reads [`Self::to_bytes`]; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes, FORMAT)?;
        let all = read(&mut from)?;
        let mut senders = Vec::new();
        while !from.rest().is_empty() {
            senders.push((Sender::read(&mut from)?, read(&mut from)?));
        }
        Some(Self { all, senders })
    }

    fn of(&self, sender: Sender) -> Bucket {
        let found = self.senders.iter().find(|(other, _)| *other == sender);
        found.map_or(Bucket::EMPTY, |(_, bucket)| *bucket)
    }

    /// Forgets a sender, and every count that is over.
    fn forget(&mut self, sender: Sender, now: Time) {
        self.senders
            .retain(|(other, bucket)| *other != sender && !bucket.is_empty(now));
        if self.all.is_empty(now) {
            self.all = Bucket::EMPTY;
        }
    }

    /// How long a known browser has to wait until its count can be kept. Sources need no such bound: all of
    /// them together have at most [`MOST_FROM_ALL`] attempts that are not over.
    fn wait_for_room(&self, sender: Sender, now: Time) -> Option<Duration> {
        let others = self.senders.iter().filter(|(other, bucket)| {
            other.is_known() && *other != sender && !bucket.is_empty(now)
        });
        let empty_at: Vec<Bucket> = others.map(|(_, bucket)| *bucket).collect();
        let first = empty_at.iter().min()?;
        (empty_at.len() >= MOST_BROWSERS).then(|| first.level(MOST_FROM_ONE, now))
    }
}

fn read(from: &mut Reader<'_>) -> Option<Bucket> {
    let millis = u64::from_be_bytes(from.array()?);
    Some(Bucket(Time::from_millis(millis)))
}
