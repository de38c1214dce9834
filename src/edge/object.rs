//! What a Durable Object is given, as far as ours use it, and how one answers.
//!
//! The `worker` crate has all of this as well, with every conversion and error that any object may
//! need; here that is left out, because every cold start would read it.

use std::time::Duration;

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};

use super::{host, task};

/// No message to an object is nearly as long, in bytes.
const BODY_LIMIT: u32 = 1 << 20;

#[wasm_bindgen]
extern "C" {
    /// What the platform gives to the constructor.
    pub type ObjectState;

    /// The object's own storage.
    pub type Storage;

    /// The storage as a database.
    pub type Sql;

    /// What a statement gives.
    pub type Cursor;

    /// Its rows, each an array.
    pub type Rows;

    /// The storage.
    #[wasm_bindgen(method, getter)]
    pub fn storage(this: &ObjectState) -> Storage;

    /// A promise of the value of `key`, or of `undefined`.
    #[wasm_bindgen(method, catch)]
    pub fn get(this: &Storage, key: &str) -> Result<Promise, JsValue>;

    /// Writes a value.
    #[wasm_bindgen(method, catch)]
    pub fn put(this: &Storage, key: &str, value: &Uint8Array) -> Result<Promise, JsValue>;

    /// Deletes everything.
    #[wasm_bindgen(method, catch, js_name = deleteAll)]
    pub fn delete_all(this: &Storage) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &Storage, at: f64) -> Result<Promise, JsValue>;

    /// Deletes the alarm.
    #[wasm_bindgen(method, catch, js_name = deleteAlarm)]
    pub fn delete_alarm(this: &Storage) -> Result<Promise, JsValue>;

    /// The database.
    #[wasm_bindgen(method, getter, catch)]
    pub fn sql(this: &Storage) -> Result<Sql, JsValue>;

    /// Carries out a statement, at once.
    #[wasm_bindgen(method, catch, variadic)]
    pub fn exec(this: &Sql, statement: &str, values: &Array) -> Result<Cursor, JsValue>;

    /// The rows.
    #[wasm_bindgen(method, catch)]
    pub fn raw(this: &Cursor) -> Result<Rows, JsValue>;

    /// All of them.
    #[wasm_bindgen(method, catch, js_name = toArray)]
    pub fn to_array(this: &Rows) -> Result<Array, JsValue>;
}

impl Storage {
    /// Sets the alarm.
    ///
    /// # Errors
    /// The exception where it could not.
    pub fn set_alarm_after(&self, delay: Duration) -> Result<Promise, JsValue> {
        self.set_alarm(js_sys::Date::new_0().get_time() + delay.as_secs_f64() * 1_000.0)
    }
}

/// Waits until what was begun is done.
///
/// # Errors
/// The exception where it could not be begun or failed.
pub async fn done(begun: Result<Promise, JsValue>) -> Result<JsValue, JsValue> {
    task::wait(begun?).await
}

/// The body of a request; empty where there is none or far too much.
///
/// # Errors
/// The exception where it broke off.
pub async fn body(request: &Request) -> Result<Vec<u8>, JsValue> {
    let bytes = task::wait(host::body(request, BODY_LIMIT)).await?;
    Ok(host::bytes_of(&bytes).unwrap_or_default())
}

/// The answer 200 with these bytes.
///
/// # Errors
/// Never.
pub fn answer(bytes: &[u8]) -> Result<JsValue, JsValue> {
    Response::new_with_opt_js_u8_array(Some(&Uint8Array::from(bytes))).map(JsValue::from)
}

/// The answer to what no version up to this one asks.
#[must_use]
pub fn unknown() -> JsValue {
    host::answer(400, "", "the request is none that is known").into()
}

/// An exception.
#[must_use]
pub fn error(message: &str) -> JsValue {
    js_sys::Error::new(message).into()
}
