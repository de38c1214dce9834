//! Answers that end with the credential that they were asked for with (`cut_streams`).
//!
//! Job: handing an answer to `streams.js`, with what it was opened with as bytes. Nothing is kept here for it. Not its job:
//! looking after it; that is `watch`'s.

use wasm_bindgen::prelude::*;

use super::introduced::Introduced;
use super::isolate::Isolate;
use crate::gate::{Credential, Route};
use crate::resolve::{CachedSession, OpenStream};

#[wasm_bindgen(module = "/src/edge/streams.js")]
extern "C" {
    /// The response that is promised, which ends when `stream` does not count any more.
    #[wasm_bindgen(js_name = cutWhenOver)]
    fn cut_when_over(
        response: &JsValue,
        request: &JsValue,
        env: &JsValue,
        context: &JsValue,
        route: u32,
        stream: &[u8],
    ) -> JsValue;
}

/// The first of the bytes that a stream is known by: what it was opened with.
const TOKEN: u8 = 1;
const TICKET: u8 = 2;

/// An answer that is under way.
pub(super) struct Stream {
    pub(super) route: &'static Route,
    pub(super) credential: Credential,
    pub(super) open: OpenStream,
}

impl Stream {
    pub(super) fn read(isolate: &'static Isolate, route: u32, bytes: &[u8]) -> Option<Self> {
        let (kind, open) = bytes.split_first()?;
        Some(Self {
            route: isolate.policy.route(route)?,
            credential: match *kind {
                TOKEN => Credential::Token,
                TICKET => Credential::Ticket { renewable: false },
                _ => return None,
            },
            open: OpenStream::from_bytes(open)?,
        })
    }
}

/// A promise of the same response, which ends when its credential does.
pub(super) fn watched(
    response: &JsValue,
    [request, env, context]: [&JsValue; 3],
    route: &Route,
    credential: Credential,
    session: &CachedSession<Introduced>,
) -> JsValue {
    let kind = match credential {
        Credential::Token => TOKEN,
        Credential::Ticket { .. } => TICKET,
    };
    let mut bytes = vec![kind];
    let open = OpenStream::of(session).until(route.fresh_until(session.record()));
    bytes.append(&mut open.to_bytes());
    cut_when_over(response, request, env, context, route.index, &bytes)
}
