//! The session coordinator as a Durable Object: a thin adapter around
//! [`crate::session::coordinator`].
//!
//! One object a session. It reads the state, applies, writes the state: between the read and the
//! write the platform delivers no other event, so the three are one step. What the state says is
//! due is done by the alarm.

#![expect(missing_docs, reason = "#[durable_object] makes methods without any")]

use js_sys::{Object, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::outside::{self, Outside};
use crate::revocation::{Entry, KEPT_AFTER_DELETE, Target};
use crate::session::RecordKey;
use crate::session::coordinator::{self, Command};
use crate::time::Time;
use crate::token::TokenDigest;

const STATE: &str = "state";
/// How long to wait for KV or the log, in milliseconds. Nobody waits for this but the alarm.
const TIMEOUT: u32 = 10_000;

/// The object.
#[durable_object(alarm)]
pub struct SessionCoordinator {
    state: State,
    env: Env,
}

impl DurableObject for SessionCoordinator {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let body = request.bytes().await?;
        let Some(command) = Command::from_bytes(&body) else {
            return Response::error("the command is none that is known", 400);
        };
        let before = self.load().await?;
        let (after, reply) = before.clone().apply(command, outside::now());
        if after != before {
            self.save(&after).await?;
        }
        Response::from_bytes(reply.to_bytes())
    }

    async fn alarm(&self) -> Result<Response> {
        let due = self.load().await?.due(outside::now());
        let outside = Outside::new(self.env.clone().unchecked_into::<Object>(), TIMEOUT);
        for digest in due {
            let deleted = delete(&outside, digest).await;
            let state = self.load().await?;
            let state = if deleted {
                state.deleted(digest)
            } else {
                state.delete_failed(digest, outside::now())
            };
            self.save(&state).await?;
        }
        let state = self.load().await?.settled(outside::now());
        self.save(&state).await?;
        Response::empty()
    }
}

impl SessionCoordinator {
    async fn load(&self) -> Result<coordinator::State> {
        let storage = self.state.storage();
        let stored = JsFuture::from(storage.as_raw().get(STATE)?).await?;
        if stored.is_undefined() {
            return Ok(coordinator::State::default());
        }
        stored
            .dyn_ref::<Uint8Array>()
            .and_then(|bytes| coordinator::State::from_bytes(&bytes.to_vec()))
            .ok_or_else(|| Error::RustError("the stored state is none that is known".to_owned()))
    }

    /// Writes the state and sets the alarm that it asks for; where it asks for none, nothing more
    /// can happen, and the object goes.
    async fn save(&self, state: &coordinator::State) -> Result<()> {
        let storage = self.state.storage();
        let Some(wake_at) = state.wake_at() else {
            storage.delete_alarm().await?;
            return storage.delete_all().await;
        };
        storage
            .put_raw(STATE, Uint8Array::from(state.to_bytes().as_slice()))
            .await?;
        let delay = wake_at.since(outside::now());
        storage.set_alarm(delay).await
    }
}

/// Deletes a token's record and, once that is certain, lets the log forget the token sooner.
async fn delete(outside: &Outside, digest: TokenDigest) -> bool {
    if outside.delete(&RecordKey::access(digest)).await.is_err() {
        return false;
    }
    let keep_until: Time = outside::now().plus(KEPT_AFTER_DELETE);
    // Where the log can't be told, it keeps the entry until the token would have expired.
    let _ = outside
        .shorten(&Entry::new(&Target::Token(digest), keep_until))
        .await;
    true
}
