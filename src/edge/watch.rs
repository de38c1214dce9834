//! What `streams.js` asks of an answer that is under way (`cut_streams`).
//!
//! Job: whether it may go on, and for how long. `streams.js` brings along what it was opened with, so nothing is kept here.
//! At most one request of an isolate asks the log; the others look again a moment later.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::Request;
use worker::{Env, worker_sys};

use super::fetch::Incoming;
use super::streams::Stream;
use super::{platform, task};
use crate::ports::{Dependency, Unavailable};
use crate::protocol::Answer;
use crate::resolve::Standing;
use crate::telemetry::Event;

/// What [`goes_on`] gives where the credential does not count any more, and where nobody knows.
const OVER: f64 = 0.0;
const UNKNOWN: f64 = -1.0;

/// An answer has come from its origin, perhaps long after it was asked for: milliseconds after which to look again, or
/// the response that is sent in its place. Or a promise of either, if the log has to be asked first.
#[wasm_bindgen(js_name = streamBegins)]
#[must_use]
pub fn begins(
    request: Request,
    env: Env,
    context: worker_sys::Context,
    route: u32,
    stream: &[u8],
) -> JsValue {
    let incoming = match Incoming::new(request, env, context) {
        Ok(incoming) => incoming,
        Err(refused) => return refused,
    };
    let isolate = incoming.isolate;
    let Some(stream) = Stream::read(isolate, route, stream) else {
        return incoming.respond(&Answer::unavailable());
    };
    let standing = incoming.standing(&stream);
    if standing != Standing::Unknown {
        return incoming.begin(&stream, standing, None);
    }
    if let Err(unavailable) = task::room() {
        return incoming.begin(&stream, standing, Some(unavailable));
    }
    let request = Rc::clone(&incoming.context);
    let work = async move {
        let outside = incoming.outside();
        let budget = stream.route.demand.of_stream().max_staleness;
        let followed = isolate.resolver.log().follow(&outside, budget).await;
        let standing = incoming.standing(&stream);
        Ok(incoming.begin(&stream, standing, followed.err()))
    };
    task::run_for(&request, work).into_value()
}

/// How many milliseconds an answer goes on for before it has to be looked at again: [`OVER`] or [`UNKNOWN`] if it does not.
#[wasm_bindgen(js_name = streamGoesOn)]
#[must_use]
pub fn goes_on(
    request: Request,
    env: Env,
    context: worker_sys::Context,
    route: u32,
    stream: &[u8],
) -> f64 {
    let Ok(incoming) = Incoming::new(request, env, context) else {
        return UNKNOWN;
    };
    let Some(stream) = Stream::read(incoming.isolate, route, stream) else {
        return UNKNOWN;
    };
    let cut = |reason| {
        let (seen, ray) = (incoming.seen(), incoming.seen().ray());
        platform::emit(&Event::StreamCut {
            route: stream.route.pattern.as_str(),
            reason,
            request: seen.asked(ray.as_ref()),
        });
    };
    match incoming.standing(&stream) {
        Standing::GoesOn { look_in, is_due } => {
            if is_due {
                let budget = stream.route.demand.of_stream().max_staleness;
                incoming.refresh_beside(budget, platform::now());
            }
            milliseconds(look_in)
        }
        Standing::Over(inactive) => {
            cut(inactive.as_str());
            OVER
        }
        Standing::Unknown => {
            cut("unavailable");
            UNKNOWN
        }
    }
}

impl Incoming {
    /// What is known now of an answer that is under way. If another issuer has to be asked about its token, that is begun.
    fn standing(&self, stream: &Stream) -> Standing {
        let (resolver, now) = (&self.isolate.resolver, platform::now());
        let (open, demand) = (&stream.open, &stream.route.demand);
        if !open.is_asked() {
            return resolver.standing(open, demand, now);
        }
        let Some(token) = stream.route.token(&self.seen(), self.head.url()) else {
            return Standing::Unknown;
        };
        // Exposed to be looked up.
        let (standing, inquiry) = resolver.standing_asked(open, token.expose(), demand, now);
        if let Some(inquiry) = inquiry {
            self.renew_beside(stream.route, inquiry);
        }
        standing
    }

    fn begin(
        &self,
        stream: &Stream,
        standing: Standing,
        unavailable: Option<Unavailable>,
    ) -> JsValue {
        match standing {
            Standing::GoesOn { look_in, .. } => milliseconds(look_in).into(),
            Standing::Over(inactive) => {
                self.refuse_inactive(stream.route, stream.credential, inactive)
            }
            Standing::Unknown => {
                self.refuse_unknown(stream.route, &unavailable.unwrap_or_else(too_old))
            }
        }
    }
}

/// The log has answered, and yet the copy is too old: the answer was under way for too long.
fn too_old() -> Unavailable {
    let cause = "its answer was too old when it came";
    Unavailable::new(Dependency::RevocationLog, cause)
}

#[expect(clippy::cast_precision_loss, reason = "an hour at most")]
const fn milliseconds(duration: std::time::Duration) -> f64 {
    duration.as_millis() as f64
}
