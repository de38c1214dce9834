//! The ports on Workers, one file a store.
//!
//! Job: how a request or a Durable Object reaches what lies outside of it, and what is made of an exception. Here are
//! also the ports that nothing is waited for: the clock, randomness and the log.
//!
//! What the gate asks on its own behalf (a record, what is new in the revocation log) goes through `host.js`; everything
//! else goes through the `worker` crate. Both have a timeout.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Request;
use worker::wasm_bindgen_futures::future_to_promise;
use worker::{Context, Env};

use super::introduced::Introduced;
use super::{host, platform, task};
use crate::accounts::Source;
use crate::ports::{Caller, Clock, Dependency, Events, Platform, Randomness, Unavailable};
use crate::telemetry::Event;
use crate::time::Time;

mod crypto;
mod http;
mod kv;
mod limiter;
mod objects;
mod passwords;

/// The outside, as one request or one Durable Object reaches it.
pub struct Outside {
    env: Env,
    /// Of the request, where it is one.
    context: Option<Rc<Context>>,
    /// How long to wait for a store, in milliseconds.
    timeout: u32,
    way: LogWay,
    /// The request that somebody sent with a token.
    sent: Option<Request>,
}

/// How the revocation log is reached, where there are relays.
#[derive(Clone, Copy)]
enum LogWay {
    /// By the relay of this place: somebody waits.
    Nearest = 0,
    /// By a relay that lets changes wait for others: nobody does.
    Later = 1,
    /// Directly.
    Log = 2,
}

impl Outside {
    /// The outside through these bindings.
    #[must_use]
    pub const fn new(env: Env, context: Option<Rc<Context>>, timeout: u32) -> Self {
        let way = match context {
            Some(_) => LogWay::Nearest,
            None => LogWay::Later,
        };
        Self {
            env,
            context,
            timeout,
            way,
            sent: None,
        }
    }

    /// The same for a request that somebody sent with a token.
    #[must_use]
    pub fn of(self, request: &Request) -> Self {
        Self {
            // Not its own `clone`, which would split its body in two.
            sent: Some(Clone::clone(request)),
            ..self
        }
    }

    /// The same, but the revocation log itself is asked, not a relay.
    #[must_use]
    pub fn at_the_log(self) -> Self {
        Self {
            way: LogWay::Log,
            ..self
        }
    }

    /// What a dependency answers to `question`, which is carried to its end even where that takes longer than the
    /// timeout. It runs on the `worker` crate's executor: what is awaited here is a promise of its end.
    async fn ask<T: 'static>(
        &self,
        dependency: Dependency,
        question: impl Future<Output = worker::Result<T>> + 'static,
    ) -> Result<T, Unavailable> {
        let answered = Rc::new(Cell::new(None));
        let slot = Rc::clone(&answered);
        let asked = future_to_promise(async move {
            slot.set(Some(question.await?));
            Ok(JsValue::UNDEFINED)
        });
        answer(dependency, host::in_time(self.timeout, &asked)).await?;
        Ok(answered
            .take()
            .expect("it has answered: the promise is fulfilled"))
    }
}

/// What a dependency answers, which `host.js` asks.
async fn answer(dependency: Dependency, promise: Promise) -> Result<JsValue, Unavailable> {
    task::wait(promise)
        .await
        .map_err(|error| unavailable(dependency, &error))
}

/// The message of an exception. What Postern asks holds no token, only digests, so the message holds none either.
fn unavailable(dependency: Dependency, error: &JsValue) -> Unavailable {
    let cause = error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "it threw something that is not an error".to_owned());
    // The platform says so of an object that has more to do than it can.
    let is_overloaded = Reflect::get(error, &JsValue::from_str("overloaded"));
    Unavailable {
        is_overloaded: is_overloaded.is_ok_and(|said| said.is_truthy()),
        ..Unavailable::new(dependency, cause)
    }
}

impl Platform for Outside {
    type Attachment = Introduced;
}

impl Caller for Outside {
    fn source(&self) -> Option<Source> {
        let request = self.sent.as_ref()?;
        Some(Source::of(
            host::header(request, "cf-connecting-ip").as_deref(),
        ))
    }
}

impl Clock for Outside {
    fn now(&self) -> Time {
        platform::now()
    }
}

impl Randomness for Outside {
    fn fill(&self, bytes: &mut [u8]) {
        platform::fill(bytes);
    }
}

impl Events for Outside {
    fn emit(&self, event: Event<'_>) {
        platform::emit(&event);
    }
}
