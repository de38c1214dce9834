//! Tokens that have a record in the store: remembered, looked up and revoked.

use super::command::{NewToken, Reply};
use super::retry::Retry;
use super::state::{Life, Outstanding, Phase, State};
use crate::time::Time;
use crate::token::TokenDigest;

impl State {
    /// A session that is over gives nothing more.
    pub(super) fn issue(&mut self, token: NewToken, now: Time) -> Reply {
        if matches!(self.life, Life::Ended(_)) {
            return Reply::Unknown;
        }
        self.remember(token, now);
        Reply::Done
    }

    pub(super) fn find(&mut self, digest: TokenDigest, now: Time) -> Reply {
        // A token whose record is still to be deleted is found too. The first answer to its revocation may
        // have been lost, and then the second one must reach the log.
        if let Some(token) = self.token(digest) {
            return Reply::Found(token.client.clone());
        }
        match &mut self.life {
            Life::Open(open) if open.outstanding.find(digest).is_some() => {
                open.client.clone().map_or(Reply::Unknown, Reply::Found)
            }
            // For the same reason: the log may not have been told yet.
            Life::Ended(tombstone) => tombstone.reused(now),
            Life::Open(_) | Life::Plain => Reply::Unknown,
        }
    }

    pub(super) fn read(&self, digest: TokenDigest) -> Reply {
        if let Some(token) = self.token(digest) {
            return match &token.phase {
                Phase::Fresh { record, .. } => Reply::Record(record.clone()),
                Phase::Settled => Reply::Found(token.client.clone()),
                Phase::Deleting { .. } => Reply::Unknown,
            };
        }
        let Life::Open(open) = &self.life else {
            return Reply::Unknown;
        };
        match &open.outstanding {
            Outstanding::Refresh { newest, .. } if newest.digest == digest => {
                Reply::Record(newest.record.clone())
            }
            Outstanding::None | Outstanding::Code { .. } | Outstanding::Refresh { .. } => {
                Reply::Unknown
            }
        }
    }

    pub(super) fn forget(&mut self, digest: TokenDigest, now: Time) -> Reply {
        if let Some(token) = self.token_mut(digest) {
            token.phase = Phase::Deleting {
                retry: Retry::due(now),
            };
        }
        Reply::Done
    }
}
