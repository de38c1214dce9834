//! The entry: every request to the Worker comes in here.
//!
//! Job: the hot path. A request that needs no I/O of ours is answered, or handed to its origin,
//! without an async frame.

use js_sys::{Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::Request;

use super::environment::Bindings;
use super::host::{self, Context};
use super::isolate::{self, Isolate};
use super::outside::{self, Outside};
use super::{answer, judge};
use crate::config::{Origin, binding};
use crate::gate::{Admission, Refusal, RequestHead, Route, forward, path};
use crate::oauth::{self, Body, Endpoint};
use crate::ports::Unavailable;
use crate::protocol::form::FORM_LIMIT;
use crate::protocol::{Answer, ErrorCode};
use crate::resolve::{Active, Look, Resolution};
use crate::telemetry::Event;

/// Answers a request: with a `Response`, or with a promise of one.
#[wasm_bindgen]
#[must_use]
pub fn fetch(request: Request, env: Object, context: Context) -> JsValue {
    let Ok(isolate) = isolate::current(&env) else {
        let refused = Answer::error(
            500,
            ErrorCode::ServerError,
            "this Worker is not configured correctly; its log says what to change",
        );
        return answer::response(&refused, request.method() == "HEAD").into();
    };
    Exchange {
        isolate,
        method: request.method(),
        request,
        env,
        context,
    }
    .answer()
}

/// One request and what it takes to answer it.
struct Exchange {
    isolate: &'static Isolate,
    method: String,
    request: Request,
    env: Object,
    context: Context,
}

impl RequestHead for Exchange {
    fn method(&self) -> &str {
        &self.method
    }

    fn header(&self, name: &'static str) -> Option<String> {
        if name == "authorization" {
            host::authorization(&self.request)
        } else {
            host::header(&self.request, name)
        }
    }
}

impl Exchange {
    fn answer(self) -> JsValue {
        let isolate = self.isolate;
        let url = host::url(&self.request);
        if let Some(endpoint) = oauth::endpoint(path::split(&url).0) {
            let context = self.context.clone();
            let answer = promise(self.endpoint(endpoint, url));
            // What a client asked for is carried through even if it does not wait for the answer.
            context.wait_until(&answer);
            return answer.into();
        }
        let (route, token) = match isolate.policy.admit(&self, &url) {
            Admission::Authenticate { route, token } => (route, token),
            Admission::Forward(route) => return self.forward(route, &url, None, false),
            Admission::ForwardPreflight(route) => return self.forward(route, &url, None, true),
            Admission::Answered(answer) => return self.respond(&answer),
            Admission::Refused { route, refusal } => return self.refuse(route, &refusal),
        };
        // Exposed to be looked up.
        match isolate
            .resolver
            .look(token.expose(), &route.demand, outside::now())
        {
            Look::Done(resolution) => self.conclude(route, &url, resolution),
            Look::Pending(pending) => promise(async move {
                let outside = self.outside();
                let resolution = isolate
                    .resolver
                    .finish(&outside, pending, &route.demand)
                    .await;
                self.conclude(route, &url, resolution)
            })
            .into(),
        }
    }

    fn outside(&self) -> Outside {
        Outside::new(self.env.clone(), self.isolate.timeout)
    }

    /// Sends the request on, or refuses it, now that it is known what its token means.
    fn conclude(&self, route: &'static Route, url: &str, resolution: Resolution) -> JsValue {
        let active = match resolution {
            Resolution::Active(active) => active,
            Resolution::Inactive(inactive) => {
                return self.refuse_on(route, route.refuse_inactive(inactive));
            }
            Resolution::Unavailable(unavailable) => {
                outside::emit(&unavailable.event());
                return self.refuse_on(route, route.refuse_unavailable());
            }
        };
        if let Err(refusal) = route.authorise(active.session.record()) {
            return self.refuse_on(route, refusal);
        }
        if let Some(outage) = &active.outage {
            let Unavailable { dependency, cause } = &outage.unavailable;
            outside::emit(&Event::CachedSessionAllowed {
                route: route.pattern.as_str(),
                dependency: dependency.as_str(),
                cause,
                log_age: outage.log_age.as_secs(),
            });
        }
        self.refresh_beside(route);
        self.forward(route, url, Some(&active), false)
    }

    /// Brings the copy of the revocation log up to now beside this request, so that no later one
    /// has to wait for it.
    fn refresh_beside(&self, route: &Route) {
        let isolate = self.isolate;
        if !isolate
            .resolver
            .begin_refresh(outside::now(), route.demand.max_staleness)
        {
            return;
        }
        let outside = self.outside();
        self.context.wait_until(&future_to_promise(async move {
            if let Err(unavailable) = isolate.resolver.refresh(&outside).await {
                outside::emit(&unavailable.event());
            }
            Ok(JsValue::UNDEFINED)
        }));
    }

    fn refuse_on(&self, route: &Route, refusal: Refusal) -> JsValue {
        self.refuse(Some(route), &route.readable(self, refusal))
    }

    fn refuse(&self, route: Option<&Route>, refusal: &Refusal) -> JsValue {
        if self.isolate.config.log_refusals {
            outside::emit(&Event::GateRefused {
                route: route.map(|route| route.pattern.as_str()),
                status: refusal.status(),
                reason: refusal.reason,
            });
        }
        self.respond(&refusal.answer)
    }

    fn respond(&self, answer: &Answer) -> JsValue {
        answer::response(answer, self.method == "HEAD").into()
    }

    fn forward(
        &self,
        route: &'static Route,
        url: &str,
        active: Option<&Active>,
        bodiless: bool,
    ) -> JsValue {
        let identity = active.map(|active| {
            forward::identity(active.session.record())
                .map(|(_, value)| value)
                .join("\n")
        });
        let bindings = Bindings(&self.env);
        let (fetcher, url) = match &route.origin {
            Origin::Assets => (bindings.get(binding::ASSETS), None),
            Origin::Service(name) => (bindings.get(name), None),
            Origin::Url(base) => (JsValue::UNDEFINED, Some(forward::origin_url(base, url))),
            Origin::Zone => (JsValue::UNDEFINED, None),
        };
        match host::outgoing(
            &self.request,
            url.as_deref(),
            identity.as_deref(),
            bodiless,
            route.is_protected() && fetcher.is_undefined(),
        ) {
            Ok(out) => host::forward(&fetcher, &out, route.is_protected(), route.index),
            Err(_) => judge::origin_failed(
                self.isolate,
                route.index,
                "the request cannot be sent on as it is",
            ),
        }
    }

    async fn endpoint(self, endpoint: Endpoint, url: String) -> JsValue {
        let isolate = self.isolate;
        let body = if endpoint.reads_body(&self.method) {
            let limit = u32::try_from(FORM_LIMIT).expect("16 KiB");
            match host::body(&self.request, limit).await {
                Err(_) => Body::Unreadable,
                Ok(bytes) => bytes
                    .dyn_into::<Uint8Array>()
                    .map_or(Body::TooLarge, |bytes| Body::Bytes(bytes.to_vec())),
            }
        } else {
            Body::None
        };
        let authorization = host::authorization(&self.request);
        let content_type = host::header(&self.request, "content-type");
        let request = oauth::Request {
            method: &self.method,
            path: path::split(&url).0,
            authorization: authorization.as_deref(),
            content_type: content_type.as_deref(),
            body,
        };
        let outside = self.outside();
        let answer = oauth::answer(
            endpoint,
            request,
            &isolate.config,
            &isolate.resolver,
            &outside,
        )
        .await;
        self.respond(&answer)
    }
}

fn promise(work: impl Future<Output = JsValue> + 'static) -> Promise {
    future_to_promise(async move { Ok(work.await) })
}
