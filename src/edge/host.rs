//! What `host.js` and `forward.js` offer, and what they give as Rust takes it.

use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};
use worker::Env;
use worker::worker_sys::Context;

#[wasm_bindgen(module = "/src/edge/host.js")]
extern "C" {
    /// Forgets the responses of an instance that broke, and names the bindings.
    #[wasm_bindgen(js_name = setBindings)]
    pub fn set_bindings(records: &str, log: &str, relays: &str);

    /// The configuration as JSON; `None` where none was given.
    #[wasm_bindgen(js_name = configurationTable)]
    pub fn configuration_table() -> Option<String>;

    /// What is wrong with the configuration, a problem in each line, where it was refused while somebody develops.
    #[wasm_bindgen(js_name = configurationRefused)]
    pub fn configuration_refused() -> Option<String>;

    /// Whether there is a handler in this isolate that requests may go to.
    #[wasm_bindgen(js_name = hasHandler)]
    pub fn has_handler() -> bool;

    /// Who a session is of, as `identity` gives it, of a JSON object.
    pub fn person(json: &str) -> JsValue;

    /// Whether somebody develops: problems are shown to whoever asks.
    #[wasm_bindgen(js_name = isDeveloped)]
    pub fn is_developed() -> bool;

    /// Says where the Durable Objects are: their jurisdiction, and where the revocation log is best put.
    #[wasm_bindgen(js_name = setPlace)]
    pub fn set_place(jurisdiction: Option<&str>, log_hint: Option<&str>);

    /// Writes [`head`] into these bytes: how many it takes, or a number beyond their length where they do not suffice.
    /// That is cheaper than a string, which crosses letter by letter.
    #[wasm_bindgen(js_name = headInto)]
    pub fn head_into(request: &Request, bytes: &mut [u8]) -> u32;

    /// Method, URL, `Authorization`, and of a POST the `Content-Type`:
    /// `GET https://host/path\nBearer ...\n`.
    pub fn head(request: &Request) -> String;

    /// Any header.
    pub fn header(request: &Request, name: &str) -> Option<String>;

    /// Any two headers, one a line; an empty one counts as absent.
    #[wasm_bindgen(js_name = twoHeaders)]
    pub fn two_headers(request: &Request, one: &str, other: &str) -> String;

    /// Writes [`two_headers`] into these bytes, as [`head_into`] does.
    #[wasm_bindgen(js_name = twoHeadersInto)]
    pub fn two_headers_into(request: &Request, one: &str, other: &str, bytes: &mut [u8]) -> u32;

    /// The code of the country that a request came from.
    pub fn country(request: &Request) -> Option<String>;

    /// About where a request came from.
    pub fn location(request: &Request) -> Option<String>;

    /// Keeps a request alive until this has settled, even if its client is gone.
    #[wasm_bindgen(js_name = keepAlive)]
    pub fn keep_alive(context: &Context, promise: &Promise);

    /// Has the task with this key go on when its promise `at` settles: a promise of what [`super::task::settle`]
    /// gives. Until then the request is kept alive, even if its client is gone.
    pub fn then(
        promise: &Promise,
        request: Option<&Context>,
        place: u32,
        number: u32,
        at: u32,
    ) -> Promise;

    /// A promise of what the last of several [`then`]s gives.
    #[wasm_bindgen(js_name = lastResult)]
    pub fn last_result(promises: &Array) -> Promise;

    /// A wait that ends when it is woken, or by itself.
    pub type Wait;

    /// Begins one of so many milliseconds at most.
    pub fn wait(milliseconds: u32) -> Wait;

    /// A promise of its end.
    #[wasm_bindgen(method, getter)]
    pub fn promise(this: &Wait) -> Promise;

    /// Ends it. Any request may.
    #[wasm_bindgen(method)]
    pub fn wake(this: &Wait);

    /// The whole body as an `ArrayBuffer`, `null` where it is longer than `limit` bytes.
    pub fn body(request: &Request, limit: u32) -> Promise;

    /// The same of a body that anyone may send: `late` where it is not there after so many milliseconds, and `crowded`
    /// where it was the oldest of `most` that were waited for, and one more came.
    #[wasm_bindgen(js_name = bodyInTime)]
    pub fn body_in_time(request: &Request, limit: u32, milliseconds: u32, most: u32) -> Promise;

    /// A value of KV as an `ArrayBuffer`, or `null`.
    #[wasm_bindgen(js_name = kvGet)]
    pub fn kv_get(env: &Env, key: &str, cache_ttl: u32, milliseconds: u32) -> Promise;

    /// Keeps a value in KV until a time, or for so many seconds.
    #[wasm_bindgen(js_name = kvPut)]
    pub fn kv_put(
        env: &Env,
        key: &str,
        bytes: &[u8],
        expiration: Option<u32>,
        expiration_ttl: Option<u32>,
        milliseconds: u32,
    ) -> Promise;

    /// Removes a value from KV.
    #[wasm_bindgen(js_name = kvDelete)]
    pub fn kv_delete(env: &Env, key: &str, milliseconds: u32) -> Promise;

    /// Whether a rate limit allows one more of this key.
    #[wasm_bindgen(js_name = limit)]
    pub fn limit(env: &Env, binding: &str, key: &str, milliseconds: u32) -> Promise;

    /// Sends a request to another server: an array of status, `Cache-Control` and body, which is an
    /// `ArrayBuffer`.
    #[wasm_bindgen(js_name = httpSend)]
    pub fn http_send(
        url: &str,
        form: Option<&str>,
        authorization: Option<&str>,
        accept: &str,
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

    /// The signature of a message by a private key, which is kept under its name.
    pub fn sign(algorithm: &str, name: &str, pkcs8: &[u8], message: &Uint8Array) -> Promise;

    /// The public members of a private key, as JSON.
    #[wasm_bindgen(js_name = publicJwk)]
    pub fn public_jwk(algorithm: &str, pkcs8: &[u8]) -> Promise;

    /// Posts bytes to the Durable Object of this name; an `ArrayBuffer` of what it answers with 200. [`set_place`] comes
    /// first.
    #[wasm_bindgen(js_name = askObject)]
    pub fn ask_object(
        env: &Env,
        binding: &str,
        name: &str,
        path: &str,
        body: &Uint8Array,
    ) -> Promise;

    /// This isolate is in the place of the network that this request came in at: it has a relay of the revocation log
    /// there, where the site has relays.
    #[wasm_bindgen(js_name = setRelay)]
    pub fn set_relay(request: &Request);

    /// Posts bytes to the revocation log; an `ArrayBuffer` of what it answers with 200. `way` is 0 by the relay of this
    /// place, 1 by a relay that lets it wait for others, 2 to the log itself.
    #[wasm_bindgen(js_name = askLog)]
    pub fn ask_log(env: &Env, way: u8, path: &str, body: &Uint8Array, milliseconds: u32)
    -> Promise;

    /// Runs `step` as one transaction of a Durable Object's storage: where it gives `false` or throws, nothing of it lasts.
    #[wasm_bindgen(catch)]
    pub fn transaction(storage: &JsValue, step: &mut dyn FnMut() -> bool) -> Result<(), JsValue>;

    /// What this promises, or an exception after so many milliseconds.
    #[wasm_bindgen(js_name = inTime)]
    pub fn in_time(milliseconds: u32, promise: &Promise) -> Promise;

    /// A response. `headers` are lines of a name, a colon and a value; an empty body is none.
    pub fn answer(status: u16, headers: &str, body: &str) -> Response;

    /// Keeps such a response under the next number, from 0.
    #[wasm_bindgen(js_name = keepPrepared)]
    pub fn keep_prepared(status: u16, headers: &str, body: &str);

    /// The response of this number, with another body where one is given.
    #[wasm_bindgen(js_name = sendPrepared)]
    pub fn send_prepared(index: u32, body: Option<&str>) -> Response;
}

#[wasm_bindgen(module = "/src/edge/forward.js")]
extern "C" {
    /// Forgets the routes of an instance that broke.
    #[wasm_bindgen(js_name = forgetRoutes)]
    pub fn forget_routes();

    /// Names the next route: what its origin is (`app`, `assets`), the binding of its origin, its guard as a number,
    /// whether it has an allow list of headers, the web origins, one a line, whose scripts may read what its origin
    /// answers, whether its answers may be cut, and whether its origin gets the client's `Authorization`.
    #[wasm_bindgen(js_name = addRoute)]
    pub fn add_route(
        kind: Option<&str>,
        binding: Option<&str>,
        guard: u32,
        has_list: bool,
        origins: Option<&str>,
        is_cut: bool,
        passes_authorization: bool,
    );

    /// Identity headers as [`send`] takes them, of lines: each name, and its value behind it.
    pub fn identity(lines: &str) -> JsValue;

    /// Sends a request to the origin of the route of this index; a promise of the response, which
    /// never rejects, or that the request may go to the handler in this isolate. `identity` is [`identity`] or [`person`],
    /// and `undefined` where nobody is known; `asserted` is the text of an assertion, or `undefined`; `cookie` is a value for
    /// `Set-Cookie`.
    pub fn send(
        request: &Request,
        env: &Env,
        route: u32,
        identity: &JsValue,
        asserted: &JsValue,
        url: Option<&str>,
        is_preflight: bool,
        cookie: Option<&str>,
    ) -> JsValue;

    /// A promise of the site's own page for what is not there, with 404: what the static assets of the route of this index
    /// have at `url`, or else `otherwise`.
    #[wasm_bindgen(js_name = ownNotFound)]
    pub fn own_not_found(
        env: &Env,
        route: u32,
        url: &str,
        is_head: bool,
        otherwise: &Response,
    ) -> Promise;
}

#[wasm_bindgen]
extern "C" {
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
