//! The session coordinator's state machine.
//!
//! Job: what must be decided once for a session, as `apply(state, command, now) -> (state, reply)`.
//! - It keeps each record until the record store has surely got it.
//! - It knows the digest of every live token. So a revocation finds its token whatever the record store
//!   says, and the delete of its record is tried until it works.
//! - It decides who redeems the code, and which refresh token is the newest.
//! - It keeps an ended session ended.
//!
//! Not its job: storage, alarms and carrying out chores. A thin adapter does what [`State::due`] and
//! [`State::wake_at`] say.
//!
//! ```text
//! nothing -- issue --> only tokens: client credentials
//! nothing -- open ---> a login -- touch, adopt --> a login
//! nothing -- offer --> a code -- redeem --> tokens -- refresh --> tokens
//!        any of these -- end, reuse --> a tombstone -- all chores done --> nothing
//! ```
//! The data is in `state.rs` and `command.rs`. Each other file has some of the transitions, and none of them
//! knows another.

mod authorization;
mod command;
mod ending;
mod login;
mod retry;
mod state;
mod tokens;

use crate::time::Time;

pub use command::{Beginning, CodeBinding, Command, GrantToken, NewToken, Owner, Reply};
pub use ending::Chore;
pub use login::TOUCH_INTERVAL;
pub use retry::{LONGEST_RETRY, RETRY, Retry, random_wait};
pub use state::{ANNOUNCING, RECORD_KEPT, State};
pub(super) use state::{Child, Life, Open, Outstanding, Phase, Previous, Token, Tombstone};

impl State {
    /// Carries out a command. What is over by `now` is dropped first.
    #[must_use]
    pub fn apply(self, command: Command, now: Time) -> (Self, Reply) {
        let mut state = self.settled(now);
        let reply = match command {
            Command::Issue(token) => state.issue(token, now),
            Command::Find(digest) => state.find(digest, now),
            Command::Read(digest) => state.read(digest),
            Command::Forget(digest) => state.forget(digest, now),
            Command::Open {
                beginning,
                ticket,
                logout_note,
            } => state.open(&beginning, ticket, logout_note, now),
            Command::Touch(ticket) => state.touch(ticket, now),
            Command::Adopt { child, until } => state.adopt(Child {
                session: child,
                until,
            }),
            Command::Offer {
                beginning,
                client,
                code,
                binding,
            } => state.offer(&beginning, client, code, binding, now),
            Command::Present { digest, client } => state.present(digest, &client, now),
            Command::Redeem {
                digest,
                client,
                binding,
                access,
                refresh,
            } => state.redeem(digest, &client, binding, access, refresh, now),
            Command::Refresh {
                digest,
                client,
                access,
                successor,
                grace,
            } => state.refresh(digest, &client, access, successor, grace, now),
            Command::End { session, owner } => state.end(session, owner, now),
        };
        (state, reply)
    }

    /// The state at `now`: without what has expired, and without records that the store has by then.
    #[must_use]
    pub fn settled(mut self, now: Time) -> Self {
        self.tokens
            .retain(|token| !now.has_reached(token.expires_at));
        for token in &mut self.tokens {
            if let Phase::Fresh { until, .. } = token.phase
                && now.has_reached(until)
            {
                token.phase = Phase::Settled;
            }
        }
        self.life = self.life.settled(now);
        if self.tokens.is_empty() && self.life.is_used_up() {
            self.life = Life::Plain;
        }
        self
    }

    /// When something is to be done next. `None` means that nothing more can happen: the object can go.
    #[must_use]
    pub fn wake_at(&self) -> Option<Time> {
        let tokens = self.tokens.iter().map(|token| match token.phase {
            Phase::Fresh { until, .. } => until.min(token.expires_at),
            Phase::Settled => token.expires_at,
            Phase::Deleting { retry } => retry.at.min(token.expires_at),
        });
        let life = self.life.wake_at(self.tokens.is_empty());
        tokens.chain(life).min()
    }
}

impl Life {
    fn settled(self, now: Time) -> Self {
        match self {
            Self::Open(open) if now.has_reached(open.ends_at) => Self::Plain,
            Self::Open(mut open) => {
                open.children.retain(|child| !now.has_reached(child.until));
                open.outstanding = open.outstanding.settled(now);
                Self::Open(open)
            }
            Self::Ended(tombstone) if now.has_reached(tombstone.until) => Self::Plain,
            Self::Ended(_) | Self::Plain => self,
        }
    }

    fn wake_at(&self, are_tokens_gone: bool) -> Option<Time> {
        match self {
            Self::Plain => None,
            Self::Open(open) => {
                let outstanding = open.outstanding.wake_at();
                Some(outstanding.map_or(open.ends_at, |at| at.min(open.ends_at)))
            }
            Self::Ended(tombstone) => Some(tombstone.wake_at(are_tokens_gone)),
        }
    }

    /// Whether nothing can come of it any more, once its tokens are gone.
    fn is_used_up(&self) -> bool {
        match self {
            Self::Open(open) => open.outstanding == Outstanding::None && open.children.is_empty(),
            Self::Plain | Self::Ended(_) => false,
        }
    }
}

impl Outstanding {
    fn settled(self, now: Time) -> Self {
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

    fn wake_at(&self) -> Option<Time> {
        match self {
            Self::None => None,
            Self::Code { code, .. } => Some(code.expires_at),
            Self::Refresh { newest, previous } => {
                let previous = previous.as_ref().map_or(newest.expires_at, |p| p.until);
                Some(previous.min(newest.expires_at))
            }
        }
    }
}

impl Tombstone {
    /// When it has something to do itself; the deletes of records have times of their own.
    fn wake_at(&self, are_deletes_done: bool) -> Time {
        if !self.is_announced || !self.children.is_empty() {
            self.retry.at.min(self.until)
        } else if are_deletes_done {
            self.retry.at.max(self.release_at).min(self.until)
        } else {
            self.until
        }
    }
}
