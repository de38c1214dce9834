//! What a person has agreed to, and the logout tokens that were taken.

use super::command::{ClientKey, Mark, NoteOfConsent, Reply};
use super::state::{Consent, State};
use crate::protocol::sorted::sort;
use crate::time::Time;

/// How many consents one index has at most. One more drops the oldest: it is asked for again.
pub const CONSENTS: usize = 1_000;

/// How many logout tokens one index remembers at most. One more drops the one that expires first.
pub const LOGOUT_TOKENS: usize = 1_000;

impl State {
    pub(super) fn consent(&self, client: ClientKey) -> Reply {
        match self.consents.get(&client) {
            Some(consent) => Reply::Consent(consent.note.clone()),
            None => Reply::Unknown,
        }
    }

    pub(super) fn all_consents(&self) -> Reply {
        let mut all: Vec<(&ClientKey, &Consent)> = self.consents.iter().collect();
        sort(&mut all, |(one, new), (other, old)| {
            (old.agreed_at, one) < (new.agreed_at, other)
        });
        let note = |(client, consent): (&ClientKey, &Consent)| NoteOfConsent {
            client: *client,
            note: consent.note.clone(),
        };
        Reply::Consents(all.into_iter().map(note).collect())
    }

    pub(super) fn agree(
        &mut self,
        new: NoteOfConsent,
        until: Time,
        known: Mark,
        now: Time,
    ) -> Reply {
        let kept = self.consents.get(&new.client).map(|kept| &kept.note[..]);
        // A retry after a lost answer.
        if kept == Some(&new.note) {
            return Reply::Done;
        }
        if Mark::of(kept) != known {
            return Reply::Changed;
        }
        if kept.is_none() && self.consents.len() >= CONSENTS {
            let oldest = self.consents.iter().min_by_key(|(_, c)| c.agreed_at);
            if let Some(client) = oldest.map(|(client, _)| *client) {
                self.consents.remove(&client);
            }
        }
        let consent = Consent {
            agreed_at: now,
            until,
            note: new.note,
        };
        self.consents.insert(new.client, consent);
        Reply::Done
    }

    pub(super) fn withdraw(&mut self, client: ClientKey, now: Time) -> Reply {
        self.consents.remove(&client);
        self.end_of_client(client, now)
    }

    pub(super) fn knows_logout(&self, id: &[u8; 16]) -> Reply {
        match self.logouts.get(id) {
            Some(_) => Reply::Done,
            None => Reply::Unknown,
        }
    }

    pub(super) fn remember_logout(&mut self, id: [u8; 16], until: Time) {
        if self.logouts.len() >= LOGOUT_TOKENS {
            let first = self.logouts.iter().min_by_key(|(_, until)| **until);
            if let Some(first) = first.map(|(first, _)| *first) {
                self.logouts.remove(&first);
            }
        }
        self.logouts.insert(id, until);
    }
}
