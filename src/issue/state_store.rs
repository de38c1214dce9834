//! The state of one session coordinator, and the step that a command is.
//!
//! Job: read the state, apply a command, write the state, and see to it that an alarm is set while something is
//! to be done. Not its job: storage (the Durable Object has that, and a fake in tests), or what the alarm does
//! ([`super::chores`]).

use crate::session::coordinator::{Command, Reply, State};
use crate::time::Time;

/// Keeps the state of one coordinator, and its alarm.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait StateStore {
    /// Why something could not be read or written.
    type Error: std::fmt::Display;

    /// The state; the default where there is none.
    ///
    /// # Errors
    /// Where it could not be read.
    async fn load(&self) -> Result<State, Self::Error>;

    /// Writes the state and sets the alarm that it asks for, both or neither.
    ///
    /// # Errors
    /// Where it is not certain that they were written.
    async fn save(&self, state: &State) -> Result<(), Self::Error>;

    /// When the alarm is to ring; `None` where none is set.
    ///
    /// # Errors
    /// Where it could not be read.
    async fn alarm(&self) -> Result<Option<Time>, Self::Error>;

    /// Sets only the alarm.
    ///
    /// # Errors
    /// Where it is not certain that it was set.
    async fn set_alarm(&self, at: Time) -> Result<(), Self::Error>;
}

/// Carries out a command. An alarm that was lost is set again where something is due, whatever the command was.
/// A question about a session of which there is nothing writes nothing.
///
/// # Errors
/// Where the state could not be read or written. The command may be sent again.
pub async fn carry_out<S: StateStore>(
    store: &S,
    command: Command,
    now: Time,
) -> Result<Reply, S::Error> {
    let before = store.load().await?;
    let (after, reply) = before.clone().apply(command, now);
    if after != before {
        store.save(&after).await?;
    } else if after.wake_at().is_some_and(|at| now.has_reached(at))
        && store.alarm().await?.is_none()
    {
        store.set_alarm(now).await?;
    }
    Ok(reply)
}
