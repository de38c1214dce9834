//! What `host.js` offers, and what it gives as Rust takes it.

use js_sys::{Array, ArrayBuffer, Object, Promise, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};

#[wasm_bindgen(module = "/src/edge/host.js")]
extern "C" {
    /// Forgets the routes and responses of an instance that broke, and names the bindings.
    #[wasm_bindgen(js_name = setBindings)]
    pub fn set_bindings(records: &str, coordinators: &str, log: &str, attempts: &str);

    /// Names the next route: the binding of its origin, and its guard as a number.
    #[wasm_bindgen(js_name = addRoute)]
    pub fn add_route(binding: Option<&str>, guard: u32);

    /// Four lines as [`send`] takes them.
    pub fn identity(lines: &str) -> JsValue;

    /// Sends a request to the origin of the route of this index; a promise of the response, which
    /// never rejects. `identity` is `undefined` where nobody is known; `cookie` is a value for
    /// `Set-Cookie`.
    pub fn send(
        request: &Request,
        env: &Object,
        route: u32,
        identity: &JsValue,
        url: Option<&str>,
        is_preflight: bool,
        cookie: Option<&str>,
    ) -> JsValue;

    /// Method, URL, `Authorization`, and of a POST the `Content-Type`:
    /// `GET https://host/path\nBearer ...\n`.
    pub fn head(request: &Request) -> String;

    /// Any header.
    pub fn header(request: &Request, name: &str) -> Option<String>;

    /// Any two headers, one a line; an empty one counts as absent.
    #[wasm_bindgen(js_name = twoHeaders)]
    pub fn two_headers(request: &Request, one: &str, other: &str) -> String;

    /// About where a request came from.
    pub fn location(request: &Request) -> Option<String>;

    /// Keeps a request alive until this has settled, even if its client is gone.
    #[wasm_bindgen(js_name = keepAlive)]
    pub fn keep_alive(context: &Context, promise: &Promise);

    /// Has task `id` go on when `promise` settles: a promise of what [`super::task::settle`] gives.
    pub fn then(promise: &Promise, id: u32, place: u32) -> Promise;

    /// A promise of what the last of several [`then`]s gives.
    #[wasm_bindgen(js_name = lastResult)]
    pub fn last_result(promises: &Array) -> Promise;

    /// A wait that ends when it is called, or by itself.
    pub type Turn;

    /// Begins one of so many milliseconds at most.
    pub fn turn(milliseconds: u32) -> Turn;

    /// A promise of its end.
    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Turn) -> Promise;

    /// Ends it. Any request may.
    #[wasm_bindgen(method)]
    pub fn call(this: &Turn);

    /// The whole body as an `ArrayBuffer`, `null` where it is longer than `limit` bytes.
    pub fn body(request: &Request, limit: u32) -> Promise;

    /// A value of KV as an `ArrayBuffer`, or `null`.
    #[wasm_bindgen(js_name = kvGet)]
    pub fn kv_get(env: &Object, key: &str, cache_ttl: u32, milliseconds: u32) -> Promise;

    /// Writes a value to KV.
    #[wasm_bindgen(js_name = kvPut)]
    pub fn kv_put(
        env: &Object,
        key: &str,
        value: &Uint8Array,
        expiration: f64,
        milliseconds: u32,
    ) -> Promise;

    /// Deletes a value from KV.
    #[wasm_bindgen(js_name = kvDelete)]
    pub fn kv_delete(env: &Object, key: &str, milliseconds: u32) -> Promise;

    /// Every key of KV that begins with `prefix`, each with its metadata as text: a flat array.
    #[wasm_bindgen(js_name = kvList)]
    pub fn kv_list(env: &Object, prefix: &str, milliseconds: u32) -> Promise;

    /// Writes a key of KV with metadata and no value.
    #[wasm_bindgen(js_name = kvNote)]
    pub fn kv_note(
        env: &Object,
        key: &str,
        note: &str,
        expiration: f64,
        milliseconds: u32,
    ) -> Promise;

    /// Sends a request to another server: an array of status, `Cache-Control` and body, which is an
    /// `ArrayBuffer`.
    #[wasm_bindgen(js_name = httpSend)]
    pub fn http_send(
        url: &str,
        form: Option<&str>,
        authorization: Option<&str>,
        limit: u32,
        milliseconds: u32,
    ) -> Promise;

    /// Whether a signature is the one of a message by a key.
    pub fn verify(
        algorithm: &str,
        jwk: &str,
        message: &Uint8Array,
        signature: &Uint8Array,
    ) -> Promise;

    /// Counts an attempt, and says whether it may be made.
    pub fn attempt(env: &Object, key: &str, milliseconds: u32) -> Promise;

    /// Posts bytes to the coordinator of this name; an `ArrayBuffer` of what it answers with 200.
    #[wasm_bindgen(js_name = askCoordinator)]
    pub fn ask_coordinator(
        env: &Object,
        name: &str,
        body: &Uint8Array,
        milliseconds: u32,
    ) -> Promise;

    /// The same with the revocation log.
    #[wasm_bindgen(js_name = askLog)]
    pub fn ask_log(env: &Object, path: &str, body: &Uint8Array, milliseconds: u32) -> Promise;

    /// A response. `headers` are lines of a name, a colon and a value; an empty body is none.
    pub fn answer(status: u16, headers: &str, body: &str) -> Response;

    /// Keeps such a response under the next number, from 0.
    #[wasm_bindgen(js_name = keepPrepared)]
    pub fn keep_prepared(status: u16, headers: &str, body: &str);

    /// The response of this number, with another body where one is given.
    #[wasm_bindgen(js_name = sendPrepared)]
    pub fn send_prepared(index: u32, body: Option<&str>) -> Response;
}

#[wasm_bindgen]
extern "C" {
    /// The context of one request.
    #[derive(Clone)]
    pub type Context;

    /// Lets work go on after the response.
    #[wasm_bindgen(method, js_name = waitUntil)]
    pub fn wait_until(this: &Context, promise: &Promise);

    /// Writes a line to the log.
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    pub fn log(line: &str);

    /// Writes a line to the log, as an error.
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    pub fn log_error(line: &str);
}

/// The bytes of an `ArrayBuffer`; `None` for anything else.
#[must_use]
pub fn bytes_of(value: &JsValue) -> Option<Vec<u8>> {
    let buffer = value.dyn_ref::<ArrayBuffer>()?;
    Some(Uint8Array::new(buffer).to_vec())
}
