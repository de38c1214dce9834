//! From a token to what it means: active, inactive, or unavailable.
//!
//! Job: one answer for the gate and the endpoints, so that they cannot disagree. [`Resolver::look`] does everything that
//! needs no I/O and is the hot path; [`Resolver::finish`] does the rest. Not its job: what the token is allowed to do.
//!
//! What costs no I/O comes first: the cache and the copy of the revocation log answer what is known, and
//! syntax, seal and expiry turn away every forgery. Only then is a store or the log asked.

mod batch;
mod cache;
mod foreign;
mod log;
mod meaning;
mod own;
mod refused;
mod relay;
mod resolver;
mod stream;
mod unknown;

use futures_util::future;

use crate::ports::Ports;
use crate::time::Time;
use crate::token::seal::TOKEN_LENGTH;
use crate::token::{TokenKind, Unsealable};

pub use cache::{CachedSession, Source};
pub use log::LogCopy;
pub use meaning::{Active, Demand, Inactive, Outage, Resolution};
pub use relay::Relay;
pub use resolver::{Inquiry, Lookup, Resolver};
pub use stream::{OpenStream, Standing};

use resolver::{Unknown, ended};

impl<A> Resolver<A> {
    /// What a token of this kind (an access token or a ticket) means.
    pub async fn resolve<P: Ports>(
        &self,
        ports: &P,
        kind: TokenKind,
        token: &str,
        demand: &Demand,
    ) -> Resolution<A> {
        match self.look(kind, token, demand, ports.now()) {
            Lookup::Known(resolution) => resolution,
            Lookup::NeedsIo(inquiry) => self.finish(ports, inquiry, demand).await,
            // Nothing can be asked beside it here.
            Lookup::Due(_, inquiry) => match self.finish(ports, inquiry, demand).await {
                Resolution::Unavailable(unavailable) => {
                    match self.look(kind, token, demand, ports.now()) {
                        Lookup::Known(resolution) | Lookup::Due(resolution, _) => resolution,
                        Lookup::NeedsIo(_) => Resolution::Unavailable(unavailable),
                    }
                }
                newer => newer,
            },
        }
    }

    /// What a token of this kind (an access token or a ticket) means, as far as that is known without I/O.
    #[must_use]
    pub fn look(&self, kind: TokenKind, token: &str, demand: &Demand, now: Time) -> Lookup<A> {
        // Before the cache, which has both kinds: a ticket is not an access token. And a text of any other
        // length is not hashed.
        if token.len() == TOKEN_LENGTH && token.starts_with(kind.prefix()) {
            return self.look_own(kind, token, demand, now);
        }
        if demand.accept.takes_foreign() && kind == TokenKind::Access {
            return self.look_foreign(token, demand, now);
        }
        Lookup::inactive(Inactive::Unsealable(Unsealable::Malformed))
    }

    /// Finds out what [`Self::look`] could not.
    pub async fn finish<P: Ports>(
        &self,
        ports: &P,
        Inquiry(unknown): Inquiry<A>,
        demand: &Demand,
    ) -> Resolution<A> {
        let (last_seen, log_too) = match &unknown {
            Unknown::Log(_) => (None, true),
            Unknown::Record {
                last_seen, log_too, ..
            }
            | Unknown::Foreign {
                last_seen, log_too, ..
            } => (last_seen.clone(), *log_too),
        };
        let log = async {
            if log_too {
                self.log.follow(ports, demand.max_staleness).await
            } else {
                Ok(())
            }
        };
        let found = async {
            match unknown {
                Unknown::Log(session) => Ok(Ok(session)),
                Unknown::Record { about, .. } => self.find_own(ports, about).await,
                Unknown::Foreign { about, .. } => {
                    let was_active = last_seen.is_some();
                    self.find_foreign(ports, about, was_active, demand).await
                }
            }
        };
        let (session, log, found) = match future::join(log, found).await {
            (log, Ok(Ok(session))) => (session, log, Ok(())),
            // Neither a record nor the log: the token is not valid either way, but only the
            // log can say why. It may be asked again.
            (Err(unavailable), Ok(Err(Inactive::NoRecord))) => {
                return Resolution::Unavailable(unavailable);
            }
            (_, Ok(Err(inactive))) => return Resolution::Inactive(inactive),
            (log, Err(unavailable)) => match (last_seen, demand.outage_grace) {
                (Some((session, overdue)), Some(grace)) if overdue < grace => {
                    (session, log, Err(unavailable))
                }
                (_, _) => return Resolution::Unavailable(unavailable),
            },
        };
        // The record may have been slow: the copy that was young enough before may not be any more.
        let is_strong = demand.max_staleness.is_zero();
        let log =
            if log.is_ok() && !is_strong && !self.log.is_fresh(ports.now(), demand.max_staleness) {
                self.log.follow(ports, demand.max_staleness).await
            } else {
                log
            };
        let now = ports.now();
        let follower = self.log.follower.borrow();
        if let Some(inactive) = ended(&session, &follower, now) {
            return Resolution::Inactive(inactive);
        }
        let Some(unavailable) = log.err().or(found.err()) else {
            return Resolution::active(session);
        };
        let grace = demand.outage_grace.unwrap_or_default();
        match follower.age(now) {
            Some(log_age) if log_age < demand.max_staleness + grace => Resolution::Active(Active {
                session,
                outage: Some(Outage {
                    unavailable,
                    log_age,
                }),
            }),
            Some(_) | None => Resolution::Unavailable(unavailable),
        }
    }
}

#[cfg(test)]
mod tests;
