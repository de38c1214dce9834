//! The session coordinator as a Durable Object: a thin adapter around
//! [`crate::session::coordinator`].
//!
//! There is one object for each session. It reads the state, applies the command and writes the state. Between the read and
//! the write the platform delivers no other event, so the three are one step. The alarm does what the state says is due.

use std::fmt;

use js_sys::Uint8Array;
use serde::de::{Deserialize, Deserializer, Visitor};
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, Storage, durable_object,
};

use super::outside::Outside;
use super::platform;
use crate::issue::chores::{self, StateStore};
use crate::session::coordinator::{self, Command};

const STATE: &str = "state";
/// How long the alarm waits for KV or the log, in milliseconds. Nobody waits for the alarm.
const TIMEOUT: u32 = 10_000;

/// The object.
#[durable_object(alarm)]
pub struct SessionCoordinator {
    storage: Storage,
    outside: Outside,
}

impl DurableObject for SessionCoordinator {
    fn new(state: State, env: Env) -> Self {
        Self {
            storage: state.storage(),
            outside: Outside::new(env, None, TIMEOUT),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let Some(command) = Command::from_bytes(&request.bytes().await?) else {
            return Response::error("the request is not one that is known", 400);
        };
        let before = self.load().await?;
        let (after, reply) = before.clone().apply(command, platform::now());
        if after != before {
            self.save(&after).await?;
        }
        Response::from_bytes(reply.to_bytes())
    }

    /// Does what is due.
    async fn alarm(&self) -> Result<Response> {
        chores::run(self, &self.outside).await?;
        Response::empty()
    }
}

impl StateStore for SessionCoordinator {
    type Error = Error;

    async fn load(&self) -> Result<coordinator::State> {
        let Some(Bytes(stored)) = self.storage.get(STATE).await? else {
            return Ok(coordinator::State::default());
        };
        let state = coordinator::State::from_bytes(&stored);
        state.ok_or_else(|| "the stored state is not one that is known".into())
    }

    /// Writes the state and sets the alarm that it asks for. Where it asks for none, nothing more can happen: all that is
    /// stored is deleted.
    async fn save(&self, state: &coordinator::State) -> Result<()> {
        let Some(wake_at) = state.wake_at() else {
            self.storage.delete_alarm().await?;
            return self.storage.delete_all().await;
        };
        let stored = Uint8Array::from(state.to_bytes().as_slice());
        self.storage.put_raw(STATE, stored).await?;
        self.storage.set_alarm(wake_at.since(platform::now())).await
    }
}

/// A stored value that is bytes.
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Taken;
        impl Visitor<'_> for Taken {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> std::result::Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Taken)
    }
}
