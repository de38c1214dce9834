//! JSON: the one way in and the one way out, because `serde_json` brings the whole of its reader for
//! each kind of source and the whole of its writer for each kind of target.

use serde::Serialize;
use serde_json::Value;

/// The value of a JSON text; `None` where it is none.
#[must_use]
pub fn read(json: &[u8]) -> Option<Value> {
    serde_json::from_slice(json).ok()
}

/// The JSON text of a value.
#[must_use]
pub fn write(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .unwrap_or_else(|_| unreachable!("texts, numbers, lists and maps by text always serialize"))
}
