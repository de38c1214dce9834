//! The Durable Objects as a request asks them, and the waits of requests for each other.

use std::time::Duration;

use js_sys::Uint8Array;

use super::{Outside, answer};
use crate::edge::{host, task};
use crate::ports::{Coordinator, Dependency, RevocationLog, Unavailable, Waits, Wake};
use crate::revocation::{Delta, Entry, Position};
use crate::session::coordinator::{Command, Reply};
use crate::token::SessionId;

impl Outside {
    async fn ask_log(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, Unavailable> {
        let body = Uint8Array::from(body);
        let asked = host::ask_log(&self.env, path, &body, self.timeout);
        if let Some(context) = &self.context {
            // Others of this isolate may be waiting for it: see `resolve::asking`.
            host::keep_alive(context, &asked);
        }
        let bytes = answer(Dependency::RevocationLog, asked).await?;
        Ok(host::bytes_of(&bytes).unwrap_or_default())
    }
}

impl Coordinator for Outside {
    async fn ask(&self, session: SessionId, command: Command) -> Result<Reply, Unavailable> {
        let body = Uint8Array::from(command.to_bytes().as_slice());
        let name = session.to_base64url();
        let asked = host::ask_coordinator(&self.env, &name, &body, self.timeout);
        let reply = answer(Dependency::Coordinator, asked).await?;
        let reply = host::bytes_of(&reply).and_then(|reply| Reply::from_bytes(&reply));
        reply.ok_or_else(|| {
            Unavailable::new(Dependency::Coordinator, "its reply is none that is known")
        })
    }
}

impl RevocationLog for Outside {
    async fn since(&self, position: Position) -> Result<Delta, Unavailable> {
        let delta = self.ask_log("/since", &position.to_bytes()).await?;
        Delta::from_bytes(&delta).ok_or_else(|| {
            Unavailable::new(
                Dependency::RevocationLog,
                "its answer is none that is known",
            )
        })
    }

    async fn append(&self, entry: &Entry) -> Result<(), Unavailable> {
        self.ask_log("/append", &entry.to_bytes()).await.map(drop)
    }

    async fn shorten(&self, entry: &Entry) -> Result<(), Unavailable> {
        self.ask_log("/shorten", &entry.to_bytes()).await.map(drop)
    }
}

impl Waits for Outside {
    fn wait(&self, limit: Duration) -> (Wake, impl Future<Output = ()>) {
        let limit = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
        let turn = host::turn(limit.max(1));
        let promise = turn.promise();
        let wait = async {
            // It never rejects.
            let _ = task::wait(promise).await;
        };
        (Box::new(move || turn.call()), wait)
    }
}
