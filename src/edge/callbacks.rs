//! What JavaScript calls back: what a header's name means, and what a response's headers become.
//!
//! `host.js` remembers each verdict, so these run once for each distinct name or value. They are exported for it only:
//! `main.js` hands none of them on.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::Request;

use super::head::Head;
use super::refusal::Seen;
use super::{answer, isolate, platform};
use crate::gate::Route;
use crate::gate::forward::{self, CookieHeader, Guard, Received};
use crate::telemetry::Event;

const KEEP: u32 = 0;
const STRIP: u32 = 1;
const COOKIE: u32 = 2;

/// What becomes of a request's header of this name, on the route of this index if that has verdicts of its own.
#[wasm_bindgen(js_name = judgeName)]
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "as JavaScript calls it")]
pub fn name(name: String, route: Option<u32>) -> u32 {
    let isolate = isolate::made();
    let own = route.map(|index| isolate.and_then(|isolate| isolate.policy.route(index)));
    let allowed = match own {
        None => None,
        Some(Some(route)) => route.headers.as_deref(),
        // A route that is not found lets through what every list does.
        Some(None) => Some(&[][..]),
    };
    if name == "cookie" {
        COOKIE
    } else if forward::should_forward(&name, allowed)
        && !own
            .flatten()
            .is_some_and(|route| route.is_token_header(&name))
        && !isolate.is_some_and(|isolate| isolate.introducing.have(&name))
    {
        KEEP
    } else {
        STRIP
    }
}

/// What is left of a `Cookie` header on the route of this index.
#[wasm_bindgen(js_name = judgeCookie)]
#[must_use]
pub fn cookie(value: String, route: u32) -> Option<String> {
    let route = isolate::made().and_then(|isolate| isolate.policy.route(route));
    match forward::strip_own_cookies(&value, route.and_then(Route::token_cookie)) {
        CookieHeader::Unchanged => Some(value),
        CookieHeader::Removed => None,
        CookieHeader::Rewritten(rest) => Some(rest),
    }
}

/// Whether a `Set-Cookie` line of an origin is about one of Postern's own cookies.
#[wasm_bindgen(js_name = isOwnCookie)]
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "as JavaScript calls it")]
pub fn is_own_cookie(line: String) -> bool {
    forward::is_own_cookie(&line)
}

/// Whether the origin may get an `Authorization`, on a route that passes it.
#[wasm_bindgen(js_name = judgeAuthorization)]
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "as JavaScript calls it")]
pub fn authorization(value: String) -> bool {
    forward::may_pass(&value)
}

/// What becomes of a response's `Cache-Control` and `Vary`, on a route with this guard.
#[wasm_bindgen(js_name = judgeCaching)]
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "as JavaScript calls it")]
pub fn caching(
    guard: u32,
    cache_control: Option<String>,
    vary: Option<String>,
    content_type: Option<String>,
    status: u16,
) -> Array {
    let received = Received {
        cache_control: cache_control.as_deref(),
        vary: vary.as_deref(),
        content_type: content_type.as_deref(),
        status,
    };
    let guard = Guard::from_bits(guard);
    let verdict = Array::new();
    verdict.push(&guard.cache_control(&received).into());
    verdict.push(&guard.vary(&received).into());
    verdict
}

/// What the platform says of a connection that broke off. It says the same, to the letter and in every field, whether a
/// client did not send the whole of its body or an origin closed the connection. Every way of looking into the body on its
/// way makes a whole body of half a one, which an origin would then act on. So the two stay one.
const LOST: &str = "Network connection lost.";

/// The answer to a request whose origin did not answer.
#[wasm_bindgen(js_name = originFailed)]
#[must_use]
#[expect(clippy::needless_pass_by_value, reason = "as JavaScript calls it")]
pub fn origin_failed(route: u32, cause: String, had_body: bool, request: Request) -> JsValue {
    let isolate = isolate::made();
    let known = isolate.and_then(|isolate| isolate.policy.route(route));
    let route = known.map_or("", |route| route.pattern.as_str());
    let head = Head::read(&request);
    let seen = Seen {
        head: &head,
        request: &request,
    };
    let ray = seen.ray();
    let request = seen.asked(ray.as_ref());
    let refusal = if had_body && cause.ends_with(LOST) {
        platform::emit(&Event::ConnectionLost { route, request });
        Route::refuse_lost_connection()
    } else {
        platform::emit(&Event::OriginUnavailable {
            route,
            cause: &cause,
            request,
        });
        Route::refuse_bad_gateway()
    };
    let refusal = match known {
        Some(route) => route.readable(&seen, refusal),
        None => refusal,
    };
    match isolate {
        Some(isolate) => seen.refuse(isolate, None, known, &refusal),
        None => answer::response(&refusal.answer, head.method() == "HEAD").into(),
    }
}
