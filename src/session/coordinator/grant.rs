//! The one thing that a client was given to come back with: a code, then refresh tokens.
//!
//! ```text
//! code -- redeem --> newest refresh token -- refresh --> the next, and so on
//! ```
//! A code is redeemed once. A refresh token is used once as well, but the one before the newest counts
//! for [`REFRESH_GRACE`] and until the newest is used, so that a lost answer is no logout; all who use
//! it get the same successor. Whatever else of this session is presented had been used up before: two
//! parties hold it, and the session ends (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2). That takes
//! no list of what was used up: only a token that is genuine and of this session gets here at all.

use std::time::Duration;

use subtle::ConstantTimeEq;

use super::life::{Life, Open};
use super::{Beginning, NewToken, Reply, State};
use crate::protocol::ClientId;
use crate::session::sealed::SealedRecord;
use crate::time::Time;
use crate::token::TokenDigest;

/// How long the refresh token before the newest one still counts.
pub const REFRESH_GRACE: Duration = Duration::from_secs(30);

/// A hash of what the redeemer of a code must show: its redirect URI and PKCE challenge.
#[derive(Clone, Copy, Debug)]
pub struct Binding(pub [u8; 32]);

impl PartialEq for Binding {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Binding {}

/// A code or a refresh token, and the session's record sealed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its digest.
    pub digest: TokenDigest,
    /// When it was made.
    pub issued_at: Time,
    /// When it expires.
    pub expires_at: Time,
    /// The record that only it opens.
    pub record: SealedRecord,
}

/// What the client has to come back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) enum Grant {
    /// Nothing: a login, or a client that got no refresh token, or one whose time is over.
    None,
    /// A code that nobody has redeemed.
    Code { code: Link, binding: Binding },
    /// Refresh tokens.
    Refresh {
        newest: Link,
        previous: Option<Previous>,
    },
}

/// The refresh token before the newest one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct Previous {
    pub(in crate::session) link: Link,
    pub(in crate::session) until: Time,
}

/// What a presented code or refresh token turns out to be.
enum Presented {
    Code,
    Newest,
    Previous,
    UsedUp,
}

impl Grant {
    pub(super) fn settled(self, now: Time) -> Self {
        match self {
            Self::Code { code, .. } if now.has_reached(code.expires_at) => Self::None,
            Self::Refresh { newest, .. } if now.has_reached(newest.expires_at) => Self::None,
            Self::Refresh { newest, previous } => Self::Refresh {
                newest,
                previous: previous.filter(|p| !now.has_reached(p.until)),
            },
            Self::None | Self::Code { .. } => self,
        }
    }

    pub(super) fn wake_at(&self) -> Option<Time> {
        match self {
            Self::None => None,
            Self::Code { code, .. } => Some(code.expires_at),
            Self::Refresh { newest, previous } => {
                let previous = previous.as_ref().map_or(newest.expires_at, |p| p.until);
                Some(previous.min(newest.expires_at))
            }
        }
    }

    /// A code or refresh token that may be used now.
    pub(super) fn link(&self, digest: TokenDigest) -> Option<&Link> {
        let links = match self {
            Self::None => [None, None],
            Self::Code { code, .. } => [Some(code), None],
            Self::Refresh { newest, previous } => {
                [Some(newest), previous.as_ref().map(|p| &p.link)]
            }
        };
        links
            .into_iter()
            .flatten()
            .find(|link| link.digest == digest)
    }

    /// The newest refresh token, if this is it.
    pub(super) fn newest(&self, digest: TokenDigest) -> Option<&Link> {
        match self {
            Self::Refresh { newest, .. } if newest.digest == digest => Some(newest),
            Self::None | Self::Code { .. } | Self::Refresh { .. } => None,
        }
    }

    fn presented(&self, digest: TokenDigest) -> Presented {
        match self {
            Self::Code { code, .. } if code.digest == digest => Presented::Code,
            Self::Refresh { newest, .. } if newest.digest == digest => Presented::Newest,
            Self::Refresh {
                previous: Some(previous),
                ..
            } if previous.link.digest == digest => Presented::Previous,
            Self::None | Self::Code { .. } | Self::Refresh { .. } => Presented::UsedUp,
        }
    }
}

impl State {
    pub(super) fn offer(
        &mut self,
        beginning: &Beginning,
        client: ClientId,
        code: Link,
        binding: Binding,
        now: Time,
    ) -> Reply {
        match &self.life {
            Life::Plain if self.tokens.is_empty() => {
                self.life = Life::Open(Box::new(Open {
                    session: beginning.session,
                    owner: beginning.owner,
                    ends_at: beginning.ends_at,
                    client: Some(client),
                    grant: Grant::Code { code, binding },
                    children: Vec::new(),
                    touched_at: now,
                    keepsake: Vec::new(),
                }));
                Reply::Done
            }
            // A retry of a request whose answer was lost.
            Life::Open(open) if open.grant.link(code.digest).is_some() => Reply::Done,
            Life::Plain | Life::Open(_) | Life::Ended(_) => Reply::Unknown,
        }
    }

    /// The open session, if this is its client; the reply otherwise.
    fn of_client(&mut self, client: &ClientId) -> Result<&mut Open, Reply> {
        match &mut self.life {
            Life::Open(open) if open.client.as_ref() == Some(client) => Ok(open),
            // The log may not have been told yet, and whoever comes again has to tell it.
            Life::Ended(ended) if ended.is_unannounced() => Err(Reply::Reused),
            Life::Open(_) | Life::Plain | Life::Ended(_) => Err(Reply::Unknown),
        }
    }

    fn reused(&mut self, now: Time) -> Reply {
        self.end_all(now);
        Reply::Reused
    }

    pub(super) fn present(&mut self, digest: TokenDigest, client: &ClientId, now: Time) -> Reply {
        let open = match self.of_client(client) {
            Ok(open) => open,
            Err(reply) => return reply,
        };
        match open.grant.link(digest) {
            Some(link) => Reply::Record(link.record.clone()),
            None => self.reused(now),
        }
    }

    pub(super) fn redeem(
        &mut self,
        digest: TokenDigest,
        client: &ClientId,
        shown: Binding,
        access: NewToken,
        refresh: Option<Link>,
        now: Time,
    ) -> Reply {
        let open = match self.of_client(client) {
            Ok(open) => open,
            Err(reply) => return reply,
        };
        match &open.grant {
            Grant::Code { code, binding } if code.digest == digest => {
                // Not taken from whoever can't show what belongs to it: its client still may.
                if *binding != shown {
                    return Reply::Unknown;
                }
                open.grant = refresh.map_or(Grant::None, |newest| Grant::Refresh {
                    newest,
                    previous: None,
                });
                self.remember(access, now);
                Reply::Done
            }
            Grant::None | Grant::Code { .. } | Grant::Refresh { .. } => self.reused(now),
        }
    }

    pub(super) fn refresh(
        &mut self,
        digest: TokenDigest,
        client: &ClientId,
        access: NewToken,
        successor: Link,
        now: Time,
    ) -> Reply {
        let open = match self.of_client(client) {
            Ok(open) => open,
            Err(reply) => return reply,
        };
        match open.grant.presented(digest) {
            Presented::Newest => {
                let used = std::mem::replace(&mut open.grant, Grant::None);
                if let Grant::Refresh { newest, .. } = used {
                    open.grant = Grant::Refresh {
                        newest: successor,
                        previous: Some(Previous {
                            link: newest,
                            until: now.plus(REFRESH_GRACE),
                        }),
                    };
                }
                open.touched_at = now;
            }
            Presented::Previous => {}
            Presented::Code | Presented::UsedUp => return self.reused(now),
        }
        let rotated = match &open.grant {
            Grant::Refresh { newest, .. } => Reply::Rotated {
                issued_at: newest.issued_at,
                expires_at: newest.expires_at,
                digest: newest.digest,
            },
            Grant::None | Grant::Code { .. } => Reply::Unknown,
        };
        self.remember(access, now);
        rotated
    }
}
