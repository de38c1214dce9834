//! What a session coordinator's alarm does.
//!
//! Job: carry out what the state says is due, and write down what became of it after each one, so that
//! nothing is done twice because something else failed. Not its job: when the alarm rings
//! ([`State::wake_at`] says it, and whoever keeps the state sets it).

use crate::ports::{Clock, Coordinator, RecordStore, RevocationLog};
use crate::revocation::{Entry, KEPT_AFTER_DELETE, Target};
use crate::session::RecordKey;
use crate::session::coordinator::{Chore, Command, State};
use crate::time::Time;

/// Keeps the state of one coordinator.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait StateStore {
    /// Why it could not be read or written.
    type Error;

    /// The state; the default where there is none.
    ///
    /// # Errors
    /// Where it could not be read.
    async fn load(&self) -> Result<State, Self::Error>;

    /// Writes the state, and sets the alarm that it asks for.
    ///
    /// # Errors
    /// Where it is not certain that it was written.
    async fn save(&self, state: &State) -> Result<(), Self::Error>;
}

/// Does what is due now. The state is read anew after each chore: commands may have come in between.
///
/// # Errors
/// Where the state could not be read or written. What was done may be done again.
pub async fn run<S, P>(store: &S, ports: &P) -> Result<(), S::Error>
where
    S: StateStore,
    P: Clock + RecordStore + Coordinator + RevocationLog,
{
    for chore in store.load().await?.due(ports.now()) {
        let is_done = carry_out(chore, ports, ports.now()).await;
        let state = store.load().await?;
        let state = if is_done {
            state.done(chore)
        } else {
            state.failed(chore, ports.now())
        };
        store.save(&state).await?;
    }
    let state = store.load().await?.settled(ports.now());
    store.save(&state).await
}

/// Carries out one chore; whether it is certain to be done.
async fn carry_out<P>(chore: Chore, ports: &P, now: Time) -> bool
where
    P: RecordStore + Coordinator + RevocationLog,
{
    // If the log does not hear that it may forget, it keeps the entry for as long as it was told first.
    let forgettable = now.plus(KEPT_AFTER_DELETE);
    match chore {
        Chore::Delete(kind, digest) => {
            let deleted = ports.delete(&RecordKey::new(kind, digest)).await.is_ok();
            if deleted {
                let entry = Entry::new(&Target::Token(digest), forgettable);
                let _ = ports.shorten(&entry).await;
            }
            deleted
        }
        Chore::Announce(session, until) => {
            let entry = Entry::new(&Target::Session(session), until);
            ports.append(&entry).await.is_ok()
        }
        Chore::End(session) => {
            let end = Command::End {
                session,
                owner: None,
            };
            ports.ask(session, end).await.is_ok()
        }
        Chore::Release(session) => {
            let entry = Entry::new(&Target::Session(session), forgettable);
            let _ = ports.shorten(&entry).await;
            true
        }
    }
}
