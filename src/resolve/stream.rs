//! Streams that are open: whether what one was opened with still counts.
//!
//! Job: what is kept of an open stream, and what the copy of the revocation log says of it. A stream goes on as long as
//! a new request with the same credential would be let in: the credential has not expired, the copy does not end it,
//! and the copy is young enough to be believed. Nothing is kept here for a stream: whoever has it open keeps some 130
//! bytes. Not its job: asking the log, and ending the stream.

use std::time::Duration;

use super::cache::{Cached, CachedSession, Source};
use super::meaning::{Demand, Inactive};
use super::resolver::{AboutForeign, Inquiry, Resolver, Unknown};
use crate::revocation::TargetIds;
use crate::time::Time;
use crate::token::{PlainToken, Unsealable};

/// What `max_staleness` counts as at least: nobody asks the log without a pause.
const LEAST: Duration = Duration::from_secs(1);

/// How long before a copy is too old the log is asked for the next one, at most; with less time, half of it.
const LEAD: Duration = Duration::from_secs(5);

/// A copy that is older than that may have missed an entry: the log keeps each for an hour at least.
const OLDEST: Duration = Duration::from_mins(55);

/// What `max_staleness` and `max_age` count as at least where another issuer is asked about a stream: it would be asked all
/// the time otherwise, with nobody waiting for it.
const LEAST_ASKED: Duration = Duration::from_secs(5);

/// How often another issuer is asked while it does not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// How often to look for an answer that is on its way.
const SOON: Duration = Duration::from_millis(200);

/// What a stream was opened with.
#[derive(Clone, Debug)]
pub struct OpenStream {
    expires_at: Time,
    targets: TargetIds,
    /// Whether another issuer has to be asked again and again what its token means.
    is_asked: bool,
}

/// What is known of an open stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may go on.
    GoesOn {
        /// It has to be looked at again after this time.
        look_in: Duration,
        /// The log has to be asked before that: the copy will soon be too old.
        is_due: bool,
    },
    /// What it was opened with does not count any more.
    Over(Inactive),
    /// The copy is too old to say so.
    Unknown,
}

impl OpenStream {
    /// A stream that was opened with the token of this session.
    #[must_use]
    pub fn of<A>(session: &CachedSession<A>) -> Self {
        Self {
            expires_at: session.record().expires_at,
            targets: session.targets().clone(),
            is_asked: matches!(
                session.source(),
                Source::Issuer {
                    asked_at: Some(_),
                    ..
                }
            ),
        }
    }

    /// Whether [`Resolver::standing_asked`] says how it is: another issuer is asked.
    #[must_use]
    pub const fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// The same, over at the latest then.
    #[must_use]
    pub fn until(mut self, end: Option<Time>) -> Self {
        self.expires_at = end.map_or(self.expires_at, |end| end.min(self.expires_at));
        self
    }

    /// It as bytes, for memory alone: `is_asked(1) expires_at(8)` and the targets.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.is_asked)];
        bytes.extend(self.expires_at.seconds().to_be_bytes());
        bytes.append(&mut self.targets.to_bytes());
        bytes
    }

    /// The reverse of [`Self::to_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (is_asked, bytes) = bytes.split_first()?;
        let (expires_at, targets) = bytes.split_first_chunk()?;
        Some(Self {
            is_asked: *is_asked == 1,
            expires_at: Time::from_seconds(u64::from_be_bytes(*expires_at)),
            targets: TargetIds::from_bytes(targets)?,
        })
    }
}

impl Demand {
    /// The same for an open stream, which is looked at now and then.
    #[must_use]
    pub fn of_stream(&self) -> Self {
        Self {
            max_staleness: self.max_staleness.max(LEAST),
            ..*self
        }
    }
}

impl<A> Resolver<A> {
    /// What is known now of an open stream of a route with this demand. Without I/O.
    #[must_use]
    pub fn standing(&self, stream: &OpenStream, demand: &Demand, now: Time) -> Standing {
        if now.has_reached(stream.expires_at) {
            return Standing::Over(Inactive::Unsealable(Unsealable::Expired));
        }
        let follower = self.log.follower.borrow();
        // A revocation is never undone, so it is believed however old the copy is.
        if follower.cuts_off(&stream.targets) {
            return Standing::Over(Inactive::Revoked);
        }
        let fresh_for = demand.of_stream().max_staleness;
        let believed_for = (fresh_for + demand.outage_grace.unwrap_or_default()).min(OLDEST);
        let Some(age) = follower.age(now).filter(|age| *age < believed_for) else {
            return Standing::Unknown;
        };
        let lead = LEAD.min(fresh_for / 2);
        let before_due = fresh_for.saturating_sub(age).saturating_sub(lead);
        let is_due = before_due.is_zero();
        let look_in = if is_due {
            SOON.min(lead / 4)
        } else {
            before_due
        };
        Standing::GoesOn {
            look_in: look_in
                .min(believed_for.saturating_sub(age))
                .min(stream.expires_at.since(now)),
            is_due,
        }
    }

    /// The same of a stream whose token another issuer is asked about. The question comes along that has to be asked now,
    /// beside the stream, with [`Self::finish`]. Its answer is here at the next look.
    #[must_use]
    pub fn standing_asked(
        &self,
        stream: &OpenStream,
        token: &str,
        demand: &Demand,
        now: Time,
    ) -> (Standing, Option<Inquiry<A>>) {
        let standing = self.standing(stream, demand, now);
        let Standing::GoesOn { look_in, is_due } = standing else {
            return (standing, None);
        };
        let mut cache = self.cache.borrow_mut();
        let cache_key = cache.key(token);
        let found = match cache.get(cache_key, now) {
            Some(Cached::Fresh(session) | Cached::Old(session, _)) => {
                Some((session.source(), session))
            }
            None => None,
        };
        let Some((
            Source::Issuer {
                place,
                asked_at: Some(asked_at),
            },
            session,
        )) = found
        else {
            let refused = self.refused.borrow().get(cache_key, demand.accept, now);
            return (refused.map_or(Standing::Unknown, Standing::Over), None);
        };
        let age = now.since(asked_at);
        let fresh_for = self.believed_for(place, demand).max(LEAST_ASKED);
        let believed_for = fresh_for + demand.outage_grace.unwrap_or_default();
        if age >= believed_for {
            return (Standing::Unknown, None);
        }
        let before_due = (fresh_for / 2).saturating_sub(age);
        if !before_due.is_zero() {
            let look_in = look_in.min(before_due);
            return (Standing::GoesOn { look_in, is_due }, None);
        }
        let whose = self.issuers.whose(token, demand.accept).ok();
        let inquiry = whose.map(|whose| {
            Inquiry(Unknown::Foreign {
                about: AboutForeign {
                    token: PlainToken::new(token.to_owned()),
                    cache_key,
                    whose,
                },
                last_seen: Some((session, Duration::ZERO)),
                log_too: false,
            })
        });
        let look_in = look_in.min(AGAIN).min(believed_for.saturating_sub(age));
        (Standing::GoesOn { look_in, is_due }, inquiry)
    }
}
