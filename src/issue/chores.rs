//! What a session coordinator's alarm does.

use crate::ports::{Coordinator, RecordStore, RevocationLog};
use crate::revocation::{Entry, KEPT_AFTER_DELETE, Target};
use crate::session::RecordKey;
use crate::session::coordinator::{Chore, Command};
use crate::time::Time;

/// Carries out what is due; whether it is certain to be done.
pub async fn carry_out<P>(chore: Chore, ports: &P, now: Time) -> bool
where
    P: RecordStore + Coordinator + RevocationLog,
{
    // Where the log cannot be told that it may forget, it keeps an entry for as long as it was told.
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
