//! The Durable Objects as a request asks them, and the waits of requests for each other.

use std::time::Duration;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use worker::Env;
use worker::wasm_bindgen_futures::JsFuture;

use super::{Outside, answer};
use crate::config::names;
use crate::edge::{host, isolate, task};
use crate::person;
use crate::ports::{Coordinator, Dependency, PersonIndex, RevocationLog, Unavailable, Waits, Wake};
use crate::revocation::{Change, Delta, Position, Question};
use crate::session::coordinator::{Command, Reply};
use crate::token::SessionId;

/// Posts bytes to an object; what it answers with 200. An alarm may be the first event of its isolate, and where the
/// objects are is in the configuration: so that is read first.
async fn post(
    env: Env,
    namespace: &'static str,
    name: String,
    path: &'static str,
    body: Vec<u8>,
) -> worker::Result<Vec<u8>> {
    isolate::current(&env, None).map_err(|_| "the configuration is refused")?;
    let body = Uint8Array::from(body.as_slice());
    let answer = JsFuture::from(host::ask_object(&env, namespace, &name, path, &body)).await?;
    host::bytes_of(&answer).ok_or_else(|| "its answer is not bytes".into())
}

impl Coordinator for Outside {
    async fn ask(&self, session: SessionId, command: Command) -> Result<Reply, Unavailable> {
        let (env, name) = (self.env.clone(), session.to_base64url());
        let asked = post(env, names::COORDINATORS, name, "/", command.to_bytes());
        let reply = self.ask(Dependency::Coordinator, asked).await?;
        Reply::from_bytes(&reply).ok_or_else(|| {
            Unavailable::new(
                Dependency::Coordinator,
                "its reply is not one that is known",
            )
        })
    }
}

impl PersonIndex for Outside {
    async fn ask_index(
        &self,
        index: person::Index,
        command: person::Command,
    ) -> Result<person::Reply, Unavailable> {
        let (env, name) = (self.env.clone(), index.name());
        let asked = post(env, names::PEOPLE, name, "/", command.to_bytes());
        let reply = self.ask(Dependency::PersonIndex, asked).await?;
        person::Reply::from_bytes(&reply).ok_or_else(|| {
            Unavailable::new(
                Dependency::PersonIndex,
                "its reply is not one that is known",
            )
        })
    }
}

impl Outside {
    /// What the revocation log answers.
    async fn ask_log(&self, path: &str, body: &[u8]) -> Result<JsValue, Unavailable> {
        // An alarm may be the first event of its isolate.
        isolate::current(&self.env, None).map_err(|_| {
            Unavailable::new(Dependency::RevocationLog, "the configuration is refused")
        })?;
        let body = Uint8Array::from(body);
        let asked = host::ask_log(&self.env, self.way as u8, path, &body, self.timeout);
        if let Some(context) = &self.context {
            // Others of this isolate may be waiting for it: see `single_flight`.
            host::keep_alive((**context).as_ref(), &asked);
        }
        answer(Dependency::RevocationLog, asked).await
    }

    async fn ask_what_is_new(&self, path: &str, body: &[u8]) -> Result<Delta, Unavailable> {
        let delta = self.ask_log(path, body).await?;
        host::bytes_of(&delta)
            .and_then(|delta| Delta::from_bytes(&delta))
            .ok_or_else(|| {
                Unavailable::new(
                    Dependency::RevocationLog,
                    "its answer is not one that is known",
                )
            })
    }
}

impl RevocationLog for Outside {
    async fn since(&self, question: &Question) -> Result<Delta, Unavailable> {
        self.ask_what_is_new("/since", &question.to_bytes()).await
    }

    async fn snapshot(&self, head: Position) -> Result<Option<Vec<u8>>, Unavailable> {
        self.read_snapshot(head).await
    }

    async fn change(&self, changes: &[Change]) -> Result<(), Unavailable> {
        // The path is for people who read a trace.
        let path = match changes {
            [Change::Append(_)] => "/append",
            [Change::Shorten(_)] => "/shorten",
            _ => "/change",
        };
        self.ask_log(path, &Change::to_bytes(changes))
            .await
            .map(drop)
    }

    async fn exchange(
        &self,
        changes: &[Change],
        question: &Question,
    ) -> Result<Delta, Unavailable> {
        let message = Change::exchange_to_bytes(changes, question);
        self.ask_what_is_new("/exchange", &message).await
    }
}

impl Waits for Outside {
    fn wait(&self, limit: Duration) -> (Wake, impl Future<Output = ()>) {
        let limit = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
        let wait = host::wait(limit.max(1));
        let promise = wait.promise();
        let end = async {
            // It never rejects.
            let _ = task::wait(promise).await;
        };
        (Box::new(move || wait.wake()), end)
    }
}
