//! Having an issuer's keys, and whether one of them signed a token.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::cached::Cached;
use super::fetch::{get, unavailable};
use super::jwks::{Key, KeySet};
use super::jwt::{UnverifiedJwt, Verified};
use super::kept::Kept;
use super::refusal::{Failure, JwtRefusal};
use crate::ports::{Clock, Http, Randomness, Signatures, Unavailable, Waits};
use crate::time::Time;

/// An issuer is not asked for a missing key more often than this: anyone can send a token that names a new one.
const BETWEEN: Duration = Duration::from_mins(1);

/// Whether one of `keys` signed the token: then the issuer that it is for, where it says so.
async fn check<P: Signatures>(
    keys: &KeySet,
    jwt: &UnverifiedJwt,
    ports: &P,
) -> Result<Result<Option<String>, JwtRefusal>, Unavailable> {
    let mut found = Err(JwtRefusal::UnknownKey);
    for key in keys.fitting(jwt.algorithm, jwt.key_id.as_deref()) {
        if signed(key, jwt, ports).await? {
            return Ok(Ok(key.issuer.clone()));
        }
        found = Err(JwtRefusal::Signature);
    }
    if found == Err(JwtRefusal::UnknownKey) {
        for key in keys.nameless(jwt.algorithm) {
            if signed(key, jwt, ports).await? {
                return Ok(Ok(key.issuer.clone()));
            }
        }
    }
    Ok(found)
}

async fn signed<P: Signatures>(
    key: &Key,
    jwt: &UnverifiedJwt,
    ports: &P,
) -> Result<bool, Unavailable> {
    let holds = ports.verify(jwt.algorithm, &key.json, &jwt.signed, &jwt.signature);
    holds.await
}

/// What is known of an issuer's keys.
#[derive(Debug, Default)]
pub struct Keys {
    kept: Kept<KeySet>,
    failed_at: Cell<Option<Time>>,
}

impl Keys {
    /// Checks the signature of a token by the keys at `url`, and nothing else. `who` is its issuer, for the log.
    ///
    /// # Errors
    /// [`Failure`]: why it is not believed, or that it could not be found out.
    pub async fn verify<P: Http + Clock + Waits + Randomness + Signatures>(
        &self,
        who: &str,
        url: &str,
        jwt: UnverifiedJwt,
        ports: &P,
    ) -> Result<Verified, Failure<JwtRefusal>> {
        let keys = self
            .kept
            .now(ports, async || self.ask(who, url, ports).await);
        let keys = keys.await?;
        let mut found = check(&keys, &jwt, ports).await?;
        // There may be a new key. Without a `kid`, the only sign of that is that no other fits.
        let may_be_new = match found {
            Ok(_) => false,
            Err(reason) => reason == JwtRefusal::UnknownKey || jwt.key_id.is_none(),
        };
        if may_be_new {
            let newer = self.of_the_last_minute(who, url, ports).await?;
            if !Rc::ptr_eq(&keys, &newer) {
                found = check(&newer, &jwt, ports).await?;
            }
        }
        found
            .map(|key_issuer| jwt.verified(key_issuer))
            .map_err(Failure::Refused)
    }

    /// Whether the caller should now ask for the keys anew beside its request, with [`Self::refresh`]. If so, it is marked
    /// as begun.
    #[must_use]
    pub fn begin_refresh(&self, now: Time) -> bool {
        self.kept.begin_refresh(now)
    }

    /// Asks for the keys anew, after [`Self::begin_refresh`].
    ///
    /// # Errors
    /// [`Unavailable`] if they could not be had. The old ones count as before.
    pub async fn refresh<P: Http + Clock + Waits + Randomness>(
        &self,
        who: &str,
        url: &str,
        ports: &P,
    ) -> Result<(), Unavailable> {
        let asked = self
            .kept
            .refresh(ports, async || self.ask(who, url, ports).await);
        asked.await
    }

    /// The keys as they were at most a minute ago, because one is missing.
    async fn of_the_last_minute<P: Http + Clock + Waits + Randomness>(
        &self,
        who: &str,
        url: &str,
        ports: &P,
    ) -> Result<Rc<KeySet>, Unavailable> {
        let now = ports.now();
        if self
            .failed_at
            .get()
            .is_some_and(|at| now.since(at) < BETWEEN)
        {
            return Err(unavailable(who, "its keys could not be had a moment ago"));
        }
        let since = now.minus(BETWEEN).plus(Duration::from_millis(1));
        let asked = self
            .kept
            .newer(since, ports, async || self.ask(who, url, ports).await);
        asked.await
    }

    async fn ask<P: Http + Clock>(
        &self,
        who: &str,
        url: &str,
        ports: &P,
    ) -> Result<Cached<KeySet>, Unavailable> {
        let asked_at = ports.now();
        let asked = async {
            let (document, max_age) = get(who, url, "the key set", ports).await?;
            let keys = KeySet::read(&document)
                .ok_or_else(|| unavailable(who, "the key set has no list of keys"))?;
            Ok(Cached::new(keys, max_age, ports.now()))
        };
        let asked = asked.await;
        self.failed_at.set(asked.as_ref().err().map(|_| asked_at));
        asked
    }
}
