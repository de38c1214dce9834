//! A relay of the revocation log as a Durable Object: a thin adapter around [`crate::resolve::Relay`].
//!
//! There is one for each place of the network, named after it, where the site binds the class; and a few that carry what
//! session coordinators have to tell the log. It stores nothing: one that is evicted begins anew with one question. Its
//! `fetch` is raw, as the log's own is.

use std::rc::Rc;
use std::time::Duration;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};
use worker::Env;
use worker::worker_sys::DurableObjectState;

use super::outside::Outside;
use super::{host, platform, task};
use crate::ports::Unavailable;
use crate::resolve::Relay;
use crate::revocation::{Change, Question};

/// No message to a relay is nearly as long, in bytes.
const BODY_LIMIT: u32 = 1 << 20;

/// How long a relay waits for the log, in milliseconds. Isolates do not wait as long, but what it then learns is theirs.
const TIMEOUT: u32 = 10_000;

/// How long a change that nobody waits for waits for company.
const LATER: Duration = Duration::from_millis(100);

/// The object.
#[wasm_bindgen]
pub struct RevocationRelay(Rc<Kept>);

struct Kept {
    relay: Relay,
    outside: Outside,
}

#[wasm_bindgen]
impl RevocationRelay {
    /// Made by the platform.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(_state: DurableObjectState, env: Env) -> Self {
        Self(Rc::new(Kept {
            relay: Relay::default(),
            outside: Outside::new(env, None, TIMEOUT).at_the_log(),
        }))
    }

    /// Answers a request; called by the platform.
    #[must_use]
    pub fn fetch(&self, request: Request) -> JsValue {
        let kept = Rc::clone(&self.0);
        task::run(async move {
            let body = task::wait(host::body(&request, BODY_LIMIT)).await?;
            let body = host::bytes_of(&body).unwrap_or_default();
            match kept.answer(&request.url(), &body).await {
                Some(Ok(answer)) => {
                    let answer = Uint8Array::from(answer.as_slice());
                    Response::new_with_opt_js_u8_array(Some(&answer)).map(JsValue::from)
                }
                Some(Err(unavailable)) => {
                    platform::emit(&unavailable.event());
                    let status = if unavailable.is_overloaded { 429 } else { 503 };
                    Ok(host::answer(status, "", "the revocation log did not answer").into())
                }
                None => Ok(host::answer(400, "", "the request is not one that is known").into()),
            }
        })
        .into_value()
    }
}

impl Kept {
    /// `None` where no version so far asks that.
    async fn answer(&self, url: &str, body: &[u8]) -> Option<Result<Vec<u8>, Unavailable>> {
        if url.ends_with("/since") {
            let question = Question::from_bytes(body)?;
            let delta = self.relay.since(&question, &self.outside).await;
            return Some(delta.map(|delta| delta.to_bytes()));
        }
        let changes = Change::from_bytes(body)?;
        let patience = if url.ends_with("?later") {
            LATER
        } else {
            Duration::ZERO
        };
        let made = self.relay.change(&changes, patience, &self.outside).await;
        Some(made.map(|()| Vec::new()))
    }
}
