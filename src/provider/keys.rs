//! Having a provider's keys, and whether one of them signed a token.

use std::rc::Rc;
use std::time::Duration;

use super::cached::Cached;
use super::fetch::{get, unavailable};
use super::jwks::{Key, KeySet};
use super::jwt::{UnverifiedJwt, Verified};
use super::known::{KeyFetch, KnownProviders};
use super::metadata::Metadata;
use super::refusal::{Failure, JwtRefusal};
use crate::config::Provider;
use crate::ports::{Clock, Http, Signatures, Unavailable};

/// The provider is not asked for a missing key more often than this: anyone can send a token that names a
/// new one.
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

impl KnownProviders {
    /// Checks the signature of `token`, and nothing else.
    pub(super) async fn verify<P: Http + Clock + Signatures>(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        token: &str,
        ports: &P,
    ) -> Result<Verified, Failure<JwtRefusal>> {
        let jwt = UnverifiedJwt::parse(token).map_err(Failure::Refused)?;
        let listed = metadata.algorithms.as_ref();
        if listed.is_some_and(|listed| !listed.contains(&jwt.algorithm)) {
            return Err(Failure::Refused(JwtRefusal::Unlisted));
        }
        let keys = self.keys(provider, metadata, ports).await?;
        let mut found = check(&keys, &jwt, ports).await?;
        // The provider may have a new key. Without a `kid`, the only sign of that is that no other fits.
        let may_be_new = match found {
            Ok(_) => false,
            Err(reason) => reason == JwtRefusal::UnknownKey || jwt.key_id.is_none(),
        };
        if may_be_new && let Some(keys) = self.new_keys(provider, metadata, ports).await? {
            found = check(&keys, &jwt, ports).await?;
        }
        found
            .and_then(|key_issuer| jwt.verified(key_issuer))
            .map_err(Failure::Refused)
    }

    /// The keys of `provider`: kept, or asked for.
    async fn keys<P: Http + Clock>(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        ports: &P,
    ) -> Result<Rc<KeySet>, Unavailable> {
        let kept = self.with(provider, |known| known.keys.clone());
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(ports.now())) {
            return Ok(kept.value());
        }
        let asked = self.ask_for_keys(provider, metadata, ports).await;
        asked.or_else(|error| {
            let kept = kept.and_then(|kept| kept.respite(ports.now()));
            let kept = kept.ok_or(error)?;
            let value = kept.value();
            self.with(provider, |known| known.keys = Some(kept));
            Ok(value)
        })
    }

    /// The keys of `provider`, asked for because one was missing; `None` if it gave them a moment ago.
    async fn new_keys<P: Http + Clock>(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        ports: &P,
    ) -> Result<Option<Rc<KeySet>>, Unavailable> {
        match self.with(provider, |known| known.last_key_fetch) {
            Some(KeyFetch { at, answered }) if ports.now().since(at) < BETWEEN => {
                if answered {
                    Ok(None)
                } else {
                    Err(unavailable(
                        provider,
                        "its keys could not be had a moment ago",
                    ))
                }
            }
            _ => self.ask_for_keys(provider, metadata, ports).await.map(Some),
        }
    }

    async fn ask_for_keys<P: Http + Clock>(
        &self,
        provider: &Provider,
        metadata: &Metadata,
        ports: &P,
    ) -> Result<Rc<KeySet>, Unavailable> {
        let mut fetch = KeyFetch {
            at: ports.now(),
            answered: false,
        };
        // Noted before the wait, so that only one of many requests at once asks for a new key.
        self.with(provider, |known| known.last_key_fetch = Some(fetch));
        let answer = get(provider, metadata.jwks_uri.as_str(), "the key set", ports).await;
        let (document, max_age) = answer?;
        let keys = KeySet::read(&document)
            .ok_or_else(|| unavailable(provider, "the key set has no list of keys"))?;
        fetch.answered = true;
        let keys = Cached::new(keys, max_age, ports.now());
        let value = keys.value();
        self.with(provider, |known| {
            known.last_key_fetch = Some(fetch);
            known.keys = Some(keys);
        });
        Ok(value)
    }
}
