//! What a session is at the moment: tokens alone, open, or ended.

use super::ending::Ended;
use super::grant::Grant;
use super::{Beginning, NewToken, Owner, Reply, State, TOUCH_INTERVAL};
use crate::protocol::ClientId;
use crate::time::Time;
use crate::token::SessionId;

/// What a session is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::session) enum Life {
    /// Tokens alone, or nothing.
    #[default]
    Plain,
    /// A person's: a login, or what a client was authorized to.
    Open(Box<Open>),
    /// Over, with something left to do.
    Ended(Ended),
}

/// A session that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) struct Open {
    pub(in crate::session) session: SessionId,
    pub(in crate::session) owner: Owner,
    pub(in crate::session) ends_at: Time,
    /// The client that was authorized; a login has none.
    pub(in crate::session) client: Option<ClientId>,
    pub(in crate::session) grant: Grant,
    /// What came from this login.
    pub(in crate::session) children: Vec<Child>,
    pub(in crate::session) touched_at: Time,
    pub(in crate::session) keepsake: Vec<u8>,
}

/// A session that came from this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) struct Child {
    pub(in crate::session) session: SessionId,
    /// When it ends by itself at the latest.
    pub(in crate::session) until: Time,
}

impl Life {
    pub(super) fn settled(self, now: Time) -> Self {
        match self {
            Self::Open(open) if now.has_reached(open.ends_at) => Self::Plain,
            Self::Open(mut open) => {
                open.children.retain(|child| !now.has_reached(child.until));
                open.grant = open.grant.settled(now);
                Self::Open(open)
            }
            Self::Ended(ended) => ended.settled(now).map_or(Self::Plain, Self::Ended),
            Self::Plain => Self::Plain,
        }
    }

    /// When it changes by itself, or has something to do.
    pub(super) fn wake_at(&self, are_tokens_gone: bool) -> Option<Time> {
        match self {
            Self::Plain => None,
            Self::Open(open) => Some(
                open.grant
                    .wake_at()
                    .map_or(open.ends_at, |at| at.min(open.ends_at)),
            ),
            Self::Ended(ended) => Some(ended.wake_at(are_tokens_gone)),
        }
    }

    /// Whether nothing can come of it any more, once its tokens are gone.
    pub(super) fn is_used_up(&self) -> bool {
        match self {
            Self::Open(open) => open.grant == Grant::None && open.children.is_empty(),
            Self::Plain | Self::Ended(_) => false,
        }
    }
}

impl State {
    pub(super) fn open(
        &mut self,
        beginning: &Beginning,
        ticket: NewToken,
        keepsake: Vec<u8>,
        now: Time,
    ) -> Reply {
        match &self.life {
            Life::Plain if self.tokens.is_empty() => {
                self.life = Life::Open(Box::new(Open {
                    session: beginning.session,
                    owner: beginning.owner,
                    ends_at: beginning.ends_at,
                    client: None,
                    grant: Grant::None,
                    children: Vec::new(),
                    touched_at: now,
                    keepsake,
                }));
                self.remember(ticket, now);
                Reply::Done
            }
            // A retry of a request whose answer was lost.
            Life::Open(_) if self.position(ticket.digest).is_some() => Reply::Done,
            Life::Plain | Life::Open(_) | Life::Ended(_) => Reply::Unknown,
        }
    }

    pub(super) fn touch(&mut self, ticket: NewToken, now: Time) -> Reply {
        let known = self.position(ticket.digest).is_some();
        match &mut self.life {
            // A retry of a request whose answer was lost.
            Life::Open(_) if known => Reply::Done,
            Life::Open(open) if open.client.is_some() => Reply::Unknown,
            Life::Open(open) if now.since(open.touched_at) < TOUCH_INTERVAL => Reply::Recent,
            Life::Open(open) => {
                open.touched_at = now;
                self.remember(ticket, now);
                Reply::Done
            }
            Life::Plain | Life::Ended(_) => Reply::Unknown,
        }
    }

    pub(super) fn adopt(&mut self, child: Child) -> Reply {
        match &mut self.life {
            Life::Open(open) if open.client.is_none() => {
                open.children.retain(|c| c.session != child.session);
                open.children.push(child);
                Reply::Done
            }
            Life::Open(_) | Life::Plain | Life::Ended(_) => Reply::Unknown,
        }
    }
}
