//! What happens when a Wasm instance starts, and what would happen if it broke.
//!
//! Job: a panic, or a JavaScript exception that nobody expected, ends the instance. Its message goes
//! to the log, its request fails, and the glue around the Wasm makes a new instance before the next
//! call. [`super::task`] and `host.js` see to it that nothing of the old one is called in the new.

use wasm_bindgen::handler;
use wasm_bindgen::prelude::*;

use super::host;
use crate::config::names;

/// Called once for each instance.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        host::log_error(&format!("the Worker broke: {panic}"));
    }));
    handler::set_on_abort(handler::schedule_reinit);
    host::set_bindings(
        names::RECORDS,
        names::COORDINATORS,
        names::LOG,
        names::LOGIN_LIMIT,
    );
}
