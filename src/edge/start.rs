//! What happens when a Wasm instance starts, and what happens when it breaks.
//!
//! Job: `host.js` and `forward.js` forget what they know of an instance that broke. The `worker` crate starts with this one: a panic, or
//! a JavaScript exception that nobody expected, ends the instance; its message goes to the log, its request fails, and
//! the glue around the Wasm makes a new instance before the next call. Nothing of the old one is called in the new:
//! [`super::task`] and `host.js` see to it for tasks, `under_way.js` and the glue (`tools/bundle.mjs`) for everything
//! else.

use wasm_bindgen::prelude::*;

use super::host;
use crate::config::names;

/// Called once for each instance.
#[wasm_bindgen(start)]
pub fn start() {
    host::forget_routes();
    host::set_bindings(names::RECORDS, names::LOG, names::RELAYS);
}
