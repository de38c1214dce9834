//! What a session coordinator's alarm does.
//!
//! Job: carry out what the state says is due, and write down what became of it after each one, so that
//! nothing is done twice because something else failed. And never leave a session without an alarm: it is set
//! ahead before anything is tried, and again where something breaks. Not its job: when the alarm rings
//! otherwise ([`State::wake_at`](crate::session::coordinator::State::wake_at) says it, and whoever keeps the
//! state sets it).

use super::state_store::StateStore;
use crate::person;
use crate::ports::{
    Clock, Coordinator, Dependency, Events, PersonIndex, Randomness, RecordStore, RevocationLog,
    Unavailable,
};
use crate::revocation::{Entry, KEPT_AFTER_DELETE, Target};
use crate::session::RecordKey;
use crate::session::coordinator::{Chore, Command, LONGEST_RETRY, random_wait};
use crate::time::Time;

/// The alarm rings: what is due now is done. If the state cannot be read or written, the alarm is set again for a
/// while later. The platform gives up an alarm that has failed a few times, so failing is not an answer.
///
/// # Errors
/// Where not even the alarm could be set.
pub async fn ring<S, P>(store: &S, ports: &P) -> Result<(), S::Error>
where
    S: StateStore,
    P: Clock + Randomness + Events + RecordStore + Coordinator + PersonIndex + RevocationLog,
{
    let Err(error) = run(store, ports).await else {
        return Ok(());
    };
    let cause = format!("its alarm: {error}");
    ports.emit(Unavailable::new(Dependency::Coordinator, cause).event());
    let later = random_wait(LONGEST_RETRY, jitter(ports));
    store.set_alarm(ports.now().plus(later)).await
}

/// Does what is due now. The state is read anew after each chore: commands may have come in between.
async fn run<S, P>(store: &S, ports: &P) -> Result<(), S::Error>
where
    S: StateStore,
    P: Clock + Randomness + RecordStore + Coordinator + PersonIndex + RevocationLog,
{
    let due = store.load().await?.due(ports.now());
    if !due.is_empty() {
        // This event may be lost with its instance while it waits.
        store.set_alarm(ports.now().plus(LONGEST_RETRY)).await?;
    }
    for chore in due {
        let is_done = carry_out(chore, ports, ports.now()).await;
        let state = store.load().await?;
        let state = if is_done {
            state.done(chore)
        } else {
            state.failed(chore, ports.now(), jitter(ports))
        };
        store.save(&state).await?;
    }
    let state = store.load().await?.settled(ports.now());
    store.save(&state).await
}

fn jitter<P: Randomness>(ports: &P) -> u8 {
    let mut jitter = [0];
    ports.fill(&mut jitter);
    jitter[0]
}

/// Carries out one chore; whether it is certain to be done.
async fn carry_out<P>(chore: Chore, ports: &P, now: Time) -> bool
where
    P: RecordStore + Coordinator + PersonIndex + RevocationLog,
{
    let forgettable = now.plus(KEPT_AFTER_DELETE);
    match chore {
        Chore::Delete(kind, digest) => {
            let entry = Entry::new(&Target::Token(digest), forgettable);
            ports.delete(&RecordKey::new(kind, digest)).await.is_ok()
                && ports.shorten(&entry).await.is_ok()
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
        Chore::Release(session, owner) => {
            // While the log has it, nobody is shown it.
            if let Some(owner) = owner {
                let forget = person::Command::Forget(session);
                let told = ports.ask_index(person::Index::Person(owner), forget);
                if told.await.is_err() {
                    return false;
                }
            }
            let entry = Entry::new(&Target::Session(session), forgettable);
            ports.shorten(&entry).await.is_ok()
        }
    }
}
