//! What a client was authorized to: a code that it redeems, then refresh tokens.
//!
//! ```text
//! code -- redeem --> newest refresh token -- refresh --> the next, and so on
//! ```
//! A code is redeemed once. A refresh token is used once too, with one exception: the token before the
//! newest still counts for as long as the client's grace, until the newest is used. A lost answer therefore logs nobody
//! out, and all requests with the same token get the same successor.
//!
//! Any other code or refresh token of this session has been used before. Then two parties hold it, and the
//! session ends (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2). No list of used tokens is needed for
//! this, because a token reaches its session's coordinator only if its seal is genuine.

use std::time::Duration;

use super::command::{Beginning, CodeBinding, GrantToken, NewToken, Reply};
use super::state::{Life, Open, Outstanding, Previous, State};
use crate::protocol::ClientId;
use crate::time::Time;
use crate::token::TokenDigest;

impl State {
    pub(super) fn offer(
        &mut self,
        beginning: &Beginning,
        client: ClientId,
        code: GrantToken,
        binding: CodeBinding,
        now: Time,
    ) -> Reply {
        match &self.life {
            Life::Plain if self.tokens.is_empty() => {
                self.life = Life::Open(Box::new(Open {
                    client: Some(client),
                    outstanding: Outstanding::Code { code, binding },
                    ..Open::new(beginning, now)
                }));
                Reply::Done
            }
            // A retry after a lost answer.
            Life::Open(open) if open.outstanding.find(code.digest).is_some() => Reply::Done,
            Life::Plain | Life::Open(_) | Life::Ended(_) => Reply::Unknown,
        }
    }

    /// The open session, if it is this client's; otherwise the reply.
    fn of_client(&mut self, client: &ClientId, now: Time) -> Result<&mut Open, Reply> {
        match &mut self.life {
            Life::Open(open) if open.client.as_ref() == Some(client) => Ok(open),
            // The log may not have been told yet, so the caller has to tell it.
            Life::Ended(tombstone) => Err(tombstone.reused(now)),
            Life::Open(_) | Life::Plain => Err(Reply::Unknown),
        }
    }

    fn reused(&mut self, now: Time) -> Reply {
        self.end_all(now);
        match &mut self.life {
            Life::Ended(tombstone) => tombstone.reused(now),
            Life::Plain | Life::Open(_) => Reply::Unknown,
        }
    }

    pub(super) fn present(&mut self, digest: TokenDigest, client: &ClientId, now: Time) -> Reply {
        let open = match self.of_client(client, now) {
            Ok(open) => open,
            Err(reply) => return reply,
        };
        match open.outstanding.find(digest) {
            Some(token) => Reply::Record(token.record.clone()),
            None => self.reused(now),
        }
    }

    pub(super) fn redeem(
        &mut self,
        digest: TokenDigest,
        client: &ClientId,
        shown: CodeBinding,
        access: NewToken,
        refresh: Option<GrantToken>,
        now: Time,
    ) -> Reply {
        let open = match self.of_client(client, now) {
            Ok(open) => open,
            Err(reply) => return reply,
        };
        match &open.outstanding {
            Outstanding::Code { code, binding } if code.digest == digest => {
                // The code is not used up: whoever stole it must not keep its client from redeeming it.
                if *binding != shown {
                    return Reply::Unknown;
                }
                open.outstanding = refresh.map_or(Outstanding::None, |newest| {
                    let previous = None;
                    Outstanding::Refresh { newest, previous }
                });
                self.remember(access, now);
                Reply::Done
            }
            Outstanding::None | Outstanding::Code { .. } | Outstanding::Refresh { .. } => {
                self.reused(now)
            }
        }
    }

    pub(super) fn refresh(
        &mut self,
        digest: TokenDigest,
        client: &ClientId,
        access: NewToken,
        successor: GrantToken,
        grace: Duration,
        now: Time,
    ) -> Reply {
        let open = match self.of_client(client, now) {
            Ok(open) => open,
            Err(reply) => return reply,
        };
        let newest = match &mut open.outstanding {
            Outstanding::Refresh { newest, previous } if newest.digest == digest => {
                let token = std::mem::replace(newest, successor);
                let until = now.plus(grace);
                *previous = (!grace.is_zero()).then_some(Previous { token, until });
                open.touched_at = now;
                newest
            }
            Outstanding::Refresh {
                newest,
                previous: Some(previous),
            } if previous.token.digest == digest => newest,
            Outstanding::None | Outstanding::Code { .. } | Outstanding::Refresh { .. } => {
                return self.reused(now);
            }
        };
        let rotated = Reply::Rotated {
            issued_at: newest.issued_at,
            expires_at: newest.expires_at,
            digest: newest.digest,
        };
        self.remember(access, now);
        rotated
    }
}
