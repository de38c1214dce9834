//! What an isolate knows of the providers.

use std::cell::RefCell;
use std::rc::Rc;

use super::metadata::Metadata;
use crate::config::Provider;
use crate::jose::{Cached, Failure, JwtRefusal, Keys, UnverifiedJwt, Verified};
use crate::ports::{Clock, Http, Randomness, Signatures, Waits};
use crate::protocol::ClientId;

/// What an isolate knows of the providers: their metadata and keys, as plain values with an age.
#[derive(Debug, Default)]
pub struct KnownProviders(RefCell<Vec<Known>>);

/// What is known of one provider.
#[derive(Debug)]
pub(super) struct Known {
    id: ClientId,
    pub(super) metadata: Option<Cached<Metadata>>,
    keys: Rc<Keys>,
}

impl KnownProviders {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads what is known of `provider`, or changes it. `look` cannot wait.
    pub(super) fn with<T>(&self, provider: &Provider, look: impl FnOnce(&mut Known) -> T) -> T {
        let mut all = self.0.borrow_mut();
        if let Some(known) = all.iter_mut().find(|known| known.id == provider.id) {
            return look(known);
        }
        let mut known = Known {
            id: provider.id.clone(),
            metadata: None,
            keys: Rc::default(),
        };
        let result = look(&mut known);
        all.push(known);
        result
    }

    /// Checks the signature of `token`, and nothing else.
    pub(super) async fn verify<P: Http + Clock + Waits + Randomness + Signatures>(
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
        let keys = self.with(provider, |known| Rc::clone(&known.keys));
        let (who, url) = (provider.id.as_str(), metadata.jwks_uri.as_str());
        keys.verify(who, url, jwt, ports).await
    }
}
