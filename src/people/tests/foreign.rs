//! Tokens of another issuer, as far as the log is concerned: what ends them.

use std::time::Duration;

use super::*;
use crate::protocol::ClientId;
use crate::revocation::{Follower, TargetIds, foreign};
use crate::session::SessionRecord;
use crate::time::Time;
use crate::token::{SessionId, TokenDigest};

/// A token of another issuer.
pub(super) struct Foreign<'a> {
    pub issuer: &'a str,
    pub subject: &'a str,
    pub sid: &'a str,
    pub jti: &'a str,
    pub client: &'a str,
    /// When the login began that it came from, and when it was issued itself.
    pub at: (Time, Time),
}

impl Foreign<'_> {
    /// Its text, for its digest alone.
    pub(super) fn text(&self) -> String {
        format!("{}.{}.{}", self.issuer, self.jti, self.sid)
    }

    /// Whether it counts by the log as it is now.
    pub(super) fn counts(&self, world: &World) -> bool {
        let session = foreign::session(self.issuer, self.sid);
        let client = ClientId::of_issuer("idp:", self.client).unwrap();
        let (begun_at, issued_at) = self.at;
        let record = SessionRecord {
            provider_session: Some(session),
            begun_at: Some(begun_at),
            ..SessionRecord::new(
                SessionId::from_bytes(session),
                client,
                self.subject.to_owned(),
                issued_at,
                issued_at.plus(Duration::from_hours(1)),
            )
        };
        let digest: TokenDigest = foreign::digest(&self.text());
        let name = foreign::token(self.issuer, self.jti);
        let ids = TargetIds::of_foreign(digest, &record, Some(name), self.issuer);
        let mut follower = Follower::default();
        for entry in world.fakes.log_entries() {
            follower.take_in(&entry);
        }
        !follower.cuts_off(&ids)
    }
}
