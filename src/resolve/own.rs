//! Postern's own tokens, from the cache or from the stores.

use std::rc::Rc;

use super::cache::{Cached, CachedSession, FRESH};
use super::meaning::{Demand, Inactive};
use super::resolver::{AboutOwn, Inquiry, Lookup, Resolver, Unknown, ended};
use crate::ports::{Dependency, Ports, Unavailable};
use crate::revocation::entry::TargetId;
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SealedRecord, SessionRecord};
use crate::time::Time;
use crate::token::{PlainToken, TokenDigest, TokenKind};

impl<A> Resolver<A> {
    /// What a token of this kind means, as far as that is known without I/O. It has the form of one of Postern's own.
    pub(super) fn look_own(
        &self,
        kind: TokenKind,
        token: &str,
        demand: &Demand,
        now: Time,
    ) -> Lookup<A> {
        if !demand.accept.takes_own() && kind == TokenKind::Access {
            return Lookup::inactive(Inactive::NotAccepted);
        }
        let mut cache = self.cache.borrow_mut();
        let cache_key = cache.key(token);
        let follower = self.log.follower.borrow();
        let log_is_fresh = follower.is_fresh(now, demand.max_staleness);
        let last_seen = match cache.get(cache_key, now) {
            Some(Cached::Fresh(session)) => {
                if let Some(inactive) = ended(&session, &follower, now) {
                    cache.remove(cache_key);
                    return Lookup::inactive(inactive);
                }
                return if log_is_fresh {
                    Lookup::active(session)
                } else {
                    Lookup::NeedsIo(Inquiry(Unknown::Log(session)))
                };
            }
            Some(Cached::Old(session, age)) => Some((session, age.saturating_sub(FRESH))),
            None => None,
        };
        let pointer = match self.keys.open(kind, token, now) {
            Ok(pointer) => pointer,
            Err(unsealable) => return Lookup::inactive(Inactive::Unsealable(unsealable)),
        };
        let token = PlainToken::new(token.to_owned());
        let digest = TokenDigest::of(&token);
        // A revocation is never undone, so an entry is believed however old the copy is.
        let targets = [TargetId::token(digest), TargetId::session(pointer.session)];
        if targets.into_iter().any(|target| follower.has_ended(target)) {
            cache.remove(cache_key);
            return Lookup::inactive(Inactive::Revoked);
        }
        Lookup::NeedsIo(Inquiry(Unknown::Record {
            about: AboutOwn {
                token,
                cache_key,
                pointer,
                digest,
            },
            last_seen,
            log_too: !log_is_fresh,
        }))
    }

    /// The session of a token whose seal holds, or that it has none.
    pub(super) async fn find_own<P: Ports>(
        &self,
        ports: &P,
        about: AboutOwn,
    ) -> Result<Result<Rc<CachedSession<A>>, Inactive>, Unavailable> {
        let record = self.load(ports, &about).await?;
        let mut cache = self.cache.borrow_mut();
        let Some(record) = record else {
            cache.remove(about.cache_key);
            return Ok(Err(Inactive::NoRecord));
        };
        let session = Rc::new(CachedSession::new(record, about.digest));
        cache.insert(about.cache_key, Rc::clone(&session), ports.now());
        Ok(Ok(session))
    }

    /// The record of a token: from the record store, or from the session's coordinator if the store has none.
    /// A store that lags is not believed when it says that there is none: only the coordinator can say that.
    async fn load<P: Ports>(
        &self,
        ports: &P,
        about: &AboutOwn,
    ) -> Result<Option<SessionRecord>, Unavailable> {
        let AboutOwn {
            token,
            cache_key,
            pointer,
            digest,
        } = about;
        let kind = token.kind().ok_or_else(|| {
            let cause = "a token without a kind has no record";
            Unavailable::new(Dependency::RecordStore, cause)
        })?;
        let key = RecordKey::new(kind, *digest);
        let open = |sealed: &SealedRecord, source| {
            sealed
                .open(&key, token, &self.keys)
                .ok()
                .filter(|record| record.session == pointer.session)
                // A record that can't be read is not a "no": a later version may have written it.
                .ok_or_else(|| Unavailable::new(source, "the record that it gave cannot be read"))
                .map(Some)
        };
        if let Some(sealed) = ports.read(&key).await? {
            return open(&sealed, Dependency::RecordStore);
        }
        if self.unknown.borrow().contains(*cache_key, ports.now()) {
            return Ok(None);
        }
        let asked_at = ports.now();
        match ports.ask(pointer.session, Command::Read(*digest)).await? {
            Reply::Record(sealed) => open(&sealed, Dependency::Coordinator),
            Reply::Found(_) => Err(Unavailable::new(
                Dependency::RecordStore,
                "it does not have the record of a token that its coordinator knows: the record is not there yet",
            )),
            Reply::Unknown => {
                self.unknown.borrow_mut().insert(*cache_key, asked_at);
                Ok(None)
            }
            Reply::Done
            | Reply::Rotated { .. }
            | Reply::Reused { .. }
            | Reply::Recent
            | Reply::Ended { .. } => Err(Unavailable::new(
                Dependency::Coordinator,
                "it answered with another command's reply",
            )),
        }
    }
}
