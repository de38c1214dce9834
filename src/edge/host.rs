//! What `host.js` offers.

use js_sys::{Function, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};

#[wasm_bindgen(module = "/src/edge/host.js")]
extern "C" {
    /// What Rust decides about names and values.
    pub type Judgement;

    /// Puts the four deciding functions together.
    pub fn judgement(
        name: &Function,
        cookie: &Function,
        caching: &Function,
        failed: &Function,
    ) -> Judgement;

    /// Has them used from now on, and forgets all routes.
    pub fn install(judgement: &Judgement);

    /// Names the next route: the binding of its origin, and its guard as a number.
    pub fn declare(binding: Option<&str>, guard: u32);

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

    /// Method, URL and `Authorization`: `GET https://host/path\nBearer ...`.
    pub fn head(request: &Request) -> String;

    /// Any header.
    pub fn header(request: &Request, name: &str) -> Option<String>;

    /// Any two headers, one a line; an empty one counts as absent.
    #[wasm_bindgen(js_name = twoHeaders)]
    pub fn two_headers(request: &Request, one: &str, other: &str) -> String;

    /// The whole body, `null` where it is longer than `limit` bytes.
    #[wasm_bindgen(catch)]
    pub async fn body(request: &Request, limit: u32) -> Result<JsValue, JsValue>;

    /// A value of KV as bytes, or `null`.
    #[wasm_bindgen(catch, js_name = kvGet)]
    pub async fn kv_get(
        env: &Object,
        binding: &str,
        key: &str,
        cache_ttl: u32,
        milliseconds: u32,
    ) -> Result<JsValue, JsValue>;

    /// Writes a value to KV.
    #[wasm_bindgen(catch, js_name = kvPut)]
    pub async fn kv_put(
        env: &Object,
        binding: &str,
        key: &str,
        value: &Uint8Array,
        expiration: f64,
        milliseconds: u32,
    ) -> Result<JsValue, JsValue>;

    /// Deletes a value from KV.
    #[wasm_bindgen(catch, js_name = kvDelete)]
    pub async fn kv_delete(
        env: &Object,
        binding: &str,
        key: &str,
        milliseconds: u32,
    ) -> Result<JsValue, JsValue>;

    /// Every key of KV that begins with `prefix`, each with its metadata as text: a flat array.
    #[wasm_bindgen(catch, js_name = kvList)]
    pub async fn kv_list(
        env: &Object,
        binding: &str,
        prefix: &str,
        milliseconds: u32,
    ) -> Result<JsValue, JsValue>;

    /// Writes a key of KV with metadata and no value.
    #[wasm_bindgen(catch, js_name = kvNote)]
    pub async fn kv_note(
        env: &Object,
        binding: &str,
        key: &str,
        note: &str,
        expiration: f64,
        milliseconds: u32,
    ) -> Result<JsValue, JsValue>;

    /// Sends a request to another server: an array of status, `Cache-Control` and body.
    #[wasm_bindgen(catch, js_name = httpSend)]
    pub async fn http_send(
        url: &str,
        form: Option<&str>,
        authorization: Option<&str>,
        limit: u32,
        milliseconds: u32,
    ) -> Result<JsValue, JsValue>;

    /// Whether a signature is the one of a message by a key.
    #[wasm_bindgen(catch)]
    pub async fn verify(
        algorithm: &str,
        jwk: &str,
        message: &Uint8Array,
        signature: &Uint8Array,
    ) -> Result<JsValue, JsValue>;

    /// Counts an attempt, and says whether it may be made.
    #[wasm_bindgen(catch)]
    pub async fn attempt(
        env: &Object,
        binding: &str,
        key: &str,
        milliseconds: u32,
    ) -> Result<JsValue, JsValue>;

    /// About where a request came from.
    pub fn place(request: &Request) -> Option<String>;

    /// Posts bytes to a Durable Object; the bytes that it answers with 200.
    #[wasm_bindgen(catch)]
    pub async fn ask(
        env: &Object,
        binding: &str,
        name: &str,
        path: &str,
        body: &Uint8Array,
        milliseconds: u32,
    ) -> Result<JsValue, JsValue>;

    /// A response. `headers` are lines of a name, a colon and a value.
    pub fn answer(status: u16, headers: &str, body: Option<&str>) -> Response;
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
