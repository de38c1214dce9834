//! The session coordinator as a Durable Object: a thin adapter around
//! [`crate::session::coordinator`].
//!
//! One object a session. It reads the state, applies, writes the state: between the read and the
//! write the platform delivers no other event, so the three are one step. What the state says is
//! due is done by the alarm.

use std::rc::Rc;

use js_sys::{Object, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Request;

use super::object::{self, ObjectState, Storage};
use super::outside::Outside;
use super::platform;
use super::task;
use crate::issue::chores::{self, StateStore};
use crate::session::coordinator::{self, Command};

const STATE: &str = "state";
/// How long to wait for KV or the log, in milliseconds. Nobody waits for this but the alarm.
const TIMEOUT: u32 = 10_000;

/// The object.
#[wasm_bindgen]
pub struct SessionCoordinator(Rc<Coordinator>);

#[wasm_bindgen]
impl SessionCoordinator {
    /// Made by the platform.
    #[wasm_bindgen(constructor)]
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "as the platform calls it")]
    pub fn new(state: ObjectState, env: Object) -> Self {
        Self(Rc::new(Coordinator {
            storage: state.storage(),
            outside: Outside::new(env, None, TIMEOUT),
        }))
    }

    /// Answers a request; called by the platform.
    #[must_use]
    pub fn fetch(&self, request: Request) -> JsValue {
        let coordinator = Rc::clone(&self.0);
        task::run(async move {
            let body = object::body(&request).await?;
            let Some(command) = Command::from_bytes(&body) else {
                return Ok(object::unknown());
            };
            let before = coordinator.load().await?;
            let (after, reply) = before.clone().apply(command, platform::now());
            if after != before {
                coordinator.save(&after).await?;
            }
            object::answer(&reply.to_bytes())
        })
        .into_value()
    }

    /// Does what is due; called by the platform.
    #[must_use]
    pub fn alarm(&self) -> JsValue {
        let coordinator = Rc::clone(&self.0);
        task::run(async move {
            chores::run(&*coordinator, &coordinator.outside).await?;
            Ok(JsValue::UNDEFINED)
        })
        .into_value()
    }
}

struct Coordinator {
    storage: Storage,
    outside: Outside,
}

impl StateStore for Coordinator {
    type Error = JsValue;

    async fn load(&self) -> Result<coordinator::State, JsValue> {
        let stored = object::done(self.storage.get(STATE)).await?;
        if stored.is_undefined() {
            return Ok(coordinator::State::default());
        }
        stored
            .dyn_ref::<Uint8Array>()
            .and_then(|bytes| coordinator::State::from_bytes(&bytes.to_vec()))
            .ok_or_else(|| object::error("the stored state is none that is known"))
    }

    /// Writes the state and sets the alarm that it asks for; where it asks for none, nothing more
    /// can happen, and the object goes.
    async fn save(&self, state: &coordinator::State) -> Result<(), JsValue> {
        let Some(wake_at) = state.wake_at() else {
            object::done(self.storage.delete_alarm()).await?;
            return object::done(self.storage.delete_all()).await.map(drop);
        };
        let stored = Uint8Array::from(state.to_bytes().as_slice());
        object::done(self.storage.put(STATE, &stored)).await?;
        let delay = wake_at.since(platform::now());
        object::done(self.storage.set_alarm_after(delay))
            .await
            .map(drop)
    }
}
