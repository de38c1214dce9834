//! What the alarm of a person's index does.
//!
//! Job: carry out what the index says is due, and write down what became of it after each one, so that
//! nothing is done twice because something else failed. Not its job: when the alarm rings
//! ([`State::wake_at`] says it, and whoever keeps the index sets it).

use crate::person::{Chore, State};
use crate::ports::{Clock, Coordinator, Randomness, RevocationLog};
use crate::session::coordinator::Command;

/// Keeps one index.
#[expect(
    async_fn_in_trait,
    reason = "an isolate has one thread, so no future need be Send"
)]
pub trait IndexStore {
    /// Why it could not be read or written.
    type Error;

    /// The index; the default where there is none.
    ///
    /// # Errors
    /// Where it could not be read.
    async fn load(&self) -> Result<State, Self::Error>;

    /// Writes the index in the place of the one that was read before, and sets the alarm that it asks for.
    /// Nothing else happens between [`Self::load`] and this, unless the caller waits.
    ///
    /// # Errors
    /// Where it is not certain that it was written.
    async fn save(&self, before: &State, after: &State) -> Result<(), Self::Error>;
}

/// Does what is due now, as much as one alarm does. The index is read anew after each chore: commands may
/// have come in between.
///
/// # Errors
/// Where the index could not be read or written. What was done may be done again.
pub async fn run<S, P>(store: &S, ports: &P) -> Result<(), S::Error>
where
    S: IndexStore,
    P: Clock + Randomness + Coordinator + RevocationLog,
{
    for chore in store.load().await?.due(ports.now()) {
        let is_done = carry_out(chore, ports).await;
        let before = store.load().await?;
        let after = before.clone();
        let after = if is_done {
            after.done(chore)
        } else {
            let mut random = [0];
            ports.fill(&mut random);
            after.failed(chore, ports.now(), random[0])
        };
        store.save(&before, &after).await?;
    }
    let before = store.load().await?;
    let after = before.clone().settled(ports.now());
    store.save(&before, &after).await
}

/// Carries out one chore; whether it is certain to be done.
async fn carry_out<P: Coordinator + RevocationLog>(chore: Chore, ports: &P) -> bool {
    match chore {
        Chore::End(session) => {
            let end = Command::End {
                session,
                owner: None,
            };
            ports.ask(session, end).await.is_ok()
        }
        Chore::Release(entry) => ports.shorten(&entry).await.is_ok(),
    }
}
