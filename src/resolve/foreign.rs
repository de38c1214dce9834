//! Tokens of other issuers, from the cache or from whoever knows what they mean.
//!
//! Job: what of our own tokens the seal and the record say is said of theirs by their issuers ([`crate::issuers`]). The
//! cache and the copy of the revocation log are the same, so a token that is known costs what one of our own costs. The
//! session of a JWT is believed for as long as a record of our own; then its signature is checked again, because its key
//! may be gone. An answer of an issuer is believed for the route's `max_staleness` or the issuer's `max_age`, whichever is
//! less, and renewed beside a request once half of that is over.

use std::rc::Rc;
use std::time::Duration;

use super::cache::{Cached, CachedSession, FRESH, Source};
use super::meaning::{Demand, Inactive, Resolution};
use super::refused::REMEMBERED;
use super::resolver::{AboutForeign, Inquiry, Lookup, Resolver, Unknown, ended};
use crate::config::Tokens;
use crate::issuers::Asked;
use crate::jose::{Failure, JwtRefusal};
use crate::ports::{Ports, Unavailable};
use crate::revocation::foreign;
use crate::single_flight::Needed;
use crate::time::Time;
use crate::token::{PlainToken, Unsealable};

/// What every token of Postern's own begins with, whatever it is for. None of them is ever shown to anyone else.
const OWN: &str = "pst_";

/// For how long it is remembered that an issuer said "no": it may change its mind.
const BRIEFLY: Duration = Duration::from_secs(10);

/// A longer text is not hashed.
const LONGEST: usize = 16 * 1024;

impl<A> Resolver<A> {
    /// What a token means that has not the form of one of Postern's own, as far as that is known without I/O.
    pub(super) fn look_foreign(&self, token: &str, demand: &Demand, now: Time) -> Lookup<A> {
        if token.len() > LONGEST || token.starts_with(OWN) {
            return Lookup::inactive(Inactive::Unsealable(Unsealable::Malformed));
        }
        let mut cache = self.cache.borrow_mut();
        let cache_key = cache.key(token);
        let follower = self.log.follower.borrow();
        let log_is_fresh = follower.is_fresh(now, demand.max_staleness);
        let (session, age) = match cache.get(cache_key, now) {
            Some(Cached::Fresh(session)) => (Some(session), Duration::ZERO),
            Some(Cached::Old(session, age)) => (Some(session), age),
            None => (None, Duration::ZERO),
        };
        let mut last_seen = None;
        let mut is_due = false;
        if let Some(session) = session
            && let Source::Issuer { place, asked_at } = session.source()
            && demand.accept.takes(place)
        {
            if let Some(inactive) = ended(&session, &follower, now) {
                cache.remove(cache_key);
                return Lookup::inactive(inactive);
            }
            let (age, believed_for) = match asked_at {
                None => (age, FRESH),
                Some(asked_at) => (now.since(asked_at), self.believed_for(place, demand)),
            };
            if age < believed_for {
                if !log_is_fresh {
                    return Lookup::NeedsIo(Inquiry(Unknown::Log(session)));
                }
                is_due = asked_at.is_some() && age >= believed_for / 2 && session.begin_renewal();
                if !is_due {
                    return Lookup::active(session);
                }
            }
            last_seen = Some((session, age.saturating_sub(believed_for)));
        }
        if let Some(why) = self.refused.borrow().get(cache_key, demand.accept, now) {
            return Lookup::inactive(why);
        }
        let whose = match self.issuers.whose(token, demand.accept) {
            Ok(whose) => whose,
            Err(reason) => {
                let issuer = None;
                let why = Inactive::Foreign { issuer, reason };
                let until = now.plus(REMEMBERED);
                let mut refused = self.refused.borrow_mut();
                refused.insert(cache_key, demand.accept, why, until);
                return Lookup::inactive(why);
            }
        };
        let known = last_seen.clone().filter(|_| is_due);
        let inquiry = Inquiry(Unknown::Foreign {
            about: AboutForeign {
                token: PlainToken::new(token.to_owned()),
                cache_key,
                whose,
            },
            last_seen,
            log_too: !log_is_fresh,
        });
        match known {
            Some((session, _)) => Lookup::Due(Resolution::active(session), inquiry),
            None => Lookup::NeedsIo(inquiry),
        }
    }

    /// For how long an answer of the issuer at this place is believed.
    pub(super) fn believed_for(&self, place: u8, demand: &Demand) -> Duration {
        match self.issuers.get(place).map(|issuer| &issuer.tokens) {
            Some(Tokens::Opaque(opaque)) => demand.max_staleness.min(opaque.max_age),
            Some(Tokens::Jwt(_)) | None => Duration::ZERO,
        }
    }

    /// For how long it is remembered that a token of the issuer at this place was refused.
    fn remembered_for(&self, place: u8) -> Duration {
        match self.issuers.get(place).map(|issuer| &issuer.tokens) {
            Some(Tokens::Opaque(_)) => BRIEFLY,
            Some(Tokens::Jwt(_)) | None => REMEMBERED,
        }
    }

    /// The session that a token of another issuer stands for, or why it stands for none. `was_active` is whether it counted
    /// a short while ago.
    pub(super) async fn find_foreign<P: Ports>(
        &self,
        ports: &P,
        about: AboutForeign,
        was_active: bool,
        demand: &Demand,
    ) -> Result<Result<Rc<CachedSession<A>>, Inactive>, Unavailable> {
        let AboutForeign {
            token,
            cache_key,
            whose,
        } = about;
        let place = whose.issuer;
        // Exposed to be named by its digest.
        let digest = foreign::digest(token.expose());
        let believed_for = self.believed_for(place, demand);
        let asked = Asked {
            token: &token,
            digest,
            is_known: was_active,
            needed: match believed_for {
                Duration::ZERO => Needed::Next,
                _ => Needed::Since(
                    ports
                        .now()
                        .minus(believed_for)
                        .plus(Duration::from_millis(1)),
                ),
            },
        };
        let read = self.issuers.read(whose, &asked, ports).await;
        let now = ports.now();
        match read {
            Ok(foreign) => {
                let issuer = self.issuers.get(place).map_or("", |i| i.issuer.as_str());
                let session = Rc::new(CachedSession::foreign(foreign, digest, place, issuer));
                let mut cache = self.cache.borrow_mut();
                cache.insert(cache_key, Rc::clone(&session), now);
                Ok(Ok(session))
            }
            Err(Failure::Refused(reason)) => {
                let issuer = Some(place);
                let why = Inactive::Foreign { issuer, reason };
                self.cache.borrow_mut().remove(cache_key);
                if is_final(reason) {
                    let until = now.plus(self.remembered_for(place));
                    let mut refused = self.refused.borrow_mut();
                    refused.insert(cache_key, demand.accept, why, until);
                }
                Ok(Err(why))
            }
            Err(Failure::Unavailable(unavailable)) => Err(unavailable),
        }
    }
}

/// Whether a token that was refused for this reason never counts.
const fn is_final(reason: JwtRefusal) -> bool {
    !matches!(reason, JwtRefusal::UnknownKey | JwtRefusal::NotYetValid(_))
}
