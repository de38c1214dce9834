//! What an isolate knows of the providers, and for how long it is believed.

use std::cell::RefCell;

use super::cached::Cached;
use super::jwks::KeySet;
use super::metadata::Metadata;
use crate::config::Provider;
use crate::protocol::ClientId;
use crate::time::Time;

/// What an isolate knows of the providers: their metadata and keys, as plain values with an age.
#[derive(Debug, Default)]
pub struct KnownProviders(RefCell<Vec<Known>>);

/// What is known of one provider.
#[derive(Debug)]
pub(super) struct Known {
    id: ClientId,
    pub(super) metadata: Option<Cached<Metadata>>,
    pub(super) keys: Option<Cached<KeySet>>,
    pub(super) last_key_fetch: Option<KeyFetch>,
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
            keys: None,
            last_key_fetch: None,
        };
        let result = look(&mut known);
        all.push(known);
        result
    }
}

/// When a provider's keys were last asked for, and whether it gave them.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyFetch {
    pub(super) at: Time,
    pub(super) answered: bool,
}
