//! The session coordinator as a Durable Object: a thin adapter around
//! [`crate::session::coordinator`].
//!
//! There is one object for each session. It reads the state, applies the command and writes the state. Between the read and
//! the write the platform delivers no other event, so the three are one step. The alarm does what the state says is due.
//! The state and its alarm are written together.

use futures_util::future;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, Storage, durable_object,
};

use super::outside::Outside;
use super::platform;
use crate::issue::chores;
use crate::issue::state_store::{self, StateStore};
use crate::session::coordinator::{self, Command};
use crate::time::Time;

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
        let reply = state_store::carry_out(self, command, platform::now()).await?;
        Response::from_bytes(reply.to_bytes())
    }

    /// Does what is due.
    async fn alarm(&self) -> Result<Response> {
        chores::ring(self, &self.outside).await?;
        Response::empty()
    }
}

/// Two operations that begin in one turn are one write: the platform carries out both or neither.
impl StateStore for SessionCoordinator {
    type Error = Error;

    async fn load(&self) -> Result<coordinator::State> {
        // As a list of one: what comes then is no Rust value yet. The reader that makes those of any kind is large.
        let found = self.storage.get_multiple(vec![STATE]).await?;
        let stored = found.get(&JsValue::from_str(STATE));
        if stored.is_undefined() {
            return Ok(coordinator::State::default());
        }
        let stored = stored.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec);
        let state = stored.and_then(|bytes| coordinator::State::from_bytes(&bytes));
        state.ok_or_else(|| "the stored state is not one that is known".into())
    }

    /// Where the state asks for no alarm, nothing more can happen: all that is stored is deleted.
    async fn save(&self, state: &coordinator::State) -> Result<()> {
        let Some(wake_at) = state.wake_at() else {
            future::try_join(self.storage.delete_alarm(), self.storage.delete_all()).await?;
            return Ok(());
        };
        let stored = Uint8Array::from(state.to_bytes().as_slice());
        let put = self.storage.put_raw(STATE, stored);
        future::try_join(put, self.set_alarm(wake_at)).await?;
        Ok(())
    }

    async fn alarm(&self) -> Result<Option<Time>> {
        let alarm = self.storage.get_alarm().await?;
        Ok(alarm.map(|at| Time::from_millis(at.unsigned_abs())))
    }

    async fn set_alarm(&self, at: Time) -> Result<()> {
        self.storage.set_alarm(at.since(platform::now())).await
    }
}
