//! Having an issuer's keys, and whether one of them signed a token.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::cached::Cached;
use super::fetch::{get, unavailable};
use super::jwks::{Key, KeySet};
use super::jwt::{UnverifiedJwt, Verified};
use super::refusal::{Failure, JwtRefusal};
use crate::ports::{Clock, Http, Signatures, Unavailable};
use crate::time::Time;

/// An issuer is not asked for a missing key more often than this: anyone can send a token that names a new one.
const BETWEEN: Duration = Duration::from_mins(1);

/// Whether one of `keys` signed the token: then the issuer that it is for, where it says so.
async fn check<P: Signatures>(
    keys: &KeySet,
    jwt: &UnverifiedJwt<'_>,
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
    jwt: &UnverifiedJwt<'_>,
    ports: &P,
) -> Result<bool, Unavailable> {
    let holds = ports.verify(jwt.algorithm, &key.json, jwt.signed, &jwt.signature);
    holds.await
}

/// What is known of an issuer's keys.
#[derive(Debug, Default)]
pub struct Keys {
    kept: RefCell<Option<Cached<KeySet>>>,
    last_fetch: Cell<Option<Fetch>>,
}

/// When the keys were last asked for, and whether they were given.
#[derive(Clone, Copy, Debug)]
struct Fetch {
    at: Time,
    answered: bool,
}

impl Keys {
    /// Checks the signature of a token by the keys at `url`, and nothing else. `who` is its issuer, for the log.
    ///
    /// # Errors
    /// [`Failure`]: why it is not believed, or that it could not be found out.
    pub async fn verify<P: Http + Clock + Signatures>(
        &self,
        who: &str,
        url: &str,
        jwt: UnverifiedJwt<'_>,
        ports: &P,
    ) -> Result<Verified, Failure<JwtRefusal>> {
        let keys = self.now(who, url, ports).await?;
        let mut found = check(&keys, &jwt, ports).await?;
        // There may be a new key. Without a `kid`, the only sign of that is that no other fits.
        let may_be_new = match found {
            Ok(_) => false,
            Err(reason) => reason == JwtRefusal::UnknownKey || jwt.key_id.is_none(),
        };
        if may_be_new && let Some(keys) = self.new_ones(who, url, ports).await? {
            found = check(&keys, &jwt, ports).await?;
        }
        found
            .and_then(|key_issuer| jwt.verified(key_issuer))
            .map_err(Failure::Refused)
    }

    /// The keys: kept, or asked for.
    async fn now<P: Http + Clock>(
        &self,
        who: &str,
        url: &str,
        ports: &P,
    ) -> Result<Rc<KeySet>, Unavailable> {
        let kept = self.kept.borrow().clone();
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(ports.now())) {
            return Ok(kept.value());
        }
        let asked = self.ask(who, url, ports).await;
        asked.or_else(|error| {
            let kept = kept.and_then(|kept| kept.respite(ports.now()));
            let kept = kept.ok_or(error)?;
            let value = kept.value();
            self.kept.replace(Some(kept));
            Ok(value)
        })
    }

    /// The keys, asked for because one was missing; `None` if they were given a moment ago.
    async fn new_ones<P: Http + Clock>(
        &self,
        who: &str,
        url: &str,
        ports: &P,
    ) -> Result<Option<Rc<KeySet>>, Unavailable> {
        match self.last_fetch.get() {
            Some(Fetch { at, answered }) if ports.now().since(at) < BETWEEN => {
                if answered {
                    Ok(None)
                } else {
                    Err(unavailable(who, "its keys could not be had a moment ago"))
                }
            }
            _ => self.ask(who, url, ports).await.map(Some),
        }
    }

    async fn ask<P: Http + Clock>(
        &self,
        who: &str,
        url: &str,
        ports: &P,
    ) -> Result<Rc<KeySet>, Unavailable> {
        let at = ports.now();
        // Noted before the wait, so that only one of many requests at once asks for a new key.
        let answered = false;
        self.last_fetch.set(Some(Fetch { at, answered }));
        let (document, max_age) = get(who, url, "the key set", ports).await?;
        let keys = KeySet::read(&document)
            .ok_or_else(|| unavailable(who, "the key set has no list of keys"))?;
        let answered = true;
        self.last_fetch.set(Some(Fetch { at, answered }));
        let keys = Cached::new(keys, max_age, ports.now());
        let value = keys.value();
        self.kept.replace(Some(keys));
        Ok(value)
    }
}
