//! What `host.js` asks back: what a header's name means, and what a response's headers become.
//!
//! `host.js` remembers each verdict, so these run once for each distinct name or value.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::isolate::Isolate;
use super::{answer, host, outside};
use crate::config::{Origin, binding};
use crate::gate::Route;
use crate::gate::forward::{self, CookieHeader, Guard, Received};
use crate::telemetry::Event;

const KEEP: u32 = 0;
const STRIP: u32 = 1;
const COOKIE: u32 = 2;

/// The value of a header, if there is one.
type Text = Option<String>;

/// Has `host.js` ask this isolate from now on.
pub fn install(isolate: &'static Isolate) {
    let name = Closure::<dyn Fn(String) -> u32>::new(|name: String| {
        if name == "cookie" {
            COOKIE
        } else if forward::should_strip(&name) {
            STRIP
        } else {
            KEEP
        }
    });
    let cookie = Closure::<dyn Fn(String) -> Option<String>>::new(|value: String| {
        match forward::strip_own_cookies(&value) {
            CookieHeader::Unchanged => Some(value),
            CookieHeader::Removed => None,
            CookieHeader::Rewritten(rest) => Some(rest),
        }
    });
    let caching = Closure::<dyn Fn(u32, Text, Text, Text, bool) -> Array>::new(
        |guard, cache_control: Text, vary: Text, content_type: Text, is_not_modified| {
            let received = Received {
                cache_control: cache_control.as_deref(),
                vary: vary.as_deref(),
                content_type: content_type.as_deref(),
                is_not_modified,
            };
            let guard = Guard::from_bits(guard);
            let verdict = Array::new();
            verdict.push(&guard.cache_control(&received).into());
            verdict.push(&guard.vary(&received).into());
            verdict
        },
    );
    let failed = Closure::<dyn Fn(u32, String) -> JsValue>::new(move |route, cause: String| {
        origin_failed(isolate, route, &cause)
    });
    host::install(&host::judgement(
        name.into_js_value().unchecked_ref(),
        cookie.into_js_value().unchecked_ref(),
        caching.into_js_value().unchecked_ref(),
        failed.into_js_value().unchecked_ref(),
    ));
    for route in (0..).map_while(|index| isolate.policy.route(index)) {
        let origin = match &route.origin {
            Origin::Assets => Some(binding::ASSETS),
            Origin::Service(name) => Some(name.as_str()),
            Origin::Url(_) | Origin::Zone => None,
        };
        host::declare(origin, route.guard().bits());
    }
}

/// The answer where an origin gave none.
fn origin_failed(isolate: &Isolate, route: u32, cause: &str) -> JsValue {
    let route = isolate.policy.route(route);
    outside::emit(&Event::OriginUnavailable {
        route: route.map_or("", |route| route.pattern.as_str()),
        cause,
    });
    answer::response(&Route::refuse_bad_gateway().answer, false).into()
}
