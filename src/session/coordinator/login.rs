//! A person's login: how it begins, goes on, and knows the sessions that came from it.

use std::time::Duration;

use super::command::{Beginning, NewToken, Reply};
use super::state::{Child, Life, Open, State};
use crate::time::Time;

/// A session is touched no more often than this.
pub const TOUCH_INTERVAL: Duration = Duration::from_mins(1);

impl State {
    pub(super) fn open(
        &mut self,
        beginning: &Beginning,
        ticket: NewToken,
        logout_note: Vec<u8>,
        now: Time,
    ) -> Reply {
        match &self.life {
            Life::Plain if self.tokens.is_empty() => {
                self.life = Life::Open(Box::new(Open {
                    logout_note,
                    ..Open::new(beginning, now)
                }));
                self.remember(ticket, now);
                Reply::Done
            }
            // A retry after a lost answer.
            Life::Open(_) if self.token(ticket.digest).is_some() => Reply::Done,
            Life::Plain | Life::Open(_) | Life::Ended(_) => Reply::Unknown,
        }
    }

    pub(super) fn touch(&mut self, ticket: NewToken, now: Time) -> Reply {
        let known = self.token(ticket.digest).is_some();
        match &mut self.life {
            // A retry after a lost answer.
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
